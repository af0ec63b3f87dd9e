//! `tour`: told where a city runs or for itself, as words or as JSON; twice in a row, and for itself: see `readme.rs`.

use crate::place::{ENGLISH, JAPANESE, Place, everything_in};
use serde_json::Value;
use std::collections::BTreeSet;

const FIELDS: [&str; 9] = [
    "evidence", "expected", "kind", "ms", "ok", "rule", "seen", "source", "step",
];

const SOURCES: [&str; 5] = [
    "law",
    "regulation",
    "municipal-practice",
    "standard",
    "own-choice",
];

const ARTEFACTS: [&str; 9] = [
    "auth-ca.cer",
    "auth.cer",
    "auth.crl",
    "filing.p7s",
    "filing.xml",
    "sign-ca.cer",
    "sign-complete.crl",
    "sign.cer",
    "sign.crl",
];

#[test]
fn a_tour_tells_programs_each_step_and_leaves_what_was_asked_for() {
    let place = Place::new();
    // Any loopback address: the parties find each other there too.
    let up = place.up(Some("127.0.0.2:0"));
    let arguments = ["tour", "--url", &up.url, "--json", "--artefacts", "left"];
    let told = place.run(ENGLISH, &arguments);
    let steps = steps(&told.out);
    assert_eq!(told.code, 0, "{}", told.err);
    assert_eq!(told.err.lines().count(), steps.len());
    shape(&steps);
    let left: BTreeSet<_> = everything_in(&place.path("left"))
        .into_iter()
        .map(|path| path.to_str().unwrap().to_owned())
        .collect();
    assert_eq!(left, ARTEFACTS.map(str::to_owned).into());
    for name in ARTEFACTS {
        let file = place.path("left").join(name);
        assert!(file.metadata().unwrap().len() > 100, "{name}");
    }
    up.assert_answers();
    up.stop();
}

#[test]
fn a_tour_that_is_interrupted_removes_its_city() {
    for signal in ["INT", "TERM"] {
        let place = Place::new();
        let running = place.spawn("tour.log", &["tour"], "warn");
        // Its first step has been told once something stands in the log.
        let log = place.path("tour.log");
        while std::fs::metadata(&log).unwrap().len() == 0 {
            std::thread::yield_now();
        }
        assert_ne!(everything_in(&place.path("tmp")), [].into());
        assert_eq!(running.end(signal), 1, "{signal}");
        let log = std::fs::read_to_string(log).unwrap();
        assert!(log.ends_with("shirushi: interrupted\n"), "{log}");
        assert_nothing_left(&place);
    }
}

#[test]
fn a_tour_where_nobody_is_ends_with_1_and_says_what_to_do() {
    let place = Place::new();
    let url = "http://127.0.0.1:1";
    let both = [
        "no city answers there: start one with `shirushi up`",
        "そこでは何も応答しません。`shirushi up` で起動してください",
    ];
    for (locale, words) in [
        (
            ENGLISH,
            [
                "expected: accepted / seen: broken",
                "the story stopped at step 1",
            ],
        ),
        (
            JAPANESE,
            ["予定: 成功 / 実際: 障害", "第1工程が予定どおりにならず"],
        ),
    ] {
        let ended = place.run(locale, &["tour", "--url", url]);
        assert_eq!(ended.code, 1);
        let said = format!("{}{}", ended.err, ended.out);
        for words in words.iter().chain(&both) {
            assert!(said.contains(words), "no {words:?} in {said}");
        }
    }
    let ended = place.run(ENGLISH, &["tour", "--json", "--url", url]);
    let steps = steps(&ended.out);
    assert_eq!((ended.code, steps.len()), (1, 1));
    assert_eq!(steps[0]["ok"], false);
    assert_eq!(steps[0]["seen"], "broken");
}

#[test]
fn a_tour_at_what_is_no_address_says_what_one_looks_like() {
    let place = Place::new();
    for url in [
        "",
        "127.0.0.1:8080",
        "city",
        "https://127.0.0.1:8080",
        "http://",
    ] {
        for (locale, words) in [
            (
                ENGLISH,
                "it is not the address of a city: give one such as http://127.0.0.1:8080",
            ),
            (
                JAPANESE,
                "市のアドレスではありません。http://127.0.0.1:8080 のように",
            ),
        ] {
            let ended = place.run(locale, &["tour", "--url", url]);
            assert_eq!(
                (ended.code, ended.out.as_str()),
                (64, ""),
                "{url:?}: {ended:?}"
            );
            // Where nothing is given at all, that is what is said.
            let is_told = ended.err.contains(words) || url.is_empty();
            assert!(is_told, "{url:?}: {ended:?}");
        }
    }
}

#[test]
fn artefacts_that_cannot_be_left_are_said_before_the_story() {
    let place = Place::new();
    std::fs::write(place.path("file"), "").unwrap();
    place
        .run(ENGLISH, &["tour", "--artefacts", "file/left"])
        .assert_refused(&[
            "file/left cannot be written",
            "a file where a folder should be",
        ]);
}

fn steps(json: &str) -> Vec<Value> {
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{error} in {json:?}"))
}

/// As documented in DESIGN.md §4 and README.md.
fn shape(steps: &[Value]) {
    assert!(steps.len() >= 30, "{}", steps.len());
    let mut refusals = 0;
    let mut names = BTreeSet::new();
    for step in steps {
        // In whatever order: a member of an object has none.
        let fields: BTreeSet<_> = step
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        assert_eq!(fields, FIELDS.into(), "{step}");
        assert_eq!(step["ok"], true, "{step}");
        assert!(step["ms"].is_u64(), "{step}");
        assert!(names.insert(step["step"].as_str().unwrap()), "{step}");
        assert!(
            !step["evidence"]
                .as_str()
                .unwrap()
                .is_empty(),
            "{step}"
        );
        match step["kind"].as_str().unwrap() {
            "accept" => {
                assert_eq!(
                    (&step["rule"], &step["source"]),
                    (&Value::Null, &Value::Null)
                );
                assert_eq!(
                    (&step["expected"], &step["seen"]),
                    (&"accepted".into(), &"accepted".into())
                );
            }
            "refuse" => {
                refusals += 1;
                let rule = step["rule"].as_str().unwrap();
                assert!(rule.contains('/'), "{step}");
                assert!(
                    SOURCES.contains(&step["source"].as_str().unwrap()),
                    "{step}"
                );
                assert_eq!(step["seen"], format!("refused by {rule}"));
                assert_eq!(step["expected"], step["seen"]);
            }
            other => panic!("{other}"),
        }
    }
    assert!(refusals >= 14, "{refusals}");
}

pub(crate) fn assert_nothing_left(place: &Place) {
    for name in ["home", "tmp"] {
        assert_eq!(everything_in(&place.path(name)), [].into(), "{name}");
    }
}
