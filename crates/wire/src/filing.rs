//! The document of a filing (申告・申請データ): what is signed, and nothing beside it.
//!
//! It is shaped like the document of e-Tax (`facts/profile-and-rules.md` C.1): `DATA`, in it one element named after the
//! procedure, in that the catalog and the contents. Attachments stand inside it with their digests, so that everything filed is
//! under the signature. There is one form in bytes for each filing: [`Filing::parse`] accepts exactly what
//! [`Filing::to_xml`] writes, so that no two programs can read one signed document in two ways.

mod fault;
mod form;
mod procedure;
mod reader;
mod writer;

pub use fault::{FilingError, FilingFault};
pub use procedure::{FieldForm, PROCEDURES, Procedure, ProcedureId, RequiredField};

use crate::MalformedIdentifier;
use serde::{Deserialize, Serialize};
use shirushi_clock::{Date, Instant};
use shirushi_crypto::Random;
use std::{fmt, str::FromStr};

/// The largest document, in bytes.
pub const LARGEST_DOCUMENT: usize = 10 * 1024 * 1024;
/// The most attachments of a filing.
pub const MOST_ATTACHMENTS: usize = 20;
/// The most fields of a form.
pub const MOST_FIELDS: usize = 200;

/// One filing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filing {
    /// Its id, made when it is prepared: a filing is received once under it.
    pub id: FilingId,
    /// The procedure (手続).
    pub procedure: ProcedureId,
    /// When it was prepared.
    pub prepared_at: Instant,
    /// Who files.
    pub applicant: FilingApplicant,
    /// The form's fields, by name, in their order. No name stands twice.
    pub form: Vec<(String, String)>,
    /// What is enclosed. No name stands twice.
    pub attachments: Vec<Attachment>,
}

/// The applicant (申請者) as the filing names them: the items by which a signature certificate knows its holder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilingApplicant {
    /// Name (氏名), 1 to 200 characters.
    pub name: String,
    /// Date of birth (生年月日).
    pub birth_date: Date,
    /// Address (住所), 1 to 200 characters.
    pub address: String,
}

/// Something enclosed (添付書類).
#[derive(Clone, PartialEq, Eq)]
pub struct Attachment {
    /// File name, 1 to 200 characters, without a path.
    pub name: String,
    /// Media type in lower case, without parameters (RFC 6838 §4.2).
    pub media_type: String,
    /// The bytes.
    pub content: Vec<u8>,
}

/// The id of a filing: 16 random bytes, written as 32 hexadecimal digits in lower case.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FilingId([u8; 16]);

impl Filing {
    /// Reads a document.
    ///
    /// # Errors
    /// A [`FilingError`] with the place, when the bytes are not exactly what [`Filing::to_xml`] writes for some filing.
    pub fn parse(document: &[u8]) -> Result<Self, FilingError> {
        reader::read(document)
    }

    /// Writes the document.
    ///
    /// # Errors
    /// A [`FilingError`] without a place, when an item has not its form or the document would be too large.
    pub fn to_xml(&self) -> Result<Vec<u8>, FilingError> {
        writer::write(self).map_err(FilingError::nowhere)
    }

    /// The value of a field.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        self.form
            .iter()
            .find(|(field, _)| field == name)
            .map(|(_, value)| value.as_str())
    }
}

impl fmt::Debug for Attachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attachment")
            .field("name", &self.name)
            .field("media_type", &self.media_type)
            .field("bytes", &self.content.len())
            .finish()
    }
}

impl FilingId {
    /// A new one.
    #[must_use]
    pub fn random(random: &dyn Random) -> Self {
        let mut bytes = [0; 16];
        random.fill(&mut bytes);
        Self(bytes)
    }

    /// One with these bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for FilingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for FilingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FilingId({self})")
    }
}

impl FromStr for FilingId {
    type Err = MalformedIdentifier;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let malformed = || MalformedIdentifier {
            what: "the filing's id",
            wanted: "32 hexadecimal digits in lower case",
        };
        let mut bytes = [0; 16];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| malformed())?;
        if text
            .bytes()
            .any(|b| b.is_ascii_uppercase())
        {
            return Err(malformed());
        }
        Ok(Self(bytes))
    }
}

impl TryFrom<String> for FilingId {
    type Error = MalformedIdentifier;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<FilingId> for String {
    fn from(id: FilingId) -> Self {
        id.to_string()
    }
}
