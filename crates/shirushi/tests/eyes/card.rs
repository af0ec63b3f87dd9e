//! The card, byte by byte: what it holds is what was issued, and what it signs verifies.

use crate::{citizen::Officer, city::found, http::get, run::openssl};
use shirushi_town::Residents;

/// DigestInfo of SHA-256 up to the digest (RFC 8017 §9.2, note 1).
const SHA256: &str = "3031300d060960864801650304020105000420";

#[tokio::test(flavor = "multi_thread")]
async fn the_card_holds_what_was_issued_and_its_signatures_verify_with_openssl() {
    let (folder, base) = found(Residents::Sample).await;
    let folder = folder.path();
    let mut citizen = Officer::enrolled(&base).issue(folder);
    std::fs::write(folder.join("content"), "押印に代えて").unwrap();
    let digest = openssl(folder, &["dgst", "-sha256", "-r", "content"]).answer;
    let digest_info = hex::decode(format!("{SHA256}{}", &digest[..64])).unwrap();

    for (name, kind, file, key) in [
        ("sign", "signature", "0001", "001a"),
        ("auth", "authentication", "000a", "0017"),
    ] {
        let certificate = citizen.certificate(file);
        std::fs::write(folder.join("held.cer"), &certificate).unwrap();
        let authority = format!("{base}/ca/{name}.cer");
        openssl(folder, &["x509", "-in", &authority, "-out", "ca.pem"]);
        let verify = [
            "verify",
            "-x509_strict",
            "-crl_check",
            "-crl_download",
            "-no-CApath",
            "-CAfile",
            "ca.pem",
            "held.cer",
        ];
        openssl(folder, &verify);
        let said = openssl(folder, &["x509", "-in", "held.cer", "-noout", "-serial"]).answer;
        assert_eq!(
            said.trim().to_lowercase(),
            format!("serial={}", citizen.serial(kind))
        );

        openssl(
            folder,
            &[
                "x509", "-in", "held.cer", "-noout", "-pubkey", "-out", "key.pem",
            ],
        );
        let signature = citizen.sign(key, &digest_info);
        std::fs::write(folder.join("signature"), &signature).unwrap();
        let verify = [
            "dgst",
            "-sha256",
            "-verify",
            "key.pem",
            "-signature",
            "signature",
            "content",
        ];
        let said = openssl(folder, &verify).answer;
        assert_eq!(said, "Verified OK\n", "{name}");

        // What was signed is the content and nothing else.
        let mut other = verify;
        other[6] = "held.cer";
        let said = crate::run::run(folder, "openssl", &other);
        assert!(
            !said.ok && said.answer == "Verification failure\n",
            "{said:?}"
        );
    }
    // The free files: the authorities' certificates, which everybody can fetch as well.
    for (name, file) in [("sign", "0002"), ("auth", "000b")] {
        assert_eq!(
            citizen.certificate(file),
            get(&base, &format!("/ca/{name}.cer")).body,
            "{name}"
        );
    }
}
