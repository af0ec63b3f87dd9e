//! Why the other end of a connection is not taken for whom it should be.

use crate::{Role, Shown};
use rustls::{CertificateError, Error};
use shirushi_clock::Instant;
use shirushi_rules::InBoth;
use std::fmt;

/// A peer that was refused: which role was expected, whose certificate was shown, and why it does not do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerRefused {
    /// Which roles would have been taken.
    pub expected: Vec<Role>,
    /// What was shown; none when it could not be read.
    pub shown: Option<Box<Shown>>,
    /// Why.
    pub why: Why,
}

/// Why a certificate is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Why {
    /// The role CA that is trusted here has not issued it, or a byte of it is another.
    Foreign,
    /// It is over.
    Expired {
        /// Its last instant.
        not_after: Instant,
    },
    /// It has not begun.
    NotYetValid,
    /// The role CA has revoked it.
    Revoked,
    /// It is another role's.
    OtherRole,
    /// It names no service.
    NoService,
    /// It is not for signing, or not for both a server and a client.
    Purpose,
    /// The list of what is revoked is too old to tell.
    ListOverdue,
    /// It cannot be read, or has what no certificate of a role CA has.
    Unfit,
    /// There is none.
    Nothing,
}

impl Why {
    /// What the library found, as this room says it.
    pub(crate) fn of(error: &Error, shown: Option<&Shown>) -> Self {
        use CertificateError as C;
        let Error::InvalidCertificate(found) = error else {
            // What is wrong with the list, which was judged when it was read.
            return Self::ListOverdue;
        };
        match (found, shown) {
            (C::Expired | C::ExpiredContext { .. }, Some(shown)) => Self::Expired {
                not_after: shown.not_after(),
            },
            (C::NotValidYet | C::NotValidYetContext { .. }, _) => Self::NotYetValid,
            (C::Revoked, _) => Self::Revoked,
            (C::UnknownIssuer | C::BadSignature, _) => Self::Foreign,
            (C::UnsupportedSignatureAlgorithmContext { .. }, _) => Self::Foreign,
            (C::UnsupportedSignatureAlgorithmForPublicKeyContext { .. }, _) => Self::Foreign,
            (C::InvalidPurpose | C::InvalidPurposeContext { .. }, _) => Self::Purpose,
            (C::NotValidForName | C::NotValidForNameContext { .. }, _) => Self::OtherRole,
            (C::ExpiredRevocationList | C::ExpiredRevocationListContext { .. }, _) => {
                Self::ListOverdue
            }
            _ => Self::Unfit,
        }
    }

    /// The library's error whose alert tells the other end the same (RFC 8446 §6.2), so that its log says why as well.
    pub(crate) fn to_alert(self) -> CertificateError {
        match self {
            Self::Foreign | Self::ListOverdue => CertificateError::UnknownIssuer,
            Self::Expired { .. } => CertificateError::Expired,
            Self::NotYetValid => CertificateError::NotValidYet,
            Self::Revoked => CertificateError::Revoked,
            Self::OtherRole => CertificateError::ApplicationVerificationFailure,
            Self::Purpose => CertificateError::InvalidPurpose,
            Self::NoService | Self::Unfit | Self::Nothing => CertificateError::BadEncoding,
        }
    }

    /// Stable name, kebab-case.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Foreign => "foreign",
            Self::Expired { .. } => "expired",
            Self::NotYetValid => "not-yet-valid",
            Self::Revoked => "revoked",
            Self::OtherRole => "other-role",
            Self::NoService => "no-service",
            Self::Purpose => "purpose",
            Self::ListOverdue => "list-overdue",
            Self::Unfit => "unfit",
            Self::Nothing => "nothing",
        }
    }

    fn in_both(self) -> (&'static str, &'static str) {
        match self {
            Self::Foreign => (
                "ここで信頼している役割認証局が発行したものではありません",
                "the role CA that is trusted here has not issued it",
            ),
            Self::Expired { .. } => ("有効期間が過ぎています", "it has expired"),
            Self::NotYetValid => ("有効期間が始まっていません", "it is not valid yet"),
            Self::Revoked => ("失効しています", "it is revoked"),
            Self::OtherRole => ("別の役割のものです", "it is another role's"),
            Self::NoService => (
                "どのサービスのものか書かれていません",
                "it names no service",
            ),
            Self::Purpose => ("用途が違います", "it is for another purpose"),
            Self::ListOverdue => (
                "失効リストの期限が過ぎていて確かめられません",
                "the list of revoked certificates is overdue",
            ),
            Self::Unfit => (
                "役割の証明書の形をしていません",
                "it is not made as a role's",
            ),
            Self::Nothing => ("証明書が示されませんでした", "no certificate was shown"),
        }
    }
}

impl PeerRefused {
    /// Of who shows no certificate where one of these roles is expected.
    #[must_use]
    pub fn nothing_shown(expected: &[Role]) -> Self {
        Self {
            expected: expected.to_vec(),
            shown: None,
            why: Why::Nothing,
        }
    }

    /// What happened, in both languages.
    #[must_use]
    pub fn in_both(&self) -> InBoth {
        let (ja, en) = self.why.in_both();
        let expected = self.expected();
        match &self.shown {
            Some(shown) => InBoth {
                ja: format!(
                    "{expected} の証明書が要るところに {shown} の証明書が示されました: {ja}"
                ),
                en: format!(
                    "a certificate of {expected} was expected, and that of {shown} shown: {en}"
                ),
            },
            None => InBoth {
                ja: format!("{expected} の証明書が要ります: {ja}"),
                en: format!("a certificate of {expected} was expected: {en}"),
            },
        }
    }

    fn expected(&self) -> String {
        let names: Vec<_> = self
            .expected
            .iter()
            .map(|role| role.as_str())
            .collect();
        names.join(" / ")
    }
}

impl fmt::Display for PeerRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.in_both().en)
    }
}

impl std::error::Error for PeerRefused {}

/// The refusal of a peer behind an error of a connection, if that is what lies there: a client's, in whatever its libraries wrap it.
#[must_use]
pub fn peer_refused<'e>(error: &'e (dyn std::error::Error + 'static)) -> Option<&'e PeerRefused> {
    causes(error).find_map(|cause| match cause.downcast_ref() {
        Some(Error::InvalidCertificate(CertificateError::Other(other))) => other.0.downcast_ref(),
        _ => cause.downcast_ref(),
    })
}

/// An error of a connection, and what lies behind it.
pub(crate) fn causes<'e>(
    error: &'e (dyn std::error::Error + 'static),
) -> impl Iterator<Item = &'e (dyn std::error::Error + 'static)> {
    std::iter::successors(Some(error), |error| {
        match error.downcast_ref::<std::io::Error>() {
            // Its source is that of what it wraps.
            Some(io) => io
                .get_ref()
                .map(|inner| inner as &(dyn std::error::Error + 'static)),
            None => error.source(),
        }
    })
}
