//! `sign`: what is written, when nothing is, and what OpenSSL says to it.

use super::{Hand, openssl_verifies};
use crate::{
    citizen::{AUTHENTICATION_PIN, SIGNATURE_PASSWORD},
    place::ENGLISH,
};
use serde_json::Value;

#[test]
fn a_file_is_signed() {
    let hand = Hand::new();
    let folder = hand.place.path("");
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.join(name), bytes).unwrap();
    let there = |name: &str| folder.join(name).exists();
    write("todoke.txt", "転居届\n".as_bytes());
    write("other.txt", b"something else\n");

    let signed = hand.run(&["sign", "todoke.txt"], &[SIGNATURE_PASSWORD]);
    assert_eq!(signed.code, 0, "{signed:?}");
    assert!(signed.err.contains("5 of 5 tries left"), "{}", signed.err);
    assert!(openssl_verifies("todoke.txt.p7s", "todoke.txt", &folder));
    assert!(!openssl_verifies("todoke.txt.p7s", "other.txt", &folder));

    // A file that is there is not replaced unless it is said so, and no try is spent to find that out.
    let before = std::fs::read(folder.join("todoke.txt.p7s")).unwrap();
    let refused = hand.run(&["sign", "todoke.txt"], &["WRONG0NE"]);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.err.contains("--force"), "{}", refused.err);
    assert_eq!(hand.tries("sign"), 5);
    let forced = hand.run(
        &["sign", "todoke.txt", "--force", "--with-ca", "--json"],
        &[SIGNATURE_PASSWORD],
    );
    assert_eq!(forced.code, 0, "{forced:?}");
    let told: Value = serde_json::from_str(&forced.out).unwrap();
    assert_eq!(told["signature"], "todoke.txt.p7s");
    let after = std::fs::read(folder.join("todoke.txt.p7s")).unwrap();
    assert!(
        after.len() > before.len() + 500,
        "the CA's certificate is in it"
    );
    assert!(openssl_verifies("todoke.txt.p7s", "todoke.txt", &folder));

    // A name that reads otherwise than it is, is told by what it is made of; programs are told the name itself.
    let turned = "todo\u{202E}txt.ehs";
    std::fs::copy(folder.join("todoke.txt"), folder.join(turned)).unwrap();
    let shown = hand.run(&["sign", turned], &[SIGNATURE_PASSWORD]);
    assert_eq!(shown.code, 0, "{shown:?}");
    assert!(
        shown
            .out
            .contains("todo[U+202E right-to-left override]txt.ehs.p7s"),
        "{shown:?}"
    );
    assert!(!shown.out.contains('\u{202E}'));
    let exact = hand.run(
        &["sign", turned, "--force", "--json"],
        &[SIGNATURE_PASSWORD],
    );
    let told: Value = serde_json::from_str(&exact.out).unwrap();
    assert_eq!(told["signature"], format!("{turned}.p7s"));
    let missing = ["verify", "--content", turned, "no\u{200B}ne.p7s"];
    let missing = hand.place.run(ENGLISH, &missing);
    assert_eq!(
        (missing.code, missing.out.as_str()),
        (66, ""),
        "{missing:?}"
    );
    assert!(
        missing
            .err
            .contains("no[U+200B zero width space]ne.p7s"),
        "{missing:?}"
    );
    std::fs::remove_file(folder.join(format!("{turned}.p7s"))).unwrap();

    // The other key, for developers.
    let auth = ["sign", "todoke.txt", "--key", "auth", "-o", "auth.p7s"];
    assert_eq!(
        hand.run(&auth, &[AUTHENTICATION_PIN])
            .code,
        0
    );
    assert!(openssl_verifies("auth.p7s", "todoke.txt", &folder));

    // With the certificate known; with another one nothing is signed, and the wrong kind is found before a PIN is asked for.
    for which in ["sign", "auth"] {
        let file = format!("{which}.cer");
        let pins = match which {
            "sign" => &[SIGNATURE_PASSWORD][..],
            _ => &[],
        };
        let ended = hand.run(&["cert", "export", which, "-o", &file], pins);
        assert_eq!(ended.code, 0, "{ended:?}");
    }
    let known = [
        "sign",
        "todoke.txt",
        "-o",
        "known.p7s",
        "--certificate",
        "sign.cer",
    ];
    assert_eq!(
        hand.run(&known, &[SIGNATURE_PASSWORD])
            .code,
        0
    );
    assert!(openssl_verifies("known.p7s", "todoke.txt", &folder));
    let kind = [
        "sign",
        "todoke.txt",
        "-o",
        "kind.p7s",
        "--certificate",
        "auth.cer",
    ];
    let kind = hand.run(&kind, &["WRONG0NE"]);
    assert_eq!((kind.code, there("kind.p7s")), (1, false), "{kind:?}");
    assert_eq!(hand.tries("sign"), 5);
    let large = std::fs::File::create(folder.join("large")).unwrap();
    large.set_len((16 << 30) + 1).unwrap();
    let large = hand.run(&["sign", "large"], &["WRONG0NE"]);
    assert_eq!((large.code, hand.tries("sign")), (66, 5), "{large:?}");

    // Whatever fails leaves no file.
    for (arguments, pin, code) in [
        (
            &["sign", "nowhere.txt", "-o", "none.p7s"][..],
            SIGNATURE_PASSWORD,
            66,
        ),
        (&["sign", "todoke.txt", "-o", "none.p7s"], "WRONG0NE", 4),
        (
            &["sign", "todoke.txt", "-o", "none.p7s"],
            "inshu4_kuroshiro7",
            1,
        ),
        (
            &["sign", "todoke.txt", "-o", "none.p7s", "--format", "pdf"],
            SIGNATURE_PASSWORD,
            64,
        ),
        (
            &["sign", "todoke.txt", "-o", "nofolder/none.p7s"],
            "WRONG1NE",
            1,
        ),
    ] {
        let ended = hand.run(arguments, &[pin]);
        assert_eq!(ended.code, code, "{ended:?}");
        assert!(!ended.err.contains(pin), "{}", ended.err);
        assert!(!there("none.p7s"));
    }
    let format = hand.run(&["sign", "todoke.txt", "--format", "pdf"], &["x"]);
    assert!(
        format
            .err
            .contains("[possible values: cms]"),
        "{}",
        format.err
    );

    // Typed at a terminal, and given up.
    let arguments = hand.with_card(&["sign", "other.txt"], false);
    let typed = format!("{SIGNATURE_PASSWORD}\n");
    let talk = hand.place.talk(
        ENGLISH,
        &arguments,
        &[("tries left", ""), ("Your signature password: ", "\u{3}")],
    );
    assert_eq!((talk.code, there("other.txt.p7s")), (6, false), "{talk:?}");
    let talk = hand.place.talk(
        ENGLISH,
        &arguments,
        &[("Your signature password: ", &typed)],
    );
    assert_eq!(talk.code, 0, "{talk:?}");
    assert!(openssl_verifies("other.txt.p7s", "other.txt", &folder));
    let left: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| {
            entry
                .unwrap()
                .file_name()
                .into_string()
                .unwrap()
        })
        .filter(|name| name.starts_with(".tmp"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
    hand.up.stop();
}
