//! Whether everything that the authority says and keeps is one story.

use crate::bench::Bench;
use shirushi_authority::{CertificateState, ListKey, LogEntry};
use shirushi_clock::{Clock as _, Instant};
use shirushi_crypto::SignatureAlgorithm;
use shirushi_ledger::Checkpoint;
use shirushi_profile::{
    Certificate, CertificateKind, CertificateList, CrlScope, MUNICIPALITIES, RevocationReason,
    SerialNumber,
};
use std::collections::{BTreeMap, BTreeSet};

/// A kind and a serial: what everything is known by.
pub(crate) type Name = (CertificateKind, SerialNumber);

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// The live certificates by resident and kind.
    pub(crate) live: BTreeMap<(String, CertificateKind), SerialNumber>,
    /// All certificates ever stored.
    pub(crate) issued: BTreeSet<Name>,
    /// Everything revoked, with or without a certificate.
    pub(crate) revoked: BTreeMap<Name, (Instant, RevocationReason)>,
}

struct Intent {
    name: Name,
    state: String,
}

/// Compares tables, status, CRLs and log while nothing is under way.
pub(crate) async fn audit(bench: &Bench) -> Found {
    let mut found = Found {
        revoked: revocations(bench).await,
        ..Found::default()
    };
    certificates(bench, &mut found).await;
    intents(bench, &found).await;
    lists(bench, &found).await;
    log(bench, &found).await;
    found
}

fn kind(text: &str) -> CertificateKind {
    CertificateKind::ALL
        .into_iter()
        .find(|kind| kind.to_string() == text)
        .unwrap()
}

async fn revocations(bench: &Bench) -> BTreeMap<Name, (Instant, RevocationReason)> {
    let rows = bench
        .store
        .rows("SELECT serial, kind, revoked_at FROM revocations", &[])
        .await
        .unwrap();
    let mut revoked = BTreeMap::new();
    for row in rows {
        let name = (
            kind(&row.text("kind").unwrap()),
            row.text("serial")
                .unwrap()
                .parse()
                .unwrap(),
        );
        let status = bench
            .authority
            .status(name.0, &name.1)
            .await
            .unwrap();
        let CertificateState::Revoked { at, reason } = status else {
            panic!("a revocation on record is told as {status:?}");
        };
        assert_eq!(at.unix(), row.integer("revoked_at").unwrap());
        assert!(at <= bench.seams.now());
        revoked.insert(name, (at, reason));
    }
    revoked
}

/// Every certificate is the authority's, is told as what it is, and stands alone as the live one of its kind.
async fn certificates(bench: &Bench, found: &mut Found) {
    let now = bench.seams.now();
    let rows = bench
        .store
        .rows(
            "SELECT serial, kind, resident, not_after, state, der FROM certificates",
            &[],
        )
        .await
        .unwrap();
    for row in rows {
        let certificate = Certificate::from_der(&row.bytes("der").unwrap()).unwrap();
        let name = (certificate.kind().unwrap(), *certificate.serial());
        assert_eq!(name.0, kind(&row.text("kind").unwrap()));
        assert_eq!(name.1.to_string(), row.text("serial").unwrap());
        assert_eq!(
            certificate.not_after().unix(),
            row.integer("not_after").unwrap()
        );
        let issuer = bench
            .authority
            .ceremony()
            .issuer_of(&certificate)
            .unwrap();
        issuer
            .certificate()
            .public_key()
            .verify(
                SignatureAlgorithm::RsaPkcs1Sha256,
                certificate.tbs_der(),
                certificate.signature(),
            )
            .unwrap();
        assert!(found.issued.insert(name), "a serial was used twice");
        let status = bench
            .authority
            .status(name.0, &name.1)
            .await
            .unwrap();
        let state = row.text("state").unwrap();
        let is_over = certificate.not_after() < now;
        match state.as_str() {
            "live" if is_over => assert_eq!(status, CertificateState::Unknown),
            "live" => {
                assert_eq!(status, CertificateState::Good);
                let place = (row.text("resident").unwrap(), name.0);
                let other = found.live.insert(place, name.1);
                assert_eq!(other, None, "two live certificates of one kind");
            }
            "revoked" => assert!(matches!(status, CertificateState::Revoked { .. })),
            "expired" => {
                assert!(is_over);
                assert_eq!(status, CertificateState::Unknown);
            }
            other => panic!("state {other}"),
        }
        assert_eq!(state == "revoked", found.revoked.contains_key(&name));
    }
    let totals = bench.authority.totals().await.unwrap();
    assert_eq!(
        totals.certificates,
        i64::try_from(found.issued.len()).unwrap()
    );
    assert_eq!(totals.live, i64::try_from(found.live.len()).unwrap());
    assert_eq!(
        totals.revocations,
        i64::try_from(found.revoked.len()).unwrap()
    );
    assert_eq!(totals.open_intents, 0);
}

/// Every serial that was ever drawn is a certificate's, or is revoked.
async fn intents(bench: &Bench, found: &Found) {
    let rows = bench
        .store
        .rows("SELECT serial, kind, state FROM intents", &[])
        .await
        .unwrap();
    let intents: Vec<Intent> = rows
        .iter()
        .map(|row| Intent {
            name: (
                kind(&row.text("kind").unwrap()),
                row.text("serial")
                    .unwrap()
                    .parse()
                    .unwrap(),
            ),
            state: row.text("state").unwrap(),
        })
        .collect();
    let mut issued = BTreeSet::new();
    for intent in &intents {
        match intent.state.as_str() {
            "issued" => {
                issued.insert(intent.name);
            }
            "closed" => {
                assert!(found.revoked.contains_key(&intent.name));
                assert!(!found.issued.contains(&intent.name));
            }
            other => panic!("an intent is {other}"),
        }
    }
    assert_eq!(issued, found.issued);
    let known: BTreeSet<Name> = intents.iter().map(|i| i.name).collect();
    assert_eq!(known.len(), intents.len(), "a serial was drawn twice");
    assert!(
        found
            .revoked
            .keys()
            .all(|name| known.contains(name))
    );
}

/// The complete lists of the generations together hold what is revoked and not expired; the municipalities' lists are the parts of each.
async fn lists(bench: &Bench, found: &Found) {
    let keys = bench.authority.list_keys();
    for kind in CertificateKind::ALL {
        let expected: BTreeSet<SerialNumber> = unexpired(bench, kind).await;
        let mut told = BTreeSet::new();
        for key in keys
            .iter()
            .filter(|key| key.kind == kind && key.scope == CrlScope::Complete)
        {
            let complete = bench.crl_of(key).await.unwrap();
            for entry in complete.entries() {
                let (at, reason) = found.revoked[&(kind, entry.serial)];
                assert_eq!((entry.revoked_at, entry.reason), (at, reason));
                assert!(told.insert(entry.serial), "in the lists of two generations");
            }
            parts(bench, key, &complete).await;
            let issuer = bench
                .authority
                .ceremony()
                .issuer(kind, key.generation);
            issuer
                .unwrap()
                .certificate()
                .public_key()
                .verify(
                    SignatureAlgorithm::RsaPkcs1Sha256,
                    complete.tbs_der(),
                    complete.signature(),
                )
                .unwrap();
        }
        assert_eq!(told, expected);
    }
}

/// The municipalities' lists of this generation are the parts of its complete one.
async fn parts(bench: &Bench, complete: &ListKey, list: &CertificateList) {
    let all = serials(list);
    let mut parts = 0;
    for municipality in &MUNICIPALITIES {
        let key = ListKey {
            scope: CrlScope::Municipality(municipality.code),
            ..*complete
        };
        let part = bench.crl_of(&key).await.unwrap();
        assert!(serials(&part).is_subset(&all));
        parts += part.len();
    }
    assert_eq!(parts, all.len());
}

async fn unexpired(bench: &Bench, kind: CertificateKind) -> BTreeSet<SerialNumber> {
    let rows = bench
        .store
        .rows(
            "SELECT serial FROM intents WHERE kind = $1 AND not_after >= $2
             AND serial IN (SELECT serial FROM revocations)",
            &[kind.to_string().into(), bench.seams.now().unix().into()],
        )
        .await
        .unwrap();
    rows.iter()
        .map(|row| {
            row.text("serial")
                .unwrap()
                .parse()
                .unwrap()
        })
        .collect()
}

pub(crate) fn serials(list: &CertificateList) -> BTreeSet<SerialNumber> {
    list.entries()
        .map(|entry| entry.serial)
        .collect()
}

/// The log is whole, is what the checkpoint says, and tells of each act once and in order.
async fn log(bench: &Bench, found: &Found) {
    let log = bench
        .authority
        .verify_log()
        .await
        .unwrap();
    let text = bench
        .authority
        .checkpoint()
        .await
        .unwrap();
    assert!(
        bench
            .authority
            .checkpoint_is_ours(&text)
    );
    let checkpoint = Checkpoint::verify(&text, origin(&text), &bench.held.log_key).unwrap();
    assert_eq!((checkpoint.size, checkpoint.root), (log.size, log.root));
    assert_eq!(log.entries.len(), usize::try_from(log.size).unwrap());

    let mut issued = BTreeSet::new();
    let mut ended = BTreeMap::new();
    for entry in &log.entries {
        match entry {
            LogEntry::Issued {
                serial,
                kind,
                certificate,
                ..
            } => {
                assert!(issued.insert((*kind, *serial)), "issued twice");
                assert_eq!(*certificate, digest(bench, serial).await);
            }
            LogEntry::Revoked {
                serial,
                kind,
                reason,
                at,
            } => {
                let name = (*kind, *serial);
                assert!(issued.contains(&name), "revoked before it was issued");
                let other = ended.insert(name, (*at, *reason));
                assert_eq!(other, None, "revoked twice");
            }
            LogEntry::IntentClosed { serial, kind, at } => {
                let name = (*kind, *serial);
                assert!(!issued.contains(&name), "closed although it was issued");
                let other = ended.insert(name, (*at, RevocationReason::CessationOfOperation));
                assert_eq!(other, None, "closed twice");
            }
            LogEntry::OfficerEnrolled { .. }
            | LogEntry::OfficerRetired { .. }
            | LogEntry::EventTaken { .. }
            | LogEntry::RegisterLife { .. }
            | LogEntry::Restored { .. }
            | LogEntry::ClockAccepted { .. }
            | LogEntry::AuthorityRolled { .. }
            | LogEntry::ResponderDelegated { .. }
            | LogEntry::CrlPublished { .. } => {}
        }
    }
    assert_eq!(issued, found.issued);
    let recorded: BTreeMap<Name, (i64, RevocationReason)> = found
        .revoked
        .iter()
        .map(|(name, (at, reason))| (*name, (at.unix(), *reason)))
        .collect();
    assert_eq!(ended, recorded);
}

/// The name that a checkpoint gives its log.
pub(crate) fn origin(checkpoint: &str) -> &str {
    checkpoint.lines().next().unwrap()
}

async fn digest(bench: &Bench, serial: &SerialNumber) -> String {
    let row = bench
        .store
        .row(
            "SELECT der FROM certificates WHERE serial = $1",
            &[serial.to_string().into()],
        )
        .await
        .unwrap()
        .unwrap();
    let certificate = Certificate::from_der(&row.bytes("der").unwrap()).unwrap();
    hex::encode(certificate.sha256())
}
