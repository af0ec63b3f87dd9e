//! What revocation lists say.

use crate::{
    pki::{Authority, DAY, Ext, ListDraft, NOW, at, authority_key, key_usage, now, p256},
    world::{Case, World, accepted, refused},
};
use shirushi_crypto::sha256;
use shirushi_path::{
    Evidence, PathError, Requirements, StatusProblem, StatusProof, StatusSource, TrustAnchors,
    examine, validate,
};
use shirushi_profile::{CertificateKind, RevocationReason, SerialNumber};

pub(crate) const AFFILIATION_CHANGED: u8 = 3;
pub(crate) const HOLD: u8 = 6;
/// The leaf's serial number in these tests.
pub(crate) const SERIAL: &[u8] = &[0x41, 0x01];

/// The right chain with these lists of the root as the only evidence.
pub(crate) fn with_lists(world: &World, lists: &[ListDraft]) -> Case {
    let mut case = world.right();
    case.evidence.crls = lists
        .iter()
        .map(|list| list.sign(&world.root.key))
        .collect();
    case
}

pub(crate) fn revoked(when: i64, reason: RevocationReason) -> PathError {
    PathError::Revoked {
        serial: SerialNumber::from_bytes(SERIAL).unwrap(),
        at: at(when),
        reason,
        source: StatusSource::Crl,
    }
}

#[track_caller]
pub(crate) fn unknown(case: &Case, why: StatusProblem) {
    refused(case, PathError::StatusUnknown { index: 0, why });
}

#[test]
fn the_list_of_the_certificates_own_point_tells_its_status() {
    let world = World::flat();
    let case = with_lists(&world, &[world.root.list()]);
    let anchors = TrustAnchors::new(case.anchors.clone());
    let valid = validate(
        &case.leaf,
        &[],
        &anchors,
        &case.evidence,
        &case.requirements,
    )
    .unwrap();
    let expected = StatusProof::Crl {
        number: Some(7.into()),
        this_update: at(NOW - DAY / 2),
        sha256: sha256(case.evidence.crls[0].der()),
    };
    assert_eq!(valid.status(), &expected);
    assert_eq!(valid.leaf(), &case.leaf);
    assert_eq!(valid.anchor(), &world.root.certificate);
    assert_eq!(valid.at(), now());
    assert_eq!(valid.revoked_later(), None);
}

#[test]
fn without_evidence_the_status_is_unknown_and_not_good() {
    unknown(&with_lists(&World::flat(), &[]), StatusProblem::NoEvidence);
}

#[test]
fn a_revoked_certificate_is_refused_with_time_and_reason() {
    let world = World::flat();
    let list = world
        .root
        .list()
        .revoke(SERIAL, NOW - DAY, AFFILIATION_CHANGED);
    let error = revoked(NOW - DAY, RevocationReason::AffiliationChanged);
    refused(&with_lists(&world, &[list]), error);
}

#[test]
fn the_entry_of_another_certificate_revokes_nothing() {
    let world = World::flat();
    let list = world
        .root
        .list()
        .revoke(&[0x41, 0x02], NOW - DAY, AFFILIATION_CHANGED);
    accepted(&with_lists(&world, &[list]));
}

#[test]
fn a_certificate_dies_at_the_moment_its_revocation_is_recorded() {
    let world = World::flat();
    let at_once = world
        .root
        .list()
        .revoke(SERIAL, NOW, AFFILIATION_CHANGED);
    let error = revoked(NOW, RevocationReason::AffiliationChanged);
    refused(&with_lists(&world, &[at_once]), error);

    let later = world
        .root
        .list()
        .revoke(SERIAL, NOW + 1, AFFILIATION_CHANGED);
    let mut case = with_lists(&world, &[later]);
    // Asked about an instant of the past as such.
    case.requirements.is_past = true;
    let anchors = TrustAnchors::new(case.anchors.clone());
    let valid = validate(
        &case.leaf,
        &[],
        &anchors,
        &case.evidence,
        &case.requirements,
    )
    .unwrap();
    assert_eq!(valid.revoked_later(), Some(at(NOW + 1)));
}

#[test]
fn what_is_revoked_is_revoked_now_whatever_date_its_record_bears() {
    let world = World::flat();
    for ahead in [1, DAY, 400 * DAY] {
        let list = world
            .root
            .list()
            .revoke(SERIAL, NOW + ahead, AFFILIATION_CHANGED);
        let error = revoked(NOW + ahead, RevocationReason::AffiliationChanged);
        refused(&with_lists(&world, &[list]), error);
    }
}

#[test]
fn a_held_certificate_is_refused() {
    let world = World::flat();
    let list = world
        .root
        .list()
        .revoke(SERIAL, NOW - DAY, HOLD);
    let error = revoked(NOW - DAY, RevocationReason::CertificateHold);
    refused(&with_lists(&world, &[list]), error);
}

#[test]
fn a_newer_list_lifts_a_hold_and_an_older_one_does_not() {
    let world = World::flat();
    let held = world
        .root
        .list()
        .revoke(SERIAL, NOW - DAY, HOLD);
    let released = world.root.list().number(8);
    accepted(&with_lists(&world, &[held.clone(), released.clone()]));
    accepted(&with_lists(&world, &[released, held.clone()]));
    let older = world.root.list().number(6);
    let error = revoked(NOW - DAY, RevocationReason::CertificateHold);
    refused(&with_lists(&world, &[held, older]), error);
}

#[test]
fn a_revocation_in_an_older_list_is_for_ever() {
    let world = World::flat();
    let old = world
        .root
        .list()
        .revoke(SERIAL, NOW - DAY, AFFILIATION_CHANGED);
    let newer_without_it = world.root.list().number(8);
    let error = revoked(NOW - DAY, RevocationReason::AffiliationChanged);
    refused(&with_lists(&world, &[old, newer_without_it]), error);
}

#[test]
fn a_list_that_holds_no_longer_is_not_relied_upon() {
    let world = World::flat();
    let stale = world
        .root
        .list()
        .made(NOW - 2 * DAY, Some(NOW - 1));
    let next_update = at(NOW - 1);
    unknown(
        &with_lists(&world, &[stale]),
        StatusProblem::Stale { next_update },
    );
}

#[test]
fn the_grace_allowed_is_added_to_the_next_update() {
    let world = World::flat();
    let stale = world
        .root
        .list()
        .made(NOW - 2 * DAY, Some(NOW - 10));
    let mut case = with_lists(&world, &[stale]);
    case.requirements.crl_grace_seconds = 9;
    let next_update = at(NOW - 10);
    unknown(&case, StatusProblem::Stale { next_update });
    case.requirements.crl_grace_seconds = 10;
    accepted(&case);
}

#[test]
fn a_list_that_holds_no_longer_still_proves_a_revocation() {
    let world = World::flat();
    let stale = world
        .root
        .list()
        .made(NOW - 2 * DAY, Some(NOW - 1));
    let with_entry = stale
        .clone()
        .revoke(SERIAL, NOW - 3 * DAY, AFFILIATION_CHANGED);
    let error = revoked(NOW - 3 * DAY, RevocationReason::AffiliationChanged);
    refused(&with_lists(&world, &[with_entry]), error);
    let held = stale.revoke(SERIAL, NOW - 3 * DAY, HOLD);
    let next_update = at(NOW - 1);
    unknown(
        &with_lists(&world, &[held]),
        StatusProblem::Stale { next_update },
    );
}

#[test]
fn a_list_without_an_end_is_not_relied_upon() {
    let world = World::flat();
    let endless = world.root.list().made(NOW - DAY, None);
    unknown(&with_lists(&world, &[endless]), StatusProblem::NoNextUpdate);
}

#[test]
fn a_list_signed_by_somebody_else_is_worth_nothing() {
    let world = World::flat();
    let mut case = world.right();
    let forged = world
        .root
        .list()
        .revoke(SERIAL, NOW - DAY, AFFILIATION_CHANGED);
    case.evidence.crls = vec![forged.sign(&p256())];
    unknown(&case, StatusProblem::BadSignature);
    case.evidence
        .crls
        .push(world.root.list().sign(&world.root.key));
    accepted(&case);
}

#[test]
fn the_list_of_another_authority_is_worth_nothing() {
    let world = World::flat();
    let other = Authority::root("Other");
    let mut case = world.right();
    case.evidence.crls = vec![other.list().sign(&other.key)];
    unknown(&case, StatusProblem::WrongIssuer);
}

#[test]
fn the_list_of_another_generation_of_the_authority_is_worth_nothing() {
    let world = World::flat();
    let other = Authority::root("Root");
    let mut case = world.right();
    case.evidence.crls = vec![other.list().sign(&other.key)];
    unknown(&case, StatusProblem::WrongIssuer);
    let same_key_claimed = other
        .list()
        .with(authority_key(&world.root.identifier()));
    case.evidence.crls = vec![same_key_claimed.sign(&other.key)];
    unknown(&case, StatusProblem::BadSignature);
}

#[test]
fn a_list_with_an_unknown_critical_extension_is_not_used() {
    let world = World::flat();
    let oid = "2.25.4711.98".parse().unwrap();
    let list = world
        .root
        .list()
        .with(Ext::new(oid, true, [5, 0]));
    unknown(&with_lists(&world, &[list]), StatusProblem::UnknownCritical);
}

#[test]
fn an_issuer_whose_key_may_not_sign_lists_signs_none() {
    let certificates_only = key_usage(&[0x03, 0x02, 0x02, 0x04]);
    let world = World::with_ca(|draft| draft.with(certificates_only));
    unknown(&world.right(), StatusProblem::CrlSignNotAllowed);
}

#[test]
fn a_list_made_after_the_certificates_end_need_not_list_it() {
    let world = World::flat();
    let leaf = world
        .draft()
        .valid(NOW - 100 * DAY, NOW + DAY);
    let mut case = world.case(&leaf);
    case.requirements = Requirements::in_the_past(CertificateKind::Signature, now());
    let late = world
        .root
        .list()
        .made(NOW + 2 * DAY, Some(NOW + 3 * DAY));
    case.evidence.crls = vec![late.sign(&world.root.key)];
    let not_after = at(NOW + DAY);
    unknown(&case, StatusProblem::AfterExpiry { not_after });
}

#[test]
fn a_revoked_intermediate_is_refused() {
    let world = World::with_ca(|draft| draft);
    let mut case = world.right();
    let serial = world.cas[0]
        .certificate
        .serial()
        .to_der_content();
    let list = world
        .root
        .full_list()
        .revoke(&serial, NOW - DAY, 2);
    case.evidence.crls[0] = list.sign(&world.root.key);
    let error = PathError::Revoked {
        serial: *world.cas[0].certificate.serial(),
        at: at(NOW - DAY),
        reason: RevocationReason::CaCompromise,
        source: StatusSource::Crl,
    };
    refused(&case, error);
}

#[test]
fn the_status_of_an_intermediate_must_be_known_too() {
    let world = World::with_ca(|draft| draft);
    let mut case = world.right();
    case.evidence.crls.remove(0);
    let why = StatusProblem::WrongIssuer;
    refused(&case, PathError::StatusUnknown { index: 1, why });
}

#[test]
fn an_examination_names_everything_that_is_wrong() {
    let world = World::flat();
    let leaf = world
        .root
        .authentication_draft(&world.key)
        .valid(NOW - 9 * DAY, NOW - DAY);
    let case = world.case(&leaf);
    let list = world
        .root
        .list()
        .revoke(SERIAL, NOW - 5 * DAY, AFFILIATION_CHANGED);
    let evidence = Evidence {
        crls: vec![list.sign(&world.root.key)],
        ..Evidence::default()
    };
    let anchors = TrustAnchors::new(case.anchors.clone());
    let examination = examine(&case.leaf, &[], &anchors, &evidence, &case.requirements);
    let problems = examination.problems();
    assert!(matches!(
        problems,
        [
            PathError::WrongKind { .. },
            PathError::Expired { .. },
            PathError::Revoked { .. }
        ]
    ));
    assert!(matches!(examination.statuses(), [StatusProof::Crl { .. }]));
    assert_eq!(
        examination
            .clone()
            .conclude()
            .unwrap_err(),
        problems[0]
    );
}
