//! Scripts of faults, played without a connection, and in the connections of a process.

use crate::{openssl, support::*};
use shirushi_apdu::{StatusWord, Transmit as _, TransmitError};
use shirushi_card::{Card, Credential, Pin};
use shirushi_crypto::SystemRandom;
use shirushi_reader::{CardSource as _, ReaderError};
use shirushi_softcard::{
    CardFile, SoftCard,
    faults::{
        Fault, Faults, Faulty, FaultySource, Garbage, Kind, NotAScript, Outcome, Script, When,
    },
};
use std::{sync::Arc, time::Duration};

fn script(entries: &[(&str, Fault)]) -> Script {
    Script {
        at: entries
            .iter()
            .map(|(when, fault)| (when.parse().unwrap(), *fault))
            .collect(),
        ..Script::default()
    }
}

/// Plays the commands; the answer of the card is always `answer`.
fn play(script: Script, commands: &[&str], answer: &str) -> Vec<Outcome> {
    let mut faults = Faults::new(script);
    commands
        .iter()
        .map(|command| faults.exchange(&bytes(command), |_| bytes(answer), |_| ()))
        .collect()
}

fn answer(text: &str) -> Outcome {
    Outcome::Answer(bytes(text))
}

#[test]
fn commands_are_named_by_number_or_kind() {
    let when = |kind, nth| Ok(When { kind, nth });
    for (text, expected) in [
        ("7", when(Kind::Any, 7)),
        ("sign", when(Kind::Sign, 1)),
        ("verify:2", when(Kind::Verify, 2)),
        ("any:3", when(Kind::Any, 3)),
        ("tries", when(Kind::Tries, 1)),
        ("select:9", when(Kind::Select, 9)),
        ("read", when(Kind::Read, 1)),
        ("change", when(Kind::Change, 1)),
        ("channel:4", when(Kind::Channel, 4)),
        ("0", Err(NotAScript)),
        ("sign:0", Err(NotAScript)),
        ("sign:", Err(NotAScript)),
        ("pin", Err(NotAScript)),
        ("-1", Err(NotAScript)),
        ("", Err(NotAScript)),
    ] {
        assert_eq!(text.parse(), expected, "{text:?}");
    }
}

#[test]
fn each_kind_is_told_from_the_others() {
    let samples = [
        ("select", "00A4040C 0A D392F000260100000001"),
        ("read", "00B00000 00"),
        ("tries", "00200080"),
        ("tries", "00200080 00"),
        ("verify", "00200080 04 34383239"),
        ("change", "00240180 04 31313131"),
        ("change", "80320080 04 31313131"),
        ("change", "80240098 04 31313131"),
        ("sign", "802A0080 02 3031 00"),
        ("channel", "84820100 10 00112233445566778899AABBCCDDEEFF"),
    ];
    for (kind, _) in samples {
        for (other, command) in samples {
            let gone = play(
                script(&[(kind, Fault::Status(StatusWord(0x6F42)))]),
                &[command],
                "9000",
            );
            assert_eq!(gone[0] == answer("6F42"), kind == other, "{kind} {command}");
        }
    }
}

#[test]
fn of_several_faults_that_are_due_the_first_of_the_script_is_taken() {
    let status = |word| Fault::Status(StatusWord(word));
    let script = script(&[
        ("sign:2", status(0x6F01)),
        ("3", status(0x6F02)),
        ("2", status(0x6F03)),
    ]);
    let sign = "802A0080 02 3031 00";
    assert_eq!(
        play(script, &[sign, "00200080", sign, sign], "9000"),
        [
            answer("9000"),
            answer("6F03"),
            answer("6F01"), // the third command as well
            answer("9000"),
        ]
    );
}

#[test]
fn the_time_of_a_command_is_let_pass_before_it_is_carried_out() {
    let script = Script {
        slow: Duration::from_millis(70),
        slow_signature: Duration::from_millis(1000),
        ..Script::default()
    };
    let mut faults = Faults::new(script);
    let log = std::cell::RefCell::new(Vec::new());
    for command in ["00200080", "802A0080 02 3031 00"] {
        faults.exchange(
            &bytes(command),
            |_| {
                log.borrow_mut().push(0);
                bytes("9000")
            },
            |time| log.borrow_mut().push(time.as_millis()),
        );
    }
    assert_eq!(*log.borrow(), [70, 0, 1070, 0]);
}

#[test]
fn a_chain_of_more_data_never_ends_for_who_follows_it() {
    let commands = [
        "00B00000 00",
        "00C00000 01",
        "00C00000 01",
        "00B00000 00",
        "00C00000 01",
    ];
    assert_eq!(
        play(
            script(&[("1", Fault::Garbled(Garbage::MoreData))]),
            &commands,
            "6D00"
        ),
        [
            answer("6101"),
            answer("006101"),
            answer("006101"),
            answer("6D00"), // the card again
            answer("6D00"),
        ]
    );
}

#[test]
fn a_wrong_le_is_never_right_for_who_tries_again_and_nothing_is_carried_out() {
    let mut faults = Faults::new(script(&[("read", Fault::Garbled(Garbage::WrongLe))]));
    let mut carried_out = 0;
    let mut send = |command| {
        faults.exchange(
            &bytes(command),
            |_| {
                carried_out += 1;
                bytes("9000")
            },
            |_| (),
        )
    };
    assert_eq!(send("00B00000 00"), answer("6C01"));
    assert_eq!(send("00B00000 01"), answer("6C02"));
    assert_eq!(send("00B00000 02"), answer("6C03"));
    assert_eq!(send("00B00001 00"), answer("9000"));
    assert_eq!(carried_out, 1);
}

#[test]
fn chance_has_a_rate_and_a_seed() {
    let play = |rate, seed| {
        let script = Script {
            rate,
            seed,
            ..Script::default()
        };
        let mut faults = Faults::new(script);
        // Never the same header twice: no chain is followed.
        let outcomes: Vec<_> = (0..2000_u16)
            .map(|number| {
                let [high, low] = number.to_be_bytes();
                let command = [0x00, 0xB0, high, low, 0x00];
                faults.exchange(&command, |_| vec![0x01, 0x90, 0x00], |_| ())
            })
            .collect();
        assert_eq!(faults.count(), 2000);
        outcomes
    };
    let usual = answer("019000");
    let meets = |outcomes: &[Outcome]| {
        outcomes
            .iter()
            .filter(|o| **o != usual)
            .count()
    };
    assert_eq!(meets(&play(0.0, 1)), 0);
    assert_eq!(meets(&play(1.0, 1)), 2000);
    let some = play(0.1, 1);
    assert!((120..=280).contains(&meets(&some)), "{}", meets(&some));
    assert_eq!(some, play(0.1, 1));
    assert_ne!(some, play(0.1, 2));
    // Everything but silence, which would hold up a whole machine.
    let all = play(1.0, 1);
    for wanted in [
        answer(""),
        answer("90"),
        answer("9000"), // a byte of data is missing
        answer("6101"),
        answer("6C01"),
        answer("6F00"),
        Outcome::Removed {
            answer: None,
            back_after: Duration::from_secs(1),
        },
        Outcome::Removed {
            answer: Some(bytes("019000")),
            back_after: Duration::from_secs(1),
        },
    ] {
        assert!(all.contains(&wanted), "{wanted:?}");
    }
    assert!(
        !all.iter()
            .any(|o| matches!(o, Outcome::Mute { .. }))
    );
}

#[test]
fn response_data_can_be_announced_and_fetched() {
    let script = Script {
        response_chaining: true,
        ..Script::default()
    };
    let data = "AB".repeat(300);
    let mut faults = Faults::new(script);
    let mut carried_out = 0;
    let mut ask = |command: &str, with: &str| {
        let outcome = faults.exchange(
            &bytes(command),
            |_| {
                carried_out += 1;
                bytes(with)
            },
            |_| (),
        );
        match outcome {
            Outcome::Answer(answer) => hex::encode_upper(answer),
            other => panic!("{other:?}"),
        }
    };
    let sign = "802A0080 02 3031 00";
    let signature = format!("{data}9000");
    assert_eq!(ask(sign, &signature), "6100");
    assert_eq!(ask("00C00000 00", ""), format!("{}612C", "AB".repeat(256)));
    assert_eq!(ask("00C00000 2C", ""), format!("{}9000", "AB".repeat(44)));
    // What was fetched is gone; what is not fetched at once, too.
    assert_eq!(ask("00C00000 00", "6D00"), "6D00");
    assert_eq!(ask(sign, &signature), "6100");
    assert_eq!(ask("00200080", "63C3"), "63C3");
    assert_eq!(ask("00C00000 00", "6D00"), "6D00");
    // In small parts; with a status word of its own.
    assert_eq!(ask(sign, "0102036282"), "6103");
    assert_eq!(ask("00C00000 02", ""), "01026101");
    assert_eq!(ask("00C00000 01", ""), "036282");
    // Commands without data have room for theirs.
    assert_eq!(ask("00B00000 00", "01029000"), "01029000");
    assert_eq!(carried_out, 7);
}

#[test]
fn reads_of_another_length_can_be_refused_with_the_right_one() {
    let script = Script {
        exact_le: true,
        ..Script::default()
    };
    let (card, _) = personalised();
    let mut card = Faulty::new(card, Faults::new(script));
    let mut ask = |command: &str| hex::encode_upper(card.transmit(&bytes(command)).unwrap());
    ask(SELECT_JPKI);
    assert_eq!(ask("00B08600 00"), "6CA0"); // token information, 160 bytes
    assert_eq!(ask("00B08600 A0").len(), 324);
    assert_eq!(ask("00B08600 20").len(), 68);
    assert_eq!(ask("00B08800 04"), "6C03");
    assert_eq!(ask("00B08800 03"), "8F8F009000");
    assert_eq!(ask("00B08F00 00"), "6A82");
    ask("00B08A00 00"); // a whole block of 256 is exact
    assert_eq!(ask("00B00000 00").len(), 516);
}

#[test]
fn a_client_that_follows_chains_notices_nothing() {
    let script = Script {
        response_chaining: true,
        exact_le: true,
        ..Script::default()
    };
    let (card, _) = personalised();
    let mut connection = Faulty::new(card, Faults::new(script));
    let mut card = Card::open(&mut connection).unwrap();
    let credential = Credential::Authentication;
    let certificate = card
        .certificate(credential, None)
        .unwrap();
    let (mut plain, _) = personalised();
    send(&mut plain, SELECT_JPKI);
    assert_eq!(certificate, read_certificate(&mut plain, 0x000A));
    let pin = Pin::new(credential, AUTHENTICATION_PIN).unwrap();
    let verified = card.verify(credential, &pin).unwrap();
    let mut info = bytes("3031300D060960864801650304020105000420");
    info.extend_from_slice(&shirushi_crypto::sha256(b"filing"));
    let signature = card
        .sign_digest_info(credential, &verified, &info)
        .unwrap();
    assert!(openssl::verifies(&certificate, b"filing", &signature, &[]));
    card.leave().unwrap();
    assert!(connection.count() > 10);
}

#[test]
fn a_connection_whose_card_was_torn_stays_dead() {
    let (card, _) = personalised();
    let mut card = Faulty::new(card, Faults::new(script(&[("2", Fault::TornAfter)])));
    assert!(
        card.transmit(&bytes(SELECT_JPKI))
            .is_ok()
    );
    for _ in 0..2 {
        let gone = card.transmit(&bytes("00200098 04 39393939"));
        assert!(matches!(gone, Err(TransmitError::CardGone)));
    }
    assert_eq!(card.count(), 2);
    let mut card = card.into_inner();
    send(&mut card, SELECT_JPKI);
    assert_eq!(send(&mut card, "00200098"), "63C2");

    let mut card = Faulty::new(card, Faults::new(script(&[("1", Fault::Mute)])));
    for _ in 0..2 {
        let silent = card.transmit(&bytes(SELECT_JPKI));
        assert!(matches!(silent, Err(TransmitError::Other { .. })));
    }
}

#[test]
fn a_script_goes_on_over_the_connections_to_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("card");
    drop(
        SoftCard::create_file(
            &path,
            manufacture(shirushi_softcard::Variant::default()),
            Arc::new(SystemRandom),
        )
        .unwrap(),
    );
    let script = Script {
        return_after: Duration::from_millis(200),
        ..script(&[("3", Fault::PulledAfter)])
    };
    let source = FaultySource::new(
        CardFile::new(&path, Arc::new(SystemRandom)),
        Faults::new(script),
    );
    let select = bytes(SELECT_JPKI);
    let known = source.readers().unwrap();
    let mut first = source.connect(&known[0].id).unwrap();
    first.transmit(&select).unwrap();
    drop(first);
    let mut second = source.connect(&known[0].id).unwrap();
    second.transmit(&select).unwrap();
    assert_eq!(second.transmit(&select).unwrap(), [0x90, 0x00]);
    assert!(matches!(
        second.transmit(&select),
        Err(TransmitError::CardGone)
    ));
    drop(second);
    let out = source
        .wait(&known, Duration::from_secs(20))
        .unwrap();
    assert!(!out[0].has_card);
    assert!(matches!(
        source.connect(&known[0].id),
        Err(ReaderError::NoCard)
    ));
    let back = source
        .wait(&out, Duration::from_secs(20))
        .unwrap();
    assert!(back[0].has_card);
    assert!(known[0].changes < out[0].changes && out[0].changes < back[0].changes);
    let mut third = source.connect(&known[0].id).unwrap();
    third.transmit(&select).unwrap();
    assert_eq!(source.count(), 4);
}
