//! Commands and responses, byte by byte.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use shirushi_apdu::{Command, Fault, MalformedCommand, Response, StatusWord};

fn parse(hex: &str) -> Result<Command, MalformedCommand> {
    Command::parse(&hex::decode(hex).unwrap())
}

#[test]
fn the_seven_cases_are_read_and_written_as_iso_says() {
    let header = || Command::new(0x00, 0xB0, 0x01, 0x02);
    let long = vec![0xAA; 300];
    let long_hex = "aa".repeat(300);
    let cases = [
        ("00b00102".to_owned(), header()),
        ("00b0010205".to_owned(), header().ne(5)),
        ("00b0010200".to_owned(), header().ne(256)),
        ("00b0010202cafe".to_owned(), header().data([0xCA, 0xFE])),
        (
            "00b0010202cafe00".to_owned(),
            header().data([0xCA, 0xFE]).ne(256),
        ),
        ("00b00102000101".to_owned(), header().ne(257)),
        ("00b00102000000".to_owned(), header().ne(65536)),
        (
            format!("00b0010200012c{long_hex}"),
            header().data(long.clone()),
        ),
        (
            format!("00b0010200012c{long_hex}0000"),
            header().data(long).ne(65536),
        ),
    ];
    for (hex, command) in cases {
        assert_eq!(parse(&hex).as_ref(), Ok(&command), "{hex:.20}");
        assert_eq!(hex::encode(command.to_bytes()), hex);
    }
}

#[test]
fn an_extended_command_that_could_be_short_is_read_too() {
    let command = parse("00b00102000002cafe0010").unwrap();
    assert_eq!(command.data, [0xCA, 0xFE]);
    assert_eq!(command.expected, Some(16));
    assert_eq!(hex::encode(command.to_bytes()), "00b0010202cafe10");
}

#[test]
fn a_fault_is_told_with_its_place() {
    let fault = |hex| {
        let MalformedCommand { offset, fault } = parse(hex).unwrap_err();
        (offset, fault)
    };
    assert_eq!(fault("00b001"), (3, Fault::HeaderCut));
    assert_eq!(fault(""), (0, Fault::HeaderCut));
    let cut = Fault::DataCut {
        announced: 3,
        present: 2,
    };
    assert_eq!(fault("0020008003cafe"), (5, cut));
    let cut = Fault::DataCut {
        announced: 256,
        present: 1,
    };
    assert_eq!(fault("00200080000100ca"), (7, cut));
    let surplus = Fault::Surplus { surplus: 2 };
    assert_eq!(fault("0020008001ca000102"), (7, surplus));
    assert_eq!(fault("00200080000001ca00000102"), (10, surplus));
    assert_eq!(fault("002000800000"), (4, Fault::LengthField));
    assert_eq!(fault("00200080000000ca"), (4, Fault::LengthField));
    assert_eq!(fault("00200080000001ca00"), (8, Fault::LengthField));
}

#[test]
fn more_data_than_an_apdu_holds_is_refused_by_the_reader_and_not_cut() {
    let command = Command::new(0x80, 0x2A, 0, 0).data(vec![0; 65536]);
    assert_eq!(
        Command::parse(&command.to_bytes()),
        Err(MalformedCommand {
            offset: 7 + 65535,
            fault: Fault::LengthField
        })
    );
}

#[test]
fn debug_shows_no_data() {
    let verify = Command::new(0x00, 0x20, 0x00, 0x80).data(*b"1234");
    assert_eq!(
        format!("{verify:?}"),
        "Command(00 20 00 80, 4 bytes of data)"
    );
    let answer = Response::ok(*b"1234");
    assert_eq!(
        format!("{answer:?}"),
        "Response(4 bytes of data, 9000 (done))"
    );
}

#[test]
fn a_response_ends_with_its_status() {
    let response = Response::parse(&[1, 2, 0x63, 0xC2]).unwrap();
    assert_eq!(response.data, [1, 2]);
    assert_eq!(response.status.tries(), Some(2));
    assert_eq!(response.to_bytes(), [1, 2, 0x63, 0xC2]);
    assert_eq!(
        Response::parse(&[0x90])
            .unwrap_err()
            .length,
        1
    );
}

#[test]
fn a_status_word_says_what_it_means() {
    assert_eq!(StatusWord::tries_left(3), StatusWord(0x63C3));
    assert_eq!(StatusWord::tries_left(200), StatusWord(0x63CF));
    assert_eq!(StatusWord(0x6300).tries(), None);
    assert_eq!(StatusWord(0x9000).tries(), None);
    assert_eq!(StatusWord(0x6100).more_available(), Some(256));
    assert_eq!(StatusWord(0x6C04).exact_length(), Some(4));
    assert_eq!(StatusWord::OK.more_available(), None);
    let shown = [
        (
            StatusWord::FILE_NOT_FOUND,
            "6A82 (file or application not found)",
        ),
        (StatusWord(0x63C0), "63C0 (wrong, 0 tries left)"),
        (StatusWord(0x6110), "6110 (more data available)"),
        (StatusWord(0x66F1), "66F1 (not in the table)"),
    ];
    for (status, text) in shown {
        assert_eq!(status.to_string(), text);
    }
}

fn commands() -> impl Strategy<Value = Command> {
    let data = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..5),
        proptest::collection::vec(any::<u8>(), 250..260),
    ];
    let expected = proptest::option::of(prop_oneof![1..=300_usize, Just(65535), Just(65536)]);
    (any::<[u8; 4]>(), data, expected).prop_map(|([class, instruction, p1, p2], data, expected)| {
        Command {
            class,
            instruction,
            p1,
            p2,
            data,
            expected,
        }
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(command in commands()) {
        prop_assert_eq!(Command::parse(&command.to_bytes()), Ok(command));
    }

    #[test]
    fn any_bytes_are_a_command_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        match Command::parse(&bytes) {
            Ok(command) => prop_assert_eq!(Command::parse(&command.to_bytes()), Ok(command)),
            Err(MalformedCommand { offset, .. }) => prop_assert!(offset <= bytes.len()),
        }
    }
}
