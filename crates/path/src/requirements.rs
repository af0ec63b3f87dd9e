//! What is asked of a path.

use const_oid::ObjectIdentifier;
use shirushi_clock::Instant;
use shirushi_profile::CertificateKind;

/// What is asked of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirements {
    /// Kind of certificate that the leaf must be.
    pub kind: CertificateKind,
    /// The instant the path must be valid at: for a filing, when it was received.
    pub at: Instant,
    /// Whether `at` is an instant of the past that is asked about as such. Then a revocation counts from its date on. Otherwise `at` is now,
    /// and whatever is revoked is revoked: a date ahead of this clock says that one of two clocks is wrong, not that there is time left.
    pub is_past: bool,
    /// What the clock of whoever asks shows: evidence made more than five minutes after that is not used, for this clock or the
    /// authority's is wrong. None, where it is not told: nothing is from the future then.
    pub clock: Option<Instant>,
    /// Policies accepted (user-initial-policy-set, RFC 5280 §6.1.1(c)); when there are some, one must be valid for the whole
    /// path. None leaves the policy of the leaf to `kind` and to the constraints of the CAs.
    pub policies: Vec<ObjectIdentifier>,
    /// Whether a leaf passes whose policy stands for neither kind, where nothing else says that it is of the other: for whoever looks at
    /// their own certificate. A relying party wants a policy that it knows.
    pub takes_unlisted: bool,
    /// How much work the validation may cost.
    pub budget: Budget,
    /// How long after its nextUpdate evidence is still accepted, in seconds.
    pub crl_grace_seconds: u32,
}

impl Requirements {
    /// A certificate of this kind, valid now, which is this instant; evidence holds until its nextUpdate and no longer.
    #[must_use]
    pub fn new(kind: CertificateKind, at: Instant) -> Self {
        Self {
            kind,
            at,
            is_past: false,
            clock: Some(at),
            policies: Vec::new(),
            takes_unlisted: false,
            budget: Budget::default(),
            crl_grace_seconds: 0,
        }
    }

    /// The same, asked about an instant of the past: what was revoked after it was alive then. What time it is now is told by
    /// [`Requirements::by_the_clock`].
    #[must_use]
    pub fn in_the_past(kind: CertificateKind, at: Instant) -> Self {
        Self {
            is_past: true,
            clock: None,
            ..Self::new(kind, at)
        }
    }

    /// The same, asked when the clock shows `now`.
    #[must_use]
    pub fn by_the_clock(self, now: Instant) -> Self {
        Self {
            clock: Some(now),
            ..self
        }
    }
}

/// Limits of the work a validation may cost, so that hostile certificates cannot make it explode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Signatures verified, on certificates and on evidence.
    pub signatures: u32,
    /// Comparisons of a name with a constraint.
    pub name_comparisons: u32,
    /// Nodes of the policy graph.
    pub policy_nodes: u32,
    /// Certificates below the anchor.
    pub path_length: usize,
}

impl Default for Budget {
    /// Far above what JPKI needs (one certificate below the anchor, two or three generations of anchors).
    fn default() -> Self {
        Self {
            signatures: 100,
            name_comparisons: 10_000,
            policy_nodes: 1_000,
            path_length: 8,
        }
    }
}

/// The checks of a validation, each with its own answer to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Check {
    /// The path ends at an anchor, and every CA of it may do what it did.
    Trust,
    /// The leaf is of the kind asked for, by policy and key usage.
    Kind,
    /// Every certificate is within its validity.
    Validity,
    /// No certificate is revoked.
    Revocation,
    /// The status of every certificate is known.
    Status,
}
