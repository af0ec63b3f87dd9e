//! What must hold of a whole city when its machine refuses to write, by a full disk, a limit of file sizes, a disk that refuses writes
//! or syncs, or a file system that became read-only:
//!
//! * each party's status says that nothing can be written, and what is the matter; none is green meanwhile;
//! * whoever wants something recorded is refused with 503 and what the operator has to do, and reading goes on;
//! * when the machine is mended, every party works again without a hand, and says so;
//! * an end that the authority recorded and the responder could not is made good without a hand, and nothing is called good before;
//! * too few descriptors end nothing that is open, and when there are some again, newcomers are served;
//! * nothing acknowledged is missing afterwards, and the city starts again on the same folder.
#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests fail as loudly as tests"
)]

#[path = "../commands/citizen.rs"]
#[allow(dead_code, reason = "shared with the tests of the commands")]
mod citizen;
mod city;
mod ends;
#[path = "../commands/http.rs"]
#[allow(dead_code, reason = "shared with the tests of the commands")]
mod http;
mod small;
mod troubles;

use city::City;
use serde_json::{Value, json};
use troubles::{Trouble, descriptors};

/// The parties, each with a database.
const PARTIES: [&str; 7] = [
    "register",
    "authority",
    "responder",
    "counter",
    "agency",
    "portal",
    "agent",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_party_outlives_what_the_machine_refuses() {
    let mut city = City::start();
    let officer = city.enrol().await;
    city.all_write().await;
    let troubles = [
        Trouble::FULL,
        Trouble::FILE_SIZE,
        Trouble::READ_ONLY,
        Trouble::NO_SYNC,
    ];
    for (round, trouble) in troubles.into_iter().enumerate() {
        let ailing = trouble.begin(&city);
        for party in PARTIES {
            let seen = city
                .until_writing_is(party, false)
                .await;
            assert!(
                seen.contains(trouble.said),
                "{}, {party}: {seen}",
                trouble.name
            );
        }
        for (path, body) in acts(&officer, round) {
            let (status, answer) = city.post(path, &body).await;
            assert_eq!(status, 503, "{}, {path}: {answer}", trouble.name);
            assert_eq!(answer["problem"], "cannot-record", "{path}");
            let remedy = answer["remedy"]["en"].as_str().unwrap();
            assert!(
                remedy.contains("operator") && remedy.contains(trouble.remedy),
                "{remedy}"
            );
        }
        assert_eq!(city.get("/ca/sign.cer").await, 200);
        assert_eq!(city.get("/agency/procedures").await, 200);
        ailing.end();
        city.all_write().await;
        for (path, body) in acts(&officer, round) {
            let (status, answer) = city.post(path, &body).await;
            assert!(
                (200..300).contains(&status),
                "{}, {path}: {status} {answer}",
                trouble.name
            );
        }
    }
    descriptors(&city).await;
    city.all_write().await;
    // What was acknowledged is there, in a city that starts without any word of a restore.
    city.stop();
    city.start_again();
    let (status, _) = city
        .post("/counter/log-in", &officer.credentials())
        .await;
    assert_eq!(status, 200);
    city.stop();
}

/// Enrolled at the counter.
pub(crate) struct Officer {
    pub(crate) name: String,
    pub(crate) password: String,
}

impl Officer {
    pub(crate) fn credentials(&self) -> Value {
        json!({ "name": self.name, "password": self.password })
    }
}

/// What counter, authority and register are asked to record, of the `round`th resident of the sample.
pub(crate) fn acts(officer: &Officer, round: usize) -> [(&'static str, Value); 3] {
    const SAMPLE: &str = include_str!("../../../register/sample/residents.csv");
    let (resident, _) = SAMPLE
        .lines()
        .nth(round + 1)
        .unwrap()
        .split_once(',')
        .unwrap();
    [
        ("/counter/log-in", officer.credentials()),
        ("/sandbox/officers", json!({ "municipality": "13998" })),
        (
            "/sandbox/cards",
            json!({ "resident": resident, "kind": "individual-number-card" }),
        ),
    ]
}
