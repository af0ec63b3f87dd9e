//! What is written is read back the same, whoever the holder and whatever is revoked; received bytes are kept.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "fixture/fixture.rs"]
mod fixture;

use fixture::*;
use proptest::{collection::vec, prelude::*};
use shirushi_clock::Date;
use shirushi_crypto::{DigestAlgorithm, SigningKey};
use shirushi_profile::{
    CertificateKind, CrlScope, Holder, MUNICIPALITIES, RevocationReason, RevokedEntry,
    SerialNumber, Sex, UnsignedCertificate, UnsignedCertificateList, crl_tbs, lint,
    ocsp::{self, CertId, CertificateStatus},
};
use std::{collections::BTreeMap, sync::LazyLock};

static SIGN: LazyLock<Authority> = LazyLock::new(|| Authority::new(CertificateKind::Signature));

fn serials() -> impl Strategy<Value = SerialNumber> {
    vec(any::<u8>(), 1..=20).prop_filter_map("positive, at most 20 octets", |bytes| {
        SerialNumber::from_bytes(&bytes).ok()
    })
}

fn reasons() -> impl Strategy<Value = RevocationReason> {
    (0_u8..=9).prop_filter_map("in use", RevocationReason::from_code)
}

fn entries() -> impl Strategy<Value = RevokedEntry> {
    (serials(), 1..400 * DAY, reasons()).prop_map(|(serial, ago, reason)| RevokedEntry {
        serial,
        revoked_at: at(-ago),
        reason,
    })
}

/// Names and addresses of register characters, in the repertoire and outside it.
fn texts(most: usize) -> impl Strategy<Value = String> {
    let characters = prop_oneof![
        any::<char>().prop_filter("printable", |c| !c.is_control() && !c.is_whitespace()),
        proptest::char::range('一', '龥'),
        proptest::char::range('ぁ', 'ん'),
        Just('𠮷'),
        Just('髙'),
        Just('０'),
    ];
    vec(characters, 1..=most).prop_map(String::from_iter)
}

fn holders() -> impl Strategy<Value = Holder> {
    let sexes = prop_oneof![Just(Sex::Male), Just(Sex::Female), Just(Sex::Unknown)];
    (
        texts(20),
        texts(200),
        sexes,
        1900_i16..2025,
        1_i8..=12,
        1_i8..=28,
    )
        .prop_map(|(name, address, sex, year, month, day)| Holder {
            name,
            address,
            sex,
            birth_date: Date::constant(year, month, day),
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_holder_comes_back_from_a_signature_certificate(
        holder in holders(),
        place in 0_usize..MUNICIPALITIES.len(),
    ) {
        let place = &MUNICIPALITIES[place];
        let issuer = &SIGN.certificate;
        let tbs = holder_tbs(issuer, CertificateKind::Signature, SIGN.holder_key, &holder, place);
        let read = UnsignedCertificate::from_tbs(&tbs).unwrap();
        prop_assert_eq!(read.tbs_der(), &tbs[..]);
        let items = read.holder().unwrap();
        prop_assert!(items == holder.items().unwrap());
        prop_assert_eq!(items.birth_date(), Some(holder.birth_date));
        prop_assert_eq!(items.sex, holder.sex);
        prop_assert_eq!(items.name_substitutes.len(), items.name.chars().count());
        prop_assert_eq!(items.address_substitutes.len(), items.address.chars().count());
        prop_assert_eq!(read.municipality_code(), Some(place.code));
        prop_assert_eq!(read.kind(), Some(CertificateKind::Signature));
        // The birthday of the fixture's validity need not be this holder's.
        let findings: Vec<_> = lint::lint_end_entity(&read, issuer)
            .into_iter()
            .filter(|f| f.rule != "holder.sixth-birthday")
            .collect();
        prop_assert_eq!(findings, vec![]);
    }

    #[test]
    fn every_revocation_is_found_and_no_other(
        revoked in vec(entries(), 0..60),
        others in vec(serials(), 20),
        number in any::<u64>(),
    ) {
        let tbs = crl_tbs(&SIGN.certificate, &urls(), CrlScope::Complete, number, at(0), at(DAY), &revoked)
            .unwrap();
        let list = UnsignedCertificateList::from_tbs(&tbs).unwrap();
        prop_assert_eq!(list.tbs_der(), &tbs[..]);
        prop_assert_eq!(list.number(), Some(number));
        prop_assert_eq!(list.len(), revoked.len());
        let by_serial: BTreeMap<_, _> = revoked.iter().map(|e| (e.serial, *e)).collect();
        for (serial, entry) in &by_serial {
            let found = list.entry(serial).unwrap();
            prop_assert!(revoked.contains(&found));
            prop_assert_eq!(found.serial, entry.serial);
        }
        for serial in others {
            prop_assert_eq!(list.entry(&serial).is_some(), by_serial.contains_key(&serial));
        }
        let listed: Vec<_> = list.entries().map(|e| e.serial).collect();
        let mut expected: Vec<_> = revoked.iter().map(|e| e.serial).collect();
        expected.sort();
        prop_assert_eq!(listed, expected);
        prop_assert_eq!(list.has_duplicates(), by_serial.len() < revoked.len());
    }

    #[test]
    fn requests_come_back(wanted in vec(serials(), 1..=64), nonce in proptest::option::of(vec(any::<u8>(), 1..=128))) {
        let ids: Vec<_> = wanted
            .iter()
            .map(|serial| CertId::new(&SIGN.certificate, serial, DigestAlgorithm::Sha256).unwrap())
            .collect();
        let der = ocsp::build_request(&ids, nonce.as_deref()).unwrap();
        if der.len() <= ocsp::MOST_REQUEST_BYTES {
            let request = ocsp::parse_request(&der).unwrap();
            prop_assert_eq!(request.entries, ids);
            prop_assert_eq!(request.nonce, nonce);
        } else {
            prop_assert!(ocsp::parse_request(&der).is_err());
        }
    }

    #[test]
    fn responses_come_back(wanted in vec((serials(), reasons(), 0_u8..3), 1..20)) {
        let statuses: Vec<_> = wanted
            .iter()
            .map(|(serial, reason, which)| {
                let id = CertId::new(&SIGN.certificate, serial, DigestAlgorithm::Sha1).unwrap();
                let status = match which {
                    0 => CertificateStatus::Good,
                    1 => CertificateStatus::Unknown,
                    _ => CertificateStatus::Revoked { at: at(-9), reason: *reason },
                };
                (id, status, at(0), at(900))
            })
            .collect();
        let key = SIGN.responder_key;
        let tbs = ocsp::response_tbs(key.public_key(), at(1), &statuses, None).unwrap();
        let der =
            ocsp::assemble_response(&tbs, key.algorithm(), &[1; 256], &SIGN.responder).unwrap();
        let read = ocsp::ReceivedResponse::from_der(&der).unwrap();
        prop_assert_eq!(read.tbs_der(), &tbs[..]);
        prop_assert_eq!(read.signature(), &[1; 256][..]);
        let found: Vec<_> = read
            .statuses()
            .iter()
            .map(|s| (s.id.clone(), s.status, s.this_update, s.next_update.unwrap()))
            .collect();
        prop_assert_eq!(found, statuses);
    }
}

#[test]
fn requests_are_bounded() {
    let id = |n: u8| {
        let serial = SerialNumber::from_bytes(&[n]).unwrap();
        CertId::new(&SIGN.certificate, &serial, DigestAlgorithm::Sha1).unwrap()
    };
    let ids: Vec<_> = (1..=65).map(id).collect();
    let most = ocsp::build_request(&ids[..64], None).unwrap();
    assert_eq!(
        ocsp::parse_request(&most)
            .unwrap()
            .entries
            .len(),
        64
    );
    for (entries, count) in [(&ids[..], 65), (&[], 0)] {
        let der = ocsp::build_request(entries, None).unwrap();
        assert_eq!(
            ocsp::parse_request(&der),
            Err(ocsp::OcspMalformed::Entries { entries: count })
        );
    }
    assert!(ocsp::build_request(&ids[..1], Some(&[0; 129])).is_err());
}

#[test]
fn a_responders_error_is_read_as_that_error() {
    for status in [
        ocsp::OcspResponseStatus::MalformedRequest,
        ocsp::OcspResponseStatus::InternalError,
        ocsp::OcspResponseStatus::TryLater,
        ocsp::OcspResponseStatus::SigRequired,
        ocsp::OcspResponseStatus::Unauthorized,
    ] {
        let read = ocsp::ReceivedResponse::from_der(&ocsp::error_response(status));
        let expected = ocsp::OcspMalformed::NotSuccessful { status };
        assert_eq!(read.unwrap_err(), expected);
    }
}

#[test]
fn inner_and_outer_algorithm_must_agree() {
    let certificate = &SIGN.holder;
    let der = certificate.der().to_vec();
    let oid = hex::decode("2a864886f70d01010b").unwrap();
    let outer = der
        .windows(oid.len())
        .rposition(|window| window == oid)
        .unwrap();
    let mut changed = der.clone();
    changed[outer + oid.len() - 1] = 0x0c;
    let refused = shirushi_profile::Certificate::from_der(&changed).unwrap_err();
    assert_eq!(refused.cause, shirushi_profile::Cause::AlgorithmMismatch);
}

#[test]
fn what_prints_a_certificate_prints_nothing_of_the_person() {
    let shown = format!("{:?} {:?}", SIGN.holder, SIGN.holder.unsigned());
    assert!(shown.contains(&SIGN.holder.serial().to_string()));
    for part in ["太郎", "印市", "1980"] {
        assert!(!shown.contains(part), "{shown}");
    }
}
