//! An authority run with the openssl program: its certificates, lists and responses before our validation.
//!
//! * a certificate that openssl issued is accepted with the list, and with the response, that openssl made;
//! * revoked there, it is refused here, by list and by response, with the reason;
//! * a certificate openssl's responder does not know is unknown here.

use crate::openssl::Openssl;
use shirushi_clock::{Clock, Instant, SystemClock};
use shirushi_path::{
    Evidence, PathError, Requirements, StatusProblem, StatusProof, StatusSource, TrustAnchors,
    validate,
};
use shirushi_profile::{
    Certificate, CertificateKind, CertificateList, CrlNumber, RevocationReason,
    ocsp::ReceivedResponse,
};

const CONFIGURATION: &str = "
[ca]
default_ca = authority
[authority]
dir = .
database = index.txt
serial = serial
crlnumber = crlnumber
new_certs_dir = .
certificate = root.pem
private_key = root.key
default_md = sha256
default_days = 30
default_crl_days = 1
policy = subject
unique_subject = no
crl_extensions = list
[subject]
countryName = supplied
commonName = supplied
[req]
distinguished_name = name
prompt = no
utf8 = yes
[name]
C = JP
O = JPKI-SANDBOX
CN = Root made with openssl
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[citizen]
keyUsage = critical,digitalSignature,nonRepudiation
certificatePolicies = critical,1.2.392.200149.8.5.1.0.20
crlDistributionPoints = point
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid,issuer:always
[point]
fullname = dirName:point_name
[point_name]
C = JP
O = JPKI-SANDBOX
CN = Shirushi-shi CRLDP
[list]
authorityKeyIdentifier = keyid
issuingDistributionPoint = critical,@scope
[scope]
fullname = dirName:point_name
onlyuser = TRUE
[responder]
keyUsage = critical,digitalSignature
extendedKeyUsage = OCSPSigning
noCheck = ignored
authorityKeyIdentifier = keyid
";

struct OpensslAuthority {
    openssl: Openssl,
}

impl OpensslAuthority {
    fn new() -> Self {
        let openssl = Openssl::new();
        openssl.write("ca.cnf", CONFIGURATION);
        openssl.write("index.txt", "");
        openssl.write("serial", "6A01\n");
        openssl.write("crlnumber", "05\n");
        openssl.run(
            "req -new -x509 -newkey rsa:2048 -nodes -keyout root.key -out root.pem -days 365 \
             -config ca.cnf -extensions root",
        );
        let authority = Self { openssl };
        authority.issue("citizen", "citizen");
        authority.issue("responder", "responder");
        authority
    }

    fn issue(&self, name: &str, profile: &str) {
        self.openssl.run(&format!(
            "req -new -newkey rsa:2048 -nodes -keyout {name}.key -out {name}.csr -config ca.cnf \
             -subj /C=JP/CN={name}"
        ));
        self.openssl.run(&format!(
            "ca -batch -config ca.cnf -in {name}.csr -out {name}.pem -notext -extensions {profile}"
        ));
    }

    fn certificate(&self, name: &str) -> Certificate {
        let line = format!("x509 -in {name}.pem -outform DER");
        Certificate::from_der(&self.openssl.run(&line)).unwrap()
    }

    fn list(&self) -> CertificateList {
        self.openssl
            .run("ca -gencrl -config ca.cnf -out list.pem");
        let der = self
            .openssl
            .run("crl -in list.pem -outform DER");
        CertificateList::from_der(&der).unwrap()
    }

    fn response(&self, about: &str) -> ReceivedResponse {
        self.openssl.run(&format!(
            "ocsp -index index.txt -rsigner responder.pem -rkey responder.key -CA root.pem \
             -issuer root.pem -cert {about}.pem -ndays 1 -respout response.der -reqout request.der \
             -no_nonce"
        ));
        self.openssl.run(
            "ocsp -index index.txt -rsigner responder.pem -rkey responder.key -CA root.pem \
             -reqin request.der -ndays 1 -respout response.der",
        );
        ReceivedResponse::from_der(&self.openssl.read("response.der")).unwrap()
    }

    fn validate(&self, evidence: Evidence) -> Result<StatusProof, PathError> {
        let anchors = TrustAnchors::new(vec![self.certificate("root")]);
        let requirements = Requirements::new(CertificateKind::Signature, now());
        validate(
            &self.certificate("citizen"),
            &[],
            &anchors,
            &evidence,
            &requirements,
        )
        .map(|valid| valid.status().clone())
    }
}

fn now() -> Instant {
    SystemClock.now()
}

#[test]
fn what_openssl_issues_lists_and_answers_is_accepted_and_refused_here() {
    let authority = OpensslAuthority::new();
    let by_list = || Evidence {
        crls: vec![authority.list()],
        ..Evidence::default()
    };
    let by_response = || Evidence {
        ocsp: vec![authority.response("citizen")],
        ..Evidence::default()
    };
    let accepted = authority.validate(by_list()).unwrap();
    assert!(matches!(
        accepted,
        StatusProof::Crl {
            number: Some(number),
            ..
        } if number == CrlNumber::from(5)
    ));
    let accepted = authority
        .validate(by_response())
        .unwrap();
    assert!(matches!(accepted, StatusProof::Ocsp { .. }));

    let line = "ca -config ca.cnf -revoke citizen.pem -crl_reason affiliationChanged";
    authority.openssl.run(line);
    for (evidence, expected) in [
        (by_list(), StatusSource::Crl),
        (by_response(), StatusSource::Ocsp),
    ] {
        let Err(PathError::Revoked {
            reason,
            source,
            serial,
            ..
        }) = authority.validate(evidence)
        else {
            panic!("a revoked certificate was not refused by {expected}");
        };
        assert_eq!(
            (reason, source),
            (RevocationReason::AffiliationChanged, expected)
        );
        assert_eq!(serial.to_string(), "6a01");
    }
}

#[test]
fn what_openssls_responder_does_not_know_is_unknown_here() {
    let authority = OpensslAuthority::new();
    authority.openssl.write("index.txt", "");
    let response = authority.response("citizen");
    let evidence = Evidence {
        ocsp: vec![response],
        ..Evidence::default()
    };
    let why = StatusProblem::UnknownToResponder;
    assert_eq!(
        authority.validate(evidence),
        Err(PathError::StatusUnknown { index: 0, why })
    );
}
