//! OpenSSL as the relying party: paths, revocation lists, OCSP, CMS. Addresses are those inside the certificates.

use crate::{
    city::{Exhibits, tell_and_look},
    http::ask,
    run::Said,
};
use base64ct::{Base64, Encoding as _};

/// A kind of certificate: its policy, another's, a purpose that it serves, one that it does not.
struct Kind {
    name: &'static str,
    policy: &'static str,
    other_policy: &'static str,
    purpose: &'static str,
    other_purpose: &'static str,
}

const SIGN: Kind = Kind {
    name: "sign",
    policy: "1.2.392.200149.8.5.1.0.20",
    other_policy: "1.2.392.200149.8.5.1.0.30",
    purpose: "smimesign",
    other_purpose: "smimeencrypt",
};

const AUTH: Kind = Kind {
    name: "auth",
    policy: "1.2.392.200149.8.5.1.0.30",
    other_policy: "1.2.392.200149.8.5.1.0.20",
    purpose: "sslclient",
    other_purpose: "sslserver",
};

#[tokio::test(flavor = "multi_thread")]
async fn openssl_accepts_before_the_move_and_refuses_what_died_of_it() {
    tell_and_look(&[
        ("the-agency-accepts-the-filing", before_the_move),
        ("the-filer-moves", after_the_move),
    ])
    .await;
}

fn before_the_move(exhibits: &Exhibits) {
    for (kind, other) in [(SIGN, "auth-ca.pem"), (AUTH, "sign-ca.pem")] {
        for name in ["sign", "auth"] {
            exhibits.certificates(name);
        }
        for check in checks(exhibits, &kind) {
            accepted(&verify(exhibits, &kind, &check));
        }
        let municipal = format!("{}-13998-crl.pem", kind.name);
        refused(
            &verify(exhibits, &kind, &["-crl_check_all", "-CRLfile", &municipal]),
            "different CRL scope",
        );
        refused(
            &verify(exhibits, &kind, &["-crl_check"]),
            "unable to get certificate CRL",
        );
        refused(
            &verify_with(exhibits, other, &[], &kind),
            "unable to get local issuer certificate",
        );
        let policy = ["-explicit_policy", "-policy", kind.other_policy];
        refused(&verify(exhibits, &kind, &policy), "no explicit policy");
        refused(
            &verify(exhibits, &kind, &["-purpose", kind.other_purpose]),
            "unsuitable certificate purpose",
        );
        statuses(exhibits, &kind, ": good\n");
    }
    let cms = judge_filing(exhibits, "filing.xml");
    assert!(
        cms.text
            .contains("CAdES Verification successful"),
        "{}",
        cms.text
    );
    assert!(cms.ok);
    let changed = std::fs::read_to_string(exhibits.path("filing.xml"))
        .unwrap()
        .replacen("123400", "000001", 1);
    std::fs::write(exhibits.path("changed.xml"), changed).unwrap();
    refused(
        &judge_filing(exhibits, "changed.xml"),
        "content verify error",
    );
}

fn after_the_move(exhibits: &Exhibits) {
    exhibits.until_listed("sign");
    for check in checks(exhibits, &SIGN) {
        refused(&verify(exhibits, &SIGN, &check), "certificate revoked");
    }
    statuses(
        exhibits,
        &SIGN,
        ": revoked\n\tThis Update: {}\n\tNext Update: {}\n\tReason: affiliationChanged\n",
    );
    refused(&judge_filing(exhibits, "filing.xml"), "certificate revoked");

    for check in checks(exhibits, &AUTH) {
        accepted(&verify(exhibits, &AUTH, &check));
    }
    statuses(exhibits, &AUTH, ": good\n");
}

/// The ways to check against the lists, which are fetched now: the municipality's and the complete one by us, the municipality's by
/// OpenSSL itself; for the whole path the complete one, or the municipality's and that of authorities.
fn checks(exhibits: &Exhibits, kind: &Kind) -> [Vec<&'static str>; 5] {
    let [municipal, complete, authorities] = match kind.name {
        "sign" => [
            "sign-13998-crl.pem",
            "sign-complete-crl.pem",
            "sign-authorities-crl.pem",
        ],
        _ => [
            "auth-13998-crl.pem",
            "auth-complete-crl.pem",
            "auth-authorities-crl.pem",
        ],
    };
    let address = exhibits.list_address(kind.name);
    assert_eq!(
        address,
        format!("{}/crl/{}/13998.crl", exhibits.base, kind.name)
    );
    exhibits.list(&address, municipal);
    exhibits.list(&address.replace("13998", "complete"), complete);
    exhibits.list(&address.replace("13998", "authorities"), authorities);
    [
        vec!["-crl_check", "-CRLfile", municipal],
        vec!["-crl_check", "-CRLfile", complete],
        vec!["-crl_check", "-crl_download"],
        vec!["-crl_check_all", "-CRLfile", complete],
        vec![
            "-crl_check_all",
            "-CRLfile",
            municipal,
            "-CRLfile",
            authorities,
        ],
    ]
}

fn verify(exhibits: &Exhibits, kind: &Kind, more: &[&str]) -> Said {
    let ca = format!("{}-ca.pem", kind.name);
    verify_with(exhibits, &ca, more, kind)
}

/// Strictly, for the kind's own policy and purpose unless `more` names others.
fn verify_with(exhibits: &Exhibits, ca: &str, more: &[&str], kind: &Kind) -> Said {
    let certificate = format!("{}.pem", kind.name);
    let mut arguments = vec!["verify", "-x509_strict", "-no-CApath", "-CAfile", ca];
    if !more.contains(&"-policy") {
        arguments.extend(["-explicit_policy", "-policy", kind.policy]);
    }
    if !more.contains(&"-purpose") {
        arguments.extend(["-purpose", kind.purpose]);
    }
    arguments.extend(more);
    arguments.push(&certificate);
    exhibits.ask_openssl(&arguments)
}

/// Asks the responder whose address stands in the certificate, with both digests, by POST and by GET, about the certificate and about a
/// serial number that was never issued. `expected` is what OpenSSL prints of the certificate, `{}` standing for a time.
fn statuses(exhibits: &Exhibits, kind: &Kind, expected: &str) {
    let name = kind.name;
    let (ca, held) = (format!("{name}-ca.pem"), format!("{name}.pem"));
    let url = exhibits.responder_address(name);
    assert_eq!(url, format!("{}/ocsp/{name}", exhibits.base));
    for digest in ["-sha1", "-sha256"] {
        let about = [
            digest,
            "-issuer",
            &ca,
            "-cert",
            &held,
            digest,
            "-serial",
            "0x1234567890abcdef",
        ];
        let about = &about[..];
        let posted = [
            &["ocsp"],
            about,
            &["-nonce", "-url", &url, "-no-CApath", "-CAfile", &ca],
        ];
        said_of(&exhibits.openssl(&posted.concat()), &held, expected);

        let request = [&["ocsp"], about, &["-nonce", "-reqout", "request.der"]];
        exhibits.openssl(&request.concat());
        let request = std::fs::read(exhibits.path("request.der")).unwrap();
        // RFC 6960 appendix A.1: base64, then percent-encoded.
        let encoded = Base64::encode_string(&request)
            .replace('+', "%2B")
            .replace('/', "%2F")
            .replace('=', "%3D");
        let answer = ask(
            &exhibits.base,
            "GET",
            &format!("/ocsp/{name}/{encoded}"),
            &[],
            b"",
        );
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (200, Some("application/ocsp-response"))
        );
        std::fs::write(exhibits.path("response.der"), answer.body).unwrap();
        let judged = [
            &["ocsp"],
            about,
            // The request has its nonce.
            &[
                "-no_nonce",
                "-reqin",
                "request.der",
                "-respin",
                "response.der",
                "-no-CApath",
                "-CAfile",
                &ca,
            ],
        ];
        said_of(&exhibits.openssl(&judged.concat()), &held, expected);
    }
}

fn said_of(said: &Said, certificate: &str, expected: &str) {
    assert!(said.text.contains("Response verify OK"), "{}", said.text);
    // Such as a missing nonce.
    assert!(!said.text.contains("WARNING"), "{}", said.text);
    let mut rest = said.answer.as_str();
    for part in format!("{certificate}{expected}").split("{}") {
        let at = rest
            .find(part)
            .unwrap_or_else(|| panic!("no {part:?} in {}", said.answer));
        rest = &rest[at + part.len()..];
    }
    assert!(
        said.answer
            .contains("0x1234567890abcdef: unknown\n"),
        "{}",
        said.answer
    );
}

/// The signed filing, with the revocation list fetched last.
fn judge_filing(exhibits: &Exhibits, content: &str) -> Said {
    let both = ["sign-ca.pem", "sign-13998-crl.pem"]
        .map(|name| std::fs::read_to_string(exhibits.path(name)).unwrap())
        .concat();
    std::fs::write(exhibits.path("ca-and-list.pem"), both).unwrap();
    exhibits.ask_openssl(&[
        "cms",
        "-verify",
        "-cades",
        "-binary",
        "-inform",
        "DER",
        "-in",
        "filing.p7s",
        "-content",
        content,
        "-out",
        "/dev/null",
        "-no-CApath",
        "-CAfile",
        "ca-and-list.pem",
        "-crl_check",
        "-x509_strict",
        "-explicit_policy",
        "-policy",
        SIGN.policy,
    ])
}

fn accepted(said: &Said) {
    assert!(said.ok && said.answer.ends_with(": OK\n"), "{}", said.text);
}

fn refused(said: &Said, why: &str) {
    assert!(
        !said.ok && said.text.contains(why),
        "no {why:?}: {}",
        said.text
    );
}
