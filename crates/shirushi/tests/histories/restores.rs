//! Restores, and a clock that went back, told one by one.

use crate::{
    city::{City, Start, text},
    people::Certificate,
    place::{ENGLISH, JAPANESE},
};
use std::path::PathBuf;

/// A city that has stopped, a certificate in it, and a copy of it all.
fn settled() -> (City, Certificate, PathBuf) {
    let mut city = City::new("nothing");
    city.keep_roots();
    let signature = city
        .new_card(0, "card")
        .unwrap()
        .remove(0);
    city.stop("TERM");
    let backup = city.copy_to("backup");
    (city, signature, backup)
}

fn starts(city: &mut City, more: &[&str]) {
    if let Start::Refused(said) = city.try_start(more) {
        panic!("{said}");
    }
}

fn moves(city: &mut City, who: usize) {
    city.moves(who, 1).unwrap();
}

#[test]
fn a_register_that_came_back_is_refused_aloud_and_both_who_moved_stay_ended() {
    let (mut city, _, _) = settled();
    starts(&mut city, &[]);
    let second = city
        .new_card(2, "second")
        .unwrap()
        .remove(0);
    let first = city
        .new_card(0, "first")
        .unwrap()
        .remove(0);
    city.stop("TERM");
    let backup = city.copy_to("later");
    starts(&mut city, &[]);
    moves(&mut city, 0);
    city.stop("TERM");
    city.put_back("register", &backup, true);
    // Its own file beside it came back too: only the authority knows better.
    let folder = text(&city.place.city());
    for locale in [ENGLISH, JAPANESE] {
        city.place
            .run(locale, &["up", "--dir", &folder])
            .assert_refused(&["register", "--accept-restore", "台帳"]);
    }
    starts(&mut city, &["--accept-restore"]);
    moves(&mut city, 2);
    // Once settled, it starts without being told.
    for _ in 0..2 {
        for certificate in [&first, &second] {
            assert_eq!(city.status("sign", &certificate.pem), "revoked");
        }
        city.stop("TERM");
        starts(&mut city, &[]);
    }
}

#[test]
fn a_whole_city_that_was_taken_back_is_seen_from_the_second_place_alone() {
    let (mut city, signature, backup) = settled();
    std::fs::create_dir(city.place.path("witness")).unwrap();
    city.has_witness = true;
    starts(&mut city, &[]);
    moves(&mut city, 0);
    city.stop("TERM");
    city.replace_by(&backup);
    // From inside nothing can be seen: without any memory elsewhere what was acknowledged is lost, and this test of the tests sees it.
    city.has_witness = false;
    starts(&mut city, &[]);
    assert_eq!(city.status("sign", &signature.pem), "good");
    city.stop("TERM");
    city.has_witness = true;
    assert!(matches!(city.try_start(&[]), Start::Refused(_)));
    starts(&mut city, &["--accept-restore"]);
}

#[test]
fn the_log_is_verified_while_the_city_runs_and_damage_is_named() {
    let (mut city, _, backup) = settled();
    starts(&mut city, &[]);
    moves(&mut city, 0);
    let folder = text(&city.place.city());
    let whole = city
        .place
        .run(ENGLISH, &["log", "verify", &folder]);
    assert_eq!(whole.code, 0, "{whole:?}");
    assert!(whole.out.starts_with("Whole: "), "{whole:?}");
    city.stop("TERM");
    city.put_back("authority", &backup, true);
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
    assert_eq!(nothing.code, 66, "{nothing:?}");
    assert!(
        nothing
            .err
            .contains("nowhere is not there"),
        "{nothing:?}"
    );
}

#[test]
fn a_clock_that_went_back_brings_nothing_back_and_the_way_out_works() {
    let (mut city, signature, _) = settled();
    starts(&mut city, &[]);
    // Under a city that runs: ahead, an end, and back.
    city.set_clock(40 * 86_400);
    moves(&mut city, 0);
    assert_eq!(city.status("sign", &signature.pem), "revoked");
    city.set_clock(0);
    for _ in 0..2 {
        assert_eq!(city.status("sign", &signature.pem), "revoked");
        // By this clock nobody gets anything.
        let refused = city.new_card(2, "refused").unwrap_err();
        assert!(refused.err.contains("--accept-clock"), "{refused:?}");
        city.stop("TERM");
        starts(&mut city, &[]);
        let listed = city.list("sign").unwrap();
        assert!(listed.contains(&signature.serial), "{listed}");
    }
    city.stop("TERM");
    starts(&mut city, &["--accept-clock"]);
    city.new_card(2, "card-2").unwrap();
    assert_eq!(city.status("sign", &signature.pem), "revoked");
}
