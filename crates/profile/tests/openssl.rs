//! What is built, as OpenSSL sees it.

#[path = "fixture/fixture.rs"]
mod fixture;

use fixture::*;
use shirushi_profile::CertificateKind;

#[test]
fn smoke() {
    for kind in CertificateKind::ALL {
        let authority = Authority::new(kind);
        let d = directory_of(&authority);
        for n in ["ca", "holder", "responder"] {
            println!(
                "{}",
                run(
                    d.path(),
                    "openssl",
                    &[
                        "x509",
                        "-in",
                        &format!("{n}.pem"),
                        "-noout",
                        "-text",
                        "-nameopt",
                        "utf8,sep_comma_plus_space"
                    ]
                )
            );
        }
        println!(
            "{}",
            run(d.path(), "openssl", &["asn1parse", "-in", "holder.pem"])
        );
    }
}
