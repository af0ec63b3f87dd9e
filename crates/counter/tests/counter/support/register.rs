//! The resident register, played.

use super::{CARD, HERE, TARO, is_the_counter, status};
use axum::{
    Json, Router,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
    routing::post,
};
use shirushi_clock::Date;
use shirushi_crypto::{KeyKind, SoftwareKey};
use shirushi_profile::Sex;
use shirushi_rules::Refusal;
use shirushi_wire::{
    Asked, CardKind, CardRecord, CardState, CardStatement, LookUp, LookUpAnswer, LookedUp,
    RecordStatus, ResidentRecord, ResidentStatement, Signed,
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

pub(crate) struct Register {
    pub(crate) residents: Mutex<HashMap<String, ResidentRecord>>,
    pub(crate) cards: Mutex<HashMap<String, CardRecord>>,
    /// Answers every question with this status.
    pub(crate) fails_with: Mutex<Option<u16>>,
    /// Refuses every question.
    pub(crate) refuses: Mutex<Option<Refusal>>,
    /// How often it was asked.
    pub(crate) asked: Mutex<usize>,
    /// What it was asked.
    pub(crate) look_ups: Mutex<Vec<LookUp>>,
    /// The same as it came.
    pub(crate) signed: Mutex<Vec<Signed<LookUp>>>,
    key: SoftwareKey,
}

pub(crate) fn resident(code: &str) -> ResidentRecord {
    ResidentRecord {
        code: code.parse().unwrap(),
        municipality: HERE.parse().unwrap(),
        name: "印　太郎".to_owned(),
        furigana: Some("シルシ　タロウ".to_owned()),
        former_name: None,
        alias: None,
        birth_date: Date::constant(1980, 2, 17),
        sex: Sex::Male,
        address: "東京都印市朱肉一丁目１番１号".to_owned(),
        stay_until: None,
        status: RecordStatus::Alive,
        sequence: 7,
    }
}

pub(crate) fn card(number: &str, holder: &str) -> CardRecord {
    CardRecord {
        number: number.parse().unwrap(),
        kind: CardKind::IndividualNumberCard,
        holder: holder.parse().unwrap(),
        valid_until: Date::constant(2031, 2, 17),
        state: CardState::Valid,
    }
}

impl Default for Register {
    fn default() -> Self {
        Self {
            residents: Mutex::new(HashMap::from([(TARO.to_owned(), resident(TARO))])),
            cards: Mutex::new(HashMap::from([(CARD.to_owned(), card(CARD, TARO))])),
            fails_with: Mutex::default(),
            refuses: Mutex::default(),
            asked: Mutex::default(),
            look_ups: Mutex::default(),
            signed: Mutex::default(),
            key: SoftwareKey::generate(KeyKind::P256).unwrap(),
        }
    }
}

impl Register {
    pub(crate) fn put(&self, record: ResidentRecord) {
        let code = record.code.to_string();
        self.residents
            .lock()
            .unwrap()
            .insert(code, record);
    }

    pub(crate) fn put_card(&self, record: CardRecord) {
        let number = record.number.to_string();
        self.cards
            .lock()
            .unwrap()
            .insert(number, record);
    }
}

pub(crate) fn routes(register: Arc<Register>) -> Router {
    Router::new()
        .route("/register/look-ups", post(look_up))
        .with_state(register)
}

/// Answers as the register does, for whoever signed: that it asks who signed, its own tests show.
async fn look_up(
    State(register): State<Arc<Register>>,
    headers: HeaderMap,
    Json(signed): Json<Signed<LookUp>>,
) -> Response {
    let look_up = signed.unverified().unwrap();
    register
        .signed
        .lock()
        .unwrap()
        .push(signed);
    register
        .look_ups
        .lock()
        .unwrap()
        .push(look_up.clone());
    *register.asked.lock().unwrap() += 1;
    if !is_the_counter(&headers) {
        return status(401).into_response();
    }
    if let Some(code) = *register.fails_with.lock().unwrap() {
        return status(code).into_response();
    }
    if let Some(refusal) = register
        .refuses
        .lock()
        .unwrap()
        .as_ref()
    {
        return (status(422), Json(refusal.report())).into_response();
    }
    Json(register.answer(&look_up)).into_response()
}

impl Register {
    fn answer(&self, look_up: &LookUp) -> LookUpAnswer {
        let asked = Asked {
            look_up: look_up.id,
            officer: look_up.officer.clone(),
            municipality: look_up.municipality,
            why: look_up.why.clone(),
        };
        let stated_at = look_up.at;
        match &look_up.what {
            LookedUp::Resident { code } => {
                let residents = self.residents.lock().unwrap();
                let Some(resident) = residents.get(code.as_str()).cloned() else {
                    return LookUpAnswer::Nothing;
                };
                let statement = ResidentStatement {
                    resident,
                    asked,
                    stated_at,
                };
                LookUpAnswer::Resident(Signed::sign(&statement, &self.key).unwrap())
            }
            LookedUp::Card { number } => {
                let cards = self.cards.lock().unwrap();
                let Some(card) = cards.get(number.as_str()).cloned() else {
                    return LookUpAnswer::Nothing;
                };
                let statement = CardStatement {
                    card,
                    sequence: 7,
                    asked,
                    stated_at,
                };
                LookUpAnswer::Card(Signed::sign(&statement, &self.key).unwrap())
            }
            LookedUp::Named { .. } => LookUpAnswer::Residents(
                self.residents
                    .lock()
                    .unwrap()
                    .values()
                    .cloned()
                    .collect(),
            ),
        }
    }
}
