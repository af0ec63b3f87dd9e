//! The role that a caller must have.

use crate::Problem;
use axum::{
    Router,
    extract::{Request, State},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
};
use shirushi_roles::{Peer, PeerRefused, Role, Shown, Why};
use std::sync::Arc;

/// Lets only services of these roles reach the routes added so far: those that [`crate::TlsDoor::between_roles`] has authenticated. Others are
/// answered 403, with the roles that would do, whose certificate was shown, and why that does not do.
pub fn with_role<S>(routes: Router<S>, roles: &[Role]) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    let roles: Arc<[Role]> = roles.into();
    routes.route_layer(from_fn_with_state(roles, guard))
}

async fn guard(State(roles): State<Arc<[Role]>>, request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<Peer>();
    if peer.is_some_and(|peer| roles.contains(&peer.role)) {
        return next.run(request).await;
    }
    let refused = match request.extensions().get::<Shown>() {
        None => PeerRefused::nothing_shown(&roles),
        Some(shown) => PeerRefused {
            expected: roles.to_vec(),
            shown: Some(Box::new(shown.clone())),
            why: Why::OtherRole,
        },
    };
    tracing::warn!(%refused, "a role is refused");
    Problem::Peer(Box::new(refused)).into_response()
}
