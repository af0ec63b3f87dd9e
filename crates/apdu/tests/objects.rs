//! BER-TLV, judged by OpenSSL where DER and BER meet.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use shirushi_apdu::ber::{MalformedTlv, Reader, Tlv, encode, find, first_object_length};
use std::io::Write;
use std::process::{Command, Stdio};

#[test]
fn objects_side_by_side_are_read_with_long_tags_and_lengths_that_are_not_minimal() {
    // As an application of the card writes them (facts/card.md §13): FF40 with a length of 82 00 03.
    let bytes = hex::decode("ff40820003aabbcc5f2e00c0810101").unwrap();
    let objects: Vec<_> = Reader::new(&bytes)
        .map(Result::unwrap)
        .collect();
    let expected = [
        Tlv {
            tag: 0xFF40,
            value: &[0xAA, 0xBB, 0xCC],
        },
        Tlv {
            tag: 0x5F2E,
            value: &[],
        },
        Tlv {
            tag: 0xC0,
            value: &[1],
        },
    ];
    assert_eq!(objects, expected);
    assert_eq!(find(&bytes, 0xC0), Some([1].as_slice()));
    assert_eq!(find(&bytes, 0xC1), None);
    assert_eq!(first_object_length(&bytes), Some(8));
}

#[test]
fn the_length_of_a_cut_object_is_the_length_its_header_says() {
    assert_eq!(first_object_length(&[0x30, 0x82, 0x06, 0x36]), Some(1594));
    assert_eq!(first_object_length(&[0x30, 0x82, 0x06]), None);
    assert_eq!(first_object_length(&[0x30, 0x80]), None);
    assert_eq!(first_object_length(&[0x30, 0x85, 0, 0, 0, 0, 1]), None);
    assert_eq!(first_object_length(&[0xFF; 16]), None);
    assert_eq!(first_object_length(&[]), None);
}

#[test]
fn a_cut_object_ends_the_reading_with_its_place() {
    let bytes = [0xC0, 1, 7, 0xC1, 5, 1];
    let mut reader = Reader::new(&bytes);
    assert_eq!(
        reader.next(),
        Some(Ok(Tlv {
            tag: 0xC0,
            value: &[7]
        }))
    );
    assert_eq!(reader.next(), Some(Err(MalformedTlv { offset: 3 })));
    assert_eq!(reader.next(), None);
}

#[test]
fn openssl_reads_what_is_encoded() {
    for length in [0, 1, 127, 128, 255, 256, 65535, 65536] {
        let object = encode(0x30, &encode(0x04, &vec![0x55; length]));
        let listing = asn1parse(&object);
        let octets = format!("l={length:4} prim: OCTET STRING");
        let listed = listing
            .lines()
            .any(|line| line.contains("d=1") && line.contains(&octets));
        assert!(listed, "{length}: {listing:.300}");
    }
}

fn asn1parse(der: &[u8]) -> String {
    let mut openssl = Command::new("openssl")
        .args(["asn1parse", "-inform", "DER"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("openssl is installed");
    openssl
        .stdin
        .take()
        .unwrap()
        .write_all(der)
        .unwrap();
    let output = openssl.wait_with_output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

proptest! {
    #[test]
    fn what_is_encoded_is_read_back(
        tag in prop_oneof![0x01..=0x1E_u32, Just(0x5F2E), Just(0x7F21), Just(0xDF8101)],
        value in proptest::collection::vec(any::<u8>(), 0..400),
        filler in proptest::collection::vec(Just(0xFF_u8), 0..20),
    ) {
        let mut bytes = encode(tag, &value);
        prop_assert_eq!(first_object_length(&bytes), Some(bytes.len()));
        bytes.extend(filler);
        let first = Reader::new(&bytes).next();
        prop_assert_eq!(first, Some(Ok(Tlv { tag, value: &value })));
    }

    #[test]
    fn any_bytes_are_objects_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
        let objects: Vec<_> = Reader::new(&bytes).collect();
        prop_assert!(objects.len() <= bytes.len());
        let faults = objects.iter().filter(|object| object.is_err()).count();
        prop_assert!(faults <= 1);
    }
}
