//! A counter's machine in other hands, over HTTP: it has the role token and one officer's key, and the whole city in front of it. What it
//! says about residents it must have from the register, and the register writes down that it asked.
//!
//! The lies are told one by one in `crates/authority/tests`; here a few of each kind go the whole way.
#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests fail as loudly as tests"
)]

use reqwest::{Client, StatusCode};
use serde::Serialize;
use serde_json::{Value, json};
use shirushi_clock::Instant;
use shirushi_crypto::{KeyKind, SigningKey as _, SoftwareKey, SystemRandom};
use shirushi_profile::{CertificateKind, RevocationReason};
use shirushi_rules::{
    LOOK_UP_FRESH, LOOK_UP_REASON, LOOK_UP_SIGNED, OFFICER_KNOWN, OFFICER_SERVING, OFFICER_SIGNED,
    REGISTERED_HERE, REVOCATION_REASON, Rule, STATEMENT_FOR_THIS, STATEMENT_FRESH,
    STATEMENT_SIGNED, TAKEN_RECENTLY,
};
use shirushi_town::{PagesAt, Records, Residents, Town, TownConfig};
use shirushi_wire::{
    ApplicationId, AttestedApplication, CardStatement, Fee, IdentityDocument, LookUp, LookUpAnswer,
    LookUpId, LookedUp, Message, OfficerId, Presence, Purpose, ResidentCode, ResidentStatement,
    RevocationRequest, Signed, Why,
};
use std::net::SocketAddr;
use tempfile::TempDir;

const HERE: &str = "13998";
const TARO: &str = "90000000014";

/// What the hostile machine holds.
struct Machine {
    base: String,
    token: String,
    officer: OfficerId,
    key: SoftwareKey,
    client: Client,
    _folder: TempDir,
}

impl Machine {
    async fn taken() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let town = Town::open(TownConfig {
            folder: folder.path().to_owned(),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            residents: Residents::Sample,
            pages: PagesAt::default(),
            records: Records::default(),
        })
        .await
        .unwrap();
        let base = town.base();
        tokio::spawn(town.serve(std::future::pending()));
        let machine = Self {
            base,
            token: std::fs::read_to_string(folder.path().join("role-token")).unwrap(),
            officer: "hanako".parse().unwrap(),
            key: SoftwareKey::generate(KeyKind::P256).unwrap(),
            client: Client::builder()
                .no_proxy()
                .build()
                .unwrap(),
            _folder: folder,
        };
        let enrolled = machine
            .enrol(&machine.code().await)
            .await;
        assert_eq!(enrolled.0, StatusCode::CREATED, "{}", enrolled.1);
        machine
    }

    async fn post(&self, path: &str, body: &impl Serialize) -> (StatusCode, Value) {
        let answer = self
            .client
            .post(format!("{}{path}", self.base))
            .bearer_auth(&self.token)
            .json(body)
            .send()
            .await
            .unwrap();
        (answer.status(), answer.json().await.unwrap_or_default())
    }

    async fn code(&self) -> String {
        let (_, made) = self
            .post("/sandbox/officers", &json!({ "municipality": HERE }))
            .await;
        made["code"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    async fn enrol(&self, code: &str) -> (StatusCode, Value) {
        let key = hex::encode(self.key.public_key().spki_der());
        self.post(
            "/authority/officers",
            &json!({ "code": code, "name": self.officer, "public_key": key }),
        )
        .await
    }

    async fn now(&self) -> Instant {
        let clock: Value = self
            .client
            .get(format!("{}/sandbox/clock", self.base))
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        serde_json::from_value(clock["now"].clone()).unwrap()
    }

    async fn question(&self, code: &str, why: Why) -> LookUp {
        LookUp {
            id: LookUpId::random(&SystemRandom),
            officer: self.officer.clone(),
            municipality: HERE.parse().unwrap(),
            what: LookedUp::Resident {
                code: code.parse().unwrap(),
            },
            why,
            at: self.now().await,
        }
    }

    /// What the register really says about Taro and a card made for him, for this application.
    async fn stated(
        &self,
        id: ApplicationId,
    ) -> (Signed<ResidentStatement>, Signed<CardStatement>) {
        let (_, card) = self
            .post(
                "/sandbox/cards",
                &json!({ "resident": TARO, "kind": "individual-number-card" }),
            )
            .await;
        let why = Why::Application { id };
        let mut question = self.question(TARO, why).await;
        let person = self.asks(&question).await;
        question.id = LookUpId::random(&SystemRandom);
        question.what = LookedUp::Card {
            number: card["number"]
                .as_str()
                .unwrap()
                .parse()
                .unwrap(),
        };
        match (person, self.asks(&question).await) {
            (LookUpAnswer::Resident(person), LookUpAnswer::Card(card)) => (person, card),
            other => panic!("{other:?}"),
        }
    }

    async fn asks(&self, question: &LookUp) -> LookUpAnswer {
        let (status, answer) = self
            .post("/register/look-ups", &self.signed(question))
            .await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        serde_json::from_value(answer).unwrap()
    }

    fn signed<T: Message>(&self, message: &T) -> Signed<T> {
        Signed::sign(message, &self.key).unwrap()
    }

    async fn application(
        &self,
        id: ApplicationId,
        (applicant, card): (Signed<ResidentStatement>, Signed<CardStatement>),
    ) -> AttestedApplication {
        AttestedApplication {
            id,
            municipality: HERE.parse().unwrap(),
            officer: self.officer.clone(),
            taken_at: self.now().await,
            purpose: Purpose::New,
            kinds: CertificateKind::ALL.to_vec(),
            applicant,
            card,
            presence: Presence::InPerson,
            documents: vec![IdentityDocument::IndividualNumberCard],
            fee: Fee {
                paid_yen: 200,
                waiver: None,
            },
        }
    }

    async fn revocation(&self) -> RevocationRequest {
        RevocationRequest {
            id: ApplicationId::random(&SystemRandom),
            municipality: HERE.parse().unwrap(),
            officer: self.officer.clone(),
            resident: TARO.parse::<ResidentCode>().unwrap(),
            kinds: vec![CertificateKind::Signature],
            reason: RevocationReason::KeyCompromise,
            taken_at: self.now().await,
        }
    }
}

#[track_caller]
fn refused((status, answer): (StatusCode, Value), rule: &Rule) {
    assert_eq!(
        (status, answer["rule"].as_str()),
        (StatusCode::UNPROCESSABLE_ENTITY, Some(rule.id)),
        "{answer}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_counter_in_other_hands_gets_nothing_over_the_wire() {
    let machine = Machine::taken().await;
    look_ups(&machine).await;
    applications(&machine).await;
    revocations(&machine).await;
    the_officer_is_retired(&machine).await;
}

async fn look_ups(machine: &Machine) {
    let path = "/register/look-ups";
    let nobody = SoftwareKey::generate(KeyKind::P256).unwrap();
    let enquiry = |reason: Option<&str>| Why::Enquiry {
        reason: reason.map(str::to_owned),
    };
    // The role token alone reads nothing.
    let question = machine
        .question(TARO, enquiry(None))
        .await;
    let forged = Signed::sign(&question, &nobody).unwrap();
    refused(machine.post(path, &forged).await, &LOOK_UP_SIGNED);
    let old = format!("{}/register/residents/{TARO}", machine.base);
    let bare = machine
        .client
        .get(old)
        .bearer_auth(&machine.token)
        .send()
        .await
        .unwrap();
    assert_eq!(bare.status(), StatusCode::NOT_FOUND);
    // Nor does the signature without the token.
    let unknown = machine
        .client
        .post(format!("{}{path}", machine.base))
        .json(&machine.signed(&question))
        .send()
        .await
        .unwrap();
    assert_eq!(unknown.status(), StatusCode::UNAUTHORIZED);
    // In another municipality's name.
    let mut elsewhere = question.clone();
    elsewhere.municipality = "14998".parse().unwrap();
    let elsewhere = machine.signed(&elsewhere);
    refused(machine.post(path, &elsewhere).await, &LOOK_UP_SIGNED);
    machine.asks(&question).await;
    let again = machine.signed(&question);
    refused(machine.post(path, &again).await, &LOOK_UP_FRESH);

    let away = outsider();
    let curious = machine
        .question(&away, enquiry(Some("\u{3000}")))
        .await;
    let curious = machine.signed(&curious);
    refused(machine.post(path, &curious).await, &LOOK_UP_REASON);
    let why = Why::Application {
        id: ApplicationId::random(&SystemRandom),
    };
    let applying = machine.question(&away, why).await;
    let applying = machine.signed(&applying);
    refused(machine.post(path, &applying).await, &REGISTERED_HERE);
    let reason = machine
        .question(&away, enquiry(Some("転入の相談")))
        .await;
    machine.asks(&reason).await;
    let recorded: Vec<Value> = machine
        .client
        .get(format!("{}/sandbox/look-ups?resident={away}", machine.base))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(recorded.len(), 3, "also what was refused is on record");
}

/// A resident of the sample who lives elsewhere.
fn outsider() -> String {
    let sample = include_str!("../../register/sample/residents.csv");
    let row = sample
        .lines()
        .map(|line| line.split(',').collect::<Vec<_>>())
        .find(|row| row[1] == "14998");
    row.unwrap()[0].to_owned()
}

async fn applications(machine: &Machine) {
    let path = "/authority/applications";
    let id = ApplicationId::random(&SystemRandom);
    let honest = machine
        .application(id, machine.stated(id).await)
        .await;
    let person = honest.applicant.unverified().unwrap();
    // A person in no register, by the officer's own hand.
    let mut invented = person.clone();
    invented.resident.name = "無　名".to_owned();
    let mut lie = honest.clone();
    lie.applicant = machine.signed(&invented);
    refused(
        machine
            .post(path, &machine.signed(&lie))
            .await,
        &STATEMENT_SIGNED,
    );
    // True words, for another application.
    let mut lie = honest.clone();
    lie.id = ApplicationId::random(&SystemRandom);
    refused(
        machine
            .post(path, &machine.signed(&lie))
            .await,
        &STATEMENT_FOR_THIS,
    );
    for (seconds, rule) in [
        (3 * 366 * 24 * 60 * 60, &STATEMENT_FRESH),
        (10 * 60, &TAKEN_RECENTLY),
    ] {
        let mut lie = honest.clone();
        lie.taken_at = honest.taken_at.plus_seconds(seconds);
        refused(
            machine
                .post(path, &machine.signed(&lie))
                .await,
            rule,
        );
    }
    let mut lie = honest.clone();
    lie.officer = "jiro".parse().unwrap();
    refused(
        machine
            .post(path, &machine.signed(&lie))
            .await,
        &OFFICER_SIGNED,
    );
    let stranger = SoftwareKey::generate(KeyKind::P256).unwrap();
    let forged = Signed::sign(&honest, &stranger).unwrap();
    refused(machine.post(path, &forged).await, &OFFICER_SIGNED);
    // The truth is received.
    let (status, answer) = machine
        .post(path, &machine.signed(&honest))
        .await;
    assert_eq!(status, StatusCode::OK, "{answer}");
}

async fn revocations(machine: &Machine) {
    let path = "/authority/revocations";
    let mut old = machine.revocation().await;
    old.taken_at = Instant::from_unix(1_000_000_000).unwrap();
    refused(
        machine
            .post(path, &machine.signed(&old))
            .await,
        &TAKEN_RECENTLY,
    );
    let mut lie = machine.revocation().await;
    lie.reason = RevocationReason::CaCompromise;
    refused(
        machine
            .post(path, &machine.signed(&lie))
            .await,
        &REVOCATION_REASON,
    );
}

async fn the_officer_is_retired(machine: &Machine) {
    let other = machine.code().await;
    refused(machine.enrol(&other).await, &OFFICER_KNOWN);
    let (status, _) = machine
        .post(
            "/sandbox/retirements",
            &json!({ "officer": machine.officer }),
        )
        .await;
    assert_eq!(status, StatusCode::OK);
    let question = machine
        .question(TARO, Why::Enquiry { reason: None })
        .await;
    refused(
        machine
            .post("/register/look-ups", &machine.signed(&question))
            .await,
        &OFFICER_SERVING,
    );
    let ends = machine.revocation().await;
    refused(
        machine
            .post("/authority/revocations", &machine.signed(&ends))
            .await,
        &OFFICER_SERVING,
    );
}
