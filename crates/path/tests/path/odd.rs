//! Certificates that say what they should not, and odd ones that are right all the same.
//!
//! * An empty list of purposes allows nothing; an extension of CAs that cannot be read is refused in every certificate.
//! * Whose key signs certificates is a CA; curves have names.
//! * A number that is zero or negative, the end of all times, and RSA without NULL are read.

use crate::{
    openssl::Openssl,
    pki::{self, Authority, DAY, Ext, NOW, at, authority_key, key_usage, p256, subject_key},
    world::{World, accepted, refused},
};
use const_oid::{ObjectIdentifier, db::rfc5280};
use der::Encode;
use shirushi_asn1::{encode_signed, tlv};
use shirushi_crypto::{PublicKey, SignatureAlgorithm, SigningKey, SoftwareKey};
use shirushi_path::{Inconsistency, PathError};
use shirushi_profile::Certificate;
use x509_cert::spki::AlgorithmIdentifierOwned;

#[test]
fn an_empty_list_of_purposes_allows_nothing() {
    let oid = rfc5280::ID_CE_EXT_KEY_USAGE;
    for critical in [true, false] {
        let empty = Ext::new(oid, critical, [0x30, 0x00]);
        let world = World::flat();
        let leaf = world.draft().with(empty.clone());
        refused(&world.case(&leaf), PathError::Extension { index: 0, oid });
        let leaf = world
            .root
            .authentication_draft(&world.key)
            .with(empty.clone());
        let mut case = world.case(&leaf);
        case.requirements.kind = shirushi_profile::CertificateKind::Authentication;
        refused(&case, PathError::Extension { index: 0, oid });
        let world = World::with_ca(|draft| draft.with(empty));
        refused(&world.right(), PathError::Extension { index: 1, oid });
    }
}

#[test]
fn an_extension_of_cas_that_cannot_be_read_is_refused_in_every_certificate() {
    for oid in [
        rfc5280::ID_CE_NAME_CONSTRAINTS,
        rfc5280::ID_CE_POLICY_CONSTRAINTS,
        rfc5280::ID_CE_POLICY_MAPPINGS,
        rfc5280::ID_CE_INHIBIT_ANY_POLICY,
    ] {
        for value in [
            &[0x04, 0x00][..],
            &[0x30, 0x03, 0x01, 0x02],
            &[],
            &[0x30, 0x02, 0x05, 0x00],
        ] {
            for critical in [true, false] {
                let broken = Ext::new(oid, critical, value);
                let world = World::flat();
                let leaf = world.draft().with(broken.clone());
                refused(&world.case(&leaf), PathError::Extension { index: 0, oid });
                let world = World::with_ca(|draft| draft.with(broken));
                refused(&world.right(), PathError::Extension { index: 1, oid });
            }
        }
    }
    for oid in [
        rfc5280::ID_CE_ISSUER_ALT_NAME,
        rfc5280::ID_CE_AUTHORITY_KEY_IDENTIFIER,
        rfc5280::ID_CE_SUBJECT_KEY_IDENTIFIER,
    ] {
        let world = World::flat();
        let value = match oid {
            rfc5280::ID_CE_AUTHORITY_KEY_IDENTIFIER => &[0x30, 0x00][..],
            rfc5280::ID_CE_SUBJECT_KEY_IDENTIFIER => &[0x04, 0x01, 0x07],
            _ => &[0x30, 0x03, 0x88, 0x01, 0x2a],
        };
        let leaf = world
            .draft()
            .with(Ext::new(oid, true, value));
        refused(
            &world.case(&leaf),
            PathError::UnknownCritical { index: 0, oid },
        );
    }
    // A point whose name has the form of none.
    let mut point = pki::distribution_point(&pki::sandbox("Lists"));
    let place = point
        .value
        .iter()
        .position(|octet| *octet == 0xa4)
        .unwrap();
    for tag in [0xa5, 0xac, 0x84, 0xb4] {
        point.value[place] = tag;
        let der = World::flat()
            .draft()
            .with(point.clone())
            .sign_der(&p256());
        assert!(Certificate::from_der(&der).is_err(), "{tag:02x}");
    }
    let oid = rfc5280::ID_CE_SUBJECT_ALT_NAME;
    let world = World::flat();
    let nameless = Ext::new(oid, false, [0x30, 0x00]);
    let leaf = world.draft().with(nameless);
    refused(&world.case(&leaf), PathError::Extension { index: 0, oid });
}

#[test]
fn who_signs_certificates_is_a_ca() {
    let world = World::flat();
    let refusal = |what| PathError::Inconsistent { index: 0, what };
    // digitalSignature, nonRepudiation and keyCertSign.
    let usage = key_usage(&[0x03, 0x02, 0x02, 0xc4]);
    let no_ca = Ext::new(rfc5280::ID_CE_BASIC_CONSTRAINTS, true, [0x30, 0x00]);
    let leaf = world.draft().with(usage);
    refused(
        &world.case(&leaf),
        refusal(Inconsistency::CertSignWithoutCa),
    );
    refused(
        &world.case(&leaf.with(no_ca.clone())),
        refusal(Inconsistency::CertSignWithoutCa),
    );
    let limited = Ext::new(
        rfc5280::ID_CE_BASIC_CONSTRAINTS,
        true,
        [0x30, 0x03, 0x02, 0x01, 0x00],
    );
    let leaf = world.draft().with(limited);
    refused(
        &world.case(&leaf),
        refusal(Inconsistency::PathLengthWithoutCa),
    );
    accepted(&world.case(&world.draft().with(no_ca)));
    let nobody = world.draft().subject(&pki::name(&[]));
    refused(&world.case(&nobody), refusal(Inconsistency::NoName));
    let beside = tlv::element(tlv::SEQUENCE, &pki::directory(&pki::person("Hanako")));
    for critical in [true, false] {
        let names = Ext::new(rfc5280::ID_CE_SUBJECT_ALT_NAME, critical, beside.clone());
        let judged = world
            .case(&nobody.clone().with(names))
            .run();
        let expected = Err(refusal(Inconsistency::NoName));
        assert_eq!(judged, if critical { Ok(()) } else { expected });
    }
}

/// The key with the parameters of its algorithm exchanged.
pub(crate) fn with_parameters(key: &SoftwareKey, parameters: &[u8]) -> PublicKey {
    let ec_public_key = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1")
        .to_der()
        .unwrap();
    let algorithm = tlv::element(tlv::SEQUENCE, &[&ec_public_key, parameters].concat());
    let bits = [&[0][..], key.public_key().key_bits()].concat();
    let info = [algorithm, tlv::element(tlv::BIT_STRING, &bits)].concat();
    PublicKey::from_spki_der(&tlv::element(tlv::SEQUENCE, &info)).unwrap()
}

#[test]
fn a_curve_that_is_written_out_is_refused_in_every_certificate() {
    let openssl = Openssl::new();
    let line = "ecparam -name prime256v1 -param_enc explicit -outform DER -out curve.der";
    openssl.run(line);
    let written_out = openssl.read("curve.der");
    for parameters in [&written_out[..], &[0x05, 0x00], &[]] {
        let world = World::flat();
        let mut leaf = world.draft();
        leaf.key = with_parameters(&world.key, parameters);
        refused(&world.case(&leaf), PathError::ExplicitCurve { index: 0 });
    }
    // The library would verify with a written curve that is one it knows.
    let mut world = World::flat();
    let key = p256();
    let name = pki::sandbox("Sub");
    let public = with_parameters(&key, &written_out);
    let certificate = pki::Draft::ca(&world.root.name, &name, &public)
        .with(authority_key(&world.root.identifier()))
        .with(subject_key(&key.public_key().key_identifier()))
        .sign(&world.root.key);
    world.cas.push(Authority {
        key,
        name,
        certificate,
    });
    refused(&world.right(), PathError::ExplicitCurve { index: 1 });
    let mut world = World::flat();
    let key = std::sync::Arc::clone(&world.root.key);
    let public = with_parameters(&key, &written_out);
    world.root.certificate = pki::Draft::ca(&world.root.name, &world.root.name, &public).sign(&key);
    refused(&world.right(), PathError::ExplicitCurve { index: 1 });
}

#[test]
fn numbers_that_no_authority_may_give_are_read() {
    let world = World::flat();
    let long = [&[0x00, 0xff][..], &[0x11; 19]].concat();
    for serial in [&[0x00][..], &[0x80], &[0xff, 0x00], &long] {
        let leaf = world.draft().serial(serial);
        let case = world.case(&leaf);
        accepted(&case);
        // And found in a list.
        let mut dead = world.case(&leaf);
        let list = world
            .root
            .list()
            .revoke(serial, NOW - DAY, 1)
            .revoke(&[0x41, 0x01], NOW - DAY, 1);
        dead.evidence.crls = vec![list.sign(&world.root.key)];
        assert!(
            matches!(dead.run(), Err(PathError::Revoked { .. })),
            "{serial:02x?}"
        );
        // A certificate that nobody needs.
        let mut beside = world.right();
        let stranger = Authority::root("Another");
        let odd = pki::Draft::ca(&stranger.name, &stranger.name, &stranger.key)
            .serial(serial)
            .sign(&stranger.key);
        beside.intermediates.push(odd);
        accepted(&beside);
        // A root that numbered itself so.
        let mut rooted = World::flat();
        let key = std::sync::Arc::clone(&rooted.root.key);
        rooted.root.certificate = pki::Draft::ca(&rooted.root.name, &rooted.root.name, &key)
            .serial(serial)
            .sign(&key);
        accepted(&rooted.right());
    }
    let overlong = world
        .draft()
        .serial(&[0x11; 22])
        .sign_der(&world.root.key);
    assert!(Certificate::from_der(&overlong).is_err());
}

/// A signed structure whose names of the algorithm lack the NULL.
fn without_null(der: &[u8], key: &SoftwareKey) -> Vec<u8> {
    let parts = shirushi_asn1::Signed::from_der("x", der, der.len()).unwrap();
    let shorter = AlgorithmIdentifierOwned {
        oid: parts.algorithm.oid,
        parameters: None,
    };
    let (long, short) = (parts.algorithm_der, shorter.to_der().unwrap());
    let mut content = parts.tbs.content.to_vec();
    let place = content
        .windows(long.len())
        .position(|part| part == long)
        .unwrap();
    content.splice(place..place + long.len(), short);
    let tbs = tlv::element(tlv::SEQUENCE, &content);
    encode_signed(&tbs, &shorter, &key.sign(&tbs).unwrap()).unwrap()
}

#[test]
fn rsa_without_null_is_rsa() {
    let mut world = World::flat();
    world.root = Authority::root_with("Root", &pki::rsa());
    let key = &world.root.key;
    let leaf = without_null(&world.draft().sign_der(key), key);
    let leaf = Certificate::from_der(&leaf).unwrap();
    assert_eq!(
        leaf.signature_algorithm(),
        Ok(SignatureAlgorithm::RsaPkcs1Sha256)
    );
    let list = without_null(&world.root.list().sign_der(key), key);
    let mut case = world.case_of(leaf);
    case.evidence.crls = vec![shirushi_profile::CertificateList::from_der(&list).unwrap()];
    accepted(&case);
    // Named with it inside and without it outside it is refused: one of the two was exchanged.
    let mut mixed = world.draft().sign_der(key);
    let parts = shirushi_asn1::Signed::from_der("x", &mixed, mixed.len()).unwrap();
    let shorter = AlgorithmIdentifierOwned {
        oid: parts.algorithm.oid,
        parameters: None,
    };
    mixed = encode_signed(parts.tbs.der, &shorter, parts.signature).unwrap();
    assert!(Certificate::from_der(&mixed).is_err());
}

#[test]
fn a_certificate_without_an_end_has_none() {
    let world = World::flat();
    let der = world.draft().sign_der(&world.root.key);
    let parts = shirushi_asn1::Signed::from_der("x", &der, der.len()).unwrap();
    let before = pki::time(NOW + 365 * DAY);
    let content = parts.tbs.content.to_vec();
    let place = content
        .windows(before.len())
        .position(|part| part == before)
        .unwrap();
    let validity_length = place - pki::time(NOW).len() - 1;
    for end in ["99991231235959Z", "99991231000000Z", "99991230235959Z"] {
        let endless = tlv::element(tlv::GENERALIZED_TIME, end.as_bytes());
        let mut content = content.clone();
        content[validity_length] += 2;
        content.splice(place..place + before.len(), endless);
        let tbs = tlv::element(tlv::SEQUENCE, &content);
        let signature = world.root.key.sign(&tbs).unwrap();
        let algorithm = world.root.key.algorithm().identifier();
        let der = encode_signed(&tbs, &algorithm, &signature).unwrap();
        let leaf = Certificate::from_der(&der).unwrap();
        assert!(leaf.not_after() > at(NOW + 7_000 * 365 * DAY), "{end}");
        accepted(&world.case_of(leaf));
    }
}
