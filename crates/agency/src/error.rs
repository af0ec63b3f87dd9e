//! What the room cannot do.

use crate::Refused;
use shirushi_accounts::AccountError;
use shirushi_peers::NotMade;
use shirushi_rules::Refusal;
use shirushi_store::StoreError;

/// A fault of the agency's own; nothing has been decided about the filing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AgencyError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store holds something that this program did not write.
    #[error("the store's {what} is damaged")]
    Damaged {
        /// What.
        what: &'static str,
    },
    /// The client for statuses could not be made.
    #[error("the client for the status of certificates cannot be made")]
    Client(#[from] NotMade),
    /// A judgement was interrupted.
    #[error("the judgement was interrupted")]
    Interrupted(#[from] tokio::task::JoinError),
    /// An account cannot be judged, or a code not be made.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// A report cannot be written as JSON.
    #[error("the report cannot be written")]
    Report(#[from] serde_json::Error),
}

/// Why there is no receipt.
#[derive(Debug, thiserror::Error)]
pub enum NotFiled {
    /// A rule refused; the evidence of it is kept.
    #[error("refused by {}", .0.refusal.rule)]
    Refused(Box<Refused>),
    /// Too many wait for a judgement; nothing was looked at or kept.
    #[error(transparent)]
    Busy(#[from] Refusal),
    /// Nothing was decided.
    #[error(transparent)]
    Fault(#[from] AgencyError),
}
