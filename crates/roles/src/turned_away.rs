//! What the other end of a connection says when it does not take this one for whom it should be.

use crate::refused::causes;
use rustls::{AlertDescription, Error};
use shirushi_rules::InBoth;
use std::fmt;

/// What a peer finds wrong with the certificate that was shown to it, as its alert says (RFC 8446 §6.2). Its own log has all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TurnedAway {
    /// It is not valid at this time.
    Expired,
    /// The role CA that the peer trusts has not issued it.
    Foreign,
    /// It is another role's than the peer lets in.
    OtherRole,
    /// It is for another purpose.
    Purpose,
    /// The role CA has revoked it.
    Revoked,
    /// It is not made as a role's, or none was shown.
    Unfit,
}

impl TurnedAway {
    fn of(alert: AlertDescription) -> Option<Self> {
        Some(match alert {
            AlertDescription::CertificateExpired => Self::Expired,
            AlertDescription::UnknownCA => Self::Foreign,
            AlertDescription::AccessDenied => Self::OtherRole,
            AlertDescription::UnsupportedCertificate => Self::Purpose,
            AlertDescription::CertificateRevoked => Self::Revoked,
            AlertDescription::BadCertificate | AlertDescription::CertificateRequired => Self::Unfit,
            _ => return None,
        })
    }

    /// Why, and what to do, in both languages.
    #[must_use]
    pub fn in_both(self) -> InBoth {
        let (ja, en) = match self {
            Self::Expired => (
                "今は有効期間の内にありません。`shirushi role renew` で更新し、時計を確かめてください",
                "it is not valid at this time: renew it with `shirushi role renew`, and look at the clocks",
            ),
            Self::Foreign => (
                "相手が信頼する役割認証局の発行したものではありません。同じ役割認証局のものをそろえてください",
                "the role CA that the peer trusts has not issued it: take both from the same role CA",
            ),
            Self::OtherRole => (
                "相手が受け入れる役割のものではありません。設定の相手の番地を確かめてください",
                "the peer does not let this role in: look at the peer's address in the configuration",
            ),
            Self::Purpose => (
                "用途が違います。`shirushi role new` が作ったものを使ってください",
                "it is for another purpose: take one that `shirushi role new` has made",
            ),
            Self::Revoked => (
                "失効しています。新しい鍵で作り直すには `shirushi role renew` を使ってください",
                "it is revoked: have one made with a new key, by `shirushi role renew`",
            ),
            Self::Unfit => (
                "役割の証明書の形をしていません。`shirushi role new` が作ったものを使ってください",
                "it is not made as a role's: take one that `shirushi role new` has made",
            ),
        };
        InBoth {
            ja: format!("相手は示された証明書を受け入れません: {ja}"),
            en: format!("the peer refuses the certificate that was shown: {en}"),
        }
    }
}

impl fmt::Display for TurnedAway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.in_both().en)
    }
}

impl std::error::Error for TurnedAway {}

/// Why the other end has turned this one away, if that lies behind an error of a connection.
#[must_use]
pub fn turned_away(error: &(dyn std::error::Error + 'static)) -> Option<TurnedAway> {
    causes(error).find_map(|cause| match cause.downcast_ref() {
        Some(Error::AlertReceived(alert)) => TurnedAway::of(*alert),
        _ => None,
    })
}
