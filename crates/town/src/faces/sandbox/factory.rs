//! The card factory: cards as files, empty but for what is printed on them.

use super::Sandbox;
use shirushi_clock::Clock as _;
use shirushi_crypto::{Random, Secret, SystemRandom};
use shirushi_personalisation::diversify;
use shirushi_profile::Sex;
use shirushi_register::problem;
use shirushi_rules::RESIDENT_KNOWN;
use shirushi_softcard::{Disk, HolderText, Manufacture, SoftCard, Variant};
use shirushi_text::with_wrong_check_digit;
use shirushi_web::Problem;
use shirushi_wire::{CardKind, CardNumber, CardRecord, ResidentCode, ResidentRecord};
use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
};

/// 券面事項入力補助用暗証番号 of every card from the sandbox's factory.
const TEXT_PIN: &[u8] = b"1234";

/// A card that is made and registered.
pub(crate) struct MadeCard {
    pub(crate) record: CardRecord,
    /// The card itself.
    pub(crate) file: Vec<u8>,
}

impl Sandbox {
    /// Makes a card for a resident and enters it into the card register, where it takes the place of an earlier one.
    pub(crate) async fn make_card(
        self: &Arc<Self>,
        holder: &ResidentCode,
        kind: CardKind,
    ) -> Result<MadeCard, Problem> {
        let resident = self
            .register
            .resident(holder)
            .await
            .map_err(|error| problem(&error))?
            .ok_or_else(|| RESIDENT_KNOWN.refusal([("resident", holder.to_string())]))?;
        let number = card_number(self.random.as_ref());
        let record = self
            .register
            .issue_card(&number, kind, holder, self.clock.now().date_jst())
            .await
            .map_err(|error| problem(&error))?;
        // An earlier card ends with this one, and its certificates with it.
        self.delivery.deliver_now().await;
        let sandbox = Arc::clone(self);
        let made = tokio::task::spawn_blocking(move || {
            let file = manufacture(&sandbox, &resident, &record)?;
            Ok::<_, Problem>(MadeCard { record, file })
        });
        made.await
            .map_err(|error| Problem::internal(&error))?
    }
}

fn manufacture(
    sandbox: &Sandbox,
    resident: &ResidentRecord,
    record: &CardRecord,
) -> Result<Vec<u8>, Problem> {
    let random = sandbox.random.as_ref();
    let keys = diversify(
        sandbox
            .authority
            .ceremony()
            .master_key(),
        record.number.as_str(),
    )
    .map_err(|error| Problem::internal(&error))?;
    let disk = Arc::new(Tray::default());
    let manufacture = Manufacture {
        kind: match record.kind {
            CardKind::IndividualNumberCard => shirushi_softcard::CardKind::IndividualNumberCard,
            CardKind::ResidentRegisterCard => shirushi_softcard::CardKind::ResidentRegisterCard,
        },
        card_number: record.number.to_string(),
        keys,
        text: Some(HolderText {
            name: resident.name.clone(),
            address: resident.address.clone(),
            birth: resident.birth_date,
            sex: match resident.sex {
                Sex::Male => shirushi_softcard::Sex::Male,
                Sex::Female => shirushi_softcard::Sex::Female,
                Sex::Unknown => shirushi_softcard::Sex::Unknown,
            },
            individual_number: Secret::new(
                with_wrong_check_digit(&digits(random, 11)).into_bytes(),
            ),
            pin: Secret::new(TEXT_PIN.to_vec()),
            municipality: resident.municipality.to_string(),
            expires: record.valid_until,
            security_code: Secret::new(digits(random, 4).into_bytes()),
        }),
        variant: Variant::default(),
    };
    SoftCard::make(disk.clone(), manufacture, Arc::new(SystemRandom))
        .map_err(|error| Problem::internal(&error))?;
    Ok(disk.bytes())
}

/// The factory's tray: a card's memory before it is handed over.
#[derive(Default)]
struct Tray(Mutex<Option<Vec<u8>>>);

impl Tray {
    fn bytes(&self) -> Vec<u8> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
            .unwrap_or_default()
    }
}

impl Disk for Tray {
    fn read(&self) -> io::Result<Option<Vec<u8>>> {
        Ok(self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone())
    }

    fn replace(&self, bytes: &[u8]) -> io::Result<()> {
        *self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(bytes.to_vec());
        Ok(())
    }
}

/// An invented card number: `S` and fifteen digits, which no real card bears.
fn card_number(random: &dyn Random) -> CardNumber {
    let text = format!("S{}", digits(random, 15));
    // One letter and fifteen digits are a card number.
    text.parse()
        .unwrap_or_else(|_| unreachable!())
}

fn digits(random: &dyn Random, count: usize) -> String {
    let mut bytes = vec![0; count];
    random.fill(&mut bytes);
    bytes
        .iter()
        .map(|b| char::from(b'0' + b % 10))
        .collect()
}
