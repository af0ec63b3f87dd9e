//! Databases that come back from a backup, disks that fill up, clocks that step, processes that are killed, in a city of processes:
//!
//! * whatever was acknowledged as ended is told as ended after every start, by OCSP and in the lists, or the start is refused, and the way
//!   out that it names works; what was not ended is not told as ended;
//! * that holds for any party, any two of them and the databases of all of them, any copy of them, and any order of moves, requests, new
//!   cards, kills, stops, full disks, steps of the clock and restores (seeded histories);
//! * what nobody inside can see, a whole city taken back, is seen from the second place;
//! * the log can be verified while the city runs, without a secret;
//! * the histories can tell: of a city without checkpoints (`SHIRUSHI_WEAKENED=guard`) they must find a revocation that is lost.
//!
//! `SHIRUSHI_HISTORIES=17..18` lives through the history of seed 17 alone, in the long test.
#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests fail as loudly as tests"
)]

mod city;
mod draws;
mod history;
#[path = "../commands/http.rs"]
#[allow(dead_code, reason = "shared with the tests of the commands")]
mod http;
mod people;
#[path = "../commands/place.rs"]
#[allow(dead_code, reason = "shared with the tests of the commands")]
mod place;
mod restores;
#[path = "../disk/small.rs"]
mod small;
mod told;

use history::{Fault, Histories};

/// Some of them; a minute's worth.
#[test]
fn no_history_loses_what_was_acknowledged_as_ended() {
    all(&mut Histories::new("nothing"), 0..10);
}

#[test]
fn a_city_without_checkpoints_is_found_out() {
    let mut histories = Histories::new("guard");
    let found = (0..40).find(|seed| matches!(histories.live_through(*seed), Err(Fault::Lost(_))));
    assert!(found.is_some(), "a city without checkpoints passes");
}

#[test]
#[ignore = "long: ./test --long"]
fn long_no_history_loses_what_was_acknowledged_as_ended() {
    let seeds = std::env::var("SHIRUSHI_HISTORIES").map_or(0..500, |asked| {
        let (from, to) = asked.split_once("..").unwrap();
        from.parse().unwrap()..to.parse().unwrap()
    });
    all(&mut Histories::new("nothing"), seeds);
}

/// Each of these is lived through without a fault, and some come to a refusal.
fn all(histories: &mut Histories, seeds: std::ops::Range<u64>) {
    let is_alone = seeds.end - seeds.start < 10;
    let mut faulty = Vec::new();
    for seed in seeds {
        if let Err(fault) = histories.live_through(seed) {
            println!("seed {seed}: {fault}\n{}", histories.told());
            faulty.push(seed);
        }
    }
    println!("{}", histories.figures());
    assert!(
        faulty.is_empty(),
        "the histories of {faulty:?} have a fault"
    );
    assert!(
        is_alone || histories.refused() > 0,
        "no history came to a refusal"
    );
}
