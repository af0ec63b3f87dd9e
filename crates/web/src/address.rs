//! What stands in the address of a request: names in its path and its query, with a refusal in both languages where they have not their form.

use crate::Problem;
use axum::{
    extract::{self, FromRequestParts},
    http::request::Parts,
};
use serde::de::DeserializeOwned;
use shirushi_rules::{Bilingual, Facts, WELL_FORMED};

/// The names in the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Path<T>(pub T);

/// The query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Query<T>(pub T);

impl<T, S> FromRequestParts<S> for Path<T>
where
    T: DeserializeOwned + Send,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match extract::Path::from_request_parts(parts, state).await {
            Ok(extract::Path(names)) => Ok(Self(names)),
            Err(fault) => Err(malformed(fault.body_text())),
        }
    }
}

impl<T, S> FromRequestParts<S> for Query<T>
where
    T: DeserializeOwned,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match extract::Query::from_request_parts(parts, state).await {
            Ok(extract::Query(query)) => Ok(Self(query)),
            Err(fault) => Err(malformed(fault.body_text())),
        }
    }
}

fn malformed(fault: String) -> Problem {
    let address = Bilingual::new("アドレス", "address");
    let facts = Facts::new()
        .and("where", address)
        .and("fault", fault);
    WELL_FORMED.refusal(facts).into()
}
