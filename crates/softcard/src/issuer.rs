//! What the card does for its issuer, once the channel has made sure that it is the issuer (`shirushi_personalisation`).
//!
//! Everything goes into a pending set beside the live one; the live one works until [`Personalisable::activate`] exchanges
//! them in one replacement of the file.

use crate::{
    Generation, SoftCard,
    pin::PinName,
    state::{Both, Draft, Memory, MemoryFailure, Part, Pending, State},
    unknowns::CERTIFICATE_LIMIT,
};
use shirushi_apdu::{Command, Response, StatusWord};
use shirushi_crypto::{CardKey, sha256};
use shirushi_personalisation::{CardKeys, CardStatus, Kind, Personalisable, Stage, TransactionId};

impl SoftCard {
    /// Answers a command that arrives while the issuer security domain is selected.
    pub(crate) fn issuer_command(&mut self, command: &Command) -> Response {
        let mut view = IssuerView {
            memory: &mut self.memory,
        };
        self.channel
            .answer(command, &mut view, &*self.random)
    }
}

impl From<MemoryFailure> for StatusWord {
    fn from(_: MemoryFailure) -> Self {
        Self::MEMORY
    }
}

/// The card's memory as its issuer may see and change it.
struct IssuerView<'a> {
    memory: &'a mut Memory,
}

impl Personalisable for IssuerView<'_> {
    fn card_number(&self) -> String {
        self.state().card_number.clone()
    }

    fn keys(&self) -> &CardKeys {
        &self.state().channel_keys
    }

    fn status(&self) -> CardStatus {
        let state = self.state();
        let pending = state.pending.as_ref();
        let stage = pending.map_or(Stage::Idle, Pending::stage);
        CardStatus {
            card_number: state.card_number.clone(),
            transaction: pending.map(|pending| pending.transaction),
            completed: state.completed,
            stage,
            kinds: pending.map_or_else(Vec::new, |pending| pending.kinds().collect()),
            certificate_digests: Kind::ALL
                .into_iter()
                .filter_map(|kind| {
                    let certificate = match stage {
                        Stage::Idle => {
                            let live = state.live.of(kind).as_ref()?;
                            live.certificate.as_slice()
                        }
                        _ => self.draft(kind)?.certificate.whole()?,
                    };
                    Some((kind, sha256(certificate)))
                })
                .collect(),
        }
    }

    fn begin(&mut self, transaction: TransactionId, kinds: Vec<Kind>) -> Result<(), StatusWord> {
        if kinds.is_empty() {
            return Err(StatusWord::WRONG_DATA);
        }
        // A second set under the id of a finished one could never be told from it.
        if self.state().completed == Some(transaction) {
            return Err(StatusWord::CONDITIONS);
        }
        let is_pending = |pending: &Pending| {
            let wanted = |kind| kinds.contains(&kind);
            pending.transaction == transaction
                && Kind::ALL
                    .into_iter()
                    .all(|kind| wanted(kind) == pending.drafts.of(kind).is_some())
        };
        if self
            .state()
            .pending
            .as_ref()
            .is_some_and(is_pending)
        {
            return Ok(());
        }
        let mut drafts = Both::default();
        for kind in kinds {
            *drafts.of_mut(kind) = Some(Draft::default());
        }
        self.change(|state| {
            state.pending = Some(Pending {
                transaction,
                keys_closed: false,
                drafts,
            });
        })
    }

    fn generate_key(&mut self, kind: Kind) -> Result<(), StatusWord> {
        let draft = self
            .draft(kind)
            .ok_or(StatusWord::CONDITIONS)?;
        if draft.key.is_some() {
            return Ok(());
        }
        let key = match self.state().variant.generation {
            Generation::Current => CardKey::generate(),
            Generation::Next => CardKey::generate_p384(),
        }
        .map_err(|_| StatusWord::DIAGNOSIS)?;
        self.change_draft(kind, |draft| draft.key = Some(key.to_pkcs8().clone()))
    }

    fn public_key(&self, kind: Kind) -> Result<Vec<u8>, StatusWord> {
        let key = self
            .draft(kind)
            .and_then(|draft| draft.key.clone())
            .ok_or(StatusWord::REFERENCED_DATA_NOT_FOUND)?;
        let key = CardKey::from_pkcs8(key).map_err(|_| StatusWord::DIAGNOSIS)?;
        Ok(key.public_key().spki_der().to_vec())
    }

    fn pins_to_be_set(&mut self) -> Result<(), StatusWord> {
        let pending = self.pending()?;
        if pending.keys_closed {
            return Ok(());
        }
        if !pending.all(|draft| draft.key.is_some()) {
            return Err(StatusWord::CONDITIONS);
        }
        self.change(|state| {
            if let Some(pending) = &mut state.pending {
                pending.keys_closed = true;
            }
        })
    }

    fn write_certificate(
        &mut self,
        kind: Kind,
        offset: usize,
        total: usize,
        part: &[u8],
    ) -> Result<(), StatusWord> {
        let draft = self.draft_to_write(kind)?;
        let longer = extended(&draft.certificate, offset, total, part)?;
        self.change_draft(kind, |draft| draft.certificate = longer)
    }

    fn write_ca_certificate(
        &mut self,
        kind: Kind,
        offset: usize,
        total: usize,
        part: &[u8],
    ) -> Result<(), StatusWord> {
        let draft = self.draft_to_write(kind)?;
        let longer = extended(&draft.authority, offset, total, part)?;
        self.change_draft(kind, |draft| draft.authority = longer)
    }

    fn activate(&mut self, transaction: TransactionId) -> Result<(), StatusWord> {
        if self.state().completed == Some(transaction) {
            return Ok(());
        }
        let pending = self.pending()?;
        if pending.transaction != transaction || pending.stage() != Stage::CertificatesWritten {
            return Err(StatusWord::CONDITIONS);
        }
        self.change(|state| {
            let drafts = state
                .pending
                .take()
                .map(|pending| pending.drafts);
            let Some(mut drafts) = drafts else {
                return;
            };
            for kind in Kind::ALL {
                let Some(draft) = drafts.of_mut(kind).take() else {
                    continue;
                };
                *state.live.of_mut(kind) = draft.credential();
                if let Some(pin) = draft.pin {
                    state
                        .pins
                        .insert(PinName::of(kind), pin);
                }
            }
            state.completed = Some(transaction);
        })
    }

    fn abandon(&mut self, transaction: TransactionId) -> Result<(), StatusWord> {
        let pending = self.state().pending.as_ref();
        if pending.is_none_or(|pending| pending.transaction != transaction) {
            return Ok(());
        }
        self.change(|state| state.pending = None)
    }
}

impl IssuerView<'_> {
    fn state(&self) -> &State {
        self.memory.state()
    }

    fn change(&mut self, edit: impl FnOnce(&mut State)) -> Result<(), StatusWord> {
        Ok(self.memory.change(edit)?)
    }

    fn change_draft(
        &mut self,
        kind: Kind,
        edit: impl FnOnce(&mut Draft),
    ) -> Result<(), StatusWord> {
        self.change(|state| {
            if let Some(draft) = state.draft_mut(kind) {
                edit(draft);
            }
        })
    }

    fn pending(&self) -> Result<&Pending, StatusWord> {
        self.state()
            .pending
            .as_ref()
            .ok_or(StatusWord::CONDITIONS)
    }

    fn draft(&self, kind: Kind) -> Option<&Draft> {
        self.state()
            .pending
            .as_ref()?
            .drafts
            .of(kind)
            .as_ref()
    }

    /// The draft, when certificates can be written to it: the PINs are set.
    fn draft_to_write(&self, kind: Kind) -> Result<&Draft, StatusWord> {
        match self.pending()?.stage() {
            Stage::PinsSet | Stage::CertificatesWritten => self
                .draft(kind)
                .ok_or(StatusWord::CONDITIONS),
            Stage::Idle | Stage::KeysMade => Err(StatusWord::CONDITIONS),
        }
    }
}

/// What was written, and `part` of `total` bytes after it.
fn extended(written: &Part, offset: usize, total: usize, part: &[u8]) -> Result<Part, StatusWord> {
    if total > CERTIFICATE_LIMIT {
        return Err(StatusWord::NOT_ENOUGH_MEMORY);
    }
    let mut longer = match offset {
        0 => Part {
            total,
            bytes: Vec::with_capacity(total),
        },
        _ if offset == written.bytes.len() && total == written.total => written.clone(),
        _ => return Err(StatusWord::WRONG_DATA),
    };
    if part.is_empty() || offset + part.len() > total {
        return Err(StatusWord::WRONG_DATA);
    }
    longer.bytes.extend_from_slice(part);
    Ok(longer)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The channel's own messages never leave a gap, so that it is refused is seen only here.
    #[test]
    fn parts_come_in_order_or_from_the_start() {
        let refused = StatusWord::WRONG_DATA;
        let first = extended(&Part::default(), 0, 6, b"abc").unwrap();
        assert_eq!(first.whole(), None);
        let both = extended(&first, 3, 6, b"def").unwrap();
        assert_eq!(both.whole(), Some(b"abcdef".as_slice()));
        for (offset, total, part) in [
            (4, 6, b"f".as_slice()), // a gap
            (2, 6, b"cd"),           // an overlap
            (3, 5, b"de"),           // of another length
            (3, 6, b""),
            (3, 6, b"defg"),
        ] {
            let answer = extended(&first, offset, total, part).err();
            assert_eq!(answer, Some(refused), "{offset} {total}");
        }
        let anew = extended(&both, 0, 2, b"xy").unwrap();
        assert_eq!(anew.whole(), Some(b"xy".as_slice()));
    }
}
