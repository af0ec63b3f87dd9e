//! The routes: the addresses that stand in certificates (`shirushi_profile::Urls`).

use crate::{
    ResponderKeys, StatusSource,
    answer::{Answer, answer},
    kept::Representation,
};
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use base64ct::{Base64, Encoding as _};
use shirushi_clock::Clock;
use shirushi_contract::responder::{ISSUER, LIST, OCSP, OCSP_BY_GET};
use shirushi_profile::{
    CertificateKind, Generation,
    ocsp::{MOST_REQUEST_BYTES, OcspResponseStatus, error_response},
};
use shirushi_web::{Path, Problem, Serve as _};
use std::sync::Arc;

/// Media type of a request (RFC 6960 appendix C.1).
const OCSP_REQUEST: &str = "application/ocsp-request";

/// Media type of a response (RFC 6960 appendix C.2).
const OCSP_RESPONSE: &str = "application/ocsp-response";

/// The responder's routes for everybody.
pub fn router(
    source: Arc<dyn StatusSource>,
    keys: Arc<ResponderKeys>,
    clock: Arc<dyn Clock>,
) -> Router {
    let responder = Responder {
        source,
        keys,
        clock,
    };
    Router::new()
        .serve(&OCSP, by_post)
        .serve(&OCSP_BY_GET, by_get)
        .serve(&LIST, list)
        .serve(&ISSUER, authority)
        .with_state(responder)
}

#[derive(Clone)]
struct Responder {
    source: Arc<dyn StatusSource>,
    keys: Arc<ResponderKeys>,
    clock: Arc<dyn Clock>,
}

impl Responder {
    async fn answer(&self, kind: CertificateKind, request: &[u8]) -> Answer {
        answer(
            request,
            kind,
            &self.keys,
            self.source.as_ref(),
            self.clock.as_ref(),
        )
        .await
    }
}

async fn by_post(
    State(responder): State<Responder>,
    Path(kind): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let kind = kind_of(&kind)?;
    // RFC 9110 §8.3.1: parameters are no part of the type, and this type has none that would change what the body means.
    let is_request = headers
        .get(header::CONTENT_TYPE)
        .and_then(|given| given.to_str().ok())
        .and_then(|given| given.split(';').next())
        .is_some_and(|given| {
            given
                .trim()
                .eq_ignore_ascii_case(OCSP_REQUEST)
        });
    if !is_request {
        return Err(Problem::MediaType(OCSP_REQUEST));
    }
    let answer = responder.answer(kind, &body).await;
    Ok(of_type(OCSP_RESPONSE, answer.der))
}

/// RFC 6960 appendix A.1: base64 in the path, escaped or not; clients differ about `/`, `+` and `=`.
async fn by_get(
    State(responder): State<Responder>,
    Path((kind, request)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let kind = kind_of(&kind)?;
    if request.len() > MOST_REQUEST_BYTES.div_ceil(3) * 4 {
        return Ok(malformed());
    }
    let Ok(request) = Base64::decode_vec(&request) else {
        return Ok(malformed());
    };
    let answer = responder.answer(kind, &request).await;
    let Some(next_update) = answer.keep_until else {
        return Ok(of_type(OCSP_RESPONSE, answer.der));
    };
    let response = Representation {
        media_type: OCSP_RESPONSE,
        body: answer.der.into(),
        // Each response is signed anew: there is nothing to compare.
        tag: None,
        last_modified: None,
        next_update: Some(next_update),
    };
    Ok(response.answer(&headers, responder.clock.now()))
}

async fn list(
    State(responder): State<Responder>,
    Path((of, file)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (kind, generation) = Generation::of_path(&of).ok_or(Problem::NotFound)?;
    let scope = file
        .strip_suffix(".crl")
        .and_then(|name| name.parse().ok())
        .ok_or(Problem::NotFound)?;
    match responder
        .source
        .crl(kind, generation, scope)
        .await
    {
        Ok(Some(list)) => {
            let response = Representation {
                media_type: "application/pkix-crl",
                body: list.body(),
                tag: Some(list.tag()),
                last_modified: list.last_modified(),
                next_update: list.list().next_update(),
            };
            Ok(response.answer(&headers, responder.clock.now()))
        }
        Ok(None) => Err(Problem::NotFound),
        Err(failed) => Err(Problem::unavailable(&failed)),
    }
}

async fn authority(
    State(responder): State<Responder>,
    Path(file): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if file == "all.pem" {
        return Ok(all(&responder.keys));
    }
    let name = file
        .strip_suffix(".cer")
        .ok_or(Problem::NotFound)?;
    let (kind, generation) = match name.split_once('-') {
        None => (name, None),
        Some((kind, number)) => (
            kind,
            Some(
                number
                    .parse()
                    .map_err(|_| Problem::NotFound)?,
            ),
        ),
    };
    let key = responder
        .keys
        .of(kind_of(kind)?, generation)
        .ok_or(Problem::NotFound)?;
    let issuer = &key.issuer;
    let tag = format!("\"{}\"", hex::encode(&issuer.sha256()[..16]));
    let response = Representation {
        media_type: "application/pkix-cert",
        body: issuer.der().to_vec().into(),
        tag: Some(&tag),
        last_modified: None,
        next_update: None,
    };
    Ok(response.answer(&headers, responder.clock.now()))
}

/// Every generation of both authorities, as a file of trust for verifiers (RFC 8555 §9.1 has the type).
fn all(keys: &ResponderKeys) -> Response {
    let mut text = String::new();
    for key in keys.all() {
        text.push_str(&pem(key.issuer.der()));
    }
    of_type("application/pem-certificate-chain", text.into_bytes())
}

/// RFC 7468 §5.
fn pem(der: &[u8]) -> String {
    let mut text = String::from("-----BEGIN CERTIFICATE-----\n");
    // 48 bytes give a line of 64 characters.
    for line in der.chunks(48) {
        text.push_str(&Base64::encode_string(line));
        text.push('\n');
    }
    text.push_str("-----END CERTIFICATE-----\n");
    text
}

fn kind_of(path: &str) -> Result<CertificateKind, Problem> {
    CertificateKind::ALL
        .into_iter()
        .find(|kind| kind.path() == path)
        .ok_or(Problem::NotFound)
}

fn malformed() -> Response {
    of_type(
        OCSP_RESPONSE,
        error_response(OcspResponseStatus::MalformedRequest),
    )
}

fn of_type(media_type: &'static str, body: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, media_type)], body).into_response()
}
