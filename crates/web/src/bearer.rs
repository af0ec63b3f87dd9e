//! The token by which one role of the house knows another (RFC 6750 §2.1).

use crate::Problem;
use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, header},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
};
use shirushi_crypto::{Secret, constant_time_eq, sha256};
use std::sync::Arc;

/// The fewest characters a token has: 128 bits in base64 without padding.
const SHORTEST: usize = 22;

/// A bearer token: at least 22 of the characters of RFC 6750 §2.1 (`b68token`).
#[derive(Clone, Debug)]
pub struct BearerToken(Arc<Secret>);

/// A secret that cannot be a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a bearer token has at least {SHORTEST} letters, digits or any of -._~+/=")]
pub struct UnfitToken;

impl BearerToken {
    /// Takes over a token.
    ///
    /// # Errors
    /// [`UnfitToken`] when it is too short to be one, or could not be sent.
    pub fn new(token: Secret) -> Result<Self, UnfitToken> {
        let fits = token
            .expose()
            .iter()
            .all(|b| b.is_ascii_alphanumeric() || b"-._~+/=".contains(b));
        if token.len() < SHORTEST || !fits {
            return Err(UnfitToken);
        }
        Ok(Self(Arc::new(token)))
    }

    /// Whether the one Authorization header bears this token. Digests are compared, in constant time, so that not even the
    /// length is told.
    fn is_borne_by(&self, headers: &HeaderMap) -> bool {
        let mut values = headers
            .get_all(header::AUTHORIZATION)
            .iter();
        let (Some(value), None) = (values.next(), values.next()) else {
            return false;
        };
        let Some((scheme, token)) = value.as_bytes().split_at_checked(7) else {
            return false;
        };
        scheme.eq_ignore_ascii_case(b"bearer ")
            && constant_time_eq(&sha256(token), &sha256(self.0.expose()))
    }
}

/// Lets only the bearer of `token` reach the routes added so far; others are answered 401.
pub fn with_bearer<S>(routes: Router<S>, token: BearerToken) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    routes.route_layer(from_fn_with_state(token, guard))
}

async fn guard(State(token): State<BearerToken>, request: Request, next: Next) -> Response {
    if token.is_borne_by(request.headers()) {
        next.run(request).await
    } else {
        Problem::NotAuthorized.into_response()
    }
}
