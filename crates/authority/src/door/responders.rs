//! The authority to responders in other processes: what is known of a certificate, who issues, and certificates for their keys.

use super::problem;
use crate::Authority;
use axum::{Router, extract::State};
use base64ct::{Base64, Encoding as _};
use shirushi_contract::authority::{CERTIFY, ISSUERS, STATE};
use shirushi_crypto::PublicKey;
use shirushi_profile::Generation;
use shirushi_rules::{Bilingual, Facts, WELL_FORMED};
use shirushi_web::{Json, Path, Problem, Serve as _};
use shirushi_wire::{CertificateState, IssuerCertificate, ResponderKeyRequest};

/// For responders alone.
pub(super) fn routes(authority: Authority) -> Router {
    Router::new()
        .serve(&STATE, state)
        .serve(&ISSUERS, issuers)
        .serve(&CERTIFY, certify)
        .with_state(authority)
}

async fn state(
    State(authority): State<Authority>,
    Path((issuer, serial)): Path<(String, String)>,
) -> Result<Json<CertificateState>, Problem> {
    let (kind, generation) = Generation::of_path(&issuer).ok_or(Problem::NotFound)?;
    let serial = serial
        .parse()
        .map_err(|_| Problem::NotFound)?;
    authority
        .status_of(kind, generation, &serial)
        .await
        .map(Json)
        .map_err(|error| problem(&error))
}

async fn issuers(State(authority): State<Authority>) -> Json<Vec<IssuerCertificate>> {
    let issuers = authority.ceremony().all();
    Json(
        issuers
            .iter()
            .map(|issuer| IssuerCertificate {
                kind: issuer.kind(),
                generation: issuer.generation(),
                certificate: Base64::encode_string(issuer.certificate().der()),
            })
            .collect(),
    )
}

async fn certify(
    State(authority): State<Authority>,
    Json(asked): Json<ResponderKeyRequest>,
) -> Result<Json<String>, Problem> {
    let key = Base64::decode_vec(&asked.public_key)
        .ok()
        .and_then(|der| PublicKey::from_spki_der(&der).ok())
        .ok_or_else(|| {
            let fault = Bilingual::new("公開鍵として読めません", "it is no public key");
            let facts = Facts::new()
                .and("where", "public_key")
                .and("fault", fault);
            WELL_FORMED.refusal(facts)
        })?;
    let certificate = authority
        .delegate(asked.kind, asked.generation, key)
        .await
        .map_err(|error| problem(&error))?;
    Ok(Json(Base64::encode_string(certificate.der())))
}
