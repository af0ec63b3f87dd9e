//! `card`: software cards from the factory, in the agent's wallet, and in a virtual reader.

use crate::place::{ENGLISH, JAPANESE, Place, Up};
use serde_json::{Value, json};
use shirushi_crypto::SystemRandom;
use shirushi_softcard::{Atr, CardKind, Generation, SoftCard};
use std::{
    collections::BTreeSet,
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    os::unix::fs::PermissionsExt as _,
    path::Path,
    sync::Arc,
    time::Duration,
};

/// 印　太郎, and 朱肉　花, who is fourteen (docs/personas.md).
const TARO: &str = "90000000014";
const HANA: &str = "90000000021";

fn open(path: &Path) -> SoftCard {
    SoftCard::open_file(path, Arc::new(SystemRandom)).unwrap()
}

fn ask(card: &mut SoftCard, command: &str) -> String {
    hex::encode_upper(card.answer(&hex::decode(command).unwrap()))
}

/// `card new FILE --resident RESIDENT --city … --json …`; the answer.
fn new(place: &Place, up: &Up, file: &str, resident: &str, more: &[&str]) -> Value {
    let mut arguments = vec!["card", "new", file, "--resident", resident];
    arguments.extend(["--city", &up.url, "--json"]);
    arguments.extend(more);
    let ended = place.run(ENGLISH, &arguments);
    assert_eq!((ended.code, ended.err.as_str()), (0, ""), "{ended:?}");
    serde_json::from_str(&ended.out).unwrap()
}

#[test]
fn a_card_is_made_in_a_city_ready_or_not_and_of_any_kind() {
    let place = Place::new();
    let up = place.up(Some("127.0.0.1:0"));

    let told = new(&place, &up, "blank.card", TARO, &[]);
    assert_eq!(told["certificates"], json!([]));
    assert_eq!(told["pins"], Value::Null);
    let mode = place
        .path("blank.card")
        .metadata()
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let mut card = open(&place.path("blank.card"));
    assert_eq!(told["card"], card.card_number());
    ask(&mut card, "00A4040C0AD392F000260100000001");
    assert_eq!(ask(&mut card, "00B0880003"), "0000009000");

    let told = new(&place, &up, "ready.card", TARO, &["--ready"]);
    assert_eq!(
        (&told["certificates"], &told["pins"], &told["kind"]),
        (
            &json!(["authentication", "signature"]),
            &json!({ "authentication": "1234", "signature": "ABC123" }),
            &json!("individual-number")
        )
    );
    let mut card = open(&place.path("ready.card"));
    for (command, answer) in [
        ("00A4040C0AD392F000260100000001", "9000"),
        ("00B0880003", "8F8F009000"),
        ("002000980431323334", "9000"),
        ("0020009B06414243313233", "9000"),
    ] {
        assert_eq!(ask(&mut card, command), answer, "{command}");
    }

    // A telephone with certificates in it, and a child's card.
    let told = new(
        &place,
        &up,
        "phone.card",
        TARO,
        &["--ready", "--kind", "android", "--blocked", "6983"],
    );
    assert_eq!(told["kind"], "android");
    let mut card = open(&place.path("phone.card"));
    assert_eq!(card.kind(), CardKind::AndroidToken);
    assert_eq!(card.atr(), Atr::Contactless.bytes());
    ask(&mut card, "00A4040C0AD392F000260100000001");
    assert_eq!(ask(&mut card, "00B08A0004"), "6982");
    let told = new(&place, &up, "hana.card", HANA, &["--ready"]);
    assert_eq!(told["certificates"], json!(["authentication"]));

    // What is made is kept in the file.
    let told = new(
        &place,
        &up,
        "next.card",
        TARO,
        &["--kind", "resident-register", "--generation", "next"],
    );
    assert_eq!(
        (&told["kind"], &told["generation"]),
        (&json!("resident-register"), &json!("next"))
    );
    let card = open(&place.path("next.card"));
    assert_eq!(card.kind(), CardKind::ResidentRegisterCard);
    assert_eq!(card.variant().generation, Generation::Next);
}

#[test]
fn what_is_no_card_is_refused_and_leaves_nothing_behind() {
    let place = Place::new();
    let up = place.up(Some("127.0.0.1:0"));
    let refused = |locale, more: &[&str]| {
        let mut arguments = vec!["card", "new", "x.card", "--city", &up.url];
        arguments.extend(more);
        let ended = place.run(locale, &arguments);
        assert_eq!((ended.code, ended.out.as_str()), (1, ""), "{ended:?}");
        for left in ["x.card", "x.card.lock", "x.card.new"] {
            assert!(!place.path(left).exists(), "{left}");
        }
        ended.err
    };
    let unknown = ["--resident", "99999999999", "--ready"];
    assert!(refused(ENGLISH, &unknown).contains("No resident is recorded under 99999999999"));
    assert!(refused(JAPANESE, &unknown).contains("register/resident-known"));
    // Made, but moved away: refused at the counter.
    let moved = ["--resident", "90000000064", "--ready"];
    assert!(refused(ENGLISH, &moved).contains("counter/record-alive"));
    let next = ["--resident", TARO, "--ready", "--generation", "next"];
    assert!(refused(ENGLISH, &next).contains("Make it without --ready"));
    assert!(refused(JAPANESE, &next).contains("--ready なしで"));
    let far = ["--resident", TARO, "--filler", "5000"];
    assert!(refused(ENGLISH, &far).contains("4096"));
    assert_eq!(up.running.end("TERM"), 0);
    let nobody = place.run(
        ENGLISH,
        &[
            "card",
            "new",
            "x.card",
            "--resident",
            TARO,
            "--city",
            &up.url,
        ],
    );
    nobody.assert_refused(&["no city answers there", "shirushi up", "何も応答しません"]);

    std::fs::write(place.path("there"), "something").unwrap();
    for locale in [ENGLISH, JAPANESE] {
        place
            .run(locale, &["card", "new", "there", "--resident", TARO])
            .assert_refused(&[
                "there",
                if locale == ENGLISH {
                    "Choose another name"
                } else {
                    "別の名前"
                },
            ]);
    }
    assert_eq!(std::fs::read(place.path("there")).unwrap(), b"something");
}

#[test]
fn cards_of_the_wallet_are_listed_put_in_and_taken_out_while_no_agent_runs() {
    let place = Place::new();
    let up = place.up(Some("127.0.0.1:0"));
    let told = new(&place, &up, "ready.card", TARO, &["--ready"]);
    let number = told["card"].as_str().unwrap();
    let run = |arguments: &[&str]| {
        let mut all = vec!["card"];
        all.extend(arguments);
        all.extend(["--cards", "wallet"]);
        place.run(ENGLISH, &all)
    };
    let listed = || -> Value {
        let ended = run(&["list", "--json"]);
        assert_eq!(ended.code, 0, "{ended:?}");
        serde_json::from_str::<Value>(&ended.out).unwrap()["cards"].clone()
    };
    run(&["list"]).assert_refused(&["There is no folder wallet", "--cards"]);
    std::fs::create_dir(place.path("wallet")).unwrap();
    assert_eq!(listed(), json!([]));
    let file = place
        .path("wallet")
        .join(format!("{number}.card"));
    std::fs::copy(place.path("ready.card"), &file).unwrap();
    std::fs::write(place.path("wallet/BROKEN.card"), "not a card").unwrap();
    let is_inserted = |is_inserted| {
        json!([
            {
                "card": "BROKEN", "inserted": false, "kind": null,
                "authentication_certificate": null, "signature_certificate": null,
            },
            {
                "card": number, "inserted": is_inserted, "kind": "individual-number",
                "authentication_certificate": true, "signature_certificate": true,
            },
        ])
    };
    assert_eq!(listed(), is_inserted(false));
    let text = run(&["list"]).out;
    assert!(
        text.contains("both certificates") && text.contains("cannot be read"),
        "{text}"
    );

    assert_eq!(run(&["eject"]).out, "There was no card in the reader.\n");
    let unknown = run(&["insert", "S000"]);
    assert_eq!(unknown.code, 3, "{unknown:?}");
    assert_eq!(run(&["insert", "BROKEN"]).code, 1);
    let held = open(&file);
    let in_use = run(&["insert", number]);
    assert_eq!(in_use.code, 1, "{in_use:?}");
    assert!(in_use.err.contains("in use"), "{in_use:?}");
    drop(held);
    assert_eq!(listed(), is_inserted(false));
    let inserted = run(&["insert", number]);
    assert!(inserted.out.contains(number), "{inserted:?}");
    assert_eq!(listed(), is_inserted(true));

    // An agent has the wallet now, and the card in its reader.
    let mut agent = place.spawn(
        "agent.log",
        &[
            "agent",
            "--dir",
            "agent",
            "--cards",
            "wallet",
            "--listen",
            "127.0.0.1:0",
            "--json",
        ],
        "warn",
    );
    assert!(agent.line().contains("url"));
    run(&["eject"]).assert_refused(&["An agent that runs has this wallet", "stop the agent"]);
    run(&["insert", number]).assert_refused(&["An agent that runs has this wallet"]);
    assert_eq!(listed(), is_inserted(true));
    assert_eq!(agent.end("TERM"), 0);
    let ejected = run(&["eject", "--json"]);
    assert_eq!(
        serde_json::from_str::<Value>(&ejected.out).unwrap(),
        json!({ "ejected": number })
    );
    assert_eq!(listed(), is_inserted(false));
}

/// A virtual reader's driver.
struct Driver(TcpStream);

impl Driver {
    fn accept(listener: &TcpListener) -> Self {
        let (stream, _) = listener.accept().unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(60)))
            .unwrap();
        Self(stream)
    }

    fn send(&mut self, message: &str) {
        let message = hex::decode(message).unwrap();
        let length = u16::try_from(message.len()).unwrap();
        self.0
            .write_all(&[&length.to_be_bytes(), message.as_slice()].concat())
            .unwrap();
    }

    fn ask(&mut self, message: &str) -> String {
        self.send(message);
        let mut length = [0; 2];
        self.0.read_exact(&mut length).unwrap();
        let mut answer = vec![0; usize::from(u16::from_be_bytes(length))];
        self.0.read_exact(&mut answer).unwrap();
        hex::encode_upper(answer)
    }
}

#[test]
fn a_card_is_served_to_the_reader_as_ordered_and_locked_meanwhile() {
    let place = Place::new();
    let up = place.up(Some("127.0.0.1:0"));
    let told = new(&place, &up, "ready.card", TARO, &["--ready"]);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let reader = listener
        .local_addr()
        .unwrap()
        .to_string();
    let event = |word: &str| json!({ "event": word, "card": told["card"], "file": "ready.card", "reader": reader });
    let read = |line: String| serde_json::from_str::<Value>(&line).unwrap();
    for signal in ["INT", "TERM"] {
        let mut serving = place.spawn(
            "serve.log",
            &[
                "card",
                "serve",
                "ready.card",
                "--connect",
                &reader,
                "--json",
                "--interface",
                "contactless",
                "--kind",
                "android",
                "--sw",
                "select:2=6F42",
                "--pull-after",
                "verify",
                "--return-after",
                "1",
            ],
            "warn",
        );
        let mut driver = Driver::accept(&listener);
        driver.send("01");
        assert_eq!(driver.ask("04"), "3B888001000005E0B381A1007F");
        assert_eq!(read(serving.line()), event("inserted"));
        let select = "00A4040C0AD392F000260100000001";
        assert_eq!(driver.ask(select), "9000");
        assert_eq!(driver.ask(select), "6F42");
        assert_eq!(driver.ask("00B08A0004"), "6982"); // an Android's certificate

        let again = place.run(JAPANESE, &["card", "serve", "ready.card"]);
        again.assert_refused(&["ほかで使われています"]);

        assert_eq!(driver.ask("002000980431323334"), "9000");
        assert_eq!(read(serving.line()), event("removed"));
        let mut driver = Driver::accept(&listener);
        driver.send("01");
        driver.ask("04");
        assert_eq!(read(serving.line()), event("inserted"));
        assert_eq!(serving.end(signal), 0);
    }
    // What was played is not what the card is.
    assert_eq!(
        open(&place.path("ready.card")).kind(),
        CardKind::IndividualNumberCard
    );
}

#[test]
fn without_a_reader_the_card_waits_and_says_what_to_start() {
    let place = Place::new();
    let up = place.up(Some("127.0.0.1:0"));
    new(&place, &up, "a.card", TARO, &[]);
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let reader = free.local_addr().unwrap().to_string();
    drop(free);
    let mut serving = place.spawn(
        "serve.log",
        &["card", "serve", "a.card", "--connect", &reader, "--json"],
        "warn",
    );
    let told: Value = serde_json::from_str(&serving.line()).unwrap();
    assert_eq!(told["event"], "unreachable");
    let listener = TcpListener::bind(&reader).unwrap();
    let mut driver = Driver::accept(&listener);
    driver.ask("04");
    let told: Value = serde_json::from_str(&serving.line()).unwrap();
    assert_eq!(told["event"], "inserted");
    assert_eq!(serving.end("INT"), 0);
}

#[test]
fn faults_that_are_none_are_not_understood() {
    let place = Place::new();
    for arguments in [
        ["--tear-after", "0"],
        ["--tear-after", "signs"],
        ["--garble", "3=noise"],
        ["--sw", "3"],
        ["--sw", "3=90"],
        ["--sw", "3=9XYZ"],
        ["--fault-rate", "1.5"],
        ["--fault-rate", "-1"],
        ["--slow", "3600001"],
        ["--blocked", "6985"],
        ["--interface", "usb"],
        ["--kind", "driving-licence"],
    ] {
        let mut all = vec!["card", "serve", "x.card"];
        all.extend(arguments);
        let ended = place.run(ENGLISH, &all);
        assert_eq!((ended.code, ended.out.as_str()), (64, ""), "{arguments:?}");
    }
}

/// Every option under the heading of faults is explained in both languages, and no other is.
#[test]
fn the_documentation_tells_each_fault() {
    let help = include_str!("help/card-serve.en.txt");
    let (_, faults) = help
        .split_once("Faults on order")
        .unwrap();
    let told: BTreeSet<&str> = faults
        .split_whitespace()
        .filter(|word| word.starts_with("--"))
        .collect();
    assert!(told.len() > 10, "{told:?}");
    for documentation in [
        include_str!("../../../../docs/faults.md"),
        include_str!("../../../../docs/faults.ja.md"),
    ] {
        let explained: BTreeSet<&str> = documentation
            .lines()
            .filter_map(|line| line.strip_prefix("| `--"))
            .map(|line| {
                let end = line.find([' ', '`']).unwrap();
                &line[..end]
            })
            .collect();
        let told: BTreeSet<&str> = told
            .iter()
            .map(|option| &option[2..])
            .collect();
        assert_eq!(explained, told);
    }
}
