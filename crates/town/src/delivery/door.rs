//! The way to the authority: over HTTP, or, while the city is being opened and nobody is served yet, in this process.

use crate::TownError;
use serde::Serialize;
use shirushi_authority::Authority;
use shirushi_crypto::PublicKey;
use shirushi_peers::{Answer, Base, Lost, Near, answer};
use shirushi_wire::{
    AuthorityPosition, CHECKPOINT_HEADER, NewLife, RegisterEvent, RegisterGreeting, Signed,
    checkpoint_from_header,
};

/// Longest answer taken, in bytes.
const LONGEST: usize = 64 * 1024;

/// The way to the authority.
pub(crate) enum Door {
    Here {
        authority: Authority,
        register_key: PublicKey,
    },
    Http {
        authority: Base,
        near: Near,
    },
}

impl Door {
    pub(super) async fn greet(
        &self,
        greeting: &Signed<RegisterGreeting>,
    ) -> Result<AuthorityPosition, TownError> {
        match self {
            Self::Here {
                authority,
                register_key,
            } => Ok(authority
                .greet(greeting, register_key)
                .await?),
            Self::Http { authority, near } => {
                let answer = post(near, authority, "register-greetings", greeting).await?;
                Ok(answer
                    .json()
                    .map_err(Undelivered::from)?)
            }
        }
    }

    pub(super) async fn declare(&self, life: &Signed<NewLife>) -> Result<(), TownError> {
        match self {
            Self::Here {
                authority,
                register_key,
            } => {
                authority
                    .register_life(life, register_key)
                    .await?
            }
            Self::Http { authority, near } => {
                post(near, authority, "register-lives", life).await?;
            }
        }
        Ok(())
    }

    /// Answers the checkpoint that came with the acknowledgement.
    pub(super) async fn tell(
        &self,
        event: &Signed<RegisterEvent>,
    ) -> Result<Option<String>, TownError> {
        match self {
            Self::Here {
                authority,
                register_key,
            } => {
                authority
                    .register_event(event, register_key)
                    .await?;
                Ok(Some(authority.checkpoint().await?))
            }
            Self::Http { authority, near } => {
                let answer = post(near, authority, "register-events", event).await?;
                Ok(answer
                    .headers
                    .get(CHECKPOINT_HEADER)
                    .and_then(|value| checkpoint_from_header(value.to_str().ok()?)))
            }
        }
    }
}

/// The authority has not taken what was sent.
#[derive(Debug, thiserror::Error)]
pub enum Undelivered {
    /// No answer.
    #[error("the authority does not answer")]
    Lost(#[from] Lost),
    /// Another status than a success.
    #[error("the authority answers {0}")]
    Status(u16),
    /// An answer that is not of the contract.
    #[error("the authority's answer is malformed")]
    Malformed(#[from] serde_json::Error),
}

async fn post<T: Serialize>(
    near: &Near,
    authority: &Base,
    path: &str,
    body: &T,
) -> Result<Answer, Undelivered> {
    let request = near
        .post(authority.at(&format!("/authority/{path}")))
        .json(body);
    let answer = answer(request, LONGEST).await?;
    match answer.status.is_success() {
        true => Ok(answer),
        false => Err(Undelivered::Status(answer.status.as_u16())),
    }
}
