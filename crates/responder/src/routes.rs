//! The routes: the addresses that stand in certificates (`shirushi_profile::Urls`).

use crate::{
    StatusSource,
    answer::{Answer, answer},
    kept::Representation,
};
use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use base64ct::{Base64, Encoding as _};
use shirushi_clock::Clock;
use shirushi_crypto::SigningKey;
use shirushi_profile::{
    Certificate, CertificateKind,
    ocsp::{MOST_REQUEST_BYTES, OcspResponseStatus, error_response},
};
use shirushi_web::{Problem, with_body_limit};
use std::sync::Arc;

/// Media type of a request (RFC 6960 appendix C.1).
const OCSP_REQUEST: &str = "application/ocsp-request";

/// Media type of a response (RFC 6960 appendix C.2).
const OCSP_RESPONSE: &str = "application/ocsp-response";

/// What one authority's responses are signed with.
#[derive(Debug)]
pub struct ResponderKey {
    /// The responder's own key.
    pub key: Arc<dyn SigningKey>,
    /// Its certificate, with id-kp-OCSPSigning (RFC 6960 §4.2.2.2).
    pub certificate: Certificate,
    /// The authority that issued it and the certificates asked about.
    pub issuer: Certificate,
}

/// The responder's routes, `signature` and `authentication` being the keys for the two authorities:
///
/// * `POST /ocsp/{sign|auth}` (`application/ocsp-request`), `GET /ocsp/{sign|auth}/{base64 of the request}`;
/// * `GET /crl/{sign|auth}/{complete|municipality code}.crl`;
/// * `GET /ca/{sign|auth}.cer`.
pub fn router(
    source: Arc<dyn StatusSource>,
    signature: ResponderKey,
    authentication: ResponderKey,
    clock: Arc<dyn Clock>,
) -> Router {
    let responder = Responder {
        source,
        signature: Arc::new(signature),
        authentication: Arc::new(authentication),
        clock,
    };
    Router::new()
        .route(
            "/ocsp/{kind}",
            with_body_limit(post(by_post), MOST_REQUEST_BYTES),
        )
        .route("/ocsp/{kind}/{*request}", get(by_get))
        .route("/crl/{kind}/{file}", get(list))
        .route("/ca/{file}", get(authority))
        .with_state(responder)
}

#[derive(Clone)]
struct Responder {
    source: Arc<dyn StatusSource>,
    signature: Arc<ResponderKey>,
    authentication: Arc<ResponderKey>,
    clock: Arc<dyn Clock>,
}

impl Responder {
    fn key(&self, kind: CertificateKind) -> &Arc<ResponderKey> {
        match kind {
            CertificateKind::Signature => &self.signature,
            CertificateKind::Authentication => &self.authentication,
        }
    }

    async fn answer(&self, kind: CertificateKind, request: &[u8]) -> Answer {
        answer(
            request,
            kind,
            self.key(kind),
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
    let content_type = headers
        .get(header::CONTENT_TYPE)
        .map(HeaderValue::as_bytes);
    if content_type.is_none_or(|given| !given.eq_ignore_ascii_case(OCSP_REQUEST.as_bytes())) {
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
    Path((kind, file)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let kind = kind_of(&kind)?;
    let name = file
        .strip_suffix(".crl")
        .ok_or(Problem::NotFound)?;
    let municipality = match name {
        "complete" => None,
        code => Some(
            code.parse()
                .map_err(|_| Problem::NotFound)?,
        ),
    };
    match responder
        .source
        .crl(kind, municipality)
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
    let name = file
        .strip_suffix(".cer")
        .ok_or(Problem::NotFound)?;
    let issuer = &responder.key(kind_of(name)?).issuer;
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
