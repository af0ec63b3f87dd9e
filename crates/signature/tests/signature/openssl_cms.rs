//! Signatures before openssl, and openssl's before us.

use crate::{
    citizen::{CONTENT, Citizen},
    openssl::Openssl,
    pki::{DAY, NOW},
};
use shirushi_crypto::DigestAlgorithm;
use shirushi_signature::{SignatureError, verify};

/// The citizen's certificate and key, the authority and its list, as files for openssl.
fn files(citizen: &Citizen) -> Openssl {
    let openssl = Openssl::new();
    openssl.write("content", CONTENT);
    let root = citizen.authority.certificate.der();
    openssl.write_pem("root.pem", "CERTIFICATE", &[root]);
    openssl.write_pem("citizen.pem", "CERTIFICATE", &[citizen.certificate.der()]);
    openssl.write("citizen.key", citizen.key.to_pkcs8().expose());
    openssl
}

fn write_list(openssl: &Openssl, list: &[u8]) {
    openssl.write_pem("list.pem", "X509 CRL", &[list]);
}

/// `openssl cms -verify` with the status of the signer's certificate; its list must be among the trusted files.
fn openssl_accepts(openssl: &Openssl, content: &str) -> bool {
    let root = openssl.read("root.pem");
    let list = openssl.read("list.pem");
    openssl.write("trusted.pem", [root, list].concat());
    let line = format!(
        "cms -verify -binary -inform DER -in signature.der -content {content} \
         -CAfile trusted.pem -no-CApath -attime {NOW} -crl_check -extended_crl -cades -out verified"
    );
    openssl.try_run(&line).status.success()
}

#[test]
fn openssl_accepts_what_a_card_signed_and_refuses_it_changed_or_revoked() {
    let citizen = Citizen::new();
    let openssl = files(&citizen);
    let authority = &citizen.authority;
    write_list(
        &openssl,
        &authority
            .list()
            .sign_der(&authority.key),
    );
    openssl.write("signature.der", citizen.signs(CONTENT));
    assert!(openssl_accepts(&openssl, "content"));
    assert_eq!(openssl.read("verified"), CONTENT);

    openssl.write("changed", [CONTENT, b"!"].concat());
    assert!(!openssl_accepts(&openssl, "changed"));

    let revoked = authority
        .list()
        .revoke(&[0x41, 0x01], NOW - DAY, 3);
    write_list(&openssl, &revoked.sign_der(&authority.key));
    assert!(!openssl_accepts(&openssl, "content"));
}

#[test]
fn openssl_sees_the_attributes_of_cades_b() {
    let citizen = Citizen::new();
    let openssl = files(&citizen);
    openssl.write("signature.der", citizen.signs(CONTENT));
    let line = "cms -cmsout -print -noout -inform DER -in signature.der";
    let shown = String::from_utf8(openssl.run(line)).unwrap();
    for expected in [
        "contentType",
        "messageDigest",
        "signingTime",
        "id-smime-aa-signingCertificateV2",
        "rsaEncryption",
        "sha256",
        "eContent: <ABSENT>",
    ] {
        assert!(shown.contains(expected), "{expected} in\n{shown}");
    }
}

fn sign_with_openssl(openssl: &Openssl, options: &str) -> Vec<u8> {
    openssl.run(&format!(
        "cms -sign -binary -in content -signer citizen.pem -inkey citizen.key -keyform DER \
         -outform DER -out signature.der {options}"
    ));
    openssl.read("signature.der")
}

#[test]
fn what_openssl_signs_with_cades_attributes_is_accepted() {
    let citizen = Citizen::new();
    let openssl = files(&citizen);
    for (digest, algorithm) in [
        ("sha256", DigestAlgorithm::Sha256),
        ("sha384", DigestAlgorithm::Sha384),
        ("sha512", DigestAlgorithm::Sha512),
    ] {
        let cms = sign_with_openssl(&openssl, &format!("-cades -md {digest}"));
        let verified = verify(&cms, CONTENT).unwrap();
        assert_eq!(verified.signer(), &citizen.certificate, "{digest}");
        assert_eq!(verified.content_digest(), algorithm.digest(CONTENT));
    }
    let by_key = sign_with_openssl(&openssl, "-cades -md sha256 -keyid");
    assert!(verify(&by_key, CONTENT).is_ok());
    let with_chain = sign_with_openssl(&openssl, "-cades -md sha256 -certfile root.pem");
    let verified = verify(&with_chain, CONTENT).unwrap();
    assert_eq!(verified.certificates().len(), 2);
}

#[test]
fn what_openssl_signs_otherwise_is_refused_with_the_reason() {
    let citizen = Citizen::new();
    let openssl = files(&citizen);
    let refusal = |options: &str| {
        let cms = sign_with_openssl(&openssl, options);
        verify(&cms, CONTENT).unwrap_err()
    };
    assert_eq!(
        refusal("-cades -md sha256 -nodetach"),
        SignatureError::NotDetached
    );
    let missing = SignatureError::SignerCertificateMissing;
    assert_eq!(refusal("-cades -md sha256 -nocerts"), missing);
    assert!(matches!(
        refusal("-md sha256"),
        SignatureError::SignedAttribute { .. }
    ));
    // With SHA-1 openssl writes the first version of the reference, which binds by SHA-1.
    assert_eq!(refusal("-cades -md sha1"), SignatureError::BoundBySha1);
    assert!(matches!(
        refusal("-md sha256 -noattr"),
        SignatureError::SignedAttribute { .. }
    ));
    assert!(matches!(
        refusal("-cades -md sha224"),
        SignatureError::Algorithm { .. }
    ));
    assert!(matches!(
        refusal("-cades -md sha256 -keyopt rsa_padding_mode:pss"),
        SignatureError::Algorithm { .. }
    ));
    assert!(matches!(
        refusal("-cades -md sha256 -stream"),
        SignatureError::BerNotDer { .. }
    ));
}

#[test]
fn a_changed_content_is_refused_whoever_signed() {
    let citizen = Citizen::new();
    let openssl = files(&citizen);
    let cms = sign_with_openssl(&openssl, "-cades -md sha256");
    assert!(matches!(
        verify(&cms, b"another"),
        Err(SignatureError::ContentChanged { .. })
    ));
}
