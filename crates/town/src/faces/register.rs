//! The register to its counters: look-ups that an officer signs, for bearers of the role token. Neither is enough without the other.

use crate::delivery::Delivery;
use crate::officers::{Officers, Unanswered};
use axum::{Router, extract::State, routing::post};
use shirushi_clock::Clock;
use shirushi_crypto::SigningKey;
use shirushi_register::{Register, RegisterError};
use shirushi_web::{BearerToken, Check, Json, Problem, status, with_bearer, with_body_limit};
use shirushi_wire::{LookUp, LookUpAnswer, Signed};
use std::sync::Arc;

/// Longest look-up, in bytes.
const LONGEST_LOOK_UP: usize = 16 * 1024;

/// What look-ups are answered with.
#[derive(Clone)]
struct Desk {
    register: Arc<Register>,
    key: Arc<dyn SigningKey>,
    officers: Officers,
}

pub(crate) fn routes(
    register: Arc<Register>,
    key: Arc<dyn SigningKey>,
    officers: Officers,
    delivery: Arc<Delivery>,
    bearer: BearerToken,
    clock: Arc<dyn Clock>,
) -> Router {
    let looked_at = Arc::clone(&register);
    let look = move || {
        let register = Arc::clone(&looked_at);
        let delivery = Arc::clone(&delivery);
        async move {
            let residents = register.residents_tally().await;
            let wrong = delivery.out_of_step();
            vec![
                Check {
                    name: "residents".to_owned(),
                    ok: residents.is_ok(),
                    seen: residents.map_or_else(|_| "no answer".to_owned(), |n| n.to_string()),
                },
                Check::writing(&register.health()),
                Check {
                    name: "in-step-with-authority".to_owned(),
                    ok: wrong.is_none(),
                    seen: wrong.map_or_else(|| "nothing contradicts".to_owned(), |w| w.to_string()),
                },
            ]
        }
    };
    let guarded = Router::new()
        .route(
            "/register/look-ups",
            with_body_limit(post(look_up), LONGEST_LOOK_UP),
        )
        .with_state(Desk {
            register,
            key,
            officers,
        });
    Router::new()
        .merge(with_bearer(guarded, bearer))
        .route("/register/status", status("register", clock, look))
}

async fn look_up(
    State(desk): State<Desk>,
    Json(signed): Json<Signed<LookUp>>,
) -> Result<Json<LookUpAnswer>, Problem> {
    let officer = desk
        .officers
        .by_key(signed.key_identifier())
        .await
        .map_err(|error: Unanswered| Problem::unavailable(&error))?;
    desk.register
        .look_up(&signed, officer.as_ref(), desk.key.as_ref())
        .await
        .map(Json)
        .map_err(|error| problem(&error))
}

/// A refusal is told; everything else becomes an incident.
pub(crate) fn problem(error: &RegisterError) -> Problem {
    match error {
        RegisterError::Refused(refusal) => refusal.clone().into(),
        other => Problem::internal(other),
    }
}
