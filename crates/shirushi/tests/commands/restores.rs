//! Databases that come back from a backup, in a city of processes:
//!
//! * whatever was acknowledged as ended is told as ended after every start, or the start is refused, and the way out that it names works;
//! * what nobody inside can see, a whole city taken back, is seen from the second place.

use crate::{
    http,
    place::{ENGLISH, JAPANESE, Place, Up},
};
use serde_json::json;
use std::{
    path::{Path, PathBuf},
    process::Command,
};

const PEOPLE: [&str; 4] = ["90000000014", "90000000039", "90000000080", "42141146067"];
const SIGNATURE_PASSWORD: &str = "ABC123";

/// A city with people who have certificates, and a copy of it as it was then.
struct City {
    place: Place,
    up: Option<Up>,
    moves: u32,
    /// Whose signature certificate was acknowledged as ended.
    ended: Vec<usize>,
    /// Starts that were refused.
    refused: usize,
    witness: bool,
}

impl City {
    fn new() -> Self {
        let mut city = Self {
            place: Place::new(),
            up: None,
            moves: 0,
            ended: Vec::new(),
            refused: 0,
            witness: false,
        };
        city.up = Some(city.place.up(Some("127.0.0.1:0")));
        let url = city.url();
        let ca = http::get(&url, "/ca/sign.cer").body;
        std::fs::write(city.place.path("ca.der"), ca).unwrap();
        let ca = city.place.path("ca.pem");
        openssl(&[
            "x509",
            "-inform",
            "DER",
            "-in",
            &text(&city.place.path("ca.der")),
            "-out",
            &text(&ca),
        ]);
        for resident in PEOPLE {
            let card = text(&city.place.path(resident));
            let pem = format!("{card}.pem");
            let made = city.place.run(
                ENGLISH,
                &[
                    "card",
                    "new",
                    &card,
                    "--resident",
                    resident,
                    "--ready",
                    "--city",
                    &url,
                ],
            );
            assert_eq!(made.code, 0, "{made:?}");
            let exported = city.place.run_fed(
                ENGLISH,
                &[
                    "cert", "export", "sign", "--card", &card, "-o", &pem, "--pem", "--pin-fd", "0",
                ],
                &[SIGNATURE_PASSWORD],
            );
            assert_eq!(exported.code, 0, "{exported:?}");
        }
        city.stop();
        copy(&city.place.city(), &city.place.path("template"));
        city
    }

    fn url(&self) -> String {
        self.up.as_ref().unwrap().url.clone()
    }

    fn stop(&mut self) {
        if let Some(up) = self.up.take() {
            up.stop();
        }
    }

    /// Starts it. A start that is refused names the way out, and the way out works. Afterwards what was acknowledged is as it was.
    fn start(&mut self) {
        if self.up.is_some() {
            return;
        }
        let city = text(&self.place.city());
        let witness = text(&self.place.path("witness"));
        let mut arguments = vec!["up", "--json", "--dir", &city];
        if self.witness {
            arguments.extend(["--witness", &witness]);
        }
        let mut running = self
            .place
            .spawn("up.log", &arguments, "warn");
        let line = running.line();
        if let Ok(announced) = serde_json::from_str::<serde_json::Value>(&line) {
            self.up = Some(Up {
                url: announced["url"]
                    .as_str()
                    .unwrap()
                    .to_owned(),
                announced,
                running,
            });
            return;
        }
        drop(running);
        let log = std::fs::read_to_string(self.place.path("up.log")).unwrap();
        assert!(log.contains("--accept-restore"), "{log}");
        assert!(!log.contains("panicked"), "{log}");
        self.refused += 1;
        let mut more = arguments.split_off(4);
        more.push("--accept-restore");
        self.up = Some(self.place.up_with(None, &more, "warn"));
    }

    /// Those who were acknowledged as ended and are told as something else.
    fn lost(&self) -> Vec<(usize, String)> {
        self.ended
            .iter()
            .map(|who| (*who, self.status(*who)))
            .filter(|(_, status)| status != "revoked")
            .collect()
    }

    fn status(&self, who: usize) -> String {
        let ca = text(&self.place.path("ca.pem"));
        let pem = format!("{}.pem", text(&self.place.path(PEOPLE[who])));
        let url = format!("{}/ocsp/sign", self.url());
        let said = openssl(&[
            "ocsp",
            "-issuer",
            &ca,
            "-cert",
            &pem,
            "-url",
            &url,
            "-CAfile",
            &ca,
            "-no_nonce",
        ]);
        let first = said.lines().next().unwrap_or_default();
        first
            .rsplit_once(": ")
            .map_or(first, |(_, status)| status)
            .to_owned()
    }

    /// The person moves, which ends the signature certificate.
    fn moves(&mut self, who: usize) {
        self.moves += 1;
        let url = self.url();
        let today = http::get(&url, "/sandbox/clock").json()["date"].clone();
        let change = json!({
            "resident": PEOPLE[who],
            "occurred_on": today,
            "what": { "kind": "move-within", "data": { "address": format!("東京都印市朱肉九丁目９番{}号", self.moves) } },
        });
        let answer = http::post(&url, "/sandbox/events", None, &change).success();
        assert_eq!(answer["delivered"], true, "{answer}");
        self.ended.push(who);
    }

    fn party(&self, party: &str) -> PathBuf {
        self.place.city().join(party)
    }
}

#[test]
fn a_register_that_came_back_is_refused_aloud_and_both_who_moved_stay_ended() {
    let mut city = City::new();
    let backup = city.place.path("backup");
    copy(&city.party("register"), &backup);
    city.start();
    city.moves(0);
    city.stop();
    replace(&backup, &city.party("register"));
    // Its own file beside it came back too: only the authority knows better.
    let folder = text(&city.place.city());
    for locale in [ENGLISH, JAPANESE] {
        city.place
            .run(locale, &["up", "--dir", &folder])
            .assert_refused(&["register", "--accept-restore", "台帳"]);
    }
    city.start();
    assert_eq!(city.refused, 1);
    city.moves(2);
    assert_eq!(city.lost(), []);
    // Once settled, it starts without being told.
    city.stop();
    city.start();
    assert_eq!((city.refused, city.lost()), (1, vec![]));
}

#[test]
fn a_whole_city_that_was_taken_back_is_seen_from_the_second_place_alone() {
    let mut city = City::new();
    std::fs::create_dir(city.place.path("witness")).unwrap();
    city.witness = true;
    city.start();
    city.moves(0);
    city.stop();
    let template = city.place.path("template");
    replace(&template, &city.place.city());
    // From inside nothing can be seen: without any memory elsewhere what was acknowledged is lost, and this test of the tests sees it.
    city.witness = false;
    city.start();
    assert_eq!(city.refused, 0);
    assert_eq!(city.lost(), [(0, "good".to_owned())]);
    city.stop();
    city.witness = true;
    city.start();
    assert_eq!(city.refused, 1);
}

fn openssl(arguments: &[&str]) -> String {
    let output = Command::new("openssl")
        .args(arguments)
        .output()
        .unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp")
        .args(["-a", &text(from), &text(to)])
        .status()
        .unwrap();
    assert!(copied.success());
}

fn replace(from: &Path, to: &Path) {
    std::fs::remove_dir_all(to).unwrap();
    copy(from, to);
}
