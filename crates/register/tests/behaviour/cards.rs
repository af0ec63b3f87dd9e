//! The card register.

use crate::support::{Fresh, NOBODY, TARO, TODAY, UTSURU, code, day, happens, number, refusal};
use shirushi_profile::CertificateKind::{Authentication, Signature};
use shirushi_register::What;
use shirushi_wire::{CardKind, CardState, EventKind};

const NEW: CardKind = CardKind::IndividualNumberCard;
const OLD: CardKind = CardKind::ResidentRegisterCard;

pub(crate) async fn a_card_ends_as_the_order_says(fresh: &Fresh) {
    let (register, _store) = fresh.town().await;
    for (at, (who, kind, made_on, valid_until)) in [
        // Adult, born 17 February: the 10th birthday.
        (TARO, NEW, "2026-11-22", "2036-02-17"),
        // Under 18, born 5 May: the 5th birthday.
        ("90000000021", NEW, "2026-11-22", "2031-05-05"),
        // Born on 29 February: 2036 is a leap year, 2035 is not.
        ("90000000055", NEW, "2026-11-22", "2036-02-29"),
        ("90000000055", NEW, "2025-11-22", "2035-02-28"),
        // A foreigner: the end of the period of stay.
        ("90000000047", NEW, "2026-11-22", "2027-01-31"),
        // A permanent resident: as everyone; the first birthday is in nine days.
        ("90000000072", NEW, "2026-11-22", "2035-12-01"),
        (TARO, OLD, "2015-12-01", "2025-12-01"),
    ]
    .into_iter()
    .enumerate()
    {
        let number = number(&format!("SHIRUSHI{at}"));
        let card = register
            .issue_card(&number, kind, &code(who), day(made_on))
            .await
            .unwrap();
        assert_eq!(card.valid_until, day(valid_until), "{who} {made_on}");
        assert_eq!(card.state, CardState::Valid);
        assert_eq!(register.card(&number).await.unwrap(), Some(card));
    }
    assert_eq!(
        register
            .card(&number("NONE"))
            .await
            .unwrap(),
        None
    );
}

pub(crate) async fn a_card_that_cannot_be_is_refused(fresh: &Fresh) {
    let (register, _store) = fresh.town().await;
    let first = number("C1");
    register
        .issue_card(&first, NEW, &code(TARO), TODAY)
        .await
        .unwrap();
    for (card, who, made_on, rule) in [
        ("C1", "90000000021", "2026-11-22", "register/event-fits"),
        ("C2", NOBODY, "2026-11-22", "register/resident-known"),
        ("C2", UTSURU, "2026-11-22", "counter/record-alive"),
        ("C2", TARO, "2026-11-23", "register/event-fits"),
        ("C2", TARO, "1980-02-16", "register/event-fits"),
    ] {
        let issued = register
            .issue_card(&number(card), NEW, &code(who), day(made_on))
            .await;
        assert_eq!(refusal(issued).rule().id, rule, "{card} {who} {made_on}");
    }
    assert_eq!(
        register
            .cards_of(&code(TARO))
            .await
            .unwrap()
            .len(),
        1
    );
    let unknown = register
        .invalidate_card(&number("C2"))
        .await;
    assert_eq!(refusal(unknown).rule().id, "counter/card-registered");
    register
        .invalidate_card(&first)
        .await
        .unwrap();
    let again = register.invalidate_card(&first).await;
    assert_eq!(refusal(again).rule().id, "counter/card-valid");
    assert_eq!(register.sequence().await.unwrap(), 1);
}

pub(crate) async fn a_new_card_ends_the_old_one(fresh: &Fresh) {
    let (register, _store) = fresh.town().await;
    let taro = code(TARO);
    for (card, kind) in [("OLD", OLD), ("C1", NEW), ("C2", NEW)] {
        register
            .issue_card(&number(card), kind, &taro, TODAY)
            .await
            .unwrap();
    }
    let states: Vec<_> = register
        .cards_of(&taro)
        .await
        .unwrap()
        .into_iter()
        .map(|card| (card.number.to_string(), card.state))
        .collect();
    let expected = [
        ("C1", CardState::Invalid),
        ("C2", CardState::Valid),
        ("OLD", CardState::Valid),
    ];
    assert_eq!(
        states,
        expected.map(|(card, state)| (card.to_owned(), state))
    );
    let told = register.undelivered(10).await.unwrap();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].kind, EventKind::CardInvalidated);
    assert_eq!(told[0].ends, [Signature, Authentication]);
    assert_eq!(told[0].resident, taro);
    // A 住民基本台帳カード holds no certificates.
    let event = register
        .invalidate_card(&number("OLD"))
        .await
        .unwrap();
    assert_eq!((event.sequence, event.ends), (2, vec![]));
}

pub(crate) async fn death_and_deletion_end_every_card(fresh: &Fresh) {
    let (register, _store) = fresh.town().await;
    for (at, (who, what, state)) in [
        (TARO, What::Death, CardState::Invalid),
        ("90000000021", What::DeletionByOffice, CardState::Invalid),
        ("90000000039", What::MoveOut, CardState::Valid),
    ]
    .into_iter()
    .enumerate()
    {
        register
            .issue_card(&number(&format!("C{at}")), NEW, &code(who), TODAY)
            .await
            .unwrap();
        happens(&register, who, what)
            .await
            .unwrap();
        let cards = register
            .cards_of(&code(who))
            .await
            .unwrap();
        assert_eq!(cards.len(), 1);
        assert_eq!(cards[0].state, state, "{who}");
    }
    // One event a change: the change itself says what it ends.
    assert_eq!(register.sequence().await.unwrap(), 3);
}
