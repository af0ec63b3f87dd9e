//! Between the ends anyone may read, change, repeat, drop and swap. None of it has an effect.

use crate::bench::{NUMBER, Reader, keys, open, transaction};
use shirushi_apdu::{Command, StatusWord};
use shirushi_personalisation::{
    Answer, ChannelError, HostSession, Kind, PersonalisationCommand as P,
};

fn begin() -> P {
    P::Begin {
        transaction: transaction(),
        kinds: vec![Kind::Signature],
    }
}

fn begin_again() -> P {
    P::Begin {
        transaction: transaction(),
        kinds: Kind::ALL.to_vec(),
    }
}

fn refused(response: &[u8]) -> bool {
    response != [0x90, 0x00] && response.len() == 2
}

/// Begin has 17 bytes of data, two blocks when enciphered.
const BEGIN_LEN: usize = 5 + 32 + 8;

/// For every bit of a command's header, ciphertext and MAC (Le is the transport's and bears no meaning): the card refuses it,
/// nothing changes, and the untouched command is not accepted afterwards either.
#[test]
fn a_changed_command_is_refused_and_closes_the_channel() {
    for bit in 0..BEGIN_LEN * 8 {
        let mut reader = Reader::new();
        let (mut host, _) = open(&mut reader, 1).unwrap();
        let apdus = host.wrap(&begin()).unwrap();
        let mut changed = apdus[0].clone();
        assert_eq!(changed.len(), BEGIN_LEN + 1);
        changed[bit / 8] ^= 1 << (bit % 8);
        // A changed Lc makes bytes that are no command; a card answers 6700 to them before the channel sees them.
        if Command::parse(&changed).is_err() {
            continue;
        }
        // Without its secure messaging bit the class is another channel's or none.
        assert!(refused(&reader.send(&changed)), "bit {bit}");
        assert!(refused(&reader.send(&apdus[0])), "bit {bit}");
        assert_eq!(reader.applet.pending, None);
    }
}

/// Whatever is missing at the end of a command's data, its length told truly or not.
#[test]
fn a_command_cut_short_is_refused() {
    for length in 0..BEGIN_LEN - 5 {
        let mut reader = Reader::new();
        let (mut host, _) = open(&mut reader, 1).unwrap();
        let apdus = host.wrap(&begin()).unwrap();
        let whole = Command::parse(&apdus[0]).unwrap();
        let cut = whole
            .clone()
            .data(&whole.data[..length]);
        assert!(refused(&reader.send(&cut.to_bytes())), "{length}");
        assert!(Command::parse(&apdus[0][..5 + length]).is_err() || length == 0);
        assert!(refused(&reader.send(&apdus[0])), "{length}");
        assert_eq!(reader.applet.pending, None);
    }
}

/// What travels is no certificate and no status that somebody on the way could read.
#[test]
fn nothing_is_readable_on_the_way() {
    let mut reader = Reader::new();
    let (mut host, _) = open(&mut reader, 1).unwrap();
    let apdus = host.wrap(&begin()).unwrap();
    let responses = reader.batch(&apdus).unwrap();
    host.take_answer(&begin(), &responses)
        .unwrap();
    let status = host.wrap(&P::Status).unwrap();
    let response = reader.send(&status[0]);
    let shows = |bytes: &[u8], what: &[u8]| {
        bytes
            .windows(what.len())
            .any(|w| w == what)
    };
    assert!(!shows(&apdus[0], &transaction().as_bytes()[..4]));
    assert!(!shows(&response, &transaction().as_bytes()[..4]));
    assert!(!shows(&response, NUMBER.as_bytes()));
    let answer = host.take_answer(&P::Status, &[response]);
    assert!(matches!(answer, Ok(Answer::Status(status)) if status.card_number == NUMBER));
}

#[test]
fn a_changed_answer_is_refused() {
    let status_length = {
        let mut reader = Reader::new();
        let (mut host, _) = open(&mut reader, 1).unwrap();
        let apdus = host.wrap(&P::Status).unwrap();
        reader.send(&apdus[0]).len()
    };
    assert!(status_length > 20);
    for bit in 0..status_length * 8 {
        let mut reader = Reader::new();
        let (mut host, _) = open(&mut reader, 1).unwrap();
        let apdus = host.wrap(&P::Status).unwrap();
        let mut response = reader.send(&apdus[0]);
        response[bit / 8] ^= 1 << (bit % 8);
        let error = host
            .take_answer(&P::Status, &[response])
            .unwrap_err();
        let in_status_word = bit / 8 >= status_length - 2;
        match error {
            ChannelError::Refused { .. } => assert!(in_status_word),
            error => assert_eq!(error, ChannelError::ResponseMac),
        }
        assert_eq!(host.wrap(&P::Status), Err(ChannelError::OutOfOrder));
    }
}

#[test]
fn an_answer_that_is_no_response_is_malformed() {
    let mut reader = Reader::new();
    let (mut host, _) = open(&mut reader, 1).unwrap();
    host.wrap(&P::Status).unwrap();
    assert_eq!(
        host.take_answer(&P::Status, &[vec![0x90]]),
        Err(ChannelError::Malformed { instruction: 0xF2 })
    );
}

#[test]
fn a_repeated_command_is_refused() {
    let mut reader = Reader::new();
    let (mut host, _) = open(&mut reader, 1).unwrap();
    let apdus = host.wrap(&P::Status).unwrap();
    assert!(!refused(&reader.send(&apdus[0])));
    assert_eq!(reader.send(&apdus[0]), [0x69, 0x88]);
    assert_eq!(reader.send(&apdus[0]), [0x69, 0x82]);
}

#[test]
fn swapped_and_dropped_commands_are_refused() {
    for drop_first in [false, true] {
        let mut reader = Reader::new();
        let (mut host, _) = open(&mut reader, 1).unwrap();
        let first = host.wrap(&begin()).unwrap();
        let second = host
            .wrap(&P::GenerateKey(Kind::Signature))
            .unwrap();
        assert_eq!(reader.send(&second[0]), [0x69, 0x88]);
        if !drop_first {
            assert_eq!(reader.send(&first[0]), [0x69, 0x82]);
        }
        assert_eq!(reader.applet.pending, None);
    }
}

/// Two commands that are both answered with nothing but 9000: one answer must not stand for the other.
#[test]
fn swapped_and_repeated_answers_are_refused() {
    for chosen in [[1, 0], [0, 0]] {
        let mut reader = Reader::new();
        let (mut host, _) = open(&mut reader, 1).unwrap();
        let commands = [begin(), begin_again()];
        let apdus: Vec<_> = commands
            .iter()
            .flat_map(|command| host.wrap(command).unwrap())
            .collect();
        let responses = reader.batch(&apdus).unwrap();
        let answers: Vec<_> = commands
            .iter()
            .zip(chosen)
            .map(|(command, index)| host.take_answer(command, &[responses[index].clone()]))
            .collect();
        let expected = match chosen {
            [1, 0] => [
                Err(ChannelError::ResponseMac),
                Err(ChannelError::OutOfOrder),
            ],
            _ => [Ok(Answer::Done), Err(ChannelError::ResponseMac)],
        };
        assert_eq!(answers, expected);
    }
}

#[test]
fn answers_are_taken_for_the_command_they_answer_only() {
    let mut reader = Reader::new();
    let (mut host, _) = open(&mut reader, 1).unwrap();
    let apdus = host.wrap(&begin()).unwrap();
    let responses = reader.batch(&apdus).unwrap();
    assert_eq!(
        host.take_answer(&begin_again(), &responses),
        Err(ChannelError::OutOfOrder)
    );
}

#[test]
fn a_recorded_session_opens_nothing() {
    let mut reader = Reader::new();
    let (mut host, opening) = HostSession::start(keys(NUMBER), [1; 8]);
    let responses = reader.batch(&opening).unwrap();
    let authenticating = host.authenticate(&responses).unwrap();
    assert!(!refused(&reader.batch(&authenticating).unwrap()[1]));
    // Replayed to the card, whose challenge is another one now.
    reader.batch(&opening).unwrap();
    let replayed = reader.batch(&authenticating).unwrap();
    assert_eq!(replayed, [[0x69, 0x88], [0x69, 0x82]]);
    // Replayed to the host, whose challenge is another one now.
    let (mut host, _) = HostSession::start(keys(NUMBER), [2; 8]);
    assert_eq!(host.authenticate(&responses), Err(ChannelError::OtherCard));
}

#[test]
fn another_card_is_recognised_and_another_host_is_not_let_in() {
    let mut reader = Reader::new();
    let (mut host, opening) = HostSession::start(keys("another"), [1; 8]);
    let responses = reader.batch(&opening).unwrap();
    assert_eq!(host.authenticate(&responses), Err(ChannelError::OtherCard));
    // One who does not check the card and goes on with keys of its own.
    let guess = Command::new(0x84, 0x82, 0x11, 0x00).data([0x5A; 16]);
    assert_eq!(reader.send(&guess.to_bytes()), [0x69, 0x88]);
    let status = Command::new(0x84, 0xF2, 0x00, 0x00).data([0; 8]);
    assert_eq!(reader.send(&status.to_bytes()), [0x69, 0x82]);
}

#[test]
fn without_a_channel_nothing_is_answered() {
    let mut reader = Reader::new();
    for instruction in [0xE0, 0xE2, 0xE4, 0xE6, 0xE8, 0xEA, 0xEC, 0xF2] {
        for class in [0x80, 0x84] {
            let command = Command::new(class, instruction, 0, 0).data([0; 24]);
            let response = reader.send(&command.to_bytes());
            assert_eq!(response, [0x69, 0x82], "{class:02X} {instruction:02X}");
        }
    }
    let others = [
        (0x80, 0x2A, StatusWord::INSTRUCTION),
        (0x00, 0xB0, StatusWord::CLASS),
    ];
    for (class, instruction, status) in others {
        let command = Command::new(class, instruction, 0, 0);
        assert_eq!(reader.send(&command.to_bytes()), status.0.to_be_bytes());
    }
    assert_eq!(reader.applet.pending, None);
}

/// * a level that is none is refused
/// * another level than the host asked for is noticed, since the MAC covers it
#[test]
fn another_security_level_is_refused() {
    for (level, status) in [
        (0x00, [0x6A, 0x86]),
        (0x31, [0x6A, 0x86]),
        (0x01, [0x69, 0x88]),
        (0x13, [0x69, 0x88]),
    ] {
        let mut reader = Reader::new();
        let (mut host, opening) = HostSession::start(keys(NUMBER), [1; 8]);
        let responses = reader.batch(&opening).unwrap();
        let mut authenticating = host.authenticate(&responses).unwrap();
        assert_eq!(authenticating[0][2], 0x33);
        authenticating[0][2] = level;
        assert_eq!(reader.send(&authenticating[0]), status);
        assert_eq!(reader.send(&authenticating[1]), [0x69, 0x82]);
    }
}

#[test]
fn a_plain_command_within_the_channel_closes_it() {
    let mut reader = Reader::new();
    let (mut host, _) = open(&mut reader, 1).unwrap();
    let status = host.wrap(&P::Status).unwrap();
    let plain = Command::new(0x80, 0xF2, 0x00, 0x00);
    assert_eq!(reader.send(&plain.to_bytes()), [0x69, 0x82]);
    assert_eq!(reader.send(&status[0]), [0x69, 0x82]);
}
