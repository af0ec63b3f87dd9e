//! An authority with one officer and as many applicants as are wanted, in a folder of its own.

mod light_card;

use crate::Failure;
use light_card::{LightCard, PublicKeys};
use shirushi_authority::{Authority, Ceremony, MIGRATIONS};
use shirushi_clock::{Clock, Date, Instant, SystemClock};
use shirushi_crypto::{KeyKind, Random, SigningKey as _, SoftwareKey, SystemRandom};
use shirushi_personalisation::diversify;
use shirushi_profile::{CertificateKind, MUNICIPALITIES, MunicipalityCode, Sex, card_valid_until};
use shirushi_store::Store;
use shirushi_text::with_wrong_check_digit;
use shirushi_wire::{
    ApplicationId, Asked, AttestedApplication, CardKind, CardRecord, CardState, CardStatement, Fee,
    IdentityDocument, IssuedCertificate, LookUpId, OfficerId, Presence, Purpose, RecordStatus,
    RelayAnswer, RelayRequest, RelayToken, ResidentRecord, ResidentStatement, Signed, Waiver, Why,
};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time,
};

/// What the certificates name as the responder. Nobody listens there: the bench knows where its responders are.
const BASE: &str = "http://127.0.0.1:8080";

/// An authority that is open, and the officer who sends it applications.
pub(crate) struct Office {
    pub(crate) authority: Authority,
    ceremony: Arc<Ceremony>,
    store: Store,
    officer: OfficerId,
    officer_key: SoftwareKey,
    register_key: SoftwareKey,
    municipality: MunicipalityCode,
    /// The model of every card's keys.
    public_keys: PublicKeys,
}

/// An applicant at the counter whose card waits for its certificates: the keys are made, the PINs set.
pub(crate) struct Visit {
    token: RelayToken,
    card: LightCard,
}

/// What came of a visit.
pub(crate) struct Visited {
    pub(crate) certificates: Vec<IssuedCertificate>,
    /// From the first exchange to the last.
    pub(crate) took: time::Duration,
    /// Of that, in the card.
    pub(crate) in_card: time::Duration,
}

impl Office {
    /// Makes the authority's keys, its database and an officer in `folder`.
    pub(crate) async fn found(folder: &Path) -> Result<Self, Failure> {
        let clock = Arc::new(SystemClock);
        let random: Arc<dyn Random> = Arc::new(SystemRandom);
        let ceremony = Arc::new(ceremony(folder, clock.now())?);
        let store = store(folder).await?;
        let authority =
            Authority::open(store.clone(), Arc::clone(&ceremony), clock, random).await?;
        let municipality = MUNICIPALITIES[0].code;
        let officer: OfficerId = "bench".parse()?;
        let officer_key = SoftwareKey::generate(KeyKind::P256)?;
        let code = authority
            .enrolment_code(&municipality)
            .await?;
        authority
            .enrol_officer(code.expose(), &officer, officer_key.public_key().spki_der())
            .await?;
        Ok(Self {
            authority,
            ceremony,
            store,
            officer,
            officer_key,
            register_key: SoftwareKey::generate(KeyKind::P256)?,
            municipality,
            public_keys: PublicKeys::make()?,
        })
    }

    /// Sends the application of the applicant of this number and brings the card to where its certificates are awaited.
    pub(crate) async fn admit(&self, number: u32) -> Result<Visit, Failure> {
        let application = self.application(number)?;
        let card_number = card_number(number);
        let signed = Signed::sign(&application, &self.officer_key)?;
        let token = self
            .authority
            .receive(&signed, self.register_key.public_key())
            .await?;
        let keys = diversify(self.ceremony.master_key(), &card_number)?;
        let mut visit = Visit {
            token,
            card: LightCard::new(card_number, keys, &self.public_keys),
        };
        match visit.talk(&self.authority).await?.0 {
            RelayAnswer::SetPins { .. } => visit.card.set_pins(),
            other => return Err(unexpected(&other)),
        }
        Ok(visit)
    }

    /// Closes the database, so that another process may open it.
    pub(crate) async fn close(self) {
        drop(self.authority);
        self.store.close().await;
    }

    fn application(&self, number: u32) -> Result<AttestedApplication, Failure> {
        let now = SystemClock.now();
        let birth_date = Date::constant(1980, 2, 17);
        let code =
            with_wrong_check_digit(&format!("{:010}", 8_000_000_000_u64 + u64::from(number)));
        let code: shirushi_wire::ResidentCode = code.parse()?;
        let id = ApplicationId::random(&SystemRandom);
        let asked = Asked {
            look_up: LookUpId::random(&SystemRandom),
            officer: self.officer.clone(),
            municipality: self.municipality,
            why: Why::Application { id },
        };
        let resident = ResidentStatement {
            resident: ResidentRecord {
                code: code.clone(),
                municipality: self.municipality,
                name: "印　測".to_owned(),
                furigana: Some("シルシ　ハカル".to_owned()),
                former_name: None,
                alias: None,
                birth_date,
                sex: Sex::Unknown,
                address: "東京都印市朱肉一丁目１番１号".to_owned(),
                stay_until: None,
                status: RecordStatus::Alive,
                sequence: 0,
            },
            asked: asked.clone(),
            stated_at: now,
        };
        let card = CardStatement {
            card: CardRecord {
                number: card_number(number).parse()?,
                kind: CardKind::IndividualNumberCard,
                holder: code,
                valid_until: card_valid_until(birth_date, now.date_jst(), None),
                state: CardState::Valid,
            },
            sequence: 0,
            asked,
            stated_at: now,
        };
        Ok(AttestedApplication {
            id,
            municipality: self.municipality,
            officer: self.officer.clone(),
            taken_at: now,
            purpose: Purpose::New,
            kinds: CertificateKind::ALL.to_vec(),
            applicant: Signed::sign(&resident, &self.register_key)?,
            card: Signed::sign(&card, &self.register_key)?,
            presence: Presence::InPerson,
            documents: vec![IdentityDocument::IndividualNumberCard],
            fee: Fee {
                paid_yen: 0,
                waiver: Some(Waiver::FirstWithCard),
            },
        })
    }
}

impl Visit {
    /// The second channel: the keys are read, the certificates issued and written, the set activated.
    pub(crate) async fn finish(mut self, authority: &Authority) -> Result<Visited, Failure> {
        let began = time::Instant::now();
        match self.talk(authority).await? {
            (RelayAnswer::Done { certificates, .. }, in_card) => {
                self.card.require_activated()?;
                Ok(Visited {
                    certificates,
                    took: began.elapsed(),
                    in_card,
                })
            }
            (other, _) => Err(unexpected(&other)),
        }
    }

    /// One channel, as the counter relays it: from its opening to what is neither command nor answer. With the time spent in the
    /// card.
    async fn talk(
        &mut self,
        authority: &Authority,
    ) -> Result<(RelayAnswer, time::Duration), Failure> {
        let mut in_card = time::Duration::ZERO;
        let mut request = RelayRequest { responses: None };
        loop {
            match authority
                .relay(&self.token, &request)
                .await?
            {
                RelayAnswer::Transmit { commands } => {
                    let began = time::Instant::now();
                    request.responses = Some(self.card.answer(&commands)?);
                    in_card += began.elapsed();
                }
                answer => return Ok((answer, in_card)),
            }
        }
    }
}

fn card_number(number: u32) -> String {
    format!("BENCH{number:011}")
}

/// The authority's keys in `folder`, made when there are none.
pub(crate) fn ceremony(folder: &Path, now: Instant) -> Result<Ceremony, Failure> {
    Ok(Ceremony::open_or_hold(
        &keys(folder),
        BASE,
        now,
        &SystemRandom,
    )?)
}

/// Where the keys of the office in `folder` lie.
pub(crate) fn keys(folder: &Path) -> PathBuf {
    folder.join("keys")
}

/// The authority's database in `folder`, which is an absolute path.
pub(crate) async fn store(folder: &Path) -> Result<Store, Failure> {
    let url = format!(
        "sqlite://{}",
        folder
            .join("authority.sqlite")
            .display()
    );
    Ok(Store::open(&url, MIGRATIONS).await?)
}

fn unexpected(answer: &RelayAnswer) -> Failure {
    Failure::Outcome {
        fault: format!("a channel ended with {answer:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is measured is a whole issue: two certificates, stored live, and an activated card.
    #[tokio::test]
    async fn a_visit_ends_with_two_live_certificates_in_an_activated_card() {
        let folder = tempfile::tempdir().unwrap();
        let office = Office::found(folder.path())
            .await
            .unwrap();
        let visit = office.admit(7).await.unwrap();
        assert_eq!(
            office
                .authority
                .totals()
                .await
                .unwrap()
                .certificates,
            0
        );
        let visited = visit
            .finish(&office.authority)
            .await
            .unwrap();
        assert_eq!(visited.certificates.len(), 2);
        let totals = office.authority.totals().await.unwrap();
        assert_eq!((totals.live, totals.open_intents), (2, 0));
        office.close().await;
    }
}
