//! Certificate policies.

use crate::{
    pki::{Ext, policies},
    world::{World, accepted, refused},
};
use const_oid::{ObjectIdentifier, db::rfc5280};
use der::Encode;
use shirushi_asn1::{oid, tlv};
use shirushi_path::{Budget, BudgetUnit, PathError};

const ANY_POLICY: ObjectIdentifier = rfc5280::ANY_POLICY;
const OTHER_POLICY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.25.4711.1");
const SIGNATURE: ObjectIdentifier = oid::POLICY_SIGNATURE_TEST;

fn constraints_of_policies(explicit: Option<u8>, mapping: Option<u8>) -> Ext {
    let mut content = Vec::new();
    for (tag, value) in [(0x80, explicit), (0x81, mapping)] {
        if let Some(value) = value {
            tlv::push(&mut content, tag, &[value]);
        }
    }
    Ext::new(
        rfc5280::ID_CE_POLICY_CONSTRAINTS,
        true,
        tlv::element(tlv::SEQUENCE, &content),
    )
}

fn mapping(pairs: &[(ObjectIdentifier, ObjectIdentifier)]) -> Ext {
    let list: Vec<u8> = pairs
        .iter()
        .flat_map(|(issuer, subject)| {
            let pair = [issuer.to_der().unwrap(), subject.to_der().unwrap()].concat();
            tlv::element(tlv::SEQUENCE, &pair)
        })
        .collect();
    Ext::new(
        rfc5280::ID_CE_POLICY_MAPPINGS,
        true,
        tlv::element(tlv::SEQUENCE, &list),
    )
}

fn inhibit_any(skip: u8) -> Ext {
    Ext::new(
        rfc5280::ID_CE_INHIBIT_ANY_POLICY,
        true,
        vec![0x02, 0x01, skip],
    )
}

const LOST_AT_LEAF: PathError = PathError::PolicyNotAccepted { index: 0 };

#[test]
fn the_policy_asked_for_is_accepted_when_every_ca_has_it() {
    let world = World::with_ca(|d| d.with(policies(&[SIGNATURE])));
    accepted(&world.right().accepting(&[SIGNATURE]));
}

#[test]
fn any_policy_of_a_ca_lets_every_policy_through() {
    let world = World::with_ca(|d| d.with(policies(&[ANY_POLICY])));
    accepted(&world.right().accepting(&[SIGNATURE]));
}

#[test]
fn a_ca_of_another_policy_spoils_the_leafs() {
    let world = World::with_ca(|d| d.with(policies(&[OTHER_POLICY])));
    refused(&world.right().accepting(&[SIGNATURE]), LOST_AT_LEAF);
}

#[test]
fn a_policy_that_is_not_accepted_is_refused() {
    let world = World::flat();
    refused(&world.right().accepting(&[OTHER_POLICY]), LOST_AT_LEAF);
}

#[test]
fn without_a_demand_for_policies_a_ca_without_any_is_accepted() {
    accepted(&World::with_ca(|draft| draft).right());
    let demanding = World::with_ca(|draft| draft)
        .right()
        .accepting(&[SIGNATURE]);
    refused(&demanding, PathError::PolicyNotAccepted { index: 1 });
}

#[test]
fn a_ca_can_demand_an_explicit_policy_of_those_below() {
    let mut world = World::with_ca(|d| {
        d.with(policies(&[SIGNATURE]))
            .with(constraints_of_policies(Some(0), None))
    });
    accepted(&world.right());
    world.add("Lower", |draft| draft);
    refused(&world.right(), PathError::PolicyNotAccepted { index: 1 });
}

#[test]
fn an_explicit_policy_can_be_demanded_from_one_certificate_later() {
    let strict = |skip| {
        World::with_ca(move |d| {
            d.with(policies(&[OTHER_POLICY]))
                .with(constraints_of_policies(Some(skip), None))
        })
    };
    refused(&strict(0).right(), LOST_AT_LEAF);
    refused(&strict(1).right(), LOST_AT_LEAF);
    accepted(&strict(2).right());
}

#[test]
fn a_mapped_policy_is_accepted_under_the_name_of_the_upper_domain() {
    let world = World::with_ca(|d| {
        d.with(policies(&[OTHER_POLICY]))
            .with(mapping(&[(OTHER_POLICY, SIGNATURE)]))
    });
    accepted(&world.right().accepting(&[OTHER_POLICY]));
    refused(&world.right().accepting(&[SIGNATURE]), LOST_AT_LEAF);
}

#[test]
fn a_mapping_out_of_any_policy_is_accepted() {
    let world = World::with_ca(|d| {
        d.with(policies(&[ANY_POLICY]))
            .with(mapping(&[(OTHER_POLICY, SIGNATURE)]))
    });
    accepted(&world.right().accepting(&[OTHER_POLICY]));
}

#[test]
fn a_mapping_can_be_inhibited_from_above() {
    let mut world = World::with_ca(|d| {
        d.with(policies(&[OTHER_POLICY]))
            .with(constraints_of_policies(None, Some(0)))
    });
    world.add("Lower", |d| {
        d.with(policies(&[OTHER_POLICY]))
            .with(mapping(&[(OTHER_POLICY, SIGNATURE)]))
    });
    refused(&world.right().accepting(&[OTHER_POLICY]), LOST_AT_LEAF);
}

#[test]
fn any_policy_is_never_mapped() {
    for pair in [(ANY_POLICY, SIGNATURE), (SIGNATURE, ANY_POLICY)] {
        let world = World::with_ca(|d| {
            d.with(policies(&[SIGNATURE]))
                .with(mapping(&[pair]))
        });
        let oid = rfc5280::ID_CE_POLICY_MAPPINGS;
        refused(&world.right(), PathError::Extension { index: 1, oid });
    }
}

#[test]
fn any_policy_can_be_inhibited() {
    let world = |skip: u8| {
        let mut world = World::with_ca(|d| {
            d.with(policies(&[SIGNATURE]))
                .with(inhibit_any(skip))
        });
        world.add("Lower", |d| d.with(policies(&[ANY_POLICY])));
        world
    };
    accepted(&world(1).right().accepting(&[SIGNATURE]));
    let inhibited = world(0).right().accepting(&[SIGNATURE]);
    refused(&inhibited, PathError::PolicyNotAccepted { index: 1 });
}

#[test]
fn a_policy_listed_twice_is_refused() {
    let world = World::with_ca(|d| d.with(policies(&[SIGNATURE, SIGNATURE])));
    let oid = rfc5280::ID_CE_CERTIFICATE_POLICIES;
    refused(&world.right(), PathError::Extension { index: 1, oid });
}

#[test]
fn hostile_mappings_do_not_explode() {
    let all: Vec<_> = (0..30)
        .map(|n| ObjectIdentifier::new(&format!("2.25.4711.5.{n}")).unwrap())
        .collect();
    let everything: Vec<_> = all
        .iter()
        .flat_map(|a| all.iter().map(move |b| (*a, *b)))
        .collect();
    let mut world = World::flat();
    for unit in ["A", "BB", "CCC", "DDDD"] {
        let (listed, mapped) = (policies(&all), mapping(&everything));
        world.add(unit, |d| d.with(listed).with(mapped));
    }
    let limit = Budget::default().policy_nodes;
    let unit = BudgetUnit::PolicyNodes;
    refused(&world.right(), PathError::BudgetExhausted { unit, limit });
}
