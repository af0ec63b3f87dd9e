//! The page on which a service says how it is.

use crate::Json;
use axum::{
    Extension,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{MethodRouter, get},
};
use serde::{Deserialize, Serialize};
use shirushi_clock::{Clock, Instant};
use shirushi_store::{Health, Store};
use std::{fmt, future::Future, sync::Arc};

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Its name, kebab-case.
    pub name: String,
    /// Whether it is as it should be.
    pub ok: bool,
    /// What was seen. Anyone may read it: no secrets, no personal data.
    pub seen: String,
}

impl Check {
    /// Whether the service can record anything: reading may go on long after.
    #[must_use]
    pub fn writing(health: &Health) -> Self {
        let age = health.age.as_secs();
        let seen = match &health.outcome {
            _ if !health.is_on_time => format!("no answer for {age} s"),
            None => "not tried yet".to_owned(),
            Some(Ok(())) => format!("written {age} s ago"),
            Some(Err(cause)) => format!("refused {age} s ago: {cause}"),
        };
        Self {
            name: "writing".to_owned(),
            ok: health.is_well(),
            seen,
        }
    }
}

/// What whoever runs a party looks at besides what the party does, laid over its routes as an extension: its page tells of both.
#[derive(Clone)]
pub struct Besides(Arc<dyn Fn() -> Vec<Check> + Send + Sync>);

impl Besides {
    /// What `look` finds, anew for each request.
    pub fn new(look: impl Fn() -> Vec<Check> + Send + Sync + 'static) -> Self {
        Self(Arc::new(look))
    }
}

impl fmt::Debug for Besides {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Besides")
    }
}

/// How a service is: 200 when all is as it should be, else 503.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusReport {
    /// The role: `responder`, `agency` …
    pub role: String,
    /// Version of the program.
    pub version: String,
    /// The service's present, in seconds since 1970.
    pub now: Instant,
    /// Whether all checks are.
    pub ok: bool,
    /// What was looked at.
    pub checks: Vec<Check>,
}

impl IntoResponse for StatusReport {
    fn into_response(self) -> Response {
        let status = if self.ok {
            StatusCode::OK
        } else {
            StatusCode::SERVICE_UNAVAILABLE
        };
        (status, Json(self)).into_response()
    }
}

/// The route (GET) that answers with the [`StatusReport`] of `role`, looking anew at each request; with what stands [`Besides`].
pub fn status<S, F, W>(role: &'static str, clock: Arc<dyn Clock>, look: F) -> MethodRouter<S>
where
    S: Clone + Send + Sync + 'static,
    F: Fn() -> W + Clone + Send + Sync + 'static,
    W: Future<Output = Vec<Check>> + Send,
{
    get(async move |besides: Option<Extension<Besides>>| {
        let mut checks = look().await;
        if let Some(Extension(Besides(look))) = besides {
            checks.extend(look());
        }
        StatusReport {
            role: role.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            now: clock.now(),
            ok: checks.iter().all(|check| check.ok),
            checks,
        }
    })
}

/// The same of a party that has nothing more to tell than whether it can record anything.
pub fn status_of_store<S>(
    role: &'static str,
    store: Store,
    clock: Arc<dyn Clock>,
) -> MethodRouter<S>
where
    S: Clone + Send + Sync + 'static,
{
    status(role, clock, move || {
        let writing = Check::writing(&store.health());
        async move { vec![writing] }
    })
}
