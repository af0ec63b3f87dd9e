//! The two kinds of certificates.

use crate::{
    pki::{self, extended_usage, key_usage},
    world::{World, accepted, refused},
};
use const_oid::db::rfc5280;
use shirushi_path::PathError;
use shirushi_profile::CertificateKind;

#[test]
fn an_authentication_certificate_is_no_signature_certificate() {
    let world = World::flat();
    let case = world.case(
        &world
            .root
            .authentication_draft(&world.key),
    );
    let found = Some(CertificateKind::Authentication);
    refused(
        &case,
        PathError::WrongKind {
            expected: CertificateKind::Signature,
            found,
        },
    );
}

#[test]
fn an_authentication_certificate_is_accepted_where_one_is_wanted() {
    let world = World::flat();
    let mut case = world.case(
        &world
            .root
            .authentication_draft(&world.key),
    );
    case.requirements.kind = CertificateKind::Authentication;
    accepted(&case);
}

#[test]
fn a_certificate_without_a_policy_is_of_no_kind() {
    let world = World::flat();
    let leaf = world
        .draft()
        .without(rfc5280::ID_CE_CERTIFICATE_POLICIES);
    let expected = CertificateKind::Signature;
    refused(
        &world.case(&leaf),
        PathError::WrongKind {
            expected,
            found: None,
        },
    );
}

#[test]
fn ghsa_58hw_a_signature_certificate_without_key_usage_is_refused() {
    let world = World::flat();
    let leaf = world
        .draft()
        .without(rfc5280::ID_CE_KEY_USAGE);
    refused(&world.case(&leaf), PathError::KeyUsage { index: 0 });
}

#[test]
fn ghsa_58hw_a_signature_certificate_without_non_repudiation_is_refused() {
    let world = World::flat();
    let leaf = world
        .draft()
        .with(key_usage(pki::AUTHENTICATION_USAGE));
    refused(&world.case(&leaf), PathError::KeyUsage { index: 0 });
}

#[test]
fn a_key_for_encipherment_only_signs_nothing() {
    let world = World::flat();
    let leaf = world
        .draft()
        .with(key_usage(&[0x03, 0x02, 0x05, 0x20]));
    refused(&world.case(&leaf), PathError::KeyUsage { index: 0 });
}

#[test]
fn an_extended_key_usage_for_servers_does_not_sign_documents() {
    let world = World::flat();
    let leaf = world
        .draft()
        .with(extended_usage(&["1.3.6.1.5.5.7.3.1"]));
    refused(&world.case(&leaf), PathError::KeyUsage { index: 0 });
}
