//! The authority judges what an application states by itself: a counter that let it through, by fault or by intent, changes
//! nothing. What was right when it was received is judged again when it is issued from.

use crate::{
    audit::audit,
    bench::{Bench, personalise, rule},
    people::{application, date, here, noon, of_kind},
};
use shirushi_profile::{CertificateKind, MUNICIPALITIES};
use shirushi_rules::{
    AGE_FIFTEEN, CARD_HOLDER, CARD_VALID, FEE_PAID, IDENTITY_DOCUMENT, IN_PERSON,
    INDIVIDUAL_NUMBER_CARD, PROXY_REPLY, RECORD_ALIVE, REGISTERED_HERE, Rule,
};
use shirushi_wire::{
    Application, CardKind, CardState, Fee, IdentityDocument, Presence, RecordStatus,
};

type Case = (&'static Rule, fn(&mut Application));

const REFUSED: [Case; 16] = [
    (&REGISTERED_HERE, |a| {
        a.applicant.municipality = MUNICIPALITIES[1].code;
    }),
    (&RECORD_ALIVE, |a| a.applicant.status = RecordStatus::Dead),
    (&RECORD_ALIVE, |a| {
        a.applicant.status = RecordStatus::MovedOut;
    }),
    (&RECORD_ALIVE, |a| {
        a.applicant.status = RecordStatus::DeletedByOffice;
    }),
    // Fifteen on the day after.
    (&AGE_FIFTEEN, |a| {
        a.applicant.birth_date = date(2015, 4, 2);
    }),
    (&INDIVIDUAL_NUMBER_CARD, |a| {
        a.card.kind = CardKind::ResidentRegisterCard;
    }),
    (&CARD_HOLDER, |a| {
        a.card.holder = crate::people::code(2);
    }),
    (&CARD_VALID, |a| a.card.state = CardState::Invalid),
    (&CARD_VALID, |a| a.card.valid_until = date(2030, 3, 31)),
    (&IN_PERSON, |a| a.presence = Presence::Mail),
    (&PROXY_REPLY, |a| {
        a.presence = Presence::Proxy { reply: false };
    }),
    (&IDENTITY_DOCUMENT, |a| a.documents = Vec::new()),
    (&IDENTITY_DOCUMENT, |a| {
        a.documents = vec![IdentityDocument::WithoutPhoto; 3];
    }),
    (&IDENTITY_DOCUMENT, |a| {
        a.documents = vec![IdentityDocument::InquiryReply];
    }),
    (&FEE_PAID, |a| {
        a.fee = Fee {
            paid_yen: 0,
            waiver: None,
        };
    }),
    (&FEE_PAID, |a| {
        a.fee = Fee {
            paid_yen: 199,
            waiver: None,
        };
    }),
];

#[tokio::test]
async fn each_statement_is_judged_when_the_application_is_received() {
    let bench = Bench::new().await;
    for (broken, change) in REFUSED {
        let mut application = application(1);
        change(&mut application);
        assert_eq!(application.municipality, here());
        assert_eq!(rule(bench.receive(&application).await), broken.id);
    }
    assert_eq!(
        bench
            .authority
            .totals()
            .await
            .unwrap()
            .applications,
        0
    );
}

#[tokio::test]
async fn what_just_suffices_is_issued_from() {
    let bench = Bench::new().await;
    let enough: [fn(&mut Application); 6] = [
        |a| a.applicant.birth_date = date(2015, 4, 1),
        |a| a.card.valid_until = date(2030, 4, 1),
        |a| a.presence = Presence::Proxy { reply: true },
        |a| {
            a.documents = vec![
                IdentityDocument::InquiryReply,
                IdentityDocument::WithoutPhoto,
            ];
        },
        |a| {
            a.fee = Fee {
                paid_yen: 200,
                waiver: None,
            };
        },
        |a| {
            a.applicant.birth_date = date(2026, 1, 1);
            a.kinds = vec![CertificateKind::Authentication];
        },
    ];
    for (resident, change) in (0..).zip(enough) {
        let mut application = application(resident);
        change(&mut application);
        bench.issue(&application).await.unwrap();
    }
    audit(&bench).await;
}

#[tokio::test]
async fn a_card_that_ends_while_it_lies_in_the_drawer_is_not_personalised() {
    let bench = Bench::new().await;
    let mut application = application(1);
    application.card.valid_until = date(2030, 4, 30);
    let (token, mut card) = bench.prepare(&application).await;
    bench.seams.set(noon(date(2030, 5, 1)));
    let refused = personalise(&bench.authority, &token, &mut card).await;
    assert_eq!(rule(refused), CARD_VALID.id);
    assert!(card.chip.live.is_empty());
    assert_eq!(
        bench
            .count("SELECT count(*) AS n FROM intents")
            .await,
        0
    );
}

#[tokio::test]
async fn on_the_last_day_of_the_card_it_is_still_personalised() {
    let bench = Bench::new().await;
    let mut application = of_kind(application(1), CertificateKind::Authentication);
    application.card.valid_until = date(2030, 4, 30);
    let (token, mut card) = bench.prepare(&application).await;
    bench.seams.set(noon(date(2030, 4, 30)));
    let issued = personalise(&bench.authority, &token, &mut card)
        .await
        .unwrap();
    assert_eq!(issued[0].not_after.date_jst(), date(2030, 4, 30));
}
