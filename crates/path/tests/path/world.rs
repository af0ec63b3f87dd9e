//! A chain that is right in every respect, and what is asked of it.

use crate::pki::{Authority, Draft, now, p256};
use const_oid::ObjectIdentifier;
use shirushi_crypto::SoftwareKey;
use shirushi_path::{Evidence, PathError, Requirements, TrustAnchors, validate};
use shirushi_profile::{Certificate, CertificateKind};
use std::sync::Arc;

/// One chain: leaf, intermediates, anchors, and what is asked.
pub(crate) struct Case {
    pub(crate) leaf: Certificate,
    pub(crate) intermediates: Vec<Certificate>,
    pub(crate) anchors: Vec<Certificate>,
    pub(crate) evidence: Evidence,
    pub(crate) requirements: Requirements,
}

/// A root, a chain of authorities below it, and a citizen's key.
pub(crate) struct World {
    pub(crate) root: Authority,
    pub(crate) cas: Vec<Authority>,
    pub(crate) key: Arc<SoftwareKey>,
}

impl World {
    pub(crate) fn flat() -> Self {
        Self {
            root: Authority::root("Root"),
            cas: Vec::new(),
            key: p256(),
        }
    }

    pub(crate) fn with_ca(change: impl FnOnce(Draft) -> Draft) -> Self {
        let mut world = Self::flat();
        world.add("Sub", change);
        world
    }

    pub(crate) fn add(&mut self, unit: &str, change: impl FnOnce(Draft) -> Draft) {
        let ca = self.lowest().below(unit, change);
        self.cas.push(ca);
    }

    pub(crate) fn lowest(&self) -> &Authority {
        self.cas.last().unwrap_or(&self.root)
    }

    pub(crate) fn draft(&self) -> Draft {
        self.lowest().signature_draft(&self.key)
    }

    pub(crate) fn case(&self, leaf: &Draft) -> Case {
        self.case_of(leaf.sign(&self.lowest().key))
    }

    pub(crate) fn case_of(&self, leaf: Certificate) -> Case {
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
                ..Evidence::default()
            },
            requirements: Requirements::new(CertificateKind::Signature, now()),
        }
    }

    pub(crate) fn right(&self) -> Case {
        self.case(&self.draft())
    }
}

impl Case {
    pub(crate) fn run(&self) -> Result<(), PathError> {
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

    pub(crate) fn accepting(mut self, policies: &[ObjectIdentifier]) -> Self {
        self.requirements.policies = policies.to_vec();
        self
    }
}

#[track_caller]
pub(crate) fn accepted(case: &Case) {
    assert_eq!(case.run(), Ok(()));
}

#[track_caller]
pub(crate) fn refused(case: &Case, error: PathError) {
    assert_eq!(case.run(), Err(error));
}
