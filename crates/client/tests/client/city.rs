//! Whose time counts: a sandbox city's on this machine for what it has issued, and nobody else's for anything.

use crate::pki::{Authority, Draft, Ext, name, now, rsa};
use const_oid::db::rfc5280;
use der::Encode;
use shirushi_asn1::tlv;
use shirushi_client::{CityTime, StatusNetwork, city_time};
use shirushi_clock::Instant;
use shirushi_path::{Missed, StatusProblem, StatusSource};
use shirushi_profile::Certificate;
use std::cell::RefCell;

const CITY: &str = "http://127.0.0.1:8080";
const AHEAD: i64 = 30 * 86_400;

/// Shows these authorities, newest first, and this clock, at every address; it notes where it was asked.
struct Network {
    authorities: Vec<Certificate>,
    clock: String,
    asked: RefCell<Vec<String>>,
}

impl Network {
    fn new(authorities: &[&Authority], ahead: i64) -> Self {
        let time = now().plus_seconds(ahead);
        Self {
            authorities: authorities
                .iter()
                .map(|authority| authority.certificate.clone())
                .collect(),
            clock: serde_json::json!({ "now": time, "date": time.date_jst() }).to_string(),
            asked: RefCell::default(),
        }
    }
}

impl StatusNetwork for Network {
    fn ask(&self, _: &str, _: &[u8], _: usize) -> Result<Vec<u8>, Missed> {
        panic!("no responder is asked for the time")
    }

    fn fetch(&self, url: &str, _: usize) -> Result<Vec<u8>, Missed> {
        self.asked
            .borrow_mut()
            .push(url.to_owned());
        let (_, path) = url.rsplit_once('/').unwrap();
        let generation = match path {
            "clock" => return Ok(self.clock.clone().into_bytes()),
            "sign.cer" => 0,
            name => name
                .trim_start_matches("sign-")
                .trim_end_matches(".cer")
                .parse()
                .unwrap(),
        };
        self.authorities
            .get(generation)
            .map(|authority| authority.der().to_vec())
            .ok_or(Missed::new(
                StatusSource::Crl,
                StatusProblem::HttpStatus { status: 404 },
            ))
    }
}

/// A signature certificate of `authority` that names a responder.
fn draft(authority: &Authority, responder: &str) -> Draft {
    let uri = tlv::element(0x86, responder.as_bytes());
    let access = [rfc5280::ID_AD_OCSP.to_der().unwrap(), uri].concat();
    authority
        .signature_draft(&rsa())
        .with(Ext::new(
            rfc5280::ID_PE_AUTHORITY_INFO_ACCESS,
            false,
            tlv::element(tlv::SEQUENCE, &tlv::element(tlv::SEQUENCE, &access)),
        ))
}

fn time(certificate: &Certificate, network: &Network) -> Option<CityTime> {
    city_time(certificate, None, network, now())
}

fn at(address: &str) -> String {
    format!("{address}/ocsp/sign")
}

#[test]
fn what_a_city_on_this_machine_has_issued_lives_in_its_time() {
    let (old, new) = (Authority::root("Sign"), Authority::root("Sign"));
    let expected = |city: &str| {
        Some(CityTime {
            city: city.to_owned(),
            now: now().plus_seconds(AHEAD),
        })
    };
    for city in [CITY, "http://[::1]:8080", "http://127.8.7.6:80"] {
        let certificate = draft(&old, &at(city)).sign(&old.key);
        // By the newest keys, and by earlier ones.
        for shown in [&[&old][..], &[&new, &old]] {
            let network = Network::new(shown, AHEAD);
            assert_eq!(time(&certificate, &network), expected(city));
        }
        let trusted = [old.certificate.clone()];
        let network = Network::new(&[&old], AHEAD);
        assert_eq!(
            city_time(&certificate, Some(&trusted), &network, now()),
            expected(city)
        );
    }
}

#[test]
fn nobody_is_asked_for_the_time_of_another_certificate() {
    let authority = Authority::root("Sign");
    let genuine = draft(&authority, &at(CITY));
    let issued_by = |organisations: &[&str]| {
        let mut attributes = vec![("C", "JP")];
        attributes.extend(
            organisations
                .iter()
                .map(|text| ("O", *text)),
        );
        attributes.push(("OU", "Sign"));
        Draft {
            issuer: name(&attributes),
            ..genuine.clone()
        }
    };
    let others = [
        // The real service's name, whoever listens here; and names that only look like the sandbox's.
        issued_by(&["JPKI"]),
        issued_by(&["JPKI-TEST"]),
        issued_by(&["JPKI-SANDBOX "]),
        issued_by(&["jpki-sandbox"]),
        issued_by(&["JPKI", "JPKI-SANDBOX"]),
        issued_by(&["JPKI-SANDBOX", "JPKI"]),
        issued_by(&[]),
        // Not this machine, or not surely.
        draft(&authority, "http://192.0.2.1:8080/ocsp/sign"),
        draft(&authority, "http://localhost:8080/ocsp/sign"),
        draft(&authority, "http://127.0.0.1.example:8080/ocsp/sign"),
        draft(&authority, "http://127.0.0.1:8080@192.0.2.1/ocsp/sign"),
        draft(&authority, "http://127.0.0.1:8080#@192.0.2.1/ocsp/sign"),
        draft(&authority, "http://2130706433:8080/ocsp/sign"),
        draft(&authority, "https://127.0.0.1:8080/ocsp/sign"),
        draft(&authority, "http://127.0.0.1:8080"),
        draft(&authority, "http://0.0.0.0:8080/ocsp/sign"),
        authority.signature_draft(&rsa()),
    ];
    let network = Network::new(&[&authority], AHEAD);
    for other in others {
        assert_eq!(time(&other.sign(&authority.key), &network), None);
    }
    assert_eq!(*network.asked.borrow(), [""; 0]);
    // The sandbox's name by a stranger, where it is asked who is trusted.
    let stranger = Authority::root("Sign");
    let claimed = genuine.sign(&stranger.key);
    let trusted = [authority.certificate.clone()];
    let network = Network::new(&[&stranger], AHEAD);
    assert_eq!(city_time(&claimed, Some(&trusted), &network, now()), None);
    assert_eq!(*network.asked.borrow(), [""; 0]);
}

#[test]
fn a_clock_that_is_not_the_issuers_or_not_ahead_is_not_taken() {
    let authority = Authority::root("Sign");
    let certificate = draft(&authority, &at(CITY)).sign(&authority.key);
    // Another city has the address now.
    let other = Authority::root("Sign");
    let network = Network::new(&[&other], AHEAD);
    assert_eq!(time(&certificate, &network), None);
    assert!(
        network
            .asked
            .borrow()
            .iter()
            .all(|url| !url.ends_with("clock"))
    );
    for ahead in [0, 1, -1, -AHEAD] {
        let network = Network::new(&[&authority], ahead);
        assert_eq!(time(&certificate, &network), None, "{ahead}");
    }
    for clock in ["", "{}", "<html>", r#"{"now":"tomorrow"}"#] {
        let network = Network {
            clock: clock.to_owned(),
            ..Network::new(&[&authority], AHEAD)
        };
        assert_eq!(time(&certificate, &network), None, "{clock}");
    }
    let later: Instant = now().plus_seconds(AHEAD);
    let network = Network::new(&[&authority], AHEAD);
    assert_eq!(city_time(&certificate, None, &network, later), None);
}
