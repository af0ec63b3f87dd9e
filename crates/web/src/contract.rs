//! Routes of endpoints that a contract defines: method, path, largest body and the types of what is said are its own.

use crate::{Json, with_body_limit};
use axum::{
    Router,
    extract::State,
    handler::Handler,
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use shirushi_contract::{
    CertificateOrChain, DESCRIPTION, Document, Endpoint, InJson, Listed, Method, Nothing,
    OcspRequest, OcspResponse, RoleContract,
};
use std::future::Future;

/// Serves what a contract defines.
pub trait Serve<S>: Sized {
    /// The same routes, and this endpoint. The handler takes what the endpoint takes, and answers what it answers.
    #[must_use]
    fn serve<Q, A, H, T, R>(self, endpoint: &Endpoint<Q, A>, handler: H) -> Self
    where
        H: Handler<T, S> + Gives<T, R>,
        T: Takes<Q> + 'static,
        R: Answers<A>;
}

impl<S: Clone + Send + Sync + 'static> Serve<S> for Router<S> {
    fn serve<Q, A, H, T, R>(self, endpoint: &Endpoint<Q, A>, handler: H) -> Self
    where
        H: Handler<T, S> + Gives<T, R>,
        T: Takes<Q> + 'static,
        R: Answers<A>,
    {
        let about = &endpoint.about;
        let route = match about.method {
            Method::Get => get(handler),
            Method::Post => with_body_limit(post(handler), about.limit),
        };
        self.route(about.path, route)
    }
}

/// The route at which a role tells what it can be asked.
pub fn description(role: &'static RoleContract) -> Router {
    async fn told(State(role): State<&'static RoleContract>) -> Response {
        let kind = [(header::CONTENT_TYPE, "application/json")];
        (kind, role.document).into_response()
    }
    Router::new()
        .serve(&DESCRIPTION, told)
        .with_state(role)
}

/// Arguments of a handler that takes a `Q`.
pub trait Takes<Q> {}

/// A handler with these arguments gives an `R`.
pub trait Gives<T, R> {}

/// What a handler gives that answers an `A`.
pub trait Answers<A> {}

macro_rules! arguments {
    ($($argument:ident),*) => {
        impl<M, $($argument,)* Q> Takes<InJson<Q>> for (M, $($argument,)* Json<Q>) {}

        impl<F, W, M, $($argument,)* L, R> Gives<(M, $($argument,)* L), R> for F
        where
            F: Fn($($argument,)* L) -> W,
            W: Future<Output = R>,
        {
        }
    };
}

arguments!();
arguments!(A1);
arguments!(A1, A2);
arguments!(A1, A2, A3);

impl<T> Takes<Nothing> for T {}

impl<T> Takes<OcspRequest> for T {}

impl<T> Answers<InJson<T>> for Json<T> {}

impl<T, E> Answers<InJson<T>> for Result<Json<T>, E> {}

impl<T, E> Answers<InJson<T>> for Result<(StatusCode, Json<T>), E> {}

impl<E> Answers<Nothing> for Result<StatusCode, E> {}

macro_rules! as_it_is {
    ($($answered:ty),*) => {
        $(
            impl Answers<$answered> for Response {}
            impl<E> Answers<$answered> for Result<Response, E> {}
        )*
    };
}

as_it_is!(CertificateOrChain, Document, Listed, OcspResponse);
