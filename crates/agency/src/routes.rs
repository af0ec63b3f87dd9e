//! The agency's face.

use crate::{
    Accepted, Agency, AgencyError, NotFiled, ReadingKey, Submission, SubmissionFault, Usable,
};
use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use base64ct::{Base64, Encoding as _};
use serde::Deserialize;
use serde_json::{Value, json};
use shirushi_profile::Certificate;
use shirushi_rules::{Bilingual, Fact, Facts, READ_BY_FILER, WELL_FORMED};
use shirushi_signature::MAX_CMS_LEN;
use shirushi_store::StoreError;
use shirushi_web::{Check, Json, Problem, status, with_body_limit, with_streamed_limit};
use shirushi_wire::filing::{LARGEST_DOCUMENT, PROCEDURES};
use std::sync::Arc;

/// What the form's own lines may take beside the two parts, in bytes.
const FORM: usize = 4 * 1024;
/// The largest question about a certificate, in bytes.
const LARGEST_QUESTION: usize = 64 * 1024;

/// The agency's routes, all under `/agency`:
///
/// * `POST /agency/filings`: a form with `document` (`application/xml`) and `signature` (`application/pkcs7-signature`), and in the
///   header `Authorization: Bearer` a key of the sender's choice → receipt;
/// * `GET /agency/filings/{receipt}` → received, or decided; with that key, what is kept; `…/evidence/{name}` → its bytes;
/// * `POST /agency/certificate-checks` `{"certificate": base64 of the DER}` → whether it will do;
/// * `GET /agency/procedures`, `GET /agency/status`.
pub fn router(agency: Arc<Agency>) -> Router {
    let filings = with_streamed_limit(post(file), LARGEST_DOCUMENT + MAX_CMS_LEN + FORM);
    let checks = with_body_limit(post(check), LARGEST_QUESTION);
    let asked = Arc::clone(&agency);
    let look = move || look(Arc::clone(&asked));
    Router::new()
        .route("/agency/filings", filings)
        .route("/agency/filings/{receipt}", get(kept))
        .route("/agency/filings/{receipt}/evidence/{name}", get(evidence))
        .route("/agency/certificate-checks", checks)
        .route("/agency/procedures", get(procedures))
        .route(
            "/agency/status",
            status("agency", Arc::clone(agency.clock()), look),
        )
        .with_state(agency)
}

async fn file(
    State(agency): State<Arc<Agency>>,
    headers: HeaderMap,
    submission: Result<Submission, SubmissionFault>,
) -> Result<Json<Accepted>, Response> {
    let submission = submission.map_err(IntoResponse::into_response)?;
    let reader =
        ReadingKey::of(&headers).map_err(|refusal| Problem::from(refusal).into_response())?;
    match agency.file(submission, reader).await {
        Ok(accepted) => Ok(Json(accepted)),
        Err(NotFiled::Refused(refused)) => {
            Err((status_of(&refused.refusal.rule), Json(refused.refusal)).into_response())
        }
        Err(NotFiled::Busy(refusal)) => Err(Problem::from(refusal).into_response()),
        Err(NotFiled::Fault(fault)) => Err(problem(&fault).into_response()),
    }
}

/// As `shirushi_web::Refused` answers.
fn status_of(rule: &str) -> StatusCode {
    if rule == shirushi_rules::SIZE_LIMIT.id {
        StatusCode::PAYLOAD_TOO_LARGE
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    }
}

/// To anybody what the number says; what is kept to who has its key.
async fn kept(
    State(agency): State<Arc<Agency>>,
    Path(receipt): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if ReadingKey::of(&headers)?.is_none() {
        let known = agency
            .known(&receipt)
            .await
            .map_err(|fault| problem(&fault))?;
        return Ok(Json(known.ok_or(Problem::NotFound)?).into_response());
    }
    require_key(&agency, &receipt, &headers).await?;
    let kept = agency
        .kept(&receipt)
        .await
        .map_err(|fault| problem(&fault))?;
    Ok(Json(kept.ok_or(Problem::NotFound)?).into_response())
}

/// The same answer where nothing is kept and where the key is another's: a number is not to be found by trying.
async fn require_key(agency: &Agency, receipt: &str, headers: &HeaderMap) -> Result<(), Problem> {
    let opens = match ReadingKey::of(headers)? {
        Some(key) => agency
            .opens(receipt, &key)
            .await
            .map_err(|fault| problem(&fault))?,
        None => false,
    };
    Ok(READ_BY_FILER.require(opens, [])?)
}

async fn evidence(
    State(agency): State<Arc<Agency>>,
    Path((receipt, name)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    require_key(&agency, &receipt, &headers).await?;
    let found = agency
        .evidence(&receipt, &name)
        .await
        .map_err(|fault| problem(&fault))?;
    let (media_type, bytes) = found.ok_or(Problem::NotFound)?;
    let headers = [
        (header::CONTENT_TYPE, media_type),
        // What someone else has sent is never shown as a page of this site.
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
    ];
    Ok((headers, bytes).into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    certificate: String,
}

async fn check(
    State(agency): State<Arc<Agency>>,
    Json(question): Json<Question>,
) -> Result<Json<Usable>, Problem> {
    let malformed = |fault: Fact| {
        WELL_FORMED.refusal(
            Facts::new()
                .and("where", "certificate")
                .and("fault", fault),
        )
    };
    let der = Base64::decode_vec(&question.certificate)
        .map_err(|_| malformed(Bilingual::new("base64ではありません", "not base64").into()))?;
    let certificate = Certificate::from_der(&der).map_err(|e| malformed(e.to_string().into()))?;
    Ok(Json(agency.check(&certificate).await?))
}

async fn procedures() -> Json<Value> {
    let procedures: Vec<Value> = PROCEDURES
        .into_iter()
        .map(|procedure| {
            let fields: Vec<Value> = procedure
                .fields
                .iter()
                .map(|field| {
                    json!({
                        "name": field.name,
                        "label": { "ja": field.label.ja, "en": field.label.en },
                        "form": field.form,
                    })
                })
                .collect();
            json!({
                "id": procedure.id,
                "name": { "ja": procedure.name.ja, "en": procedure.name.en },
                "fields": fields,
            })
        })
        .collect();
    Json(json!({ "procedures": procedures }))
}

async fn look(agency: Arc<Agency>) -> Vec<Check> {
    let accepted = agency.accepted_tally().await;
    vec![
        Check {
            name: "store".to_owned(),
            ok: accepted.is_ok(),
            seen: match accepted {
                Ok(number) => format!("{number} filings accepted"),
                Err(_) => "not readable".to_owned(),
            },
        },
        Check::writing(&agency.health()),
    ]
}

fn problem(fault: &AgencyError) -> Problem {
    match fault {
        AgencyError::Store(StoreError::Busy) => Problem::unavailable(fault),
        _ => Problem::internal(fault),
    }
}
