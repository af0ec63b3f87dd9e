//! Cities of before, and cities elsewhere:
//!
//! * a city whose databases are on PostgreSQL, each with a user of its own, tells the whole story; its folder holds no record but the citizens';
//!   it stays where it was founded, and notices when its server was taken back;
//! * a city that an earlier release has left goes on with today's tables: what it issued is known, what it ended has ended, and its log is whole.
//!
//! Each `cities/DATE.tar.xz` is what `up` left on that day, with a card of its own. Another is made by
//! `cargo test -p shirushi --test commands -- --ignored write_a_city_for_later_releases` whenever a table changes, and the older ones stay.

use crate::place::{
    ENGLISH, JAPANESE, Place, Surroundings, everything_in, fake_time, lasting_address,
};
use serde_json::Value;
use shirushi_test_database::Server;
use std::{path::PathBuf, process::Command};

/// Who has a database.
const PARTIES: [&str; 6] = [
    "register",
    "authority",
    "responder",
    "counter",
    "agency",
    "portal",
];

/// The cities of before; each has stood on that day.
const LEFT: [&str; 1] = ["2026-12-01"];

/// Where they have stood, which nobody else takes. It is in their certificates.
const ADDRESS: &str = "127.0.0.1:11080";

/// The signature password of cards that are made ready.
const PASSWORD: &str = "ABC123";

#[test]
fn a_city_on_a_server_tells_the_whole_story_and_has_a_database_and_a_user_for_each_party() {
    let server = Server::shared();
    for party in PARTIES {
        let name = format!("city_{party}");
        server.say(
            "postgres",
            &[
                &format!("CREATE ROLE {name} LOGIN"),
                &format!("CREATE DATABASE {name} OWNER {name}"),
                &format!("REVOKE CONNECT ON DATABASE {name} FROM PUBLIC"),
            ],
        );
    }
    let pattern = server.database_of("city_{party}", "city_{party}");
    let on_server = ["--database", pattern.as_str()];
    let place = Place::new();
    let up = place.up_with(Some(&lasting_address()), &on_server, "warn");
    let story = place.run(ENGLISH, &["tour", "--url", &up.url, "--json"]);
    let steps: Value = serde_json::from_str(&story.out).unwrap();
    let steps = steps.as_array().unwrap();
    assert!(steps.len() > 80 && story.code == 0, "{}", story.err);
    up.stop();

    let city = place.city();
    let city = city.to_str().unwrap();
    let verify = ["log", "verify", city, "--database", &pattern, "--json"];
    let verified = place.run(ENGLISH, &verify);
    assert_eq!(verified.code, 0, "{verified:?}");
    let verified: Value = serde_json::from_str(&verified.out).unwrap();
    assert_eq!(
        verified["checkpoints"], 2,
        "the register's and the counter's"
    );
    for party in PARTIES {
        let owner = server.say(
            &format!("city_{party}"),
            &["SELECT owner FROM store_tenure"],
        );
        assert_eq!(owner, party);
    }
    let files: Vec<PathBuf> = everything_in(&place.city())
        .into_iter()
        .filter(|path| {
            path.extension()
                .is_some_and(|end| end == "db")
        })
        .collect();
    assert_eq!(files, [PathBuf::from("agent/agent.db")]);

    // It stays where it was founded.
    for (locale, words) in [
        (ENGLISH, "give --database"),
        (JAPANESE, "--database を指定"),
    ] {
        place
            .run(locale, &["up", "--dir", city])
            .assert_refused(&[words]);
    }
    let elsewhere = place.run(
        ENGLISH,
        &[
            "up",
            "--dir",
            "new",
            "--database",
            "postgres://one@/for-all",
        ],
    );
    assert!(
        elsewhere.code == 64 && elsewhere.err.contains("{party}"),
        "{elsewhere:?}"
    );
    // The server comes back from a backup: the checkpoint in the folder knows.
    let (kept, copy) = ("city_counter", "city_counter_backup");
    server.say(
        "postgres",
        &[&format!(
            "CREATE DATABASE {copy} TEMPLATE {kept} OWNER {kept}"
        )],
    );
    let up = place.up_with(None, &on_server, "warn");
    up.assert_answers();
    new_card(&place, &up.url, "taro.card");
    up.stop();
    server.say(
        "postgres",
        &[
            &format!("DROP DATABASE {kept} WITH (FORCE)"),
            &format!("ALTER DATABASE {copy} RENAME TO {kept}"),
        ],
    );
    place
        .run(
            ENGLISH,
            &["up", "--dir", city, "--database", pattern.as_str()],
        )
        .assert_refused(&["--accept-restore", "/city_counter"]);
    let accepted = [on_server.as_slice(), &["--accept-restore"]].concat();
    let up = place.up_with(None, &accepted, "warn");
    up.assert_answers();
    up.stop();
}

#[test]
fn a_city_that_an_earlier_release_has_left_goes_on_and_knows_what_it_has_issued_and_ended() {
    for date in LEFT {
        let mut place = Place::new();
        done(
            Command::new("tar")
                .args(["--extract", "--xz", "--file"])
                .arg(archive(date))
                .current_dir(place.path("")),
        );
        // A day later: nothing that it has issued has expired.
        place.surround(Surroundings {
            by: Vec::new(),
            environment: vec![
                ("LD_PRELOAD", fake_time()),
                ("FAKETIME", format!("@{date} 23:59:59")),
                ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
            ],
            binary: None,
        });
        let up = place.up(None);
        up.assert_answers();
        let check = place.run_fed(
            ENGLISH,
            &[
                "cert",
                "check",
                "--with-signature-certificate",
                "--json",
                "--card",
                "taro.card",
                "--pin-fd",
                "0",
            ],
            &[PASSWORD],
        );
        let told: Value = serde_json::from_str(&check.out).unwrap();
        assert_eq!(
            (check.code, &told[0]["status"], &told[1]["status"]),
            (1, &"revoked".into(), &"good".into()),
            "{date}: {check:?}"
        );
        // It goes on: the same person is given another card.
        new_card(&place, &up.url, "another.card");
        up.stop();
        let city = place.city();
        let verified = place.run(ENGLISH, &["log", "verify", city.to_str().unwrap()]);
        assert_eq!(verified.code, 0, "{date}: {verified:?}");
    }
}

#[test]
#[ignore = "writes a fixture into the sources, when a table has changed"]
fn write_a_city_for_later_releases() {
    let place = Place::new();
    let up = place.up(Some(ADDRESS));
    // With something in every table.
    let story = place.run(ENGLISH, &["tour", "--url", &up.url]);
    assert_eq!(story.code, 0, "{}", story.err);
    new_card(&place, &up.url, "taro.card");
    let revoked = place.run_fed(
        ENGLISH,
        &[
            "cert",
            "revoke",
            "auth",
            "--yes",
            "--card",
            "taro.card",
            "--pin-fd",
            "0",
        ],
        &[PASSWORD],
    );
    assert_eq!(revoked.code, 0, "{revoked:?}");
    up.stop();
    let today = done(Command::new("date").arg("+%Y-%m-%d"));
    done(
        Command::new("tar")
            .args(["--create", "--xz", "--owner=0", "--group=0", "--file"])
            .arg(archive(today.trim()))
            .args(["city", "taro.card"])
            .current_dir(place.path("")),
    );
}

/// A card with certificates, for a person of the sample.
fn new_card(place: &Place, city: &str, file: &str) {
    let made = place.run(
        ENGLISH,
        &[
            "card",
            "new",
            file,
            "--resident",
            "90000000014",
            "--city",
            city,
            "--ready",
        ],
    );
    assert_eq!(made.code, 0, "{made:?}");
}

/// What a program says that must succeed.
fn done(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    String::from_utf8(output.stdout).unwrap()
}

fn archive(date: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/commands/cities/{date}.tar.xz"))
}
