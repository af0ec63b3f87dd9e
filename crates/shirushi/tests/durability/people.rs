//! Invented residents with their cards, and the officer who serves them.

use crate::{card::HeldCard, draws::Draws, line::Life};
use base64ct::{Base64, Encoding as _};
use serde_json::{Value, json};
use shirushi_clock::Date;
use shirushi_profile::CertificateKind;
use shirushi_text::with_wrong_check_digit;
use shirushi_wire::{ApplicationId, ResidentCode};
use std::path::Path;

/// 印市
const HERE: &str = "13998";

/// A resident as the register has them.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) code: ResidentCode,
    pub(crate) name: String,
    pub(crate) birth: Date,
    pub(crate) address: String,
}

impl Person {
    fn invent(draws: &mut Draws, place: usize) -> Self {
        let digits: String = draws
            .bytes()
            .iter()
            .take(10)
            .map(|byte| char::from(b'0' + byte % 10))
            .collect();
        let letter = ["あ", "い", "う", "え", "お", "か", "き", "く"][place % 8];
        Self {
            code: with_wrong_check_digit(&digits)
                .parse()
                .unwrap(),
            name: format!("印谷　{letter}"),
            birth: Date::new(1984, 2, 29).unwrap(),
            address: address(0),
        }
    }

    fn row(&self) -> String {
        format!(
            "{},{HERE},{},シルシタニ,,,{},unknown,{},,alive\n",
            self.code, self.name, self.birth, self.address
        )
    }

    /// The application form, with everything as it should be.
    pub(crate) fn application(
        &self,
        id: ApplicationId,
        card: &str,
        kinds: &[CertificateKind],
        purpose: &str,
    ) -> Value {
        json!({
            "id": id,
            "resident_code": self.code,
            "form": {
                "name": self.name,
                "birth_date": self.birth,
                "sex": "unknown",
                "address": self.address,
            },
            "kinds": kinds,
            "purpose": purpose,
            "card_number": card,
            "presence": "in-person",
            "documents": ["individual-number-card"],
            "fee": { "paid_yen": 200, "waiver": null },
        })
    }
}

/// The `number`th address of a person.
pub(crate) fn address(number: usize) -> String {
    let wide: String = number
        .to_string()
        .chars()
        .map(|digit| char::from_u32(u32::from(digit) - u32::from('0') + u32::from('０')).unwrap())
        .collect();
    format!("東京都印市朱肉{wide}番")
}

/// Registers `count` people and makes their cards, which are kept as files in `pocket`.
pub(crate) async fn settle(
    life: &Life,
    draws: &mut Draws,
    count: usize,
    pocket: &Path,
) -> Vec<(Person, HeldCard)> {
    let people: Vec<Person> = (0..count)
        .map(|place| Person::invent(draws, place))
        .collect();
    let mut csv = String::from(
        "resident_code,municipality,name,furigana,former_name,alias,birth_date,sex,address,stay_until,status\n",
    );
    csv.extend(people.iter().map(Person::row));
    let report = life
        .post("/sandbox/residents", None, &json!({ "csv": csv }))
        .await;
    assert_eq!(report["imported"], count);
    let mut settled = Vec::new();
    for person in people {
        let order = json!({ "resident": person.code, "kind": "individual-number-card" });
        let made = life
            .post("/sandbox/cards", None, &order)
            .await;
        let bytes = Base64::decode_vec(made["card"].as_str().unwrap()).unwrap();
        let card = HeldCard::take(pocket, made["number"].as_str().unwrap(), &bytes);
        settled.push((person, card));
    }
    settled
}

/// Enrols an officer and logs them in; answers the session.
pub(crate) async fn log_in(life: &Life, draws: &mut Draws) -> String {
    let name = format!("officer-{}", hex::encode(&draws.bytes()[..4]));
    let password = hex::encode(draws.bytes());
    let code = life
        .post("/sandbox/officers", None, &json!({ "municipality": HERE }))
        .await;
    let enrolment = json!({ "code": code["code"], "name": name, "password": password });
    life.post("/counter/officers/enrol", None, &enrolment)
        .await;
    let credentials = json!({ "name": name, "password": password });
    let session = life
        .post("/counter/log-in", None, &credentials)
        .await;
    session["session"]
        .as_str()
        .unwrap()
        .to_owned()
}
