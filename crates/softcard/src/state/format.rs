//! The state as bytes: one line that says what the file is, which version, and the SHA-256 of the rest; then JSON.
//!
//! The checksum finds a damaged medium and an edit by hand, not an attacker: who can write the file can write the checksum.

use super::State;
use crate::{Damage, SoftCardError, unknowns::STATE_LIMIT};
use shirushi_crypto::{Secret, sha256};
use zeroize::Zeroizing;

const MAGIC: &str = "shirushi-softcard";
/// 2 since the references of the surface application stand in it; a card of version 1 is read and completed.
const VERSION: u32 = 2;
const FIRST: u32 = 1;

/// Room for a state with all its certificates, so that the buffer, which is wiped, need not move and leave a copy behind.
const USUAL_LEN: usize = 1 << 17;

/// The bytes of `state`.
pub(super) fn encode(state: &State) -> serde_json::Result<Zeroizing<Vec<u8>>> {
    let mut json = Zeroizing::new(Vec::with_capacity(USUAL_LEN));
    serde_json::to_writer(&mut *json, state)?;
    let head = format!("{MAGIC} {VERSION} {}\n", hex::encode(sha256(&json)));
    Ok(Zeroizing::new([head.as_bytes(), &json, b"\n"].concat()))
}

/// The state in `bytes`.
pub(super) fn decode(bytes: &Secret) -> Result<State, SoftCardError> {
    let damaged = |damage| SoftCardError::Damaged { damage };
    let bytes = bytes.expose();
    if bytes.len() > STATE_LIMIT {
        return Err(damaged(Damage::TooLong));
    }
    let mut lines = bytes.splitn(2, |b| *b == b'\n');
    let head = lines
        .next()
        .and_then(|line| std::str::from_utf8(line).ok())
        .unwrap_or_default();
    let rest = lines.next().unwrap_or_default();
    let [MAGIC, version, checksum] = head.split(' ').collect::<Vec<_>>()[..] else {
        return Err(damaged(Damage::NotACard));
    };
    let version = version
        .parse()
        .map_err(|_| damaged(Damage::NotACard))?;
    if !(FIRST..=VERSION).contains(&version) {
        return Err(SoftCardError::Version {
            found: version,
            known: VERSION,
        });
    }
    let Some(json) = rest.strip_suffix(b"\n") else {
        return Err(damaged(Damage::Cut));
    };
    if hex::encode(sha256(json)) != checksum {
        return Err(damaged(Damage::Checksum));
    }
    let state: State = serde_json::from_slice(json)
        .map_err(|e| damaged(Damage::Content { column: e.column() }))?;
    match state.is_sound() {
        true => Ok(state),
        false => Err(damaged(Damage::Content { column: 0 })),
    }
}

/// A [`Secret`] as hexadecimal.
pub(super) mod secret {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use shirushi_crypto::Secret;
    use zeroize::Zeroizing;

    pub(crate) fn serialize<S: Serializer>(value: &Secret, to: S) -> Result<S::Ok, S::Error> {
        Zeroizing::new(hex::encode(value.expose())).serialize(to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Secret, D::Error> {
        let text = Zeroizing::new(String::deserialize(from)?);
        hex::decode(&*text)
            .map(Secret::new)
            .map_err(|_| serde::de::Error::custom("not hexadecimal"))
    }
}

/// A [`Secret`] as hexadecimal, or nothing.
pub(super) mod optional_secret {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use shirushi_crypto::Secret;

    #[derive(Serialize, Deserialize)]
    #[serde(transparent)]
    struct Hexadecimal(#[serde(with = "super::secret")] Secret);

    pub(crate) fn serialize<S: Serializer>(
        value: &Option<Secret>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        value
            .clone()
            .map(Hexadecimal)
            .serialize(to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Secret>, D::Error> {
        Ok(Option::<Hexadecimal>::deserialize(from)?.map(|h| h.0))
    }
}

/// The keys of the issuer's channel as hexadecimal.
pub(super) mod card_keys {
    use serde::{Deserializer, Serializer};
    use shirushi_personalisation::CardKeys;

    pub(crate) fn serialize<S: Serializer>(value: &CardKeys, to: S) -> Result<S::Ok, S::Error> {
        super::secret::serialize(&value.to_secret(), to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<CardKeys, D::Error> {
        CardKeys::from_secret(&super::secret::deserialize(from)?)
            .map_err(|_| serde::de::Error::custom("not the keys of a card"))
    }
}
