//! Both authorities of an invented town with their responders, and a source of statuses that can be made to fail.

use axum::Router;
use shirushi_clock::{Clock, Date, Instant, SystemClock};
use shirushi_crypto::{KeyKind, SigningKey, SoftwareKey, SystemRandom};
use shirushi_profile::{
    Certificate, CertificateKind, CertificateList, CrlScope, EndEntityRequest, Generation, Holder,
    MUNICIPALITIES, RevocationReason, RevokedEntry, SerialNumber, Sex, Urls, assemble,
    ca_certificate_tbs, crl_tbs, end_entity_tbs, responder_certificate_tbs,
};
use shirushi_responder::{
    Answered, List, ResponderKey, ResponderKeys, SourceFailed, StatusAnswer, StatusSource,
};
use shirushi_wire::{CertificateState, ListKey, PublishedList};
use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{
        Arc, LazyLock, Mutex,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
};
use tokio::net::TcpListener;

pub const DAY: i64 = 86_400;

static CA_KEYS: LazyLock<[Arc<SoftwareKey>; 2]> = LazyLock::new(|| [rsa(), rsa()]);
static HOLDER_KEYS: LazyLock<[Arc<SoftwareKey>; 3]> = LazyLock::new(|| [rsa(), rsa(), rsa()]);

pub fn rsa() -> Arc<SoftwareKey> {
    Arc::new(SoftwareKey::generate(KeyKind::Rsa2048).unwrap())
}

/// A clock that a test moves.
#[derive(Debug)]
pub struct TestClock(AtomicI64);

impl TestClock {
    pub fn advance(&self, seconds: i64) {
        self.0
            .fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Instant {
        Instant::from_unix(self.0.load(Ordering::SeqCst)).unwrap()
    }
}

/// One authority.
#[derive(Clone)]
pub struct Authority {
    pub kind: CertificateKind,
    pub key: Arc<SoftwareKey>,
    pub certificate: Certificate,
    pub responder_key: Arc<SoftwareKey>,
    pub responder: Certificate,
}

/// A certificate with its key.
#[derive(Clone)]
pub struct Held {
    pub key: Arc<SoftwareKey>,
    pub certificate: Certificate,
}

impl Authority {
    fn new(kind: CertificateKind, key: Arc<SoftwareKey>, now: Instant) -> Self {
        let begun = now.plus_seconds(-400 * DAY);
        let tbs = ca_certificate_tbs(kind, &serial(), begun, key.public_key()).unwrap();
        let certificate = sign(&key, &tbs);
        // Of another kind than the authority's, so that a thousand responses are quickly made.
        let responder_key = Arc::new(SoftwareKey::generate(KeyKind::P256).unwrap());
        let tbs = responder_certificate_tbs(
            &certificate,
            &urls(),
            &serial(),
            begun,
            now.plus_seconds(2000 * DAY),
            responder_key.public_key(),
        )
        .unwrap();
        Self {
            kind,
            responder: sign(&key, &tbs),
            key,
            certificate,
            responder_key,
        }
    }

    pub fn responder_key(&self) -> ResponderKey {
        ResponderKey {
            kind: self.kind,
            generation: Generation::FIRST,
            key: self.responder_key.clone(),
            certificate: self.responder.clone(),
            issuer: self.certificate.clone(),
        }
    }

    fn list(&self, scope: CrlScope, now: Instant, entries: &[RevokedEntry]) -> Option<Vec<u8>> {
        let until = now.plus_seconds(2 * DAY);
        // None of a municipality that there is not.
        let tbs = crl_tbs(&self.certificate, &urls(), scope, 7, now, until, entries).ok()?;
        let signature = self.key.sign(&tbs).unwrap();
        Some(assemble(&tbs, self.key.algorithm(), &signature))
    }
}

/// The town: what its authorities know, and whether they can be asked.
pub struct Bench {
    pub clock: Arc<TestClock>,
    pub signature: Authority,
    pub authentication: Authority,
    known: Mutex<HashMap<SerialNumber, CertificateState>>,
    pub statuses_fail: AtomicBool,
    pub lists_fail: AtomicBool,
    /// How many seconds the source's knowledge lies behind.
    pub behind: AtomicI64,
    pub statuses_asked: AtomicI64,
}

impl Bench {
    pub fn new() -> Arc<Self> {
        let now = SystemClock.now();
        let clock = Arc::new(TestClock(AtomicI64::new(now.unix())));
        let signature = Authority::new(CertificateKind::Signature, CA_KEYS[0].clone(), now);
        Self::with(signature, clock)
    }

    /// A town with another authority for signatures.
    pub fn with(signature: Authority, clock: Arc<TestClock>) -> Arc<Self> {
        let kind = CertificateKind::Authentication;
        Arc::new(Self {
            signature,
            authentication: Authority::new(kind, CA_KEYS[1].clone(), clock.now()),
            clock,
            known: Mutex::new(HashMap::new()),
            statuses_fail: AtomicBool::new(false),
            lists_fail: AtomicBool::new(false),
            behind: AtomicI64::new(0),
            statuses_asked: AtomicI64::new(0),
        })
    }

    /// A town whose authorities nobody trusts, of the right names.
    pub fn impostors(clock: Arc<TestClock>) -> Arc<Self> {
        let other = Self::with(impostor(clock.now()), clock);
        let kind = CertificateKind::Authentication;
        let authentication = Authority::new(kind, rsa(), other.now());
        let mut other = Self::twin(&other, 0);
        if let Some(bench) = Arc::get_mut(&mut other) {
            bench.authentication = authentication;
        }
        other
    }

    /// Another responder of the same authorities, which knows no certificate and whose clock is behind by so many seconds.
    pub fn twin(bench: &Self, behind: i64) -> Arc<Self> {
        let now = bench.now().plus_seconds(-behind);
        Arc::new(Self {
            signature: bench.signature.clone(),
            authentication: bench.authentication.clone(),
            clock: Arc::new(TestClock(AtomicI64::new(now.unix()))),
            known: Mutex::new(HashMap::new()),
            statuses_fail: AtomicBool::new(false),
            lists_fail: AtomicBool::new(false),
            behind: AtomicI64::new(0),
            statuses_asked: AtomicI64::new(0),
        })
    }

    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    pub fn authority(&self, kind: CertificateKind) -> &Authority {
        match kind {
            CertificateKind::Signature => &self.signature,
            CertificateKind::Authentication => &self.authentication,
        }
    }

    /// Issues a certificate that is valid for 300 days and known as good; `who` chooses one of three keys.
    pub fn issue(&self, kind: CertificateKind, who: usize, holder: &Holder) -> Held {
        let authority = self.authority(kind);
        let held = issue(authority, &HOLDER_KEYS[who], holder, self.now());
        self.set(&held.certificate, CertificateState::Good);
        held
    }

    pub fn set(&self, certificate: &Certificate, status: CertificateState) {
        self.known
            .lock()
            .unwrap()
            .insert(*certificate.serial(), status);
    }

    pub fn revoke(&self, certificate: &Certificate) {
        let status = CertificateState::Revoked {
            at: self.now().plus_seconds(-60),
            reason: RevocationReason::AffiliationChanged,
        };
        self.set(certificate, status);
    }

    pub fn routes(self: &Arc<Self>) -> Router {
        shirushi_responder::router(
            self.clone(),
            Arc::new(ResponderKeys::new(vec![
                self.signature.responder_key(),
                self.authentication.responder_key(),
            ])),
            self.clock.clone(),
        )
    }
}

impl StatusSource for Bench {
    fn status<'a>(
        &'a self,
        _: CertificateKind,
        _: Generation,
        serial: &'a SerialNumber,
    ) -> Answered<'a, StatusAnswer> {
        self.statuses_asked
            .fetch_add(1, Ordering::SeqCst);
        Box::pin(async move {
            if self
                .statuses_fail
                .load(Ordering::SeqCst)
            {
                return Err(SourceFailed("the bench says no".into()));
            }
            let known = self.known.lock().unwrap();
            let behind = self.behind.load(Ordering::SeqCst);
            Ok(StatusAnswer {
                status: known
                    .get(serial)
                    .copied()
                    .unwrap_or(CertificateState::Unknown),
                as_of: self.now().plus_seconds(-behind),
            })
        })
    }

    fn crl(
        &self,
        kind: CertificateKind,
        generation: Generation,
        scope: CrlScope,
    ) -> Answered<'_, Option<Arc<List>>> {
        Box::pin(async move {
            if self.lists_fail.load(Ordering::SeqCst) {
                return Err(SourceFailed("the bench has no lists".into()));
            }
            let entries: Vec<RevokedEntry> = self
                .known
                .lock()
                .unwrap()
                .iter()
                // Nobody's authority ends here.
                .filter(|_| scope != CrlScope::Authorities)
                .filter_map(|(serial, status)| match status {
                    CertificateState::Revoked { at, reason } => Some(RevokedEntry {
                        serial: *serial,
                        revoked_at: *at,
                        reason: *reason,
                    }),
                    _ => None,
                })
                .collect();
            let key = ListKey {
                kind,
                generation: generation.number(),
                scope,
            };
            if generation != Generation::FIRST {
                return Ok(None);
            }
            let list = self
                .authority(kind)
                .list(scope, self.now(), &entries);
            Ok(list.map(|der| {
                let list = CertificateList::from_der(&der).unwrap();
                Arc::new(List::new(PublishedList { key, list }))
            }))
        })
    }
}

pub fn issue(authority: &Authority, key: &Arc<SoftwareKey>, holder: &Holder, now: Instant) -> Held {
    let request = EndEntityRequest {
        kind: authority.kind,
        serial: &serial(),
        not_before: now.plus_seconds(-DAY),
        not_after: now.plus_seconds(300 * DAY),
        public_key: key.public_key(),
        municipality: &MUNICIPALITIES[0],
        holder,
    };
    let tbs = end_entity_tbs(&authority.certificate, &urls(), &request).unwrap();
    Held {
        certificate: sign(&authority.key, &tbs),
        key: key.clone(),
    }
}

/// An authority that nobody trusts, of the right names.
pub fn impostor(now: Instant) -> Authority {
    Authority::new(CertificateKind::Signature, rsa(), now)
}

pub fn sign(key: &SoftwareKey, tbs: &[u8]) -> Certificate {
    let signature = key.sign(tbs).unwrap();
    Certificate::from_der(&assemble(tbs, key.algorithm(), &signature)).unwrap()
}

pub fn serial() -> SerialNumber {
    SerialNumber::random(&SystemRandom)
}

pub fn urls() -> Urls {
    Urls::new("http://127.0.0.1:8080").unwrap()
}

/// Invented; 𠮷 is not in a certificate's repertoire.
pub fn hanako() -> Holder {
    Holder {
        name: "𠮷印　花子".to_owned(),
        birth_date: Date::constant(1990, 4, 1),
        sex: Sex::Female,
        address: "東京都印市朱肉一丁目２番３号".to_owned(),
    }
}

/// Serves until the test ends.
pub async fn serve(routes: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, routes).await });
    address
}
