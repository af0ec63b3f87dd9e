//! The issuer's visits, over the channel of `shirushi_personalisation`.
//!
//! * Keys are made in the card; nothing of a pending set is seen through the JPKI application before it is activated.
//! * PINs are set between the two channels, only then, and only for the kinds that are being made.
//! * Power may fail anywhere: the card says where it stands, and every command may be repeated.
//! * A second personalisation of one kind leaves the other kind as it is.

use crate::{openssl, support::*};
use shirushi_apdu::StatusWord;
use shirushi_personalisation::{
    Answer, ChannelError, Kind, PersonalisationCommand as Command, Stage, TransactionId,
};
use shirushi_softcard::{SoftCard, Variant};

const TRANSACTION: [u8; 16] = [0x22; 16];

fn begin(kinds: &[Kind]) -> Command {
    Command::Begin {
        transaction: TransactionId::new(TRANSACTION),
        kinds: kinds.to_vec(),
    }
}

fn activate() -> Command {
    Command::Activate {
        transaction: TransactionId::new(TRANSACTION),
    }
}

fn certificate(kind: Kind, der: &[u8]) -> Command {
    Command::WriteCertificate {
        kind,
        der: der.to_vec(),
    }
}

fn ca_certificate(kind: Kind, der: &[u8]) -> Command {
    Command::WriteCaCertificate {
        kind,
        der: der.to_vec(),
    }
}

/// Runs one command in a channel of its own; a refusal as its status word.
fn alone(card: &mut SoftCard, command: &Command) -> Result<Answer, StatusWord> {
    match open_channel(card).try_run(card, command) {
        Ok(answer) => Ok(answer),
        Err(ChannelError::Refused { status, .. }) => Err(status),
        Err(other) => panic!("{other}"),
    }
}

fn stage(card: &mut SoftCard) -> Stage {
    open_channel(card).status.stage
}

fn set_pin(card: &mut SoftCard, p2: u8, pin: &str) -> String {
    assert_eq!(send(card, SELECT_JPKI), "9000");
    let command = [&[0x80, 0x24, 0x00, p2, pin.len() as u8], pin.as_bytes()].concat();
    hex::encode_upper(card.answer(&command))
}

#[test]
fn each_stage_takes_its_own_commands_only_and_a_repetition_changes_nothing() {
    let (mut card, disk) = blank(Variant::default());
    let der = openssl::authority().certificate.clone();
    let both = begin(&Kind::ALL);
    let signature = Command::GenerateKey(Kind::Signature);
    let authentication = Command::GenerateKey(Kind::Authentication);
    let read = Command::ReadPublicKey(Kind::Signature);
    let refused = Err(StatusWord::CONDITIONS);

    for early in [&signature, &Command::PinsToBeSet, &activate()] {
        assert_eq!(alone(&mut card, early), refused);
    }
    assert_eq!(set_pin(&mut card, 0x98, "1234"), "6985");
    assert_eq!(alone(&mut card, &both), Ok(Answer::Done));
    assert_eq!(
        alone(&mut card, &read),
        Err(StatusWord::REFERENCED_DATA_NOT_FOUND)
    );
    assert_eq!(alone(&mut card, &signature), Ok(Answer::Done));
    let key = alone(&mut card, &read);
    assert_eq!(alone(&mut card, &Command::PinsToBeSet), refused);
    assert_eq!(alone(&mut card, &authentication), Ok(Answer::Done));
    assert_eq!(stage(&mut card), Stage::Idle);
    let before = disk.replaced();
    for again in [&both, &signature, &authentication] {
        assert_eq!(alone(&mut card, again), Ok(Answer::Done));
    }
    assert_eq!(disk.replaced(), before);
    assert_eq!(alone(&mut card, &read), key, "the key is kept");

    assert_eq!(set_pin(&mut card, 0x98, "1234"), "6985");
    assert_eq!(alone(&mut card, &Command::PinsToBeSet), Ok(Answer::Done));
    assert_eq!(stage(&mut card), Stage::KeysMade);
    let write = certificate(Kind::Signature, &der);
    assert_eq!(alone(&mut card, &write), refused);
    assert_eq!(set_pin(&mut card, 0x98, "12345"), "6A80");
    assert_eq!(set_pin(&mut card, 0x9B, "lower1"), "6A80");
    assert_eq!(set_pin(&mut card, 0x9A, "123456"), "6A86");
    assert_eq!(set_pin(&mut card, 0x98, ""), "6700");
    assert_eq!(set_pin(&mut card, 0x98, "1234"), "9000");
    assert_eq!(set_pin(&mut card, 0x98, "2345"), "9000"); // the answer may have been lost
    assert_eq!(stage(&mut card), Stage::KeysMade);
    assert_eq!(set_pin(&mut card, 0x9B, "ABC123"), "9000");
    assert_eq!(stage(&mut card), Stage::PinsSet);
    assert_eq!(set_pin(&mut card, 0x98, "1234"), "6985");

    for kind in Kind::ALL {
        assert_eq!(alone(&mut card, &activate()), refused);
        assert_eq!(alone(&mut card, &certificate(kind, &der)), Ok(Answer::Done));
        assert_eq!(alone(&mut card, &activate()), refused);
        assert_eq!(
            alone(&mut card, &ca_certificate(kind, &der)),
            Ok(Answer::Done)
        );
    }
    let status = open_channel(&mut card).status;
    assert_eq!(status.stage, Stage::CertificatesWritten);
    let digest = shirushi_crypto::sha256(&der);
    assert_eq!(
        status.certificate_digests,
        [(Kind::Signature, digest), (Kind::Authentication, digest)]
    );

    assert_eq!(send(&mut card, SELECT_JPKI), "9000");
    assert_eq!(send(&mut card, "00200098"), "63C0", "nothing is live yet");
    assert_eq!(send(&mut card, "00B08800 03"), "0000009000");
    assert_eq!(alone(&mut card, &activate()), Ok(Answer::Done));
    let before = disk.replaced();
    assert_eq!(alone(&mut card, &activate()), Ok(Answer::Done));
    assert_eq!(disk.replaced(), before);
    assert_eq!(alone(&mut card, &both), refused, "that one is finished");
    let status = open_channel(&mut card).status;
    assert_eq!(status.completed, Some(TransactionId::new(TRANSACTION)));
    assert_eq!((status.stage, status.transaction), (Stage::Idle, None));
    assert_eq!(send(&mut card, SELECT_JPKI), "9000");
    assert_eq!(verify(&mut card, 0x98, "2345"), "9000");
    assert_eq!(verify(&mut card, 0x9B, "ABC123"), "9000");
}

#[test]
fn a_new_signature_certificate_leaves_the_authentication_one_as_it_is() {
    let (mut card, _) = personalised();
    assert_eq!(send(&mut card, SELECT_JPKI), "9000");
    for tries in ["63C4", "63C3", "63C2", "63C1", "63C0"] {
        assert_eq!(verify(&mut card, 0x9B, "FORGOTTEN"), tries);
    }
    assert_eq!(verify(&mut card, 0x98, "9999"), "63C2");
    let authentication = read_certificate(&mut card, 0x000A);
    let visit = Visit {
        transaction: TRANSACTION,
        kinds: &[Kind::Signature],
        signature_password: "NEWONE2026",
        authentication_pin: "unused",
    };
    let written = personalise(&mut card, &visit);
    assert_eq!(send(&mut card, SELECT_JPKI), "9000");
    assert_eq!(read_certificate(&mut card, 0x000A), authentication);
    assert_eq!(send(&mut card, "00200098"), "63C2");
    assert_eq!(verify(&mut card, 0x98, AUTHENTICATION_PIN), "9000");
    assert_eq!(send(&mut card, "0020009B"), "63C5");
    assert_eq!(verify(&mut card, 0x9B, SIGNATURE_PASSWORD), "63C4");
    assert_eq!(verify(&mut card, 0x9B, "NEWONE2026"), "9000");
    let certificate = read_certificate(&mut card, 0x0001);
    assert_eq!(
        written.certificates,
        [(Kind::Signature, certificate.clone())]
    );
    let mut signature = card.answer(&bytes("802A039A 06 66696C696E67 00"));
    assert_eq!(signature.split_off(256), [0x90, 0x00]);
    assert!(openssl::verifies(&certificate, b"filing", &signature, &[]));
}

#[test]
fn the_live_set_works_until_the_pending_one_is_activated_or_abandoned() {
    let (mut card, disk) = personalised();
    assert_eq!(
        alone(&mut card, &begin(&[Kind::Signature])),
        Ok(Answer::Done)
    );
    let made = alone(&mut card, &Command::GenerateKey(Kind::Signature));
    assert_eq!(made, Ok(Answer::Done));
    let other = alone(&mut card, &Command::GenerateKey(Kind::Authentication));
    assert_eq!(
        other,
        Err(StatusWord::CONDITIONS),
        "not of this transaction"
    );
    assert_eq!(alone(&mut card, &Command::PinsToBeSet), Ok(Answer::Done));
    assert_eq!(set_pin(&mut card, 0x98, "1234"), "6985");
    assert_eq!(set_pin(&mut card, 0x9B, "PENDING1"), "9000");

    let mut card = open(&disk);
    assert_eq!(
        stage(&mut card),
        Stage::PinsSet,
        "after a power cut as well"
    );
    assert_eq!(send(&mut card, SELECT_JPKI), "9000");
    assert_eq!(verify(&mut card, 0x9B, "PENDING1"), "63C4");
    assert_eq!(verify(&mut card, 0x9B, SIGNATURE_PASSWORD), "9000");
    assert!(send(&mut card, "802A039A 01 41 00").ends_with("9000"));

    let foreign = Command::Abandon {
        transaction: TransactionId::new([0x33; 16]),
    };
    assert_eq!(alone(&mut card, &foreign), Ok(Answer::Done));
    assert_eq!(stage(&mut card), Stage::PinsSet);
    let own = Command::Abandon {
        transaction: TransactionId::new(TRANSACTION),
    };
    assert_eq!(alone(&mut card, &own), Ok(Answer::Done));
    let status = open_channel(&mut card).status;
    assert_eq!((status.stage, status.transaction), (Stage::Idle, None));
    assert_eq!(
        status.completed,
        Some(TransactionId::new(FIRST.transaction))
    );
    assert_eq!(status.certificate_digests.len(), 2);
}

#[test]
fn another_transaction_drops_what_is_pending() {
    let (mut card, _) = blank(Variant::default());
    assert_eq!(alone(&mut card, &begin(&Kind::ALL)), Ok(Answer::Done));
    let generate = Command::GenerateKey(Kind::Signature);
    assert_eq!(alone(&mut card, &generate), Ok(Answer::Done));
    let other = Command::Begin {
        transaction: TransactionId::new([0x33; 16]),
        kinds: vec![Kind::Authentication],
    };
    assert_eq!(alone(&mut card, &other), Ok(Answer::Done));
    let status = open_channel(&mut card).status;
    assert_eq!(status.kinds, [Kind::Authentication]);
    assert_eq!(
        alone(&mut card, &Command::ReadPublicKey(Kind::Signature)),
        Err(StatusWord::REFERENCED_DATA_NOT_FOUND)
    );
}

#[test]
fn a_certificate_longer_than_its_file_is_refused() {
    let (mut card, _) = blank(Variant::default());
    let mut channel = open_channel(&mut card);
    channel.run(&mut card, &begin(&[Kind::Authentication]));
    channel.run(&mut card, &Command::GenerateKey(Kind::Authentication));
    channel.run(&mut card, &Command::PinsToBeSet);
    assert_eq!(set_pin(&mut card, 0x98, "1234"), "9000");
    let long = certificate(Kind::Authentication, &[0x30; 0x7001]);
    assert_eq!(alone(&mut card, &long), Err(StatusWord::NOT_ENOUGH_MEMORY));
    assert_eq!(stage(&mut card), Stage::PinsSet);
}

#[test]
fn the_channel_ends_when_its_domain_is_left_or_power_is_lost() {
    let leaves: [fn(&mut SoftCard); 4] = [
        |card| assert_eq!(send(card, SELECT_JPKI), "9000"),
        |card| assert_eq!(send(card, SELECT_ISSUER), "9000"),
        SoftCard::reset,
        |card| {
            card.power_off();
            card.power_on();
        },
    ];
    for leave in leaves {
        let (mut card, _) = blank(Variant::default());
        let mut channel = open_channel(&mut card);
        channel.run(&mut card, &Command::Status);
        leave(&mut card);
        let refused = channel.try_run(&mut card, &Command::Status);
        assert!(refused.is_err(), "{refused:?}");
    }
}

#[test]
fn a_disk_that_fails_costs_one_answer_and_no_state() {
    let (mut card, disk) = blank(Variant::default());
    disk.fail_at(0);
    let refused = alone(&mut card, &begin(&Kind::ALL));
    assert_eq!(refused, Err(StatusWord::MEMORY));
    assert_eq!(
        open_channel(&mut card)
            .status
            .transaction,
        None
    );
    assert_eq!(alone(&mut card, &begin(&Kind::ALL)), Ok(Answer::Done));
}
