//! How a certificate stands, by a network that answers as the test wants.
//!
//! * a responder that does not answer, or not to our question, is followed by the list; what came of each is told;
//! * revoked, on hold, expired, not yet valid and unknown are told apart, and unknown is never good;
//! * about a certificate that no trusted authority has signed nobody is asked.

use crate::pki::{Authority, Draft, Ext, at, directory, now, point_name};
use const_oid::db::rfc5280;
use der::Encode;
use shirushi_asn1::tlv;
use shirushi_client::{Asked, Standing, StatusNetwork, inquire, standing};
use shirushi_crypto::SystemRandom;
use shirushi_path::{Missed, StatusProblem, StatusSource, TrustAnchors};
use shirushi_profile::{
    Certificate, CertificateKind, RevocationReason,
    ocsp::{OcspResponseStatus, ReceivedResponse},
};
use std::cell::RefCell;

const OCSP: &str = "http://127.0.0.1:1/ocsp/sign";
const LIST: &str = "http://127.0.0.1:1/crl/sign/13998.crl";
const SERIAL: [u8; 2] = [0x41, 0x07];

/// What the network answers; it notes where it was asked.
struct Network {
    ocsp: Result<Vec<u8>, Missed>,
    /// The same to who asks by SHA-1, where that makes a difference.
    by_sha1: Option<Vec<u8>>,
    list: Result<Vec<u8>, Missed>,
    asked: RefCell<Vec<String>>,
}

impl Network {
    fn new(list: Option<Vec<u8>>) -> Self {
        let silent =
            |source| Missed::new(source, StatusProblem::NotReached).because("connection refused");
        Self {
            ocsp: Err(silent(StatusSource::Ocsp)),
            by_sha1: None,
            list: list.ok_or_else(|| silent(StatusSource::Crl)),
            asked: RefCell::default(),
        }
    }
}

impl StatusNetwork for Network {
    fn ask(&self, url: &str, request: &[u8], _most: usize) -> Result<Vec<u8>, Missed> {
        self.asked
            .borrow_mut()
            .push(url.to_owned());
        // id-sha1, as DER.
        let is_by_sha1 = request
            .windows(7)
            .any(|seven| seven == [6, 5, 0x2b, 0x0e, 3, 2, 0x1a]);
        match &self.by_sha1 {
            Some(answer) if is_by_sha1 => Ok(answer.clone()),
            _ => self.ocsp.clone(),
        }
    }

    fn fetch(&self, url: &str, _most: usize) -> Result<Vec<u8>, Missed> {
        self.asked
            .borrow_mut()
            .push(url.to_owned());
        self.list.clone()
    }
}

/// A signature certificate that names a responder and a list.
fn draft(authority: &Authority) -> Draft {
    let uri = |text: &str| tlv::element(0x86, text.as_bytes());
    let access = tlv::element(
        tlv::SEQUENCE,
        &[rfc5280::ID_AD_OCSP.to_der().unwrap(), uri(OCSP)].concat(),
    );
    let names = [directory(&point_name("Tokyo")), uri(LIST)].concat();
    let point = tlv::element(0xa0, &tlv::element(0xa0, &names));
    authority
        .signature_draft(&crate::pki::rsa())
        .serial(&SERIAL)
        .with(Ext::new(
            rfc5280::ID_PE_AUTHORITY_INFO_ACCESS,
            false,
            tlv::element(tlv::SEQUENCE, &access),
        ))
        .with(Ext::new(
            rfc5280::ID_CE_CRL_DISTRIBUTION_POINTS,
            false,
            tlv::element(tlv::SEQUENCE, &tlv::element(tlv::SEQUENCE, &point)),
        ))
}

fn stands(
    certificate: &Certificate,
    authority: &Authority,
    network: &Network,
    days: i64,
) -> (Standing, Asked, Asked) {
    let anchors = TrustAnchors::new(vec![authority.certificate.clone()]);
    let inquiry = inquire(certificate, &anchors, network, &SystemRandom, now());
    let at = now().plus_seconds(days * 86_400);
    let kind = CertificateKind::Signature;
    let standing = standing(certificate, kind, &anchors, &inquiry.evidence, at);
    (standing, inquiry.ocsp, inquiry.list)
}

fn failed(asked: &Asked, at: &str) -> bool {
    matches!(asked, Asked::Failed { url, .. } if url == at)
}

#[test]
fn the_list_is_asked_when_the_responder_gives_nothing() {
    let authority = Authority::root("Root");
    let certificate = draft(&authority).sign(&authority.key);
    let list = authority
        .full_list()
        .sign_der(&authority.key);
    let missed = |why| Missed::new(StatusSource::Ocsp, why);
    let timed_out = missed(StatusProblem::NotReached).because("timed out");
    // Authentic, and known to be so more than a quarter of an hour ago.
    let old = || said_good(&certificate, &authority, 15 * 60 + 1);
    // An error of the responder is not signed (RFC 6960 §2.3).
    let error = |status| vec![0x30, 0x03, 0x0a, 0x01, status];
    let unreadable = ReceivedResponse::from_der(b"junk")
        .unwrap_err()
        .to_string();
    for (ocsp, why) in [
        (Err(timed_out.clone()), timed_out),
        (
            Ok(b"junk".to_vec()),
            missed(StatusProblem::Unreadable).because(unreadable),
        ),
        (Ok(error(3)), missed(StatusProblem::TryLater)),
        (
            Ok(error(6)),
            missed(StatusProblem::ResponderError {
                status: OcspResponseStatus::Unauthorized,
            }),
        ),
        (Ok(old()), missed(StatusProblem::NonceMissing)),
    ] {
        let network = Network {
            ocsp,
            ..Network::new(Some(list.clone()))
        };
        let (standing, ocsp, crl) = stands(&certificate, &authority, &network, 0);
        assert!(matches!(standing, Standing::Good { .. }), "{standing:?}");
        let url = OCSP.to_owned();
        assert_eq!(ocsp, Asked::Failed { url, why });
        assert_eq!(
            crl,
            Asked::Answered {
                url: LIST.to_owned()
            }
        );
        let mut asked = network.asked.borrow().clone();
        // A responder that has nothing to say for the issuer is asked by SHA-1 as well.
        asked.dedup();
        assert_eq!(asked, [OCSP, LIST]);
    }
}

/// An answer without a nonce, of what was known so many seconds ago.
fn said_good(certificate: &Certificate, authority: &Authority, age: i64) -> Vec<u8> {
    let mut draft = crate::pki::ResponseDraft::about(
        certificate,
        &authority.certificate,
        crate::pki::Said::Good,
    );
    draft.this_update = now().unix() - age;
    draft.sign_der(&authority.key)
}

#[test]
fn an_answer_without_a_nonce_counts_for_a_quarter_of_an_hour() {
    let authority = Authority::root("Root");
    let certificate = draft(&authority).sign(&authority.key);
    for age in [0, 15 * 60] {
        let network = Network {
            ocsp: Ok(said_good(&certificate, &authority, age)),
            ..Network::new(None)
        };
        let (standing, ocsp, _) = stands(&certificate, &authority, &network, 0);
        assert!(matches!(standing, Standing::Good { .. }), "{standing:?}");
        assert_eq!(
            ocsp,
            Asked::Answered {
                url: OCSP.to_owned()
            }
        );
    }
}

#[test]
fn a_responder_that_knows_the_issuer_by_sha1_alone_is_asked_once_more() {
    let authority = Authority::root("Root");
    let certificate = draft(&authority).sign(&authority.key);
    let unknown = crate::pki::ResponseDraft::about(
        &certificate,
        &authority.certificate,
        crate::pki::Said::Unknown,
    )
    .sign_der(&authority.key);
    for by_sha256 in [vec![0x30, 0x03, 0x0a, 0x01, 6], unknown] {
        let network = Network {
            ocsp: Ok(by_sha256),
            by_sha1: Some(said_good(&certificate, &authority, 0)),
            ..Network::new(None)
        };
        let (standing, ..) = stands(&certificate, &authority, &network, 0);
        assert!(matches!(standing, Standing::Good { .. }), "{standing:?}");
        assert_eq!(*network.asked.borrow(), [OCSP, OCSP]);
    }
}

#[test]
fn revoked_and_held_are_told_apart() {
    let authority = Authority::root("Root");
    let certificate = draft(&authority).sign(&authority.key);
    let when = now().unix() - 3600;
    let listed = |reason| {
        let list = authority
            .full_list()
            .revoke(&SERIAL, when, reason)
            .sign_der(&authority.key);
        stands(&certificate, &authority, &Network::new(Some(list)), 0).0
    };
    let by = StatusSource::Crl;
    assert_eq!(
        listed(1),
        Standing::Revoked {
            at: at(when),
            reason: RevocationReason::KeyCompromise,
            by,
        }
    );
    assert_eq!(listed(6), Standing::OnHold { at: at(when), by });
}

#[test]
fn what_nobody_tells_is_unknown() {
    let authority = Authority::root("Root");
    let certificate = draft(&authority).sign(&authority.key);
    let (standing, ocsp, crl) = stands(&certificate, &authority, &Network::new(None), 0);
    assert!(matches!(standing, Standing::Unknown { .. }), "{standing:?}");
    assert!(failed(&ocsp, OCSP) && failed(&crl, LIST));
    // A list by somebody else says nothing.
    let stranger = Authority::root("Root");
    let list = stranger
        .full_list()
        .sign_der(&stranger.key);
    let (standing, ..) = stands(&certificate, &authority, &Network::new(Some(list)), 0);
    assert!(matches!(standing, Standing::Unknown { .. }), "{standing:?}");
    // Without addresses there is nobody to ask.
    let silent = draft(&authority)
        .without(rfc5280::ID_PE_AUTHORITY_INFO_ACCESS)
        .without(rfc5280::ID_CE_CRL_DISTRIBUTION_POINTS)
        .sign(&authority.key);
    let (standing, ocsp, crl) = stands(&silent, &authority, &Network::new(None), 0);
    assert!(matches!(standing, Standing::Unknown { .. }), "{standing:?}");
    assert_eq!((ocsp, crl), (Asked::NoAddress, Asked::NoAddress));
}

#[test]
fn before_and_after_its_validity_it_is_said_so() {
    let authority = Authority::root("Root");
    let day = 86_400;
    let certificate = draft(&authority)
        .valid(now().unix() - day, now().unix() + day)
        .sign(&authority.key);
    let network = Network::new(Some(
        authority
            .full_list()
            .sign_der(&authority.key),
    ));
    let (standing, ..) = stands(&certificate, &authority, &network, 2);
    let not_after = certificate.not_after();
    assert_eq!(standing, Standing::Expired { not_after });
    let (standing, ..) = stands(&certificate, &authority, &network, -2);
    let not_before = certificate.not_before();
    assert_eq!(standing, Standing::NotYetValid { not_before });
}

#[test]
fn nobody_is_asked_about_a_certificate_that_no_trusted_authority_has_signed() {
    let authority = Authority::root("Root");
    // The same name, another key.
    let stranger = Authority::root("Root");
    let certificate = draft(&stranger).sign(&stranger.key);
    let network = Network::new(Some(
        authority
            .full_list()
            .sign_der(&authority.key),
    ));
    let (standing, ocsp, crl) = stands(&certificate, &authority, &network, 0);
    assert!(
        matches!(standing, Standing::Untrusted { .. }),
        "{standing:?}"
    );
    assert_eq!((ocsp, crl), (Asked::NotAsked, Asked::NotAsked));
    assert!(network.asked.borrow().is_empty());
    // An authentication certificate where a signature certificate is asked about.
    let other = authority
        .authentication_draft(&crate::pki::p256())
        .sign(&authority.key);
    let (standing, ..) = stands(&other, &authority, &network, 0);
    assert!(
        matches!(standing, Standing::Untrusted { .. }),
        "{standing:?}"
    );
}
