//! `role`: identities of services, from the first to the revoked one.

use crate::place::{ENGLISH, Ended, JAPANESE, Place};
use serde_json::Value;
use std::{fs, os::unix::fs::PermissionsExt as _, process::Output};

const VERIFY: &str = "verify -x509_strict -crl_check -CAfile ca/ca.pem -CRLfile ca/crl.pem";

fn role(place: &Place, words: &str) -> Ended {
    let arguments: Vec<_> = ["role"]
        .into_iter()
        .chain(words.split(' '))
        .collect();
    place.run(ENGLISH, &arguments)
}

/// What is answered to a program.
fn answered(place: &Place, words: &str) -> Value {
    let ended = role(place, &format!("{words} --json"));
    assert_eq!(
        (ended.code, ended.err.as_str()),
        (0, ""),
        "{words}: {ended:?}"
    );
    serde_json::from_str(&ended.out).unwrap()
}

fn openssl(place: &Place, words: &str) -> (bool, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = place
        .command("openssl", ENGLISH)
        .args(words.split(' '))
        .output()
        .unwrap();
    (
        status.success(),
        String::from_utf8_lossy(&[stdout, stderr].concat()).into_owned(),
    )
}

#[test]
fn identities_are_made_listed_renewed_and_revoked_and_openssl_agrees() {
    let place = Place::new();
    let made = answered(&place, "new counter counter-1 --dir ca --out one");
    assert_eq!(
        (&made["number"], &made["founded"]),
        (&1.into(), &true.into())
    );
    let second = answered(
        &place,
        "new authority authority-1 --dir ca --out two --key ed25519 --days 30",
    );
    assert_eq!(
        (&second["number"], &second["founded"]),
        (&2.into(), &false.into())
    );
    for (file, mode) in [
        ("ca/ca.key", 0o600),
        ("one/identity.key", 0o600),
        ("one/crl.pem", 0o644),
    ] {
        let found = fs::metadata(place.path(file))
            .unwrap()
            .permissions();
        assert_eq!(found.mode() & 0o777, mode, "{file}");
    }
    for purpose in ["sslclient", "sslserver"] {
        let (is_good, told) = openssl(
            &place,
            &format!("{VERIFY} -purpose {purpose} one/identity.pem two/identity.pem"),
        );
        assert!(is_good, "{told}");
    }
    let key = fs::read(place.path("one/identity.key")).unwrap();
    let kept = answered(&place, "renew counter-1 --dir ca --out one --keep-key");
    assert_eq!(kept["number"], 3);
    assert_eq!(fs::read(place.path("one/identity.key")).unwrap(), key);
    answered(&place, "renew counter-1 --dir ca --out one");
    assert_ne!(fs::read(place.path("one/identity.key")).unwrap(), key);
    let one = answered(&place, "revoke --number 1 --dir ca --reason superseded");
    assert_eq!(one["revoked"][0]["reason"], "superseded");
    let rest = answered(&place, "revoke counter-1 --dir ca --out two");
    assert_eq!(
        rest["revoked"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    // The list that was handed over.
    let verify = VERIFY.replace("ca/crl", "two/crl");
    assert!(openssl(&place, &format!("{verify} two/identity.pem")).0);
    let (is_good, told) = openssl(&place, &format!("{verify} one/identity.pem"));
    assert!(!is_good && told.contains("certificate revoked"), "{told}");
    let list = answered(&place, "list --dir ca");
    let standings: Vec<_> = list["identities"]
        .as_array()
        .unwrap()
        .iter()
        .map(|identity| identity["standing"].as_str().unwrap())
        .collect();
    assert_eq!(standings, ["revoked", "alive", "revoked", "revoked"]);
}

#[test]
fn people_are_told_in_their_language() {
    let place = Place::new();
    let made = place.run(
        JAPANESE,
        &[
            "role", "new", "portal", "portal-1", "--dir", "ca", "--out", "one",
        ],
    );
    assert_eq!(made.code, 0, "{made:?}");
    for words in ["役割認証局を作りました: ca", "portal-1", "有効期限"] {
        assert!(made.out.contains(words), "{}", made.out);
    }
    let listed = role(&place, "list --dir ca");
    for words in ["portal-1", "alive until", "role CA's own certificate"] {
        assert!(listed.out.contains(words), "{}", listed.out);
    }
    let revoked = role(&place, "revoke portal-1 --dir ca");
    assert!(
        revoked
            .out
            .contains("Copy the list ca/crl.pem"),
        "{}",
        revoked.out
    );
}

#[test]
fn a_key_that_is_made_elsewhere_stays_there() {
    let place = Place::new();
    fs::create_dir(place.path("one")).unwrap();
    let key = "genpkey -algorithm ED25519 -out one/identity.key";
    assert!(openssl(&place, key).0);
    let request = "req -new -key one/identity.key -subj /CN=whatever -out request.pem";
    assert!(openssl(&place, request).0);
    let before = fs::read(place.path("one/identity.key")).unwrap();
    answered(
        &place,
        "new counter counter-1 --dir ca --out one --request request.pem",
    );
    assert_eq!(fs::read(place.path("one/identity.key")).unwrap(), before);
    assert!(openssl(&place, &format!("{VERIFY} one/identity.pem")).0);
    let none = role(
        &place,
        "renew counter-1 --dir ca --out one --request one/identity.pem",
    );
    assert_eq!(none.code, 66, "{none:?}");
    assert!(none.err.contains("one/identity.pem") && none.err.contains("openssl req -new"));
}

#[test]
fn what_the_role_ca_does_not_do_is_said_with_what_to_do() {
    let place = Place::new();
    answered(&place, "new counter counter-1 --dir ca --out one");
    fs::create_dir(place.path("letters")).unwrap();
    fs::write(place.path("letters/a"), "").unwrap();
    for (words, code, en, ja) in [
        (
            "new portal counter-1 --dir ca --out two",
            1,
            "counter counter-1 has a certificate",
            "有効な証明書があります",
        ),
        (
            "new counter counter-2 --dir ca --out one",
            1,
            "one holds an identity already",
            "one にはすでに",
        ),
        (
            "new counter counter-2 --dir letters --out two",
            1,
            "letters is no folder of a role CA",
            "letters は役割認証局のフォルダではなく",
        ),
        (
            "renew counter-2 --dir ca --out one",
            1,
            "one holds no identity of counter-2",
            "one に counter-2 の証明書はありません",
        ),
        (
            "revoke counter-2 --dir ca",
            1,
            "nothing to counter-2",
            "counter-2 に発行した",
        ),
        (
            "revoke counter-1 --dir ca --out letters",
            1,
            "letters holds no identity",
            "letters に、この役割認証局の証明書はありません",
        ),
        (
            "list --dir nowhere",
            66,
            "no role CA in nowhere",
            "nowhere に役割認証局はありません",
        ),
        (
            "new clerk a --dir ca --out two",
            64,
            "possible values",
            "使えるのは register",
        ),
        (
            "new counter Counter --dir ca --out two",
            64,
            "such as counter-1",
            "counter-1 のように",
        ),
        ("revoke --dir ca", 64, "NAME", "NAME"),
    ] {
        let arguments: Vec<_> = ["role"]
            .into_iter()
            .chain(words.split(' '))
            .collect();
        for (locale, said) in [(ENGLISH, en), (JAPANESE, ja)] {
            let ended = place.run(locale, &arguments);
            assert_eq!(
                (ended.code, ended.out.as_str()),
                (code, ""),
                "{words}: {ended:?}"
            );
            assert!(ended.err.contains(said), "no {said:?} in {}", ended.err);
        }
    }
    // All of it was looked at before anything was done.
    let list = answered(&place, "list --dir ca");
    assert_eq!(list["identities"][0]["standing"], "alive");
    assert_eq!(
        list["identities"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}
