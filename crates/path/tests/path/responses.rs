//! What OCSP responses say.

use crate::{
    pki::{
        self, Authority, DAY, Draft, Ext, ListDraft, NOW, ResponseDraft, Said, at, extended_usage,
        key_usage, name, now, p256,
    },
    world::{Case, World, accepted, refused},
};
use const_oid::db::rfc5280;
use shirushi_asn1::{oid, tlv};
use shirushi_crypto::{SoftwareKey, sha256};
use shirushi_path::{
    PathError, StatusProblem, StatusProof, StatusSource, TrustAnchors, examine, validate,
};
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
            .with(extended_usage(&[OCSP_SIGNING]))
            .with(Ext::new(oid::OCSP_NO_CHECK, false, [5, 0]));
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
    // Asked about now, revoked is revoked, whatever date the record bears.
    for since in [NOW - DAY, NOW + 1, NOW + 400 * DAY] {
        let case = by_the_root(Said::Revoked(since, 1), |_| {});
        let error = PathError::Revoked {
            serial: *case.leaf.serial(),
            at: at(since),
            reason: RevocationReason::KeyCompromise,
            source: StatusSource::Ocsp,
        };
        refused(&case, error);
    }
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
    let elsewhere = pki::issuing_point(None, &[0x82, 0x01, 0xff]);
    let list = world.root.full_list().with(elsewhere);
    case.evidence.crls = vec![list.clone().sign(&world.root.key)];
    accepted(&case);
    case.evidence.crls = vec![
        list.revoke(&[0x61], NOW - DAY, 1)
            .sign(&world.root.key),
    ];
    unknown(&case, StatusProblem::ResponderRevoked);
}

#[test]
fn a_responder_that_must_be_looked_up_is_believed_when_a_list_says_that_it_lives() {
    let world = World::flat();
    let mut case = world.right();
    let mut responder = Responder::of(&world.root);
    responder.draft = responder
        .draft
        .without(oid::OCSP_NO_CHECK);
    case.evidence.ocsp = vec![responder.answers(&world, &about(&world, &case, Said::Good))];
    // Lists of a scope that leaves the leaf out, so that only the response tells its status.
    let point = pki::issuing_point(Some(&pki::sandbox("Responders")), &[]);
    let own = world.root.list().with(point.clone());
    let mut with = |lists: &[ListDraft]| {
        let point = pki::distribution_point(&pki::sandbox("Responders"));
        responder.draft = responder.draft.clone().with(point);
        case.evidence.ocsp = vec![responder.answers(&world, &about(&world, &case, Said::Good))];
        case.evidence.crls = lists
            .iter()
            .map(|list| list.sign(&world.root.key))
            .collect();
        case.run()
    };
    let unknown = |why| Err(PathError::StatusUnknown { index: 0, why });
    let not_told = unknown(StatusProblem::ResponderStatusUnknown);
    assert_eq!(with(std::slice::from_ref(&own)), Ok(()));
    assert_eq!(with(&[]), not_told);
    // Stale, from the future, about something else, of some reasons, of changes.
    let stale = own
        .clone()
        .made(NOW - 2 * DAY, Some(NOW - 1));
    assert_eq!(with(&[stale]), not_told);
    let ahead = own
        .clone()
        .made(NOW + 301, Some(NOW + DAY));
    assert_eq!(with(&[ahead]), not_told);
    let elsewhere = pki::issuing_point(Some(&pki::sandbox("Elsewhere")), &[]);
    assert_eq!(with(&[own.clone().with(elsewhere)]), not_told);
    let some = pki::issuing_point(Some(&pki::sandbox("Responders")), &[0x83, 0x02, 0x06, 0x40]);
    assert_eq!(with(&[own.clone().with(some)]), not_told);
    let delta = Ext::new(rfc5280::ID_CE_DELTA_CRL_INDICATOR, true, [0x02, 0x01, 0x06]);
    assert_eq!(with(&[own.clone().with(delta)]), not_told);
    for reason in [1, 6, 10] {
        let dead = own
            .clone()
            .revoke(&[0x61], NOW - DAY, reason);
        assert_eq!(
            with(&[dead]),
            unknown(StatusProblem::ResponderRevoked),
            "{reason}"
        );
    }
}

#[test]
fn a_response_of_tomorrow_is_not_used() {
    for (produced_at, this_update, expected) in [
        (NOW + 300, NOW + 300, None),
        (NOW + 301, NOW - 60, Some(NOW + 301)),
        (NOW - 60, NOW + 301, Some(NOW + 301)),
        (
            NOW + 3_000 * DAY,
            NOW + 3_000 * DAY,
            Some(NOW + 3_000 * DAY),
        ),
    ] {
        let case = by_the_root(Said::Good, |r| {
            (r.produced_at, r.this_update) = (produced_at, this_update);
            r.next_update = Some(NOW + 4_000 * DAY);
        });
        match expected {
            None => accepted(&case),
            Some(made_at) => {
                let made_at = at(made_at);
                unknown(&case, StatusProblem::FromTheFuture { made_at });
            }
        }
    }
    // What it says to be dead is dead: an authority's clock may run ahead, but it does not take a revocation back.
    let case = by_the_root(Said::Revoked(NOW - DAY, 1), |r| r.this_update = NOW + DAY);
    assert!(matches!(case.run(), Err(PathError::Revoked { .. })));
}

#[test]
fn a_responder_is_named_in_any_string_type() {
    let world = World::flat();
    let mut case = world.right();
    case.evidence.crls.clear();
    let responder = Responder::of(&world.root);
    let name = responder.draft.subject.clone();
    for tag in [pki::UTF8, pki::PRINTABLE, pki::TELETEX, pki::BMP] {
        let mut response = about(&world, &case, Said::Good);
        response.by_name = Some(pki::retyped(&name, tag));
        case.evidence.ocsp = vec![responder.answers(&world, &response)];
        accepted(&case);
        // And so is the issuer in the responder's certificate.
        let issuer = pki::retyped(&world.root.name, tag);
        let mut retyped = Responder::of(&world.root);
        retyped.draft.issuer = issuer;
        case.evidence.ocsp = vec![retyped.answers(&world, &about(&world, &case, Said::Good))];
        accepted(&case);
    }
    let mut response = about(&world, &case, Said::Good);
    response.by_name = Some(pki::sandbox("Another"));
    case.evidence.ocsp = vec![responder.answers(&world, &response)];
    unknown(&case, StatusProblem::ResponderNotAuthorised);
}

#[test]
fn an_issuer_whose_name_is_hashed_as_the_certificate_writes_it_is_meant() {
    let world = World::flat();
    let mut draft = world.draft();
    draft.issuer = pki::retyped(&world.root.name, pki::BMP);
    let mut case = world.case(&draft);
    case.evidence.crls.clear();
    let mut response = about(&world, &case, Said::Good);
    case.evidence.ocsp = vec![response.sign(&world.root.key)];
    accepted(&case);
    response.issuer_name = Some(draft.issuer.clone());
    case.evidence.ocsp = vec![response.sign(&world.root.key)];
    accepted(&case);
    response.issuer_name = Some(pki::sandbox("Another"));
    case.evidence.ocsp = vec![response.sign(&world.root.key)];
    unknown(&case, StatusProblem::WrongIssuer);
}

#[test]
fn what_nobody_needs_in_a_response_spoils_nothing() {
    let world = World::flat();
    let mut case = world.right();
    case.evidence.crls.clear();
    let responder = Responder::of(&world.root);
    let own = responder
        .draft
        .sign(&world.root.key)
        .der()
        .to_vec();
    let no_certificate = tlv::element(tlv::SEQUENCE, b"\x02\x01\x05");
    let overlong = responder
        .draft
        .clone()
        .serial(&[0x11; 30])
        .sign_der(&world.root.key);
    let mut many = vec![no_certificate.clone(); 20];
    many.push(own.clone());
    for certificates in [
        vec![no_certificate, own.clone()],
        vec![overlong, own.clone()],
        many,
    ] {
        let mut response = about(&world, &case, Said::Good);
        response.raw_certificates = certificates;
        case.evidence.ocsp = vec![response.sign(&responder.key)];
        accepted(&case);
    }
    // A reason without a name is a reason.
    for reason in [7, 8, 10, 11] {
        let said = Said::Revoked(NOW - DAY, reason);
        case.evidence.ocsp = vec![about(&world, &case, said).sign(&world.root.key)];
        let error = PathError::Revoked {
            serial: *case.leaf.serial(),
            at: at(NOW - DAY),
            reason: RevocationReason::Unspecified,
            source: StatusSource::Ocsp,
        };
        refused(&case, error);
    }
}

#[test]
fn each_piece_that_does_not_tell_says_why() {
    let world = World::flat();
    let mut case = world.right();
    let stranger = Authority::root("Other");
    let list = |change: &dyn Fn(ListDraft) -> ListDraft| change(world.root.list());
    let delta = Ext::new(
        rfc5280::ID_CE_DELTA_CRL_INDICATOR,
        false,
        [0x02, 0x01, 0x06],
    );
    let some = pki::issuing_point(None, &[0x83, 0x02, 0x06, 0x40]);
    let elsewhere = pki::issuing_point(Some(&pki::sandbox("Elsewhere")), &[]);
    case.evidence.crls = vec![
        stranger.list().sign(&stranger.key),
        list(&|l| l).sign(&p256()),
        list(&|l| l.made(NOW - 2 * DAY, Some(NOW - 1))).sign(&world.root.key),
        list(&|l| l.made(NOW + 301, Some(NOW + DAY))).sign(&world.root.key),
        list(&|l| l.with(delta.clone())).sign(&world.root.key),
        list(&|l| l.with(some.clone())).sign(&world.root.key),
        list(&|l| l.with(elsewhere.clone())).sign(&world.root.key),
        list(&|l| l.made(NOW - DAY, None)).sign(&world.root.key),
    ];
    case.evidence.ocsp = vec![
        about(&world, &case, Said::Unknown).sign(&world.root.key),
        about(&world, &case, Said::Good).sign(&p256()),
    ];
    let anchors = TrustAnchors::new(case.anchors.clone());
    let examination = examine(
        &case.leaf,
        &[],
        &anchors,
        &case.evidence,
        &case.requirements,
    );
    let found: Vec<_> = examination
        .refused_evidence()
        .iter()
        .map(|refused| (refused.index, refused.source, refused.position, refused.why))
        .collect();
    let (crl, ocsp) = (StatusSource::Crl, StatusSource::Ocsp);
    let next_update = at(NOW - 1);
    let made_at = at(NOW + 301);
    // The list of some reasons tells as much as it can, and is asked for the rest.
    let expected = [
        (0, crl, 0, StatusProblem::WrongIssuer),
        (0, crl, 1, StatusProblem::BadSignature),
        (0, crl, 2, StatusProblem::Stale { next_update }),
        (0, crl, 3, StatusProblem::FromTheFuture { made_at }),
        (0, crl, 4, StatusProblem::Delta),
        (0, crl, 5, StatusProblem::SomeReasons),
        (0, crl, 6, StatusProblem::WrongDistributionPoint),
        (0, crl, 7, StatusProblem::NoNextUpdate),
        (0, ocsp, 0, StatusProblem::UnknownToResponder),
        (0, ocsp, 1, StatusProblem::ResponderNotAuthorised),
    ];
    assert_eq!(found, expected);
    for (_, _, _, why) in expected {
        assert!(!why.in_japanese().is_empty() && !why.to_string().is_empty());
    }
    let why = StatusProblem::UnknownToResponder;
    let last = examination.problems().last();
    assert_eq!(last, Some(&PathError::StatusUnknown { index: 0, why }));
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
