//! What makes a certificate an authority's.

use crate::{
    pki::{self, Authority, Draft, Ext, basic_constraints, key_usage, now, p256, sandbox},
    world::{World, accepted, refused},
};
use const_oid::db::rfc5280;
use shirushi_crypto::SigningKey;
use shirushi_path::{
    Budget, BudgetUnit, Evidence, PathError, Requirements, TrustAnchors, validate,
};
use shirushi_profile::CertificateKind;
use std::sync::Arc;

#[test]
fn ghsa_58hw_an_intermediate_without_basic_constraints_is_no_ca() {
    let world = World::with_ca(|draft| draft.without(rfc5280::ID_CE_BASIC_CONSTRAINTS));
    refused(&world.right(), PathError::NotACa { index: 1 });
}

#[test]
fn ghsa_58hw_an_intermediate_that_says_it_is_no_ca_is_none() {
    let none = Ext::new(rfc5280::ID_CE_BASIC_CONSTRAINTS, true, [0x30, 0x00]);
    let world = World::with_ca(|draft| draft.with(none));
    refused(&world.right(), PathError::NotACa { index: 1 });
}

#[test]
fn ghsa_58hw_a_citizens_certificate_issues_nothing() {
    let world = World::flat();
    let citizen = world.draft().sign(&world.root.key);
    let mut forged = world
        .draft()
        .subject(&sandbox("Victim"));
    forged.issuer = citizen.subject_der().to_vec();
    forged = forged.with(pki::authority_key(&world.key.public_key().key_identifier()));
    let mut case = world.case_of(forged.sign(&world.key));
    case.intermediates.push(citizen);
    refused(&case, PathError::NotACa { index: 1 });
}

#[test]
fn ghsa_58hw_a_ca_without_key_usage_is_refused() {
    let world = World::with_ca(|draft| draft.without(rfc5280::ID_CE_KEY_USAGE));
    refused(&world.right(), PathError::KeyUsage { index: 1 });
}

#[test]
fn ghsa_58hw_a_ca_that_may_not_sign_certificates_is_refused() {
    let only_lists = key_usage(&[0x03, 0x02, 0x01, 0x02]);
    let world = World::with_ca(|draft| draft.with(only_lists));
    refused(&world.right(), PathError::KeyUsage { index: 1 });
}

#[test]
fn an_anchor_that_is_no_ca_issues_nothing() {
    let mut world = World::flat();
    let key = Arc::clone(&world.root.key);
    world.root.certificate = Draft::ca(&world.root.name, &world.root.name, &key)
        .without(rfc5280::ID_CE_BASIC_CONSTRAINTS)
        .sign(&key);
    refused(&world.right(), PathError::NotACa { index: 1 });
}

#[test]
fn a_path_length_of_zero_allows_a_leaf_and_no_ca_below() {
    let mut world = World::with_ca(|draft| draft.with(basic_constraints(Some(0))));
    accepted(&world.right());
    world.add("Lower", |draft| draft);
    refused(&world.right(), PathError::PathTooLong { index: 2 });
}

#[test]
fn a_path_length_of_one_allows_one_ca_below() {
    let mut world = World::with_ca(|draft| draft.with(basic_constraints(Some(1))));
    world.add("Lower", |draft| draft);
    accepted(&world.right());
    world.add("Lowest", |draft| draft);
    refused(&world.right(), PathError::PathTooLong { index: 3 });
}

#[test]
fn a_certificate_that_a_ca_issues_to_itself_does_not_count_as_length() {
    let mut world = World::with_ca(|draft| draft.with(basic_constraints(Some(0))));
    let old = world.lowest().clone();
    // A new key under the same name, certified with the old one (RFC 5280 §6.1.4(l)).
    world.add("Sub", |draft| draft.serial(&[0x55]));
    let mut case = world.right();
    case.evidence
        .crls
        .push(old.full_list().sign(&old.key));
    accepted(&case);
}

#[test]
fn a_path_longer_than_the_budget_is_refused() {
    let mut world = World::flat();
    for unit in ["A", "BB", "CCC"] {
        world.add(unit, |draft| draft);
    }
    let mut case = world.right();
    case.requirements.budget.path_length = 3;
    refused(&case, PathError::PathTooLong { index: 2 });
    case.requirements.budget.path_length = 4;
    accepted(&case);
}

#[test]
fn a_loop_of_authorities_ends() {
    let (a, b) = (Authority::root("A"), Authority::root("B"));
    let cross = |issuer: &Authority, subject: &Authority| {
        Draft::ca(&issuer.name, &subject.name, &subject.key).sign(&issuer.key)
    };
    let leaf = a.signature_draft(&p256()).sign(&a.key);
    let intermediates = [cross(&a, &b), cross(&b, &a)];
    let anchors = TrustAnchors::new(vec![Authority::root("C").certificate]);
    let requirements = Requirements::new(CertificateKind::Signature, now());
    let refused = validate(
        &leaf,
        &intermediates,
        &anchors,
        &Evidence::default(),
        &requirements,
    );
    assert!(matches!(refused, Err(PathError::UntrustedIssuer { .. })));
}

#[test]
fn a_hundred_authorities_of_one_name_exhaust_the_budget_and_not_the_verifier() {
    let world = World::flat();
    let leaf = world
        .draft()
        .without(rfc5280::ID_CE_AUTHORITY_KEY_IDENTIFIER);
    let mut case = world.case(&leaf);
    case.anchors.clear();
    case.intermediates = (0..101)
        .map(|_| Authority::root("Root").certificate)
        .collect();
    let limit = Budget::default().signatures;
    refused(
        &case,
        PathError::BudgetExhausted {
            unit: BudgetUnit::Signatures,
            limit,
        },
    );
}
