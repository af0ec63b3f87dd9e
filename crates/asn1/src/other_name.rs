//! OtherName with a UTF8String: how a signature certificate carries the personal items.

use const_oid::ObjectIdentifier;
use der::{Any, Tag, Tagged, asn1::Utf8StringRef};
use x509_cert::ext::pkix::name::{GeneralName, OtherName};

/// An `otherName` whose value is `text`.
///
/// ```text
/// OtherName ::= SEQUENCE {
///     type-id    OBJECT IDENTIFIER,
///     value      [0] EXPLICIT ANY DEFINED BY type-id
/// }
/// ```
///
/// [RFC 5280 §4.2.1.6](https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.6); the UTF8String is JPKI's choice
/// (`facts/profile-and-rules.md` A.5).
///
/// # Errors
/// The library's, for a text longer than DER's lengths reach.
pub fn utf8(type_id: ObjectIdentifier, text: &str) -> Result<GeneralName, der::Error> {
    let value = Any::encode_from(&Utf8StringRef::new(text)?)?;
    Ok(GeneralName::OtherName(OtherName { type_id, value }))
}

/// The identifier and text of an `otherName` with a UTF8String; none for every other name.
#[must_use]
pub fn as_utf8(name: &GeneralName) -> Option<(ObjectIdentifier, &str)> {
    let GeneralName::OtherName(other) = name else {
        return None;
    };
    if other.value.tag() != Tag::Utf8String {
        return None;
    }
    let text = std::str::from_utf8(other.value.value()).ok()?;
    Some((other.type_id, text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oid;
    use der::{Decode, Encode};

    #[test]
    fn a_name_is_encoded_as_the_cards_have_it() {
        let name = utf8(oid::ITEM_SEX, "1").unwrap();
        let der = name.to_der().unwrap();
        // [0] { OID 1.2.392.200149.8.5.5.3, [0] { UTF8String "1" } }
        assert_eq!(
            hex::encode(&der),
            "a011060a2a8308 8c9b55080505 03a0030c0131".replace(' ', "")
        );
        let again = GeneralName::from_der(&der).unwrap();
        assert_eq!(as_utf8(&again), Some((oid::ITEM_SEX, "1")));
    }
}
