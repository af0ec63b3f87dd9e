//! Why somebody is not let in.

use crate::PasswordFault;
use shirushi_rules::Refusal;
use shirushi_store::StoreError;
use shirushi_web::Problem;

/// Why somebody is not let in, or not enrolled.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AccountError {
    /// A rule refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The database failed.
    #[error("the database of accounts")]
    Store(#[from] StoreError),
    /// A password could not be hashed or compared.
    #[error(transparent)]
    Password(#[from] PasswordFault),
    /// The database holds something that this program did not write.
    #[error("the stored {what} cannot be read")]
    Damaged {
        /// What it should be.
        what: &'static str,
    },
}

impl From<AccountError> for Problem {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::Refused(refusal) => refusal.into(),
            AccountError::Store(StoreError::Busy) => Self::unavailable(&error),
            _ => Self::internal(&error),
        }
    }
}
