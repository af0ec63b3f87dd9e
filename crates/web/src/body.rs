//! Bodies: bounded, and JSON with the place of a fault.

mod streamed;
mod unfinished;

use crate::Problem;
use axum::{
    body::{Body, Bytes, HttpBody as _},
    extract::{DefaultBodyLimit, FromRequest, Request, State},
    http::{HeaderMap, header},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::MethodRouter,
};
use serde::{Serialize, de::DeserializeOwned};
use shirushi_rules::{
    Bilingual, Fact, Facts, InBoth, NOT_TOO_MUCH_AT_ONCE, Refusal, SIZE_LIMIT, WELL_FORMED,
};
use std::{
    future::poll_fn,
    pin::Pin,
    sync::{Arc, PoisonError},
    time::Duration,
};
use streamed::Streamed;
use tokio::time;
use unfinished::Unfinished;

/// The most characters of a parser's message that are repeated to the sender.
const LONGEST_FAULT: usize = 200;
/// The most of a body beyond its limit that is received and thrown away, in bytes.
const MOST_DISCARDED: usize = 64 * 1024 * 1024;
/// Unfinished bodies of a route hold together what so many of the largest would.
const UNFINISHED: usize = 4;
/// They may hold so many bytes together in any case.
const FEWEST_UNFINISHED: usize = 4 * 1024 * 1024;
/// The longest that is waited for it.
const LONGEST_DISCARDING: Duration = Duration::from_secs(10);
/// Whoever pauses so long meanwhile sends no more.
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// Bounds the bodies that a route takes to `limit` bytes. A larger one is refused by [`SIZE_LIMIT`] with the facts `limit` and
/// `size`; nothing beyond the limit is kept. What unfinished bodies hold together is bounded too: those that hold most are then
/// refused by [`NOT_TOO_MUCH_AT_ONCE`].
pub fn with_body_limit<S>(route: MethodRouter<S>, limit: usize) -> MethodRouter<S>
where
    S: Clone + Send + Sync + 'static,
{
    route
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn_with_state((limit, unfinished(limit)), bound))
}

/// The same for a handler that reads its body as it comes, and has no use for the whole of it in one piece: no copy of a large one is
/// made. It must have read its body before it does anything.
pub fn with_streamed_limit<S>(route: MethodRouter<S>, limit: usize) -> MethodRouter<S>
where
    S: Clone + Send + Sync + 'static,
{
    route
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn_with_state((limit, unfinished(limit)), stream))
}

fn unfinished(limit: usize) -> Arc<Unfinished> {
    Unfinished::new(
        limit
            .saturating_mul(UNFINISHED)
            .max(FEWEST_UNFINISHED),
    )
}

/// Why a body was not received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unreceived {
    TooLarge,
    TooMuchAtOnce,
    CutShort,
}

impl Unreceived {
    fn problem(self, limit: usize) -> Problem {
        match self {
            Self::TooLarge => too_large(limit, format!("> {limit}")),
            Self::TooMuchAtOnce => NOT_TOO_MUCH_AT_ONCE.refusal([]).into(),
            Self::CutShort => unreadable(),
        }
    }
}

/// JSON: as an argument of a handler the request's body, as its answer the response's.
///
/// The body must be `application/json`, which a page of another site cannot send without asking (Fetch §3.2.2), else 415; a
/// fault in it is refused by [`WELL_FORMED`] with the facts `where` (line and column) and `fault`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::MediaType("application/json"));
        }
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(|_| unreadable())?;
        match serde_json::from_slice(&bytes) {
            Ok(value) => Ok(Self(value)),
            Err(error) => Err(malformed(&error).into()),
        }
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

async fn bound(
    State((limit, unfinished)): State<(usize, Arc<Unfinished>)>,
    request: Request,
    next: Next,
) -> Response {
    if !SIZE_LIMIT.is_on() {
        return next.run(request).await;
    }
    let (head, mut body) = match announced(limit, request).await {
        Ok(request) => request.into_parts(),
        Err(problem) => return problem.into_response(),
    };
    match read_up_to(limit, &mut body, &unfinished).await {
        Ok(bytes) => {
            let request = Request::from_parts(head, Body::from(bytes));
            next.run(request).await
        }
        Err(why) => {
            discard(body).await;
            why.problem(limit).into_response()
        }
    }
}

async fn stream(
    State((limit, unfinished)): State<(usize, Arc<Unfinished>)>,
    request: Request,
    next: Next,
) -> Response {
    if !SIZE_LIMIT.is_on() {
        return next.run(request).await;
    }
    let (head, body) = match announced(limit, request).await {
        Ok(request) => request.into_parts(),
        Err(problem) => return problem.into_response(),
    };
    let (streamed, left) = Streamed::new(body, limit, unfinished.begin());
    let answer = next
        .run(Request::from_parts(head, Body::new(streamed)))
        .await;
    let rest = left
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take();
    let Some(rest) = rest else {
        return answer;
    };
    discard(rest.body).await;
    rest.why
        .map_or(answer, |why| why.problem(limit).into_response())
}

/// Refuses a body that says itself that it is too large.
async fn announced(limit: usize, request: Request) -> Result<Request, Problem> {
    let announced = request.body().size_hint().lower();
    if announced <= limit as u64 {
        return Ok(request);
    }
    discard(request.into_body()).await;
    let announced = usize::try_from(announced).unwrap_or(usize::MAX);
    Err(too_large(limit, announced))
}

async fn read_up_to(
    limit: usize,
    body: &mut Body,
    unfinished: &Arc<Unfinished>,
) -> Result<Vec<u8>, Unreceived> {
    let mut bytes = Vec::new();
    let upload = unfinished.begin();
    loop {
        let next = poll_fn(|context| Pin::new(&mut *body).poll_frame(context));
        let frame = tokio::select! {
            frame = next => frame,
            () = upload.told_to_end() => return Err(Unreceived::TooMuchAtOnce),
        };
        let Some(frame) = frame else {
            return Ok(bytes);
        };
        let frame = frame.map_err(|_| Unreceived::CutShort)?;
        // Trailers carry nothing that a handler asks for.
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if data.len() > limit - bytes.len() {
            return Err(Unreceived::TooLarge);
        }
        upload.grow(data.len());
        bytes.extend_from_slice(&data);
    }
}

/// Lets the sender finish, within measure: one whose connection is cut while it still sends never reads why.
async fn discard(mut body: Body) {
    let rest = async {
        let mut discarded = 0;
        while discarded < MOST_DISCARDED {
            let next = poll_fn(|context| Pin::new(&mut body).poll_frame(context));
            match time::timeout(LONGEST_PAUSE, next).await {
                Ok(Some(Ok(frame))) => discarded += frame.data_ref().map_or(0, Bytes::len),
                Ok(Some(Err(_)) | None) | Err(_) => break,
            }
        }
    };
    // Too slow or too long: the answer goes out all the same.
    let _ = time::timeout(LONGEST_DISCARDING, rest).await;
}

fn too_large(limit: usize, size: impl Into<Fact>) -> Problem {
    SIZE_LIMIT
        .refusal(
            Facts::new()
                .and("limit", limit)
                .and("size", size),
        )
        .into()
}

/// The connection broke, or the chunks contradict themselves.
fn unreadable() -> Problem {
    WELL_FORMED
        .refusal(
            Facts::new()
                .and("where", Bilingual::new("本文", "body"))
                .and("fault", Bilingual::new("途中で切れています", "cut short")),
        )
        .into()
}

fn is_json(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|essence| {
            essence
                .trim()
                .eq_ignore_ascii_case("application/json")
        })
}

fn malformed(error: &serde_json::Error) -> Refusal {
    let (line, column) = (error.line(), error.column());
    let message = error.to_string();
    let fault: String = message
        .strip_suffix(&format!(" at line {line} column {column}"))
        .unwrap_or(&message)
        .chars()
        .take(LONGEST_FAULT)
        .collect();
    WELL_FORMED.refusal(
        Facts::new()
            .and(
                "where",
                InBoth::new(
                    format!("{line}行{column}列"),
                    format!("line {line}, column {column}"),
                ),
            )
            .and("fault", fault),
    )
}
