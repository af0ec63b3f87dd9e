//! What the room cannot do.

use shirushi_peers::NotMade;
use shirushi_store::StoreError;
use shirushi_web::{Problem, UnfitOrigin};

/// A fault of the portal's own, or of what it needs.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PortalError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store holds something that this program did not write.
    #[error("the store's {what} is damaged")]
    Damaged {
        /// What.
        what: &'static str,
    },
    /// The portal's origin is none.
    #[error(transparent)]
    Origin(#[from] UnfitOrigin),
    /// The client for another service could not be made.
    #[error("the client for another service cannot be made")]
    Client(#[from] NotMade),
    /// Something cannot be written as JSON.
    #[error("it cannot be written as JSON")]
    Json(#[from] serde_json::Error),
    /// A task was cut off.
    #[error("a task was cut off")]
    Task(#[from] tokio::task::JoinError),
}

impl From<PortalError> for Problem {
    fn from(fault: PortalError) -> Self {
        match fault {
            PortalError::Store(StoreError::Busy) => Self::unavailable(&fault),
            _ => Self::internal(&fault),
        }
    }
}
