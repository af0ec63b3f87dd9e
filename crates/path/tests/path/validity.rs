//! When a certificate is valid.

use crate::{
    pki::{Authority, DAY, Draft, NOW, at, now, p256, sandbox},
    world::{World, accepted, refused},
};
use shirushi_path::PathError;
use std::sync::Arc;

#[test]
fn ghsa_58hw_an_expired_certificate_is_refused() {
    let world = World::flat();
    let leaf = world
        .draft()
        .valid(NOW - 10 * DAY, NOW - 1);
    let expired = PathError::Expired {
        index: 0,
        not_after: at(NOW - 1),
        at: now(),
    };
    refused(&world.case(&leaf), expired);
}

#[test]
fn ghsa_58hw_a_certificate_from_the_future_is_refused() {
    let world = World::flat();
    let leaf = world.draft().valid(NOW + 1, NOW + DAY);
    let early = PathError::NotYetValid {
        index: 0,
        not_before: at(NOW + 1),
        at: now(),
    };
    refused(&world.case(&leaf), early);
}

#[test]
fn both_ends_of_the_validity_belong_to_it() {
    let world = World::flat();
    accepted(&world.case(&world.draft().valid(NOW, NOW + DAY)));
    accepted(&world.case(&world.draft().valid(NOW - DAY, NOW)));
}

#[test]
fn an_expired_intermediate_is_refused() {
    let world = World::with_ca(|draft| draft.valid(NOW - 10 * DAY, NOW - DAY));
    let expired = PathError::Expired {
        index: 1,
        not_after: at(NOW - DAY),
        at: now(),
    };
    refused(&world.right(), expired);
}

#[test]
fn an_expired_anchor_is_refused() {
    let mut world = World::flat();
    let key = Arc::clone(&world.root.key);
    world.root.certificate = Draft::ca(&world.root.name, &world.root.name, &key)
        .valid(NOW - 10 * DAY, NOW - DAY)
        .sign(&key);
    let expired = PathError::Expired {
        index: 1,
        not_after: at(NOW - DAY),
        at: now(),
    };
    refused(&world.right(), expired);
}

#[test]
fn of_two_certificates_of_a_ca_the_valid_one_is_taken() {
    let mut world = World::flat();
    let key = p256();
    let name = sandbox("Sub");
    let issue = |world: &World, serial: u8, until: i64| {
        Draft::ca(&world.root.name, &name, &key)
            .serial(&[serial])
            .valid(NOW - 10 * DAY, until)
            .sign(&world.root.key)
    };
    let (old, new) = (
        issue(&world, 0x31, NOW - DAY),
        issue(&world, 0x32, NOW + DAY),
    );
    world.cas.push(Authority {
        key: Arc::clone(&key),
        name: name.clone(),
        certificate: new,
    });
    let mut case = world.right();
    case.intermediates.insert(0, old);
    accepted(&case);
}
