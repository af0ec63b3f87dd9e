//! Name constraints.

use crate::{
    pki::{self, Ext, directory, name, name_constraints},
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
    // registeredID
    let number = tlv::element(0x88, &[0x55, 0x04, 0x03]);
    let world = World::with_ca(|d| d.with(name_constraints(std::slice::from_ref(&number), &[])));
    accepted(&world.right());
    let names = tlv::element(tlv::SEQUENCE, &number);
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

/// The same person with an address in the subject.
fn with_address(tag: u8, address: &str) -> Vec<u8> {
    let whole = name(&[("C", "JP"), ("L", "Tokyo-to"), ("E", address)]);
    if tag == IA5 {
        return whole;
    }
    let from = tlv::element(IA5, address.as_bytes());
    let to = if tag == pki::BMP {
        let units = address
            .encode_utf16()
            .flat_map(u16::to_be_bytes);
        tlv::element(tag, &units.collect::<Vec<_>>())
    } else {
        tlv::element(tag, address.as_bytes())
    };
    let names = [("C", "JP"), ("L", "Tokyo-to")];
    let content = tlv::only("x", &whole, tlv::SEQUENCE)
        .unwrap()
        .content;
    let before = name(&names);
    let before = tlv::only("x", &before, tlv::SEQUENCE)
        .unwrap()
        .content;
    let rdn = tlv::only("x", &content[before.len()..], pki::SET).unwrap();
    let pair = tlv::only("x", rdn.content, tlv::SEQUENCE).unwrap();
    let oid = &pair.content[..pair.content.len() - from.len()];
    let pair = tlv::element(tlv::SEQUENCE, &[oid, &to].concat());
    let rdn = tlv::element(pki::SET, &pair);
    tlv::element(tlv::SEQUENCE, &[before, &rdn].concat())
}

const IA5: u8 = 0x16;

#[test]
fn an_address_in_the_subject_is_constrained_like_one_beside_it() {
    let mail = |text: &str| tlv::element(0x81, text.as_bytes());
    let refusal = PathError::NameConstraint { index: 0 };
    for (permitted, excluded, address, allowed) in [
        (&[mail("example.jp")][..], &[][..], "a@example.jp", true),
        (&[mail("example.jp")], &[], "a@example.com", false),
        (&[mail("example.jp")], &[], "a@sub.example.jp", false),
        (&[mail(".example.jp")], &[], "a@sub.example.jp", true),
        (&[], &[mail("example.jp")], "a@EXAMPLE.jp", false),
        (&[], &[mail("a@example.jp")], "a@example.jp", false),
        (&[], &[mail("a@example.jp")], "b@example.jp", true),
        (&[], &[mail("example.jp")], "no address", false),
    ] {
        let world = World::with_ca(|d| d.with(name_constraints(permitted, excluded)));
        for tag in [IA5, pki::UTF8, pki::PRINTABLE, pki::BMP] {
            let leaf = world
                .draft()
                .subject(&with_address(tag, address));
            let expected = if allowed && tag != pki::BMP {
                Ok(())
            } else {
                Err(refusal.clone())
            };
            assert_eq!(world.case(&leaf).run(), expected, "{address} {tag:02x}");
        }
        let names = tlv::element(tlv::SEQUENCE, &mail(address));
        let beside = Ext::new(rfc5280::ID_CE_SUBJECT_ALT_NAME, false, names);
        let leaf = world.draft().with(beside);
        assert_eq!(world.case(&leaf).run().is_ok(), allowed, "{address} beside");
    }
}

#[test]
fn an_excluded_name_is_not_escaped_by_another_string_type() {
    let world = World::with_ca(|d| d.with(name_constraints(&[], &[city("Tokyo-to")])));
    let person = pki::person("TESTA0000000000000013998001A");
    for tag in [pki::UTF8, pki::PRINTABLE, pki::TELETEX, pki::BMP] {
        let subject = pki::retyped(&person, tag);
        let leaf = world.draft().subject(&subject);
        refused(&world.case(&leaf), PathError::NameConstraint { index: 0 });
        let names = tlv::element(tlv::SEQUENCE, &directory(&subject));
        let leaf = world
            .draft()
            .subject(&name(&[("C", "JP")]))
            .with(Ext::new(rfc5280::ID_CE_SUBJECT_ALT_NAME, false, names));
        refused(&world.case(&leaf), PathError::NameConstraint { index: 0 });
    }
}

#[test]
fn hosts_and_addresses_are_constrained() {
    let (dns, uri, ip) = (0x82, 0x86, 0x87);
    let net = [192, 0, 2, 0, 255, 255, 255, 0];
    for (form, base, inside, outside) in [
        (
            dns,
            &b"example.jp"[..],
            &b"www.example.jp"[..],
            &b"www.example.com"[..],
        ),
        (
            uri,
            b".example.jp",
            b"http://www.example.jp/",
            b"http://example.com/",
        ),
        (ip, &net, &[192, 0, 2, 7], &[192, 0, 3, 7]),
    ] {
        let base = tlv::element(form, base);
        for (constraints, allowed) in [
            (
                name_constraints(std::slice::from_ref(&base), &[]),
                [inside, outside],
            ),
            (
                name_constraints(&[], std::slice::from_ref(&base)),
                [outside, inside],
            ),
        ] {
            let world = World::with_ca(|d| d.with(constraints));
            let with = |name: &[u8]| {
                let names = tlv::element(tlv::SEQUENCE, &tlv::element(form, name));
                let leaf =
                    world
                        .draft()
                        .with(Ext::new(rfc5280::ID_CE_SUBJECT_ALT_NAME, false, names));
                world.case(&leaf)
            };
            accepted(&with(allowed[0]));
            refused(&with(allowed[1]), PathError::NameConstraint { index: 0 });
        }
    }
}
