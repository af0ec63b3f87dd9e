//! Lists whose silence is not the whole truth, and lists that are not of now.
//!
//! * A list of changes, or of some reasons, does not tell that a certificate lives; whom it revokes is dead.
//! * Lists of some reasons complete each other.
//! * What was made more than five minutes ahead of the clock is not used.

use crate::{
    lists::{AFFILIATION_CHANGED, HOLD, SERIAL, revoked, unknown, with_lists},
    pki::{self, DAY, Ext, ListDraft, NOW, at, distribution_point, issuing_point, now, point_name},
    world::{Case, World, accepted, refused},
};
use const_oid::db::rfc5280;
use shirushi_asn1::tlv;
use shirushi_path::{Requirements, StatusProblem};
use shirushi_profile::{CertificateKind, RevocationReason};

/// keyCompromise and cACompromise; every other reason.
const COMPROMISES: &[u8] = &[0x05, 0x60];
const OTHERS: &[u8] = &[0x07, 0x1f, 0x80];

fn indicator(critical: bool) -> Ext {
    Ext::new(
        rfc5280::ID_CE_DELTA_CRL_INDICATOR,
        critical,
        [0x02, 0x01, 0x06],
    )
}

fn some_reasons(flags: &[u8]) -> Ext {
    let name = point_name("Shirushi-shi CRLDP");
    issuing_point(Some(&name), &tlv::element(0x83, flags))
}

/// The right chain, its leaf's only point limited to some reasons.
fn limited_point(world: &World, flags: &[u8], lists: &[ListDraft]) -> Case {
    let mut point = distribution_point(&point_name("Shirushi-shi CRLDP"));
    let outer = tlv::only("x", &point.value, tlv::SEQUENCE).unwrap();
    let inner = tlv::only("x", outer.content, tlv::SEQUENCE).unwrap();
    let reasons = tlv::element(0x81, flags);
    let parts = [inner.content, &reasons].concat();
    point.value = tlv::element(tlv::SEQUENCE, &tlv::element(tlv::SEQUENCE, &parts));
    let mut case = world.case(&world.draft().with(point));
    case.evidence.crls = lists
        .iter()
        .map(|list| list.sign(&world.root.key))
        .collect();
    case
}

#[test]
fn a_list_of_changes_is_not_complete_whether_it_says_so_critically_or_not() {
    let world = World::flat();
    for critical in [true, false] {
        let delta = world
            .root
            .list()
            .with(indicator(critical));
        unknown(
            &with_lists(&world, std::slice::from_ref(&delta)),
            StatusProblem::Delta,
        );
        let whole = world
            .root
            .full_list()
            .with(indicator(critical));
        unknown(&with_lists(&world, &[whole]), StatusProblem::Delta);
        // Beside a complete list it takes nothing away.
        let complete = world.root.list();
        accepted(&with_lists(&world, &[complete.clone(), delta.clone()]));
        let stale = complete.made(NOW - 2 * DAY, Some(NOW - 1));
        let next_update = at(NOW - 1);
        let case = with_lists(&world, &[stale, delta]);
        unknown(&case, StatusProblem::Stale { next_update });
    }
}

#[test]
fn whom_a_list_of_changes_revokes_is_dead() {
    let world = World::flat();
    for critical in [true, false] {
        let delta = world
            .root
            .list()
            .number(8)
            .with(indicator(critical));
        let dead = delta
            .clone()
            .revoke(SERIAL, NOW - 60, AFFILIATION_CHANGED);
        let error = revoked(NOW - 60, RevocationReason::AffiliationChanged);
        refused(
            &with_lists(&world, &[world.root.list(), dead.clone()]),
            error.clone(),
        );
        refused(&with_lists(&world, &[dead]), error);
        let held = delta
            .clone()
            .revoke(SERIAL, NOW - 60, HOLD);
        let error = revoked(NOW - 60, RevocationReason::CertificateHold);
        refused(
            &with_lists(&world, &[world.root.list(), held.clone()]),
            error,
        );
        // A newer complete list lifts it; to be taken from the list (8) is no revocation, and lifts nothing that stands in a complete one.
        accepted(&with_lists(&world, &[world.root.list().number(9), held]));
        let removed = delta.revoke(SERIAL, NOW - 60, 8);
        accepted(&with_lists(&world, &[world.root.list(), removed.clone()]));
        let held = world
            .root
            .list()
            .revoke(SERIAL, NOW - DAY, HOLD);
        let error = revoked(NOW - DAY, RevocationReason::CertificateHold);
        refused(&with_lists(&world, &[held, removed]), error);
    }
}

#[test]
fn lists_of_some_reasons_are_complete_together_only() {
    let world = World::flat();
    let compromises = world
        .root
        .list()
        .with(some_reasons(COMPROMISES));
    let others = world
        .root
        .list()
        .with(some_reasons(OTHERS));
    unknown(
        &with_lists(&world, std::slice::from_ref(&compromises)),
        StatusProblem::SomeReasons,
    );
    unknown(
        &with_lists(&world, std::slice::from_ref(&others)),
        StatusProblem::SomeReasons,
    );
    let twice = [compromises.clone(), compromises.clone().number(9)];
    unknown(&with_lists(&world, &twice), StatusProblem::SomeReasons);
    accepted(&with_lists(&world, &[compromises.clone(), others.clone()]));
    let ahead = others
        .clone()
        .made(NOW + 301, Some(NOW + DAY));
    let made_at = at(NOW + 301);
    let case = with_lists(&world, &[compromises, ahead]);
    unknown(&case, StatusProblem::FromTheFuture { made_at });
    let dead = others.revoke(SERIAL, NOW - DAY, AFFILIATION_CHANGED);
    let error = revoked(NOW - DAY, RevocationReason::AffiliationChanged);
    refused(&with_lists(&world, &[world.root.list(), dead]), error);
}

#[test]
fn a_point_of_some_reasons_makes_its_list_one_of_some_reasons() {
    let world = World::flat();
    for list in [world.root.list(), world.root.full_list()] {
        let case = limited_point(&world, COMPROMISES, std::slice::from_ref(&list));
        unknown(&case, StatusProblem::SomeReasons);
        let both = list.clone().with(some_reasons(OTHERS));
        let case = limited_point(&world, COMPROMISES, &[both]);
        unknown(&case, StatusProblem::SomeReasons);
        let dead = list.revoke(SERIAL, NOW - DAY, AFFILIATION_CHANGED);
        let error = revoked(NOW - DAY, RevocationReason::AffiliationChanged);
        refused(&limited_point(&world, COMPROMISES, &[dead]), error);
    }
    // Every reason there is.
    let all = &[0x07, 0x7f, 0x80];
    accepted(&limited_point(&world, all, &[world.root.list()]));
}

#[test]
fn whom_the_issuer_revokes_anywhere_is_dead() {
    let world = World::flat();
    for (what, fields) in [
        ("another municipality", &[][..]),
        ("onlyContainsCACerts", &[0x82, 0x01, 0xff]),
        ("onlySomeReasons", &[0x83, 0x02, 0x06, 0x40]),
    ] {
        let elsewhere = issuing_point(Some(&point_name("Hanko-shi CRLDP")), fields);
        let list = world
            .root
            .list()
            .with(elsewhere)
            .revoke(SERIAL, NOW - DAY, AFFILIATION_CHANGED);
        let case = with_lists(&world, &[world.root.list(), list]);
        let error = revoked(NOW - DAY, RevocationReason::AffiliationChanged);
        assert_eq!(case.run(), Err(error), "{what}");
    }
    // But a list in which others revoke as well says of a number not whose it is.
    let indirect = issuing_point(None, &[0x84, 0x01, 0xff]);
    let list = world
        .root
        .list()
        .with(indirect)
        .revoke(SERIAL, NOW - DAY, AFFILIATION_CHANGED);
    accepted(&with_lists(&world, &[world.root.list(), list]));
}

#[test]
fn a_list_of_tomorrow_is_not_used() {
    let world = World::flat();
    let made = |ahead: i64| {
        world
            .root
            .list()
            .made(NOW + ahead, Some(NOW + 4_000 * DAY))
    };
    accepted(&with_lists(&world, &[made(300)]));
    for ahead in [301, DAY, 3_000 * DAY] {
        let made_at = at(NOW + ahead);
        let case = with_lists(&world, &[made(ahead)]);
        unknown(&case, StatusProblem::FromTheFuture { made_at });
        // It supersedes none of today either.
        let held = world
            .root
            .list()
            .revoke(SERIAL, NOW - DAY, HOLD);
        let error = revoked(NOW - DAY, RevocationReason::CertificateHold);
        refused(&with_lists(&world, &[held, made(ahead).number(9)]), error);
        // And whom it revokes is dead all the same.
        let dead = made(ahead).revoke(SERIAL, NOW - DAY, AFFILIATION_CHANGED);
        let error = revoked(NOW - DAY, RevocationReason::AffiliationChanged);
        refused(&with_lists(&world, &[world.root.list(), dead]), error);
    }
}

#[test]
fn a_question_about_the_past_is_answered_by_todays_lists_and_not_by_tomorrows() {
    let world = World::flat();
    let mut case = with_lists(
        &world,
        &[world
            .root
            .list()
            .made(NOW - 60, Some(NOW + DAY))],
    );
    let then = at(NOW - 30 * DAY);
    let asked = Requirements::in_the_past(CertificateKind::Signature, then);
    case.requirements = asked.clone().by_the_clock(now());
    accepted(&case);
    case.requirements = asked
        .clone()
        .by_the_clock(at(NOW - 361));
    let made_at = at(NOW - 60);
    unknown(&case, StatusProblem::FromTheFuture { made_at });
    case.requirements = asked;
    accepted(&case);
}

#[test]
fn a_name_in_another_string_type_is_the_same_issuer_and_the_same_point() {
    let world = World::flat();
    let point = point_name("Shirushi-shi CRLDP");
    for tag in [pki::PRINTABLE, pki::TELETEX, pki::BMP] {
        let mut list = world
            .root
            .list()
            .with(issuing_point(Some(&pki::retyped(&point, tag)), &[]));
        list.issuer = pki::retyped(&world.root.name, tag);
        accepted(&with_lists(&world, &[list.clone()]));
        let dead = list.revoke(SERIAL, NOW - DAY, AFFILIATION_CHANGED);
        let error = revoked(NOW - DAY, RevocationReason::AffiliationChanged);
        refused(&with_lists(&world, &[world.root.list(), dead]), error);
    }
    let mut shouted = world.root.list();
    shouted.issuer = pki::name(&[("C", "jp"), ("O", " jpki-SANDBOX "), ("OU", "ROOT")]);
    accepted(&with_lists(&world, &[shouted]));
}

#[test]
fn a_list_named_relative_to_its_issuer_is_the_point_below_it() {
    let world = World::flat();
    let common_name = pki::name(&[("CN", "Lists")]);
    let rdn = tlv::only("x", &common_name, tlv::SEQUENCE)
        .unwrap()
        .content;
    let pair = tlv::only("x", rdn, pki::SET)
        .unwrap()
        .content;
    // [0] { nameRelativeToCRLIssuer [1] { AttributeTypeAndValue } }
    let relative = tlv::element(0xa0, &tlv::element(0xa1, pair));
    let list = world
        .root
        .list()
        .with(issuing_point(None, &relative));
    unknown(
        &with_lists(&world, std::slice::from_ref(&list)),
        StatusProblem::WrongDistributionPoint,
    );
    let whole = pki::name(&[
        ("C", "JP"),
        ("O", "JPKI-SANDBOX"),
        ("OU", "Root"),
        ("CN", "Lists"),
    ]);
    for point in [
        distribution_point(&whole),
        Ext::new(
            rfc5280::ID_CE_CRL_DISTRIBUTION_POINTS,
            false,
            tlv::element(tlv::SEQUENCE, &tlv::element(tlv::SEQUENCE, &relative)),
        ),
    ] {
        let mut case = world.case(&world.draft().with(point));
        case.evidence.crls = vec![list.sign(&world.root.key)];
        accepted(&case);
    }
}

#[test]
fn numbers_beyond_64_bits_have_their_order() {
    let world = World::flat();
    let numbered = |octets: &[u8]| {
        let number = Ext::new(
            rfc5280::ID_CE_CRL_NUMBER,
            false,
            tlv::element(tlv::INTEGER, octets),
        );
        let mut list = world.root.list().with(number);
        list.number = None;
        list
    };
    let (older, newer) = (
        &[&[0x7f][..], &[0; 18]].concat(),
        &[&[0x7f][..], &[0; 19]].concat(),
    );
    let held = numbered(older).revoke(SERIAL, NOW - DAY, HOLD);
    accepted(&with_lists(&world, &[held, numbered(newer)]));
    let held = numbered(newer).revoke(SERIAL, NOW - DAY, HOLD);
    let error = revoked(NOW - DAY, RevocationReason::CertificateHold);
    refused(&with_lists(&world, &[held, numbered(older)]), error);
    let too_long = numbered(&[&[0x01][..], &[0; 20]].concat()).sign_der(&world.root.key);
    assert!(shirushi_profile::CertificateList::from_der(&too_long).is_err());
}

#[test]
fn what_nobody_needs_in_a_list_spoils_nothing() {
    let world = World::flat();
    for serial in [
        &[0x00][..],
        &[0x80],
        &[0xff, 0x00],
        &[0x11; 21],
        &[0x11; 40],
    ] {
        for reason in [1, 7, 8, 10, 11, 77] {
            let list = world
                .root
                .list()
                .revoke(serial, NOW - DAY, reason);
            accepted(&with_lists(&world, std::slice::from_ref(&list)));
            let dead = list.revoke(SERIAL, NOW - DAY, AFFILIATION_CHANGED);
            let error = revoked(NOW - DAY, RevocationReason::AffiliationChanged);
            refused(&with_lists(&world, &[dead]), error);
        }
    }
    for reason in [7, 8, 10, 11, 77] {
        let own = world
            .root
            .list()
            .revoke(SERIAL, NOW - DAY, reason);
        let error = revoked(NOW - DAY, RevocationReason::Unspecified);
        refused(&with_lists(&world, &[own]), error);
    }
    let mut empty = world.root.list();
    empty.empty_entries = true;
    accepted(&with_lists(&world, &[empty]));
}
