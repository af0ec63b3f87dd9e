//! Programs that answer a refused PIN with the same one, for ever where they are let: NSS, poppler and GnuTLS ask as long as they are
//! told that it was the wrong one. What a person typed once costs one try, and what nobody typed costs none.

use crate::{
    desk::{Desk, tries, unpacked_libraries},
    modules::{Module, Token},
    nss,
    pdf::{WRITE, installed, validate},
    said::{Said, ended},
    site::Site,
};
use shirushi_lab::{exchanges, program};
use std::{
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

/// Longer than a program may take that does not loop: it counts tries on a card, its reader is a virtual one, and others run beside it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);
/// Seconds of the processor that a program may take which is refused. By itself on a machine that is all the time it takes, and more.
const WORK: f64 = 2.0;

/// Seconds after which a program that loops is ended.
const LONGEST: &str = "20";

/// How often a PIN reached the card.
pub(crate) fn sent(desk: &Desk) -> usize {
    exchanges(&desk.lab.log())
        .iter()
        .filter(|exchange| {
            exchange
                .command
                .starts_with(&[0x00, 0x20])
                && exchange.command.len() > 5
        })
        .count()
}

/// How often the module refused a log-in, as it says for whoever looks for faults.
pub(crate) fn refused(said: &Said) -> usize {
    said.errors
        .matches("shirushi-pkcs11: C_Login:")
        .count()
}

/// A program that is ended when it loops, and whose work is measured.
fn measured(desk: &Desk, program: impl AsRef<Path>) -> Command {
    let script =
        format!("TIMEFORMAT='%U %S'; {{ time timeout {LONGEST} \"$@\" 2>&3; }} 3>&2 2>work");
    let mut command = desk.command("bash");
    command
        .args(["-c", &script, "bash", "env", "SHIRUSHI_PKCS11_DEBUG=1"])
        .arg(program.as_ref());
    command
}

/// That the last program was done soon, and did not say the same for ever.
#[track_caller]
fn assert_ended(desk: &Desk, began: Instant, said: &Said) {
    assert!(
        began.elapsed() < PATIENCE,
        "{:?}: {said:?}",
        began.elapsed()
    );
    let work = std::fs::read_to_string(desk.path("work")).unwrap();
    let work: f64 = work
        .split_whitespace()
        .map(|seconds| seconds.parse::<f64>().unwrap())
        .sum();
    assert!(work < WORK, "{work}: {said:?}");
    assert!(refused(said) <= 2, "{said:?}");
}

/// Poppler's program with a token's certificate: what it is given to look for the certificate with, and to sign.
fn pdfsig(desk: &Desk, token: Token, to_look: Option<&str>, to_sign: Option<&str>) -> Said {
    let pdfsig = program("pdfsig");
    let mut command = measured(desk, "env");
    command
        .arg(format!("LD_LIBRARY_PATH={}", unpacked_libraries()))
        // It would give its one password to every token that it sees.
        .arg(format!("SHIRUSHI_PKCS11_TOKENS={}", token.word))
        .args([
            pdfsig.as_path(),
            Path::new("-nssdir"),
            Path::new(nss::DATABASE),
        ])
        .arg("-add-signature")
        .arg("-nick")
        .arg(format!("{}:{}", token.label, token.certificate));
    for (option, password) in [("-nss-pwd", to_look), ("-kpw", to_sign)] {
        if let Some(password) = password {
            command.args([option, password]);
        }
    }
    ended(command.args(["page.pdf", "signed.pdf"]), "")
}

#[test]
fn poppler_ends_and_spends_what_was_typed() {
    let module = Module::ours();
    let desk = Desk::new();
    let _card = desk.insert(&[]);
    let _site = Site::open(&desk);
    nss::set_up(&desk, &module);
    desk.write("write.py", WRITE);
    desk.run(installed("python").to_str().unwrap(), &["write.py"])
        .good();
    let small = module.sign.pin.to_ascii_lowercase();
    let (auth, sign) = (module.auth, module.sign);
    // What it is given to look with, and to sign with; whether it signs; tries left after it.
    for (token, to_look, to_sign, signs, left) in [
        (sign, None, None, false, [3, 5]),
        (sign, Some(""), Some(""), false, [3, 5]),
        (sign, Some("4829"), None, false, [3, 5]),
        (sign, Some("WRONG000"), Some("WRONG000"), false, [3, 4]),
        (sign, Some("wrong001"), None, false, [3, 3]),
        (sign, Some(sign.pin), None, false, [3, 5]),
        (sign, Some(sign.pin), Some("WRONG000"), false, [3, 4]),
        (sign, Some(sign.pin), Some(sign.pin), true, [3, 5]),
        (sign, Some(&small), Some(&small), true, [3, 5]),
        (auth, None, None, false, [3, 5]),
        (auth, Some("0000"), Some("0000"), false, [2, 5]),
        (auth, Some(auth.pin), None, true, [3, 5]),
        (auth, Some(auth.pin), Some(auth.pin), true, [3, 5]),
    ] {
        let given = (to_look, to_sign);
        let began = Instant::now();
        let said = pdfsig(&desk, token, to_look, to_sign);
        assert_ended(&desk, began, &said);
        assert_eq!(said.code == Some(0), signs, "{given:?}: {said:?}");
        assert_eq!(tries(&desk), left, "{given:?}: {said:?}");
        if signs {
            let authority = format!("{}-ca", token.word);
            // Poppler renumbers an object without having freed it, which pyHanko is strict about.
            let said = validate(
                &desk.path("signed.pdf"),
                &authority,
                &["--no-strict-syntax"],
            );
            assert!(
                said.text()
                    .contains("The signature is cryptographically sound."),
                "{said:?}"
            );
            std::fs::remove_file(desk.path("signed.pdf")).unwrap();
        }
    }
}

#[test]
fn nss_ends_and_spends_what_was_typed() {
    let module = Module::ours();
    let desk = Desk::new();
    let _card = desk.insert(&[]);
    let _site = Site::open(&desk);
    nss::set_up(&desk, &module);
    for (token, pin, left) in [
        (module.auth, "", [3, 5]),
        (module.auth, "12345", [3, 5]),
        (module.auth, "0000", [2, 5]),
        (module.sign, "", [3, 5]),
        (module.sign, "short", [3, 5]),
        (module.sign, "wrong000", [3, 4]),
    ] {
        desk.write("pin.txt", pin);
        let began = Instant::now();
        let list = [
            "-K",
            "-d",
            nss::DATABASE,
            "-h",
            token.label,
            "-f",
            "pin.txt",
        ];
        let said = ended(measured(&desk, "certutil").args(list), "");
        assert_ended(&desk, began, &said);
        assert_ne!(said.code, Some(0), "{pin}: {said:?}");
        assert_eq!(tries(&desk), left, "{pin}: {said:?}");
        // The right one, in small letters where it has any, brings the tries back.
        desk.write("pin.txt", token.pin.to_ascii_lowercase());
        desk.run("certutil", &list).good();
        assert_eq!(tries(&desk), [3, 5]);
    }
    // Of the wrong ones the two that might have been right, and the right ones.
    assert_eq!(sent(&desk), 2 + 6);
}
