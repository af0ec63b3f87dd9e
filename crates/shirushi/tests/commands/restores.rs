//! Databases that come back from a backup, in a city of processes:
//!
//! * whatever was acknowledged as ended is told as ended after every start, or the start is refused, and the way out that it names works;
//! * that holds for any party, any copy of it, and any order of moves, requests, kills and restores (seeded histories);
//! * what nobody inside can see, a whole city taken back, is seen from the second place;
//! * the log can be verified while the city runs, without a secret.

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
const PARTIES: [&str; 4] = ["register", "authority", "counter", "responder"];
const SIGNATURE_PASSWORD: &str = "ABC123";

/// Draws that a number gives again.
struct Draws(u64);

impl Draws {
    /// splitmix64
    fn below(&mut self, most: usize) -> usize {
        self.0 = self
            .0
            .wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % most as u64).unwrap()
    }
}

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
        city.stop("TERM");
        copy(&city.place.city(), &city.place.path("template"));
        city
    }

    /// The city as it was when everybody had their certificates.
    fn begin_anew(&mut self) {
        self.stop("TERM");
        let template = self.place.path("template");
        replace(&template, &self.place.city());
        self.ended.clear();
    }

    fn url(&self) -> String {
        self.up.as_ref().unwrap().url.clone()
    }

    fn stop(&mut self, signal: &str) {
        if let Some(up) = self.up.take() {
            match signal {
                "KILL" => drop(up),
                _ => up.stop(),
            }
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

    /// The holder asks for the end of the signature certificate, if it lives.
    fn asks(&mut self, who: usize) {
        let card = text(&self.place.path(PEOPLE[who]));
        let url = self.url();
        let asked = self.place.run_fed(
            ENGLISH,
            &[
                "cert",
                "revoke",
                "sign",
                "--card",
                &card,
                "--authority",
                &url,
                "--yes",
                "--pin-fd",
                "0",
            ],
            &[SIGNATURE_PASSWORD],
        );
        if asked.code == 0 {
            self.ended.push(who);
        }
    }

    fn party(&self, party: &str) -> PathBuf {
        self.place.city().join(party)
    }

    /// One history of this seed.
    fn live_through(&mut self, seed: u64) {
        let mut draws = Draws(seed);
        self.begin_anew();
        let mut copies: Vec<(&str, PathBuf)> = Vec::new();
        for (n, party) in PARTIES.into_iter().enumerate() {
            let to = self
                .place
                .path(&format!("copy-{seed}-first-{n}"));
            copy(&self.party(party), &to);
            copies.push((party, to));
        }
        let mut told = Vec::new();
        for n in 0..7 {
            match draws.below(8) {
                0..=2 => {
                    let who = draws.below(PEOPLE.len());
                    told.push(format!("{who} moves"));
                    self.start();
                    self.moves(who);
                }
                3 => {
                    let who = draws.below(PEOPLE.len());
                    told.push(format!("{who} asks"));
                    self.start();
                    self.asks(who);
                }
                4 => {
                    told.push("killed".to_owned());
                    self.stop("KILL");
                }
                5 => {
                    let party = PARTIES[draws.below(PARTIES.len())];
                    told.push(format!("{party} copied"));
                    self.stop("TERM");
                    let to = self
                        .place
                        .path(&format!("copy-{seed}-{n}"));
                    copy(&self.party(party), &to);
                    copies.push((party, to));
                }
                _ => {
                    let (party, from) = copies[draws.below(copies.len())].clone();
                    told.push(format!("{party} taken back to {}", from.display()));
                    self.stop("TERM");
                    replace(&from, &self.party(party));
                    self.start();
                }
            }
        }
        self.start();
        let lost = self.lost();
        assert!(lost.is_empty(), "seed {seed}: {lost:?} after {told:?}");
    }
}

fn histories(seeds: std::ops::Range<u64>) {
    let mut city = City::new();
    for seed in seeds {
        city.live_through(seed);
    }
    assert_ne!(city.refused, 0, "no history came to a refusal");
}

#[test]
fn no_history_of_kills_and_restores_loses_what_was_acknowledged_as_ended() {
    histories(0..12);
}

#[test]
#[ignore = "long: ./test --long"]
fn long_no_history_of_kills_and_restores_loses_what_was_acknowledged_as_ended() {
    histories(0..500);
}

#[test]
fn a_register_that_came_back_is_refused_aloud_and_both_who_moved_stay_ended() {
    let mut city = City::new();
    let backup = city.place.path("backup");
    copy(&city.party("register"), &backup);
    city.start();
    city.moves(0);
    city.stop("TERM");
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
    city.stop("TERM");
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
    city.stop("TERM");
    let template = city.place.path("template");
    replace(&template, &city.place.city());
    // From inside nothing can be seen: without any memory elsewhere what was acknowledged is lost, and this test of the tests sees it.
    city.witness = false;
    city.start();
    assert_eq!(city.refused, 0);
    assert_eq!(city.lost(), [(0, "good".to_owned())]);
    city.stop("TERM");
    city.witness = true;
    city.start();
    assert_eq!(city.refused, 1);
}

#[test]
fn the_log_is_verified_while_the_city_runs_and_damage_is_named() {
    let mut city = City::new();
    city.start();
    city.moves(0);
    let folder = text(&city.place.city());
    let whole = city
        .place
        .run(ENGLISH, &["log", "verify", &folder]);
    assert_eq!(whole.code, 0, "{whole:?}");
    assert!(whole.out.starts_with("Whole: "), "{whole:?}");
    city.stop("TERM");
    let template = city.place.path("template");
    replace(&template.join("authority"), &city.party("authority"));
    // What the register and the counter keep shows it.
    let cut = city
        .place
        .run(JAPANESE, &["log", "verify", &folder]);
    assert_eq!(cut.code, 1, "{cut:?}");
    assert!(
        cut.out
            .contains("バックアップから戻されています"),
        "{cut:?}"
    );
    let nothing = city
        .place
        .run(ENGLISH, &["log", "verify", "nowhere"]);
    assert_eq!(nothing.code, 2, "{nothing:?}");
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
