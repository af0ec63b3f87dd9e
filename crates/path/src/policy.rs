//! Certificate policies along a path (RFC 5280 §6.1.2–6.1.5), kept as a graph of one node per policy and level: the tree of
//! RFC 5280 grows exponentially with hostile mappings (RFC 9618 §1).

use crate::{PathError, extensions, meter::Meter};
use const_oid::{
    ObjectIdentifier,
    db::rfc5280::{
        ANY_POLICY, ID_CE_CERTIFICATE_POLICIES, ID_CE_INHIBIT_ANY_POLICY, ID_CE_POLICY_CONSTRAINTS,
        ID_CE_POLICY_MAPPINGS,
    },
};
use der::asn1::Uint;
use shirushi_profile::Certificate;
use std::collections::{BTreeMap, BTreeSet};
use x509_cert::ext::pkix::{CertificatePolicies, PolicyConstraints, PolicyMappings};

type Policies = BTreeSet<ObjectIdentifier>;

/// The state of policy processing between two certificates.
pub(crate) struct PolicyState {
    /// The lowest level of the graph; none once the graph is empty (valid_policy_tree = NULL).
    level: Option<BTreeMap<ObjectIdentifier, Node>>,
    explicit_policy: u32,
    policy_mapping: u32,
    inhibit_any_policy: u32,
}

/// One policy on the lowest level.
#[derive(Clone, Default)]
struct Node {
    /// The policies in the anchor's domain that this one descends from: the nodes below anyPolicy at which the branch began.
    origins: Policies,
    /// expected_policy_set.
    expected: Policies,
}

impl PolicyState {
    /// RFC 5280 §6.1.2(a), (d)–(f) for a path of `length` certificates below the anchor.
    pub(crate) fn new(length: usize, explicit: bool) -> Self {
        let never = u32::try_from(length).map_or(u32::MAX, |n| n.saturating_add(1));
        let any = Node {
            origins: [ANY_POLICY].into(),
            expected: [ANY_POLICY].into(),
        };
        Self {
            level: Some([(ANY_POLICY, any)].into()),
            explicit_policy: if explicit { 0 } else { never },
            policy_mapping: never,
            inhibit_any_policy: never,
        }
    }

    /// RFC 5280 §6.1.3(d)–(f).
    pub(crate) fn descend(
        &mut self,
        index: usize,
        certificate: &Certificate,
        self_issued: bool,
        meter: &mut Meter,
    ) -> Result<(), PathError> {
        let oid = ID_CE_CERTIFICATE_POLICIES;
        let found = extensions::find::<CertificatePolicies>(index, certificate, oid)?;
        self.level = match (self.level.take(), found) {
            (Some(level), Some(policies)) => {
                let listed: Policies = policies
                    .0
                    .iter()
                    .map(|p| p.policy_identifier)
                    .collect();
                if listed.len() != policies.0.len() {
                    // §4.2.1.4: a policy must not appear more than once.
                    return Err(PathError::Extension { index, oid });
                }
                // Any policy of the leaf (index 0) counts only while inhibition has not begun; a CA that issues to itself may go on.
                let any_counts = self.inhibit_any_policy > 0 || (index > 0 && self_issued);
                let next = next_level(&level, &listed, any_counts, meter)?;
                (!next.is_empty()).then_some(next)
            }
            _ => None,
        };
        if self.explicit_policy == 0 && self.level.is_none() {
            return Err(PathError::PolicyNotAccepted { index });
        }
        Ok(())
    }

    /// RFC 5280 §6.1.4(a), (b), (h)–(j): prepares for the certificate below the CA certificate `index`.
    pub(crate) fn prepare_next(
        &mut self,
        index: usize,
        ca: &Certificate,
        self_issued: bool,
        meter: &mut Meter,
    ) -> Result<(), PathError> {
        self.map(index, ca, meter)?;
        if !self_issued {
            for counter in [
                &mut self.explicit_policy,
                &mut self.policy_mapping,
                &mut self.inhibit_any_policy,
            ] {
                *counter = counter.saturating_sub(1);
            }
        }
        let oid = ID_CE_POLICY_CONSTRAINTS;
        if let Some(c) = extensions::find::<PolicyConstraints>(index, ca, oid)? {
            lower(&mut self.explicit_policy, c.require_explicit_policy);
            lower(&mut self.policy_mapping, c.inhibit_policy_mapping);
        }
        let oid = ID_CE_INHIBIT_ANY_POLICY;
        if let Some(skip) = extensions::find::<Uint>(index, ca, oid)? {
            lower(&mut self.inhibit_any_policy, small(&skip));
        }
        Ok(())
    }

    /// RFC 5280 §6.1.5(a), (b), (g) at the leaf; `accepted` empty means any policy.
    pub(crate) fn conclude(
        mut self,
        leaf: &Certificate,
        accepted: &[ObjectIdentifier],
    ) -> Result<(), PathError> {
        self.explicit_policy = self.explicit_policy.saturating_sub(1);
        let oid = ID_CE_POLICY_CONSTRAINTS;
        if let Some(c) = extensions::find::<PolicyConstraints>(0, leaf, oid)?
            && c.require_explicit_policy == Some(0)
        {
            self.explicit_policy = 0;
        }
        let valid = self.level.is_some_and(|level| {
            level.values().any(|node| {
                accepted.is_empty()
                    || node.origins.contains(&ANY_POLICY)
                    || node
                        .origins
                        .iter()
                        .any(|o| accepted.contains(o))
            })
        });
        if self.explicit_policy == 0 && !valid {
            return Err(PathError::PolicyNotAccepted { index: 0 });
        }
        Ok(())
    }

    fn map(&mut self, index: usize, ca: &Certificate, meter: &mut Meter) -> Result<(), PathError> {
        let oid = ID_CE_POLICY_MAPPINGS;
        let Some(mappings) = extensions::find::<PolicyMappings>(index, ca, oid)? else {
            return Ok(());
        };
        let mut by_issuer: BTreeMap<ObjectIdentifier, Policies> = BTreeMap::new();
        for m in &mappings.0 {
            let (issuer, subject) = (m.issuer_domain_policy, m.subject_domain_policy);
            if issuer == ANY_POLICY || subject == ANY_POLICY {
                return Err(PathError::Extension { index, oid });
            }
            meter.policy_node()?;
            by_issuer
                .entry(issuer)
                .or_default()
                .insert(subject);
        }
        let Some(level) = &mut self.level else {
            return Ok(());
        };
        for (issuer, subjects) in by_issuer {
            if self.policy_mapping == 0 {
                level.remove(&issuer);
            } else if let Some(node) = level.get_mut(&issuer) {
                node.expected = subjects;
            } else if level.contains_key(&ANY_POLICY) {
                let node = Node {
                    origins: [issuer].into(),
                    expected: subjects,
                };
                level.insert(issuer, node);
            }
        }
        if level.is_empty() {
            self.level = None;
        }
        Ok(())
    }
}

/// RFC 5280 §6.1.3(d)(1)–(3). Nodes that no policy descends from disappear with the level that held them.
fn next_level(
    level: &BTreeMap<ObjectIdentifier, Node>,
    listed: &Policies,
    any_counts: bool,
    meter: &mut Meter,
) -> Result<BTreeMap<ObjectIdentifier, Node>, PathError> {
    let mut next: BTreeMap<ObjectIdentifier, Node> = BTreeMap::new();
    let mut add = |policy: ObjectIdentifier, origins: &Policies| {
        meter.policy_node()?;
        let node = next.entry(policy).or_default();
        node.origins.extend(origins);
        node.expected = [policy].into();
        Ok::<_, PathError>(())
    };
    let explicit = listed
        .iter()
        .filter(|p| **p != ANY_POLICY);
    for policy in explicit {
        let mut matched = false;
        for parent in level
            .values()
            .filter(|n| n.expected.contains(policy))
        {
            add(*policy, &parent.origins)?;
            matched = true;
        }
        if !matched && level.contains_key(&ANY_POLICY) {
            add(*policy, &[*policy].into())?;
        }
    }
    if any_counts && listed.contains(&ANY_POLICY) {
        for parent in level.values() {
            for policy in parent
                .expected
                .iter()
                .filter(|p| !listed.contains(*p) || **p == ANY_POLICY)
            {
                add(*policy, &parent.origins)?;
            }
        }
    }
    Ok(next)
}

fn lower(counter: &mut u32, limit: Option<u32>) {
    *counter = limit.map_or(*counter, |limit| limit.min(*counter));
}

/// A SkipCerts value; one too large for the counter limits nothing.
fn small(skip: &Uint) -> Option<u32> {
    skip.as_bytes()
        .iter()
        .try_fold(0_u32, |sum, byte| {
            sum.checked_mul(256)?
                .checked_add(u32::from(*byte))
        })
}
