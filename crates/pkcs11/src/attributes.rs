//! Attributes of objects (§4 of the specification), as the bytes that C_GetAttributeValue writes.

use crate::{
    Fault, Keys,
    contents::Contents,
    mechanism::signing,
    object::Kind,
    token::{Profile, profile},
};
use cryptoki_sys::*;
use der::{Encode, asn1::OctetStringRef};
use shirushi_card::Credential;
use shirushi_crypto::sha1;
use shirushi_profile::Certificate;

/// What an object must have to be found: types and values.
pub type Template = Vec<(CK_ATTRIBUTE_TYPE, Vec<u8>)>;

/// What the module offers to do with a token's key.
#[derive(Clone, Copy)]
pub(crate) struct Offer {
    pub(crate) has_pss: bool,
    /// Whether a log-in is good for a signature where each takes the password.
    pub(crate) is_sign_once: bool,
}

/// The value of an attribute of an object that the token has.
pub(crate) fn value(
    kind: Kind,
    contents: &Contents,
    credential: Credential,
    offer: Offer,
    attribute: CK_ATTRIBUTE_TYPE,
) -> Result<Vec<u8>, Fault> {
    let profile = profile(credential);
    common(kind, contents, profile, attribute)
        .or_else(|| match kind {
            Kind::PrivateKey | Kind::PublicKey => key(kind, contents, profile, offer, attribute),
            Kind::Certificate => certificate(
                contents.certificate()?,
                CK_CERTIFICATE_CATEGORY_TOKEN_USER,
                attribute,
            ),
            Kind::CaCertificate => {
                certificate(contents.ca()?, CK_CERTIFICATE_CATEGORY_AUTHORITY, attribute)
            }
        })
        .ok_or(match (kind, attribute) {
            (
                Kind::PrivateKey,
                CKA_PRIVATE_EXPONENT | CKA_PRIME_1 | CKA_PRIME_2 | CKA_EXPONENT_1 | CKA_EXPONENT_2
                | CKA_COEFFICIENT,
            ) => Fault::AttributeSensitive,
            (Kind::PrivateKey, CKA_VALUE) if contents.keys() == Some(Keys::P384) => {
                Fault::AttributeSensitive
            }
            _ => Fault::AttributeTypeInvalid,
        })
}

/// Whether the object has every attribute of the template, with its value.
pub(crate) fn matches(
    kind: Kind,
    contents: &Contents,
    credential: Credential,
    offer: Offer,
    template: &[(CK_ATTRIBUTE_TYPE, Vec<u8>)],
) -> bool {
    template
        .iter()
        .all(|(attribute, wanted)| {
            value(kind, contents, credential, offer, *attribute).is_ok_and(|value| value == *wanted)
        })
}

/// Attributes of every object (§4.4, §4.5).
fn common(
    kind: Kind,
    contents: &Contents,
    profile: &Profile,
    attribute: CK_ATTRIBUTE_TYPE,
) -> Option<Vec<u8>> {
    Some(match attribute {
        CKA_CLASS => number(match kind {
            Kind::PrivateKey => CKO_PRIVATE_KEY,
            Kind::PublicKey => CKO_PUBLIC_KEY,
            Kind::Certificate | Kind::CaCertificate => CKO_CERTIFICATE,
        }),
        CKA_TOKEN => truth(true),
        CKA_PRIVATE => truth(kind.is_private(contents)),
        CKA_MODIFIABLE | CKA_COPYABLE | CKA_DESTROYABLE => truth(false),
        CKA_LABEL => match kind {
            Kind::PrivateKey | Kind::PublicKey => profile.key_label,
            Kind::Certificate => profile.certificate_label,
            Kind::CaCertificate => profile.ca_label,
        }
        .into(),
        CKA_ID => match kind {
            Kind::CaCertificate => vec![profile.ca_id],
            _ => vec![profile.id],
        },
        _ => return None,
    })
}

/// Attributes of keys (§4.7–4.9; RSA: §2.1.2 and §2.1.3 of the mechanisms).
fn key(
    kind: Kind,
    contents: &Contents,
    profile: &Profile,
    offer: Offer,
    attribute: CK_ATTRIBUTE_TYPE,
) -> Option<Vec<u8>> {
    let public = contents.public_key()?;
    let is_private = kind == Kind::PrivateKey;
    let keys = contents.keys()?;
    Some(match attribute {
        CKA_KEY_TYPE => number(match keys {
            Keys::Rsa => CKK_RSA,
            Keys::P384 => CKK_EC,
        }),
        CKA_START_DATE | CKA_END_DATE => Vec::new(),
        CKA_DERIVE => truth(false),
        CKA_LOCAL => truth(true),
        CKA_KEY_GEN_MECHANISM => number(match keys {
            Keys::Rsa => CKM_RSA_PKCS_KEY_PAIR_GEN,
            Keys::P384 => CKM_EC_KEY_PAIR_GEN,
        }),
        CKA_ALLOWED_MECHANISMS => signing(keys, offer.has_pss)
            .into_iter()
            .flat_map(number)
            .collect(),
        CKA_SUBJECT => contents.subject_der()?.to_vec(),
        CKA_PUBLIC_KEY_INFO => public.spki_der().to_vec(),
        // The curve by its name (RFC 5480 §2.1.1), and the point in an OCTET STRING (§2.3.3 of the mechanisms).
        CKA_EC_PARAMS => {
            public.p384_point()?;
            public
                .spki()
                .algorithm
                .parameters
                .to_der()
                .ok()?
        }
        CKA_EC_POINT if !is_private => OctetStringRef::new(public.p384_point()?)
            .ok()?
            .to_der()
            .ok()?,
        CKA_MODULUS => contents.numbers()?.modulus,
        CKA_PUBLIC_EXPONENT => contents.numbers()?.public_exponent,
        CKA_MODULUS_BITS if !is_private => number(
            public
                .rsa_modulus_bits()?
                .try_into()
                .ok()?,
        ),
        CKA_VERIFY if !is_private => truth(true),
        CKA_ENCRYPT | CKA_VERIFY_RECOVER | CKA_WRAP | CKA_TRUSTED if !is_private => truth(false),
        CKA_SIGN | CKA_SENSITIVE | CKA_ALWAYS_SENSITIVE | CKA_NEVER_EXTRACTABLE if is_private => {
            truth(true)
        }
        CKA_DECRYPT | CKA_SIGN_RECOVER | CKA_UNWRAP | CKA_EXTRACTABLE | CKA_WRAP_WITH_TRUSTED
            if is_private =>
        {
            truth(false)
        }
        // The engine and the providers of OpenSSL ask at the terminal for what is always authenticated, whatever they were given.
        CKA_ALWAYS_AUTHENTICATE if is_private => {
            truth(profile.is_always_authenticated && !offer.is_sign_once)
        }
        _ => return None,
    })
}

/// Attributes of X.509 certificates (§4.6.3).
fn certificate(
    certificate: &Certificate,
    category: CK_CERTIFICATE_CATEGORY,
    attribute: CK_ATTRIBUTE_TYPE,
) -> Option<Vec<u8>> {
    Some(match attribute {
        CKA_CERTIFICATE_TYPE => number(CKC_X_509),
        // Whom to trust is not the card's to say.
        CKA_TRUSTED => truth(false),
        CKA_CERTIFICATE_CATEGORY => number(category),
        CKA_JAVA_MIDP_SECURITY_DOMAIN => number(CK_SECURITY_DOMAIN_UNSPECIFIED),
        CKA_CHECK_VALUE => sha1(certificate.der())
            .get(..3)?
            .to_vec(),
        CKA_START_DATE
        | CKA_END_DATE
        | CKA_URL
        | CKA_HASH_OF_SUBJECT_PUBLIC_KEY
        | CKA_HASH_OF_ISSUER_PUBLIC_KEY => Vec::new(),
        CKA_SUBJECT => certificate.subject_der().to_vec(),
        CKA_ISSUER => certificate.issuer_der().to_vec(),
        CKA_SERIAL_NUMBER => certificate
            .parsed()
            .tbs_certificate()
            .serial_number()
            .to_der()
            .ok()?,
        CKA_PUBLIC_KEY_INFO => certificate
            .public_key()
            .spki_der()
            .to_vec(),
        CKA_VALUE => certificate.der().to_vec(),
        _ => return None,
    })
}

/// A CK_ULONG as it lies in memory.
fn number(number: CK_ULONG) -> Vec<u8> {
    number.to_ne_bytes().to_vec()
}

/// A CK_BBOOL.
fn truth(truth: bool) -> Vec<u8> {
    vec![if truth { CK_TRUE } else { CK_FALSE }]
}
