//! Several sites behind one listener, told apart by the host that a browser names.

use axum::{
    Router,
    extract::{Request, State},
    http::{header, uri::Authority},
    response::Response,
};
use std::{collections::HashMap, sync::Arc};
use tower::ServiceExt as _;

/// Serves each of `sites` (its authority, its routes) under its own authority, and everything else by `otherwise`. Each of them
/// checks the host once more by itself.
pub fn by_host(sites: Vec<(String, Router)>, otherwise: Router) -> Router {
    let sites = sites
        .into_iter()
        .map(|(authority, router)| (authority.to_ascii_lowercase(), router))
        .collect();
    Router::new()
        .fallback(dispatch)
        .with_state(Arc::new(Sites { sites, otherwise }))
}

struct Sites {
    sites: HashMap<String, Router>,
    otherwise: Router,
}

async fn dispatch(State(sites): State<Arc<Sites>>, request: Request) -> Response {
    let host = request
        .headers()
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .and_then(|host| host.parse::<Authority>().ok())
        .map(|host| host.as_str().to_ascii_lowercase());
    let router = host
        .and_then(|host| sites.sites.get(&host))
        .unwrap_or(&sites.otherwise);
    let Ok(response) = router.clone().oneshot(request).await;
    response
}
