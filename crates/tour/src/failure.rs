//! Why something in the story did not succeed.

use shirushi_card::CardError;
use shirushi_client::ClientError;
use shirushi_rules::{Refusal, RefusalReport};

/// A refusal by a rule, or anything else.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Failure {
    /// A rule refused.
    #[error("{} [{}]", .0.reason.en, .0.rule)]
    Refused(Box<RefusalReport>),
    /// Something that is no refusal: the city does not answer, or answers what nobody understands.
    #[error("{0}")]
    Broken(String),
}

impl Failure {
    /// A failure that is no refusal.
    pub(crate) fn broken(error: impl std::fmt::Display) -> Self {
        Self::Broken(error.to_string())
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal.report()))
    }
}

impl From<CardError> for Failure {
    fn from(error: CardError) -> Self {
        match error {
            CardError::Refused(refusal) => refusal.into(),
            other => Self::broken(other),
        }
    }
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::Card(error) => error.into(),
            other => Self::broken(other),
        }
    }
}
