//! One resident's life: applying, having the card personalised, moving, revoking, one thing after the other, each carried on after
//! a kill until it is acknowledged.

mod change;

use crate::{
    account::{Accounts, Handed, Known, Progress, UnderWay},
    card::HeldCard,
    draws::Draws,
    line::{Act, Answered, Line},
    people::Person,
};
use serde_json::json;
use shirushi_profile::{
    CertificateKind::{self, Authentication, Signature},
    RevocationReason, SerialNumber,
};
use shirushi_wire::{ApplicationId, IssuedCertificate, RelayAnswer, RelayRequest};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::{sync::Mutex, task::block_in_place};

/// More exchanges than personalisation takes would be a loop.
const MOST_EXCHANGES: usize = 16;

/// What all residents share.
pub(crate) struct Common {
    pub(crate) line: Line,
    pub(crate) accounts: Mutex<Accounts>,
    pub(crate) session: String,
    pub(crate) is_over: AtomicBool,
}

/// A resident at their place among the accounts.
pub(crate) struct Resident {
    pub(crate) place: usize,
    pub(crate) person: Person,
    pub(crate) card: HeldCard,
    pub(crate) draws: Draws,
    pub(crate) common: Arc<Common>,
    pub(crate) moves: usize,
}

/// How a relay ended.
enum Relayed {
    /// The city was killed: begin anew.
    Cut,
    SetPins(Vec<CertificateKind>),
    Done,
}

impl Common {
    /// How many applications were.
    pub(crate) async fn handed_in(&self) -> usize {
        self.accounts
            .lock()
            .await
            .applications
            .len()
    }
}

impl Resident {
    /// What is acknowledged and has not ended.
    pub(crate) async fn holds(&self) -> BTreeMap<CertificateKind, SerialNumber> {
        self.common
            .accounts
            .lock()
            .await
            .residents[self.place]
            .live
            .clone()
    }

    /// One thing after the other, until it is over.
    pub(crate) async fn live(mut self) -> Self {
        while !self
            .common
            .is_over
            .load(Ordering::SeqCst)
        {
            let live = self.holds().await;
            let missing = [Signature, Authentication]
                .into_iter()
                .any(|kind| !live.contains_key(&kind));
            let held: Vec<CertificateKind> = live.keys().copied().collect();
            match self.draws.below(10) {
                0..3 if !held.is_empty() => self.revoke(&held).await,
                3..6 => self.change_address().await,
                6.. if missing => self.obtain_what_is_missing(&held).await,
                _ => self.renew(&held).await,
            }
        }
        self
    }

    async fn obtain_what_is_missing(&mut self, held: &[CertificateKind]) {
        let kinds: Vec<CertificateKind> = CertificateKind::ALL
            .into_iter()
            .filter(|kind| !held.contains(kind))
            .collect();
        self.obtain(&kinds, "new").await;
    }

    async fn renew(&mut self, held: &[CertificateKind]) {
        let kinds = self.some_of(&CertificateKind::ALL);
        let is_new = kinds
            .iter()
            .all(|kind| !held.contains(kind));
        self.obtain(&kinds, if is_new { "new" } else { "renewal" })
            .await;
    }

    /// Applies, and has the card personalised.
    async fn obtain(&mut self, kinds: &[CertificateKind], purpose: &str) {
        let id = ApplicationId::from_bytes(self.draws.bytes());
        let form = self
            .person
            .application(id, &self.card.number, kinds, purpose);
        let common = Arc::clone(&self.common);
        self.begin(UnderWay::Issue {
            kinds: kinds.to_vec(),
        })
        .await;
        common
            .accounts
            .lock()
            .await
            .applications
            .insert(
                id,
                Handed {
                    resident: self.place,
                    progress: Progress::Sent,
                },
            );
        loop {
            let answer = common
                .line
                .ask(
                    Act::Apply,
                    "/counter/applications",
                    Some(&common.session),
                    Some(&form),
                )
                .await;
            if let Some(answer) = answer {
                assert_eq!(answer.success()["application"], json!(id));
                common
                    .accounts
                    .lock()
                    .await
                    .progress(id, Progress::Accepted);
                break;
            }
        }
        let mut are_pins_set = false;
        loop {
            match self
                .relay(id, kinds, are_pins_set)
                .await
            {
                Relayed::Cut => {}
                Relayed::SetPins(kinds) => {
                    block_in_place(|| self.card.set_pins(&kinds));
                    are_pins_set = true;
                }
                Relayed::Done => return,
            }
        }
    }

    async fn relay(
        &mut self,
        id: ApplicationId,
        kinds: &[CertificateKind],
        are_pins_set: bool,
    ) -> Relayed {
        let path = format!("/counter/applications/{id}/relay");
        let common = Arc::clone(&self.common);
        let mut request = RelayRequest { responses: None };
        let mut began_in = None;
        for exchange in 0..MOST_EXCHANGES {
            let act = match exchange {
                3 if are_pins_set => Act::Issue,
                4 if are_pins_set => Act::Complete,
                _ => Act::Relay,
            };
            let answer = common
                .line
                .ask(act, &path, Some(&common.session), Some(&request))
                .await;
            let Some(answer) = answer else {
                return Relayed::Cut;
            };
            // Between two requests the city may have been killed and started: it knows nothing of the channel then, and says so.
            let is_stranger = *began_in.get_or_insert(answer.life.number) != answer.life.number;
            if is_stranger && !answer.is_success() {
                return Relayed::Cut;
            }
            let commands = match serde_json::from_value(answer.success()).unwrap() {
                RelayAnswer::Transmit { commands } => commands,
                RelayAnswer::SetPins { kinds } => return Relayed::SetPins(kinds),
                RelayAnswer::Done {
                    application,
                    certificates,
                } => {
                    assert_eq!(application, id);
                    self.note_issue(&answer, id, kinds, &certificates)
                        .await;
                    return Relayed::Done;
                }
            };
            drop(answer);
            let responses = block_in_place(|| self.card.answer(&commands));
            request.responses = Some(responses);
        }
        panic!("personalisation of {id} does not end");
    }

    async fn note_issue(
        &mut self,
        _answer: &Answered<'_>,
        id: ApplicationId,
        kinds: &[CertificateKind],
        certificates: &[IssuedCertificate],
    ) {
        let issued: BTreeSet<CertificateKind> = certificates
            .iter()
            .map(|issued| issued.kind)
            .collect();
        assert_eq!(issued, kinds.iter().copied().collect(), "{id}");
        assert_eq!(certificates.len(), kinds.len(), "{id}");
        let known = certificates
            .iter()
            .map(|issued| {
                let in_card = block_in_place(|| self.card.certificate(issued.kind));
                assert_eq!(
                    *in_card.serial(),
                    issued.serial,
                    "the card has another certificate of {id} than the city says"
                );
                let known = Known {
                    resident: self.place,
                    kind: issued.kind,
                    application: id,
                    sha256: in_card.sha256(),
                    ended: None,
                };
                (issued.serial, known)
            })
            .collect();
        self.common
            .accounts
            .lock()
            .await
            .issued(self.place, id, known);
    }

    async fn revoke(&mut self, held: &[CertificateKind]) {
        let kinds = self.some_of(held);
        let reason = self.draws.one(&[
            RevocationReason::KeyCompromise,
            RevocationReason::CessationOfOperation,
        ]);
        let id = ApplicationId::from_bytes(self.draws.bytes());
        let form = json!({
            "id": id,
            "resident_code": self.person.code,
            "kinds": kinds,
            "reason": reason,
        });
        let common = Arc::clone(&self.common);
        let expected: BTreeSet<SerialNumber> = {
            let accounts = common.accounts.lock().await;
            let live = &accounts.residents[self.place].live;
            kinds
                .iter()
                .map(|kind| live[kind])
                .collect()
        };
        self.begin(UnderWay::Revoke {
            kinds: kinds.clone(),
            reason,
        })
        .await;
        loop {
            let answer = common
                .line
                .ask(
                    Act::Revoke,
                    "/counter/revocations",
                    Some(&common.session),
                    Some(&form),
                )
                .await;
            if let Some(answer) = answer {
                let answered: BTreeSet<SerialNumber> =
                    serde_json::from_value(answer.success()["serials"].clone()).unwrap();
                assert_eq!(answered, expected, "what was revoked by request {id}");
                common
                    .accounts
                    .lock()
                    .await
                    .revoked(self.place, &kinds, reason);
                return;
            }
        }
    }

    async fn begin(&self, under_way: UnderWay) {
        self.common
            .accounts
            .lock()
            .await
            .residents[self.place]
            .under_way = Some(under_way);
    }

    /// One of them or all.
    fn some_of(&mut self, kinds: &[CertificateKind]) -> Vec<CertificateKind> {
        match self.draws.below(2) {
            0 => kinds.to_vec(),
            _ => vec![self.draws.one(kinds)],
        }
    }
}
