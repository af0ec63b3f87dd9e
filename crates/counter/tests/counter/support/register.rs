//! The resident register, played.

use super::{CARD, HERE, TARO, is_the_counter, status};
use axum::{
    Json, Router,
    extract::{Path, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
    routing::get,
};
use shirushi_clock::Date;
use shirushi_profile::Sex;
use shirushi_wire::{CardKind, CardRecord, CardState, RecordStatus, ResidentRecord};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

pub(crate) struct Register {
    pub(crate) residents: Mutex<HashMap<String, ResidentRecord>>,
    pub(crate) cards: Mutex<HashMap<String, CardRecord>>,
    /// Answers every question with this status.
    pub(crate) fails_with: Mutex<Option<u16>>,
    /// How often it was asked.
    pub(crate) asked: Mutex<usize>,
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
            asked: Mutex::default(),
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
        .route("/register/residents/{code}", get(residents))
        .route("/register/cards/{number}", get(cards))
        .with_state(register)
}

async fn residents(
    State(register): State<Arc<Register>>,
    Path(code): Path<String>,
    headers: HeaderMap,
) -> Response {
    let record = register
        .residents
        .lock()
        .unwrap()
        .get(&code)
        .cloned();
    register.answer(&headers, record.map(Json))
}

async fn cards(
    State(register): State<Arc<Register>>,
    Path(number): Path<String>,
    headers: HeaderMap,
) -> Response {
    let record = register
        .cards
        .lock()
        .unwrap()
        .get(&number)
        .cloned();
    register.answer(&headers, record.map(Json))
}

impl Register {
    fn answer(&self, headers: &HeaderMap, record: Option<impl IntoResponse>) -> Response {
        *self.asked.lock().unwrap() += 1;
        if !is_the_counter(headers) {
            return status(401).into_response();
        }
        if let Some(code) = *self.fails_with.lock().unwrap() {
            return status(code).into_response();
        }
        record.map_or_else(|| status(404).into_response(), IntoResponse::into_response)
    }
}
