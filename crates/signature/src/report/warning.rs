//! What is odd about a signature and refuses nothing: the signing time is the signer's claim, and nothing proves or disproves it.

use serde::{Deserialize, Serialize};
use shirushi_clock::Instant;
use shirushi_profile::Certificate;
use shirushi_rules::InBoth;

/// How far clocks may differ, in seconds.
const CLOCKS_DIFFER: i64 = 300;
/// A claim older than this is remarked upon, in seconds: a year.
const LONG_AGO: i64 = 365 * 86_400;

/// Something odd.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Warning {
    /// The signer claims to have signed before the certificate was valid.
    SignedBeforeValidity {
        /// The claim.
        signing_time: Instant,
        /// Beginning of validity.
        not_before: Instant,
    },
    /// The signer claims to have signed after the certificate's end.
    SignedAfterValidity {
        /// The claim.
        signing_time: Instant,
        /// End of validity.
        not_after: Instant,
    },
    /// The signer claims to have signed after the moment of the check.
    SignedInTheFuture {
        /// The claim.
        signing_time: Instant,
        /// The moment of the check.
        at: Instant,
    },
    /// The signer claims to have signed more than a year before the check.
    SignedLongAgo {
        /// The claim.
        signing_time: Instant,
        /// The moment of the check.
        at: Instant,
    },
}

impl Warning {
    /// What is odd, for a person.
    #[must_use]
    pub fn told(&self) -> InBoth {
        let (ja, en) = match self {
            Self::SignedBeforeValidity {
                signing_time,
                not_before,
            } => (
                format!(
                    "署名者の申告する署名時刻（{signing_time}）は、証明書の有効期間の始まり（{not_before}）より前です。申告が正しくないか、署名した機械の時計がずれています。"
                ),
                format!(
                    "The signer claims to have signed at {signing_time}, before the certificate was valid ({not_before}). The claim is not true, or the signing machine's clock was wrong."
                ),
            ),
            Self::SignedAfterValidity {
                signing_time,
                not_after,
            } => (
                format!(
                    "署名者の申告する署名時刻（{signing_time}）は、証明書の有効期間の終わり（{not_after}）より後です。"
                ),
                format!(
                    "The signer claims to have signed at {signing_time}, after the certificate's end ({not_after})."
                ),
            ),
            Self::SignedInTheFuture { signing_time, at } => (
                format!(
                    "署名者の申告する署名時刻（{signing_time}）は、検証の時刻（{at}）より後です。どちらかの機械の時計がずれています。"
                ),
                format!(
                    "The signer claims to have signed at {signing_time}, after the time of this check ({at}). One of the two clocks is wrong."
                ),
            ),
            Self::SignedLongAgo { signing_time, at } => (
                format!(
                    "署名者は、検証の時刻（{at}）より1年以上前（{signing_time}）に署名したと申告しています。申告のほかに、それを示すものはありません。"
                ),
                format!(
                    "The signer claims to have signed at {signing_time}, more than a year before this check ({at}). Nothing but the claim says so."
                ),
            ),
        };
        InBoth { ja, en }
    }
}

/// What is odd about a claimed signing time.
pub(super) fn of(signer: &Certificate, signing_time: Instant, at: Instant) -> Vec<Warning> {
    let (not_before, not_after) = (signer.not_before(), signer.not_after());
    let mut warnings = Vec::new();
    if signing_time < not_before {
        warnings.push(Warning::SignedBeforeValidity {
            signing_time,
            not_before,
        });
    }
    if signing_time > not_after {
        warnings.push(Warning::SignedAfterValidity {
            signing_time,
            not_after,
        });
    }
    if signing_time > at.plus_seconds(CLOCKS_DIFFER) {
        warnings.push(Warning::SignedInTheFuture { signing_time, at });
    } else if at > signing_time.plus_seconds(LONG_AGO) {
        warnings.push(Warning::SignedLongAgo { signing_time, at });
    }
    warnings
}
