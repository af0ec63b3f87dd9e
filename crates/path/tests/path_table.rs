//! What a path is refused for, and what not.
//!
//! * every row is one certificate chain that differs from a right one in one respect;
//! * the refusal names the certificate at fault, counted from the leaf;
//! * what must be accepted stands in the same table.
#![allow(missing_docs)]

#[path = "support/pki.rs"]
mod pki;

use const_oid::{ObjectIdentifier, db::rfc5280};
use der::Encode;
use pki::{
    Authority, DAY, Draft, Ext, NOW, at, basic_constraints, directory, extended_usage, key_usage,
    name, name_constraints, now, p256, parsed_name, policies, sandbox,
};
use shirushi_asn1::{oid, tlv};
use shirushi_crypto::SoftwareKey;
use shirushi_path::{
    Budget, BudgetUnit, Check, Evidence, PathError, Requirements, TrustAnchors, examine, validate,
};
use shirushi_profile::{Certificate, CertificateKind};
use std::sync::Arc;

const ANY_POLICY: ObjectIdentifier = rfc5280::ANY_POLICY;
const OTHER_POLICY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.25.4711.1");
const UNKNOWN: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.25.4711.99");
const SIGNATURE: ObjectIdentifier = oid::POLICY_SIGNATURE_TEST;

/// One chain: leaf, intermediates, anchors, and what is asked.
struct Case {
    leaf: Certificate,
    intermediates: Vec<Certificate>,
    anchors: Vec<Certificate>,
    evidence: Evidence,
    requirements: Requirements,
}

/// A root, a chain of authorities below it, and a citizen's key.
struct World {
    root: Authority,
    cas: Vec<Authority>,
    key: Arc<SoftwareKey>,
}

impl World {
    fn flat() -> Self {
        Self {
            root: Authority::root("Root"),
            cas: Vec::new(),
            key: p256(),
        }
    }

    fn with_ca(change: impl FnOnce(Draft) -> Draft) -> Self {
        let mut world = Self::flat();
        world.add("Sub", change);
        world
    }

    fn add(&mut self, unit: &str, change: impl FnOnce(Draft) -> Draft) {
        let ca = self.lowest().below(unit, change);
        self.cas.push(ca);
    }

    fn lowest(&self) -> &Authority {
        self.cas.last().unwrap_or(&self.root)
    }

    fn draft(&self) -> Draft {
        self.lowest().signature_draft(&self.key)
    }

    fn case(&self, leaf: &Draft) -> Case {
        self.case_of(leaf.sign(&self.lowest().key))
    }

    fn case_of(&self, leaf: Certificate) -> Case {
        let mut crls = vec![
            self.root
                .full_list()
                .sign(&self.root.key),
        ];
        crls.extend(
            self.cas
                .iter()
                .map(|ca| ca.full_list().sign(&ca.key)),
        );
        Case {
            leaf,
            intermediates: self
                .cas
                .iter()
                .map(|ca| ca.certificate.clone())
                .collect(),
            anchors: vec![self.root.certificate.clone()],
            evidence: Evidence {
                crls,
                ocsp: Vec::new(),
            },
            requirements: Requirements::new(CertificateKind::Signature, now()),
        }
    }

    fn right(&self) -> Case {
        self.case(&self.draft())
    }
}

impl Case {
    fn run(&self) -> Result<(), PathError> {
        let anchors = TrustAnchors::new(self.anchors.clone());
        validate(
            &self.leaf,
            &self.intermediates,
            &anchors,
            &self.evidence,
            &self.requirements,
        )
        .map(|_| ())
    }

    fn accepting(mut self, policies: &[ObjectIdentifier]) -> Self {
        self.requirements.policies = policies.to_vec();
        self
    }
}

#[track_caller]
fn accepted(case: &Case) {
    assert_eq!(case.run(), Ok(()));
}

#[track_caller]
fn refused(case: &Case, error: PathError) {
    assert_eq!(case.run(), Err(error));
}

fn constraints_of_policies(explicit: Option<u8>, mapping: Option<u8>) -> Ext {
    let mut content = Vec::new();
    for (tag, value) in [(0x80, explicit), (0x81, mapping)] {
        if let Some(value) = value {
            tlv::push(&mut content, tag, &[value]);
        }
    }
    Ext::new(
        rfc5280::ID_CE_POLICY_CONSTRAINTS,
        true,
        tlv::element(tlv::SEQUENCE, &content),
    )
}

fn mapping(pairs: &[(ObjectIdentifier, ObjectIdentifier)]) -> Ext {
    let list: Vec<u8> = pairs
        .iter()
        .flat_map(|(issuer, subject)| {
            let pair = [issuer.to_der().unwrap(), subject.to_der().unwrap()].concat();
            tlv::element(tlv::SEQUENCE, &pair)
        })
        .collect();
    Ext::new(
        rfc5280::ID_CE_POLICY_MAPPINGS,
        true,
        tlv::element(tlv::SEQUENCE, &list),
    )
}

fn inhibit_any(skip: u8) -> Ext {
    Ext::new(
        rfc5280::ID_CE_INHIBIT_ANY_POLICY,
        true,
        vec![0x02, 0x01, skip],
    )
}

mod trust {
    use super::*;

    #[test]
    fn a_certificate_below_the_anchor_is_accepted() {
        accepted(&World::flat().right());
    }

    #[test]
    fn a_certificate_below_three_intermediates_is_accepted_in_any_order() {
        let mut world = World::flat();
        for unit in ["A", "BB", "CCC"] {
            world.add(unit, |draft| draft);
        }
        let mut case = world.right();
        accepted(&case);
        case.intermediates.reverse();
        accepted(&case);
    }

    #[test]
    fn without_anchors_nobody_is_trusted() {
        let world = World::flat();
        let mut case = world.right();
        case.anchors.clear();
        let issuer = Box::new(parsed_name(&world.root.name));
        refused(&case, PathError::UntrustedIssuer { index: 0, issuer });
    }

    #[test]
    fn a_missing_intermediate_leaves_the_leaf_untrusted() {
        let world = World::with_ca(|draft| draft);
        let mut case = world.right();
        case.intermediates.clear();
        let issuer = Box::new(parsed_name(&sandbox("Sub")));
        refused(&case, PathError::UntrustedIssuer { index: 0, issuer });
    }

    #[test]
    fn an_intermediate_below_another_root_is_not_trusted() {
        let world = World::with_ca(|draft| draft);
        let mut case = world.right();
        case.anchors = vec![Authority::root("Elsewhere").certificate];
        let issuer = Box::new(parsed_name(&world.root.name));
        refused(&case, PathError::UntrustedIssuer { index: 1, issuer });
    }

    #[test]
    fn a_root_sent_along_is_not_trusted_for_being_there() {
        let world = World::flat();
        let mut case = world.right();
        case.anchors = vec![Authority::root("Elsewhere").certificate];
        case.intermediates = vec![world.root.certificate.clone()];
        assert!(matches!(case.run(), Err(PathError::UntrustedIssuer { .. })));
    }

    #[test]
    fn another_authority_of_the_same_name_is_not_trusted() {
        let world = World::flat();
        let mut case = world.right();
        case.anchors = vec![Authority::root("Root").certificate];
        let issuer = Box::new(parsed_name(&world.root.name));
        refused(&case, PathError::UntrustedIssuer { index: 0, issuer });
    }

    #[test]
    fn among_generations_of_one_name_the_right_one_is_picked() {
        let world = World::flat();
        let mut case = world.right();
        case.anchors = vec![
            Authority::root("Root").certificate,
            world.root.certificate.clone(),
            Authority::root("Root").certificate,
        ];
        accepted(&case);
    }

    #[test]
    fn without_key_identifiers_the_generation_is_found_by_trying_the_signature() {
        let world = World::flat();
        let leaf = world
            .draft()
            .without(rfc5280::ID_CE_AUTHORITY_KEY_IDENTIFIER);
        let mut case = world.case(&leaf);
        case.anchors
            .insert(0, Authority::root("Root").certificate);
        accepted(&case);
        case.anchors.pop();
        refused(&case, PathError::SignatureInvalid { index: 0 });
    }

    #[test]
    fn an_issuer_claimed_by_key_identifier_must_have_signed() {
        let world = World::flat();
        let forged = world.draft().sign(&p256());
        refused(
            &world.case_of(forged),
            PathError::SignatureInvalid { index: 0 },
        );
    }

    #[test]
    fn a_changed_byte_anywhere_in_the_content_breaks_the_signature() {
        let world = World::flat();
        let der = world.draft().sign_der(&world.root.key);
        let position = der
            .windows(4)
            .position(|w| w == b"TEST")
            .unwrap();
        let mut changed = der.clone();
        changed[position] = b'B';
        let case = world.case_of(Certificate::from_der(&changed).unwrap());
        refused(&case, PathError::SignatureInvalid { index: 0 });
    }

    #[test]
    fn names_differing_in_case_and_spaces_only_are_the_same() {
        let world = World::flat();
        let mut leaf = world.draft();
        leaf.issuer = name(&[("C", "JP"), ("O", " Jpki-Sandbox "), ("OU", "ROOT")]);
        // The list is found by its issuer's bytes; only the path is asked here.
        let case = world.case(&leaf);
        let anchors = TrustAnchors::new(case.anchors.clone());
        let examined = examine(
            &case.leaf,
            &[],
            &anchors,
            &case.evidence,
            &case.requirements,
        );
        assert!(
            examined
                .problems()
                .iter()
                .all(|p| p.check() != Check::Trust)
        );
    }

    #[test]
    fn an_unknown_critical_extension_of_the_leaf_is_refused() {
        let world = World::flat();
        let leaf = world
            .draft()
            .with(Ext::new(UNKNOWN, true, [5, 0]));
        refused(
            &world.case(&leaf),
            PathError::UnknownCritical {
                index: 0,
                oid: UNKNOWN,
            },
        );
    }

    #[test]
    fn an_unknown_extension_that_is_not_critical_is_passed_over() {
        let world = World::flat();
        let leaf = world
            .draft()
            .with(Ext::new(UNKNOWN, false, [5, 0]));
        accepted(&world.case(&leaf));
    }

    #[test]
    fn an_unknown_critical_extension_of_an_intermediate_is_refused() {
        let world = World::with_ca(|draft| draft.with(Ext::new(UNKNOWN, true, [5, 0])));
        refused(
            &world.right(),
            PathError::UnknownCritical {
                index: 1,
                oid: UNKNOWN,
            },
        );
    }
}

mod authorities {
    use super::*;

    #[test]
    fn ghsa_58hw_an_intermediate_without_basic_constraints_is_no_ca() {
        let world = World::with_ca(|draft| draft.without(rfc5280::ID_CE_BASIC_CONSTRAINTS));
        refused(&world.right(), PathError::NotACa { index: 1 });
    }

    #[test]
    fn ghsa_58hw_an_intermediate_that_says_it_is_no_ca_is_none() {
        let none = Ext::new(rfc5280::ID_CE_BASIC_CONSTRAINTS, true, [0x30, 0x00]);
        let world = World::with_ca(|draft| draft.with(none));
        refused(&world.right(), PathError::NotACa { index: 1 });
    }

    #[test]
    fn ghsa_58hw_a_citizens_certificate_issues_nothing() {
        let world = World::flat();
        let citizen = world.draft().sign(&world.root.key);
        let mut forged = world
            .draft()
            .subject(&sandbox("Victim"));
        forged.issuer = citizen.subject_der().to_vec();
        forged = forged.with(pki::authority_key(&world.key.public_key_identifier()));
        let mut case = world.case_of(forged.sign(&world.key));
        case.intermediates.push(citizen);
        refused(&case, PathError::NotACa { index: 1 });
    }

    #[test]
    fn ghsa_58hw_a_ca_without_key_usage_is_refused() {
        let world = World::with_ca(|draft| draft.without(rfc5280::ID_CE_KEY_USAGE));
        refused(&world.right(), PathError::KeyUsage { index: 1 });
    }

    #[test]
    fn ghsa_58hw_a_ca_that_may_not_sign_certificates_is_refused() {
        let only_lists = key_usage(&[0x03, 0x02, 0x01, 0x02]);
        let world = World::with_ca(|draft| draft.with(only_lists));
        refused(&world.right(), PathError::KeyUsage { index: 1 });
    }

    #[test]
    fn an_anchor_that_is_no_ca_issues_nothing() {
        let mut world = World::flat();
        let key = Arc::clone(&world.root.key);
        world.root.certificate = Draft::ca(&world.root.name, &world.root.name, &key)
            .without(rfc5280::ID_CE_BASIC_CONSTRAINTS)
            .sign(&key);
        refused(&world.right(), PathError::NotACa { index: 1 });
    }

    #[test]
    fn a_path_length_of_zero_allows_a_leaf_and_no_ca_below() {
        let mut world = World::with_ca(|draft| draft.with(basic_constraints(Some(0))));
        accepted(&world.right());
        world.add("Lower", |draft| draft);
        refused(&world.right(), PathError::PathTooLong { index: 2 });
    }

    #[test]
    fn a_path_length_of_one_allows_one_ca_below() {
        let mut world = World::with_ca(|draft| draft.with(basic_constraints(Some(1))));
        world.add("Lower", |draft| draft);
        accepted(&world.right());
        world.add("Lowest", |draft| draft);
        refused(&world.right(), PathError::PathTooLong { index: 3 });
    }

    #[test]
    fn a_certificate_that_a_ca_issues_to_itself_does_not_count_as_length() {
        let mut world = World::with_ca(|draft| draft.with(basic_constraints(Some(0))));
        let old = world.lowest().clone();
        // A new key under the same name, certified with the old one (RFC 5280 §6.1.4(l)).
        world.add("Sub", |draft| draft.serial(&[0x55]));
        let mut case = world.right();
        case.evidence
            .crls
            .push(old.full_list().sign(&old.key));
        accepted(&case);
    }

    #[test]
    fn a_path_longer_than_the_budget_is_refused() {
        let mut world = World::flat();
        for unit in ["A", "BB", "CCC"] {
            world.add(unit, |draft| draft);
        }
        let mut case = world.right();
        case.requirements.budget.path_length = 3;
        refused(&case, PathError::PathTooLong { index: 2 });
        case.requirements.budget.path_length = 4;
        accepted(&case);
    }

    #[test]
    fn a_loop_of_authorities_ends() {
        let (a, b) = (Authority::root("A"), Authority::root("B"));
        let cross = |issuer: &Authority, subject: &Authority| {
            Draft::ca(&issuer.name, &subject.name, &subject.key).sign(&issuer.key)
        };
        let leaf = a.signature_draft(&p256()).sign(&a.key);
        let intermediates = [cross(&a, &b), cross(&b, &a)];
        let anchors = TrustAnchors::new(vec![Authority::root("C").certificate]);
        let requirements = Requirements::new(CertificateKind::Signature, now());
        let refused = validate(
            &leaf,
            &intermediates,
            &anchors,
            &Evidence::default(),
            &requirements,
        );
        assert!(matches!(refused, Err(PathError::UntrustedIssuer { .. })));
    }

    #[test]
    fn a_hundred_authorities_of_one_name_exhaust_the_budget_and_not_the_verifier() {
        let world = World::flat();
        let leaf = world
            .draft()
            .without(rfc5280::ID_CE_AUTHORITY_KEY_IDENTIFIER);
        let mut case = world.case(&leaf);
        case.anchors.clear();
        case.intermediates = (0..101)
            .map(|_| Authority::root("Root").certificate)
            .collect();
        let limit = Budget::default().signatures;
        refused(
            &case,
            PathError::BudgetExhausted {
                unit: BudgetUnit::Signatures,
                limit,
            },
        );
    }

    trait KeyIdentifier {
        fn public_key_identifier(&self) -> [u8; 20];
    }

    impl KeyIdentifier for SoftwareKey {
        fn public_key_identifier(&self) -> [u8; 20] {
            use shirushi_crypto::SigningKey;
            self.public_key().key_identifier()
        }
    }
}

mod kinds {
    use super::*;

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
}

mod validity {
    use super::*;

    #[test]
    fn ghsa_58hw_an_expired_certificate_is_refused() {
        let world = World::flat();
        let leaf = world
            .draft()
            .valid(NOW - 10 * DAY, NOW - 1);
        let expired = PathError::Expired {
            index: 0,
            not_after: at(NOW - 1),
            at: now(),
        };
        refused(&world.case(&leaf), expired);
    }

    #[test]
    fn ghsa_58hw_a_certificate_from_the_future_is_refused() {
        let world = World::flat();
        let leaf = world.draft().valid(NOW + 1, NOW + DAY);
        let early = PathError::NotYetValid {
            index: 0,
            not_before: at(NOW + 1),
            at: now(),
        };
        refused(&world.case(&leaf), early);
    }

    #[test]
    fn both_ends_of_the_validity_belong_to_it() {
        let world = World::flat();
        accepted(&world.case(&world.draft().valid(NOW, NOW + DAY)));
        accepted(&world.case(&world.draft().valid(NOW - DAY, NOW)));
    }

    #[test]
    fn an_expired_intermediate_is_refused() {
        let world = World::with_ca(|draft| draft.valid(NOW - 10 * DAY, NOW - DAY));
        let expired = PathError::Expired {
            index: 1,
            not_after: at(NOW - DAY),
            at: now(),
        };
        refused(&world.right(), expired);
    }

    #[test]
    fn an_expired_anchor_is_refused() {
        let mut world = World::flat();
        let key = Arc::clone(&world.root.key);
        world.root.certificate = Draft::ca(&world.root.name, &world.root.name, &key)
            .valid(NOW - 10 * DAY, NOW - DAY)
            .sign(&key);
        let expired = PathError::Expired {
            index: 1,
            not_after: at(NOW - DAY),
            at: now(),
        };
        refused(&world.right(), expired);
    }

    #[test]
    fn of_two_certificates_of_a_ca_the_valid_one_is_taken() {
        let mut world = World::flat();
        let key = p256();
        let name = sandbox("Sub");
        let issue = |world: &World, serial: u8, until: i64| {
            Draft::ca(&world.root.name, &name, &key)
                .serial(&[serial])
                .valid(NOW - 10 * DAY, until)
                .sign(&world.root.key)
        };
        let (old, new) = (
            issue(&world, 0x31, NOW - DAY),
            issue(&world, 0x32, NOW + DAY),
        );
        world.cas.push(Authority {
            key: Arc::clone(&key),
            name: name.clone(),
            certificate: new,
        });
        let mut case = world.right();
        case.intermediates.insert(0, old);
        accepted(&case);
    }
}

mod names {
    use super::*;

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
        let dns = tlv::element(0x82, b"example.jp");
        let world = World::with_ca(|d| d.with(name_constraints(&[dns.clone()], &[])));
        accepted(&world.right());
        let names = tlv::element(tlv::SEQUENCE, &dns);
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
}

mod policy {
    use super::*;

    const LOST_AT_LEAF: PathError = PathError::PolicyNotAccepted { index: 0 };

    #[test]
    fn the_policy_asked_for_is_accepted_when_every_ca_has_it() {
        let world = World::with_ca(|d| d.with(policies(&[SIGNATURE])));
        accepted(&world.right().accepting(&[SIGNATURE]));
    }

    #[test]
    fn any_policy_of_a_ca_lets_every_policy_through() {
        let world = World::with_ca(|d| d.with(policies(&[ANY_POLICY])));
        accepted(&world.right().accepting(&[SIGNATURE]));
    }

    #[test]
    fn a_ca_of_another_policy_spoils_the_leafs() {
        let world = World::with_ca(|d| d.with(policies(&[OTHER_POLICY])));
        refused(&world.right().accepting(&[SIGNATURE]), LOST_AT_LEAF);
    }

    #[test]
    fn a_policy_that_is_not_accepted_is_refused() {
        let world = World::flat();
        refused(&world.right().accepting(&[OTHER_POLICY]), LOST_AT_LEAF);
    }

    #[test]
    fn without_a_demand_for_policies_a_ca_without_any_is_accepted() {
        accepted(&World::with_ca(|draft| draft).right());
        let demanding = World::with_ca(|draft| draft)
            .right()
            .accepting(&[SIGNATURE]);
        refused(&demanding, PathError::PolicyNotAccepted { index: 1 });
    }

    #[test]
    fn a_ca_can_demand_an_explicit_policy_of_those_below() {
        let mut world = World::with_ca(|d| {
            d.with(policies(&[SIGNATURE]))
                .with(constraints_of_policies(Some(0), None))
        });
        accepted(&world.right());
        world.add("Lower", |draft| draft);
        refused(&world.right(), PathError::PolicyNotAccepted { index: 1 });
    }

    #[test]
    fn an_explicit_policy_can_be_demanded_from_one_certificate_later() {
        let strict = |skip| {
            World::with_ca(move |d| {
                d.with(policies(&[OTHER_POLICY]))
                    .with(constraints_of_policies(Some(skip), None))
            })
        };
        refused(&strict(0).right(), LOST_AT_LEAF);
        refused(&strict(1).right(), LOST_AT_LEAF);
        accepted(&strict(2).right());
    }

    #[test]
    fn a_mapped_policy_is_accepted_under_the_name_of_the_upper_domain() {
        let world = World::with_ca(|d| {
            d.with(policies(&[OTHER_POLICY]))
                .with(mapping(&[(OTHER_POLICY, SIGNATURE)]))
        });
        accepted(&world.right().accepting(&[OTHER_POLICY]));
        refused(&world.right().accepting(&[SIGNATURE]), LOST_AT_LEAF);
    }

    #[test]
    fn a_mapping_out_of_any_policy_is_accepted() {
        let world = World::with_ca(|d| {
            d.with(policies(&[ANY_POLICY]))
                .with(mapping(&[(OTHER_POLICY, SIGNATURE)]))
        });
        accepted(&world.right().accepting(&[OTHER_POLICY]));
    }

    #[test]
    fn a_mapping_can_be_inhibited_from_above() {
        let mut world = World::with_ca(|d| {
            d.with(policies(&[OTHER_POLICY]))
                .with(constraints_of_policies(None, Some(0)))
        });
        world.add("Lower", |d| {
            d.with(policies(&[OTHER_POLICY]))
                .with(mapping(&[(OTHER_POLICY, SIGNATURE)]))
        });
        refused(&world.right().accepting(&[OTHER_POLICY]), LOST_AT_LEAF);
    }

    #[test]
    fn any_policy_is_never_mapped() {
        for pair in [(ANY_POLICY, SIGNATURE), (SIGNATURE, ANY_POLICY)] {
            let world = World::with_ca(|d| {
                d.with(policies(&[SIGNATURE]))
                    .with(mapping(&[pair]))
            });
            let oid = rfc5280::ID_CE_POLICY_MAPPINGS;
            refused(&world.right(), PathError::Extension { index: 1, oid });
        }
    }

    #[test]
    fn any_policy_can_be_inhibited() {
        let world = |skip: u8| {
            let mut world = World::with_ca(|d| {
                d.with(policies(&[SIGNATURE]))
                    .with(inhibit_any(skip))
            });
            world.add("Lower", |d| d.with(policies(&[ANY_POLICY])));
            world
        };
        accepted(&world(1).right().accepting(&[SIGNATURE]));
        let inhibited = world(0).right().accepting(&[SIGNATURE]);
        refused(&inhibited, PathError::PolicyNotAccepted { index: 1 });
    }

    #[test]
    fn a_policy_listed_twice_is_refused() {
        let world = World::with_ca(|d| d.with(policies(&[SIGNATURE, SIGNATURE])));
        let oid = rfc5280::ID_CE_CERTIFICATE_POLICIES;
        refused(&world.right(), PathError::Extension { index: 1, oid });
    }

    #[test]
    fn hostile_mappings_do_not_explode() {
        let all: Vec<_> = (0..30)
            .map(|n| ObjectIdentifier::new(&format!("2.25.4711.5.{n}")).unwrap())
            .collect();
        let everything: Vec<_> = all
            .iter()
            .flat_map(|a| all.iter().map(move |b| (*a, *b)))
            .collect();
        let mut world = World::flat();
        for unit in ["A", "BB", "CCC", "DDDD"] {
            let (listed, mapped) = (policies(&all), mapping(&everything));
            world.add(unit, |d| d.with(listed).with(mapped));
        }
        let limit = Budget::default().policy_nodes;
        let unit = BudgetUnit::PolicyNodes;
        refused(&world.right(), PathError::BudgetExhausted { unit, limit });
    }
}
