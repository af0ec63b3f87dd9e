//! A card that costs almost nothing: it speaks the whole channel, and writes and makes nothing. Its keys are the
//! two that were made before with other bytes in the modulus, because making keys is the card's work and would hide the authority's.

use crate::Failure;
use shirushi_apdu::{Command, ISSUER_AID, Response, StatusWord, select};
use shirushi_crypto::{
    CryptoError, KeyKind, Random as _, SigningKey as _, SoftwareKey, SystemRandom, sha256,
};
use shirushi_personalisation::{
    CardEnd, CardKeys, CardStatus, Kind, Personalisable, Stage, TransactionId,
};

/// SubjectPublicKeyInfo of a card's keys.
#[derive(Clone, Debug)]
pub(crate) struct PublicKeys {
    signature: Vec<u8>,
    authentication: Vec<u8>,
}

impl PublicKeys {
    /// Makes both.
    pub(crate) fn make() -> Result<Self, CryptoError> {
        let make = || {
            let key = SoftwareKey::generate(KeyKind::Rsa2048)?;
            Ok::<_, CryptoError>(key.public_key().spki_der().to_vec())
        };
        Ok(Self {
            signature: make()?,
            authentication: make()?,
        })
    }

    /// Others of the same size: no key is certified twice.
    fn others(&self) -> Self {
        let mut others = self.clone();
        SystemRandom.fill(&mut others.signature[MODULUS_MIDDLE]);
        SystemRandom.fill(&mut others.authentication[MODULUS_MIDDLE]);
        others
    }

    fn of(&self, kind: Kind) -> &[u8] {
        match kind {
            Kind::Signature => &self.signature,
            Kind::Authentication => &self.authentication,
        }
    }
}

/// Inside the modulus, whose ends give its size and make it odd.
const MODULUS_MIDDLE: std::ops::Range<usize> = 100..132;

/// A card in a reader.
#[derive(Debug)]
pub(crate) struct LightCard {
    end: CardEnd,
    applet: Applet,
}

impl LightCard {
    pub(crate) fn new(number: String, keys: CardKeys, public_keys: &PublicKeys) -> Self {
        Self {
            end: CardEnd::new(),
            applet: Applet {
                number,
                keys,
                public_keys: public_keys.others(),
                pending: None,
                completed: None,
            },
        }
    }

    /// The responses to a batch of commands, both hexadecimal.
    pub(crate) fn answer(&mut self, commands: &[String]) -> Result<Vec<String>, Failure> {
        commands
            .iter()
            .map(|command| {
                let bytes = hex::decode(command).map_err(|_| Failure::Command)?;
                let command = Command::parse(&bytes).map_err(|_| Failure::Command)?;
                let response = if command == select::application(&ISSUER_AID) {
                    self.end.reset();
                    Response::from(StatusWord::OK)
                } else {
                    self.end
                        .answer(&command, &mut self.applet, &SystemRandom)
                };
                Ok(hex::encode(response.to_bytes()))
            })
            .collect()
    }

    /// The applicant has set the PINs.
    pub(crate) fn set_pins(&mut self) {
        if let Some(pending) = &mut self.applet.pending {
            pending.are_pins_set = true;
        }
    }

    pub(crate) fn require_activated(&self) -> Result<(), Failure> {
        if self.applet.completed.is_some() && self.applet.pending.is_none() {
            return Ok(());
        }
        Err(Failure::Outcome {
            fault: format!(
                "the authority is done, and the card is not: {:?}",
                self.applet
            ),
        })
    }
}

#[derive(Debug)]
struct Applet {
    number: String,
    keys: CardKeys,
    public_keys: PublicKeys,
    pending: Option<Pending>,
    completed: Option<TransactionId>,
}

#[derive(Debug)]
struct Pending {
    transaction: TransactionId,
    slots: Vec<Slot>,
    are_keys_closed: bool,
    are_pins_set: bool,
}

#[derive(Debug)]
struct Slot {
    kind: Kind,
    has_key: bool,
    own: File,
    ca: File,
}

#[derive(Debug, Default)]
struct File {
    bytes: Vec<u8>,
    total: usize,
}

impl File {
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

    fn is_whole(&self) -> bool {
        self.total > 0 && self.bytes.len() == self.total
    }
}

impl Applet {
    fn pending(&mut self) -> Result<&mut Pending, StatusWord> {
        self.pending
            .as_mut()
            .ok_or(StatusWord::CONDITIONS)
    }

    fn slot(&mut self, kind: Kind) -> Result<&mut Slot, StatusWord> {
        self.pending()?
            .slots
            .iter_mut()
            .find(|slot| slot.kind == kind)
            .ok_or(StatusWord::CONDITIONS)
    }

    fn slot_to_write(&mut self, kind: Kind) -> Result<&mut Slot, StatusWord> {
        if self.pending()?.are_pins_set {
            self.slot(kind)
        } else {
            Err(StatusWord::CONDITIONS)
        }
    }
}

impl Personalisable for Applet {
    fn card_number(&self) -> String {
        self.number.clone()
    }

    fn keys(&self) -> &CardKeys {
        &self.keys
    }

    fn status(&self) -> CardStatus {
        let slots = self
            .pending
            .as_ref()
            .map_or(&[][..], |pending| &pending.slots);
        CardStatus {
            card_number: self.number.clone(),
            transaction: self
                .pending
                .as_ref()
                .map(|pending| pending.transaction),
            completed: self.completed,
            stage: self
                .pending
                .as_ref()
                .map_or(Stage::Idle, Pending::stage),
            kinds: slots
                .iter()
                .map(|slot| slot.kind)
                .collect(),
            certificate_digests: slots
                .iter()
                .filter(|slot| slot.own.is_whole())
                .map(|slot| (slot.kind, sha256(&slot.own.bytes)))
                .collect(),
        }
    }

    fn begin(&mut self, transaction: TransactionId, kinds: Vec<Kind>) -> Result<(), StatusWord> {
        let slots = kinds.into_iter().map(|kind| Slot {
            kind,
            has_key: false,
            own: File::default(),
            ca: File::default(),
        });
        self.pending = Some(Pending {
            transaction,
            slots: slots.collect(),
            are_keys_closed: false,
            are_pins_set: false,
        });
        Ok(())
    }

    fn generate_key(&mut self, kind: Kind) -> Result<(), StatusWord> {
        self.slot(kind)?.has_key = true;
        Ok(())
    }

    fn public_key(&self, kind: Kind) -> Result<Vec<u8>, StatusWord> {
        Ok(self.public_keys.of(kind).to_vec())
    }

    fn pins_to_be_set(&mut self) -> Result<(), StatusWord> {
        let pending = self.pending()?;
        if !pending
            .slots
            .iter()
            .all(|slot| slot.has_key)
        {
            return Err(StatusWord::CONDITIONS);
        }
        pending.are_keys_closed = true;
        Ok(())
    }

    fn write_certificate(
        &mut self,
        kind: Kind,
        offset: usize,
        total: usize,
        part: &[u8],
    ) -> Result<(), StatusWord> {
        self.slot_to_write(kind)?
            .own
            .write(offset, total, part)
    }

    fn write_ca_certificate(
        &mut self,
        kind: Kind,
        offset: usize,
        total: usize,
        part: &[u8],
    ) -> Result<(), StatusWord> {
        self.slot_to_write(kind)?
            .ca
            .write(offset, total, part)
    }

    fn activate(&mut self, transaction: TransactionId) -> Result<(), StatusWord> {
        let pending = self.pending()?;
        if pending.transaction != transaction || pending.stage() != Stage::CertificatesWritten {
            return Err(StatusWord::CONDITIONS);
        }
        self.pending = None;
        self.completed = Some(transaction);
        Ok(())
    }

    fn abandon(&mut self, transaction: TransactionId) -> Result<(), StatusWord> {
        self.pending
            .take_if(|pending| pending.transaction == transaction);
        Ok(())
    }
}

impl Pending {
    fn stage(&self) -> Stage {
        if !self.are_keys_closed {
            Stage::Idle
        } else if !self.are_pins_set {
            Stage::KeysMade
        } else if self
            .slots
            .iter()
            .all(|slot| slot.own.is_whole() && slot.ca.is_whole())
        {
            Stage::CertificatesWritten
        } else {
            Stage::PinsSet
        }
    }
}
