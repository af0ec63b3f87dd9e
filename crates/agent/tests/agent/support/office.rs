//! The authority with its one officer, and the cards that the municipality has.

use super::{PASSWORD, PIN, start};
use shirushi_authority::{Authority, Ceremony, MIGRATIONS};
use shirushi_card::{Card, Credential, Pin};
use shirushi_clock::{Clock, Date};
use shirushi_crypto::{KeyKind, SigningKey as _, SoftwareKey, SystemRandom};
use shirushi_personalisation::diversify;
use shirushi_profile::{CertificateKind, MUNICIPALITIES, Sex};
use shirushi_softcard::{CardKind, Manufacture, SoftCard, Variant};
use shirushi_store::Store;
use shirushi_wire::{
    Application, ApplicationId, Asked, AttestedApplication, CardRecord, CardState, CardStatement,
    Fee, IdentityDocument, LookUpId, Presence, Purpose, RecordStatus, RelayAnswer, RelayRequest,
    RelayToken, ResidentRecord, ResidentStatement, Signed, Waiver, Want, Why,
};
use std::{
    path::Path,
    sync::{Arc, OnceLock},
};
use tempfile::TempDir;

pub(crate) struct Office {
    pub(crate) authority: Authority,
    officer: SoftwareKey,
    register: SoftwareKey,
}

/// Held once for all tests of this process: making the authorities' keys takes long.
fn ceremony() -> Arc<Ceremony> {
    static HELD: OnceLock<Arc<Ceremony>> = OnceLock::new();
    let held = HELD.get_or_init(|| {
        let folder = TempDir::new().unwrap();
        let yesterday = start().plus_seconds(-24 * 60 * 60);
        let keys = folder.path().join("keys");
        Arc::new(
            Ceremony::open_or_hold(&keys, "http://127.0.0.1:8099", yesterday, &SystemRandom)
                .unwrap(),
        )
    });
    Arc::clone(held)
}

impl Office {
    pub(crate) async fn open(folder: &Path, clock: Arc<dyn Clock>) -> Self {
        let url = format!("sqlite://{}", folder.join("authority.db").display());
        let store = Store::open(&url, MIGRATIONS)
            .await
            .unwrap();
        let authority = Authority::open(store, ceremony(), clock, Arc::new(SystemRandom))
            .await
            .unwrap();
        let officer = SoftwareKey::generate(KeyKind::P256).unwrap();
        let code = authority
            .enrolment_code(&MUNICIPALITIES[0].code)
            .await
            .unwrap();
        let name = "officer.0".parse().unwrap();
        authority
            .enrol_officer(code.expose(), &name, officer.public_key().spki_der())
            .await
            .unwrap();
        Self {
            authority,
            officer,
            register: SoftwareKey::generate(KeyKind::P256).unwrap(),
        }
    }

    /// Has the authority receive an application of this resident, for their card. Answers the token and the errand.
    pub(crate) async fn apply(&self, resident: u32) -> (RelayToken, Want) {
        let application = application(resident);
        let attested = self.attested(&application);
        let signed = Signed::sign(&attested, &self.officer).unwrap();
        let token = self
            .authority
            .receive(&signed, self.register.public_key())
            .await
            .unwrap();
        let want = Want::Personalise {
            application: application.id,
            applicant: application.applicant.name,
            card: application.card.number,
            kinds: application.kinds,
        };
        (token, want)
    }

    /// The application with the register's word in it.
    fn attested(&self, application: &Application) -> AttestedApplication {
        let application = application.clone();
        let asked = Asked {
            look_up: LookUpId::random(&SystemRandom),
            officer: application.officer.clone(),
            municipality: application.municipality,
            why: Why::Application { id: application.id },
        };
        let resident = ResidentStatement {
            resident: application.applicant,
            asked: asked.clone(),
            stated_at: application.taken_at,
        };
        let card = CardStatement {
            card: application.card,
            sequence: 0,
            asked,
            stated_at: application.taken_at,
        };
        AttestedApplication {
            id: application.id,
            municipality: application.municipality,
            officer: application.officer,
            taken_at: application.taken_at,
            purpose: application.purpose,
            kinds: application.kinds,
            applicant: Signed::sign(&resident, &self.register).unwrap(),
            card: Signed::sign(&card, &self.register).unwrap(),
            presence: application.presence,
            documents: application.documents,
            fee: application.fee,
        }
    }

    /// The file of a blank card.
    pub(crate) fn blank(&self, folder: &Path, resident: u32) -> Vec<u8> {
        let path = folder.join(format!("factory-{}", number(resident)));
        drop(self.make(&path, resident));
        std::fs::read(path).unwrap()
    }

    /// The file of a card with both certificates.
    pub(crate) async fn personalised(&self, folder: &Path, resident: u32) -> Vec<u8> {
        let path = folder.join(format!("factory-{}", number(resident)));
        let mut card = self.make(&path, resident);
        let (token, _) = self.apply(resident).await;
        let mut responses = None;
        loop {
            let request = RelayRequest { responses };
            let answer = self
                .authority
                .relay(&token, &request)
                .await
                .unwrap();
            responses = match answer {
                RelayAnswer::Transmit { commands } => Some(
                    commands
                        .iter()
                        .map(|command| hex::encode(card.answer(&hex::decode(command).unwrap())))
                        .collect(),
                ),
                RelayAnswer::SetPins { .. } => {
                    set_pins(&mut card);
                    None
                }
                RelayAnswer::Done { .. } => break,
            };
        }
        drop(card);
        std::fs::read(path).unwrap()
    }

    fn make(&self, path: &Path, resident: u32) -> SoftCard {
        let number = number(resident);
        let master = self.authority.ceremony().master_key();
        let manufacture = Manufacture {
            kind: CardKind::IndividualNumberCard,
            keys: diversify(master, &number).unwrap(),
            card_number: number,
            text: None,
            variant: Variant::default(),
        };
        SoftCard::create_file(path, manufacture, Arc::new(SystemRandom)).unwrap()
    }
}

pub(crate) fn number(resident: u32) -> String {
    format!("C{resident:011}")
}

fn set_pins(card: &mut SoftCard) {
    let mut card = Card::open(card).unwrap();
    card.set_initial_pin(Credential::Signature, &Pin::signature(PASSWORD).unwrap())
        .unwrap();
    card.set_initial_pin(
        Credential::Authentication,
        &Pin::authentication(PIN).unwrap(),
    )
    .unwrap();
    card.leave().unwrap();
}

fn application(resident: u32) -> Application {
    let code: shirushi_wire::ResidentCode = format!("{resident:011}")
        .parse()
        .unwrap();
    let municipality = MUNICIPALITIES[0].code;
    Application {
        id: ApplicationId::random(&SystemRandom),
        municipality,
        officer: "officer.0".parse().unwrap(),
        taken_at: start(),
        purpose: Purpose::New,
        kinds: CertificateKind::ALL.to_vec(),
        applicant: ResidentRecord {
            code: code.clone(),
            municipality,
            name: "印\u{3000}花子".to_owned(),
            furigana: Some("シルシ\u{3000}ハナコ".to_owned()),
            former_name: None,
            alias: None,
            birth_date: Date::constant(1990, 8, 1),
            sex: Sex::Female,
            address: "東京都印市朱肉一丁目２番３号".to_owned(),
            stay_until: None,
            status: RecordStatus::Alive,
            sequence: 0,
        },
        card: CardRecord {
            number: number(resident).parse().unwrap(),
            kind: shirushi_wire::CardKind::IndividualNumberCard,
            holder: code,
            valid_until: Date::constant(2045, 8, 1),
            state: CardState::Valid,
        },
        presence: Presence::InPerson,
        documents: vec![IdentityDocument::IndividualNumberCard],
        fee: Fee {
            paid_yen: 0,
            waiver: Some(Waiver::FirstWithCard),
        },
    }
}
