//! What has ended is remembered, in the order that an authority asks for it, with the earlier of two dates, over a restart.

use crate::support::Town;
use shirushi_clock::Instant;
use shirushi_counter::Counter;
use shirushi_crypto::SystemRandom;
use shirushi_profile::{
    CertificateKind::{Authentication, Signature},
    RevocationReason, SerialNumber,
};
use shirushi_wire::Revocation;
use std::sync::Arc;

fn ended(position: i64) -> Revocation {
    let at = |seconds| Instant::from_unix(1_772_420_400 + seconds).unwrap();
    Revocation {
        kind: Signature,
        serial: SerialNumber::random(&SystemRandom),
        position,
        generation: 1,
        municipality: "13998".parse().unwrap(),
        revoked_at: at(position),
        reason: RevocationReason::AffiliationChanged,
        not_after: at(1_000_000),
    }
}

async fn counter(town: &Town) -> Arc<Counter> {
    Counter::open(
        town.store.clone(),
        town.clock.clone(),
        Arc::new(SystemRandom),
        town.config().clone(),
    )
    .await
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_ended_is_remembered_with_the_earlier_date() {
    let mut town = Town::new().await;
    let mut all: Vec<Revocation> = (1..=3).map(ended).collect();
    let remembering = counter(&town).await;
    remembering
        .remember_ended(&all[..2])
        .await
        .unwrap();
    // Told again with the third, and with another date.
    let mut again = all.clone();
    again[0].revoked_at = again[0].revoked_at.plus_seconds(60);
    again[1].revoked_at = again[1].revoked_at.plus_seconds(-60);
    remembering
        .remember_ended(&again)
        .await
        .unwrap();
    all[1].revoked_at = again[1].revoked_at;
    all.sort_by_key(|one| one.serial.to_string());
    town.restart().await;
    let begun_again = counter(&town).await;
    let page = begun_again
        .remembered_ended(Signature, None)
        .await
        .unwrap();
    assert_eq!(page, all);
    let rest = begun_again
        .remembered_ended(Signature, Some(&all[1].serial))
        .await
        .unwrap();
    assert_eq!(rest, all[2..]);
    let others = begun_again
        .remembered_ended(Authentication, None)
        .await
        .unwrap();
    assert_eq!(others, []);
}
