//! `up`: where it starts, where it does not, and how it ends.

use crate::place::{ENGLISH, JAPANESE, Place, everything_in, lasting_address};
use std::{net::TcpListener, path::PathBuf};

#[test]
fn a_city_announces_itself_and_ends_with_0_when_told_to() {
    for signal in ["TERM", "INT"] {
        let place = Place::new();
        let up = place.up(Some("127.0.0.1:0"));
        assert_eq!(up.announced["dir"], place.city().to_str().unwrap());
        let code = up.announced["officer_enrolment_code"]
            .as_str()
            .unwrap();
        assert!(code.len() >= 16, "{code}");
        up.assert_answers();
        assert_eq!(up.running.end(signal), 0, "{signal}");
        assert_eq!(std::fs::read_to_string(place.path("up.log")).unwrap(), "");
    }
}

#[test]
fn without_a_folder_the_city_is_below_the_home() {
    let place = Place::new();
    let mut running = place.spawn(
        "up.log",
        &["up", "--json", "--listen", "127.0.0.1:0"],
        "warn",
    );
    let announced = running.line();
    let folder = place.path("home/.local/share/shirushi");
    assert!(announced.contains(folder.to_str().unwrap()), "{announced}");
    assert_eq!(running.end("TERM"), 0);
    assert!(folder.join("founded").is_file());
    assert_eq!(everything_in(&place.path("tmp")), [].into());
}

#[test]
fn an_address_that_is_taken_is_refused_and_nothing_is_founded() {
    let place = Place::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for locale in [ENGLISH, JAPANESE] {
        place
            .run(locale, &["up", "--dir", "city", "--listen", &address])
            .assert_refused(&[
                &format!("{address} cannot be listened on"),
                "give",
                &format!("{address} で待ち受けできません"),
                "--listen",
            ]);
    }
    assert!(!place.city().exists());
}

#[test]
fn too_few_descriptors_are_refused_with_what_to_do_before_anything_is_made() {
    let place = Place::new();
    for locale in [ENGLISH, JAPANESE] {
        place
            .run_with_descriptors(128, locale, &["up", "--dir", "city"])
            .assert_refused(&[
                "128",
                "544",
                "ulimit -n 544",
                "このプロセスが開けるファイルは128個",
            ]);
    }
    assert!(!place.city().exists());
}

#[test]
fn an_address_that_others_can_reach_is_refused_and_nothing_is_founded() {
    let place = Place::new();
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.7:8080"] {
        place
            .run(ENGLISH, &["up", "--dir", "city", "--listen", address])
            .assert_refused(&[
                &format!("{address} can be reached from other machines"),
                "127.0.0.1:8080",
                "ループバックアドレスを指定してください",
            ]);
    }
    assert!(!place.city().exists());
}

#[test]
fn a_city_stays_at_the_address_that_its_certificates_name() {
    let place = Place::new();
    let (address, other) = (lasting_address(), lasting_address());
    let url = format!("http://{address}");
    let first = place.up(Some(&address));
    assert_eq!(first.url, url);
    first.stop();
    let before = everything_in(&place.city());
    place
        .run(ENGLISH, &["up", "--dir", "city", "--listen", &other])
        .assert_refused(&[
            &format!("Listen on {url}, or use another folder"),
            &format!("http://{other}"),
            &format!("{url} で起動するか、別のフォルダを使ってください"),
        ]);
    assert_eq!(everything_in(&place.city()), before);
    // Said or not, and as "any free one", it is the same address.
    for listen in [Some(address.as_str()), None, Some("127.0.0.1:0")] {
        let up = place.up(listen);
        assert_eq!(up.url, url, "{listen:?}");
        up.assert_answers();
        up.stop();
    }
}

#[test]
fn a_folder_has_one_city_at_a_time_and_a_second_start_leaves_the_first_alone() {
    let place = Place::new();
    let first = place.up(Some("127.0.0.1:0"));
    let address = first
        .url
        .strip_prefix("http://")
        .unwrap();
    for listen in [&[][..], &["--listen", "127.0.0.1:0"]] {
        let arguments = [&["up", "--dir", "city"], listen].concat();
        place
            .run(ENGLISH, &arguments)
            .assert_refused(&[
                address,
                "this city, perhaps, in another window",
                "別の画面で動いているこの市",
            ]);
    }
    first.assert_answers();
    first.stop();
}

#[test]
fn a_folder_whose_databases_are_held_is_said_to_be_running() {
    let place = Place::new();
    let address = lasting_address();
    place.up(Some(&address)).stop();
    // The address is free and the databases are not: as while a city ends.
    let lock: PathBuf = place
        .city()
        .join("register/register.db.lock");
    let held = std::fs::File::open(lock).unwrap();
    held.lock().unwrap();
    place
        .run(ENGLISH, &["up", "--dir", "city"])
        .assert_refused(&["the city in city is running already", "すでに動いています"]);
    drop(held);
    place.up(None).stop();
}

#[test]
fn people_are_told_where_the_city_is_in_their_language() {
    for (locale, words) in [
        (
            ENGLISH,
            [
                "a sandbox, not the real JPKI service",
                "one-time enrolment code",
                "Press Ctrl-C to stop.",
            ],
        ),
        (
            JAPANESE,
            [
                "実際の公的個人認証サービスではありません",
                "登録コード（1回限り）",
                "Ctrl-C を押してください",
            ],
        ),
    ] {
        let place = Place::new();
        let city = place.city();
        let mut running = place.spawn_in(
            locale,
            "up.log",
            &[
                "up",
                "--dir",
                city.to_str().unwrap(),
                "--listen",
                "127.0.0.1:0",
            ],
            "warn",
        );
        let told = running.lines_until(words[2]);
        for words in words {
            assert!(told.contains(words), "no {words:?} in {told}");
        }
        assert!(told.contains("http://127.0.0.1:"), "{told}");
        assert!(told.contains(city.to_str().unwrap()), "{told}");
        assert_eq!(running.end("TERM"), 0);
    }
}
