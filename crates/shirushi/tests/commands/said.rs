//! What is said of files, folders and addresses that are of no use.
//!
//! * In the reader's language alone, with what to do, and without the operating system's English.
//! * A file that is no card's or no database is not called a damaged one, nor is a restore advised for what never was a city.
//! * Whoever answers that is no city, or no site to log in to with a card, is told as such, and no password form is sent.
//! * Nothing that was there is changed.

use crate::place::{ENGLISH, Ended, JAPANESE, Place, everything_in};
use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpListener,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

/// A folder with a document, a folder in it, and what might be taken for a city's.
fn place() -> Place {
    let place = Place::new();
    fs::write(place.path("letter.txt"), "a letter\n").unwrap();
    fs::write(place.path("empty"), "").unwrap();
    fs::create_dir(place.path("folder")).unwrap();
    fs::write(place.path("folder/note"), "mine\n").unwrap();
    fs::create_dir(place.path("of-a-city")).unwrap();
    fs::write(place.path("of-a-city/role-token"), "x").unwrap();
    place
}

/// Commands that a file or a folder stands in the way of: exit code, and what is said.
const NAMED: [(&str, i32, &str, &str); 31] = [
    (
        "sign absent.txt --card x.card -o a",
        66,
        "absent.txt is not there",
        "absent.txt はありません",
    ),
    (
        "sign folder --card x.card -o a",
        66,
        "folder is a folder",
        "folder はフォルダ",
    ),
    (
        "sign letter.txt --card x.card -o nowhere/a",
        1,
        "Its folder is not there",
        "置くフォルダがありません",
    ),
    (
        "sign letter.txt --card x.card -o letter.txt/a",
        1,
        "a file where a folder should be",
        "フォルダであるべきところ",
    ),
    (
        "sign - --card x.card --pin-fd 0 -o a",
        64,
        "Give one of them as a file",
        "一方をファイル",
    ),
    (
        "verify letter.txt --content absent.txt",
        66,
        "See that its name",
        "名前と場所を確かめて",
    ),
    (
        "verify letter.txt --content letter.txt --crl absent.crl",
        66,
        "absent.crl is not there",
        "absent.crl はありません",
    ),
    (
        "verify letter.txt --content letter.txt --trust folder",
        66,
        "Name a file",
        "ファイルを指定して",
    ),
    (
        "cert show --card absent.card",
        3,
        "There is no card's file absent.card",
        "カードのファイル absent.card がありません",
    ),
    (
        "cert show --card folder",
        3,
        "folder is a folder",
        "folder はフォルダ",
    ),
    (
        "cert show --card letter.txt",
        3,
        "letter.txt: this is no card's file",
        "letter.txt: カードのファイルではないか",
    ),
    (
        "pin status --card empty",
        3,
        "empty: this is no card's file",
        "empty: カードのファイルではないか",
    ),
    (
        "card serve absent.card",
        3,
        "there is no card here",
        "カードがありません",
    ),
    (
        "card serve folder",
        3,
        "Name a card's file",
        "カードのファイルを指定して",
    ),
    (
        "card serve letter.txt",
        3,
        "this is no card's file",
        "カードのファイルではないか",
    ),
    (
        "card new letter.txt --resident 90000000014",
        1,
        "It was left as it is",
        "そのままにしてあります",
    ),
    (
        "card new folder --resident 90000000014",
        1,
        "Choose another name",
        "別の名前にして",
    ),
    (
        "card new nowhere/a --resident 90000000014",
        1,
        "Its folder is not there",
        "置くフォルダがありません",
    ),
    (
        "agent --listen 127.0.0.1:0 --dir letter.txt",
        1,
        "a file where a folder should be",
        "フォルダであるべきところ",
    ),
    (
        "agent --listen 0.0.0.0:0 --dir new",
        1,
        "can be reached from other machines",
        "他の機械から届く",
    ),
    (
        "tour --artefacts letter.txt",
        1,
        "a file where a folder should be",
        "フォルダであるべきところ",
    ),
    (
        "log verify absent",
        66,
        "absent is not there",
        "absent はありません",
    ),
    (
        "log verify folder",
        66,
        "is no city's folder",
        "市のフォルダではありません",
    ),
    (
        "log verify letter.txt",
        66,
        "is no database",
        "データベースではないか",
    ),
    (
        "log verify empty",
        66,
        "Nothing was changed",
        "何も変えていません",
    ),
    (
        "log verify of-a-city --key absent.pub",
        66,
        "absent.pub is not there",
        "absent.pub はありません",
    ),
    (
        "log verify of-a-city --checkpoint folder",
        66,
        "folder is a folder",
        "folder はフォルダ",
    ),
    (
        "log verify of-a-city --key letter.txt",
        66,
        "is no public key of a log",
        "記録の公開鍵ではありません",
    ),
    (
        "up --dir city --listen 127.0.0.1:0 --witness letter.txt",
        1,
        "--witness names one on another disk",
        "letter.txt はフォルダではありません",
    ),
    (
        "up --dir city --listen 127.0.0.1:0 --witness absent",
        1,
        "see that the disk is mounted",
        "マウントされているか",
    ),
    (
        "login nonsense --card x.card",
        64,
        "Give one such as http://portal.localhost:8080",
        "http://portal.localhost:8080 のように",
    ),
];

/// Said by rooms that say everything in both languages.
const IN_BOTH: [&str; 3] = [
    "--key letter.txt",
    "--witness letter.txt",
    "--witness absent",
];

/// Words of the operating system, and of texts that stand in the other language.
fn assert_told(ended: &Ended, line: &str, locale: &str) {
    assert!(!ended.err.contains("panicked"), "{line}: {ended:?}");
    for of_restores in [
        "keep the city's folder",
        "taken into service",
        "壊れているか",
    ] {
        assert!(!ended.err.contains(of_restores), "{line}: {ended:?}");
    }
    if IN_BOTH
        .iter()
        .any(|end| line.ends_with(end))
    {
        return;
    }
    let is_japanese = ended
        .err
        .chars()
        .any(|c| ('\u{3041}'..='\u{30ff}').contains(&c));
    assert_eq!(is_japanese, locale == JAPANESE, "{line}: {ended:?}");
    if locale == JAPANESE {
        assert!(!ended.err.contains("os error"), "{line}: {ended:?}");
    }
}

#[test]
fn what_is_of_no_use_is_told_in_the_readers_language_with_what_to_do() {
    let place = place();
    let before = everything_in(&place.path(""));
    for (line, code, english, japanese) in NAMED {
        for (locale, words) in [(ENGLISH, english), (JAPANESE, japanese)] {
            let ended = place.run(locale, &line.split(' ').collect::<Vec<_>>());
            assert_eq!(
                (ended.code, ended.out.as_str()),
                (code, ""),
                "{line}: {ended:?}"
            );
            assert!(
                ended.err.contains(words),
                "{line}: no {words:?} in {}",
                ended.err
            );
            assert_told(&ended, line, locale);
        }
    }
    // No folder, no lock and no file was left, and none was written over.
    assert_eq!(everything_in(&place.path("")), before);
    assert_eq!(fs::read(place.path("letter.txt")).unwrap(), b"a letter\n");
}

#[test]
fn a_device_that_is_full_is_told_in_the_readers_language() {
    let place = place();
    for (locale, words, other) in [
        (ENGLISH, "cannot be written to standard output", "標準出力"),
        (JAPANESE, "ディスクに空きがありません", "cannot"),
    ] {
        let output = place
            .command(env!("CARGO_BIN_EXE_shirushi"), locale)
            .args(["doctor", "--list"])
            .stdout(
                fs::File::options()
                    .write(true)
                    .open("/dev/full")
                    .unwrap(),
            )
            .output()
            .unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{err}");
        assert!(err.contains(words) && !err.contains(other), "{err}");
    }
}

/// A server of pages; what it was asked by POST is counted.
fn pages(page: &'static str) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let posts = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&posts);
    thread::spawn(move || {
        for connection in listener.incoming() {
            let Ok(mut connection) = connection else {
                return;
            };
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n")
                && connection
                    .read(&mut byte)
                    .is_ok_and(|read| read == 1)
            {
                head.push(byte[0]);
            }
            if head.starts_with(b"POST") {
                counted.fetch_add(1, Ordering::Relaxed);
            }
            let answer = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{page}",
                page.len()
            );
            let _ = connection.write_all(answer.as_bytes());
        }
    });
    (port, posts)
}

#[test]
fn whoever_answers_with_a_page_is_no_city() {
    let place = place();
    let (port, _) = pages("<!doctype html><title>Another program</title><p>a page for people</p>");
    for url in [
        format!("http://127.0.0.1:{port}"),
        // A name of this machine that not every resolver knows.
        format!("http://sandbox.localhost:{port}"),
    ] {
        for arguments in [
            &[
                "card",
                "new",
                "new.card",
                "--resident",
                "90000000014",
                "--city",
                &url,
            ][..],
            &["tour", "--url", &url],
        ] {
            let ended = place.run(ENGLISH, arguments);
            let said = format!("{}{}", ended.err, ended.out);
            assert_eq!(ended.code, 1, "{said}");
            for words in [
                "is a page for people, not a city",
                "URL for programs",
                "人のための画面",
            ] {
                assert!(said.contains(words), "no {words:?} in {said}");
            }
            assert!(!said.contains("<title>"), "{said}");
        }
        assert!(!place.path("new.card").exists());
    }
}

#[test]
fn no_form_that_asks_for_a_password_is_sent() {
    let place = place();
    let (port, posts) = pages(
        "<!doctype html><main><form method=\"post\" action=\"/log-in\"><input type=\"hidden\" name=\"token\" value=\"1\">\
         <input name=\"name\"><input type=\"password\" name=\"password\"><button>Log in</button></form></main>",
    );
    let url = format!("http://127.0.0.1:{port}");
    for (locale, words) in [
        (
            ENGLISH,
            "there is no page to log in with a card. Nothing was sent to the card",
        ),
        (JAPANESE, "カードには何も送っていません"),
    ] {
        let ended = place.run_fed(
            locale,
            &["login", &url, "--card", "x.card", "--pin-fd", "0"],
            &["1234"],
        );
        assert_eq!(ended.code, 1, "{ended:?}");
        assert!(ended.err.contains(words), "{ended:?}");
    }
    assert_eq!(
        posts.load(Ordering::Relaxed),
        0,
        "a wrong try of somebody's"
    );
}
