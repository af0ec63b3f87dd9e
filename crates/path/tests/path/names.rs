//! Name constraints.

use crate::{
    pki::{Ext, directory, name, name_constraints},
    world::{World, accepted, refused},
};
use const_oid::db::rfc5280;
use shirushi_asn1::tlv;
use shirushi_path::{BudgetUnit, PathError};

fn city(unit: &str) -> Vec<u8> {
    directory(&name(&[("C", "JP"), ("L", unit)]))
}

#[test]
fn a_subject_within_the_permitted_subtree_is_accepted() {
    let world = World::with_ca(|d| d.with(name_constraints(&[city("tokyo-TO")], &[])));
    accepted(&world.right());
}

#[test]
fn a_subject_outside_the_permitted_subtree_is_refused() {
    let world = World::with_ca(|d| d.with(name_constraints(&[city("Osaka-fu")], &[])));
    refused(&world.right(), PathError::NameConstraint { index: 0 });
}

#[test]
fn a_subject_within_an_excluded_subtree_is_refused() {
    let world = World::with_ca(|d| d.with(name_constraints(&[], &[city("Tokyo-to")])));
    refused(&world.right(), PathError::NameConstraint { index: 0 });
}

#[test]
fn exclusion_wins_over_permission() {
    let both = name_constraints(&[city("Tokyo-to")], &[city("Tokyo-to")]);
    let world = World::with_ca(|d| d.with(both));
    refused(&world.right(), PathError::NameConstraint { index: 0 });
}

#[test]
fn constraints_of_every_level_bind() {
    let mut world =
        World::with_ca(|d| d.with(name_constraints(&[directory(&name(&[("C", "JP")]))], &[])));
    world.add("Lower", |d| {
        d.with(name_constraints(&[city("Osaka-fu")], &[]))
    });
    refused(&world.right(), PathError::NameConstraint { index: 0 });
}

#[test]
fn a_ca_outside_the_permitted_subtree_is_refused() {
    let mut world = World::with_ca(|d| d.with(name_constraints(&[city("Tokyo-to")], &[])));
    world.add("Lower", |draft| draft);
    refused(&world.right(), PathError::NameConstraint { index: 1 });
}

#[test]
fn a_constraint_of_a_form_that_is_not_processed_refuses_names_of_that_form() {
    let dns = tlv::element(0x82, b"example.jp");
    let world = World::with_ca(|d| d.with(name_constraints(std::slice::from_ref(&dns), &[])));
    accepted(&world.right());
    let names = tlv::element(tlv::SEQUENCE, &dns);
    let leaf = world
        .draft()
        .with(Ext::new(rfc5280::ID_CE_SUBJECT_ALT_NAME, false, names));
    refused(&world.case(&leaf), PathError::NameConstraint { index: 0 });
}

#[test]
fn an_alternative_directory_name_is_constrained_too() {
    let world = World::with_ca(|d| d.with(name_constraints(&[], &[city("Osaka-fu")])));
    let names = tlv::element(tlv::SEQUENCE, &city("Osaka-fu"));
    let leaf = world
        .draft()
        .with(Ext::new(rfc5280::ID_CE_SUBJECT_ALT_NAME, false, names));
    refused(&world.case(&leaf), PathError::NameConstraint { index: 0 });
}

#[test]
fn constraints_that_cannot_be_read_are_refused() {
    let broken = Ext::new(rfc5280::ID_CE_NAME_CONSTRAINTS, true, [0x04, 0x00]);
    let world = World::with_ca(|d| d.with(broken));
    let oid = rfc5280::ID_CE_NAME_CONSTRAINTS;
    refused(&world.right(), PathError::Extension { index: 1, oid });
}

#[test]
fn many_constraints_exhaust_the_budget() {
    let many: Vec<_> = (0..200)
        .map(|n| city(&format!("City {n}")))
        .collect();
    let world = World::with_ca(|d| d.with(name_constraints(&[], &many)));
    let mut case = world.right();
    accepted(&case);
    case.requirements
        .budget
        .name_comparisons = 199;
    let unit = BudgetUnit::NameComparisons;
    refused(&case, PathError::BudgetExhausted { unit, limit: 199 });
}
