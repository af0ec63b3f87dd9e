//! Object identifiers of JPKI (`facts/profile-and-rules.md` A.5, `facts/card.md` §7.2) and of the extensions that carry them.
//!
//! The arc 1.2.392.200149.8.5 belongs to the real service; values are only *read and written* here as relying parties meet them
//! on test cards, none is invented under it.

use const_oid::ObjectIdentifier;

const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

/// Policy of the signature certificates in use (署名用電子証明書).
pub const POLICY_SIGNATURE: ObjectIdentifier = oid("1.2.392.200149.8.5.1.1.20");
/// Policy of the user authentication certificates in use (利用者証明用電子証明書).
pub const POLICY_AUTHENTICATION: ObjectIdentifier = oid("1.2.392.200149.8.5.1.3.30");
/// Policy of the signature certificates on test cards, and of the sandbox.
pub const POLICY_SIGNATURE_TEST: ObjectIdentifier = oid("1.2.392.200149.8.5.1.0.20");
/// Policy of the user authentication certificates on test cards, and of the sandbox.
pub const POLICY_AUTHENTICATION_TEST: ObjectIdentifier = oid("1.2.392.200149.8.5.1.0.30");

/// Personal item 氏名.
pub const ITEM_NAME: ObjectIdentifier = oid("1.2.392.200149.8.5.5.1");
/// Personal item 氏名代替文字の使用位置: one digit for each character of the name.
pub const ITEM_NAME_SUBSTITUTES: ObjectIdentifier = oid("1.2.392.200149.8.5.5.2");
/// Personal item 性別.
pub const ITEM_SEX: ObjectIdentifier = oid("1.2.392.200149.8.5.5.3");
/// Personal item 生年月日: an era's digit and eight of the Gregorian date.
pub const ITEM_BIRTH: ObjectIdentifier = oid("1.2.392.200149.8.5.5.4");
/// Personal item 住所.
pub const ITEM_ADDRESS: ObjectIdentifier = oid("1.2.392.200149.8.5.5.5");
/// Personal item 住所代替文字の使用位置: one digit for each character of the address.
pub const ITEM_ADDRESS_SUBSTITUTES: ObjectIdentifier = oid("1.2.392.200149.8.5.5.6");

/// The items in the order in which they stand in a signature certificate.
pub const ITEMS_IN_ORDER: [ObjectIdentifier; 6] = [
    ITEM_NAME,
    ITEM_BIRTH,
    ITEM_SEX,
    ITEM_ADDRESS,
    ITEM_NAME_SUBSTITUTES,
    ITEM_ADDRESS_SUBSTITUTES,
];

/// id-pkix-ocsp-basic, the only response type in use (RFC 6960 §4.2.1).
pub const OCSP_BASIC: ObjectIdentifier = oid("1.3.6.1.5.5.7.48.1.1");
/// id-pkix-ocsp-nonce (RFC 9654 §2.1).
pub const OCSP_NONCE: ObjectIdentifier = oid("1.3.6.1.5.5.7.48.1.2");
/// id-pkix-ocsp-nocheck: the responder's own certificate need not be checked (RFC 6960 §4.2.2.2.1).
pub const OCSP_NO_CHECK: ObjectIdentifier = oid("1.3.6.1.5.5.7.48.1.5");
/// id-qt-cps, a pointer to the practice statement (RFC 5280 §4.2.1.4).
pub const QUALIFIER_CPS: ObjectIdentifier = oid("1.3.6.1.5.5.7.2.1");
/// id-ad-ocsp (RFC 5280 §4.2.2.1).
pub const ACCESS_OCSP: ObjectIdentifier = oid("1.3.6.1.5.5.7.48.1");
/// id-ad-caIssuers (RFC 5280 §4.2.2.1).
pub const ACCESS_CA_ISSUERS: ObjectIdentifier = oid("1.3.6.1.5.5.7.48.2");
