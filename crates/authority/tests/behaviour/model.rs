//! Any sequence of acts, beside a model that fits on a page:
//!
//! * the authority answers as the model does: the same refusals by the same rules, the same serials ended;
//! * at most one certificate of a kind is live for each person;
//! * whatever was acknowledged is good, or expired, or has a revocation;
//! * tables, status, CRLs and log agree at the end ([`audit`]).

use crate::{
    audit::audit,
    bench::{Bench, personalise, rule},
    card::LightCard,
    people::{application, as_of, code, event, request, with_card},
    seams::Place,
};
use proptest::prelude::*;
use shirushi_authority::{AuthorityError, CertificateState};
use shirushi_clock::Clock as _;
use shirushi_profile::{CertificateKind, SerialNumber};
use shirushi_rules::{APPLICATION_OPEN, ONE_LIVE, RECORD_CURRENT, RENEWAL_OF_LIVE};
use shirushi_wire::{Application, EventKind, IssuedCertificate, Purpose, RelayToken};
use std::collections::BTreeMap;

const PEOPLE: u32 = 3;

/// Less than five years, and more than the first certificates live.
const MOST_DAYS: i64 = 1_800;

/// Both kinds, or one of them.
const KINDS: [&[CertificateKind]; 3] = [
    &CertificateKind::ALL,
    &[CertificateKind::Signature],
    &[CertificateKind::Authentication],
];

#[derive(Clone, Debug)]
enum Act {
    Apply {
        resident: u32,
        renewal: bool,
        kinds: usize,
    },
    /// Personalises the card of one of the applications, again also when it is finished.
    Personalise {
        which: usize,
        dies: bool,
    },
    Revoke {
        resident: u32,
        kinds: usize,
    },
    Event {
        resident: u32,
        kinds: usize,
    },
    Restart,
    Advance {
        days: i64,
    },
    Publish,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let resident = 0..PEOPLE;
    let kinds = 0..KINDS.len();
    let act = prop_oneof![
        6 => (resident.clone(), any::<bool>(), kinds.clone())
            .prop_map(|(resident, renewal, kinds)| Act::Apply { resident, renewal, kinds }),
        8 => (any::<prop::sample::Index>(), prop::bool::weighted(0.15))
            .prop_map(|(which, dies)| Act::Personalise { which: which.index(1000), dies }),
        2 => (resident.clone(), kinds.clone())
            .prop_map(|(resident, kinds)| Act::Revoke { resident, kinds }),
        2 => (resident, kinds)
            .prop_map(|(resident, kinds)| Act::Event { resident, kinds }),
        1 => Just(Act::Restart),
        1 => prop_oneof![Just(0), Just(30), Just(1_700)].prop_map(|days| Act::Advance { days }),
        1 => Just(Act::Publish),
    ];
    prop::collection::vec(act, 4..24)
}

/// A certificate as the model knows it.
#[derive(Clone, Copy, Debug)]
struct Known {
    serial: SerialNumber,
    not_after: i64,
}

struct Taken {
    application: Application,
    token: RelayToken,
    card: LightCard,
    issued: Option<Vec<IssuedCertificate>>,
}

struct World {
    bench: Bench,
    taken: Vec<Taken>,
    live: BTreeMap<(u32, CertificateKind), Known>,
    acknowledged: Vec<IssuedCertificate>,
    ended: Vec<SerialNumber>,
    closed: usize,
    sequence: i64,
    days: i64,
    newest: BTreeMap<u32, i64>,
}

impl World {
    async fn new() -> Self {
        Self {
            bench: Bench::new().await,
            taken: Vec::new(),
            live: BTreeMap::new(),
            acknowledged: Vec::new(),
            ended: Vec::new(),
            closed: 0,
            sequence: 0,
            days: 0,
            newest: BTreeMap::new(),
        }
    }

    async fn act(mut self, act: &Act) -> Self {
        match *act {
            Act::Apply {
                resident,
                renewal,
                kinds,
            } => {
                self.apply(resident, renewal, KINDS[kinds])
                    .await
            }
            Act::Personalise { which, dies } if !self.taken.is_empty() => {
                let which = which % self.taken.len();
                if !dies || !self.die(which).await {
                    self.personalise(which).await;
                } else {
                    self.bench = self.bench.restart().await;
                }
            }
            Act::Personalise { .. } => {}
            Act::Revoke { resident, kinds } => {
                self.revoke(resident, KINDS[kinds])
                    .await
            }
            Act::Event { resident, kinds } => self.event(resident, KINDS[kinds]).await,
            Act::Restart => self.bench = self.bench.restart().await,
            // Past its fifth year the authority cannot issue for as long as the law says.
            Act::Advance { days } if self.days + days <= MOST_DAYS => {
                self.days += days;
                self.bench
                    .seams
                    .advance(days * 24 * 60 * 60);
            }
            Act::Advance { .. } => {}
            Act::Publish => {
                for kind in CertificateKind::ALL {
                    self.bench
                        .crl(kind, None)
                        .await
                        .unwrap();
                }
            }
        }
        self
    }

    fn now(&self) -> i64 {
        self.bench.seams.now().unix()
    }

    fn live(&self, resident: u32, kind: CertificateKind) -> Option<Known> {
        self.live
            .get(&(resident, kind))
            .copied()
            .filter(|known| known.not_after >= self.now())
    }

    /// The rule by which an application is refused now.
    fn refusal(&self, resident: u32, application: &Application) -> Option<&'static str> {
        if self.now() - application.taken_at.unix() > 30 * 24 * 60 * 60 {
            return Some(APPLICATION_OPEN.id);
        }
        let newest = self
            .newest
            .get(&resident)
            .copied()
            .unwrap_or(0);
        if newest > application.applicant.sequence {
            return Some(RECORD_CURRENT.id);
        }
        let other = application
            .kinds
            .iter()
            .any(|kind| self.live(resident, *kind).is_some());
        (application.purpose == Purpose::New && other).then_some(ONE_LIVE.id)
    }

    async fn apply(&mut self, resident: u32, renewal: bool, kinds: &[CertificateKind]) {
        let number = format!("M{}", self.taken.len());
        let mut application = with_card(as_of(application(resident), self.sequence), &number);
        application.kinds = kinds.to_vec();
        application.taken_at = self.bench.seams.now();
        if renewal {
            application.purpose = Purpose::Renewal;
        }
        let received = self.bench.receive(&application).await;
        let nothing_to_renew = renewal
            && kinds
                .iter()
                .all(|kind| self.live(resident, *kind).is_none());
        let refused = self
            .refusal(resident, &application)
            .or(nothing_to_renew.then_some(RENEWAL_OF_LIVE.id));
        match refused {
            Some(refused) => assert_eq!(rule(received), refused),
            None => self.taken.push(Taken {
                application,
                token: received.unwrap(),
                card: self.bench.card(&number),
                issued: None,
            }),
        }
    }

    /// Lets the authority die in the middle of this issue, if it comes to one.
    async fn die(&mut self, which: usize) -> bool {
        let resident = self.resident(which);
        let taken = &self.taken[which];
        let kinds = taken.application.kinds.len();
        if taken.issued.is_some()
            || self
                .refusal(resident, &taken.application)
                .is_some()
        {
            return false;
        }
        self.bench
            .seams
            .die_at(Place::BetweenIntentAndStore);
        let taken = &mut self.taken[which];
        let died = personalise(&self.bench.authority, &taken.token, &mut taken.card).await;
        assert!(matches!(died, Err(AuthorityError::Stopped)), "{died:?}");
        self.closed += kinds;
        true
    }

    async fn personalise(&mut self, which: usize) {
        let resident = self.resident(which);
        let refused = self.refusal(resident, &self.taken[which].application);
        let taken = &mut self.taken[which];
        let outcome = personalise(&self.bench.authority, &taken.token, &mut taken.card).await;
        if let Some(before) = &taken.issued {
            assert_eq!(&outcome.unwrap(), before);
            return;
        }
        if let Some(refused) = refused {
            assert_eq!(rule(outcome), refused);
            return;
        }
        let issued = outcome.unwrap();
        assert_eq!(issued.len(), taken.application.kinds.len());
        taken.issued = Some(issued.clone());
        for certificate in issued {
            self.end(resident, certificate.kind);
            let known = Known {
                serial: certificate.serial,
                not_after: certificate.not_after.unix(),
            };
            self.live
                .insert((resident, certificate.kind), known);
            self.acknowledged.push(certificate);
        }
    }

    async fn revoke(&mut self, resident: u32, kinds: &[CertificateKind]) {
        let mut request = request(resident);
        request.taken_at = self.bench.seams.now();
        request.kinds = kinds.to_vec();
        let mut told = self
            .bench
            .revoke(&request)
            .await
            .unwrap();
        let mut expected: Vec<SerialNumber> = kinds
            .iter()
            .filter_map(|kind| self.end(resident, *kind))
            .collect();
        told.sort();
        expected.sort();
        assert_eq!(told, expected);
    }

    async fn event(&mut self, resident: u32, kinds: &[CertificateKind]) {
        self.sequence += 1;
        self.newest
            .insert(resident, self.sequence);
        let event = event(
            self.sequence,
            resident,
            EventKind::CorrectionByOffice,
            kinds,
        );
        self.bench.tell(&event).await.unwrap();
        for kind in kinds {
            self.end(resident, *kind);
        }
    }

    /// Ends the live one, if it has not ended by itself.
    fn end(&mut self, resident: u32, kind: CertificateKind) -> Option<SerialNumber> {
        let serial = self
            .live(resident, kind)
            .map(|known| known.serial);
        self.live.remove(&(resident, kind));
        self.ended.extend(serial);
        serial
    }

    fn resident(&self, which: usize) -> u32 {
        let holder = &self.taken[which]
            .application
            .applicant
            .code;
        (0..PEOPLE)
            .find(|resident| code(*resident) == *holder)
            .unwrap()
    }

    /// The authority's state is the model's.
    async fn agrees(&self) {
        let found = audit(&self.bench).await;
        let live: BTreeMap<(String, CertificateKind), SerialNumber> = self
            .live
            .keys()
            .filter_map(|(resident, kind)| {
                let known = self.live(*resident, *kind)?;
                Some(((code(*resident).to_string(), *kind), known.serial))
            })
            .collect();
        assert_eq!(found.live, live);
        assert_eq!(found.revoked.len(), self.ended.len() + self.closed);
        assert_eq!(found.issued.len(), self.acknowledged.len());
        for certificate in &self.acknowledged {
            let status = self
                .bench
                .authority
                .status(certificate.kind, &certificate.serial)
                .await
                .unwrap();
            let is_over = certificate.not_after.unix() < self.now();
            match status {
                CertificateState::Revoked { .. } => {
                    assert!(self.ended.contains(&certificate.serial));
                }
                CertificateState::Good => assert!(!is_over),
                CertificateState::Unknown => assert!(is_over),
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, max_shrink_iters: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_of_acts_leaves_what_the_model_says(acts in acts()) {
        tokio::runtime::Runtime::new().unwrap().block_on(async {
            let mut world = World::new().await;
            for act in &acts {
                world = world.act(act).await;
            }
            world.agrees().await;
        });
    }
}
