//! The smallest applet that keeps the promises of [`Personalisable`]. What it holds is durable.

use crate::bench::{Counting, NUMBER, keys};
use shirushi_apdu::{StatusWord, ber};
use shirushi_crypto::{Random, sha256};
use shirushi_personalisation::{CardKeys, CardStatus, Kind, Personalisable, Stage, TransactionId};
use std::collections::BTreeMap;

/// What a certificate file has received.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Certificate {
    bytes: Vec<u8>,
    total: usize,
}

impl Certificate {
    fn write(&mut self, offset: usize, total: usize, part: &[u8]) -> Result<(), StatusWord> {
        if offset == 0 {
            *self = Self {
                bytes: Vec::new(),
                total,
            };
        }
        if offset != self.bytes.len() || total != self.total {
            return Err(StatusWord::WRONG_DATA);
        }
        self.bytes.extend_from_slice(part);
        Ok(())
    }

    pub(crate) fn whole(&self) -> Option<&[u8]> {
        (self.total > 0 && self.bytes.len() == self.total).then_some(&self.bytes)
    }
}

/// One kind's key, PIN and certificates.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Slot {
    pub key: Option<Vec<u8>>,
    pub pin: Option<Vec<u8>>,
    pub own: Certificate,
    pub ca: Certificate,
}

/// A pending set.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Pending {
    transaction: TransactionId,
    closed: bool,
    slots: BTreeMap<Kind, Slot>,
}

/// The applet; what it holds is durable.
#[derive(Debug)]
pub(crate) struct Applet {
    keys: CardKeys,
    random: Counting,
    pub keys_made: usize,
    pub pending: Option<Pending>,
    pub completed: Option<TransactionId>,
    pub live: BTreeMap<Kind, Slot>,
}

impl Applet {
    pub(crate) fn new() -> Self {
        Self {
            keys: keys(NUMBER),
            random: Counting::default(),
            keys_made: 0,
            pending: None,
            completed: None,
            live: BTreeMap::new(),
        }
    }

    pub(crate) fn slot(&mut self, kind: Kind, at: &[Stage]) -> Result<&mut Slot, StatusWord> {
        let stage = self.status().stage;
        let pending = self
            .pending
            .as_mut()
            .ok_or(StatusWord::CONDITIONS)?;
        let slot = pending
            .slots
            .get_mut(&kind)
            .ok_or(StatusWord::CONDITIONS)?;
        if at.contains(&stage) {
            Ok(slot)
        } else {
            Err(StatusWord::CONDITIONS)
        }
    }
}

const WRITING: [Stage; 2] = [Stage::PinsSet, Stage::CertificatesWritten];

impl Personalisable for Applet {
    fn card_number(&self) -> String {
        NUMBER.to_owned()
    }

    fn keys(&self) -> &CardKeys {
        &self.keys
    }

    fn status(&self) -> CardStatus {
        let slots = self
            .pending
            .as_ref()
            .map(|pending| &pending.slots);
        let all =
            |holds: &dyn Fn(&Slot) -> bool| slots.is_some_and(|slots| slots.values().all(holds));
        let stage = match &self.pending {
            Some(pending) if pending.closed => {
                let written = |s: &Slot| s.own.whole().is_some() && s.ca.whole().is_some();
                if all(&written) {
                    Stage::CertificatesWritten
                } else if all(&|s| s.pin.is_some()) {
                    Stage::PinsSet
                } else {
                    Stage::KeysMade
                }
            }
            _ => Stage::Idle,
        };
        let shown = match stage {
            Stage::Idle => &self.live,
            _ => slots.unwrap_or(&self.live),
        };
        CardStatus {
            card_number: self.card_number(),
            transaction: self
                .pending
                .as_ref()
                .map(|pending| pending.transaction),
            completed: self.completed,
            stage,
            kinds: slots
                .map(|slots| slots.keys().copied().collect())
                .unwrap_or_default(),
            certificate_digests: shown
                .iter()
                .filter_map(|(kind, slot)| Some((*kind, sha256(slot.own.whole()?))))
                .collect(),
        }
    }

    fn begin(&mut self, transaction: TransactionId, kinds: Vec<Kind>) -> Result<(), StatusWord> {
        let same = self
            .pending
            .as_ref()
            .is_some_and(|pending| pending.transaction == transaction);
        if !same {
            self.pending = Some(Pending {
                transaction,
                closed: false,
                slots: kinds
                    .into_iter()
                    .map(|kind| (kind, Slot::default()))
                    .collect(),
            });
        }
        Ok(())
    }

    fn generate_key(&mut self, kind: Kind) -> Result<(), StatusWord> {
        // Has the length of the SubjectPublicKeyInfo of an RSA-2048 key: two parts.
        let mut key = [0; 290];
        self.random.fill(&mut key);
        let slot = self.slot(kind, &[Stage::Idle, Stage::KeysMade])?;
        if slot.key.is_none() {
            slot.key = Some(ber::encode(0x30, &key));
            self.keys_made += 1;
        }
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
        self.live = pending.slots;
        self.completed = Some(transaction);
        Ok(())
    }

    fn abandon(&mut self, transaction: TransactionId) -> Result<(), StatusWord> {
        self.pending
            .take_if(|pending| pending.transaction == transaction);
        Ok(())
    }
}
