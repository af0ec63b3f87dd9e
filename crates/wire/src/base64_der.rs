//! A revocation list in JSON: base64 of its DER.

use base64ct::{Base64, Encoding as _};
use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};
use shirushi_profile::CertificateList;
use std::borrow::Cow;

pub(crate) fn serialize<S: Serializer>(
    list: &CertificateList,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&Base64::encode_string(list.der()))
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<CertificateList, D::Error> {
    let text = Cow::<str>::deserialize(deserializer)?;
    let der = Base64::decode_vec(&text).map_err(|_| D::Error::custom("no base64"))?;
    CertificateList::from_der(&der).map_err(|_| D::Error::custom("no revocation list"))
}
