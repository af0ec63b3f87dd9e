//! Which certificates a revocation list covers.

use crate::{
    lists::{unknown, with_lists},
    pki::{self, Authority, DAY, NOW, distribution_point, issuing_point, point_name},
    world::{World, accepted},
};
use const_oid::db::rfc5280;
use shirushi_path::{PathError, StatusProblem};

#[test]
fn the_list_of_another_municipality_does_not_cover_the_certificate() {
    let world = World::flat();
    let elsewhere = issuing_point(Some(&point_name("Hanko-shi CRLDP")), &[]);
    let list = world.root.list().with(elsewhere);
    unknown(
        &with_lists(&world, &[list]),
        StatusProblem::WrongDistributionPoint,
    );
}

#[test]
fn a_list_without_a_scope_covers_everything_of_its_issuer() {
    let world = World::flat();
    accepted(&with_lists(&world, &[world.root.full_list()]));
}

#[test]
fn a_certificate_without_a_point_is_covered_by_the_list_named_after_its_issuer() {
    let world = World::flat();
    let leaf = world
        .draft()
        .without(rfc5280::ID_CE_CRL_DISTRIBUTION_POINTS);
    let mut case = world.case(&leaf);
    let own = world
        .root
        .list()
        .with(issuing_point(Some(&world.root.name), &[]));
    case.evidence.crls = vec![own.sign(&world.root.key)];
    accepted(&case);
    case.evidence.crls = vec![world.root.list().sign(&world.root.key)];
    unknown(&case, StatusProblem::WrongDistributionPoint);
}

#[test]
fn scopes_that_leave_something_out_do_not_cover_the_certificate() {
    let world = World::flat();
    let elsewhere = StatusProblem::WrongDistributionPoint;
    for (what, fields, why) in [
        ("onlyContainsCACerts", &[0x82, 0x01, 0xff][..], elsewhere),
        (
            "onlySomeReasons",
            &[0x83, 0x02, 0x06, 0x40],
            StatusProblem::SomeReasons,
        ),
        ("indirectCRL", &[0x84, 0x01, 0xff], elsewhere),
        ("onlyContainsAttributeCerts", &[0x85, 0x01, 0xff], elsewhere),
    ] {
        let list = world
            .root
            .list()
            .with(issuing_point(None, fields));
        let case = with_lists(&world, &[list]);
        assert_eq!(
            case.run(),
            Err(PathError::StatusUnknown { index: 0, why }),
            "{what}"
        );
    }
    let users = world
        .root
        .list()
        .with(issuing_point(None, &[0x81, 0x01, 0xff]));
    accepted(&with_lists(&world, &[users]));
}

#[test]
fn a_point_of_another_crl_issuer_is_not_the_issuers_own_list() {
    let world = World::flat();
    let name = point_name("Shirushi-shi CRLDP");
    let mut point = distribution_point(&name);
    let outer = shirushi_asn1::tlv::only("x", &point.value, 0x30).unwrap();
    let inner = shirushi_asn1::tlv::only("x", outer.content, 0x30).unwrap();
    let other = pki::directory(&pki::sandbox("Other"));
    let parts = [inner.content, &shirushi_asn1::tlv::element(0xa2, &other)].concat();
    point.value = shirushi_asn1::tlv::element(0x30, &shirushi_asn1::tlv::element(0x30, &parts));
    let mut case = world.case(&world.draft().with(point));
    case.evidence.crls = vec![world.root.list().sign(&world.root.key)];
    unknown(&case, StatusProblem::WrongDistributionPoint);
}

/// The list that each authority of the city publishes beside those of its holders (ARL).
#[test]
fn a_list_of_authorities_speaks_of_authorities_alone() {
    let world = World::with_ca(|draft| draft);
    let of_authorities = |ca: &Authority| {
        let own = issuing_point(Some(&ca.name), &[0x82, 0x01, 0xff]);
        ca.list().with(own)
    };
    let [sub] = &world.cas[..] else {
        unreachable!("one below the root")
    };
    let root_list = of_authorities(&world.root);
    let root_key = &world.root.key;
    let mut case = world.right();
    case.evidence.crls = vec![root_list.sign(root_key), sub.full_list().sign(&sub.key)];
    accepted(&case);
    // With it and the holder's municipality's each certificate of the path has its list; it stands for neither of the others.
    case.evidence.crls[1] = sub.list().sign(&sub.key);
    accepted(&case);
    case.evidence.crls[1] = of_authorities(sub).sign(&sub.key);
    unknown(&case, StatusProblem::WrongDistributionPoint);
    let leaf = world
        .draft()
        .without(rfc5280::ID_CE_CRL_DISTRIBUTION_POINTS);
    let mut without_point = world.case(&leaf);
    without_point.evidence = case.evidence.clone();
    unknown(&without_point, StatusProblem::WrongDistributionPoint);
    // Whom it names is dead.
    let serial = sub
        .certificate
        .serial()
        .to_der_content();
    let dead = root_list.revoke(&serial, NOW - DAY, 2);
    case.evidence.crls = vec![dead.sign(root_key), sub.list().sign(&sub.key)];
    let refused = case.run();
    assert!(
        matches!(refused, Err(PathError::Revoked { .. })),
        "{refused:?}"
    );
}
