//! The card factory: cards as files, empty but for what is printed on them.

use shirushi_crypto::{CryptoError, Random, Secret, SystemRandom};
use shirushi_personalisation::{MasterKey, diversify};
use shirushi_profile::Sex;
use shirushi_softcard::{Disk, HolderText, Manufacture, SoftCard, SoftCardError, Variant};
use shirushi_text::with_wrong_check_digit;
use shirushi_wire::{CardKind, CardNumber, CardRecord, ResidentRecord};
use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
};

/// 券面事項入力補助用暗証番号 of every card from the sandbox's factory.
const TEXT_PIN: &[u8] = b"1234";

/// Makes cards that one authority can personalise: with keys diversified from its master key.
pub struct Factory<'m> {
    master: &'m MasterKey,
    random: &'m dyn Random,
}

/// No card was made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotMade {
    /// The card's keys.
    #[error("the card's keys cannot be diversified")]
    Keys(#[from] CryptoError),
    /// The card.
    #[error("the card cannot be made")]
    Card(#[from] SoftCardError),
}

impl<'m> Factory<'m> {
    /// A factory with this master key.
    #[must_use]
    pub fn new(master: &'m MasterKey, random: &'m dyn Random) -> Self {
        Self { master, random }
    }

    /// The file of a card for a resident.
    ///
    /// # Errors
    /// [`NotMade`].
    pub fn make(&self, resident: &ResidentRecord, record: &CardRecord) -> Result<Vec<u8>, NotMade> {
        let disk = Arc::new(Tray::default());
        let manufacture = Manufacture {
            kind: match record.kind {
                CardKind::IndividualNumberCard => shirushi_softcard::CardKind::IndividualNumberCard,
                CardKind::ResidentRegisterCard => shirushi_softcard::CardKind::ResidentRegisterCard,
            },
            card_number: record.number.to_string(),
            keys: diversify(self.master, record.number.as_str())?,
            text: Some(self.text(resident, record)),
            variant: Variant::default(),
        };
        SoftCard::make(disk.clone(), manufacture, Arc::new(SystemRandom))?;
        Ok(disk.bytes())
    }

    fn text(&self, resident: &ResidentRecord, record: &CardRecord) -> HolderText {
        HolderText {
            name: resident.name.clone(),
            address: resident.address.clone(),
            birth: resident.birth_date,
            sex: match resident.sex {
                Sex::Male => shirushi_softcard::Sex::Male,
                Sex::Female => shirushi_softcard::Sex::Female,
                Sex::Unknown => shirushi_softcard::Sex::Unknown,
            },
            individual_number: Secret::new(
                with_wrong_check_digit(&digits(self.random, 11)).into_bytes(),
            ),
            pin: Secret::new(TEXT_PIN.to_vec()),
            municipality: resident.municipality.to_string(),
            expires: record.valid_until,
            security_code: Secret::new(digits(self.random, 4).into_bytes()),
        }
    }
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
#[must_use]
pub fn card_number(random: &dyn Random) -> CardNumber {
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
