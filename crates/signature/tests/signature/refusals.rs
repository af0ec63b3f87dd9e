//! Every part of a signature wrong on purpose, with the reason it is refused for.

use crate::{
    citizen::{CONTENT, Citizen},
    container::{
        Container, SHA1, SHA256, Signer, algorithm, certificate_reference, issuer_and_serial,
        signing_time,
    },
    pki::{self, Authority, rsa},
};
use const_oid::{ObjectIdentifier, db::rfc5911};
use der::Encode;
use shirushi_asn1::{Cause, tlv};
use shirushi_crypto::{DigestAlgorithm, sha1, sha256};
use shirushi_signature::{MAX_CMS_LEN, SignatureError, verify};

const REFERENCE: ObjectIdentifier = rfc5911::ID_AA_SIGNING_CERTIFICATE_V_2;

/// The error for a container that was changed before it was signed.
fn refusal(change: impl FnOnce(&mut Container, &Citizen)) -> SignatureError {
    let citizen = Citizen::new();
    let mut container = Container::right(&citizen);
    change(&mut container, &citizen);
    verify(&container.sign(&citizen.key), CONTENT).unwrap_err()
}

fn refusal_of_signer(change: impl FnOnce(&mut Signer, &Citizen)) -> SignatureError {
    refusal(|container, citizen| change(&mut container.signers[0], citizen))
}

#[test]
fn the_container_written_by_hand_is_right() {
    let citizen = Citizen::new();
    let cms = Container::right(&citizen).sign(&citizen.key);
    assert!(verify(&cms, CONTENT).is_ok());
}

#[test]
fn a_changed_content_is_told_with_both_digests() {
    let citizen = Citizen::new();
    let changed = [CONTENT, b" "].concat();
    assert_eq!(
        verify(&citizen.signs(CONTENT), &changed).unwrap_err(),
        SignatureError::ContentChanged {
            expected: sha256(CONTENT).to_vec(),
            found: sha256(&changed).to_vec(),
        }
    );
}

#[test]
fn attributes_changed_after_signing_do_not_verify() {
    let citizen = Citizen::new();
    let cms = citizen.signs(CONTENT);
    let time = signing_time();
    let place = cms
        .windows(time.len())
        .position(|w| w == time)
        .unwrap();
    let mut changed = cms.clone();
    changed[place + 3] ^= 1;
    let refused = verify(&changed, CONTENT).unwrap_err();
    assert_eq!(refused, SignatureError::SignatureInvalid);
}

#[test]
fn a_digest_replaced_to_fit_another_content_does_not_verify() {
    let citizen = Citizen::new();
    let cms = citizen.signs(CONTENT);
    let (ours, theirs) = (sha256(CONTENT), sha256(b"another"));
    let place = cms
        .windows(32)
        .position(|w| w == ours)
        .unwrap();
    let mut changed = cms.clone();
    changed[place..place + 32].copy_from_slice(&theirs);
    assert_eq!(
        verify(&changed, b"another").unwrap_err(),
        SignatureError::SignatureInvalid
    );
}

#[test]
fn a_signature_that_is_nonsense_does_not_verify() {
    for nonsense in [vec![0; 256], vec![0xff; 256], Vec::new(), vec![1; 5_000]] {
        let refused = refusal_of_signer(|signer, _| signer.signature = Some(nonsense));
        assert_eq!(refused, SignatureError::SignatureInvalid);
    }
}

#[test]
fn ghsa_58hw_another_certificate_of_the_same_name_and_number_is_not_the_signers() {
    let refused = refusal(|container, citizen| {
        let other = citizen
            .authority
            .signature_draft(&rsa())
            .sign(&citizen.authority.key);
        assert_eq!(other.serial(), citizen.certificate.serial());
        container.certificates = vec![other.der().to_vec()];
    });
    assert_eq!(refused, SignatureError::SigningCertificateMismatch);
}

#[test]
fn the_bound_certificate_is_found_among_those_of_the_same_name() {
    let citizen = Citizen::new();
    let mut container = Container::right(&citizen);
    let other = citizen
        .authority
        .signature_draft(&rsa())
        .sign(&citizen.authority.key);
    container
        .certificates
        .insert(0, other.der().to_vec());
    let verified = verify(&container.sign(&citizen.key), CONTENT).unwrap();
    assert_eq!(verified.signer(), &citizen.certificate);
}

#[test]
fn a_certificate_renewed_over_the_same_key_is_not_the_one_signed_with() {
    let refused = refusal(|container, citizen| {
        let renewed = citizen
            .authority
            .signature_draft(&citizen.key)
            .serial(&[0x41, 0x77])
            .sign(&citizen.authority.key);
        container.signers[0].identifier = issuer_and_serial(&renewed);
        container.certificates = vec![renewed.der().to_vec()];
    });
    assert_eq!(refused, SignatureError::SigningCertificateMismatch);
}

#[test]
fn without_the_signers_certificate_there_is_nobody_to_verify() {
    let refused = refusal(|container, _| container.certificates.clear());
    assert_eq!(refused, SignatureError::SignerCertificateMissing);
    let refused = refusal_of_signer(|signer, _| {
        let other = Authority::root("Other").certificate;
        signer.identifier = issuer_and_serial(&other);
    });
    assert_eq!(refused, SignatureError::SignerCertificateMissing);
}

#[test]
fn a_signer_named_by_key_identifier_is_found() {
    let citizen = Citizen::new();
    let mut container = Container::right(&citizen);
    let identifier = citizen
        .certificate
        .subject_key_identifier()
        .unwrap();
    container.signers[0].identifier = tlv::element(0x80, identifier);
    assert!(verify(&container.sign(&citizen.key), CONTENT).is_ok());
    container.signers[0].identifier = tlv::element(0x80, &[7; 20]);
    assert_eq!(
        verify(&container.sign(&citizen.key), CONTENT).unwrap_err(),
        SignatureError::SignerCertificateMissing
    );
}

/// A name of the signer's issuer is compared as RFC 5280 §7.1 has it, in the SignerInfo and in the reference of RFC 5035 §5.4.
#[test]
fn a_signer_named_in_any_string_type_is_found() {
    let citizen = Citizen::new();
    let serial = citizen.certificate.serial().to_der();
    let own = citizen.certificate.issuer_der();
    let named = |issuer: &[u8]| tlv::element(tlv::SEQUENCE, &[issuer, &serial].concat());
    let bound = |issuer: &[u8]| {
        let hash = tlv::element(tlv::OCTET_STRING, &citizen.certificate.sha256());
        let names = tlv::element(tlv::SEQUENCE, &tlv::element(0xa4, issuer));
        let issuer_serial = tlv::element(tlv::SEQUENCE, &[names, serial.clone()].concat());
        let id = tlv::element(tlv::SEQUENCE, &[hash, issuer_serial].concat());
        tlv::element(tlv::SEQUENCE, &tlv::element(tlv::SEQUENCE, &id))
    };
    let judged = |by_signer: &[u8], by_reference: &[u8]| {
        let mut container = Container::right(&citizen);
        container.signers[0].identifier = named(by_signer);
        container.signers[0].set(REFERENCE, Some(&[bound(by_reference)]));
        verify(&container.sign(&citizen.key), CONTENT).map(|_| ())
    };
    let shouted = pki::name(&[("C", "jp"), ("O", " jpki-SANDBOX "), ("OU", "ROOT")]);
    let faces = [pki::PRINTABLE, pki::TELETEX, pki::BMP]
        .map(|tag| pki::retyped(own, tag))
        .into_iter()
        .chain([shouted]);
    for name in faces {
        assert_ne!(name, own);
        assert_eq!(judged(&name, own), Ok(()), "{name:02x?}");
        assert_eq!(judged(own, &name), Ok(()), "{name:02x?}");
        assert_eq!(judged(&name, &name), Ok(()), "{name:02x?}");
    }
    let another = pki::sandbox("Another");
    assert_eq!(
        judged(&another, own),
        Err(SignatureError::SignerCertificateMissing)
    );
    assert_eq!(
        judged(own, &another),
        Err(SignatureError::SigningCertificateMismatch)
    );
}

/// RFC 5754 §2 and RFC 4055 §5: NULL and nothing are the same.
#[test]
fn algorithms_are_the_same_with_and_without_null() {
    let rsa = "1.2.840.113549.1.1.1";
    let sha256_with_rsa = "1.2.840.113549.1.1.11";
    for digest in [&[][..], &[0x05, 0x00]] {
        for oid in [rsa, sha256_with_rsa] {
            for parameters in [&[][..], &[0x05, 0x00]] {
                let citizen = Citizen::new();
                let mut container = Container::right(&citizen);
                let signer = &mut container.signers[0];
                signer.digest_parameters = digest.to_vec();
                signer.algorithm = algorithm(ObjectIdentifier::new_unwrap(oid), parameters);
                let judged = verify(&container.sign(&citizen.key), CONTENT).map(|_| ());
                assert_eq!(judged, Ok(()), "{oid} {parameters:?}, digest {digest:?}");
            }
        }
    }
}

#[test]
fn the_content_must_be_outside() {
    let refused = refusal(|container, _| container.content = Some(CONTENT.to_vec()));
    assert_eq!(refused, SignatureError::NotDetached);
}

#[test]
fn there_is_one_signer() {
    let refused = refusal(|container, _| container.signers.clear());
    assert_eq!(refused, SignatureError::NoSigner);
    let refused = refusal(|container, _| {
        let again = container.signers[0].clone();
        container.signers.push(again);
    });
    assert_eq!(refused, SignatureError::SeveralSigners { count: 2 });
}

#[test]
fn what_is_signed_is_data() {
    let other = rfc5911::ID_SIGNED_DATA;
    let refused = refusal(|container, _| container.content_type = other);
    assert_eq!(refused, SignatureError::ContentType { oid: other });
    let value = [other.to_der().unwrap()];
    let refused = refusal_of_signer(|signer, _| signer.set(rfc5911::ID_CONTENT_TYPE, Some(&value)));
    assert_eq!(refused, SignatureError::ContentType { oid: other });
}

#[test]
fn every_attribute_of_cades_b_must_be_there_once_with_one_value() {
    for oid in [
        rfc5911::ID_CONTENT_TYPE,
        rfc5911::ID_MESSAGE_DIGEST,
        rfc5911::ID_SIGNING_TIME,
        REFERENCE,
    ] {
        let expected = SignatureError::SignedAttribute { oid };
        let missing = refusal_of_signer(|signer, _| signer.set(oid, None));
        assert_eq!(missing, expected, "missing {oid}");
        let empty = refusal_of_signer(|signer, _| signer.set(oid, Some(&[])));
        assert!(
            matches!(empty, SignatureError::NotRead { .. }),
            "empty {oid}"
        );
        let twice = refusal_of_signer(|signer, _| {
            let (one, other) = ([5, 0].to_vec(), [5, 0].to_vec());
            signer.set(oid, Some(&[one, other]));
        });
        assert_eq!(twice, expected, "two values of {oid}");
        let repeated = refusal_of_signer(|signer, _| {
            let again = crate::container::attribute(oid, &[vec![0x05, 0x00]]);
            let attributes = signer.attributes.as_mut().unwrap();
            attributes.push(again);
            attributes.sort();
        });
        assert_eq!(repeated, expected, "repeated {oid}");
    }
}

#[test]
fn a_signature_without_signed_attributes_is_refused() {
    let refused = refusal_of_signer(|signer, _| signer.attributes = None);
    let oid = rfc5911::ID_MESSAGE_DIGEST;
    assert_eq!(refused, SignatureError::SignedAttribute { oid });
}

#[test]
fn attributes_out_of_order_are_not_der() {
    let refused = refusal_of_signer(|signer, _| {
        let attributes = signer.attributes.as_mut().unwrap();
        attributes.reverse();
    });
    assert!(matches!(
        refused,
        SignatureError::BerNotDer {
            what: "signedAttrs",
            ..
        }
    ));
}

#[test]
fn sha_1_binds_neither_content_nor_certificate() {
    let refused = refusal_of_signer(|signer, _| signer.digest = SHA1);
    assert_eq!(refused, SignatureError::Algorithm { oid: SHA1 });
    let refused = refusal_of_signer(|signer, citizen| {
        let hash = sha1(citizen.certificate.der());
        let reference = certificate_reference(&algorithm(SHA1, &[0x05, 0x00]), &hash);
        signer.set(REFERENCE, Some(&[reference]));
    });
    assert_eq!(refused, SignatureError::Algorithm { oid: SHA1 });
}

#[test]
fn the_reference_may_name_its_hash() {
    for digest in [DigestAlgorithm::Sha256, DigestAlgorithm::Sha512] {
        let citizen = Citizen::new();
        let mut container = Container::right(&citizen);
        let hash = digest.digest(citizen.certificate.der());
        let named = algorithm(digest.oid(), &[0x05, 0x00]);
        let reference = certificate_reference(&named, &hash);
        container.signers[0].set(REFERENCE, Some(&[reference]));
        assert!(verify(&container.sign(&citizen.key), CONTENT).is_ok());
    }
}

#[test]
fn digest_and_signature_algorithm_must_fit_together() {
    let sha384_with_rsa = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.12");
    let refused =
        refusal_of_signer(|signer, _| signer.algorithm = algorithm(sha384_with_rsa, &[5, 0]));
    assert_eq!(
        refused,
        SignatureError::Algorithm {
            oid: sha384_with_rsa
        }
    );
    let rsa = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
    let refused = refusal_of_signer(|signer, _| signer.algorithm = algorithm(rsa, &[2, 1, 7]));
    assert_eq!(refused, SignatureError::Algorithm { oid: rsa });
    let unknown = ObjectIdentifier::new_unwrap("2.25.4711.97");
    let refused = refusal_of_signer(|signer, _| signer.algorithm = algorithm(unknown, &[]));
    assert_eq!(refused, SignatureError::Algorithm { oid: unknown });
    let refused = refusal_of_signer(|signer, _| signer.digest = unknown);
    assert_eq!(refused, SignatureError::Algorithm { oid: unknown });
    assert_ne!(SHA256, unknown);
}

#[test]
fn an_unknown_version_is_refused() {
    let refused = refusal(|container, _| container.version = 9);
    assert!(matches!(
        refused,
        SignatureError::NotRead {
            what: "CMSVersion",
            cause: Cause::Value,
            ..
        }
    ));
}

#[test]
fn more_certificates_than_a_chain_has_are_refused() {
    let refused = refusal(|container, _| {
        let one = container.certificates[0].clone();
        container.certificates = vec![one; 17];
    });
    assert!(matches!(
        refused,
        SignatureError::NotRead {
            cause: Cause::TooMany { most: 16 },
            ..
        }
    ));
}

#[test]
fn a_container_beyond_the_limit_is_not_read() {
    let cms = vec![0x30; MAX_CMS_LEN + 1];
    let too_large = SignatureError::TooLarge {
        limit: MAX_CMS_LEN,
        size: MAX_CMS_LEN + 1,
    };
    assert_eq!(verify(&cms, CONTENT).unwrap_err(), too_large);
}

#[test]
fn an_indefinite_length_is_not_der() {
    let citizen = Citizen::new();
    let der = citizen.signs(CONTENT);
    let content = tlv::only("x", &der, tlv::SEQUENCE)
        .unwrap()
        .content;
    let ber = [&[0x30, 0x80][..], content, &[0, 0]].concat();
    let refused = verify(&ber, CONTENT).unwrap_err();
    let expected = SignatureError::BerNotDer {
        what: "ContentInfo",
        offset: 0,
    };
    assert_eq!(refused, expected);
}

#[test]
fn bytes_after_the_container_are_refused() {
    let mut cms = Citizen::new().signs(CONTENT);
    cms.push(0);
    assert!(verify(&cms, CONTENT).is_ok(), "zero bytes are padding");
    cms.push(1);
    assert!(matches!(
        verify(&cms, CONTENT).unwrap_err(),
        SignatureError::NotRead {
            cause: Cause::TrailingData,
            ..
        }
    ));
}

#[test]
fn what_is_no_container_is_malformed() {
    for bytes in [
        &b""[..],
        b"0",
        b"-----BEGIN CMS-----",
        b"%PDF-1.7",
        &[0x30, 0x00],
    ] {
        let refused = verify(bytes, CONTENT).unwrap_err();
        assert!(
            matches!(refused, SignatureError::Malformed { .. }),
            "{refused:?}"
        );
    }
}
