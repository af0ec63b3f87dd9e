//! Genuine signatures of kinds that are seldom met, made by openssl: none is called forged.
//!
//! * other pairs of curve and digest verify; a key that is too short, or that cannot be used here, leaves it open;
//! * so does an authority whose key is too short, and one on a seldom curve is believed;
//! * a changed signature of each kind is a failure all the same.

use crate::{openssl::Openssl, pki::at};
use shirushi_path::{Evidence, Indication, Requirements, SubIndication, TrustAnchors};
use shirushi_profile::{Certificate, CertificateKind, CertificateList};
use shirushi_signature::report::{Outcome, ValidationReport, check};

const CONTENT: &[u8] = b"A letter.\n";

/// An authority with a signer below it, in openssl's files.
struct World {
    openssl: Openssl,
}

const CONFIGURATION: &str = "
[req]
distinguished_name = dn
prompt = no
[dn]
C = JP
O = Faces
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[leaf]
keyUsage = critical,digitalSignature,nonRepudiation
certificatePolicies = critical,1.2.392.200149.8.5.1.0.20
authorityKeyIdentifier = keyid
[ca]
default_ca = this
[this]
database = index.txt
certificate = ca.pem
private_key = ca.key
default_crl_days = 30
";

impl World {
    /// Keys and digests as openssl's options name them.
    fn new(ca: &str, ca_digest: &str, signer: &str) -> Self {
        let openssl = Openssl::new();
        openssl.write("openssl.cnf", CONFIGURATION);
        openssl.write("index.txt", "");
        openssl.write("content", CONTENT);
        for (name, key) in [("ca", ca), ("signer", signer)] {
            let (algorithm, option) = key.split_once(' ').unwrap();
            openssl.run(&format!(
                "genpkey -algorithm {algorithm} -pkeyopt {option} -out {name}.key"
            ));
        }
        openssl.run(&format!(
            "req -x509 -config openssl.cnf -extensions root -new -key ca.key -{ca_digest} -days 60 -out ca.pem"
        ));
        openssl.run(
            "req -new -config openssl.cnf -key signer.key -subj /C=JP/CN=face -out signer.csr",
        );
        openssl.run(&format!(
            "x509 -req -in signer.csr -CA ca.pem -CAkey ca.key -set_serial 77 -days 50 -{ca_digest} \
             -extfile openssl.cnf -extensions leaf -out signer.pem"
        ));
        openssl.run(&format!(
            "ca -config openssl.cnf -gencrl -md {ca_digest} -out list.pem"
        ));
        openssl.run("x509 -in ca.pem -outform DER -out ca.der");
        openssl.run("crl -in list.pem -outform DER -out list.der");
        Self { openssl }
    }

    fn signed(&self, options: &str) -> Vec<u8> {
        self.openssl.run(&format!(
            "cms -sign -binary -cades -in content -signer signer.pem -inkey signer.key -outform DER -out signature.der {options}"
        ));
        self.openssl.read("signature.der")
    }

    fn judged(&self, cms: &[u8]) -> ValidationReport {
        let root = Certificate::from_der(&self.openssl.read("ca.der")).unwrap();
        let list = CertificateList::from_der(&self.openssl.read("list.der")).unwrap();
        // When the list was made: these certificates are of today.
        let now = at(list.this_update().unix());
        let evidence = Evidence {
            crls: vec![list],
            ..Evidence::default()
        };
        let requirements = Requirements::new(CertificateKind::Signature, now);
        check(
            cms,
            CONTENT,
            &TrustAnchors::new(vec![root]),
            &evidence,
            &requirements,
        )
        .0
    }
}

#[track_caller]
fn says(report: &ValidationReport, indication: Indication, sub: Option<SubIndication>) {
    assert_eq!(
        (report.indication, report.sub_indication),
        (indication, sub),
        "{report:#?}"
    );
}

const RSA: &str = "RSA rsa_keygen_bits:2048";
const P256: &str = "EC ec_paramgen_curve:P-256";
const P384: &str = "EC ec_paramgen_curve:P-384";
const P521: &str = "EC ec_paramgen_curve:P-521";

#[test]
fn every_pair_of_curve_and_digest_verifies_and_a_changed_one_fails() {
    for (curve, ca, ca_digest) in [
        (P256, P256, "sha384"),
        (P384, P384, "sha256"),
        (P521, P521, "sha512"),
        (RSA, P521, "sha256"),
        (P256, RSA, "sha512"),
    ] {
        let world = World::new(ca, ca_digest, curve);
        for digest in ["sha256", "sha384", "sha512"] {
            let mut cms = world.signed(&format!("-md {digest}"));
            says(&world.judged(&cms), Indication::Passed, None);
            *cms.last_mut().unwrap() ^= 1;
            let failed = world.judged(&cms);
            let sub = Some(SubIndication::SigCryptoFailure);
            says(&failed, Indication::Failed, sub);
        }
    }
}

#[test]
fn a_short_or_unknown_key_or_algorithm_is_not_a_forgery() {
    let constraints = Some(SubIndication::CryptoConstraintsFailureNoPoe);
    for key in [
        "RSA rsa_keygen_bits:1024",
        "RSA rsa_keygen_bits:1536",
        "RSA rsa_keygen_bits:768",
        "EC ec_paramgen_curve:secp256k1",
        "EC ec_paramgen_curve:brainpoolP256r1",
    ] {
        let world = World::new(RSA, "sha256", key);
        let mut cms = world.signed("-md sha256");
        let report = world.judged(&cms);
        says(&report, Indication::Indeterminate, constraints);
        let verifies = report
            .findings
            .iter()
            .find(|f| f.rule == "filing/signature-verifies")
            .unwrap();
        let is_verified = key.ends_with("1024") || key.ends_with("1536");
        let expected = match is_verified {
            true => Outcome::Holds,
            false => Outcome::NotAsked,
        };
        assert_eq!(verifies.outcome, expected, "{key}");
        if is_verified {
            *cms.last_mut().unwrap() ^= 1;
            let sub = Some(SubIndication::SigCryptoFailure);
            says(&world.judged(&cms), Indication::Failed, sub);
        }
    }
    let world = World::new(RSA, "sha256", RSA);
    for options in [
        "-md sha224",
        "-md sha3-256",
        "-md sha256 -keyopt rsa_padding_mode:pss",
    ] {
        let report = world.judged(&world.signed(options));
        says(&report, Indication::Indeterminate, constraints);
    }
}

#[test]
fn an_authority_with_a_short_or_unknown_key_is_not_a_forger() {
    for (ca, digest) in [
        ("RSA rsa_keygen_bits:1024", "sha256"),
        ("RSA rsa_keygen_bits:1024", "sha512"),
        ("EC ec_paramgen_curve:secp256k1", "sha256"),
        (RSA, "sha224"),
    ] {
        let world = World::new(ca, digest, RSA);
        let report = world.judged(&world.signed("-md sha256"));
        let sub = Some(SubIndication::CryptoConstraintsFailureNoPoe);
        says(&report, Indication::Indeterminate, sub);
        assert!(report.advice.is_some());
    }
}

#[test]
fn forms_that_are_not_read_are_neither_valid_nor_forged() {
    let world = World::new(RSA, "sha256", RSA);
    let constraints = Some(SubIndication::SigConstraintsFailure);
    for options in [
        "-md sha256 -stream",
        "-md sha256 -nodetach",
        "-md sha256 -nodetach -stream",
        "-md sha1",
        "-md sha256 -signer ca.pem -inkey ca.key",
        "-md sha256 -econtent_type 1.2.3.4",
    ] {
        let report = world.judged(&world.signed(options));
        says(&report, Indication::Indeterminate, constraints);
        let broken: Vec<_> = report
            .findings
            .iter()
            .filter(|f| f.outcome != Outcome::NotAsked)
            .collect();
        assert_eq!(broken.len(), 1, "nothing else was asked: {report:#?}");
    }
    let pem = {
        world.signed("-md sha256");
        world
            .openssl
            .run("cms -cmsout -inform DER -in signature.der -outform PEM")
    };
    says(&world.judged(&pem), Indication::Passed, None);
}
