//! Two card drivers that have nothing in common with OpenSC's, nor with ours: the crates myna-card and jpki, each in a program of
//! `test-programs`.

use crate::{
    citizen::{AUTHENTICATION_PIN, SIGNATURE_PASSWORD},
    city::city,
    desk::Desk,
    said::{Said, ended},
};
use shirushi_lab::exchanges;
use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::Mutex,
};

/// 券面入力補助用暗証番号 of the sandbox's cards.
const TEXT_PIN: &str = "1234";

#[test]
fn myna_card_reads_what_is_on_the_card() {
    let program = built("myna-card");
    let desk = Desk::new();
    let _card = desk.insert(&[]);
    let said = run(&desk, &program, &["look"], &[]);
    let mut expected =
        String::from("token: JPKIAPICCTOKEN2\nphysical: true\nhas-auth: true\nhas-sign: true\n");
    for word in ["auth", "auth-ca", "sign-ca"] {
        expected += &format!("{word}: {}\n", hex::encode(city().certificate(word)));
    }
    expected += "sign: card returned SW=6982 (security status not fulfilled)\n";
    expected += "auth-tries: Some(3)\nsign-tries: Some(5)\n";
    assert_eq!(said.good(), expected);

    let said = run(&desk, &program, &["text"], &[TEXT_PIN]);
    let number = said
        .good()
        .lines()
        .last()
        .unwrap()
        .strip_prefix("number: ")
        .unwrap()
        .to_owned();
    assert!(
        number.len() == 12
            && number
                .bytes()
                .all(|byte| byte.is_ascii_digit())
    );
    let expected =
        "name: 印　太郎\naddress: 東京都印市朱肉一丁目１番１号\nbirth: 1980-02-17\nsex: Male\n";
    assert_eq!(said.answer, format!("{expected}number: {number}\n"));
}

#[test]
fn myna_card_signs_and_changes_pins() {
    let program = built("myna-card");
    let desk = Desk::new();
    let _card = desk.insert(&[]);
    desk.write("content", "押印に代えて\n");
    desk.write_digest_info("content", "digest-info");
    for (key, pin) in [("auth", AUTHENTICATION_PIN), ("sign", SIGNATURE_PASSWORD)] {
        let expected = match key {
            "sign" => format!("sign: {}\n", hex::encode(city().certificate("sign"))),
            _ => String::new(),
        };
        // Padded by the card alone, and hashed by it too.
        for (scheme, input) in [("digest-info", "digest-info"), ("on-card", "content")] {
            let said = run(
                &desk,
                &program,
                &["sign", key, scheme, input, "signature"],
                &[pin],
            );
            assert_eq!(said.good(), expected);
            desk.assert_signed(key, "-sha256", "content", "signature");
            std::fs::remove_file(desk.path("signature")).unwrap();
        }
    }

    let wrong = "refused: incorrect PIN, ";
    for left in [2, 1] {
        let said = run(&desk, &program, &["try", "auth"], &["0000"]);
        assert_eq!(said.good(), format!("{wrong}{left} attempt(s) remaining\n"));
    }
    for (key, old, new) in [
        ("auth", AUTHENTICATION_PIN, "0246"),
        ("sign", SIGNATURE_PASSWORD, "NEW0PASSWORD"),
    ] {
        let said = run(&desk, &program, &["change", key], &[old, new]);
        assert_eq!(said.good(), "changed\n");
        assert_eq!(
            run(&desk, &program, &["try", key], &[new]).good(),
            "right\n"
        );
        let said = run(&desk, &program, &["try", key], &[old]);
        assert!(said.good().starts_with(wrong), "{said:?}");
    }
}

#[test]
fn jpki_reads_and_signs() {
    let program = built("jpki");
    let desk = Desk::new();
    let _card = desk.insert(&[]);
    let said = run(&desk, &program, &["look"], &[]);
    let mut expected = String::new();
    for word in ["auth", "auth-ca", "sign-ca"] {
        expected += &format!("{word}: {}\n", hex::encode(city().certificate(word)));
    }
    let tries = |auth: u8, sign: u8| format!("auth-tries: {auth}\nsign-tries: {sign}\n");
    assert_eq!(said.good(), expected.clone() + &tries(3, 5));

    desk.write("content", "押印に代えて\n");
    desk.write_digest_info("content", "digest-info");
    for (key, pin) in [("auth", AUTHENTICATION_PIN), ("sign", SIGNATURE_PASSWORD)] {
        let said = run(
            &desk,
            &program,
            &["sign", key, "digest-info", "signature"],
            &[pin],
        );
        if key == "sign" {
            assert_eq!(
                said.good(),
                format!("sign: {}\n", hex::encode(city().certificate("sign")))
            );
        } else {
            assert_eq!(said.good(), "");
        }
        desk.assert_signed(key, "-sha256", "content", "signature");
        std::fs::remove_file(desk.path("signature")).unwrap();
    }

    // This driver sends a command once more whenever the answer is longer than it had thought, and so a wrong PIN twice.
    let said = run(
        &desk,
        &program,
        &["sign", "auth", "digest-info", "signature"],
        &["0000"],
    );
    assert!(said.good().starts_with("refused: "), "{said:?}");
    assert!(!desk.path("signature").exists());
    let log = desk.lab.log();
    let wrong = exchanges(&log)
        .iter()
        .filter(|exchange| exchange.command == *b"\x00\x20\x00\x80\x040000")
        .count();
    assert_eq!(wrong, 2);
    let said = run(&desk, &program, &["look"], &[]);
    assert_eq!(said.good(), expected + &tries(1, 5));
}

/// What the manufacturer and the municipality sign on a real card is signed under the sandbox's keys here: two drivers find it whole.
#[test]
fn both_read_the_face_and_the_signed_text() {
    let program = built("myna-card");
    let desk = Desk::new();
    let _card = desk.insert(&[]);
    let said = run(&desk, &program, &["pins"], &[]);
    assert_eq!(
        said.good(),
        "text: Remaining(3)\ntext-a: Remaining(10)\ntext-b: Remaining(10)\nbirth: Remaining(10)\nface-b: Remaining(10)\n\
         face-a: Remaining(10)\ncommon: Remaining(3)\njuki: Remaining(3)\n"
    );
    let said = run(&desk, &program, &["face"], &[TEXT_PIN]);
    assert_eq!(
        said.good(),
        "integrity: Ok(())\nnumber-file: true\nitems-file: true\nchallenge-key: Ok(())\nchallenge: Ok(())\n\
         municipality: 13998\nface: card returned SW=6982 (security status not fulfilled)\nface: Ok(())\n\
         birth: 1980-02-17 sex: Male expiry: 2036-02-17\npictures: Png Png Jpeg2000 Png\nnumber: Ok(()) Png\n\
         challenge: Ok(())\nage: Ok(())\n"
    );
    let said = run(&desk, &program, &["objects"], &[]);
    let good = said.good();
    for line in [
        "municipality: 13998\n",
        "chain: 2\nlink: Ok(())\n",
        "atr: 3be000ff8131fe4514\n",
    ] {
        assert!(good.contains(line), "{good}");
    }

    let program = built("jpki");
    let said = run(&desk, &program, &["face"], &[TEXT_PIN]);
    assert_eq!(
        said.good(),
        "text-tries: 3\na-tries: 10\nb-tries: 10\nbirth: 19800217\nsex: 1\nexpiry: 20360217\nname: PNG\nphoto: jP\nsignature: 256\n"
    );
}

/// The program of `test-programs/NAME`, built if it is not.
fn built(name: &str) -> PathBuf {
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let target = root.join("target/test-programs");
    let mut build = Command::new(env!("CARGO"));
    build
        .args(["build", "--locked", "--quiet", "--manifest-path"])
        .arg(
            root.join("test-programs")
                .join(name)
                .join("Cargo.toml"),
        )
        .arg("--target-dir")
        .arg(&target)
        .env("PCSC_LIB_DIR", library_folder(&target))
        // Their build is none of this one's.
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS");
    let said = ended(&mut build, "");
    assert_eq!(said.code, Some(0), "{}", said.text());
    target
        .join("debug")
        .join(format!("drive-{name}"))
}

/// A folder with `libpcsclite.so`: the name by which programs are linked comes with headers that nobody needs here.
fn library_folder(target: &Path) -> PathBuf {
    let folder = target.join("lib");
    std::fs::create_dir_all(&folder).unwrap();
    let said = ended(
        Command::new("gcc").arg("-print-file-name=libpcsclite.so.1"),
        "",
    );
    let library = PathBuf::from(said.good().trim());
    assert!(
        library.is_absolute(),
        "libpcsclite1 is not on this machine; ./test installs it"
    );
    let link = folder.join("libpcsclite.so");
    if !link.exists() {
        // What is left of a library that has moved.
        let _ = std::fs::remove_file(&link);
        std::os::unix::fs::symlink(library, link).unwrap();
    }
    folder
}

/// Runs a driver's program with these PINs.
fn run(desk: &Desk, program: &Path, arguments: &[&str], pins: &[&str]) -> Said {
    let pins: String = pins
        .iter()
        .map(|pin| format!("{pin}\n"))
        .collect();
    desk.run_with(program.to_str().unwrap(), arguments, &pins)
}
