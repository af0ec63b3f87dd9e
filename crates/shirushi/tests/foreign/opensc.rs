//! Debian's OpenSC 0.23, unchanged, with the software card in pcscd's reader.

use crate::{
    citizen::{AUTHENTICATION_PIN, SIGNATURE_PASSWORD},
    city::{CERTIFICATES, city},
    desk::{Desk, library},
};

/// What `pkcs15-tool -D` prints, but for serial numbers and what is derived from them.
const DUMP: &str = include_str!("opensc-dump.txt");
/// What `pkcs11-tool -L`, `-O` and `-O` at the signature token print, but for subjects and serial numbers.
const OBJECTS: &str = include_str!("opensc-objects.txt");
/// What `pkcs11-tool --test --login` prints.
const TEST: &str = include_str!("opensc-test.txt");

#[test]
fn opensc_knows_the_card_by_every_answer_to_reset() {
    let desk = Desk::new();
    for interface in ["contact", "contact-history", "contactless"] {
        let card = desk.insert(&["--interface", interface]);
        let said = desk.run("opensc-tool", &["--name"]);
        assert_eq!(said.good(), "jpki\n", "{interface}");
        let atr = desk.run("opensc-tool", &["--atr"]);
        let expected = match interface {
            "contact" => "3b:e0:00:ff:81:31:fe:45:14\n",
            "contact-history" => "3b:da:13:ff:81:31:fb:46:80:12:39:2f:31:c1:73:c6:01:c0:3b\n",
            _ => "3b:88:80:01:00:00:05:e0:b3:81:a1:00:7f\n",
        };
        assert_eq!(atr.good(), expected);
        card.pull();
    }
    let said = desk.run("opensc-tool", &["--name"]);
    assert_eq!(said.code, Some(1));
    assert!(
        said.errors
            .ends_with("Failed to connect to reader: Card not present\n"),
        "{said:?}"
    );
}

#[test]
fn opensc_finds_the_pins_the_keys_and_the_certificates() {
    let desk = Desk::new();
    let _card = desk.insert(&[]);
    let dump = desk.run("pkcs15-tool", &["--dump"]);
    assert_eq!(without(dump.good(), &["MD:guid", "Encoded serial"]), DUMP);
    let pins = desk.run("pkcs15-tool", &["--list-pins"]);
    let from = DUMP.find("PIN [User").unwrap();
    let to = DUMP.find("Private RSA").unwrap();
    assert_eq!(pins.good(), &DUMP[from..to]);

    let mut listed = String::new();
    let module = library("opensc-pkcs11.so");
    for order in ["-L", "-O"] {
        listed += desk
            .run("pkcs11-tool", &["--module", &module, order])
            .good();
    }
    let arguments = ["--module", &module, "-O", "--slot", "1", "--login", "--pin"];
    listed += desk
        .run(
            "pkcs11-tool",
            &[&arguments[..], &[SIGNATURE_PASSWORD]].concat(),
        )
        .good();
    // The profile object's handle is an address.
    let listed = listed
        .lines()
        .map(|line| match line.split_once("Profile object") {
            Some(_) => "Profile object\n".to_owned(),
            None => format!("{line}\n"),
        });
    let listed: String = listed.collect();
    assert_eq!(without(&listed, &["subject:", "serial: "]), OBJECTS);
}

#[test]
fn opensc_reads_all_four_certificates_byte_for_byte() {
    let desk = Desk::new();
    let _card = desk.insert(&[]);
    for (id, word) in ["01", "02", "03", "04"]
        .iter()
        .zip(CERTIFICATES)
    {
        let read = ["--read-certificate", id, "--output", "read.pem"];
        let verify = [
            "--verify-pin",
            "--auth-id",
            "02",
            "--pin",
            SIGNATURE_PASSWORD,
        ];
        let said = match word {
            "sign" => {
                let refused = desk.run("pkcs15-tool", &read);
                assert_ne!(
                    refused.code,
                    Some(0),
                    "the signature certificate was read without its password"
                );
                assert!(!desk.path("read.pem").exists());
                desk.run("pkcs15-tool", &[&read[..], &verify].concat())
            }
            _ => desk.run("pkcs15-tool", &read),
        };
        said.good();
        let convert = [
            "x509", "-in", "read.pem", "-outform", "DER", "-out", "read.cer",
        ];
        desk.run("openssl", &convert).good();
        assert!(
            std::fs::read(desk.path("read.cer")).unwrap() == city().certificate(word),
            "{word}"
        );
        std::fs::remove_file(desk.path("read.pem")).unwrap();
    }
}

#[test]
fn opensc_signs_with_both_keys() {
    let desk = Desk::new();
    let _card = desk.insert(&[]);
    desk.write("content", "押印に代えて\n");
    let module = library("opensc-pkcs11.so");
    for (word, slot, id, pin) in [
        ("auth", "0", "01", AUTHENTICATION_PIN),
        ("sign", "1", "02", SIGNATURE_PASSWORD),
    ] {
        let sign = |mechanism: &str, input: &str| {
            let arguments = [
                "--module",
                &module,
                "--slot",
                slot,
                "--id",
                id,
                "--login",
                "--pin",
                pin,
                "--sign",
                "--mechanism",
                mechanism,
                "--input-file",
                input,
                "--output-file",
                "signature",
            ];
            desk.run("pkcs11-tool", &arguments)
        };
        for (mechanism, digest) in [
            ("SHA1-RSA-PKCS", "-sha1"),
            ("SHA256-RSA-PKCS", "-sha256"),
            ("SHA384-RSA-PKCS", "-sha384"),
            ("SHA512-RSA-PKCS", "-sha512"),
        ] {
            sign(mechanism, "content").good();
            desk.assert_signed(word, digest, "content", "signature");
        }
        desk.write_digest_info("content", "digest-info");
        sign("RSA-PKCS", "digest-info").good();
        desk.assert_signed(word, "-sha256", "content", "signature");

        let refused = sign("SHA256-RSA-PKCS-PSS", "content");
        assert_eq!(refused.code, Some(1));
        assert!(
            refused
                .errors
                .contains("C_SignInit failed: rv = CKR_MECHANISM_INVALID (0x70)"),
            "{refused:?}"
        );
    }
}

#[test]
fn opensc_finds_no_error_in_its_own_test() {
    let desk = Desk::new();
    let _card = desk.insert(&[]);
    let module = library("opensc-pkcs11.so");
    let arguments = [
        "--module",
        &module,
        "--test",
        "--login",
        "--pin",
        AUTHENTICATION_PIN,
    ];
    let said = desk.run("pkcs11-tool", &arguments);
    assert_eq!(said.good(), TEST);
}

/// `text` without the lines that have one of these in them.
pub(crate) fn without(text: &str, parts: &[&str]) -> String {
    text.lines()
        .filter(|line| {
            !parts
                .iter()
                .any(|part| line.contains(part))
        })
        .map(|line| format!("{line}\n"))
        .collect()
}
