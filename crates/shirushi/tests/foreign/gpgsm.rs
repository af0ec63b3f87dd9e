//! GnuPG's gpgsm with gnupg-pkcs11-scd in the place of its own card program.

use crate::{
    city::city,
    desk::{Desk, tries},
    loops::sent,
    modules::Module,
    said::{Said, ended},
};
use shirushi_lab::program;
use std::{
    fs::{Permissions, set_permissions},
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::Command,
};

/// Signs until OpenSSL takes the signature: of keys in card programs, gpg-agent 2.2 puts a zero octet before up to half of the RSA signatures, those
/// whose first bit is set. It takes such a one itself; RFC 8017 §8.2.2 wants as many octets as the modulus has, and OpenSSL and GnuTLS
/// refuse it.
const SIGN: &str = r#"
cd "$HOME" && gpgsm --learn-card || exit
for number in {1..20}; do
    echo "押印に代えて$number" >content
    gpgsm --batch --yes -o signature --detach-sign -u "$1" content || exit
    echo "$number" >signatures
    openssl cms -verify -binary -inform DER -in signature -content content -purpose any -CAfile "$2" -out read 2>refusal && exit
    grep -q 'wrong signature length' refusal || { cat refusal >&2; exit 1; }
done
exit 1
"#;

/// Types a line of `pins` for each question, and writes down what is asked for.
const PINENTRY: &str = r#"#!/bin/bash
cd "$HOME" || exit
echo "OK Pleased to meet you"
while read -r word rest; do
    case $word in
        SETDESC) printf '%s\n' "$rest" >>asked ;;
        GETPIN)
            pin=$(sed -n 1p pins)
            sed -i 1d pins
            [[ -z $pin ]] || echo "D $pin"
            ;;
    esac
    echo OK
    [[ $word != BYE ]] || exit
done
"#;

#[test]
fn gpgsm_signs_after_a_wrong_and_an_impossible_pin() {
    let module = Module::ours();
    let desk = Desk::new();
    let _card = desk.insert(&[]);
    set_up(&desk, &module);
    desk.write("pins", format!("0000\n12345\n{}\n", module.auth.pin));
    // In one go: the agent and the card program end with it.
    let authority = city().pem("auth-ca");
    let holder = fingerprint("auth");
    gnupg(&desk, SIGN, &[&holder, authority.to_str().unwrap()]).good();
    // Each question names the token, as gnupg-pkcs11-scd writes it in an Assuan line.
    let asked = std::fs::read_to_string(desk.path("asked")).unwrap();
    let asked: Vec<&str> = asked.lines().collect();
    assert_eq!(asked.len(), 3, "{asked:?}");
    assert!(
        asked
            .iter()
            .all(|question| question.contains("JPKI\\x20User\\x20Authentication")),
        "{asked:?}"
    );

    let signed = std::fs::read(desk.path("content")).unwrap();
    assert!(std::fs::read(desk.path("read")).unwrap() == signed);
    desk.write("content", "押印に代えた\n");
    let said = desk.verify_cms("auth", "signature", "content");
    assert!(
        said.code != Some(0)
            && said
                .errors
                .contains("content verify error"),
        "{said:?}"
    );
    // The wrong one once, and the right one for log-in and each signature.
    let signatures = std::fs::read_to_string(desk.path("signatures")).unwrap();
    let signatures: usize = signatures.trim().parse().unwrap();
    assert_eq!(sent(&desk), 2 + signatures);
    assert_eq!(tries(&desk), [3, 5]);
}

fn set_up(desk: &Desk, module: &Module) {
    let home = desk.path(".gnupg");
    std::fs::create_dir(&home).unwrap();
    set_permissions(&home, Permissions::from_mode(0o700)).unwrap();
    desk.write("pinentry", PINENTRY);
    set_permissions(desk.path("pinentry"), Permissions::from_mode(0o755)).unwrap();
    let scd = program("gnupg-pkcs11-scd");
    let agent = format!(
        "scdaemon-program {}\npinentry-program {}\n",
        scd.canonicalize().unwrap().display(),
        desk.path("pinentry").display()
    );
    desk.write(".gnupg/gpg-agent.conf", agent);
    let provider = format!("providers jpki\nprovider-jpki-library {}\n", module.path);
    desk.write(".gnupg/gnupg-pkcs11-scd.conf", provider);
    // The lab reaches no list of the city's, and gpgsm takes no critical policy that it was not told of.
    desk.write(
        ".gnupg/gpgsm.conf",
        "disable-crl-checks\ndisable-policy-checks\nno-common-certs-import\n",
    );
    desk.write(
        ".gnupg/trustlist.txt",
        format!("{} S relax\n", fingerprint("auth-ca")),
    );
    let authority = city().pem("auth-ca");
    let import = "gpgsm --import \"$1\"";
    gnupg(desk, import, &[authority.to_str().unwrap()]).good();
}

/// Runs a script with GnuPG, whose agent and card program end when it does.
fn gnupg(desk: &Desk, script: &str, arguments: &[&str]) -> Said {
    let mut bash = desk.unpacked(Path::new("bash"));
    bash.args(["-c", script, "bash"])
        .args(arguments);
    ended(&mut bash, "")
}

/// SHA-1 of a certificate, as GnuPG names it.
fn fingerprint(word: &str) -> String {
    let mut openssl = Command::new("openssl");
    openssl
        .args(["x509", "-noout", "-fingerprint", "-sha1", "-in"])
        .arg(city().pem(word));
    let said = ended(&mut openssl, "");
    let (_, hexadecimal) = said
        .good()
        .trim()
        .split_once('=')
        .unwrap();
    hexadecimal.replace(':', "")
}
