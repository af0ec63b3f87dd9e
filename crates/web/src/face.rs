//! What stands between the network and a service's routes.

use crate::{AllowedHosts, Incident, Problem, headers, serve::Share};
use axum::{
    Router,
    extract::{Request, State},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
};
use std::sync::Arc;

/// The face of one service: its allowed hosts, and the layers around its routes.
#[derive(Clone, Debug)]
pub struct Face {
    /// None where any will do.
    hosts: Option<Arc<AllowedHosts>>,
    public: &'static [&'static str],
}

impl Face {
    /// A face that answers to `hosts`.
    #[must_use]
    pub fn new(hosts: AllowedHosts) -> Self {
        Self {
            hosts: Some(Arc::new(hosts)),
            public: &[],
        }
    }

    /// A face that answers whatever host it is called by: for services that were authenticated on their way in, and for public signed data,
    /// which mean the same under every name.
    #[must_use]
    pub fn for_any_host() -> Self {
        Self {
            hosts: None,
            public: &[],
        }
    }

    /// The same, where what lies below these paths is public and signed (revocation lists, OCSP answers, certificates of authorities): it
    /// is given also to who names no host, as clients before HTTP/1.1 do. For pages and deeds a host must be named.
    #[must_use]
    pub fn with_public(self, public: &'static [&'static str]) -> Self {
        Self { public, ..self }
    }

    fn allows(&self, request: &Request) -> bool {
        let Some(hosts) = &self.hosts else {
            return true;
        };
        let (uri, headers) = (request.uri(), request.headers());
        let is_public = || {
            let path = uri.path();
            self.public
                .iter()
                .any(|public| path.starts_with(public))
        };
        hosts.allow(uri, headers)
            || (AllowedHosts::is_unnamed(request.version(), uri, headers) && is_public())
    }

    /// Wraps the finished routes of the service: hosts are checked first, absent routes and methods are answered in both
    /// languages, every answer bears the security headers, and a panic becomes an incident.
    ///
    /// A handler runs to its end also when the asker hangs up: an act that is half done is worse than one that nobody reads
    /// the answer of.
    pub fn wrap(self, routes: Router) -> Router {
        routes
            .fallback(async || Problem::NotFound)
            .method_not_allowed_fallback(async || Problem::MethodNotAllowed)
            .layer(from_fn_with_state(self, guard))
    }
}

async fn guard(State(face): State<Face>, request: Request, next: Next) -> Response {
    let mut response = if face.allows(&request) {
        run_to_end(request, next).await
    } else {
        Problem::Misdirected.into_response()
    };
    headers::add_missing(response.headers_mut());
    response
}

/// Has the handler run to its end also when the asker hangs up, and makes an incident of a panic. It keeps its seat until then.
pub(crate) async fn run_to_end(request: Request, next: Next) -> Response {
    let share = request
        .extensions()
        .get::<Share>()
        .cloned();
    let handling = tokio::spawn(async move {
        let response = next.run(request).await;
        drop(share);
        response
    });
    match handling.await {
        Ok(response) => response,
        Err(_) => Problem::Internal(Incident::log_panic()).into_response(),
    }
}
