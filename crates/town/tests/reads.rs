//! What anybody may read of authority and responder:
//!
//! * no GET makes a signature by a key of an authority or of the log, or a write into a store, also when lists are due, revocations
//!   are recorded and no task runs; only an OCSP answer is signed, by the responder's own key;
//! * a certificate is revoked when either memory says so, and good only when both can be asked;
//! * who names the key of one generation and the number of another's certificate is told that it is unknown, whatever it is.
#![allow(clippy::unwrap_used, reason = "a test")]

use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode},
};
use base64ct::{Base64, Encoding as _};
use shirushi_authority::{
    Authority, AuthorityConfig, AuthorityEntries, AuthorityParty, Ceremony, Keeper,
};
use shirushi_clock::{Clock, SandboxClock, SystemClock};
use shirushi_contract::{DESCRIPTION, Method, authority, responder};
use shirushi_crypto::{
    CryptoError, DigestAlgorithm, KeyKind, PublicKey, Secret, SignatureAlgorithm, SigningKey,
    SoftwareKey, SystemRandom,
};
use shirushi_profile::{
    Certificate, CertificateKind, RevocationReason, SerialNumber,
    ocsp::{self, CertId, CertificateStatus, OcspMalformed, OcspResponseStatus, ReceivedResponse},
};
use shirushi_responder::{Memory, ResponderKeys, ResponderParty};
use shirushi_store::{Store, Value};
use shirushi_town::{OwnRecords, ResponderWitness, responder_keys};
use shirushi_web::{BearerToken, Entry};
use shirushi_wire::Revocation;
use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tempfile::TempDir;
use tower::ServiceExt as _;

/// What the roles know each other by.
const TOKEN: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

/// A key that counts.
#[derive(Debug)]
struct Counting {
    key: Arc<dyn SigningKey>,
    signed: Arc<AtomicUsize>,
}

impl SigningKey for Counting {
    fn algorithm(&self) -> SignatureAlgorithm {
        self.key.algorithm()
    }

    fn public_key(&self) -> &PublicKey {
        self.key.public_key()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
        self.signed
            .fetch_add(1, Ordering::SeqCst);
        self.key.sign(message)
    }
}

struct Bench {
    clock: Arc<SandboxClock>,
    ceremony: Arc<Ceremony>,
    authority: Authority,
    authority_store: Store,
    responder_store: Store,
    memory: Memory,
    routes: Router,
    signed: Arc<AtomicUsize>,
    _folder: TempDir,
}

impl Bench {
    async fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let clock = Arc::new(SandboxClock::ahead_by(0));
        let shared: Arc<dyn Clock> = clock.clone();
        let signed = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&signed);
        let ceremony = Ceremony::open_or_hold(
            &folder.path().join("keys"),
            "http://127.0.0.1:8099",
            SystemClock.now().plus_seconds(-60),
            &SystemRandom,
        )
        .unwrap()
        .behind(|key| {
            let signed = Arc::clone(&counted);
            Arc::new(Counting { key, signed })
        });
        let ceremony = Arc::new(ceremony);
        let authority_store =
            store(folder.path(), "authority", shirushi_authority::MIGRATIONS).await;
        let responder_store =
            store(folder.path(), "responder", shirushi_responder::MIGRATIONS).await;
        let memory = Memory::open(responder_store.clone())
            .await
            .unwrap();
        let authority = Authority::open(
            authority_store.clone(),
            Arc::clone(&ceremony),
            Arc::clone(&shared),
            Arc::new(SystemRandom),
        )
        .await
        .unwrap();
        authority
            .attach_witness(Arc::new(ResponderWitness(memory.clone())))
            .await
            .unwrap();
        authority.publish_due().await.unwrap();
        let routes = routes(&authority, &memory, &ceremony, &shared);
        Self {
            clock,
            ceremony,
            authority,
            authority_store,
            responder_store,
            memory,
            routes,
            signed,
            _folder: folder,
        }
    }

    /// A live certificate as the store knows it; nothing reads its bytes here.
    async fn live(&self, kind: CertificateKind) -> SerialNumber {
        let serial = SerialNumber::random(&SystemRandom);
        let now = self.clock.now().unix();
        self.write(
            "INSERT INTO certificates (serial, kind, resident, municipality, application, register_sequence, not_before,
                not_after, der, state) VALUES ($1, $2, $1, '13998', $1, 0, $3, $4, $5, 'live')",
            vec![
                serial.to_string().into(),
                kind.to_string().into(),
                (now - 60).into(),
                (now + 86_400_000).into(),
                Value::Bytes(Vec::new()),
            ],
        )
        .await;
        serial
    }

    /// Ends it in the authority's tables alone.
    async fn end(&self, kind: CertificateKind, serial: &SerialNumber) {
        let now = self.clock.now().unix();
        self.write(
            "INSERT INTO revocations (serial, kind, municipality, revoked_at, reason, not_after)
                VALUES ($1, $2, '13998', $3, 'superseded', $4)",
            vec![
                serial.to_string().into(),
                kind.to_string().into(),
                now.into(),
                (now + 86_400_000).into(),
            ],
        )
        .await;
        self.write(
            "INSERT INTO revocation_order (position, serial)
                SELECT COALESCE(MAX(position), 0) + 1, $1 FROM revocation_order",
            vec![serial.to_string().into()],
        )
        .await;
    }

    async fn write(&self, sql: &'static str, values: Vec<Value>) {
        let mut transaction = self
            .authority_store
            .begin()
            .await
            .unwrap();
        transaction
            .execute(sql, &values)
            .await
            .unwrap();
        transaction.commit().await.unwrap();
    }

    async fn get(&self, path: &str) -> (StatusCode, Vec<u8>) {
        let request = Request::get(path)
            .header("authorization", format!("Bearer {TOKEN}"))
            .body(Body::empty())
            .unwrap();
        let asked = self.routes.clone().oneshot(request);
        let response = tokio::time::timeout(Duration::from_secs(20), asked)
            .await
            .unwrap_or_else(|_| panic!("{path} waits for the writer"))
            .unwrap();
        let status = response.status();
        let body = axum::body::to_bytes(response.into_body(), 1 << 20)
            .await
            .unwrap();
        (status, body.to_vec())
    }

    fn request(&self, kind: CertificateKind, serial: &SerialNumber) -> String {
        Self::request_to(&self.ceremony.certificate(kind), kind, serial)
    }

    fn request_to(issuer: &Certificate, kind: CertificateKind, serial: &SerialNumber) -> String {
        let id = CertId::new(issuer, serial, DigestAlgorithm::Sha256).unwrap();
        let der = ocsp::build_request(&[id], None).unwrap();
        let text = Base64::encode_string(&der).replace('/', "%2F");
        format!("/ocsp/{}/{text}", kind.path())
    }

    async fn status(
        &self,
        kind: CertificateKind,
        serial: &SerialNumber,
    ) -> Result<CertificateStatus, OcspResponseStatus> {
        self.told(&self.request(kind, serial))
            .await
    }

    async fn told(&self, request: &str) -> Result<CertificateStatus, OcspResponseStatus> {
        let (_, der) = self.get(request).await;
        match ReceivedResponse::from_der(&der) {
            Ok(response) => Ok(response.statuses()[0].status),
            Err(OcspMalformed::NotSuccessful { status }) => Err(status),
            Err(other) => panic!("{other}"),
        }
    }
}

async fn store(
    folder: &Path,
    party: &str,
    migrations: &'static [shirushi_store::Migration],
) -> Store {
    let path = folder.join(format!("{party}.db"));
    Store::open(&format!("sqlite://{}", path.display()), migrations)
        .await
        .unwrap()
}

fn routes(
    authority: &Authority,
    memory: &Memory,
    ceremony: &Ceremony,
    clock: &Arc<dyn Clock>,
) -> Router {
    let keys = Arc::new(ResponderKeys::new(responder_keys(ceremony)));
    let register = SoftwareKey::generate(KeyKind::P256).unwrap();
    let entry = Entry::Bearer(BearerToken::new(Secret::new(TOKEN.into())).unwrap());
    let config = AuthorityConfig {
        register_key: register.public_key().clone(),
        entries: AuthorityEntries {
            roles: entry.clone(),
            register: None,
            responders: Some(entry.clone()),
            operators: Some(entry.clone()),
            relying_parties: Vec::new(),
        },
        second_place: None,
        keeper: Keeper::new(authority.clone(), |_| ()),
    };
    let authority_service =
        AuthorityParty::of(authority.clone(), Arc::clone(clock), config).into_service();
    let records = Arc::new(OwnRecords(authority.clone()));
    let responder_service = ResponderParty::of(
        memory.clone(),
        keys,
        records,
        Some(entry),
        Arc::clone(clock),
    )
    .into_service();
    [authority_service, responder_service]
        .into_iter()
        .fold(Router::new(), |routes, party| {
            routes
                .merge(party.roles)
                .merge(party.public)
        })
}

/// The routes that answer a GET: those that contracts define, and those that the sources still write.
fn read_routes() -> Vec<&'static str> {
    let defined = authority::OPERATIONS
        .iter()
        .chain(responder::CONTRACT.operations)
        .map(|operation| operation.about())
        .filter(|about| about.method == Method::Get && about.path != DESCRIPTION.about.path)
        .map(|about| about.path);
    let sources = [
        include_str!("../../authority/src/door.rs"),
        include_str!("../../authority/src/door/status.rs"),
    ];
    sources
        .iter()
        .flat_map(|source| source.split(".route(").skip(1))
        .filter_map(|rest| {
            let path = rest.split('"').nth(1)?;
            let method = rest.split(path).nth(1)?;
            let call = method.split(".route(").next()?;
            let call = call.split(".with_state(").next()?;
            let call = call.split("\n}").next()?;
            (call.contains("get(") || call.contains("status(")).then_some(path)
        })
        .chain(defined)
        .collect()
}

#[tokio::test]
async fn no_read_makes_a_signature_of_an_authority_or_a_write() {
    let bench = Bench::new().await;
    let kind = CertificateKind::Signature;
    let serial = bench.live(kind).await;
    bench.end(kind, &serial).await;
    // Everything is due, and nobody makes it.
    bench.clock.advance(13 * 60 * 60);
    let ocsp = bench.request(kind, &serial);
    let reads = [
        ("/authority/status", vec!["/authority/status"]),
        (
            "/authority/officers/{key}",
            vec!["/authority/officers/0123456789abcdef"],
        ),
        (
            "/authority/log/checkpoint",
            vec!["/authority/log/checkpoint"],
        ),
        ("/authority/keys", vec!["/authority/keys"]),
        ("/authority/issuers", vec!["/authority/issuers"]),
        (
            "/authority/known-officers",
            vec!["/authority/known-officers"],
        ),
        (
            "/authority/certificates/{authority}/{serial}/state",
            vec!["/authority/certificates/sign/0123/state"],
        ),
        (
            "/responder/remembered",
            vec!["/responder/remembered?kind=signature"],
        ),
        ("/responder/lists", vec!["/responder/lists"]),
        ("/authority/log/key", vec!["/authority/log/key"]),
        ("/responder/status", vec!["/responder/status"]),
        ("/ocsp/{kind}/{*request}", vec![ocsp.as_str()]),
        (
            "/crl/{kind}/{file}",
            vec![
                "/crl/sign/complete.crl",
                "/crl/auth/complete.crl",
                "/crl/sign/authorities.crl",
                "/crl/auth/authorities.crl",
                "/crl/sign/13998.crl",
                "/crl/auth/14998.crl",
            ],
        ),
        ("/ca/{file}", vec!["/ca/sign.cer", "/ca/auth.cer"]),
    ];
    let mut known: Vec<&str> = reads
        .iter()
        .map(|(route, _)| *route)
        .collect();
    let mut routes = read_routes();
    known.sort_unstable();
    routes.sort_unstable();
    assert_eq!(known, routes, "a route that is read is not looked at here");

    // Who wants to write waits for these, and fails the test.
    let first = bench
        .authority_store
        .begin()
        .await
        .unwrap();
    let second = bench
        .responder_store
        .begin()
        .await
        .unwrap();
    for (route, paths) in reads {
        for path in paths {
            for _ in 0..3 {
                let before = bench.signed.load(Ordering::SeqCst);
                let (status, _) = bench.get(path).await;
                let expected = match route {
                    // What was ended behind the authority's back is with nobody else yet.
                    "/authority/status" => StatusCode::SERVICE_UNAVAILABLE,
                    // Of an officer whom nobody knows there is nothing to read.
                    "/authority/officers/{key}" => StatusCode::NOT_FOUND,
                    _ => StatusCode::OK,
                };
                assert_eq!(status, expected, "{path}");
                let signed = bench.signed.load(Ordering::SeqCst) - before;
                // An OCSP answer is signed by the responder's own key; that it is no other is shown by whoever verifies it.
                let allowed = usize::from(route.starts_with("/ocsp/"));
                assert_eq!(signed, allowed, "{path}");
            }
        }
    }
    drop((first, second));
    // The same state, made by the task: the count does count.
    let before = bench.signed.load(Ordering::SeqCst);
    let round = bench
        .authority
        .publish_due()
        .await
        .unwrap();
    assert!(round.published > 0);
    assert!(bench.signed.load(Ordering::SeqCst) >= before + round.published);
}

#[tokio::test]
async fn revoked_is_what_either_memory_says_and_good_only_what_both_can_be_asked_about() {
    let bench = Bench::new().await;
    let kind = CertificateKind::Authentication;
    let [good, by_authority, by_responder] = [
        bench.live(kind).await,
        bench.live(kind).await,
        bench.live(kind).await,
    ];
    let is_revoked = |status| matches!(status, Ok(CertificateStatus::Revoked { .. }));
    assert_eq!(bench.status(kind, &good).await, Ok(CertificateStatus::Good));
    bench.end(kind, &by_authority).await;
    let ended = |serial, revoked_at| Revocation {
        kind,
        serial,
        position: 77,
        generation: 1,
        municipality: "13998".parse().unwrap(),
        revoked_at,
        reason: RevocationReason::KeyCompromise,
        not_after: bench.clock.now().plus_seconds(86_400),
    };
    // Recorded by a clock that was ahead: it is revoked now, and says so with a date that has come.
    let ahead = bench
        .clock
        .now()
        .plus_seconds(400 * 86_400);
    bench
        .memory
        .remember(&[ended(by_responder, ahead)])
        .await
        .unwrap();
    assert!(is_revoked(bench.status(kind, &by_authority).await));
    let told = bench.status(kind, &by_responder).await;
    let Ok(CertificateStatus::Revoked { at, .. }) = told else {
        panic!("{told:?}");
    };
    assert!(at <= bench.clock.now());

    // The responder's store takes nothing any more.
    let mut transaction = bench
        .responder_store
        .begin()
        .await
        .unwrap();
    transaction
        .execute("ALTER TABLE ended RENAME TO elsewhere", &[])
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    let other = ended(SerialNumber::random(&SystemRandom), bench.clock.now());
    assert!(
        bench
            .memory
            .remember(&[other])
            .await
            .is_err()
    );
    assert_eq!(
        bench.status(kind, &good).await,
        Err(OcspResponseStatus::TryLater)
    );
    assert!(is_revoked(bench.status(kind, &by_authority).await));
    assert!(is_revoked(bench.status(kind, &by_responder).await));
}

#[tokio::test]
async fn a_number_of_one_generation_under_the_key_of_another_is_unknown() {
    let mut bench = Bench::new().await;
    let kind = CertificateKind::Signature;
    bench.clock.advance(4 * 365 * 86_400);
    assert!(
        bench
            .authority
            .renew_keys()
            .await
            .unwrap()
    );
    let clock: Arc<dyn Clock> = bench.clock.clone();
    bench.routes = routes(&bench.authority, &bench.memory, &bench.ceremony, &clock);
    let issuers = bench.ceremony.generations(kind);
    let [first, second] = &issuers[..] else {
        panic!("{} generations", issuers.len());
    };

    let [good, ended, told] = [
        bench.live(kind).await,
        bench.live(kind).await,
        bench.live(kind).await,
    ];
    bench.end(kind, &ended).await;
    let record = Revocation {
        kind,
        serial: told,
        position: 78,
        generation: 1,
        municipality: "13998".parse().unwrap(),
        revoked_at: bench.clock.now(),
        reason: RevocationReason::KeyCompromise,
        not_after: bench.clock.now().plus_seconds(86_400),
    };
    bench
        .memory
        .remember(&[record])
        .await
        .unwrap();
    let newer = bench.live(kind).await;
    bench
        .write(
            "UPDATE certificates SET generation = 2 WHERE serial = $1",
            vec![newer.to_string().into()],
        )
        .await;

    let ask = async |issuer: &Certificate, serial: &SerialNumber| {
        bench
            .told(&Bench::request_to(issuer, kind, serial))
            .await
            .unwrap()
    };
    let is_revoked = |status| matches!(status, CertificateStatus::Revoked { .. });
    let (first, second) = (first.certificate(), second.certificate());
    assert_eq!(ask(first, &good).await, CertificateStatus::Good);
    assert!(is_revoked(ask(first, &ended).await));
    assert!(is_revoked(ask(first, &told).await));
    assert_eq!(ask(second, &newer).await, CertificateStatus::Good);
    for (issuer, serial) in [
        (second, good),
        (second, ended),
        (second, told),
        (first, newer),
    ] {
        assert_eq!(ask(issuer, &serial).await, CertificateStatus::Unknown);
    }
}
