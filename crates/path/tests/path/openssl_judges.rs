//! The same chains before openssl: it must say what we say.
//!
//! Left out are the points in which we are stricter on purpose (the kinds of JPKI, a CA without keyUsage) and those that openssl
//! takes as options.

use crate::{
    openssl::Openssl,
    pki::{
        Authority, DAY, Ext, NOW, basic_constraints, directory, issuing_point, key_usage, name,
        name_constraints, p256, point_name, policies,
    },
    world::{Case, World},
};
use const_oid::db::rfc5280;
use shirushi_asn1::oid;
use shirushi_profile::{Certificate, CertificateList};

/// What `openssl verify` says of the chain, at the instant asked for, with the status of every certificate.
fn openssl_accepts(case: &Case, options: &str) -> bool {
    let openssl = Openssl::new();
    let certificates = |file: &str, all: &[Certificate]| {
        let ders: Vec<_> = all
            .iter()
            .map(Certificate::der)
            .collect();
        openssl.write_pem(file, "CERTIFICATE", &ders);
    };
    certificates("leaf.pem", std::slice::from_ref(&case.leaf));
    certificates("anchors.pem", &case.anchors);
    certificates("untrusted.pem", &case.intermediates);
    let lists: Vec<_> = case
        .evidence
        .crls
        .iter()
        .map(CertificateList::der)
        .collect();
    openssl.write_pem("lists.pem", "X509 CRL", &lists);
    let untrusted = if case.intermediates.is_empty() {
        ""
    } else {
        "-untrusted untrusted.pem"
    };
    let lists = if lists.is_empty() {
        ""
    } else {
        "-CRLfile lists.pem"
    };
    let output = openssl.try_run(&format!(
        "verify -attime {NOW} -no-CAfile -no-CApath -CAfile anchors.pem {untrusted} {lists} \
         -extended_crl {options} leaf.pem"
    ));
    output.status.success()
}

#[track_caller]
fn agree(what: &str, case: &Case) {
    agree_with(what, case, "-crl_check_all");
}

/// The list of a municipality says nothing of the root, whose status openssl would ask as well.
#[track_caller]
fn leaf_only(what: &str, case: &Case) {
    agree_with(what, case, "-crl_check");
}

#[track_caller]
fn agree_with(what: &str, case: &Case, options: &str) {
    let ours = case.run();
    let theirs = openssl_accepts(case, options);
    assert_eq!(ours.is_ok(), theirs, "{what}: we say {ours:?}");
}

fn jp(unit: &str) -> Vec<u8> {
    directory(&name(&[("C", "JP"), ("L", unit)]))
}

#[test]
fn openssl_agrees_about_trust_and_time() {
    let flat = World::flat();
    agree("right", &flat.right());
    agree("forged", &flat.case_of(flat.draft().sign(&p256())));
    let mut other = flat.right();
    other.anchors = vec![Authority::root("Root").certificate];
    agree("another authority of the same name", &other);
    let generations = vec![
        Authority::root("Root").certificate,
        flat.root.certificate.clone(),
    ];
    let mut picked = flat.right();
    picked.anchors = generations;
    agree("two generations", &picked);
    agree(
        "expired",
        &flat.case(
            &flat
                .draft()
                .valid(NOW - 9 * DAY, NOW - 1),
        ),
    );
    agree("early", &flat.case(&flat.draft().valid(NOW + 1, NOW + DAY)));
    let unknown = Ext::new("2.25.4711.99".parse().unwrap(), true, [5, 0]);
    agree("unknown critical", &flat.case(&flat.draft().with(unknown)));
    let sub = World::with_ca(|draft| draft);
    agree("below an intermediate", &sub.right());
    let mut cut = sub.right();
    cut.intermediates.clear();
    agree("without the intermediate", &cut);
    agree(
        "an expired intermediate",
        &World::with_ca(|d| d.valid(NOW - 9 * DAY, NOW - 1)).right(),
    );
}

#[test]
fn openssl_agrees_about_authorities() {
    let no_ca = Ext::new(rfc5280::ID_CE_BASIC_CONSTRAINTS, true, [0x30, 0x00]);
    agree("CA:FALSE", &World::with_ca(|d| d.with(no_ca)).right());
    let lists_only = key_usage(&[0x03, 0x02, 0x01, 0x02]);
    agree(
        "no keyCertSign",
        &World::with_ca(|d| d.with(lists_only)).right(),
    );
    let certificates_only = key_usage(&[0x03, 0x02, 0x02, 0x04]);
    agree(
        "no cRLSign",
        &World::with_ca(|d| d.with(certificates_only)).right(),
    );
    let mut zero = World::with_ca(|d| d.with(basic_constraints(Some(0))));
    agree("length 0 above a leaf", &zero.right());
    zero.add("Lower", |draft| draft);
    agree("length 0 above a CA", &zero.right());
    let flat = World::flat();
    let citizen = flat.draft().sign(&flat.root.key);
    let mut forged = flat.draft();
    forged.issuer = citizen.subject_der().to_vec();
    let mut case = flat.case_of(
        forged
            .without(rfc5280::ID_CE_AUTHORITY_KEY_IDENTIFIER)
            .sign(&flat.key),
    );
    case.intermediates.push(citizen);
    agree("a citizen as CA", &case);
}

#[test]
fn openssl_agrees_about_names() {
    for (what, permitted, excluded) in [
        ("permitted", vec![jp("Tokyo-to")], vec![]),
        ("not permitted", vec![jp("Osaka-fu")], vec![]),
        ("excluded", vec![], vec![jp("Tokyo-to")]),
        ("not excluded", vec![], vec![jp("Osaka-fu")]),
        ("both", vec![jp("Tokyo-to")], vec![jp("Tokyo-to")]),
    ] {
        let world = World::with_ca(|d| d.with(name_constraints(&permitted, &excluded)));
        agree(what, &world.right());
    }
}

#[test]
fn openssl_agrees_about_policies() {
    let wanted = oid::POLICY_SIGNATURE_TEST;
    let options = format!("-crl_check_all -policy {wanted} -explicit_policy");
    let other = "2.25.4711.1".parse().unwrap();
    for (what, listed) in [
        ("the same", policies(&[wanted])),
        ("any", policies(&[rfc5280::ANY_POLICY])),
        ("another", policies(&[other])),
        ("both", policies(&[wanted, other])),
    ] {
        let world = World::with_ca(|d| d.with(listed));
        agree_with(what, &world.right().accepting(&[wanted]), &options);
    }
    let none = World::with_ca(|d| d)
        .right()
        .accepting(&[wanted]);
    agree_with("none", &none, &options);
}

#[test]
fn openssl_agrees_about_lists() {
    let world = World::flat();
    let own = |change: &dyn Fn(crate::pki::ListDraft) -> crate::pki::ListDraft| {
        let mut case = world.right();
        case.evidence.crls = vec![change(world.root.list()).sign(&world.root.key)];
        case
    };
    let serial = [0x41, 0x01];
    leaf_only("own point", &own(&|list| list));
    leaf_only("revoked", &own(&|list| list.revoke(&serial, NOW - DAY, 3)));
    leaf_only("held", &own(&|list| list.revoke(&serial, NOW - DAY, 6)));
    leaf_only(
        "another's entry",
        &own(&|list| list.revoke(&[0x41, 0x02], NOW - DAY, 3)),
    );
    leaf_only(
        "stale",
        &own(&|list| list.made(NOW - 2 * DAY, Some(NOW - 1))),
    );
    let elsewhere = issuing_point(Some(&point_name("Hanko-shi CRLDP")), &[]);
    leaf_only("another point", &own(&|list| list.with(elsewhere.clone())));
    let cas_only = issuing_point(None, &[0x82, 0x01, 0xff]);
    leaf_only("CAs only", &own(&|list| list.with(cas_only.clone())));
    let users_only = issuing_point(None, &[0x81, 0x01, 0xff]);
    leaf_only("users only", &own(&|list| list.with(users_only.clone())));
    let unknown = Ext::new("2.25.4711.98".parse().unwrap(), true, [5, 0]);
    leaf_only("unknown critical", &own(&|list| list.with(unknown.clone())));
    let mut none = world.right();
    none.evidence.crls.clear();
    leaf_only("no list", &none);
    let mut forged = world.right();
    forged.evidence.crls = vec![world.root.list().sign(&p256())];
    leaf_only("forged list", &forged);
}

#[test]
fn openssl_agrees_about_a_revoked_intermediate() {
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
    agree("revoked intermediate", &case);
}
