//! The register to its counters: look-ups that an officer signs, for roles that are let in. Neither is enough without the other. And to
//! everybody: how it is.

mod operators;

pub(crate) use operators::Office;
pub use operators::refused_rows;

use crate::{Delivery, Register, RegisterError, officers::Officers};
use axum::{Router, extract::State};
use shirushi_clock::Clock;
use shirushi_contract::register::{LOOK_UP, STATUS};
use shirushi_crypto::SigningKey;
use shirushi_web::{Check, Json, Problem, Serve as _, status};
use shirushi_wire::{LookUp, LookUpAnswer, Signed};
use std::sync::Arc;

/// What look-ups are answered with.
#[derive(Clone)]
pub(crate) struct Desk {
    pub(crate) register: Arc<Register>,
    pub(crate) key: Arc<dyn SigningKey>,
    pub(crate) officers: Officers,
}

/// What counters ask: a signed look-up, answered under the register's signature.
pub(crate) fn look_ups(desk: Desk) -> Router {
    Router::new()
        .serve(&LOOK_UP, look_up)
        .with_state(desk)
}

/// What operators ask: see [`operators::routes`].
pub(crate) fn for_operators(office: Office) -> Router {
    operators::routes(office)
}

/// How it is, for everybody.
pub(crate) fn status_page(
    register: Arc<Register>,
    delivery: Arc<Delivery>,
    clock: Arc<dyn Clock>,
) -> Router {
    let look = move || {
        let (register, delivery) = (Arc::clone(&register), Arc::clone(&delivery));
        async move { look(&register, &delivery).await }
    };
    Router::new().route(STATUS.about.path, status("register", clock, look))
}

async fn look(register: &Register, delivery: &Delivery) -> Vec<Check> {
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

async fn look_up(
    State(desk): State<Desk>,
    Json(signed): Json<Signed<LookUp>>,
) -> Result<Json<LookUpAnswer>, Problem> {
    let officer = desk
        .officers
        .by_key(signed.key_identifier())
        .await
        .map_err(|error| Problem::unavailable(&error))?;
    desk.register
        .look_up(&signed, officer.as_ref(), desk.key.as_ref())
        .await
        .map(Json)
        .map_err(|error| problem(&error))
}

/// How a refusal of the register is answered; everything else becomes an incident.
#[must_use]
pub fn problem(error: &RegisterError) -> Problem {
    match error {
        RegisterError::Refused(refusal) => refusal.clone().into(),
        other => Problem::internal(other),
    }
}
