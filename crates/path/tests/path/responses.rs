//! What OCSP responses say.

use crate::{
    pki::{
        Authority, DAY, Draft, NOW, ResponseDraft, Said, at, extended_usage, key_usage, name, now,
        p256,
    },
    world::{Case, World, accepted, refused},
};
use shirushi_crypto::{SoftwareKey, sha256};
use shirushi_path::{PathError, StatusProblem, StatusProof, StatusSource, TrustAnchors, validate};
use shirushi_profile::{RevocationReason, ocsp::ReceivedResponse};
use std::sync::Arc;

const OCSP_SIGNING: &str = "1.3.6.1.5.5.7.3.9";

/// A responder that the root has delegated.
struct Responder {
    key: Arc<SoftwareKey>,
    draft: Draft,
}

impl Responder {
    fn of(authority: &Authority) -> Self {
        let key = p256();
        let subject = name(&[("C", "JP"), ("O", "JPKI-SANDBOX"), ("CN", "OCSP Responder")]);
        let draft = Draft::new(&authority.name, &subject, &key)
            .serial(&[0x61])
            .with(key_usage(&[0x03, 0x02, 0x07, 0x80]))
            .with(extended_usage(&[OCSP_SIGNING]));
        Self { key, draft }
    }

    fn answers(&self, world: &World, response: &ResponseDraft) -> ReceivedResponse {
        let mut response = response.clone();
        response.certificates = vec![self.draft.sign(&world.root.key)];
        response.sign(&self.key)
    }
}

fn about(world: &World, case: &Case, said: Said) -> ResponseDraft {
    ResponseDraft::about(&case.leaf, &world.root.certificate, said)
}

/// The right chain with no evidence but a response by the root itself.
fn by_the_root(said: Said, change: impl FnOnce(&mut ResponseDraft)) -> Case {
    let world = World::flat();
    let mut case = world.right();
    let mut draft = about(&world, &case, said);
    change(&mut draft);
    case.evidence.crls.clear();
    case.evidence.ocsp = vec![draft.sign(&world.root.key)];
    case
}

/// The same with a response by a responder whose certificate was changed.
fn by_a_responder(change: impl FnOnce(Draft) -> Draft) -> Case {
    let world = World::flat();
    let mut case = world.right();
    let mut responder = Responder::of(&world.root);
    responder.draft = change(responder.draft);
    case.evidence.crls.clear();
    case.evidence.ocsp = vec![responder.answers(&world, &about(&world, &case, Said::Good))];
    case
}

#[track_caller]
fn unknown(case: &Case, why: StatusProblem) {
    refused(case, PathError::StatusUnknown { index: 0, why });
}

#[test]
fn the_issuers_own_word_is_accepted() {
    let case = by_the_root(Said::Good, |_| {});
    let anchors = TrustAnchors::new(case.anchors.clone());
    let valid = validate(
        &case.leaf,
        &[],
        &anchors,
        &case.evidence,
        &case.requirements,
    )
    .unwrap();
    let expected = StatusProof::Ocsp {
        produced_at: at(NOW - 60),
        sha256: sha256(case.evidence.ocsp[0].der()),
    };
    assert_eq!(valid.status(), &expected);
}

#[test]
fn a_delegated_responders_word_is_accepted() {
    accepted(&by_a_responder(|draft| draft));
}

#[test]
fn revoked_is_refused_with_time_and_reason() {
    let case = by_the_root(Said::Revoked(NOW - DAY, 1), |_| {});
    let error = PathError::Revoked {
        serial: *case.leaf.serial(),
        at: at(NOW - DAY),
        reason: RevocationReason::KeyCompromise,
        source: StatusSource::Ocsp,
    };
    refused(&case, error);
}

#[test]
fn unknown_is_never_good() {
    unknown(
        &by_the_root(Said::Unknown, |_| {}),
        StatusProblem::UnknownToResponder,
    );
}

#[test]
fn a_response_that_holds_no_longer_is_not_relied_upon() {
    let case = by_the_root(Said::Good, |r| r.next_update = Some(NOW - 1));
    let next_update = at(NOW - 1);
    unknown(&case, StatusProblem::Stale { next_update });
}

#[test]
fn a_response_without_an_end_holds_as_long_as_the_responders_data() {
    let fresh = |age: i64| {
        by_the_root(Said::Good, |r| {
            r.next_update = None;
            r.this_update = NOW - age;
        })
    };
    accepted(&fresh(900));
    let next_update = at(NOW - 1);
    unknown(&fresh(901), StatusProblem::Stale { next_update });
}

#[test]
fn a_response_about_another_certificate_is_worth_nothing() {
    let case = by_the_root(Said::Good, |r| r.serial = vec![0x41, 0x02]);
    unknown(&case, StatusProblem::WrongIssuer);
}

#[test]
fn a_response_about_the_same_number_of_another_issuer_is_worth_nothing() {
    let other = Authority::root("Root").certificate;
    let case = by_the_root(Said::Good, |r| r.issuer = other);
    unknown(&case, StatusProblem::WrongIssuer);
}

#[test]
fn a_response_signed_by_nobody_known_is_worth_nothing() {
    let world = World::flat();
    let mut case = world.right();
    case.evidence.crls.clear();
    case.evidence.ocsp = vec![about(&world, &case, Said::Good).sign(&p256())];
    unknown(&case, StatusProblem::ResponderNotAuthorised);
}

#[test]
fn a_response_whose_signature_does_not_verify_is_worth_nothing() {
    let world = World::flat();
    let mut case = world.right();
    let der = about(&world, &case, Said::Revoked(NOW - DAY, 1)).sign_der(&world.root.key);
    // The reason in the signed part: another one is said now.
    let place = der
        .windows(3)
        .rposition(|w| w == [0x0a, 0x01, 0x01])
        .unwrap();
    let mut changed = der.clone();
    changed[place + 2] = 0x05;
    case.evidence.crls.clear();
    case.evidence.ocsp = vec![ReceivedResponse::from_der(&changed).unwrap()];
    unknown(&case, StatusProblem::BadSignature);
}

#[test]
fn a_certificate_without_the_purpose_makes_no_responder() {
    let case = by_a_responder(|draft| draft.with(extended_usage(&["1.3.6.1.5.5.7.3.2"])));
    unknown(&case, StatusProblem::ResponderNotAuthorised);
}

#[test]
fn a_citizen_makes_no_responder() {
    let world = World::flat();
    let mut case = world.right();
    let mut draft = about(&world, &case, Said::Good);
    draft.certificates = vec![case.leaf.clone()];
    case.evidence.crls.clear();
    case.evidence.ocsp = vec![draft.sign(&world.key)];
    unknown(&case, StatusProblem::ResponderNotAuthorised);
}

#[test]
fn a_responder_of_another_authority_is_not_authorised() {
    let world = World::flat();
    let mut case = world.right();
    let other = Authority::root("Root");
    let responder = Responder::of(&other);
    let mut draft = about(&world, &case, Said::Good);
    draft.certificates = vec![responder.draft.sign(&other.key)];
    case.evidence.crls.clear();
    case.evidence.ocsp = vec![draft.sign(&responder.key)];
    unknown(&case, StatusProblem::ResponderNotAuthorised);
}

#[test]
fn an_expired_responder_is_not_authorised() {
    let case = by_a_responder(|draft| draft.valid(NOW - DAY, NOW - 1));
    unknown(&case, StatusProblem::ResponderNotAuthorised);
    let case = by_a_responder(|draft| draft.valid(NOW - 59, NOW + DAY));
    unknown(&case, StatusProblem::ResponderNotAuthorised);
}

#[test]
fn a_revoked_responder_is_not_authorised() {
    let world = World::flat();
    let mut case = world.right();
    let responder = Responder::of(&world.root);
    case.evidence.ocsp = vec![responder.answers(&world, &about(&world, &case, Said::Good))];
    let elsewhere = crate::pki::issuing_point(None, &[0x82, 0x01, 0xff]);
    let list = world.root.full_list().with(elsewhere);
    case.evidence.crls = vec![list.clone().sign(&world.root.key)];
    accepted(&case);
    case.evidence.crls = vec![
        list.revoke(&[0x61], NOW - DAY, 1)
            .sign(&world.root.key),
    ];
    unknown(&case, StatusProblem::ResponderNotAuthorised);
}

#[test]
fn of_a_list_and_a_response_the_one_that_says_revoked_wins() {
    let world = World::flat();
    let mut case = world.right();
    let revoked = about(&world, &case, Said::Revoked(NOW - 120, 3)).sign(&world.root.key);
    let good = about(&world, &case, Said::Good).sign(&world.root.key);
    assert!(case.run().is_ok());
    case.evidence.ocsp = vec![revoked];
    assert!(matches!(
        case.run(),
        Err(PathError::Revoked {
            source: StatusSource::Ocsp,
            ..
        })
    ));
    let list = world
        .root
        .list()
        .revoke(&[0x41, 0x01], NOW - DAY, 3);
    case.evidence.crls = vec![list.sign(&world.root.key)];
    case.evidence.ocsp = vec![good];
    assert!(matches!(
        case.run(),
        Err(PathError::Revoked {
            source: StatusSource::Crl,
            ..
        })
    ));
}

#[test]
fn a_newer_response_lifts_a_hold() {
    let world = World::flat();
    let mut case = world.right();
    case.evidence.crls.clear();
    let mut held = about(&world, &case, Said::Revoked(NOW - DAY, 6));
    held.this_update = NOW - 600;
    let good = about(&world, &case, Said::Good);
    case.evidence.ocsp = vec![held.sign(&world.root.key), good.sign(&world.root.key)];
    accepted(&case);
    held.this_update = NOW;
    case.evidence.ocsp = vec![held.sign(&world.root.key), good.sign(&world.root.key)];
    assert!(matches!(case.run(), Err(PathError::Revoked { .. })));
}

#[test]
fn the_nearest_miss_is_reported() {
    let mut case = by_the_root(Said::Good, |r| r.next_update = Some(NOW - 1));
    let other = Authority::root("Other");
    case.evidence.crls = vec![other.list().sign(&other.key)];
    assert_eq!(case.requirements.at, now());
    let next_update = at(NOW - 1);
    unknown(&case, StatusProblem::Stale { next_update });
}
