//! CRLs (失効情報ファイル):
//!
//! * a new one when something was revoked and when the last one is half over, the same one otherwise; its number grows;
//! * the complete one and the municipalities' parts hold what status says;
//! * the gate publishes none that forgot an entry or went back in time, whatever happened to the store;
//! * OpenSSL reads and verifies what is published, and refuses the certificate that is in it.

use crate::{
    audit::{audit, serials},
    bench::Bench,
    people::{application, date, here, noon, request, start},
};
use shirushi_authority::AuthorityError;
use shirushi_clock::Clock as _;
use shirushi_profile::{
    CertificateKind::{self, Authentication, Signature},
    MUNICIPALITIES, RevocationReason, municipality,
};
use shirushi_wire::Signed;
use std::process::Command;

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
    // Each list counts for itself.
    let own = bench
        .crl(Signature, municipality(&here()))
        .await
        .unwrap();
    assert_eq!((own.number(), own.len()), (Some(1), 1));
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
            authority
                .crl(Signature, None)
                .await
                .unwrap()
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
            .count("SELECT count(*) AS n FROM crls")
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
        let signed = Signed::sign(&application, bench.officer(n)).unwrap();
        let token = bench
            .authority
            .receive(&signed)
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
    // Not at once, not when another one is revoked in its place, not when the old list is over, not after a restart.
    let refused = async |bench: &Bench| {
        let Err(AuthorityError::PublishGate { scope, fault }) =
            bench.crl(Authentication, None).await
        else {
            panic!("a list that lost an entry was published");
        };
        assert_eq!((scope.as_str(), fault), ("complete", "it lost an entry"));
    };
    refused(&bench).await;
    bench
        .issue(&application(3))
        .await
        .unwrap();
    bench.revoke(&request(3)).await.unwrap();
    refused(&bench).await;
    bench.seams.advance(48 * HOUR);
    refused(&bench).await;
    let bench = bench.restart().await;
    refused(&bench).await;
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
async fn a_clock_that_went_back_publishes_nothing() {
    let bench = Bench::new().await;
    let first = bench
        .crl(Signature, None)
        .await
        .unwrap();
    bench
        .seams
        .set(start().plus_seconds(-1));
    let refused = bench.crl(Signature, None).await;
    assert!(matches!(
        refused,
        Err(AuthorityError::PublishGate {
            fault: "its time went back",
            ..
        })
    ));
    bench.seams.set(start());
    assert_eq!(
        bench
            .crl(Signature, None)
            .await
            .unwrap()
            .der(),
        first.der()
    );
}

#[tokio::test]
async fn an_entry_leaves_the_list_when_its_certificate_would_have_ended() {
    let bench = Bench::new().await;
    let mut short = application(1);
    short.card.valid_until = date(2030, 4, 30);
    let issued = bench.issue(&short).await.unwrap();
    bench
        .issue(&application(2))
        .await
        .unwrap();
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
    // To its last second.
    bench.seams.set(issued[0].not_after);
    assert_eq!(
        bench
            .crl(Signature, None)
            .await
            .unwrap()
            .len(),
        2
    );
    bench.seams.advance(1);
    let list = bench
        .crl(Signature, None)
        .await
        .unwrap();
    assert_eq!(list.len(), 1);
    let gone = issued
        .iter()
        .find(|c| c.kind == Signature)
        .unwrap();
    assert!(!serials(&list).contains(&gone.serial));
    // It stays revoked for whoever asks.
    let found = audit(&bench).await;
    assert_eq!(found.revoked.len(), 4);
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
