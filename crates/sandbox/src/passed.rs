//! What a party answers, passed on as it is.

use axum::{
    body::Body,
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use reqwest::RequestBuilder;
use serde::de::DeserializeOwned;
use shirushi_peers::{Answer, answer};
use shirushi_web::Problem;

/// Longest answer taken, in bytes.
const LONGEST: usize = 16 * 1024 * 1024;

/// Asks, and passes on whatever is answered.
pub(crate) async fn pass(request: RequestBuilder) -> Result<Response, Problem> {
    let answer = answer(request, LONGEST)
        .await
        .map_err(|lost| Problem::unavailable(&lost))?;
    Ok(passed(answer))
}

/// Asks, and reads a success; whatever else is answered is passed on.
pub(crate) async fn read<T: DeserializeOwned>(request: RequestBuilder) -> Result<T, Response> {
    let answer = answer(request, LONGEST)
        .await
        .map_err(|lost| Problem::unavailable(&lost).into_response())?;
    if !answer.status.is_success() {
        return Err(passed(answer));
    }
    answer
        .json()
        .map_err(|error| Problem::internal(&error).into_response())
}

fn passed(answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.status.as_u16()).unwrap_or(StatusCode::BAD_GATEWAY);
    let mut response = (status, Body::from(answer.body)).into_response();
    if let Some(kind) = answer
        .headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok()?.parse().ok())
    {
        response
            .headers_mut()
            .insert(CONTENT_TYPE, kind);
    }
    response
}
