//! The end of a certificate by time (Law 15(1)(5); Reg 13, 49):
//!
//! * good to its last second, unknown after it, without any revocation;
//! * after it a new one is issued without renewal;
//! * a renewal with less than three months left reaches the sixth birthday, an earlier one the fifth.

use crate::{
    audit::audit,
    bench::{Bench, rule},
    people::{application, date, noon, of_kind, renewal, with_card},
};
use shirushi_authority::CertificateState;
use shirushi_clock::{Clock as _, Date, Instant};
use shirushi_profile::CertificateKind::{Authentication, Signature};
use shirushi_rules::RENEWAL_OF_LIVE;
use shirushi_wire::Application;

fn born(mut application: Application, birth: Date) -> Application {
    application.applicant.birth_date = birth;
    application
}

#[tokio::test]
async fn a_certificate_is_good_to_its_last_second() {
    let bench = Bench::new().await;
    let issued = bench
        .issue(&application(1))
        .await
        .unwrap();
    for certificate in &issued {
        // The fifth birthday after the issue.
        assert_eq!(certificate.not_after.date_jst(), date(2034, 8, 1));
        for (seconds, expected) in [(0, CertificateState::Good), (1, CertificateState::Unknown)] {
            bench.seams.set(
                certificate
                    .not_after
                    .plus_seconds(seconds),
            );
            let status = bench
                .authority
                .status(certificate.kind, &certificate.serial)
                .await;
            assert_eq!(status.unwrap(), expected);
        }
    }
    let found = audit(&bench).await;
    assert!(found.live.is_empty() && found.revoked.is_empty());
}

#[tokio::test]
async fn a_clock_before_the_issue_finds_nothing_good() {
    let bench = Bench::new().await;
    let issued = bench
        .issue(&application(1))
        .await
        .unwrap();
    bench
        .seams
        .set(bench.seams.now().plus_seconds(-1));
    let status = bench
        .authority
        .status(issued[0].kind, &issued[0].serial)
        .await;
    assert_eq!(status.unwrap(), CertificateState::Unknown);
}

#[tokio::test]
async fn after_the_end_a_new_one_is_issued_and_nothing_is_revoked() {
    let bench = Bench::new().await;
    let issued = bench
        .issue(&application(1))
        .await
        .unwrap();
    bench
        .seams
        .set(issued[0].not_after.plus_seconds(1));
    bench
        .issue(&with_card(application(1), "NEW1"))
        .await
        .unwrap();
    let found = audit(&bench).await;
    assert_eq!((found.live.len(), found.issued.len()), (2, 4));
    assert!(found.revoked.is_empty());
}

#[tokio::test]
async fn a_revocation_finds_nothing_to_end_in_what_has_expired() {
    let bench = Bench::new().await;
    let issued = bench
        .issue(&application(1))
        .await
        .unwrap();
    bench
        .seams
        .set(issued[0].not_after.plus_seconds(1));
    let request = crate::people::request(1);
    let ended = bench.revoke(&request).await.unwrap();
    assert_eq!(ended, []);
    assert!(audit(&bench).await.revoked.is_empty());
}

/// Birthday, end of the first issue, last day with three months left, end after a renewal on that day and on the next.
const RENEWALS: [(Date, Date, Date, Date, Date); 5] = [
    (
        date(1990, 8, 1),
        date(2034, 8, 1),
        date(2034, 5, 1),
        date(2038, 8, 1),
        date(2039, 8, 1),
    ),
    (
        date(1990, 5, 31),
        date(2034, 5, 31),
        date(2034, 2, 28),
        date(2038, 5, 31),
        date(2039, 5, 31),
    ),
    (
        date(1990, 5, 15),
        date(2034, 5, 15),
        date(2034, 2, 15),
        date(2038, 5, 15),
        date(2039, 5, 15),
    ),
    (
        date(1990, 12, 31),
        date(2034, 12, 31),
        date(2034, 9, 30),
        date(2038, 12, 31),
        date(2039, 12, 31),
    ),
    (
        date(1992, 2, 29),
        date(2035, 2, 28),
        date(2034, 11, 28),
        date(2039, 2, 28),
        date(2040, 2, 29),
    ),
];

#[tokio::test]
async fn a_renewal_with_less_than_three_months_left_reaches_the_sixth_birthday() {
    for (birth, end, last, fifth, sixth) in RENEWALS {
        let bench = Bench::new().await;
        let ends = async |application: Application| {
            let issued = bench
                .issue(&born(application, birth))
                .await
                .unwrap();
            let [one, other] = issued.as_slice() else {
                panic!("not two certificates");
            };
            assert_eq!(one.not_after, other.not_after);
            one.not_after.date_jst()
        };
        for resident in 1..=2 {
            assert_eq!(ends(application(resident)).await, end);
        }
        let last_second = Instant::end_of_day_jst(last).unwrap();
        bench.seams.set(last_second);
        assert_eq!(
            ends(renewal(1)).await,
            fifth,
            "born {birth}, renewed {last}"
        );
        bench
            .seams
            .set(last_second.plus_seconds(1));
        assert_eq!(
            ends(renewal(2)).await,
            sixth,
            "born {birth}, the day after {last}"
        );
        // A first issue on the same day has nothing to replace early.
        assert_eq!(ends(application(3)).await, fifth);
        audit(&bench).await;
    }
}

#[tokio::test]
async fn what_has_ended_is_not_renewed_but_issued_anew() {
    let bench = Bench::new().await;
    let issued = bench
        .issue(&application(1))
        .await
        .unwrap();
    bench
        .seams
        .set(issued[0].not_after.plus_seconds(1));
    let refused = bench.issue(&renewal(1)).await;
    assert_eq!(rule(refused), RENEWAL_OF_LIVE.id);
    let renewed = bench
        .issue(&with_card(application(1), "NEW1"))
        .await
        .unwrap();
    assert!(
        renewed
            .iter()
            .all(|c| c.not_after.date_jst() == date(2039, 8, 1))
    );
}

#[tokio::test]
async fn a_signature_certificate_renewed_alone_ends_with_the_authentication_certificate() {
    let bench = Bench::new().await;
    bench
        .issue(&application(1))
        .await
        .unwrap();
    bench.seams.set(noon(date(2034, 7, 1)));
    let renewed = bench
        .issue(&of_kind(renewal(1), Signature))
        .await
        .unwrap();
    assert_eq!(renewed[0].not_after.date_jst(), date(2034, 8, 1));
    let renewed = bench
        .issue(&of_kind(renewal(1), Authentication))
        .await
        .unwrap();
    assert_eq!(renewed[0].not_after.date_jst(), date(2039, 8, 1));
    assert_eq!(audit(&bench).await.live.len(), 2);
}
