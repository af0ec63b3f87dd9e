//! A city's folder that is no longer whole: the file is named, nothing panics, nothing is made anew in its place.

use crate::place::{ENGLISH, JAPANESE, Place, everything_in, lasting_address};
use std::{fs, path::Path};

/// What befalls a file.
#[derive(Clone, Copy, Debug)]
enum Harm {
    /// The second half is gone.
    Cut,
    /// Everything in it is gone.
    Emptied,
    /// Other bytes, as many.
    Overwritten,
    /// The file is gone.
    Removed,
}

use Harm::{Cut, Emptied, Overwritten, Removed};

/// Files with the harm that cannot go unnoticed: what is random bytes can be overwritten with others, and a number of seconds can be
/// cut to another.
const FILES: [(&str, &[Harm]); 22] = [
    ("role-token", &[Cut, Emptied, Overwritten, Removed]),
    ("sandbox/clock", &[Emptied, Overwritten, Removed]),
    (
        "register/register.key",
        &[Cut, Emptied, Overwritten, Removed],
    ),
    ("register/register.db", &[Emptied, Overwritten, Removed]),
    ("authority/authority.db", &[Emptied, Overwritten, Removed]),
    ("counter/counter.db", &[Emptied, Overwritten, Removed]),
    ("agency/agency.db", &[Emptied, Overwritten, Removed]),
    (
        "authority/keys/address",
        &[Cut, Emptied, Overwritten, Removed],
    ),
    (
        "authority/keys/sign-ca.key",
        &[Cut, Emptied, Overwritten, Removed],
    ),
    (
        "authority/keys/sign-ca.cer",
        &[Cut, Emptied, Overwritten, Removed],
    ),
    (
        "authority/keys/sign-ocsp.key",
        &[Cut, Emptied, Overwritten, Removed],
    ),
    (
        "authority/keys/sign-ocsp.cer",
        &[Cut, Emptied, Overwritten, Removed],
    ),
    ("authority/keys/auth-ca.key", &[Cut, Removed]),
    ("authority/keys/auth-ca.cer", &[Cut, Removed]),
    ("authority/keys/auth-ocsp.key", &[Cut, Removed]),
    ("authority/keys/auth-ocsp.cer", &[Cut, Removed]),
    (
        "authority/keys/log.key",
        &[Cut, Emptied, Overwritten, Removed],
    ),
    (
        "authority/keys/master.key",
        &[Cut, Emptied, Overwritten, Removed],
    ),
    (
        "authority/keys/token.key",
        &[Cut, Emptied, Overwritten, Removed],
    ),
    ("fingerprints", &[Cut, Overwritten]),
    (
        "authority/checkpoint.key",
        &[Cut, Emptied, Overwritten, Removed],
    ),
    ("portal/checkpoint.key", &[Overwritten, Removed]),
];

#[test]
fn every_damaged_or_missing_file_is_named() {
    let place = Place::new();
    place
        .up(Some(&lasting_address()))
        .stop();
    fs::rename(place.city(), place.path("whole")).unwrap();
    for (file, harms) in FILES {
        for harm in harms {
            copy(&place.path("whole"), &place.city());
            inflict(*harm, &place.city().join(file));
            let before = everything_in(&place.city());
            let ended = place.run(ENGLISH, &["up", "--dir", "city"]);
            assert_eq!(ended.code, 1, "{file} {harm:?}: {ended:?}");
            ended.assert_refused(&[
                file,
                "from a backup as docs/operating.md says",
                "バックアップから戻してください",
            ]);
            let made: Vec<_> = everything_in(&place.city())
                .difference(&before)
                .filter(|path| !beside_a_database(path))
                .cloned()
                .collect();
            assert_eq!(made, [] as [std::path::PathBuf; 0], "{file} {harm:?}");
            fs::remove_dir_all(place.city()).unwrap();
        }
    }
    // The whole one still stands.
    copy(&place.path("whole"), &place.city());
    let up = place.up(None);
    up.assert_answers();
    up.stop();
}

#[test]
fn a_key_beside_anothers_certificate_is_named() {
    let place = Place::new();
    place
        .up(Some(&lasting_address()))
        .stop();
    let keys = place.city().join("authority/keys");
    fs::copy(keys.join("auth-ca.key"), keys.join("sign-ca.key")).unwrap();
    place
        .run(JAPANESE, &["up", "--dir", "city"])
        .assert_refused(&["authority/keys/sign-ca.key", "壊れているか"]);
}

#[test]
fn another_register_key_another_role_token_and_another_log_key_are_named() {
    let place = Place::new();
    place
        .up(Some(&lasting_address()))
        .stop();
    fs::rename(place.city(), place.path("whole")).unwrap();
    let other = Place::new();
    other
        .up(Some(&lasting_address()))
        .stop();
    for file in [
        "register/register.key",
        "role-token",
        "authority/keys/log.key",
        "agency/checkpoint.key",
    ] {
        copy(&place.path("whole"), &place.city());
        fs::copy(other.city().join(file), place.city().join(file)).unwrap();
        place
            .run(ENGLISH, &["up", "--dir", "city"])
            .assert_refused(&[file, "is damaged or missing"]);
        fs::remove_dir_all(place.city()).unwrap();
    }
}

/// Puts an earlier copy of a database in its place, with the write-ahead log that belongs to it, if it has one.
fn take_back(earlier: &Path, city: &Path, database: &str) {
    for end in ["", "-wal", "-shm"] {
        let name = format!("{database}{end}");
        let (from, to) = (earlier.join(&name), city.join(&name));
        if from.exists() {
            fs::copy(from, to).unwrap();
        } else if to.exists() {
            fs::remove_file(to).unwrap();
        }
    }
}

#[test]
fn a_database_that_is_not_the_one_that_was_left_is_named_with_the_way_out() {
    let place = Place::new();
    place
        .up(Some(&lasting_address()))
        .stop();
    copy(&place.city(), &place.path("earlier"));
    for party in [
        "register",
        "authority",
        "responder",
        "counter",
        "agency",
        "portal",
        "agent",
    ] {
        // Each start writes to each database: an earlier copy is behind.
        place.up(None).stop();
        let database = format!("{party}/{party}.db");
        take_back(&place.path("earlier"), &place.city(), &database);
        place
            .run(ENGLISH, &["up", "--dir", "city"])
            .assert_refused(&[
                &database,
                "is not the database that was left here",
                "it was taken back",
                "--accept-restore",
                "残されたデータベースではありません",
            ]);
        let up = place.up_with(None, &["--accept-restore"], "warn");
        up.stop();
    }
    for harm in [Cut, Emptied, Overwritten, Removed] {
        let file = "counter/counter.db.checkpoint";
        inflict(harm, &place.city().join(file));
        place
            .run(ENGLISH, &["up", "--dir", "city"])
            .assert_refused(&[file, "--accept-restore"]);
        place
            .up_with(None, &["--accept-restore"], "warn")
            .stop();
    }
    let up = place.up(None);
    up.assert_answers();
    up.stop();
}

#[test]
fn a_folder_that_cannot_be_used_is_named() {
    let place = Place::new();
    fs::write(place.city(), "not a folder").unwrap();
    place
        .run(ENGLISH, &["up", "--dir", "city", "--listen", "127.0.0.1:0"])
        .assert_refused(&["city", "is no folder", "フォルダではありません"]);
}

#[test]
fn a_ceremony_that_was_cut_short_is_held_again() {
    let place = Place::new();
    // What a first start leaves that ended between the keys and their folder's name.
    let draft = place
        .city()
        .join("authority/keys.draft");
    fs::create_dir_all(&draft).unwrap();
    fs::write(draft.join("sign-ca.key"), "half").unwrap();
    let up = place.up(Some("127.0.0.1:0"));
    up.assert_answers();
    assert!(!draft.exists());
    up.stop();
}

fn inflict(harm: Harm, path: &Path) {
    let bytes = fs::read(path).unwrap();
    if path
        .extension()
        .is_some_and(|name| name == "db")
    {
        // A log beside the database would repair it.
        for log in ["db-wal", "db-shm"] {
            let _ = fs::remove_file(path.with_extension(log));
        }
    }
    match harm {
        Cut => fs::write(path, &bytes[..bytes.len() / 2]).unwrap(),
        Emptied => fs::write(path, "").unwrap(),
        Overwritten => fs::write(path, vec![0xA7; bytes.len()]).unwrap(),
        Removed => fs::remove_file(path).unwrap(),
    }
}

/// SQLite's own files, and the lock.
fn beside_a_database(path: &Path) -> bool {
    path.to_string_lossy().contains(".db-")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for name in everything_in(from) {
        let (from, to) = (from.join(&name), to.join(&name));
        if from.is_dir() {
            fs::create_dir_all(to).unwrap();
        } else {
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::copy(from, to).unwrap();
        }
    }
}
