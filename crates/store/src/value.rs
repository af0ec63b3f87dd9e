//! Values in and rows out: 64-bit integers, text, bytes and NULL; nothing else travels.

use crate::StoreError;
use shirushi_crypto::Hasher;
use sqlx::{Any, Decode, Row as _, Type, any::AnyRow};

/// A parameter of a statement. `Debug` shows its kind and length, never its content: parameters are people's data.
#[derive(Clone, PartialEq, Eq)]
pub enum Value {
    /// NULL, of whatever type the place takes.
    Null,
    /// A 64-bit integer; flags are 0 and 1.
    Integer(i64),
    /// Text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

impl Value {
    /// Adds itself to a hash, so that no two values add the same.
    pub(crate) fn digest(&self, hasher: &mut Hasher) {
        let mut add = |kind: u8, bytes: &[u8]| {
            hasher.update(&[kind]);
            hasher.update(&(bytes.len() as u64).to_be_bytes());
            hasher.update(bytes);
        };
        match self {
            Self::Null => add(0, &[]),
            Self::Integer(value) => add(1, &value.to_be_bytes()),
            Self::Text(value) => add(2, value.as_bytes()),
            Self::Bytes(value) => add(3, value),
        }
    }
}

/// A row of a result.
#[derive(Clone)]
pub struct Row(AnyRow);

impl Row {
    pub(crate) fn new(row: AnyRow) -> Self {
        Self(row)
    }

    /// An integer; PostgreSQL's boolean (of `EXISTS …`, a comparison) is 0 or 1 as on SQLite.
    ///
    /// # Errors
    /// [`StoreError::Column`] when the column is absent, NULL or another type.
    pub fn integer(&self, column: &str) -> Result<i64, StoreError> {
        self.optional_integer(column)?
            .ok_or_else(|| refused(column, "an integer"))
    }

    /// A text.
    ///
    /// # Errors
    /// [`StoreError::Column`] when the column is absent, NULL or another type.
    pub fn text(&self, column: &str) -> Result<String, StoreError> {
        self.optional_text(column)?
            .ok_or_else(|| refused(column, "a text"))
    }

    /// Bytes.
    ///
    /// # Errors
    /// [`StoreError::Column`] when the column is absent, NULL or another type.
    pub fn bytes(&self, column: &str) -> Result<Vec<u8>, StoreError> {
        self.optional_bytes(column)?
            .ok_or_else(|| refused(column, "bytes"))
    }

    /// An integer, none for NULL.
    ///
    /// # Errors
    /// [`StoreError::Column`] when the column is absent or another type.
    pub fn optional_integer(&self, column: &str) -> Result<Option<i64>, StoreError> {
        let boolean = || self.decode::<bool>(column, "an integer");
        self.decode::<i64>(column, "an integer")
            .or_else(|_| Ok(boolean()?.map(i64::from)))
    }

    /// A text, none for NULL.
    ///
    /// # Errors
    /// [`StoreError::Column`] when the column is absent or another type.
    pub fn optional_text(&self, column: &str) -> Result<Option<String>, StoreError> {
        self.decode(column, "a text")
    }

    /// Bytes, none for NULL.
    ///
    /// # Errors
    /// [`StoreError::Column`] when the column is absent or another type.
    pub fn optional_bytes(&self, column: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.decode(column, "bytes")
    }

    fn decode<'r, T>(
        &'r self,
        column: &str,
        expected: &'static str,
    ) -> Result<Option<T>, StoreError>
    where
        T: Decode<'r, Any> + Type<Any>,
    {
        self.0
            .try_get::<Option<T>, _>(column)
            .map_err(|_| refused(column, expected))
    }
}

impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Null => write!(f, "Null"),
            Self::Integer(_) => write!(f, "Integer"),
            Self::Text(text) => write!(f, "Text({} bytes)", text.len()),
            Self::Bytes(bytes) => write!(f, "Bytes({} bytes)", bytes.len()),
        }
    }
}

impl std::fmt::Debug for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names = self
            .0
            .columns()
            .iter()
            .map(sqlx::Column::name);
        f.debug_list().entries(names).finish()
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Integer(i64::from(value))
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<&[u8]> for Value {
    fn from(value: &[u8]) -> Self {
        Self::Bytes(value.to_vec())
    }
}

impl<const N: usize> From<[u8; N]> for Value {
    fn from(value: [u8; N]) -> Self {
        Self::Bytes(value.to_vec())
    }
}

impl<const N: usize> From<&[u8; N]> for Value {
    fn from(value: &[u8; N]) -> Self {
        Self::Bytes(value.to_vec())
    }
}

impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Self {
        Self::Bytes(value)
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

fn refused(column: &str, expected: &'static str) -> StoreError {
    StoreError::Column {
        column: column.to_owned(),
        expected,
    }
}
