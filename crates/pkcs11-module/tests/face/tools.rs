//! `pkcs11-tool` of OpenSC with the library, and `openssl` as the judge.

use crate::{
    api::{Home, library},
    cards::{PASSWORD, PIN, openssl},
};
use std::{fs, process::Output};

/// `pkcs11-tool` with these arguments; what it says, both ways.
fn tool(home: &Home, arguments: &[&str]) -> (bool, String) {
    let output = home
        .command("pkcs11-tool")
        .arg("--module")
        .arg(library())
        .args(arguments)
        .output()
        .unwrap();
    let Output {
        status,
        stdout,
        stderr,
    } = output;
    let said = [stdout, stderr].concat();
    (
        status.success(),
        String::from_utf8_lossy(&said).into_owned(),
    )
}

/// The same, which must succeed.
fn done(home: &Home, arguments: &[&str]) -> String {
    let (is_done, said) = tool(home, arguments);
    assert!(is_done, "{arguments:?}: {said}");
    said
}

/// The same, which must fail with this value.
fn fails(home: &Home, arguments: &[&str], with: &str) {
    let (is_done, said) = tool(home, arguments);
    assert!(!is_done && said.contains(with), "{arguments:?}: {said}");
}

const AUTH: [&str; 5] = ["--slot", "0", "--login", "--pin", PIN];
const SIGN: [&str; 5] = ["--slot", "1", "--login", "--pin", PASSWORD];

#[test]
fn its_own_tests_pass_on_both_tokens() {
    let home = Home::new();
    for login in [AUTH, SIGN] {
        let said = done(&home, &[&login[..], &["-t"]].concat());
        assert!(said.contains("No errors"), "{said}");
        assert!(
            said.contains("all 4 signature functions seem to work"),
            "{said}"
        );
    }
}

#[test]
fn it_lists_tokens_mechanisms_and_objects() {
    let home = Home::new();
    let slots = done(&home, &["-L"]);
    for line in [
        "JPKI User Authentication",
        "JPKI Digital Signature",
        "pin min/max        : 6/16",
    ] {
        assert!(slots.contains(line), "{slots}");
    }
    let mechanisms = done(&home, &["-M"]);
    assert!(mechanisms.contains("SHA256-RSA-PKCS, keySize={2048,2048}, hw, sign, verify"));
    assert!(mechanisms.contains("SHA256-RSA-PKCS-PSS, keySize={2048,2048}, hw, sign, verify"));
    let public = done(&home, &["-O", "--slot", "1"]);
    assert!(
        public.contains("Digital Signature Certificate CA"),
        "{public}"
    );
    assert!(!public.contains("Private Key"), "{public}");
    let private = done(&home, &[&SIGN[..], &["-O"]].concat());
    assert!(private.contains("always authenticate"), "{private}");
}

#[test]
fn both_keys_sign_and_openssl_agrees() {
    let home = Home::new();
    let at = |name: &str| home.at(name);
    fs::write(at("document"), "届\n").unwrap();
    for (login, id) in [(AUTH, "01"), (SIGN, "02")] {
        let key = [
            &login[..],
            &["-r", "-y", "pubkey", "--id", id, "-o", "key.der"],
        ]
        .concat();
        done(&home, &key);
        for (mechanism, digest) in [
            ("SHA1-RSA-PKCS", "-sha1"),
            ("SHA256-RSA-PKCS", "-sha256"),
            ("SHA384-RSA-PKCS", "-sha384"),
            ("SHA512-RSA-PKCS", "-sha512"),
        ] {
            let sign = [
                "-s",
                "-m",
                mechanism,
                "--id",
                id,
                "-i",
                "document",
                "-o",
                "signature",
            ];
            done(&home, &[&login[..], &sign].concat());
            openssl(&[
                "dgst",
                digest,
                "-keyform",
                "DER",
                "-verify",
                &at("key.der"),
                "-signature",
                &at("signature"),
                &at("document"),
            ]);
        }
        let sign = [
            "-s",
            "-m",
            "SHA256-RSA-PKCS-PSS",
            "--id",
            id,
            "-i",
            "document",
            "-o",
            "signature",
        ];
        done(&home, &[&login[..], &sign].concat());
        openssl(&[
            "dgst",
            "-sha256",
            "-sigopt",
            "rsa_padding_mode:pss",
            "-sigopt",
            "rsa_pss_saltlen:32",
            "-keyform",
            "DER",
            "-verify",
            &at("key.der"),
            "-signature",
            &at("signature"),
            &at("document"),
        ]);
        let refused = [
            "-s",
            "-m",
            "SHA256-RSA-PKCS-PSS",
            "--salt-len",
            "20",
            "--id",
            id,
            "-i",
            "document",
        ];
        fails(
            &home,
            &[&login[..], &refused].concat(),
            "CKR_MECHANISM_PARAM_INVALID",
        );
    }
}

#[test]
fn a_pin_is_changed_and_the_old_one_is_wrong() {
    let home = Home::new();
    done(
        &home,
        &[&AUTH[..], &["--change-pin", "--new-pin", "7777"]].concat(),
    );
    fails(&home, &[&AUTH[..], &["-O"]].concat(), "CKR_PIN_INCORRECT");
    done(&home, &["--login", "--pin", "7777", "-O"]);
    let short = [
        "--login",
        "--pin",
        "7777",
        "--change-pin",
        "--new-pin",
        "12",
    ];
    fails(&home, &short, "CKR_PIN_LEN_RANGE");
}

#[test]
fn wrong_pins_are_counted_and_the_last_try_is_kept() {
    let home = Home::new();
    let wrong = ["--login", "--pin", "0000", "-O"];
    fails(&home, &wrong, "CKR_PIN_INCORRECT");
    assert!(done(&home, &["-L"]).contains("user PIN count low"));
    fails(&home, &wrong, "CKR_PIN_INCORRECT");
    assert!(done(&home, &["-L"]).contains("final user PIN try"));
    fails(&home, &wrong, "CKR_PIN_LOCKED");
    assert!(
        done(&home, &["-L"]).contains("final user PIN try"),
        "it is still there"
    );
    let said = home
        .command("pkcs11-tool")
        .env("SHIRUSHI_PKCS11_DEBUG", "1")
        .arg("--module")
        .arg(library())
        .args(AUTH)
        .arg("-O")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&said.stderr).into_owned();
    assert!(said.contains("C_Login: one try is left"), "{said}");
    assert!(!said.contains(PIN));
    let allowed = home.path().join("shirushi/pkcs11.conf");
    let settings = fs::read_to_string(&allowed).unwrap();
    fs::write(&allowed, settings + "last-try = allow\n").unwrap();
    done(&home, &[&AUTH[..], &["-O"]].concat());
}

#[test]
fn a_browser_does_not_see_the_signature_token() {
    let home = Home::new();
    let browser = home.path().join("chromium");
    let tool = ["/usr/bin/pkcs11-tool", "/usr/local/bin/pkcs11-tool"]
        .into_iter()
        .find(|path| fs::exists(path).unwrap())
        .unwrap();
    fs::copy(tool, &browser).unwrap();
    let list = |variable: Option<&str>| {
        let mut command = home.command(&browser);
        if let Some(tokens) = variable {
            command.env("SHIRUSHI_PKCS11_TOKENS", tokens);
        }
        let output = command
            .arg("--module")
            .arg(library())
            .arg("-L")
            .output()
            .unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let (auth, sign) = ("JPKI User Authentication", "JPKI Digital Signature");
    let seen = list(None);
    assert!(seen.contains(auth) && !seen.contains(sign), "{seen}");
    let seen = list(Some("both"));
    assert!(seen.contains(auth) && seen.contains(sign), "{seen}");
}

#[test]
fn settings_that_are_not_understood_are_no_settings() {
    let home = Home::with("tokens = all");
    fails(&home, &["-L"], "CKR_GENERAL_ERROR");
}

#[test]
fn nothing_but_the_entry_is_exported() {
    let output = std::process::Command::new("nm")
        .args(["-D", "--defined-only"])
        .arg(library())
        .output()
        .unwrap();
    let symbols = String::from_utf8_lossy(&output.stdout).into_owned();
    let names: Vec<_> = symbols
        .lines()
        .filter_map(|line| line.split_whitespace().last())
        .collect();
    assert_eq!(names, ["C_GetFunctionList"]);
}

#[test]
fn the_next_cards_keys_sign_by_ecdsa_and_openssl_agrees() {
    let home = Home::with_the_next_card();
    let at = |name: &str| home.at(name);
    fs::write(at("document"), "届\n").unwrap();
    let mechanisms = done(&home, &["-M"]);
    assert!(
        mechanisms.contains("ECDSA-SHA384, keySize={384,384}, hw, sign, verify"),
        "{mechanisms}"
    );
    assert!(!mechanisms.contains("RSA"), "{mechanisms}");
    for (login, id, token) in [
        (AUTH, "01", "JPKI%20User%20Authentication"),
        (SIGN, "02", "JPKI%20Digital%20Signature"),
    ] {
        // pkcs11-tool 0.23 makes no key of a curve's point with OpenSSL 3; GnuTLS does.
        let read = ["-r", "-y", "cert", "--id", id, "-o", "certificate"];
        done(&home, &[&login[..], &read].concat());
        let certificate = at("certificate");
        let own = [
            "x509",
            "-inform",
            "DER",
            "-in",
            &certificate,
            "-pubkey",
            "-noout",
        ];
        let own = openssl(&own);
        fs::write(at("key.pem"), &own).unwrap();
        let exported = home
            .command("p11tool")
            .env("GNUTLS_PIN", login[4])
            .arg("--provider")
            .arg(library())
            .args(["--login", "--export-pubkey"])
            .arg(format!("pkcs11:token={token};id=%{id};type=public"))
            .output()
            .unwrap();
        assert!(exported.stdout.ends_with(&own), "{exported:?}");
        let sign = [
            "-s",
            "-m",
            "ECDSA-SHA384",
            "--signature-format",
            "openssl",
            "--id",
            id,
            "-i",
            "document",
            "-o",
            "signature",
        ];
        done(&home, &[&login[..], &sign].concat());
        openssl(&[
            "dgst",
            "-sha384",
            "-verify",
            &at("key.pem"),
            "-signature",
            &at("signature"),
            &at("document"),
        ]);
        let rsa = ["-s", "-m", "SHA256-RSA-PKCS", "--id", id, "-i", "document"];
        fails(&home, &[&login[..], &rsa].concat(), "CKR_MECHANISM_INVALID");
    }
}
