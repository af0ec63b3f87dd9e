//! Whether a certificate is alive (有効性確認): asked, judged, and the clocks compared.

use crate::{Inquiry, Standing, StatusNetwork, inquire, standing, words};
use shirushi_clock::Instant;
use shirushi_crypto::Random;
use shirushi_path::TrustAnchors;
use shirushi_profile::{Certificate, CertificateKind};
use shirushi_rules::Language;

/// What a clock may be off, in seconds.
const TOLERANCE: i64 = 300;

/// One certificate, what was asked about it, and how it stands.
#[derive(Clone, Debug)]
pub struct Checked {
    /// Its kind.
    pub kind: CertificateKind,
    /// The certificate.
    pub certificate: Certificate,
    /// What was asked of whom.
    pub inquiry: Inquiry,
    /// How it stands.
    pub standing: Standing,
    /// By how many seconds this machine's clock is ahead of the authority's, where it is so far off that it cannot judge.
    pub clock_ahead: Option<i64>,
}

/// What a standing comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aliveness {
    /// It can be used.
    Alive,
    /// It cannot.
    Dead,
    /// What is there does not tell: not to be taken for alive.
    Unknown,
}

impl Checked {
    /// Asks about `certificate` and judges it at `at`.
    pub fn ask(
        kind: CertificateKind,
        certificate: Certificate,
        anchors: &TrustAnchors,
        network: &dyn StatusNetwork,
        random: &dyn Random,
        at: Instant,
    ) -> Self {
        let inquiry = inquire(&certificate, anchors, network, random, at);
        let stands = |at| standing(&certificate, kind, anchors, &inquiry.evidence, at);
        Self {
            standing: stands(at),
            clock_ahead: clock_ahead(&inquiry, at, stands),
            kind,
            certificate,
            inquiry,
        }
    }

    /// What it comes to.
    #[must_use]
    pub fn aliveness(&self) -> Aliveness {
        match self.standing {
            Standing::Revoked { .. } | Standing::OnHold { .. } => Aliveness::Dead,
            _ if self.clock_ahead.is_some() => Aliveness::Unknown,
            Standing::Good { .. } => Aliveness::Alive,
            Standing::Unknown { .. } | Standing::Untrusted { .. } => Aliveness::Unknown,
            // Which of two clocks is wrong nobody knows, and no new certificate is to be applied for.
            Standing::NotYetValid { .. } => Aliveness::Unknown,
            Standing::Expired { .. } => Aliveness::Dead,
        }
    }

    /// The seconds by which this machine's clock is ahead, where that is why nothing can be told.
    #[must_use]
    pub fn wrong_clock(&self) -> Option<i64> {
        self.clock_ahead
            .filter(|_| self.aliveness() == Aliveness::Unknown)
    }

    /// The same in words.
    #[must_use]
    pub fn said(&self, language: Language) -> String {
        match self.wrong_clock() {
            Some(ahead) => words::wrong_clock(ahead, language),
            None => words::standing(&self.standing, &self.certificate, language),
        }
    }
}

/// How far the clock is from the authority's, if further than it may be. The response is an answer to our nonce, so it was made just
/// now; that the authority has signed it is seen by its being evidence at its own time.
fn clock_ahead(
    inquiry: &Inquiry,
    at: Instant,
    stands: impl Fn(Instant) -> Standing,
) -> Option<i64> {
    let made_at = inquiry
        .evidence
        .ocsp
        .first()?
        .produced_at();
    let ahead = at.unix() - made_at.unix();
    let is_authentic = matches!(
        stands(made_at),
        Standing::Good { .. } | Standing::Revoked { .. } | Standing::OnHold { .. }
    );
    (is_authentic && ahead.abs() > TOLERANCE).then_some(ahead)
}
