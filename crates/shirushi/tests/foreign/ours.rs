//! Our module through OpenSC's `pkcs11-tool`, and through p11-kit.

use crate::{
    citizen::AUTHENTICATION_PIN,
    city::city,
    desk::{Desk, library, tries},
    modules::{Module, Token},
    opensc::without,
    said::Said,
};
use shirushi_lab::exchanges;
use std::{ffi::OsStr, path::Path, time::Instant};

/// What `pkcs11-tool -L`, `-O` at both tokens and `-M` print, but for subjects and serial numbers.
const OBJECTS: &str = include_str!("ours-objects.txt");
/// What `pkcs11-tool --test --login` prints, `{}` standing for the key's label.
const TEST: &str = include_str!("ours-test.txt");
/// Commands that a signature takes with each token, with the certificates of these tests. The look at the card takes four (SELECT, token
/// information, the tries of both PINs), and leaves its application selected; the log-in three (token information, tries, VERIFY) and those that
/// read the certificate, of the authentication token's to its key, of the other's all eight pieces; the signature five, without power before.
const MOST_COMMANDS: [usize; 2] = [15, 20];

#[test]
fn pkcs11_tool_lists_tokens_objects_and_mechanisms() {
    let module = Module::ours();
    let desk = Desk::new();
    let _card = desk.insert(&[]);
    let mut listed = tool(&desk, &["-L"]).good().to_owned();
    for token in module.tokens() {
        // What is seen without the PIN, and with it.
        listed += tool(&desk, &["--token-label", token.label, "-O"]).good();
        listed += log_in(&desk, token, token.pin, &["-O"]).good();
        // The certificate byte for byte.
        let read = [
            "--read-object",
            "--type",
            "cert",
            "--id",
            token.id,
            "--output-file",
            "read.cer",
        ];
        log_in(&desk, token, token.pin, &read).good();
        assert!(std::fs::read(desk.path("read.cer")).unwrap() == city().certificate(token.word));
    }
    listed += tool(&desk, &["-M"]).good();
    assert_eq!(without(&listed, &["subject:", "serial"]), OBJECTS);
}

#[test]
fn pkcs11_tool_finds_no_error_in_its_own_test() {
    let module = Module::ours();
    let desk = Desk::new();
    let _card = desk.insert(&[]);
    for token in module.tokens() {
        let said = log_in(&desk, token, token.pin, &["--test"]);
        assert_eq!(said.good(), TEST.replace("{}", token.key));
    }
}

#[test]
fn pkcs11_tool_signs_with_both_keys() {
    let module = Module::ours();
    let desk = Desk::new();
    let _card = desk.insert(&[]);
    desk.write("content", "押印に代えて\n");
    desk.write_digest_info("content", "digest-info");
    for token in module.tokens() {
        let sign = |mechanism: &str, input: &str| {
            let order = [
                "--sign",
                "--id",
                token.id,
                "--mechanism",
                mechanism,
                "--input-file",
                input,
                "--output-file",
                "signature",
            ];
            log_in(&desk, token, token.pin, &order)
        };
        for (mechanism, input, digest) in [
            ("SHA1-RSA-PKCS", "content", "-sha1"),
            ("SHA256-RSA-PKCS", "content", "-sha256"),
            ("SHA384-RSA-PKCS", "content", "-sha384"),
            ("SHA512-RSA-PKCS", "content", "-sha512"),
            ("RSA-PKCS", "digest-info", "-sha256"),
        ] {
            sign(mechanism, input).good();
            desk.assert_signed(token.word, digest, "content", "signature");
            // The module's own opinion, by the public key.
            let verify = [
                "--verify",
                "--id",
                token.id,
                "--mechanism",
                mechanism,
                "--input-file",
                input,
                "--signature-file",
                "signature",
            ];
            let said = log_in(&desk, token, token.pin, &verify);
            assert!(
                said.good()
                    .contains("Signature is valid"),
                "{said:?}"
            );
            std::fs::remove_file(desk.path("signature")).unwrap();
        }
        sign("SHA256-RSA-PKCS-PSS", "content").good();
        let verify = "dgst -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32 -signature signature -verify";
        let mut verify: Vec<&OsStr> = verify
            .split(' ')
            .map(OsStr::new)
            .collect();
        let key = city().key(token.word);
        verify.extend([key.as_os_str(), "content".as_ref()]);
        desk.run("openssl", &verify).good();
        let refused = sign("SHA384-RSA-PKCS-PSS", "content");
        assert_fails(&refused, "C_SignInit", "CKR_MECHANISM_INVALID (0x70)");
    }
}

#[test]
fn pkcs11_tool_changes_both_pins() {
    let module = Module::ours();
    let desk = Desk::new();
    let _card = desk.insert(&[]);
    for (token, new, bad) in [
        (module.auth, "0246", "02468"),
        (module.sign, "NEW0PASSWORD", "new0_password"),
    ] {
        let change =
            |old: &str, new: &str| log_in(&desk, token, old, &["--change-pin", "--new-pin", new]);
        let refused = change(token.pin, bad);
        assert_eq!(refused.code, Some(1), "{refused:?}");
        assert!(
            refused
                .errors
                .contains("C_SetPIN failed"),
            "{refused:?}"
        );
        let said = change(token.pin, new);
        assert!(
            said.good()
                .contains("PIN successfully changed"),
            "{said:?}"
        );
        log_in(&desk, token, new, &["-O"]).good();
        assert_fails(
            &log_in(&desk, token, token.pin, &["-O"]),
            "C_Login",
            "CKR_PIN_INCORRECT (0xa0)",
        );
    }
    assert_eq!(tries(&desk), [2, 4]);
}

#[test]
fn the_last_try_is_not_spent_unless_its_owner_allows_it() {
    let token = Module::ours().auth;
    let desk = Desk::new();
    let _card = desk.insert(&[]);
    for left in [2, 1] {
        assert_fails(
            &log_in(&desk, token, "0000", &["-O"]),
            "C_Login",
            "CKR_PIN_INCORRECT (0xa0)",
        );
        assert_eq!(tries(&desk), [left, 5]);
    }
    assert!(
        tool(&desk, &["-L"])
            .good()
            .contains("final user PIN try")
    );
    let verifications = || {
        let log = exchanges(&desk.lab.log());
        log.iter()
            .filter(|exchange| {
                exchange
                    .command
                    .starts_with(&[0x00, 0x20])
                    && exchange.command.len() > 5
            })
            .count()
    };
    let before = verifications();
    // Not even with the right PIN: a program cannot know that it is right.
    for pin in ["0000", AUTHENTICATION_PIN] {
        assert_fails(
            &log_in(&desk, token, pin, &["-O"]),
            "C_Login",
            "CKR_PIN_LOCKED (0xa4)",
        );
    }
    assert_eq!((verifications(), tries(&desk)), (before, vec![1, 5]));

    std::fs::create_dir_all(desk.path(".config/shirushi")).unwrap();
    desk.write(".config/shirushi/pkcs11.conf", "last-try = allow\n");
    log_in(&desk, token, AUTHENTICATION_PIN, &["-O"]).good();
    assert_eq!(tries(&desk), [3, 5]);
}

/// Registers the module with p11-kit as the package does, in the lab alone.
pub(crate) fn register(desk: &Desk, module: &Module) {
    for folder in ["modules", "pkcs11"] {
        std::fs::create_dir(desk.path(folder)).unwrap();
    }
    desk.write(
        "modules/shirushi.module",
        include_str!("../../../../packaging/shirushi.module"),
    );
    std::fs::copy(&module.path, desk.path("pkcs11/libshirushi_pkcs11.so")).unwrap();
    let opensc = library("pkcs11/opensc-pkcs11.so");
    let libraries = Path::new(&opensc)
        .parent()
        .unwrap()
        .to_str()
        .unwrap();
    for (own, place) in [
        ("modules", "/usr/share/p11-kit/modules"),
        ("pkcs11", libraries),
    ] {
        desk.run("mount", &["--bind", own, place])
            .good();
    }
}

#[test]
fn p11_kit_hands_the_module_to_every_program() {
    let module = Module::ours();
    let desk = Desk::new();
    let _card = desk.insert(&[]);
    register(&desk, &module);
    let said = desk.run("p11-kit", &["list-modules"]);
    for line in [
        "shirushi: libshirushi_pkcs11.so".to_owned(),
        format!("    token: {}", module.auth.label),
    ] {
        assert!(
            said.good()
                .lines()
                .any(|said| said == line),
            "{said:?}"
        );
    }
    // GnuTLS asks p11-kit when it is told of no module.
    let said = desk.run("p11tool", &["--list-tokens"]);
    assert!(
        said.good()
            .contains(&format!("Label: {}\n", module.sign.label)),
        "{said:?}"
    );
}

fn tool(desk: &Desk, arguments: &[&str]) -> Said {
    let module = Module::ours().path;
    desk.run(
        "pkcs11-tool",
        &[&["--module", module.as_str()], arguments].concat(),
    )
}

fn log_in(desk: &Desk, token: Token, pin: &str, arguments: &[&str]) -> Said {
    let with_pin = ["--token-label", token.label, "--login", "--pin", pin];
    tool(desk, &[&with_pin, arguments].concat())
}

fn assert_fails(said: &Said, function: &str, value: &str) {
    assert_eq!(said.code, Some(1), "{said:?}");
    let expected = format!("{function} failed: rv = {value}");
    assert!(said.errors.contains(&expected), "{said:?}");
}

/// Each command costs tens of milliseconds on a real card, and pkcs11-tool calls functions that it does not need. They were 69 with the
/// authentication token, then 37 and 54, then 18 and 28. Beside them OpenSC's, on the same card, which takes as long for each as a real one may.
#[test]
fn a_signature_through_pkcs11_tool_takes_no_more_commands_than_told() {
    let (ours, theirs) = (Module::ours(), Module::opensc());
    let desk = Desk::new();
    let _card = desk.insert(&["--slow", "15"]);
    desk.write("content", "押印に代えて\n");
    let sign = |module: &Module, token: Token| {
        let before = desk.lab.log().len();
        let began = Instant::now();
        let order = [
            "--module",
            &module.path,
            "--token-label",
            token.label,
            "--login",
            "--pin",
            token.pin,
        ];
        let what = ["--sign", "--mechanism", "SHA256-RSA-PKCS", "--id", token.id];
        let files = ["--input-file", "content", "--output-file", "signature"];
        desk.run("pkcs11-tool", &[&order[..], &what, &files].concat())
            .good();
        let took = began.elapsed();
        desk.assert_signed(token.word, "-sha256", "content", "signature");
        std::fs::remove_file(desk.path("signature")).unwrap();
        let told: Vec<String> = exchanges(&desk.lab.log()[before..])
            .iter()
            .map(|exchange| hex::encode(&exchange.command))
            .collect();
        (told, took)
    };
    for ((own, other), most) in ours
        .tokens()
        .into_iter()
        .zip(theirs.tokens())
        .zip(MOST_COMMANDS)
    {
        let (told, took) = sign(&ours, own);
        let (by_opensc, took_opensc) = sign(&theirs, other);
        println!(
            "{}: {} commands in {took:?}, {} by OpenSC in {took_opensc:?}",
            own.label,
            told.len(),
            by_opensc.len()
        );
        assert!(told.len() <= most, "{}: {told:#?}", told.len());
        assert!(2 * told.len() <= by_opensc.len(), "{}", by_opensc.len());
    }
    // No PIN is left verified, though no other application was selected.
    sign(&ours, ours.tokens()[1]);
    let said = desk.run(
        "opensc-tool",
        &[
            &["--card-driver", "default", "--reader", "0"][..],
            &["--send-apdu", "00A4040C0AD392F000260100000001"],
            &["--send-apdu", "00A4020C02001A"],
            &["--send-apdu", "802A0080046162636400"],
        ]
        .concat(),
    );
    assert!(
        said.good()
            .contains("SW1=0x69, SW2=0x82"),
        "{said:?}"
    );
}
