//! Java's SunPKCS11 provider, over both modules, and jarsigner over ours.

use crate::{
    city::city,
    desk::{Desk, tries},
    modules::{Module, Token},
};

/// Signs a file with a key of the provider's key store; the PIN comes by standard input.
const SIGN: &str = r#"
import java.nio.file.*;
import java.security.*;

public class Sign {
    public static void main(String[] words) throws Exception {
        Provider provider = Security.getProvider("SunPKCS11").configure(words[0]);
        Security.addProvider(provider);
        KeyStore store = KeyStore.getInstance("PKCS11", provider);
        store.load(null, new String(System.in.readAllBytes()).trim().toCharArray());
        Signature signature = Signature.getInstance("SHA256withRSA", provider);
        signature.initSign((PrivateKey) store.getKey(words[1], null));
        signature.update(Files.readAllBytes(Path.of("content")));
        Files.write(Path.of("signature"), signature.sign());
        System.out.println(signature.getProvider().getName());
    }
}
"#;

#[test]
fn java_lists_and_signs() {
    for module in [Module::opensc(), Module::ours()] {
        let desk = Desk::new();
        let _card = desk.insert(&[]);
        desk.write("Sign.java", SIGN);
        desk.write("content", "押印に代えて\n");
        for (slot, token) in module.tokens().into_iter().enumerate() {
            configure(&desk, &module, slot);
            let list = [
                "-J-Duser.language=en",
                "-list",
                "-providerClass",
                "sun.security.pkcs11.SunPKCS11",
                "-providerArg",
                "java.cfg",
                "-storetype",
                "PKCS11",
                "-keystore",
                "NONE",
            ];
            let said = desk.run_with("keytool", &list, &format!("{}\n", token.pin));
            let entry = format!("{}, PrivateKeyEntry,", token.certificate);
            assert!(said.good().contains(&entry), "{said:?}");
            let digest = fingerprint(&desk, token);
            assert!(said.answer.contains(&digest), "{digest}: {said:?}");
        }
        let said = sign(&desk, &module, 0, module.auth.pin);
        assert_eq!(said, Ok("SunPKCS11-Card\n".to_owned()));
        desk.assert_signed("auth", "-sha256", "content", "signature");
        std::fs::remove_file(desk.path("signature")).unwrap();

        // SunPKCS11 knows nothing of keys that ask for their PIN at each use. OpenSC lets it sign all the same.
        let said = sign(&desk, &module, 1, module.sign.pin);
        if module.sign.label == Module::ours().sign.label {
            assert!(
                said.unwrap_err()
                    .contains("CKR_USER_NOT_LOGGED_IN")
            );
            assert!(!desk.path("signature").exists());
            // Unless its owner wants it so.
            std::fs::create_dir_all(desk.path(".config/shirushi")).unwrap();
            desk.write(
                ".config/shirushi/pkcs11.conf",
                "signature-login = sign-once\n",
            );
            sign(&desk, &module, 1, module.sign.pin).unwrap();
        } else {
            said.unwrap();
        }
        desk.assert_signed("sign", "-sha256", "content", "signature");

        let said = sign(&desk, &module, 0, "0000");
        assert!(
            said.unwrap_err()
                .contains("CKR_PIN_INCORRECT")
        );
        assert_eq!(tries(&desk), [2, 5]);
    }
}

#[test]
fn jarsigner_signs_with_either_key() {
    let module = Module::ours();
    let desk = Desk::new();
    let _card = desk.insert(&[]);
    std::fs::create_dir_all(desk.path(".config/shirushi")).unwrap();
    desk.write(
        ".config/shirushi/pkcs11.conf",
        "signature-login = sign-once\n",
    );
    desk.write("content", "押印に代えて\n");
    desk.run("jar", &["cf", "plain.jar", "content"])
        .good();
    for (slot, token) in module.tokens().into_iter().enumerate() {
        configure(&desk, &module, slot);
        let sign = [
            "-keystore",
            "NONE",
            "-storetype",
            "PKCS11",
            "-providerClass",
            "sun.security.pkcs11.SunPKCS11",
            "-providerArg",
            "java.cfg",
            "-sigfile",
            "CARD",
            "-signedjar",
            "signed.jar",
            "plain.jar",
            token.certificate,
        ];
        let said = desk.run_with("jarsigner", &sign, "0000\n");
        assert_ne!(said.code, Some(0), "{said:?}");
        assert!(!desk.path("signed.jar").exists());
        // No signature password is that short.
        let left = if slot == 0 { [2, 5] } else { [3, 5] };
        assert_eq!(tries(&desk), left);
        desk.run_with("jarsigner", &sign, &format!("{}\n", token.pin))
            .good();
        assert_eq!(tries(&desk), [3, 5]);

        // By another program: the file of signatures, and who signed it.
        desk.run(
            "jar",
            &["xf", "signed.jar", "META-INF/CARD.SF", "META-INF/CARD.RSA"],
        )
        .good();
        let verify = || desk.verify_cms(token.word, "META-INF/CARD.RSA", "META-INF/CARD.SF");
        let said = verify();
        assert!(said.good().contains("SHA-256-Digest:"), "{said:?}");
        desk.write("META-INF/CARD.SF", "changed");
        assert_ne!(verify().code, Some(0));
        std::fs::remove_file(desk.path("signed.jar")).unwrap();
    }
}

/// The provider's settings: a module, and one of its tokens.
fn configure(desk: &Desk, module: &Module, slot: usize) {
    desk.write(
        "java.cfg",
        format!(
            "name = Card\nlibrary = {}\nslotListIndex = {slot}\n",
            module.path
        ),
    );
}

fn sign(desk: &Desk, module: &Module, slot: usize, pin: &str) -> Result<String, String> {
    configure(desk, module, slot);
    let alias = module.tokens()[slot].certificate;
    let said = desk.run_with("java", &["Sign.java", "java.cfg", alias], pin);
    match said.code {
        Some(0) => Ok(said.answer),
        _ => Err(said.errors),
    }
}

/// The SHA-256 of a certificate, as keytool prints it.
fn fingerprint(desk: &Desk, token: Token) -> String {
    let pem = city().pem(token.word);
    let arguments = [
        "x509",
        "-noout",
        "-fingerprint",
        "-sha256",
        "-in",
        pem.to_str().unwrap(),
    ];
    let said = desk.run("openssl", &arguments);
    said.good()
        .trim()
        .split_once('=')
        .unwrap()
        .1
        .to_owned()
}
