//! Who is trusted, and for what.

use crate::{
    pki::{Authority, Ext, name, p256, parsed_name, sandbox},
    world::{World, accepted, refused},
};
use const_oid::{ObjectIdentifier, db::rfc5280};
use shirushi_path::{Check, PathError, TrustAnchors, examine};
use shirushi_profile::Certificate;

const UNKNOWN: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.25.4711.99");

#[test]
fn a_certificate_below_the_anchor_is_accepted() {
    accepted(&World::flat().right());
}

#[test]
fn a_certificate_below_three_intermediates_is_accepted_in_any_order() {
    let mut world = World::flat();
    for unit in ["A", "BB", "CCC"] {
        world.add(unit, |draft| draft);
    }
    let mut case = world.right();
    accepted(&case);
    case.intermediates.reverse();
    accepted(&case);
}

#[test]
fn without_anchors_nobody_is_trusted() {
    let world = World::flat();
    let mut case = world.right();
    case.anchors.clear();
    let issuer = Box::new(parsed_name(&world.root.name));
    refused(&case, PathError::UntrustedIssuer { index: 0, issuer });
}

#[test]
fn a_missing_intermediate_leaves_the_leaf_untrusted() {
    let world = World::with_ca(|draft| draft);
    let mut case = world.right();
    case.intermediates.clear();
    let issuer = Box::new(parsed_name(&sandbox("Sub")));
    refused(&case, PathError::UntrustedIssuer { index: 0, issuer });
}

#[test]
fn an_intermediate_below_another_root_is_not_trusted() {
    let world = World::with_ca(|draft| draft);
    let mut case = world.right();
    case.anchors = vec![Authority::root("Elsewhere").certificate];
    let issuer = Box::new(parsed_name(&world.root.name));
    refused(&case, PathError::UntrustedIssuer { index: 1, issuer });
}

#[test]
fn a_root_sent_along_is_not_trusted_for_being_there() {
    let world = World::flat();
    let mut case = world.right();
    case.anchors = vec![Authority::root("Elsewhere").certificate];
    case.intermediates = vec![world.root.certificate.clone()];
    assert!(matches!(case.run(), Err(PathError::UntrustedIssuer { .. })));
}

#[test]
fn another_authority_of_the_same_name_is_not_trusted() {
    let world = World::flat();
    let mut case = world.right();
    case.anchors = vec![Authority::root("Root").certificate];
    let issuer = Box::new(parsed_name(&world.root.name));
    refused(&case, PathError::UntrustedIssuer { index: 0, issuer });
}

#[test]
fn among_generations_of_one_name_the_right_one_is_picked() {
    let world = World::flat();
    let mut case = world.right();
    case.anchors = vec![
        Authority::root("Root").certificate,
        world.root.certificate.clone(),
        Authority::root("Root").certificate,
    ];
    accepted(&case);
}

#[test]
fn without_key_identifiers_the_generation_is_found_by_trying_the_signature() {
    let world = World::flat();
    let leaf = world
        .draft()
        .without(rfc5280::ID_CE_AUTHORITY_KEY_IDENTIFIER);
    let mut case = world.case(&leaf);
    case.anchors
        .insert(0, Authority::root("Root").certificate);
    accepted(&case);
    case.anchors.pop();
    refused(&case, PathError::SignatureInvalid { index: 0 });
}

#[test]
fn an_issuer_claimed_by_key_identifier_must_have_signed() {
    let world = World::flat();
    let forged = world.draft().sign(&p256());
    refused(
        &world.case_of(forged),
        PathError::SignatureInvalid { index: 0 },
    );
}

#[test]
fn a_changed_byte_anywhere_in_the_content_breaks_the_signature() {
    let world = World::flat();
    let der = world.draft().sign_der(&world.root.key);
    let position = der
        .windows(4)
        .position(|w| w == b"TEST")
        .unwrap();
    let mut changed = der.clone();
    changed[position] = b'B';
    let case = world.case_of(Certificate::from_der(&changed).unwrap());
    refused(&case, PathError::SignatureInvalid { index: 0 });
}

#[test]
fn names_differing_in_case_and_spaces_only_are_the_same() {
    let world = World::flat();
    let mut leaf = world.draft();
    leaf.issuer = name(&[("C", "JP"), ("O", " Jpki-Sandbox "), ("OU", "ROOT")]);
    // The list is found by its issuer's bytes; only the path is asked here.
    let case = world.case(&leaf);
    let anchors = TrustAnchors::new(case.anchors.clone());
    let examined = examine(
        &case.leaf,
        &[],
        &anchors,
        &case.evidence,
        &case.requirements,
    );
    assert!(
        examined
            .problems()
            .iter()
            .all(|p| p.check() != Check::Trust)
    );
}

#[test]
fn an_unknown_critical_extension_of_the_leaf_is_refused() {
    let world = World::flat();
    let leaf = world
        .draft()
        .with(Ext::new(UNKNOWN, true, [5, 0]));
    refused(
        &world.case(&leaf),
        PathError::UnknownCritical {
            index: 0,
            oid: UNKNOWN,
        },
    );
}

#[test]
fn an_unknown_extension_that_is_not_critical_is_passed_over() {
    let world = World::flat();
    let leaf = world
        .draft()
        .with(Ext::new(UNKNOWN, false, [5, 0]));
    accepted(&world.case(&leaf));
}

#[test]
fn an_unknown_critical_extension_of_an_intermediate_is_refused() {
    let world = World::with_ca(|draft| draft.with(Ext::new(UNKNOWN, true, [5, 0])));
    refused(
        &world.right(),
        PathError::UnknownCritical {
            index: 1,
            oid: UNKNOWN,
        },
    );
}
