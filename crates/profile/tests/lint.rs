//! The linter finds nothing in what is built, and each rule finds its own fault in bytes that were changed.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "fixture/fixture.rs"]
mod fixture;

use der::{Decode as _, Encode as _, asn1::OctetString};
use fixture::*;
use shirushi_asn1::{IssuingDistributionPoint, tlv};
use shirushi_crypto::SigningKey;
use shirushi_profile::{
    CertificateKind::{self, Authentication, Signature},
    CrlFrame, CrlScope, EndEntityRequest, MUNICIPALITIES, RevocationReason, RevokedEntry,
    SerialNumber, UnsignedCertificate, UnsignedCertificateList, crl_tbs, end_entity_tbs,
    lint::{Finding, lint_ca, lint_crl, lint_end_entity, lint_responder},
};
use x509_cert::ext::{
    Extension,
    pkix::{
        crl::dp::Reasons,
        name::{DistributionPointName, GeneralName},
    },
};

/// `bytes` with the first occurrence (the last, after `last:`) of one hexadecimal or text pattern replaced by another of the same
/// length.
fn change(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    let (last, from) = match from.strip_prefix("last:") {
        Some(from) => (true, from),
        None => (false, from),
    };
    let pattern = |text: &str| match text.strip_prefix("0x") {
        Some(digits) => hex::decode(digits).unwrap(),
        None => text.as_bytes().to_vec(),
    };
    let (from, to) = (pattern(from), pattern(to));
    assert_eq!(from.len(), to.len());
    let mut positions = bytes
        .windows(from.len())
        .enumerate()
        .filter(|(_, window)| *window == from)
        .map(|(position, _)| position);
    let position = if last {
        positions.next_back()
    } else {
        positions.next()
    };
    let position = position.unwrap_or_else(|| panic!("{from:02x?} is not there"));
    let mut changed = bytes.to_vec();
    changed[position..position + to.len()].copy_from_slice(&to);
    changed
}

/// A key's identifier after `before`, and the same with its first bit turned.
fn identifiers(before: &str, key: &impl SigningKey) -> [String; 2] {
    let right = key.public_key().key_identifier();
    let mut wrong = right;
    wrong[0] ^= 0x80;
    [right, wrong].map(|id| format!("0x{before}{}", hex::encode(id)))
}

fn rules(findings: &[Finding]) -> Vec<&'static str> {
    findings
        .iter()
        .map(|f| f.rule)
        .collect()
}

#[test]
fn nothing_is_found_in_what_is_built() {
    for kind in CertificateKind::ALL {
        let authority = Authority::new(kind);
        let issuer = &authority.certificate;
        assert_eq!(lint_ca(issuer), []);
        assert_eq!(lint_end_entity(&authority.holder, issuer), []);
        assert_eq!(lint_responder(&authority.responder, issuer), []);
        // The same before signing.
        let unsigned = UnsignedCertificate::from_tbs(authority.holder.tbs_der()).unwrap();
        assert_eq!(lint_end_entity(&unsigned, issuer), []);
        for municipality in &MUNICIPALITIES {
            let tbs = holder_tbs(issuer, kind, authority.holder_key, &taro(), municipality);
            let unsigned = UnsignedCertificate::from_tbs(&tbs).unwrap();
            assert_eq!(lint_end_entity(&unsigned, issuer), []);
            let list = authority.list(CrlScope::Municipality(municipality.code), &[]);
            assert_eq!(lint_crl(&list, issuer), []);
        }
        for scope in [CrlScope::Complete, CrlScope::Authorities] {
            assert_eq!(lint_crl(&authority.list(scope, &[]), issuer), []);
        }
    }
}

#[test]
fn each_rule_finds_its_fault_in_a_signature_certificate() {
    let authority = Authority::new(Signature);
    let own = identifiers("0603551d0e04160414", authority.holder_key);
    let issuers = identifiers("8014", authority.key);
    for (rule, from, to) in [
        (
            "certificate.algorithm",
            "0x2a864886f70d01010b",
            "0x2a864886f70d01010c",
        ),
        ("certificate.issuer", "JPKI-SANDBOX", "JPKI-SANDBOY"),
        ("certificate.reserved-name", "JPKI-SANDBOX", "JPKI-TEST   "),
        ("certificate.key-usage", "0x030206c0", "0x030205e0"),
        (
            "certificate.extensions",
            "0x0603551d200101ff",
            "0x0603551d360101ff",
        ),
        ("certificate.period", "310217145959Z", "250217145959Z"),
        (
            "certificate.within-issuer",
            "310217145959Z",
            "370217145959Z",
        ),
        ("holder.six-years", "310217145959Z", "330217145959Z"),
        ("holder.sixth-birthday", "310217145959Z", "320218145959Z"),
        ("holder.end-of-day", "310217145959Z", "310217145958Z"),
        ("certificate.subject-key-identifier", &own[0], &own[1]),
        (
            "certificate.authority-key-identifier",
            &issuers[0],
            &issuers[1],
        ),
        (
            "holder.issuer-alternative-name",
            "印（実験環境）",
            "印（本物環境）",
        ),
        ("holder.subject", "Shirushi-shi", "Shirushi-sho"),
        ("holder.municipality", "13998003A", "13997003A"),
        (
            "holder.distribution-point",
            "Shirushi-shi CRLDP",
            "Shirushi-shi CRLDQ",
        ),
        (
            "holder.distribution-point",
            "crl/sign/13998",
            "crl/sign/13999",
        ),
        ("holder.access", "/ocsp/sign", "/ocsp/auth"),
        ("holder.access", "/ca/sign-1.cer", "/ca/auth-1.cer"),
        ("holder.access", "/ca/sign-1.cer", "/ca/sign-2.cer"),
        (
            "holder.policy",
            "0x2a83088c9b550805010014",
            "0x2a83088c9b550805010114",
        ),
        ("holder.policy", "cps.html", "cps.htmx"),
        (
            "holder.items",
            "0x2a83088c9b5508050503",
            "0x2a83088c9b5508050507",
        ),
        ("holder.name", "吉", "❤"),
        ("holder.name", "0x3130303030", "0x3230303030"),
        ("holder.address", "朱", "❤"),
        ("holder.birth", "319800217", "419800217"),
        ("holder.birth", "319800217", "319809917"),
        ("holder.sex", "0x0c0131", "0x0c0134"),
    ] {
        let tbs = change(authority.holder.tbs_der(), from, to);
        let Ok(unsigned) = UnsignedCertificate::from_tbs(&tbs) else {
            panic!("{rule}: {from} → {to} is not even read");
        };
        let findings = lint_end_entity(&unsigned, &authority.certificate);
        assert!(rules(&findings).contains(&rule), "{rule}: {findings:?}");
    }
}

#[test]
fn each_rule_finds_its_fault_in_the_other_certificates() {
    let authority = Authority::new(Authentication);
    let issuer = &authority.certificate;
    let lint = |bytes: &[u8], which: &str| {
        let unsigned = UnsignedCertificate::from_tbs(bytes).unwrap();
        match which {
            "ca" => lint_ca(&unsigned),
            "responder" => lint_responder(&unsigned, issuer),
            _ => lint_end_entity(&unsigned, issuer),
        }
    };
    let client = "0x2b06010505070302";
    let ocsp = "0x2b06010505070309";
    for (which, certificate, rule, from, to) in [
        ("holder", &authority.holder, "holder.purpose", client, ocsp),
        (
            "responder",
            &authority.responder,
            "responder.purpose",
            ocsp,
            client,
        ),
        (
            "responder",
            &authority.responder,
            "responder.subject",
            "OCSP Responder",
            "OCSP Respondee",
        ),
        (
            "responder",
            &authority.responder,
            "responder.access",
            "/ca/auth-1.cer",
            "/ca/sign-1.cer",
        ),
        (
            "responder",
            &authority.responder,
            "responder.no-check",
            "0x04020500",
            "0x04020100",
        ),
        (
            "ca",
            issuer,
            "authority.distribution-point",
            "last:not the real JPKI",
            "and the real JPKI",
        ),
        (
            "ca",
            issuer,
            "authority.alternative-name",
            "ではない",
            "であるよ",
        ),
        (
            "ca",
            issuer,
            "authority.ten-years",
            "361022145959Z",
            "461022145959Z",
        ),
        (
            "ca",
            issuer,
            "certificate.key-usage",
            "0x03020106",
            "0x03020186",
        ),
    ] {
        let findings = lint(&change(certificate.tbs_der(), from, to), which);
        assert!(rules(&findings).contains(&rule), "{rule}: {findings:?}");
    }
    // Issuer and subject alike: another authority altogether.
    let other = change(issuer.tbs_der(), "not the real JPKI", "and the real JPKI");
    let other = change(&other, "not the real JPKI", "and the real JPKI");
    assert!(rules(&lint(&other, "ca")).contains(&"authority.subject"));
}

#[test]
fn counted_serial_numbers_are_found() {
    let authority = Authority::new(Signature);
    let counted = SerialNumber::from_bytes(&[0x06, 0x7c, 0x6a, 0x21]).unwrap();
    let holder = taro();
    let request = EndEntityRequest {
        kind: Signature,
        serial: &counted,
        not_before: at(0),
        not_after: authority.holder.not_after(),
        public_key: authority.holder_key.public_key(),
        municipality: &MUNICIPALITIES[0],
        holder: &holder,
    };
    let tbs = end_entity_tbs(&authority.certificate, &urls(), &request).unwrap();
    let unsigned = UnsignedCertificate::from_tbs(&tbs).unwrap();
    let findings = lint_end_entity(&unsigned, &authority.certificate);
    assert_eq!(rules(&findings), ["certificate.serial"]);
}

#[test]
fn a_time_that_is_not_in_its_canonical_form_is_found() {
    let authority = Authority::new(Signature);
    let tbs = authority.holder.tbs_der();
    let mut walker = tlv::only("tbs", tbs, tlv::SEQUENCE)
        .unwrap()
        .walk("tbs");
    let mut content = Vec::new();
    for field in 0.. {
        if walker.is_finished() {
            break;
        }
        let element = walker.any().unwrap();
        if field == 4 {
            // validity: both as GeneralizedTime, which stands for years from 2050 on.
            let times = ["20261122000000Z", "20310217145959Z"]
                .map(|t| tlv::element(tlv::GENERALIZED_TIME, t.as_bytes()));
            tlv::push(&mut content, tlv::SEQUENCE, &times.concat());
        } else {
            content.extend_from_slice(element.der);
        }
    }
    let tbs = tlv::element(tlv::SEQUENCE, &content);
    let unsigned = UnsignedCertificate::from_tbs(&tbs).unwrap();
    assert_eq!(unsigned.not_after(), authority.holder.not_after());
    let findings = lint_end_entity(&unsigned, &authority.certificate);
    assert_eq!(rules(&findings), ["certificate.der"]);
}

#[test]
fn each_rule_finds_its_fault_in_a_list() {
    let authority = Authority::new(Signature);
    let issuer = &authority.certificate;
    let town = CrlScope::Municipality(MUNICIPALITIES[0].code);
    let entry = RevokedEntry {
        serial: serial(),
        revoked_at: at(-60),
        reason: RevocationReason::KeyCompromise,
    };
    let list = authority.list(town, &[entry]);
    let issuers = identifiers("8014", authority.key);
    let lint = |tbs: &[u8]| lint_crl(&UnsignedCertificateList::from_tbs(tbs).unwrap(), issuer);
    for (rule, from, to) in [
        ("list.issuer", "JPKI-SANDBOX", "JPKI-SANDBOY"),
        ("list.reserved-name", "JPKI-SANDBOX", "JPKI        "),
        (
            "list.algorithm",
            "0x2a864886f70d01010b",
            "0x2a864886f70d01010c",
        ),
        ("list.next-update", "261124000000Z", "261121000000Z"),
        (
            "list.extensions",
            "0x0603551d1c0101ff",
            "0x0603551d200101ff",
        ),
        ("list.critical", "0x0603551d1c0101ff", "0x0603551d200101ff"),
        ("list.authority-key-identifier", &issuers[0], &issuers[1]),
        ("list.number", "0x0603551d14", "0x0603551d15"),
        (
            "list.distribution-point",
            "sign/13998.crl",
            "sign/13999.crl",
        ),
        ("list.future", "261121235900Z", "261122000001Z"),
    ] {
        let Ok(read) = UnsignedCertificateList::from_tbs(&change(list.tbs_der(), from, to)) else {
            panic!("{rule}: {from} → {to} is not even read");
        };
        let findings = lint_crl(&read, issuer);
        assert!(rules(&findings).contains(&rule), "{rule}: {findings:?}");
    }
    let twice = crl_tbs(issuer, &urls(), town, 1, at(0), at(DAY), [entry, entry]).unwrap();
    assert_eq!(rules(&lint(&twice)), ["list.duplicates"]);
}

#[test]
fn a_point_says_what_lists_of_it_cover() {
    let authority = Authority::new(Signature);
    let issuer = &authority.certificate;
    let town = CrlScope::Municipality(MUNICIPALITIES[0].code);
    let own = CrlScope::Authorities;
    type Change = fn(&mut IssuingDistributionPoint);
    let changes: [(CrlScope, Change); 10] = [
        // A municipality's list is of all its certificates, and the list under the authority's own name of authorities alone.
        (town, |point| point.only_contains_ca_certs = true),
        (town, |point| point.only_contains_user_certs = true),
        (own, |point| point.only_contains_ca_certs = false),
        (own, |point| point.only_contains_user_certs = true),
        (own, |point| point.only_contains_attribute_certs = true),
        (own, |point| point.indirect_crl = true),
        (own, |point| {
            point.only_some_reasons = Some(Reasons::KeyCompromise.into());
        }),
        // The whole point, its address alone, and its name alone.
        (own, |point| point.distribution_point = None),
        (own, |point| drop(names_of(point).remove(0))),
        (own, |point| drop(names_of(point).remove(1))),
    ];
    for (place, (scope, change)) in changes.into_iter().enumerate() {
        let mut frame = CrlFrame::new(issuer, &urls(), scope).unwrap();
        let mut extension = Extension::from_der(&frame.point).unwrap();
        let value = extension.extn_value.as_bytes();
        let mut point = IssuingDistributionPoint::from_der(value).unwrap();
        change(&mut point);
        extension.extn_value = OctetString::new(point.to_der().unwrap()).unwrap();
        frame.point = extension.to_der().unwrap();
        let none = [] as [RevokedEntry; 0];
        let tbs = frame
            .tbs(1, at(0), at(DAY), none)
            .unwrap();
        let list = UnsignedCertificateList::from_tbs(&tbs).unwrap();
        let findings = lint_crl(&list, issuer);
        assert_eq!(rules(&findings), ["list.distribution-point"], "{place}");
    }
    let list = authority.list(own, &[]);
    for (from, to) in [
        ("crl/sign/authorities.crl", "crl/auth/authorities.crl"),
        ("/authorities.crl", "/authorises.crl."),
    ] {
        let tbs = change(list.tbs_der(), from, to);
        let list = UnsignedCertificateList::from_tbs(&tbs).unwrap();
        let findings = lint_crl(&list, issuer);
        assert_eq!(rules(&findings), ["list.distribution-point"], "{to}");
    }
    // The other authority's.
    let other = Authority::new(Authentication);
    let mut frame = CrlFrame::new(issuer, &urls(), own).unwrap();
    frame.point = CrlFrame::new(&other.certificate, &urls(), own)
        .unwrap()
        .point;
    let none = [] as [RevokedEntry; 0];
    let tbs = frame
        .tbs(1, at(0), at(DAY), none)
        .unwrap();
    let list = UnsignedCertificateList::from_tbs(&tbs).unwrap();
    assert_eq!(rules(&lint_crl(&list, issuer)), ["list.distribution-point"]);
}

fn names_of(point: &mut IssuingDistributionPoint) -> &mut Vec<GeneralName> {
    match &mut point.distribution_point {
        Some(DistributionPointName::FullName(names)) => names,
        other => panic!("{other:?}"),
    }
}
