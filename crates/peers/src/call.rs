//! What is asked of a service at one of its endpoints.

use crate::{Answer, Lost, answer};
use reqwest::{RequestBuilder, StatusCode};
use serde::{Serialize, de::DeserializeOwned};
use shirushi_contract::InJson;
use std::{borrow::Borrow, marker::PhantomData};

/// A question for an endpoint that takes `Q` and answers `A` ([`crate::Peer::call`]).
#[derive(Debug)]
#[must_use]
pub struct Call<Q, A> {
    request: RequestBuilder,
    types: PhantomData<fn(Q) -> A>,
}

/// Why a question has no answer of its kind.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Unanswered {
    /// No answer.
    #[error("it does not answer")]
    Lost(#[from] Lost),
    /// Another status than a success.
    #[error("it answers {0}")]
    Status(StatusCode),
    /// An answer that is not of the contract.
    #[error("its answer is malformed")]
    Malformed(#[from] serde_json::Error),
}

impl Unanswered {
    /// Whether it was answered that there is no such thing.
    #[must_use]
    pub fn is_absence(&self) -> bool {
        matches!(self, Self::Status(StatusCode::NOT_FOUND))
    }
}

impl<Q, A> Call<Q, A> {
    pub(crate) fn new(request: RequestBuilder) -> Self {
        Self {
            request,
            types: PhantomData,
        }
    }

    /// The same, with these names in the query.
    pub fn query(self, names: &impl Serialize) -> Self {
        Self::new(self.request.query(names))
    }

    /// Asks, and takes whatever is answered as a success, of at most `most` bytes.
    ///
    /// # Errors
    /// [`Unanswered::Lost`], [`Unanswered::Status`].
    pub async fn answer(self, most: usize) -> Result<Answer, Unanswered> {
        let answer = answer(self.request, most).await?;
        match answer.status.is_success() {
            true => Ok(answer),
            false => Err(Unanswered::Status(answer.status)),
        }
    }
}

impl<Q, A> Call<InJson<Q>, A> {
    /// The same, with this to say.
    pub fn saying<B: Serialize + ?Sized>(self, said: &B) -> Self
    where
        Q: Borrow<B>,
    {
        Self::new(self.request.json(said))
    }
}

impl<Q, A: DeserializeOwned> Call<Q, InJson<A>> {
    /// Asks, and takes the answer, of at most `most` bytes.
    ///
    /// # Errors
    /// [`Unanswered`].
    pub async fn taken(self, most: usize) -> Result<A, Unanswered> {
        Ok(self.answer(most).await?.json()?)
    }
}
