//! Both ends of the channel against each other.
#![allow(clippy::unwrap_used)]

mod applet;
mod bench;
mod openssl;
mod resume;
mod tampering;

use bench::{Reader, ca_certificate, carry_out, certificate, keys, open, personalise, transaction};
use shirushi_apdu::{Command, JPKI_AID, select};
use shirushi_crypto::{CryptoError, Secret, sha256};
use shirushi_personalisation::{
    Answer, CardKeys, ChannelError, HostSession, Kind, MasterKey, PersonalisationCommand as P,
    Stage, TransactionId, commands::belongs_to_channel, initial_pin,
};

/// * a new card is idle; keys are made in it, and their public halves are read
/// * the card waits for the PINs; one alone does not suffice; afterwards none can be set
/// * certificates are written, reported by their digests, and become live with keys and PINs at once
#[test]
fn a_card_goes_from_idle_to_active() {
    let mut reader = Reader::new();
    let (mut host, status) = open(&mut reader, 1).unwrap();
    assert_eq!(status.card_number, bench::NUMBER);
    assert_eq!((status.stage, status.transaction), (Stage::Idle, None));

    let transaction = transaction();
    let kinds = Kind::ALL.to_vec();
    let making = [
        P::Begin { transaction, kinds },
        P::GenerateKey(Kind::Signature),
        P::GenerateKey(Kind::Authentication),
        P::ReadPublicKey(Kind::Signature),
        P::PinsToBeSet,
        P::Status,
    ];
    let answers = carry_out(&mut host, &mut reader, &making).unwrap();
    let Answer::PublicKey(key) = &answers[3] else {
        panic!("no key: {answers:?}");
    };
    assert_eq!(key.len(), 294);
    let Answer::Status(status) = &answers[5] else {
        panic!("no status: {answers:?}");
    };
    assert_eq!(status.stage, Stage::KeysMade);
    assert_eq!(status.transaction, Some(transaction));

    let set = |reader: &mut Reader, kind, pin: &str| {
        let command = initial_pin::set_initial_pin(kind, &Secret::from(pin.as_bytes()));
        reader.send(&command.to_bytes())
    };
    assert_eq!(set(&mut reader, Kind::Signature, "ABC123"), [0x90, 0x00]);
    let mut stage = |reader: &mut Reader| {
        let answers = carry_out(&mut host, reader, &[P::Status]).unwrap();
        match &answers[..] {
            [Answer::Status(status)] => (status.stage, status.certificate_digests.clone()),
            _ => panic!("no status: {answers:?}"),
        }
    };
    assert_eq!(stage(&mut reader).0, Stage::KeysMade);
    assert_eq!(set(&mut reader, Kind::Authentication, "1234"), [0x90, 0x00]);
    assert_eq!(stage(&mut reader), (Stage::PinsSet, Vec::new()));
    assert_eq!(set(&mut reader, Kind::Signature, "XYZ987"), [0x69, 0x85]);

    personalise(&mut reader, 2).unwrap();
    let (_, status) = open(&mut reader, 3).unwrap();
    assert_eq!(status.completed, Some(transaction));
    assert_eq!((status.stage, status.transaction), (Stage::Idle, None));
    let own = certificate(Kind::Signature, key);
    assert!(
        status
            .certificate_digests
            .contains(&(Kind::Signature, sha256(&own)))
    );
    let live = &reader.applet.live[&Kind::Signature];
    assert_eq!(live.pin.as_deref(), Some(b"ABC123".as_slice()));
    assert_eq!(reader.applet.keys_made, 2);
}

#[test]
fn another_transaction_drops_the_pending_set_and_abandoning_too() {
    let mut reader = Reader::new();
    let (mut host, _) = open(&mut reader, 1).unwrap();
    let begin = |id| P::Begin {
        transaction: TransactionId::new([id; 16]),
        kinds: vec![Kind::Signature],
    };
    let commands = [
        begin(1),
        P::GenerateKey(Kind::Signature),
        P::ReadPublicKey(Kind::Signature),
        begin(1),
        P::GenerateKey(Kind::Signature),
        P::ReadPublicKey(Kind::Signature),
        begin(2),
        P::GenerateKey(Kind::Signature),
        P::ReadPublicKey(Kind::Signature),
    ];
    let answers = carry_out(&mut host, &mut reader, &commands).unwrap();
    assert_eq!(answers[2], answers[5]);
    assert_ne!(answers[2], answers[8]);
    let abandon = P::Abandon {
        transaction: TransactionId::new([2; 16]),
    };
    carry_out(&mut host, &mut reader, &[abandon]).unwrap();
    assert_eq!(reader.applet.pending, None);
}

/// * the command refused is named with the card's status word
/// * what followed it in the batch is not carried out
/// * neither end goes on: the host's session is over, the card wants a new one
#[test]
fn a_refused_command_ends_the_channel() {
    let mut reader = Reader::new();
    let (mut host, _) = open(&mut reader, 1).unwrap();
    let begin = P::Begin {
        transaction: transaction(),
        kinds: vec![Kind::Signature],
    };
    let too_early = host.wrap(&P::PinsToBeSet).unwrap();
    let begin_apdus = host.wrap(&begin).unwrap();
    let responses = reader
        .batch(&[too_early, begin_apdus].concat())
        .unwrap();
    assert_eq!(responses, [[0x69, 0x85], [0x69, 0x82]]);
    let refused = host
        .take_answer(&P::PinsToBeSet, &responses[..1])
        .unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the card answered 6985 (conditions of use not satisfied) to instruction E6"
    );
    assert_eq!(reader.applet.pending, None);
    assert_eq!(host.wrap(&P::Status), Err(ChannelError::OutOfOrder));
    assert_eq!(
        host.take_answer(&begin, &responses[1..]),
        Err(ChannelError::OutOfOrder)
    );
}

#[test]
fn a_certificate_too_long_for_the_card_is_not_sent() {
    let mut reader = Reader::new();
    for length in [0, 65536] {
        let (mut host, _) = open(&mut reader, 1).unwrap();
        let write = P::WriteCertificate {
            kind: Kind::Signature,
            der: vec![0; length],
        };
        let most = 65535;
        assert_eq!(
            host.wrap(&write),
            Err(ChannelError::TooLong { length, most })
        );
    }
}

#[test]
fn every_apdu_is_short_and_belongs_to_the_channel() {
    let mut reader = Reader::new();
    let (mut host, opening) = HostSession::start(keys(bench::NUMBER), [1; 8]);
    let authenticating = host
        .authenticate(&reader.batch(&opening).unwrap())
        .unwrap();
    host.status(&reader.batch(&authenticating).unwrap())
        .unwrap();
    let kind = Kind::Authentication;
    let writing = host
        .wrap(&P::WriteCaCertificate {
            kind,
            der: ca_certificate(kind),
        })
        .unwrap();
    assert_eq!(writing.len(), 7);
    for apdu in [opening, authenticating, writing].concat() {
        assert!(apdu.len() <= 261);
        assert!(belongs_to_channel(&Command::parse(&apdu).unwrap()));
    }
    let strangers = [
        Command::new(0x00, 0x20, 0x00, 0x80).data(*b"1234"),
        Command::new(0x80, 0x2A, 0x00, 0x80)
            .data([0; 51])
            .ne(256),
        Command::new(0x84, 0x2A, 0x00, 0x80).data([0; 59]),
        select::application(&JPKI_AID),
        select::file(0x0017),
        initial_pin::set_initial_pin(kind, &Secret::from(b"1234".as_slice())),
    ];
    for command in strangers {
        assert!(!belongs_to_channel(&command), "{command:?}");
    }
}

#[test]
fn nothing_secret_or_personal_is_shown() {
    let secret = Secret::new(vec![0x42; 16]);
    let master = MasterKey::new(secret).unwrap();
    let write = P::WriteCertificate {
        kind: Kind::Signature,
        der: vec![0x42; 900],
    };
    let (host, _) = HostSession::start(keys("1"), [0x42; 8]);
    let shown = format!("{master:?} {:?} {write:?} {host:?}", keys("1"));
    assert!(!shown.contains("66") && !shown.contains("42"), "{shown}");
}

#[test]
fn keys_differ_by_card_and_survive_the_cards_file() {
    assert_ne!(keys("1"), keys("2"));
    let kept = keys("1").to_secret();
    assert_eq!(CardKeys::from_secret(&kept), Ok(keys("1")));
    for length in [0, 16, 31, 33, 40, 80] {
        assert_eq!(
            CardKeys::from_secret(&Secret::new(vec![0; length])),
            Err(CryptoError::KeyLength { length })
        );
    }
    for length in [32, 48, 64] {
        let kept = Secret::new(vec![7; length]);
        let keys = CardKeys::from_secret(&kept).unwrap();
        assert_eq!(keys.to_secret(), kept);
    }
    let short = Secret::new(vec![0; 31]);
    assert_eq!(
        MasterKey::new(short).unwrap_err(),
        CryptoError::KeyLength { length: 31 }
    );
}

#[test]
fn a_transaction_id_is_written_in_hexadecimal() {
    let id = transaction();
    let json = serde_json::to_string(&(id, Kind::Signature, Stage::PinsSet)).unwrap();
    assert_eq!(
        json,
        r#"["11111111111111111111111111111111","signature","pins-set"]"#
    );
    let back: (TransactionId, Kind, Stage) = serde_json::from_str(&json).unwrap();
    assert_eq!(back.0, id);
    assert_eq!(id.to_string().parse(), Ok(id));
    for wrong in ["", "11", &"zz".repeat(16), &"11".repeat(17)] {
        assert!(wrong.parse::<TransactionId>().is_err(), "{wrong}");
    }
}

#[test]
fn an_initial_pin_is_read_only_from_its_own_command() {
    let pin = Secret::from(b"ABC123".as_slice());
    let command = initial_pin::set_initial_pin(Kind::Signature, &pin);
    assert_eq!(hex::encode(command.to_bytes()), "8024009b06414243313233");
    assert_eq!(initial_pin::parse(&command), Some((Kind::Signature, pin)));
    let command = initial_pin::set_initial_pin(Kind::Authentication, &Secret::from([].as_slice()));
    assert_eq!(initial_pin::parse(&command), None);
    let too_long = Command::new(0x80, 0x24, 0x00, 0x98).data([0x31; 17]);
    assert_eq!(initial_pin::parse(&too_long), None);
    let change = Command::new(0x00, 0x24, 0x01, 0x80).data(*b"1234");
    assert_eq!(initial_pin::parse(&change), None);
}
