//! The text application: its PIN, the four items, and the number that is only read when it is asked for.

use crate::script::{OK, SELECT_ISSUER, SELECT_JPKI, Script, TRIES, rule};
use shirushi_card::{CardError, RegisteredSex, TextApplication, TextInformation, TextPin};
use shirushi_rules::Fact;

const SELECT_TEXT: &str = "00a4040c0ad3921000310001010408";
const PIN_FILE: &str = "00a4020c020011";
const VERIFY: &str = "002000800439393131";
const NUMBER_FILE: &str = "00a4020c020001";
const ITEMS_FILE: &str = "00a4020c020002";
const INFORMATION_FILE: &str = "00a4020c020005";
const READ: &str = "00b0000000";

fn pin() -> TextPin {
    TextPin::new("9911").unwrap()
}

fn open(steps: &[(&str, &str)]) -> TextApplication<Script> {
    TextApplication::open(Script::new(&[&[(SELECT_TEXT, OK)], steps].concat())).unwrap()
}

const VERIFYING: [(&str, &str); 3] = [(PIN_FILE, OK), (TRIES, "63c3"), (VERIFY, OK)];

/// Tag, a length of three bytes that need not be so long, value.
fn object(tag: &str, value: &[u8]) -> Vec<u8> {
    let mut bytes = hex::decode(tag).unwrap();
    bytes.push(0x82);
    bytes.extend(
        u16::try_from(value.len())
            .unwrap()
            .to_be_bytes(),
    );
    bytes.extend(value);
    bytes
}

fn items(changes: &[(&str, &[u8])]) -> Vec<u8> {
    let own: [(&str, &[u8]); 5] = [
        ("df21", &[0, 0x10, 0, 0x20, 0, 0x59, 0, 0x64]),
        ("df22", "印　花子".as_bytes()),
        ("df23", "東京都印市朱肉一丁目１番１号".as_bytes()),
        ("df24", b"19850301"),
        ("df25", b"2"),
    ];
    let content: Vec<u8> = own
        .iter()
        .flat_map(|(tag, value)| {
            let changed = changes
                .iter()
                .find(|(changed, _)| changed == tag);
            object(tag, changed.map_or(*value, |(_, value)| value))
        })
        .collect();
    object("ff20", &content)
}

fn answer(file: &[u8]) -> String {
    format!("{}ffffff9000", hex::encode(file))
}

fn items_of(file: &[u8]) -> Result<shirushi_card::TextItems, CardError> {
    let answer = answer(file);
    let reading = [(ITEMS_FILE, OK), (READ, answer.as_str())];
    let mut card = open(&[VERIFYING.as_slice(), &reading].concat());
    let verified = card.verify(&pin()).unwrap();
    let items = card.items(&verified);
    card.into_inner().finish();
    items
}

#[test]
fn the_four_items_are_found_by_their_tags_whatever_their_lengths_look_like() {
    let items = items_of(&items(&[])).unwrap();
    assert_eq!(items.name, "印　花子");
    assert_eq!(items.address, "東京都印市朱肉一丁目１番１号");
    assert_eq!(
        (items.birth.as_str(), items.sex),
        ("19850301", RegisteredSex::Female)
    );
    assert!(!format!("{items:?}").contains("花子"));
}

#[test]
fn items_longer_than_one_answer_are_read_on() {
    let address = "朱".repeat(200);
    let file = items(&[("df23", address.as_bytes())]);
    assert!(file.len() > 512);
    let chunk = |from: usize, to: usize| format!("{}9000", hex::encode(&file[from..to]));
    let (first, second, third) = (chunk(0, 256), chunk(256, 512), chunk(512, file.len()));
    let last = format!("00b00200{:02x}", file.len() - 512);
    let reading = [
        (ITEMS_FILE, OK),
        (READ, &first),
        ("00b0010000", &second),
        (&last, &third),
    ];
    let mut card = open(&[VERIFYING.as_slice(), &reading].concat());
    let verified = card.verify(&pin()).unwrap();
    assert_eq!(card.items(&verified).unwrap().address, address);
}

#[test]
fn items_that_are_none_are_refused() {
    let mut other = items(&[]);
    other[1] = 0x30;
    // The last item says that it is longer than what holds it.
    let mut short = items(&[]);
    let length = short.len() - 2;
    short[length] = 9;
    for file in [
        other,
        short,
        items(&[("df22", b"")]),
        items(&[("df22", &[0xFF, 0xFE])]),
        items(&[("df23", b"a\nb")]),
        items(&[("df24", b"1985030")]),
        items(&[("df25", b"3")]),
        Vec::new(),
    ] {
        let error = items_of(&file).unwrap_err();
        assert!(
            matches!(
                error,
                CardError::TextFile { file: 2 }
                    | CardError::Malformed { .. }
                    | CardError::Status { .. }
            ),
            "{error:?}"
        );
    }
}

#[test]
fn the_number_has_twelve_digits_and_is_read_by_a_call_of_its_own() {
    let number = |body: &str| {
        let answer = format!("{body}ffff9000");
        let reading = [(NUMBER_FILE, OK), ("00b0000011", answer.as_str())];
        let mut card = open(&[VERIFYING.as_slice(), &reading].concat());
        let verified = card.verify(&pin()).unwrap();
        card.individual_number(&verified)
    };
    let digits = hex::encode("123456789010");
    let read = number(&format!("ff100c{digits}")).unwrap();
    assert_eq!(read.expose(), b"123456789010");
    assert!(!format!("{read:?}").contains("1234"));
    for body in [
        format!("ff110c{digits}"),
        format!("ff100b{}", &digits[2..]),
        format!("ff100c{}", digits.replace("39", "41")),
    ] {
        assert!(
            matches!(number(&body), Err(CardError::TextFile { file: 1 })),
            "{body}"
        );
    }
}

#[test]
fn the_number_is_read_through_drivers_that_ask_twice() {
    let answer = format!("ff100c{}ffff9000", hex::encode("123456789010"));
    for steps in [
        [("00b0000011", "6111"), ("00c0000011", answer.as_str())],
        [("00b0000011", "6c10"), ("00b0000010", answer.as_str())],
    ] {
        let selecting = [(NUMBER_FILE, OK)];
        let mut card = open(&[VERIFYING.as_slice(), &selecting, &steps].concat());
        let verified = card.verify(&pin()).unwrap();
        let number = card
            .individual_number(&verified)
            .unwrap();
        assert_eq!(number.expose(), b"123456789010");
        card.into_inner().finish();
    }
}

#[test]
fn a_card_that_never_names_the_right_length_is_not_asked_for_ever() {
    for steps in [
        [("00b0000011", "6c10"), ("00b0000010", "6c0f")],
        [("00b0000011", "6111"), ("00c0000011", "6c0f")],
        [("00b0000011", "6111"), ("00c0000011", "6111")],
    ] {
        let selecting = [(NUMBER_FILE, OK)];
        let mut card = open(&[VERIFYING.as_slice(), &selecting, &steps].concat());
        let verified = card.verify(&pin()).unwrap();
        let error = card
            .individual_number(&verified)
            .unwrap_err();
        assert!(matches!(error, CardError::Status { .. }), "{error}");
        card.into_inner().finish();
    }
}

#[test]
fn without_the_pin_nothing_is_read() {
    let mut card = open(&[VERIFYING.as_slice(), &[(ITEMS_FILE, OK), (READ, "6982")]].concat());
    let verified = card.verify(&pin()).unwrap();
    assert!(matches!(
        card.items(&verified).unwrap_err(),
        CardError::TextNotVerified
    ));
}

#[test]
fn the_tries_of_its_pin_are_counted_and_told() {
    let mut card = open(&[(PIN_FILE, OK), (TRIES, "63c2"), (VERIFY, "63c1")]);
    assert_eq!(card.tries().unwrap(), 2);
    let error = card.verify(&pin()).unwrap_err();
    let CardError::Refused(refusal) = &error else {
        panic!("{error:?}");
    };
    assert_eq!(rule(&error), "card/pin-right");
    assert_eq!(refusal.report().facts["tries"], Fact::Number(1));
    for locked in ["63c0", "6984", "6983"] {
        let mut card = open(&[(PIN_FILE, OK), (TRIES, locked)]);
        assert_eq!(rule(&card.verify(&pin()).unwrap_err()), "card/pin-tries");
        card.into_inner().finish();
    }
    for wrong in ["123", "12345", "12a4", "１２３４"] {
        assert_eq!(
            TextPin::new(wrong)
                .unwrap_err()
                .rule()
                .id,
            "card/pin-form"
        );
    }
}

#[test]
fn its_pin_is_changed_after_the_old_one() {
    let new = TextPin::new("4444").unwrap();
    let change = "002401800434343434";
    let mut card = open(&[VERIFYING.as_slice(), &[(change, OK)]].concat());
    let verified = card.verify(&pin()).unwrap();
    card.change_pin(&verified, &new)
        .unwrap();
    let mut card = open(&[VERIFYING.as_slice(), &[(change, "6982")]].concat());
    let verified = card.verify(&pin()).unwrap();
    assert!(matches!(
        card.change_pin(&verified, &new)
            .unwrap_err(),
        CardError::TextNotVerified
    ));
}

#[test]
fn what_it_says_about_itself_is_free() {
    let content = [
        object("df41", &[1, 3, 0x0E, 1]),
        object("df42", &[0xFF; 16]),
    ]
    .concat();
    let file = answer(&object("ff40", &content));
    let mut card = open(&[(INFORMATION_FILE, OK), (READ, &file)]);
    assert_eq!(
        card.information().unwrap(),
        Some(TextInformation {
            version: 1,
            extended: 3,
            vendor: 0x0E,
            options: 1
        })
    );
    let mut card = open(&[(INFORMATION_FILE, "6a82")]);
    assert_eq!(card.information().unwrap(), None);
}

#[test]
fn a_card_without_it_says_so_and_it_is_left_like_any_other() {
    let error = TextApplication::open(Script::new(&[(SELECT_TEXT, "6a82")])).unwrap_err();
    assert!(matches!(error, CardError::NoTextApplication { .. }));
    open(&[]).leave().unwrap().finish();
    let left = [(SELECT_ISSUER, "6a82"), (SELECT_JPKI, OK)];
    let mut card = open(&[&VERIFYING[..], &left].concat());
    card.verify(&pin()).unwrap();
    card.leave().unwrap().finish();
}
