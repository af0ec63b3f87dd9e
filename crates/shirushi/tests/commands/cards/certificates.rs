//! `cert` and `verify`: what is shown with and without a PIN, what is asked of the authority, and what a signature is worth.

use super::Hand;
use crate::{
    citizen::{AUTHENTICATION_PIN, SIGNATURE_PASSWORD},
    http,
    place::{ENGLISH, Ended, JAPANESE, Place},
};
use serde_json::Value;
use shirushi_path::{Cause, Reader};
use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    process::Command,
    sync::{Arc, Mutex},
    thread,
};

const TEXT_PIN: &str = "1234";

fn json(ended: &Ended) -> Value {
    assert_eq!(ended.code, 0, "{ended:?}");
    serde_json::from_str(&ended.out).unwrap()
}

#[test]
fn certificates_are_shown_and_exported() {
    let hand = Hand::new();
    let personal = ["印　太郎", "東京都印市", "1980"];

    // Without a PIN nothing of the person is shown.
    let shown = hand.run(&["cert", "show"], &[]);
    assert_eq!(shown.code, 0, "{shown:?}");
    for words in [
        "Individual Number Card",
        "Authentication certificate",
        "Expires: 20",
        "in 4 years",
        "RSA 2048",
        "clientAuth",
        "1.2.392.200149.8.5.1.0.30",
        "--with-signature-certificate",
    ] {
        assert!(shown.out.contains(words), "no {words:?} in {}", shown.out);
    }
    for words in personal {
        assert!(!shown.out.contains(words), "{}", shown.out);
    }
    let told = json(&hand.run(&["cert", "show", "--json"], &[]));
    let certificates = &told["certificates"];
    assert_eq!(certificates["signature"]["certificate"], Value::Null);
    assert_eq!(
        certificates["authentication"]["certificate"]["expired"],
        false
    );

    // With the password the four items are.
    let with = ["cert", "show", "--with-signature-certificate"];
    let arguments = hand.with_card(&with, true);
    let shown = hand
        .place
        .run_fed(JAPANESE, &arguments, &[SIGNATURE_PASSWORD]);
    assert_eq!(shown.code, 0, "{shown:?}");
    for words in [
        "氏名: 印　太郎",
        "生年月日: 1980年2月17日（昭和55年2月17日）",
        "性別: 男",
        "住所: 東京都印市",
        "発行日: ",
        "nonRepudiation",
    ] {
        assert!(shown.out.contains(words), "no {words:?} in {}", shown.out);
    }
    let told = json(&hand.run(&[&with[..], &["--json"]].concat(), &[SIGNATURE_PASSWORD]));
    let items = &told["certificates"]["signature"]["certificate"]["items"];
    assert_eq!(items["birth"], "1980-02-17");
    let wrong = hand.run(&with, &["WRONG0NE"]);
    assert_eq!((wrong.code, wrong.out.as_str()), (4, ""), "{wrong:?}");

    // Files, as OpenSSL reads them.
    let folder = hand.place.path("");
    for (which, form, pins, subject) in [
        ("auth", "--pem", &[][..], "CN ="),
        ("auth-ca", "--der", &[], "JPKI for user authentication"),
        ("sign-ca", "--pem", &[], "JPKI for digital signature"),
        ("sign", "--der", &[SIGNATURE_PASSWORD], "L ="),
    ] {
        let file = format!("{which}.cer");
        let ended = hand.run(&["cert", "export", which, "-o", &file, form], pins);
        assert_eq!(ended.code, 0, "{ended:?}");
        let output = Command::new("openssl")
            .args([
                "x509", "-noout", "-subject", "-nameopt", "utf8", "-in", &file, "-inform",
            ])
            .arg(
                form.trim_start_matches('-')
                    .to_uppercase(),
            )
            .current_dir(&folder)
            .output()
            .unwrap();
        let told = String::from_utf8(output.stdout).unwrap();
        assert!(
            told.contains(subject) || told.contains(&subject.replace(" =", "=")),
            "{told}"
        );
        let again = hand.run(&["cert", "export", which, "-o", &file, form], pins);
        assert_eq!(again.code, 1, "{again:?}");
        assert!(again.err.contains("--force"), "{}", again.err);
    }
    hand.up.stop();
}

#[test]
fn what_is_printed_on_the_card_is_shown_after_its_pin() {
    let hand = Hand::new();
    let items = hand.run(&["cert", "items"], &[TEXT_PIN]);
    assert_eq!(items.code, 0, "{items:?}");
    for words in ["Name: 印　太郎", "Date of birth: 1980-02-17", "Sex: male"] {
        assert!(items.out.contains(words), "no {words:?} in {}", items.out);
    }
    let told = json(&hand.run(&["cert", "items", "--json"], &[TEXT_PIN]));
    assert_eq!(told["birth"], "1980-02-17");
    assert_eq!(
        hand.run(&["cert", "items"], &["0000"])
            .code,
        4
    );

    // The number: never into a pipe, and only when it is said that it is meant.
    let number = ["cert", "items", "--individual-number"];
    let piped = hand.run(&number, &[TEXT_PIN]);
    assert_eq!((piped.code, piped.out.as_str()), (64, ""), "{piped:?}");
    assert!(
        piped.err.contains("at one alone") && !piped.err.contains("--pin-fd"),
        "{piped:?}"
    );
    let arguments = hand.with_card(&number, false);
    let refused = hand.place.talk(
        ENGLISH,
        &arguments,
        &[("type \"show the number\": ", "yes\n")],
    );
    assert_eq!(refused.code, 6, "{refused:?}");
    let shown = hand.place.talk(
        ENGLISH,
        &arguments,
        &[
            ("type \"show the number\": ", "show the number\n"),
            ("Your text PIN: ", "1234\n"),
        ],
    );
    assert_eq!(shown.code, 0, "{shown:?}");
    let (_, digits) = shown
        .seen
        .split_once("Individual number: ")
        .unwrap();
    let digits = digits.trim();
    assert!(
        digits.len() == 12
            && digits
                .bytes()
                .all(|b| b.is_ascii_digit()),
        "{digits:?}"
    );
    hand.up.stop();
}

#[test]
fn the_authority_is_asked_and_a_signature_judged() {
    let hand = Hand::new();
    let folder = hand.place.path("");
    std::fs::write(folder.join("todoke.txt"), "転居届\n").unwrap();
    std::fs::write(folder.join("other.txt"), "転出届\n").unwrap();
    let write = |which: &str| {
        let file = format!("{which}.pem");
        let ended = hand.run(&["cert", "export", which, "-o", &file], &[]);
        assert_eq!(ended.code, 0, "{ended:?}");
    };
    write("sign-ca");
    write("auth-ca");
    let signed = hand.run(&["sign", "todoke.txt"], &[SIGNATURE_PASSWORD]);
    assert_eq!(signed.code, 0, "{signed:?}");
    let auth = ["sign", "todoke.txt", "--key", "auth", "-o", "auth.p7s"];
    assert_eq!(
        hand.run(&auth, &[AUTHENTICATION_PIN])
            .code,
        0
    );

    let check = ["cert", "check", "--with-signature-certificate", "--json"];
    let told = json(&hand.run(&check, &[SIGNATURE_PASSWORD]));
    for (index, kind) in ["authentication", "signature"]
        .iter()
        .enumerate()
    {
        assert_eq!(told[index]["kind"], *kind);
        assert_eq!(told[index]["status"], "good");
        assert_eq!(told[index]["ocsp"]["answered"], true);
        assert_eq!(told[index]["crl"], Value::Null);
    }
    let said = hand.run(&["cert", "check"], &[]);
    assert!(said.out.contains("Alive: not revoked"), "{}", said.out);
    // Another authority than the one that issued it.
    let foreign = hand.run(&["cert", "check", "--trust", "sign-ca.pem"], &[]);
    assert_eq!(foreign.code, 2, "{foreign:?}");

    let verify = |more: &[&str]| {
        let arguments = [
            &["verify", "todoke.txt.p7s", "--content", "todoke.txt"],
            more,
        ]
        .concat();
        hand.place.run(ENGLISH, &arguments)
    };
    let trust = ["--trust", "sign-ca.pem"];
    let passed = verify(&[&trust[..], &["--online"]].concat());
    assert_eq!(passed.code, 0, "{passed:?}");
    assert!(passed.out.starts_with("PASSED"), "{}", passed.out);
    for words in ["Signer: 印　太郎", "OCSP: http", "answered"] {
        assert!(passed.out.contains(words), "no {words:?} in {}", passed.out);
    }
    let report = verify(&[&trust[..], &["--online", "--report", "json"]].concat());
    assert_eq!(json(&report)["indication"], "TOTAL-PASSED");
    for (more, why) in [
        (&[][..], "without an anchor"),
        (&["--online"], "without an anchor, nobody is asked"),
        (&trust[..], "without evidence"),
        (
            &["--trust", "auth-ca.pem", "--online"],
            "by another authority",
        ),
    ] {
        let ended = verify(more);
        assert_eq!(ended.code, 2, "{why}: {ended:?}");
        assert!(ended.out.starts_with("INDETERMINATE"), "{}", ended.out);
    }
    // Other content, and the other key.
    let changed = ["verify", "todoke.txt.p7s", "--content", "other.txt"];
    let changed = hand
        .place
        .run(ENGLISH, &[&changed[..], &trust, &["--online"]].concat());
    assert_eq!(changed.code, 1, "{changed:?}");
    assert!(changed.out.contains("filing/unchanged"), "{}", changed.out);
    let auth = ["verify", "auth.p7s", "--content", "todoke.txt", "--online"];
    let as_document = hand
        .place
        .run(ENGLISH, &[&auth[..], &["--trust", "auth-ca.pem"]].concat());
    assert_ne!(as_document.code, 0, "{as_document:?}");
    let as_login = [&auth[..], &["--trust", "auth-ca.pem", "--key", "auth"]].concat();
    assert_eq!(hand.place.run(ENGLISH, &as_login).code, 0);

    // A machine whose clock is wrong judges nothing, and says so instead of "expired".
    let arguments = hand.with_card(&["cert", "check"], false);
    let library = crate::place::fake_time();
    let environment = [
        ("LD_PRELOAD", library.as_str()),
        ("FAKETIME", "+2000d"),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
    ];
    let wrong = hand
        .place
        .run_with(ENGLISH, &arguments, &environment);
    assert_eq!(wrong.code, 2, "{wrong:?}");
    for words in ["this machine's clock is", "ahead of", "timedatectl"] {
        assert!(wrong.out.contains(words), "no {words:?} in {wrong:?}");
    }
    let told = [&arguments[..], &["--json"]].concat();
    let told = hand
        .place
        .run_with(ENGLISH, &told, &environment);
    let told: Value = serde_json::from_str(&told.out).unwrap();
    assert_eq!(told[0]["facts"]["cause"], "clock", "{told}");

    let recorded = recorded(&hand);
    // The responder is gone: unknown, and never alive.
    let base = hand.up.url.clone();
    let Hand { place, up, card } = hand;
    up.stop();
    let arguments = ["cert", "check", "--card", card.to_str().unwrap()];
    let unknown = place.run(ENGLISH, &arguments);
    assert_eq!(unknown.code, 2, "{unknown:?}");
    let signature = [
        "verify",
        "todoke.txt.p7s",
        "--content",
        "todoke.txt",
        "--online",
    ];
    let undecided = place.run(ENGLISH, &[&signature[..], &trust].concat());
    assert_eq!(undecided.code, 2, "{undecided:?}");
    for source in ["OCSP", "CRL"] {
        let told = format!("{source}: {base}");
        let line = undecided
            .out
            .lines()
            .find(|line| line.contains(&told))
            .unwrap_or_else(|| panic!("no {told:?} in {}", undecided.out));
        assert!(line.contains("not reached"), "{line}");
    }
    assert!(
        unknown
            .out
            .contains("not to be taken as alive"),
        "{}",
        unknown.out
    );
    assert!(
        unknown
            .out
            .contains(&format!("OCSP: {base}")),
        "{}",
        unknown.out
    );
    assert!(
        unknown
            .out
            .contains(&format!("CRL: {base}")),
        "{}",
        unknown.out
    );

    // Whatever answers at its address instead, it is told apart, with what to do, and is never alive.
    let address = base.strip_prefix("http://").unwrap();
    let listener = TcpListener::bind(address).unwrap();
    // What a responder says, and what lies where the list should be.
    let answer = Arc::new(Mutex::new([Vec::new(), Vec::new()]));
    let given = Arc::clone(&answer);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 4096];
            let _ = stream.read(&mut request);
            let which = usize::from(!request.starts_with(b"POST"));
            let _ = stream.write_all(&given.lock().unwrap()[which]);
        }
    });
    let http = |status: &str, kind: &str, body: &[u8]| {
        let length = body.len();
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
        );
        [head.as_bytes(), body].concat()
    };
    let ocsp = "application/ocsp-response";
    let page = b"<title>Log in to the network</title>";
    for (given, cause, words) in [
        (
            http("200 OK", "text/html; charset=utf-8", page),
            "intercepted",
            "log in to the network with a browser",
        ),
        (
            http("302 Found", "text/plain", b""),
            "intercepted",
            "log in to the network with a browser",
        ),
        (
            http("511 Network Authentication Required", "text/plain", b""),
            "intercepted",
            "proxy",
        ),
        (
            http("503 Service Unavailable", "text/plain", b""),
            "http-status",
            "HTTP 503",
        ),
        (
            http("200 OK", ocsp, &[0x30, 3, 0x0a, 1, 3]),
            "try-later",
            "again in some minutes",
        ),
        (
            http("200 OK", ocsp, &[0x30, 3, 0x0a, 1, 6]),
            "responder-error",
            "Unauthorized",
        ),
        (
            http("200 OK", ocsp, b"junk"),
            "unreadable",
            "cannot be read",
        ),
        (
            http("200 OK", ocsp, &[0; 300_000]),
            "too-large",
            "Tell the authority",
        ),
    ] {
        *answer.lock().unwrap() = [given.clone(), given];
        let told = place.run(ENGLISH, &arguments);
        assert_eq!(told.code, 2, "{cause}: {told:?}");
        for words in [words, "\n    → ", "not to be taken as alive"] {
            assert!(
                told.out.contains(words),
                "{cause}: no {words:?} in {told:?}"
            );
        }
        let told = place.run(ENGLISH, &[&arguments[..], &["--json"]].concat());
        let told: Value = serde_json::from_str(&told.out).unwrap();
        assert_eq!(told[0]["ocsp"]["cause"], cause, "{told}");
        // Of two that gave nothing, the nearest to an answer.
        let of_either = |told: &Value, fact: &Value| {
            [&told["ocsp"], &told["crl"]]
                .iter()
                .any(|source| source["cause"] == *fact)
        };
        assert!(of_either(&told[0], &told[0]["facts"]["cause"]), "{told}");

        // The same of a signature, for who verifies it.
        let told = verified(
            &place,
            &[&signature[..], &trust].concat(),
            &[],
            words,
            cause,
        );
        for source in ["ocsp", "crl"] {
            assert_eq!(told["asked"][source]["answered"], false, "{told}");
        }
        assert_eq!(told["asked"]["ocsp"]["cause"], cause, "{told}");
        assert!(
            of_either(&told["asked"], &fact_of(&told)["cause"]),
            "{told}"
        );
    }

    // Answers that the authority itself has signed, and one that somebody else has; what a list says that is too large or too old.
    let signature = [&signature[..], &trust].concat();
    let none = http("404 Not Found", "text/plain", b"");
    let later = |time| {
        [
            ("LD_PRELOAD", library.as_str()),
            ("FAKETIME", time),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        ]
    };
    let answers = |der: &[u8]| http("200 OK", ocsp, der);
    let list = |der: &[u8]| http("200 OK", "application/pkix-crl", der);
    // Without a nonce, and of this quarter of an hour: taken, and a list is not asked for.
    *answer.lock().unwrap() = [answers(&recorded.without_nonce), none.clone()];
    let fresh = place.run(ENGLISH, &signature);
    assert_eq!(fresh.code, 0, "{fresh:?}");
    for (given, time, cause, words) in [
        (
            [answers(&recorded.of_another_question), none.clone()],
            "+0",
            "nonce-wrong",
            "another nonce",
        ),
        (
            [answers(&recorded.without_nonce), none.clone()],
            "+16m",
            "nonce-missing",
            "lacks the nonce",
        ),
        (
            [answers(&recorded.of_another_key), none.clone()],
            "+0",
            "wrong-signer",
            "not authorised",
        ),
        (
            [none.clone(), list(&recorded.list)],
            "+60d",
            "stale",
            "held until",
        ),
        (
            [none.clone(), list(&vec![0x30; (32 << 20) + 1])],
            "+0",
            "too-large",
            "too large",
        ),
    ] {
        *answer.lock().unwrap() = given;
        let told = verified(&place, &signature, &later(time), words, cause);
        assert_eq!(fact_of(&told)["cause"], cause, "{told}");
    }
}

/// `verify` with these arguments says by `words` why it does not know the status, in both languages with what a verifier does about
/// `cause`, and ends with 2; its report.
fn verified(
    place: &Place,
    arguments: &[&str],
    environment: &[(&str, &str)],
    words: &str,
    cause: &str,
) -> Value {
    let advice = Cause::of_word(cause)
        .unwrap()
        .advice(Reader::Verifier);
    let english = place.run_with(ENGLISH, arguments, environment);
    for words in [words, advice.en, "not to be taken as valid"] {
        assert!(
            english.out.contains(words),
            "{cause}: no {words:?} in {english:?}"
        );
    }
    let japanese = place.run_with(JAPANESE, arguments, environment);
    assert!(
        japanese.out.contains(advice.ja) && !japanese.out.contains(advice.en),
        "{cause}: {japanese:?}"
    );
    let report = [arguments, &["--report", "json"]].concat();
    let report = place.run_with(ENGLISH, &report, environment);
    for ended in [&english, &japanese, &report] {
        assert_eq!(ended.code, 2, "{cause}: {ended:?}");
    }
    let told: Value = serde_json::from_str(&report.out).unwrap();
    assert_eq!(told["indication"], "INDETERMINATE", "{told}");
    told
}

/// The facts of the one finding that a status is not known.
fn fact_of(told: &Value) -> &Value {
    let unknown = told["findings"]
        .as_array()
        .unwrap()
        .iter()
        .find(|finding| finding["rule"] == "filing/status-known")
        .unwrap();
    assert_eq!(unknown["outcome"], "broken", "{told}");
    &unknown["facts"]
}

/// What a city has said of the signature certificate of the card.
struct Recorded {
    without_nonce: Vec<u8>,
    of_another_question: Vec<u8>,
    /// "Good", signed by a key that nobody has put in charge.
    of_another_key: Vec<u8>,
    list: Vec<u8>,
}

fn recorded(hand: &Hand) -> Recorded {
    let path = |name: &str| hand.place.path(name);
    let export = ["cert", "export", "sign", "-o", "signer.pem", "--pem"];
    let ended = hand.run(&export, &[SIGNATURE_PASSWORD]);
    assert_eq!(ended.code, 0, "{ended:?}");
    let openssl = |script: &str| {
        let output = hand
            .place
            .command("bash", ENGLISH)
            .args(["-ec", script, &hand.up.url])
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
    };
    let ask = "openssl ocsp -issuer sign-ca.pem -cert signer.pem -url $0/ocsp/sign -noverify";
    openssl(&format!("{ask} -no_nonce -respout none.der"));
    openssl(&format!("{ask} -respout another.der"));
    openssl(
        "openssl req -x509 -newkey rsa:2048 -nodes -keyout evil.key -out evil.pem -subj /CN=evil -days 2
         serial=$(openssl x509 -in signer.pem -noout -serial)
         printf 'V\t991231235959Z\t\t%s\tunknown\t/CN=x\n' ${serial#serial=} >index.txt
         openssl ocsp -issuer sign-ca.pem -cert signer.pem -no_nonce -reqout question.der
         openssl ocsp -index index.txt -CA sign-ca.pem -rsigner evil.pem -rkey evil.key -reqin question.der -ndays 1 -respout evil.der",
    );
    let read = |name: &str| std::fs::read(path(name)).unwrap();
    Recorded {
        without_nonce: read("none.der"),
        of_another_question: read("another.der"),
        of_another_key: read("evil.der"),
        list: http::get(&hand.up.url, "/crl/sign/complete.crl").body,
    }
}

#[test]
fn a_signature_of_before_a_change_of_keys_is_judged_by_all_roots_and_doctor_tells_of_the_change() {
    let hand = Hand::new();
    let url = hand.up.url.clone();
    let path = |name: &str| hand.place.path(name);
    std::fs::write(path("todoke.txt"), "転居届\n").unwrap();
    let signed = hand.run(&["sign", "todoke.txt"], &[SIGNATURE_PASSWORD]);
    assert_eq!(signed.code, 0, "{signed:?}");
    let fetch = |from: &str, to: &str| {
        let answer = http::get(&url, from);
        assert_eq!(answer.status, 200, "{from}");
        std::fs::write(path(to), answer.body).unwrap();
    };
    // The machine's clock stays where it is, and with it the list that counts.
    fetch("/crl/sign/complete.crl", "list.crl");
    let doctor = || {
        let ended = hand.run(&["doctor", "--offline", "--json"], &[]);
        let asked = hand.run(&["doctor", "--city", &url, "--json"], &[]);
        [ended, asked].map(|ended| {
            let told: Value = serde_json::from_str(&ended.out).unwrap();
            let findings = told["findings"]
                .as_array()
                .unwrap()
                .clone();
            let keys = findings
                .into_iter()
                .find(|finding| finding["check"] == "city/keys");
            keys.unwrap()
        })
    };
    let passes = |days: u32| {
        let advance = serde_json::json!({ "advance_seconds": i64::from(days) * 86_400 });
        http::post(&url, "/sandbox/clock", None, &advance).success();
    };
    let [unasked, asked] = doctor();
    assert_eq!(unasked["outcome"], "not-concerned");
    assert_eq!(asked["outcome"], "ok");
    passes(3 * 365);
    let [_, asked] = doctor();
    assert_eq!(asked["outcome"], "warning");
    let seen = asked["seen"]["en"].as_str().unwrap();
    assert!(
        seen.contains("signature") && seen.contains("generation 2"),
        "{seen}"
    );
    passes(365);
    let [_, asked] = doctor();
    assert_eq!(asked["outcome"], "ok");
    fetch("/ca/all.pem", "all.pem");
    let roots = std::fs::read_to_string(path("all.pem")).unwrap();
    assert_eq!(
        roots
            .matches("BEGIN CERTIFICATE")
            .count(),
        4
    );
    std::fs::write(path("new.cer"), http::get(&url, "/ca/sign-2.cer").body).unwrap();
    let verify = |trust: &str| {
        let arguments = [
            "verify",
            "todoke.txt.p7s",
            "--content",
            "todoke.txt",
            "--trust",
            trust,
            "--crl",
            "list.crl",
        ];
        hand.place.run(ENGLISH, &arguments)
    };
    let passed = verify("all.pem");
    assert_eq!(passed.code, 0, "{passed:?}");
    let by_the_new_alone = verify("new.cer");
    assert_eq!(by_the_new_alone.code, 2, "{by_the_new_alone:?}");
    hand.up.stop();
}
