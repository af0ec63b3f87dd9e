//! The witness of revocations:
//!
//! * nothing that ended a certificate is acknowledged before the witness has it, whichever way it came;
//! * what it could not be told is told later, by whoever asks again and at the next start;
//! * at the start both memories are compared: what the authority has forgotten is named.

use crate::{
    bench::Bench,
    holders::{self, Holder},
    people::{application, event, renewal, request},
};
use shirushi_authority::{
    AuthorityError, PublishedList, Revocation, Witness, WitnessFailed, Witnessed,
};
use shirushi_clock::Clock as _;
use shirushi_profile::{CertificateKind, CertificateKind::Signature, SerialNumber};
use shirushi_wire::EventKind;
use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

/// A witness whose disk can be made to fail.
#[derive(Default)]
struct Notary {
    fails: AtomicBool,
    ended: Mutex<BTreeMap<(CertificateKind, String), Revocation>>,
}

impl Notary {
    fn works(&self, works: bool) {
        self.fails
            .store(!works, Ordering::SeqCst);
    }

    fn count(&self) -> i64 {
        i64::try_from(self.ended.lock().unwrap().len()).unwrap()
    }
}

impl Witness for Notary {
    fn remember<'a>(&'a self, revocations: &'a [Revocation]) -> Witnessed<'a, ()> {
        Box::pin(async move {
            if self.fails.load(Ordering::SeqCst) {
                return Err(WitnessFailed("no room on the disk".into()));
            }
            let mut ended = self.ended.lock().unwrap();
            for one in revocations {
                ended.insert((one.kind, one.serial.to_string()), one.clone());
            }
            Ok(())
        })
    }

    fn remembered(
        &self,
        kind: CertificateKind,
        after: Option<SerialNumber>,
    ) -> Witnessed<'_, Vec<Revocation>> {
        let after = after.map_or(String::new(), |serial| serial.to_string());
        let page: Vec<Revocation> = self
            .ended
            .lock()
            .unwrap()
            .values()
            .filter(|one| one.kind == kind && one.serial.to_string() > after)
            .take(2)
            .cloned()
            .collect();
        Box::pin(async move { Ok(page) })
    }

    fn publish<'a>(&'a self, _: &'a PublishedList) -> Witnessed<'a, ()> {
        Box::pin(async { Ok(()) })
    }

    fn published(&self) -> Witnessed<'_, Vec<PublishedList>> {
        Box::pin(async { Ok(Vec::new()) })
    }
}

async fn recorded(bench: &Bench) -> i64 {
    bench
        .count("SELECT count(*) AS n FROM revocations")
        .await
}

#[tokio::test]
async fn nothing_is_acknowledged_before_the_witness_has_it() {
    let bench = Bench::new().await;
    let notary = Arc::new(Notary::default());
    bench
        .authority
        .attach_witness(notary.clone())
        .await
        .unwrap();
    for resident in 1..=3 {
        bench
            .issue(&application(resident))
            .await
            .unwrap();
    }
    let holder = Holder::issued(&bench, 4).await;
    notary.works(false);
    // At the counter, by the register, by a renewal that takes the place of another, by the holder.
    let asked = request(1);
    let refused = bench.revoke(&asked).await;
    assert!(matches!(refused, Err(AuthorityError::Witness(_))));
    let told = event(1, 2, EventKind::Death, &CertificateKind::ALL);
    let refused = bench.tell(&told).await;
    assert!(matches!(refused, Err(AuthorityError::Witness(_))));
    let renewed = renewal(3);
    let refused = bench.issue(&renewed).await;
    assert!(refused.is_err(), "{refused:?}");
    let own = holders::request(&[&holder.authentication], bench.seams.now());
    let own = holders::signed(&own, &holder.signature);
    let refused = bench
        .authority
        .revoke_for_holder(&own)
        .await;
    assert!(matches!(refused, Err(AuthorityError::Witness(_))));
    assert_eq!((recorded(&bench).await, notary.count()), (7, 0));
    // Nor when they ask again while it fails.
    assert!(bench.revoke(&asked).await.is_err());
    assert!(bench.tell(&told).await.is_err());
    assert!(
        bench
            .authority
            .revoke_for_holder(&own)
            .await
            .is_err()
    );
    assert_eq!(notary.count(), 0);

    notary.works(true);
    let ended = bench.revoke(&asked).await.unwrap();
    assert_eq!(ended.len(), 2);
    bench.tell(&told).await.unwrap();
    bench
        .authority
        .revoke_for_holder(&own)
        .await
        .unwrap();
    assert_eq!((recorded(&bench).await, notary.count()), (7, 7));
    for serial in ended {
        let known = notary
            .ended
            .lock()
            .unwrap()
            .values()
            .any(|one| one.serial == serial && one.revoked_at == bench.seams.now());
        assert!(known, "{serial}");
    }
}

#[tokio::test]
async fn a_start_tells_the_witness_what_it_lacks_and_names_what_the_authority_forgot() {
    let bench = Bench::new().await;
    for resident in 1..=3 {
        bench
            .issue(&application(resident))
            .await
            .unwrap();
        bench
            .revoke(&request(resident))
            .await
            .unwrap();
    }
    let notary = Arc::new(Notary::default());
    let compared = bench
        .authority
        .attach_witness(notary.clone())
        .await
        .unwrap();
    assert_eq!(compared.handed_over, 6);
    assert_eq!((compared.forgotten.len(), notary.count()), (0, 6));

    let lost = notary
        .ended
        .lock()
        .unwrap()
        .values()
        .find(|one| one.kind == Signature)
        .unwrap()
        .clone();
    for table in [
        "DELETE FROM revocations WHERE serial = $1",
        "DELETE FROM revocation_order WHERE serial = $1",
    ] {
        bench
            .tamper(table, &[lost.serial.to_string().into()])
            .await;
    }
    let bench = bench.restart().await;
    let compared = bench
        .authority
        .attach_witness(notary.clone())
        .await
        .unwrap();
    assert_eq!((compared.handed_over, compared.forgotten), (0, vec![lost]));
}
