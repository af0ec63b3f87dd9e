//! The authority's log, read after the city has stopped, against what was acknowledged.

use crate::account::Accounts;
use shirushi_authority::{Authority, Ceremony, LogEntry};
use shirushi_clock::{Clock as _, SystemClock};
use shirushi_crypto::SystemRandom;
use shirushi_profile::{CertificateKind, RevocationReason, SerialNumber};
use shirushi_store::Store;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::Arc,
};

/// What the log tells.
#[derive(Default)]
pub(crate) struct Story {
    issued: BTreeMap<SerialNumber, (CertificateKind, String)>,
    revoked: BTreeMap<SerialNumber, RevocationReason>,
    live: BTreeMap<(usize, CertificateKind), SerialNumber>,
    /// Serials whose intent a crash had left open.
    pub(crate) closed: BTreeSet<SerialNumber>,
}

/// Opens the authority of a city that has stopped, in its folder and with this address in its certificates, has it verify its log, and
/// compares.
pub(crate) async fn audit(folder: &Path, address: &str, accounts: &Accounts) -> Story {
    let store = Store::open(
        &format!("sqlite://{}", folder.join("authority.db").display()),
        shirushi_authority::MIGRATIONS,
    )
    .await
    .unwrap();
    let open = store
        .rows("SELECT serial FROM intents WHERE state = 'open'", &[])
        .await
        .unwrap();
    assert!(
        open.is_empty(),
        "{} intents are open at the end",
        open.len()
    );
    let random = SystemRandom;
    let ceremony =
        Ceremony::open_or_hold(&folder.join("keys"), address, SystemClock.now(), &random).unwrap();
    let authority = Authority::open(
        store.clone(),
        Arc::new(ceremony),
        Arc::new(SystemClock),
        Arc::new(random),
    )
    .await
    .unwrap();
    let log = authority
        .verify_log()
        .await
        .expect("the log verifies");
    let totals = authority.totals().await.unwrap();
    drop(authority);
    store.close().await;

    let story = Story::read(&log.entries, accounts);
    story.compare(accounts);
    let count = |number: usize| i64::try_from(number).unwrap();
    assert_eq!(totals.certificates, count(story.issued.len()));
    assert_eq!(totals.live, count(story.live.len()));
    assert_eq!(
        totals.revocations,
        count(story.revoked.len() + story.closed.len())
    );
    story
}

impl Story {
    /// Follows the log, and holds at each entry to what must be true all the time.
    fn read(entries: &[LogEntry], accounts: &Accounts) -> Self {
        let mut story = Self::default();
        let mut issued_from = BTreeSet::new();
        for entry in entries {
            match entry {
                LogEntry::Issued {
                    serial,
                    kind,
                    application,
                    certificate,
                    ..
                } => {
                    let once = issued_from.insert((application.clone(), *kind));
                    assert!(once, "{kind} was issued twice from {application}");
                    let twice = story
                        .issued
                        .insert(*serial, (*kind, certificate.clone()));
                    assert!(
                        twice.is_none() && !story.closed.contains(serial),
                        "serial {serial} was given twice"
                    );
                    let id = application.parse().unwrap();
                    let handed = accounts
                        .applications
                        .get(&id)
                        .unwrap_or_else(|| panic!("nobody handed in {application}"));
                    let other = story
                        .live
                        .insert((handed.resident, *kind), *serial);
                    assert_eq!(
                        other, None,
                        "a second live certificate of resident {}: {kind} {serial}",
                        handed.resident
                    );
                }
                LogEntry::Revoked {
                    serial,
                    kind,
                    reason,
                    ..
                } => {
                    assert!(story.issued.contains_key(serial), "{serial}");
                    let twice = story.revoked.insert(*serial, *reason);
                    assert_eq!(twice, None, "{kind} {serial} was revoked twice");
                    story
                        .live
                        .retain(|_, live| live != serial);
                }
                LogEntry::IntentClosed { serial, .. } => {
                    let new = story.closed.insert(*serial);
                    assert!(
                        new && !story.issued.contains_key(serial),
                        "serial {serial} was given twice"
                    );
                }
                LogEntry::OfficerEnrolled { .. }
                | LogEntry::OfficerRetired { .. }
                | LogEntry::AuthorityRolled { .. }
                | LogEntry::ResponderDelegated { .. }
                | LogEntry::CrlPublished { .. }
                | LogEntry::EventTaken { .. }
                | LogEntry::RegisterLife { .. }
                | LogEntry::Restored { .. }
                | LogEntry::ClockAccepted { .. } => {}
            }
        }
        story
    }

    /// At the end nothing is under way any more, so both sides say the same.
    fn compare(&self, accounts: &Accounts) {
        for (serial, known) in &accounts.certificates {
            let expected = (known.kind, hex::encode(known.sha256));
            assert_eq!(
                self.issued.get(serial),
                Some(&expected),
                "{serial} of {} was acknowledged",
                known.application
            );
            assert_eq!(
                self.revoked.get(serial).copied(),
                known.ended,
                "the end of {} {serial} of resident {}",
                known.kind,
                known.resident
            );
        }
        for serial in self.issued.keys() {
            assert!(
                accounts
                    .certificates
                    .contains_key(serial),
                "{serial} was issued, and nobody ever heard of it"
            );
        }
        for (resident, account) in accounts.residents.iter().enumerate() {
            for kind in CertificateKind::ALL {
                assert_eq!(
                    self.live.get(&(resident, kind)),
                    account.live.get(&kind),
                    "the live {kind} of resident {resident}"
                );
            }
        }
    }
}
