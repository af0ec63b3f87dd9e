//! BER-TLV of cards (`shirushi_apdu::ber`): objects side by side.

use shirushi_apdu::ber;

/// Objects lie inside the bytes, one behind the other; each, written again, is read the same.
pub fn check(bytes: &[u8]) {
    let mut at = 0;
    for object in ber::Reader::new(bytes) {
        let object = match object {
            Ok(object) => object,
            Err(malformed) => {
                assert_eq!(malformed.offset, at);
                continue;
            }
        };
        let length = ber::first_object_length(&bytes[at..]);
        at += length.unwrap_or_else(|| panic!("an object was read at {at}, and none is there"));
        let written = ber::encode(object.tag, object.value);
        let mut again = ber::Reader::new(&written);
        assert_eq!(again.next(), Some(Ok(object)));
        assert!(again.next().is_none());
        assert_eq!(ber::find(&written, object.tag), Some(object.value));
        assert_eq!(ber::first_object_length(&written), Some(written.len()));
    }
    assert!(at <= bytes.len());
}
