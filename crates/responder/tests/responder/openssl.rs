//! The responder as OpenSSL's client sees it.
//!
//! * A good, a revoked and an unknown certificate are told as such, by POST and by GET, with SHA-1 and SHA-256, with the nonce
//!   returned; OpenSSL verifies the responder's delegation and signature.
//! * An authority's list and certificate are what OpenSSL needs to verify a holder's path with revocation.
#![allow(clippy::unwrap_used, reason = "a test")]

use base64ct::{Base64, Encoding as _};
use shirushi_kit_office::*;
use shirushi_profile::CertificateKind;
use std::{path::Path, process::Command, sync::Arc};
use tempfile::TempDir;

/// The authority's and three holders' certificates as files: good, revoked, never issued.
struct Files {
    directory: TempDir,
    base: String,
}

async fn files(bench: &Arc<Bench>, kind: CertificateKind) -> Files {
    let directory = tempfile::tempdir().unwrap();
    let good = bench.issue(kind, 0, &hanako());
    let revoked = bench.issue(kind, 1, &hanako());
    bench.revoke(&revoked.certificate);
    let authority = bench.authority(kind);
    let unknown = issue(authority, &good.key, &hanako(), bench.now());
    for (name, der) in [
        ("ca", authority.certificate.der()),
        ("good", good.certificate.der()),
        ("revoked", revoked.certificate.der()),
        ("unknown", unknown.certificate.der()),
    ] {
        std::fs::write(
            directory
                .path()
                .join(format!("{name}.der")),
            der,
        )
        .unwrap();
        openssl(
            directory.path(),
            &format!("x509 -inform DER -in {name}.der -out {name}.pem"),
        );
    }
    let address = serve(bench.routes()).await;
    Files {
        directory,
        base: format!("http://{address}"),
    }
}

/// Runs openssl and gives all it printed.
fn openssl(directory: &Path, arguments: &str) -> String {
    let output = Command::new("openssl")
        .current_dir(directory)
        .args(arguments.split_whitespace())
        .output()
        .unwrap();
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.push_str(&String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "openssl {arguments}\n{text}");
    text
}

async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap()
}

#[tokio::test]
async fn openssl_reads_every_status_by_post() {
    for kind in CertificateKind::ALL {
        let bench = Bench::new();
        let files = files(&bench, kind).await;
        aside(move || {
            let Files { directory, base } = &files;
            for digest in ["-sha1", "-sha256"] {
                for (name, said) in [
                    ("good", "good.pem: good"),
                    ("revoked", "Reason: affiliationChanged"),
                    ("unknown", "unknown.pem: unknown"),
                ] {
                    let text = openssl(
                        directory.path(),
                        &format!(
                            "ocsp -url {base}/ocsp/{} -issuer ca.pem -CAfile ca.pem {digest} -cert {name}.pem -nonce",
                            kind.path()
                        ),
                    );
                    assert!(text.contains("Response verify OK"), "{text}");
                    assert!(text.contains(said), "{text}");
                    assert!(!text.contains("no nonce") && !text.contains("Nonce"), "{text}");
                }
            }
        })
        .await;
    }
}

#[tokio::test]
async fn openssl_reads_a_response_that_came_by_get() {
    let bench = Bench::new();
    let kind = CertificateKind::Signature;
    let files = files(&bench, kind).await;
    let path = files.directory.path().to_owned();
    let make = path.clone();
    let request = aside(move || {
        openssl(
            &make,
            "ocsp -issuer ca.pem -sha256 -cert good.pem -sha1 -cert revoked.pem -nonce -reqout request.der",
        );
        std::fs::read(make.join("request.der")).unwrap()
    })
    .await;
    let plain = Base64::encode_string(&request);
    let escaped = plain
        .replace('+', "%2B")
        .replace('/', "%2F")
        .replace('=', "%3D");
    for encoded in [plain, escaped] {
        let address = format!("{}/ocsp/sign/{encoded}", files.base);
        let response = reqwest::get(address).await.unwrap();
        assert_eq!(
            response.headers()["content-type"],
            "application/ocsp-response"
        );
        let der = response.bytes().await.unwrap();
        std::fs::write(path.join("response.der"), der).unwrap();
        let read = path.clone();
        let text = aside(move || {
            openssl(
                &read,
                "ocsp -respin response.der -reqin request.der -no_nonce -CAfile ca.pem -resp_text",
            )
        })
        .await;
        assert!(text.contains("Response verify OK"), "{text}");
        assert!(text.contains("Cert Status: good"), "{text}");
        assert!(text.contains("Cert Status: revoked"), "{text}");
        // OpenSSL compares the nonce with the request's, and would stop here.
        assert!(
            text.contains("OCSP Nonce") && !text.contains("no nonce"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn openssl_verifies_paths_with_the_lists_and_the_certificate_published() {
    let bench = Bench::new();
    let files = files(&bench, CertificateKind::Signature).await;
    let path = files.directory.path().to_owned();
    for (file, address, media_type) in [
        (
            "complete.crl",
            "/crl/sign/complete.crl",
            "application/pkix-crl",
        ),
        ("13998.crl", "/crl/sign/13998.crl", "application/pkix-crl"),
        (
            "authorities.crl",
            "/crl/sign/authorities.crl",
            "application/pkix-crl",
        ),
        ("published.cer", "/ca/sign.cer", "application/pkix-cert"),
    ] {
        let response = reqwest::get(format!("{}{address}", files.base))
            .await
            .unwrap();
        assert_eq!(response.status(), 200, "{address}");
        assert_eq!(response.headers()["content-type"], media_type);
        std::fs::write(path.join(file), response.bytes().await.unwrap()).unwrap();
    }
    aside(move || {
        let ca = std::fs::read(path.join("ca.der")).unwrap();
        assert_eq!(std::fs::read(path.join("published.cer")).unwrap(), ca);
        for list in ["complete", "13998", "authorities"] {
            openssl(
                &path,
                &format!("crl -inform DER -in {list}.crl -out {list}.pem -CAfile ca.pem"),
            );
        }
        for lists in [
            "-crl_check -CRLfile complete.pem",
            "-crl_check -CRLfile 13998.pem",
            "-crl_check -crl_check_all -CRLfile complete.pem",
            "-crl_check -crl_check_all -CRLfile 13998.pem -CRLfile authorities.pem",
        ] {
            let verify = format!("verify -extended_crl {lists} -CAfile ca.pem");
            assert!(openssl(&path, &format!("{verify} good.pem")).contains("good.pem: OK"));
            let refused = Command::new("openssl")
                .current_dir(&path)
                .args(format!("{verify} revoked.pem").split_whitespace())
                .output()
                .unwrap();
            assert!(!refused.status.success());
            let said = String::from_utf8_lossy(&refused.stderr).into_owned();
            assert!(said.contains("certificate revoked"), "{said}");
        }
    })
    .await;
}
