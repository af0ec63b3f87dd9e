//! Values as the words that `wire` gives them, in columns of the database.

use crate::RegisterError;
use serde::{
    Serialize,
    de::{DeserializeOwned, value::StrDeserializer},
};
use shirushi_clock::Date;

/// The word of a unit variant.
pub(crate) fn word<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        // Only unit variants come here, and those are words.
        _ => String::new(),
    }
}

/// The unit variant with this word.
pub(crate) fn from_word<T: DeserializeOwned>(word: &str) -> Option<T> {
    let deserializer: StrDeserializer<'_, serde::de::value::Error> = StrDeserializer::new(word);
    T::deserialize(deserializer).ok()
}

pub(crate) fn read_word<T: DeserializeOwned>(
    word: &str,
    what: &'static str,
) -> Result<T, RegisterError> {
    from_word(word).ok_or(RegisterError::Unreadable { what })
}

pub(crate) fn read_date(text: &str, what: &'static str) -> Result<Date, RegisterError> {
    text.parse()
        .map_err(|_| RegisterError::Unreadable { what })
}
