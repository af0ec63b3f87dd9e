//! CRLs (失効情報ファイル):
//!
//! * a new one when something was revoked and when the last one is half over, the same one otherwise; its number grows;
//! * of the municipalities' lists only that where something was revoked is made anew;
//! * a clock that goes back withdraws no list; one that was far ahead is followed by a list of the true time;
//! * the complete one and the municipalities' parts hold what status says;
//! * the list of authorities names no holder, and is made anew by its time alone;
//! * the gate publishes none that forgot an entry or went back in time, whatever happened to the store;
//! * OpenSSL reads and verifies what is published, and refuses the certificate that is in it.

use crate::{
    audit::{audit, serials},
    bench::{Bench, list_key},
    people::{application, date, here, noon, of_kind, request, start},
};
use shirushi_authority::{AuthorityError, CertificateState, ListKey};
use shirushi_clock::Clock as _;
use shirushi_profile::{
    CertificateKind::{self, Authentication, Signature},
    CrlScope, MUNICIPALITIES, RevocationReason, lint, municipality,
};
use shirushi_store::Value;
use shirushi_wire::Signed;
use std::{collections::BTreeMap, process::Command};

const HOUR: i64 = 60 * 60;

#[tokio::test]
async fn a_list_is_made_anew_when_something_changed_and_only_then() {
    let bench = Bench::new().await;
    let first = bench
        .crl(Signature, None)
        .await
        .unwrap();
    assert_eq!((first.number(), first.len()), (Some(1), 0));
    assert_eq!(
        bench
            .crl(Signature, None)
            .await
            .unwrap()
            .der(),
        first.der()
    );
    bench
        .issue(&application(1))
        .await
        .unwrap();
    assert_eq!(
        bench
            .crl(Signature, None)
            .await
            .unwrap()
            .der(),
        first.der()
    );

    bench.seams.advance(HOUR);
    bench.revoke(&request(1)).await.unwrap();
    let second = bench
        .crl(Signature, None)
        .await
        .unwrap();
    assert_eq!((second.number(), second.len()), (Some(2), 1));
    assert_eq!(second.this_update(), bench.seams.now());
    assert_eq!(
        second.next_update(),
        Some(
            bench
                .seams
                .now()
                .plus_seconds(24 * HOUR)
        )
    );
    assert_eq!(
        bench
            .crl(Signature, None)
            .await
            .unwrap()
            .der(),
        second.der()
    );

    bench.seams.advance(12 * HOUR - 1);
    assert_eq!(
        bench
            .crl(Signature, None)
            .await
            .unwrap()
            .der(),
        second.der()
    );
    bench.seams.advance(1);
    let third = bench
        .crl(Signature, None)
        .await
        .unwrap();
    assert_eq!((third.number(), third.len()), (Some(3), 1));
}

#[tokio::test]
async fn a_revocation_makes_its_own_lists_and_no_others() {
    let bench = Bench::new().await;
    let made = async |bench: &Bench| {
        bench
            .authority
            .publish_due()
            .await
            .unwrap()
            .published
    };
    let all = bench.authority.list_keys().len();
    assert_eq!(made(&bench).await, all);
    assert_eq!(made(&bench).await, 0);
    bench
        .issue(&application(1))
        .await
        .unwrap();
    assert_eq!(made(&bench).await, 0);
    bench.revoke(&request(1)).await.unwrap();
    // Both kinds: the complete one and that of the place.
    assert_eq!(made(&bench).await, 4);
    let own = bench
        .crl(Signature, municipality(&here()))
        .await
        .unwrap();
    assert_eq!((own.number(), own.len()), (Some(2), 1));
    let other = bench
        .crl(Signature, Some(&MUNICIPALITIES[1]))
        .await
        .unwrap();
    assert_eq!((other.number(), other.len()), (Some(1), 0));
    // What was revoked when the process ended is in the lists of the next start, and nothing else is made anew.
    bench
        .issue(&application(2))
        .await
        .unwrap();
    bench.revoke(&request(2)).await.unwrap();
    let bench = bench.restart().await;
    assert_eq!(made(&bench).await, 4);
    let bench = bench.restart().await;
    assert_eq!(made(&bench).await, 0);
    assert_eq!(
        bench
            .crl(Signature, None)
            .await
            .unwrap()
            .len(),
        2
    );
}

#[tokio::test]
async fn of_eight_who_ask_at_once_all_get_the_same_list() {
    let bench = Bench::new().await;
    bench
        .issue(&application(1))
        .await
        .unwrap();
    bench.revoke(&request(1)).await.unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let authority = bench.authority.clone();
        tasks.spawn(async move {
            authority.publish_due().await.unwrap();
            let key = list_key(Signature, None);
            let list = authority.list(&key).unwrap().list;
            list.der().to_vec()
        });
    }
    let lists = tasks.join_all().await;
    assert!(
        lists
            .iter()
            .all(|list| *list == lists[0])
    );
    assert_eq!(
        bench
            .count(
                "SELECT count(*) AS n FROM lists WHERE kind = 'signature' AND scope = 'complete'"
            )
            .await,
        1
    );
}

#[tokio::test]
async fn the_lists_of_the_municipalities_are_the_parts_of_the_complete_one() {
    let bench = Bench::new().await;
    for (n, place) in MUNICIPALITIES.iter().enumerate() {
        let resident = u32::try_from(n).unwrap();
        let officer = format!("officer.{n}");
        let mut application = application(resident);
        application.municipality = place.code;
        application.applicant.municipality = place.code;
        application.officer = officer.parse().unwrap();
        let signed = Signed::sign(&bench.attested(&application), bench.officer(n)).unwrap();
        let token = bench
            .receive_signed(&signed)
            .await
            .unwrap();
        let mut card = bench.card_of(resident);
        crate::bench::personalise(&bench.authority, &token, &mut card)
            .await
            .unwrap();
        let mut request = request(resident);
        request.municipality = place.code;
        request.officer = officer.parse().unwrap();
        request.reason = RevocationReason::KeyCompromise;
        let signed = Signed::sign(&request, bench.officer(n)).unwrap();
        let ended = bench
            .authority
            .revoke(&signed)
            .await
            .unwrap();
        for kind in CertificateKind::ALL {
            let part = bench
                .crl(kind, Some(place))
                .await
                .unwrap();
            assert_eq!(part.len(), 1);
            let entry = part.entries().next().unwrap();
            assert!(ended.contains(&entry.serial));
            assert_eq!(entry.reason, RevocationReason::KeyCompromise);
            assert!(
                part.issuing_distribution_point()
                    .is_some()
            );
        }
    }
    for kind in CertificateKind::ALL {
        assert_eq!(
            bench
                .crl(kind, None)
                .await
                .unwrap()
                .len(),
            3
        );
    }
    audit(&bench).await;
}

#[tokio::test]
async fn the_list_of_authorities_names_no_holder_and_follows_its_time_alone() {
    let bench = Bench::new().await;
    let of_authorities = async |kind| {
        let key = ListKey {
            scope: CrlScope::Authorities,
            ..list_key(kind, None)
        };
        let list = bench.crl_of(&key).await.unwrap();
        let point = list
            .issuing_distribution_point()
            .unwrap();
        assert!(point.only_ca_certificates);
        let issuer = bench.held.ceremony.certificate(kind);
        assert_eq!(lint::lint_crl(&list, &issuer), []);
        assert_eq!(list.len(), 0);
        list
    };
    let first = [
        of_authorities(Signature).await,
        of_authorities(Authentication).await,
    ];
    bench
        .issue(&application(1))
        .await
        .unwrap();
    bench.revoke(&request(1)).await.unwrap();
    for (kind, first) in CertificateKind::ALL
        .into_iter()
        .zip(&first)
    {
        assert_eq!(first.number(), Some(1));
        assert_eq!(
            bench
                .crl(kind, None)
                .await
                .unwrap()
                .len(),
            1
        );
        assert_eq!(of_authorities(kind).await.der(), first.der());
    }
    bench.seams.advance(12 * HOUR);
    for (kind, first) in CertificateKind::ALL
        .into_iter()
        .zip(&first)
    {
        let next = of_authorities(kind).await;
        assert_eq!(next.number(), Some(2));
        assert!(next.this_update() > first.this_update());
    }
}

#[tokio::test]
async fn the_gate_publishes_no_list_that_lost_an_entry() {
    let bench = Bench::new().await;
    for resident in 1..=2 {
        bench
            .issue(&application(resident))
            .await
            .unwrap();
        bench
            .revoke(&request(resident))
            .await
            .unwrap();
    }
    let before = bench
        .crl(Authentication, None)
        .await
        .unwrap();
    assert_eq!(before.len(), 2);
    let lost = before.entries().next().unwrap().serial;
    let deleted = bench
        .tamper(
            "DELETE FROM revocations WHERE serial = $1",
            &[lost.to_string().into()],
        )
        .await;
    assert_eq!(deleted, 1);
    let lost_by = async |bench: &Bench| {
        let Err(AuthorityError::PublishGate { scope, fault }) =
            bench.crl(Authentication, None).await
        else {
            panic!("a list that lost an entry was published");
        };
        assert_eq!(scope, CrlScope::Complete);
        // What was published stays.
        let served = bench
            .authority
            .list(&list_key(Authentication, None));
        assert!(served.is_none_or(|served| served.list.der() == before.der()));
        fault
    };
    // Not when the old list is half over, not after a restart, not when another one is revoked in its place.
    bench.seams.advance(48 * HOUR);
    assert_eq!(lost_by(&bench).await, "it lost an entry");
    bench
        .issue(&application(3))
        .await
        .unwrap();
    bench.revoke(&request(3)).await.unwrap();
    assert_eq!(lost_by(&bench).await, "it lost an entry");
    let bench = bench.restart().await;
    assert_eq!(
        lost_by(&bench).await,
        "the list before it cannot be made again"
    );
    // The other authority's lists are whole.
    bench
        .crl(Signature, None)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_record_whose_time_was_changed_is_noticed() {
    let bench = Bench::new().await;
    bench
        .issue(&application(1))
        .await
        .unwrap();
    bench.revoke(&request(1)).await.unwrap();
    bench
        .crl(Signature, None)
        .await
        .unwrap();
    bench.seams.advance(13 * HOUR);
    // Later than told: what was signed in between would be valid again.
    bench
        .tamper("UPDATE revocations SET revoked_at = revoked_at + 3600", &[])
        .await;
    let refused = bench.crl(Signature, None).await;
    assert!(
        matches!(refused, Err(AuthorityError::PublishGate { .. })),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_clock_that_went_back_a_little_withdraws_nothing_and_time_stands_still() {
    let bench = Bench::new().await;
    let first = bench
        .crl(Signature, None)
        .await
        .unwrap();
    bench
        .issue(&application(1))
        .await
        .unwrap();
    bench
        .seams
        .set(start().plus_seconds(-299));
    let served = bench
        .crl(Signature, None)
        .await
        .unwrap();
    assert_eq!(served.der(), first.der());
    // A revocation is told at once, in a list no older than the one before it.
    bench
        .seams
        .set(start().plus_seconds(-20));
    let short = of_kind(application(2), Signature);
    bench.seams.set(start());
    bench.issue(&short).await.unwrap();
    bench
        .seams
        .set(start().plus_seconds(-20));
    bench.revoke(&request(2)).await.unwrap();
    let second = bench
        .crl(Signature, None)
        .await
        .unwrap();
    assert_eq!((second.number(), second.len()), (Some(2), 1));
    // A minute before it was made where it tells nothing newer; or else when that ended.
    assert_eq!(first.this_update(), start().plus_seconds(-60));
    assert_eq!(second.this_update(), start().plus_seconds(-20));
}

#[tokio::test]
async fn after_a_clock_that_was_far_ahead_the_next_list_tells_the_true_time() {
    let bench = Bench::new().await;
    for resident in 1..=3 {
        bench
            .issue(&application(resident))
            .await
            .unwrap();
    }
    bench.revoke(&request(1)).await.unwrap();
    bench
        .crl(Signature, None)
        .await
        .unwrap();
    // Once 400 days ahead: a list and a revocation bear that time.
    let ahead = start().plus_seconds(400 * 24 * HOUR);
    bench.seams.set(ahead);
    bench.revoke(&request(2)).await.unwrap();
    let wrong = bench
        .crl(Signature, None)
        .await
        .unwrap();
    assert_eq!(wrong.this_update(), ahead);
    let by_then: Vec<_> = wrong
        .entries()
        .map(|entry| entry.revoked_at)
        .collect();
    assert!(by_then.contains(&ahead));

    let bench = bench.restart().await;
    let right = start().plus_seconds(60);
    bench.seams.set(right);
    let list = bench
        .crl(Signature, None)
        .await
        .unwrap();
    assert!(list.number() > wrong.number());
    assert_eq!((list.this_update(), list.len()), (right, 2));
    let latest = list
        .entries()
        .map(|entry| entry.revoked_at)
        .max();
    assert_eq!(latest, Some(right));
    // The date stays in every later list, also when the wrong time has come; status says the same.
    let told: BTreeMap<_, _> = list
        .entries()
        .map(|entry| (entry.serial, entry.revoked_at))
        .collect();
    for days in [1, 300, 401, 500] {
        bench
            .seams
            .set(start().plus_seconds(days * 24 * HOUR));
        let later = bench
            .crl(Signature, None)
            .await
            .unwrap();
        for entry in later.entries() {
            assert_eq!(told[&entry.serial], entry.revoked_at);
            let state = bench
                .authority
                .status(Signature, &entry.serial)
                .await
                .unwrap();
            assert_eq!(
                state,
                CertificateState::Revoked {
                    at: entry.revoked_at,
                    reason: entry.reason
                }
            );
        }
        assert_eq!(later.len(), 2);
    }
}

#[tokio::test]
async fn a_clock_before_the_authority_itself_makes_no_list() {
    let bench = Bench::new().await;
    let first = bench
        .crl(Signature, None)
        .await
        .unwrap();
    bench
        .seams
        .set(start().plus_seconds(-400 * 24 * HOUR));
    let refused = bench.crl(Signature, None).await;
    assert!(matches!(refused, Err(AuthorityError::PublishGate { .. })));
    let served = bench
        .authority
        .list(&list_key(Signature, None))
        .unwrap();
    assert_eq!(served.list.der(), first.der());
}

#[tokio::test]
async fn an_entry_leaves_the_list_when_its_certificate_would_have_ended() {
    let bench = Bench::new().await;
    let mut short = application(1);
    short.card.valid_until = date(2030, 4, 30);
    let issued = bench.issue(&short).await.unwrap();
    for resident in 2..=3 {
        bench
            .issue(&application(resident))
            .await
            .unwrap();
    }
    for resident in 1..=2 {
        bench
            .revoke(&request(resident))
            .await
            .unwrap();
    }
    for kind in CertificateKind::ALL {
        bench.seams.set(noon(date(2030, 4, 30)));
        let list = bench.crl(kind, None).await.unwrap();
        assert_eq!(list.len(), 2);
    }
    // To its last second, and with the first list after it.
    bench.seams.set(issued[0].not_after);
    bench.revoke(&request(3)).await.unwrap();
    assert_eq!(
        bench
            .crl(Signature, None)
            .await
            .unwrap()
            .len(),
        3
    );
    bench.seams.advance(12 * HOUR);
    let list = bench
        .crl(Signature, None)
        .await
        .unwrap();
    assert_eq!(list.len(), 2);
    let gone = issued
        .iter()
        .find(|c| c.kind == Signature)
        .unwrap();
    assert!(!serials(&list).contains(&gone.serial));
    // It stays revoked for whoever asks.
    let found = audit(&bench).await;
    assert_eq!(found.revoked.len(), 6);
}

#[tokio::test]
async fn openssl_verifies_the_list_and_refuses_the_certificate_in_it() {
    let bench = Bench::new().await;
    let mut card = bench.card_of(1);
    let token = bench
        .receive(&application(1))
        .await
        .unwrap();
    crate::bench::personalise(&bench.authority, &token, &mut card)
        .await
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, der: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, der).unwrap();
        path.display().to_string()
    };
    let openssl = |arguments: &[&str]| {
        let output = Command::new("openssl")
            .args(arguments)
            .output()
            .expect("openssl is needed for this test");
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(said).unwrap())
    };
    let ca = bench
        .held
        .ceremony
        .certificate(Authentication);
    let ca_der = file("ca.cer", ca.der());
    let ca_pem = folder
        .path()
        .join("ca.pem")
        .display()
        .to_string();
    openssl(&["x509", "-inform", "DER", "-in", &ca_der, "-out", &ca_pem]);
    let slot = &card.chip.live[&shirushi_personalisation::Kind::Authentication];
    let own = file("own.cer", &slot.certificate.bytes);
    let at = bench.seams.now().unix().to_string();
    for (revoked, expected) in [(false, "OK"), (true, "certificate revoked")] {
        if revoked {
            bench.revoke(&request(1)).await.unwrap();
        }
        let list = bench
            .crl(Authentication, municipality(&here()))
            .await
            .unwrap();
        let crl = file("list.crl", list.der());
        let (ok, said) = openssl(&[
            "crl", "-inform", "DER", "-in", &crl, "-CAfile", &ca_pem, "-noout",
        ]);
        assert!(ok && said.contains("verify OK"), "{said}");
        let crl_pem = folder
            .path()
            .join("list.pem")
            .display()
            .to_string();
        openssl(&["crl", "-inform", "DER", "-in", &crl, "-out", &crl_pem]);
        let (ok, said) = openssl(&[
            "verify",
            "-crl_check",
            "-extended_crl",
            "-attime",
            &at,
            "-CAfile",
            &ca_pem,
            "-CRLfile",
            &crl_pem,
            &own,
        ]);
        assert!(said.contains(expected), "{said}");
        assert_eq!(ok, !revoked, "{said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_task_tells_a_revocation_by_itself_and_ends_with_the_authority() {
    let bench = Bench::new().await;
    bench
        .issue(&application(1))
        .await
        .unwrap();
    tokio::spawn(bench.authority.make_lists());
    let key = list_key(Signature, None);
    until(&bench, |bench| bench.authority.list(&key).is_some()).await;
    let first = bench.authority.list(&key).unwrap();
    let note = bench.authority.last_checkpoint();
    bench.revoke(&request(1)).await.unwrap();
    until(&bench, |bench| {
        let list = bench.authority.list(&key).unwrap().list;
        list.number() > first.list.number() && list.len() == 1
    })
    .await;
    until(&bench, |bench| bench.authority.last_checkpoint() != note).await;
    assert!(
        bench.authority.checkpoint_is_ours(
            &bench
                .authority
                .last_checkpoint()
                .unwrap()
        )
    );
    // It holds nothing that would keep the store from being opened again.
    let bench = bench.restart().await;
    assert_eq!(
        bench
            .crl(Signature, None)
            .await
            .unwrap()
            .len(),
        1
    );
}

/// Waits for what a task does.
async fn until(bench: &Bench, is_so: impl Fn(&Bench) -> bool) {
    let begun = std::time::Instant::now();
    while !is_so(bench) {
        assert!(begun.elapsed().as_secs() < 30, "it does not become so");
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

/// The same work as with a hundred thousand, at a size for every day: one more revocation is in the next list, which has all others.
#[tokio::test]
async fn one_more_among_thousands_is_in_the_next_list() {
    const MANY: i64 = 4000;
    let bench = Bench::new().await;
    let rows: Vec<Vec<Value>> = (1..=MANY)
        .map(|n| {
            vec![
                format!("40{:030x}", n * 7919).into(),
                "signature".into(),
                "13998".into(),
                start().plus_seconds(-60).unix().into(),
                "superseded".into(),
                start()
                    .plus_seconds(400 * 24 * HOUR)
                    .unix()
                    .into(),
            ]
        })
        .collect();
    let mut transaction = bench.store.begin().await.unwrap();
    transaction
        .insert_many(
            "INSERT INTO revocations (serial, kind, municipality, revoked_at, reason, not_after) VALUES",
            &rows,
        )
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    bench
        .tamper(
            "INSERT INTO revocation_order (position, serial)
             SELECT row_number() OVER (ORDER BY serial DESC), serial FROM revocations",
            &[],
        )
        .await;
    bench
        .issue(&application(1))
        .await
        .unwrap();
    let before = bench
        .crl(Signature, None)
        .await
        .unwrap();
    assert_eq!(i64::try_from(before.len()).unwrap(), MANY);
    let ended = bench.revoke(&request(1)).await.unwrap();
    let after = bench
        .crl(Signature, None)
        .await
        .unwrap();
    assert_eq!(i64::try_from(after.len()).unwrap(), MANY + 1);
    assert!(
        ended
            .iter()
            .any(|serial| after.entry(serial).is_some())
    );
    assert!(
        before
            .entries()
            .all(|entry| after.entry(&entry.serial) == Some(entry))
    );
}
