//! Every command of the README, in its order, twice: with a tour in the middle, which moves the city's clock ahead, and the second time
//! nothing that the first left is lost.

use crate::{
    place::{ENGLISH, Ended, JAPANESE, Place, Running, lasting_address},
    tour::assert_nothing_left,
};
use serde_json::Value;
use std::{fs, path::PathBuf};

const README: &str = include_str!("../../../../README.md");
const RESIDENT: &str = "90000000014";
const PASSWORD: &str = "ABC123";

/// The commands below, by their beginnings, in the README's order. A command that is added there is missing here.
const TOLD: [&str; 13] = [
    "tour",
    "up",
    "tour --url",
    "card new taro.card --resident 90000000014 --ready",
    "cert show --card taro.card",
    "sign letter.txt --card taro.card",
    "card serve taro.card",
    "up --origins",
    "agent --site",
    "up --dir DIR --accept-restore",
    "up --dir DIR --witness OTHER",
    "log verify DIR",
    "",
];

#[test]
fn the_readme_tells_these_commands() {
    let told: Vec<&str> = README
        .lines()
        .filter_map(|line| {
            line.strip_prefix("cargo run --release -- ")
                .or_else(|| line.strip_prefix("shirushi "))
        })
        .collect();
    assert_eq!(told.len() + 1, TOLD.len(), "{told:?}");
    for (told, known) in told.iter().zip(TOLD) {
        assert!(told.starts_with(known), "{told:?}, not {known:?}");
    }
}

/// What a user has after the first round.
struct Belongings(Vec<(PathBuf, Vec<u8>)>);

impl Belongings {
    fn of(place: &Place) -> Self {
        let files = ["letter.txt", "letter.txt.p7s", "sign-ca.pem"]
            .map(|name| place.path(name))
            .map(|path| (path.clone(), fs::read(path).unwrap()));
        Self(files.into())
    }

    fn assert_kept(&self) {
        for (path, bytes) in &self.0 {
            assert_eq!(&fs::read(path).unwrap(), bytes, "{}", path.display());
        }
    }
}

fn up(place: &Place, address: &str, more: &[&str]) -> Running {
    let city = place.city();
    let fixed = ["up", "--json", "--dir", city.to_str().unwrap()];
    let listen = ["--listen", address];
    let mut running = place.spawn("up.log", &[&fixed[..], &listen, more].concat(), "warn");
    let line = running.line();
    let announced: Value = serde_json::from_str(&line).unwrap_or_else(|_| {
        panic!(
            "{line:?} {}",
            fs::read_to_string(place.path("up.log")).unwrap()
        )
    });
    assert_eq!(announced["url"], format!("http://{address}"));
    running
}

fn succeeds(ended: &Ended) -> &Ended {
    assert_eq!(ended.code, 0, "{ended:?}");
    ended
}

/// `tour`: leaves nothing behind.
fn tour_of_its_own() {
    let place = Place::new();
    let ended = place.run(ENGLISH, &["tour"]);
    let told = succeeds(&ended);
    assert!(
        told.out
            .contains("all as they should be"),
        "{told:?}"
    );
    let refusal = "refused by counter/age-fifteen (municipal practice)";
    assert!(told.err.contains(refusal), "{told:?}");
    assert_nothing_left(&place);
}

/// `tour --url`, in each language once.
fn tour_of_the_city(place: &Place, url: &str, round: usize) {
    let (locale, good, refused) = [
        (
            ENGLISH,
            "of them refusals, all as they should be",
            "refused by counter/age-fifteen (municipal practice)",
        ),
        (
            JAPANESE,
            "がすべて予定どおりでした",
            "拒否 counter/age-fifteen (自治体の運用)",
        ),
    ][round - 1];
    let ended = place.run(locale, &["tour", "--url", url]);
    let told = succeeds(&ended);
    assert!(told.out.contains(good), "{told:?}");
    assert!(told.err.contains(refused), "{told:?}");
    assert_eq!(told.err.contains(" accepted "), locale == ENGLISH);
}

/// With the city's clock ahead: each command says whose time it takes, and none says that a certificate has expired or is not valid yet.
fn commands_of_a_city_ahead(place: &Place) {
    let run = |arguments: &[&str]| place.run(ENGLISH, arguments);
    let by_the_city = |ended: &Ended| {
        succeeds(ended);
        assert!(
            ended
                .err
                .contains("is ahead of this machine's"),
            "{ended:?}"
        );
        assert!(!ended.out.contains("not valid yet"), "{ended:?}");
    };
    by_the_city(&run(&["cert", "show", "--card", "taro.card"]));
    by_the_city(&run(&["cert", "check", "--card", "taro.card"]));
    let verify = ["verify", "letter.txt.p7s", "--content", "letter.txt"];
    let online = ["--trust", "sign-ca.pem", "--online"];
    by_the_city(&run(&[&verify[..], &online].concat()));
    // Nobody was asked for the city's time: it is said that there is one, and nothing else is wrong with the clock.
    for (locale, words) in [
        (ENGLISH, "--online judges by the city's time"),
        (JAPANESE, "--online なら市の時計で"),
    ] {
        let offline = place.run(locale, &[&verify[..], &["--trust", "sign-ca.pem"]].concat());
        assert_eq!(offline.code, 2, "{offline:?}");
        assert!(offline.out.contains(words), "{offline:?}");
    }
    let japanese = place.run(JAPANESE, &["cert", "check", "--card", "taro.card"]);
    assert!(
        japanese
            .err
            .contains("この機械より進んでいて"),
        "{japanese:?}"
    );
    // One line of it, however many certificates are judged.
    let both = ["cert", "check", "--card", "taro.card", "--pin-fd", "0"];
    let both = [&both[..], &["--with-signature-certificate"]].concat();
    let both = place.run_fed(ENGLISH, &both, &[PASSWORD]);
    by_the_city(&both);
    assert_eq!(
        both.err
            .matches("is ahead of this machine's")
            .count(),
        1,
        "{both:?}"
    );
    let doctor = run(&["doctor", "--card", "taro.card", "--json"]);
    let told: Value = serde_json::from_str(&doctor.out).unwrap();
    for check in [
        "network/clock",
        "certificate/expired",
        "certificate/revoked",
    ] {
        let found = told["findings"]
            .as_array()
            .unwrap()
            .iter()
            .find(|finding| finding["check"] == check)
            .unwrap();
        assert_eq!(found["outcome"], "ok", "{found}");
    }
}

#[test]
fn every_command_of_the_readme_in_its_order_twice() {
    let place = Place::new();
    let address = lasting_address();
    let url = format!("http://{address}");
    fs::write(place.path("letter.txt"), "a letter\n").unwrap();
    fs::create_dir(place.path("other")).unwrap();
    let mut had: Option<(Belongings, String)> = None;
    let mut city = Some(up(&place, &address, &[]));
    for round in 1..=2 {
        tour_of_its_own();
        if round == 2 {
            // A city that runs is not started again, and goes on.
            let folder = place.city();
            let folder = folder.to_str().unwrap();
            place
                .run(ENGLISH, &["up", "--dir", folder])
                .assert_refused(&["cannot be listened on"]);
        }
        tour_of_the_city(&place, &url, round);

        let new = [
            "card",
            "new",
            "taro.card",
            "--resident",
            RESIDENT,
            "--ready",
        ];
        let new = place.run(ENGLISH, &[&new[..], &["--city", &url]].concat());
        let sign = ["sign", "letter.txt", "--card", "taro.card", "--pin-fd", "0"];
        let signed = place.run_fed(ENGLISH, &sign, &[PASSWORD]);
        match &had {
            None => {
                succeeds(&new);
                succeeds(&signed);
                let export = ["cert", "export", "sign-ca", "-o", "sign-ca.pem"];
                let export = [&export[..], &["--card", "taro.card"]].concat();
                succeeds(&place.run(ENGLISH, &export));
            }
            Some(_) => {
                new.assert_refused(&["taro.card", "already. It was left as it is"]);
                assert_eq!((signed.code, signed.out.as_str()), (1, ""), "{signed:?}");
                assert!(signed.err.contains("is there already"), "{signed:?}");
            }
        }
        let shown = place.run(ENGLISH, &["cert", "show", "--card", "taro.card", "--json"]);
        let shown = succeeds(&shown).out.clone();
        commands_of_a_city_ahead(&place);

        // Without a virtual reader it waits, and says so.
        let free = lasting_address();
        let serve = ["card", "serve", "taro.card", "--connect", &free, "--json"];
        let mut serving = place.spawn("serve.log", &serve, "warn");
        assert!(serving.line().contains("unreachable"));
        assert_eq!(serving.end("TERM"), 0);

        if let Some(city) = city.take() {
            assert_eq!(city.end("TERM"), 0);
        }
        for more in [
            &["--origins", "https://{site}.city.example"][..],
            &["--accept-restore"],
            &["--witness", "other"],
        ] {
            let started = up(&place, &address, more);
            match more {
                ["--witness", _] => city = Some(started),
                _ => assert_eq!(started.end("TERM"), 0),
            }
        }
        let site = [
            "agent",
            "--json",
            "--listen",
            "127.0.0.1:0",
            "--dir",
            "agent",
        ];
        let site = [&site[..], &["--site", "https://counter.city.example"]].concat();
        let mut agent = place.spawn("agent.log", &site, "warn");
        assert!(agent.line().contains("\"url\""));
        assert_eq!(agent.end("TERM"), 0);
        let log = place.city();
        let whole = place.run(ENGLISH, &["log", "verify", log.to_str().unwrap()]);
        assert!(
            succeeds(&whole)
                .out
                .starts_with("Whole"),
            "{whole:?}"
        );

        match &had {
            None => had = Some((Belongings::of(&place), shown)),
            Some((belongings, before)) => {
                belongings.assert_kept();
                assert_eq!(shown, *before);
            }
        }
    }
    // The holder ends both certificates, in the city's time.
    let revoke = ["cert", "revoke", "both", "--yes", "--card", "taro.card"];
    let revoke = [&revoke[..], &["--pin-fd", "0"]].concat();
    let ended = place.run_fed(ENGLISH, &revoke, &[PASSWORD]);
    assert!(
        succeeds(&ended)
            .out
            .starts_with("Revoked"),
        "{ended:?}"
    );
    let check = place.run(ENGLISH, &["cert", "check", "--card", "taro.card"]);
    assert_eq!(check.code, 1, "{check:?}");
    assert!(check.out.contains("Revoked since"), "{check:?}");
    if let Some(city) = city {
        assert_eq!(city.end("TERM"), 0);
    }
    commands_of_a_city_that_stopped(&place);
}

/// The city that was ahead has stopped, and nobody tells its time: what it issued is not valid yet by this clock, which is no end of it.
fn commands_of_a_city_that_stopped(place: &Place) {
    let check = ["cert", "check", "--card", "taro.card"];
    let verify = ["verify", "letter.txt.p7s", "--content", "letter.txt"];
    let online = [&verify[..], &["--trust", "sign-ca.pem", "--online"]].concat();
    for arguments in [&check[..], &online] {
        for (locale, words) in [
            (ENGLISH, "that the city runs (shirushi up)"),
            (JAPANESE, "市が動いているか（shirushi up）"),
        ] {
            let ended = place.run(locale, arguments);
            assert_eq!(ended.code, 2, "{ended:?}");
            assert!(ended.out.contains(words), "{ended:?}");
        }
    }
    let doctor = place.run(ENGLISH, &["doctor", "--card", "taro.card", "--json"]);
    let told: Value = serde_json::from_str(&doctor.out).unwrap();
    let found = |check: &str| {
        told["findings"]
            .as_array()
            .unwrap()
            .iter()
            .find(|finding| finding["check"] == check)
            .unwrap()
            .clone()
    };
    assert_eq!(found("certificate/expired")["outcome"], "ok");
    assert_eq!(found("certificate/not-yet-valid")["outcome"], "fault");
}
