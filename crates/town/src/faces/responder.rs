//! How the responder is: whether both lists can be had.

use axum::Router;
use shirushi_authority::Authority;
use shirushi_clock::Clock;
use shirushi_profile::{CertificateKind, CertificateList};
use shirushi_web::{Check, status};
use std::sync::Arc;

pub(crate) fn routes(authority: Authority, clock: Arc<dyn Clock>) -> Router {
    let look = move || {
        let authority = authority.clone();
        async move {
            let mut checks = Vec::new();
            for (name, kind) in [
                ("signature-crl", CertificateKind::Signature),
                ("authentication-crl", CertificateKind::Authentication),
            ] {
                checks.push(list(&authority, name, kind).await);
            }
            checks
        }
    };
    Router::new().route("/responder/status", status("responder", clock, look))
}

async fn list(authority: &Authority, name: &str, kind: CertificateKind) -> Check {
    let list = match authority.crl(kind, None).await {
        Ok(der) => CertificateList::from_der(&der).ok(),
        Err(error) => {
            tracing::error!(%error, "no list");
            None
        }
    };
    Check {
        name: name.to_owned(),
        ok: list.is_some(),
        seen: list.map_or_else(
            || "no list".to_owned(),
            |list| {
                format!(
                    "number {}, {} entries",
                    list.number().unwrap_or_default(),
                    list.len()
                )
            },
        ),
    }
}
