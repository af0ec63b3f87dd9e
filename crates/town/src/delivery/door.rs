//! The way to the authority: over HTTP, or, while the city is being opened and nobody is served yet, in this process.

use crate::TownError;
use serde::Serialize;
use shirushi_authority::Authority;
use shirushi_crypto::PublicKey;
use shirushi_wire::{
    AuthorityPosition, CHECKPOINT_HEADER, NewLife, RegisterEvent, RegisterGreeting, Signed,
    checkpoint_from_header,
};

/// The way to the authority.
pub(crate) enum Door {
    Here {
        authority: Authority,
        register_key: PublicKey,
    },
    Http {
        base: String,
        client: reqwest::Client,
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
            Self::Http { base, client } => {
                let answer = post(client, base, "register-greetings", greeting).await?;
                Ok(answer.json().await?)
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
            Self::Http { base, client } => {
                post(client, base, "register-lives", life).await?;
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
            Self::Http { base, client } => {
                let answer = post(client, base, "register-events", event).await?;
                Ok(answer
                    .headers()
                    .get(CHECKPOINT_HEADER)
                    .and_then(|value| checkpoint_from_header(value.to_str().ok()?)))
            }
        }
    }
}

async fn post<T: Serialize>(
    client: &reqwest::Client,
    base: &str,
    path: &str,
    body: &T,
) -> Result<reqwest::Response, reqwest::Error> {
    client
        .post(format!("{base}/authority/{path}"))
        .json(body)
        .send()
        .await?
        .error_for_status()
}
