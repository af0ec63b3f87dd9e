//! A light card: the real card's end of the channel over a chip whose keys were made beforehand, so that hundreds are
//! personalised in seconds.

use shirushi_apdu::{Command, ISSUER_AID, Response, StatusWord, select};
use shirushi_crypto::{KeyKind, Random as _, SigningKey as _, SoftwareKey, SystemRandom};
use shirushi_personalisation::{
    CardEnd, CardKeys, CardStatus, Kind, MasterKey, Personalisable, Stage, TransactionId, diversify,
};
use shirushi_profile::Certificate;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, OnceLock},
};

/// A card in its reader.
#[derive(Clone, Debug)]
pub(crate) struct LightCard {
    pub(crate) chip: Chip,
}

/// What the card holds; all of it is durable.
#[derive(Clone, Debug)]
pub(crate) struct Chip {
    number: String,
    keys: CardKeys,
    /// A key that it shows instead of an RSA key.
    odd_key: Option<Vec<u8>>,
    /// Whether it makes keys that it can sign with.
    has_own_keys: bool,
    pub(crate) pending: Option<Pending>,
    pub(crate) completed: Option<TransactionId>,
    pub(crate) live: BTreeMap<Kind, Slot>,
}

/// A pending set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pending {
    transaction: TransactionId,
    closed: bool,
    pins_set: bool,
    slots: BTreeMap<Kind, Slot>,
}

/// One kind's key and certificates.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) key: Option<Vec<u8>>,
    pub(crate) certificate: File,
    pub(crate) ca: File,
}

/// A certificate file, perhaps half written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct File {
    pub(crate) bytes: Vec<u8>,
    total: usize,
}

/// The card in a reader under power: the session is the reader's, so that it ends with it.
pub(crate) struct Powered<'a> {
    card: &'a mut LightCard,
    end: CardEnd,
}

impl LightCard {
    /// The card with this number, as its issuer made it.
    pub(crate) fn new(number: &str, master: &MasterKey) -> Self {
        Self {
            chip: Chip {
                number: number.to_owned(),
                keys: diversify(master, number).unwrap(),
                odd_key: None,
                has_own_keys: false,
                pending: None,
                completed: None,
                live: BTreeMap::new(),
            },
        }
    }

    /// The same keys under another number.
    pub(crate) fn lying(mut self, number: &str) -> Self {
        number.clone_into(&mut self.chip.number);
        self
    }

    /// A card that makes keys of another kind than asked for.
    pub(crate) fn with_key(mut self, spki: &[u8]) -> Self {
        self.chip.odd_key = Some(spki.to_vec());
        self
    }

    /// A card whose keys sign ([`key_of`]).
    pub(crate) fn with_own_keys(mut self) -> Self {
        self.chip.has_own_keys = true;
        self
    }

    /// The live certificates, if each of them names the key beside which it stands.
    pub(crate) fn certificates(&self) -> Vec<Certificate> {
        self.chip
            .live
            .values()
            .map(|slot| {
                let certificate = Certificate::from_der(&slot.certificate.bytes).unwrap();
                let key = slot.key.as_deref().unwrap();
                assert_eq!(certificate.public_key().spki_der(), key, "another's key");
                certificate
            })
            .collect()
    }

    /// Takes the pending keys of another card, under its own pending transaction.
    pub(crate) fn adopt_keys(&mut self, other: &Self) {
        let own = self.chip.pending.as_mut().unwrap();
        let other = other.chip.pending.as_ref().unwrap();
        own.slots.clone_from(&other.slots);
    }

    pub(crate) fn power_on(&mut self) -> Powered<'_> {
        Powered {
            card: self,
            end: CardEnd::new(),
        }
    }

    /// The holder sets the PINs.
    pub(crate) fn set_pins(&mut self) {
        let pending = self.chip.pending.as_mut().unwrap();
        assert!(pending.closed, "PINs before the keys are made");
        pending.pins_set = true;
    }
}

impl Powered<'_> {
    pub(crate) fn answer(&mut self, apdu: &[u8]) -> Vec<u8> {
        let command = Command::parse(apdu).unwrap();
        if command == select::application(&ISSUER_AID) {
            self.end.reset();
            return Response::from(StatusWord::OK).to_bytes();
        }
        self.end
            .answer(&command, &mut self.card.chip, &SystemRandom)
            .to_bytes()
    }
}

impl Chip {
    fn slot(&mut self, kind: Kind, at: &[Stage]) -> Result<&mut Slot, StatusWord> {
        let stage = self.status().stage;
        self.pending
            .as_mut()
            .and_then(|pending| pending.slots.get_mut(&kind))
            .filter(|_| at.contains(&stage))
            .ok_or(StatusWord::CONDITIONS)
    }
}

impl Pending {
    fn stage(&self) -> Stage {
        let written = |slot: &Slot| slot.certificate.is_whole() && slot.ca.is_whole();
        match self {
            Self { closed: false, .. } => Stage::Idle,
            Self {
                pins_set: false, ..
            } => Stage::KeysMade,
            _ if self.slots.values().all(written) => Stage::CertificatesWritten,
            _ => Stage::PinsSet,
        }
    }
}

impl File {
    fn is_whole(&self) -> bool {
        self.total > 0 && self.bytes.len() == self.total
    }

    fn write(&mut self, offset: usize, total: usize, part: &[u8]) -> Result<(), StatusWord> {
        if offset == 0 {
            self.bytes.clear();
            self.total = total;
        }
        if offset != self.bytes.len() || total != self.total {
            return Err(StatusWord::WRONG_DATA);
        }
        self.bytes.extend_from_slice(part);
        Ok(())
    }
}

const WRITING: [Stage; 2] = [Stage::PinsSet, Stage::CertificatesWritten];

impl Personalisable for Chip {
    fn card_number(&self) -> String {
        self.number.clone()
    }

    fn keys(&self) -> &CardKeys {
        &self.keys
    }

    fn status(&self) -> CardStatus {
        let pending = self.pending.as_ref();
        CardStatus {
            card_number: self.card_number(),
            transaction: pending.map(|pending| pending.transaction),
            completed: self.completed,
            stage: pending.map_or(Stage::Idle, Pending::stage),
            kinds: pending
                .map(|pending| pending.slots.keys().copied().collect())
                .unwrap_or_default(),
            certificate_digests: Vec::new(),
        }
    }

    fn begin(&mut self, transaction: TransactionId, kinds: Vec<Kind>) -> Result<(), StatusWord> {
        if kinds.is_empty() || self.completed == Some(transaction) {
            return Err(StatusWord::CONDITIONS);
        }
        let is_pending = |pending: &Pending| pending.transaction == transaction;
        if !self
            .pending
            .as_ref()
            .is_some_and(is_pending)
        {
            self.pending = Some(Pending {
                transaction,
                closed: false,
                pins_set: false,
                slots: kinds
                    .into_iter()
                    .map(|kind| (kind, Slot::default()))
                    .collect(),
            });
        }
        Ok(())
    }

    fn generate_key(&mut self, kind: Kind) -> Result<(), StatusWord> {
        let key = match &self.odd_key {
            Some(odd) => odd.clone(),
            None if self.has_own_keys => new_key(),
            None => next_key(),
        };
        self.slot(kind, &[Stage::Idle, Stage::KeysMade])?
            .key
            .get_or_insert(key);
        Ok(())
    }

    fn public_key(&self, kind: Kind) -> Result<Vec<u8>, StatusWord> {
        self.pending
            .as_ref()
            .and_then(|pending| pending.slots.get(&kind)?.key.clone())
            .ok_or(StatusWord::REFERENCED_DATA_NOT_FOUND)
    }

    fn pins_to_be_set(&mut self) -> Result<(), StatusWord> {
        let pending = self
            .pending
            .as_mut()
            .ok_or(StatusWord::CONDITIONS)?;
        if pending
            .slots
            .values()
            .any(|slot| slot.key.is_none())
        {
            return Err(StatusWord::CONDITIONS);
        }
        pending.closed = true;
        Ok(())
    }

    fn write_certificate(
        &mut self,
        kind: Kind,
        offset: usize,
        total: usize,
        part: &[u8],
    ) -> Result<(), StatusWord> {
        self.slot(kind, &WRITING)?
            .certificate
            .write(offset, total, part)
    }

    fn write_ca_certificate(
        &mut self,
        kind: Kind,
        offset: usize,
        total: usize,
        part: &[u8],
    ) -> Result<(), StatusWord> {
        self.slot(kind, &WRITING)?
            .ca
            .write(offset, total, part)
    }

    fn activate(&mut self, transaction: TransactionId) -> Result<(), StatusWord> {
        if self.completed == Some(transaction) {
            return Ok(());
        }
        if self.status().stage != Stage::CertificatesWritten {
            return Err(StatusWord::CONDITIONS);
        }
        let pending = self
            .pending
            .take_if(|pending| pending.transaction == transaction)
            .ok_or(StatusWord::CONDITIONS)?;
        self.live.extend(pending.slots);
        self.completed = Some(transaction);
        Ok(())
    }

    fn abandon(&mut self, transaction: TransactionId) -> Result<(), StatusWord> {
        self.pending
            .take_if(|pending| pending.transaction == transaction);
        Ok(())
    }
}

/// Another RSA key (SubjectPublicKeyInfo) than any before: no key is certified twice, and hundreds are not made in seconds. Nobody has
/// its private half; where something is to be signed, a card has [`LightCard::with_own_keys`].
fn next_key() -> Vec<u8> {
    static MODEL: OnceLock<Vec<u8>> = OnceLock::new();
    let mut spki = MODEL.get_or_init(new_key).clone();
    // The middle of the modulus, which stays as long and as odd as it was.
    SystemRandom.fill(&mut spki[100..132]);
    spki
}

/// Made by whoever signs with it, and remembered.
fn new_key() -> Vec<u8> {
    let key = SoftwareKey::generate(KeyKind::Rsa2048).unwrap();
    let spki = key.public_key().spki_der().to_vec();
    KEYS.lock().unwrap().push(Arc::new(key));
    spki
}

/// The key of a certificate on a light card with its own keys, which signs what its holder would sign.
pub(crate) fn key_of(certificate: &Certificate) -> Arc<SoftwareKey> {
    let keys = KEYS.lock().unwrap();
    let key = keys
        .iter()
        .find(|key| key.public_key().spki_der() == certificate.public_key().spki_der());
    Arc::clone(key.unwrap())
}

static KEYS: Mutex<Vec<Arc<SoftwareKey>>> = Mutex::new(Vec::new());
