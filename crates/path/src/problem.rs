//! Why a piece of evidence does not tell a status.

use crate::StatusSource;
use shirushi_clock::Instant;
use shirushi_profile::ocsp::OcspResponseStatus;
use shirushi_rules::InBoth;

/// How long a status is taken for the newest there is where nothing says so: the responder's data change every 15 minutes
/// (`facts/profile-and-rules.md` A.6).
pub(crate) const FRESH_SECONDS: i64 = 900;

/// Why evidence does not tell the status, or was not had. Declared from the farthest miss to the nearest: of several the greatest is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[non_exhaustive]
pub enum StatusProblem {
    /// There is none.
    #[error("there is no evidence")]
    NoEvidence,
    /// Nobody is there, or the way there is cut.
    #[error("not reached")]
    NotReached,
    /// An answer over HTTP with another status than 200.
    #[error("the server fails (HTTP {status})")]
    HttpStatus {
        /// The status.
        status: u16,
    },
    /// Somebody in between answers in its place, as proxies and the log-in pages of networks do: a page, a redirection, or the demand
    /// to log in (RFC 6585 §6).
    #[error("something else answered in its place (HTTP {status})")]
    Intercepted {
        /// The status of the answer.
        status: u16,
    },
    /// The answer is larger than is taken.
    #[error("too large to be taken ({most} bytes are)")]
    TooLarge {
        /// What is taken, in bytes.
        most: usize,
    },
    /// What came is neither a response nor a list.
    #[error("the answer cannot be read")]
    Unreadable,
    /// The responder answers with an error (RFC 6960 §2.3).
    #[error("the responder answers {status:?}")]
    ResponderError {
        /// The error.
        status: OcspResponseStatus,
    },
    /// The responder asks to try later (RFC 6960 §2.3).
    #[error("the responder cannot answer now (tryLater)")]
    TryLater,
    /// The response has another nonce than was sent: it is the answer to another question.
    #[error("the answer bears another nonce than was sent: it answers another question")]
    NonceWrong,
    /// The response has no nonce and is older than a quarter of an hour: it may be one of before (RFC 9654 §2.1).
    #[error("the answer lacks the nonce that was sent, and is not new")]
    NonceMissing,
    /// It is about another CA's certificates, or about another certificate.
    #[error("the evidence is another issuer's, or about another certificate")]
    WrongIssuer,
    /// The CRL covers another distribution point, or another class of certificates (RFC 5280 §6.3.3(b)).
    #[error("the CRL does not cover the certificate")]
    WrongDistributionPoint,
    /// The CRL says only what has changed since another (RFC 5280 §5.2.4).
    #[error("the CRL says only what has changed since another")]
    Delta,
    /// The CRLs cover some reasons for a revocation only (RFC 5280 §6.3.3(d), (e)).
    #[error("the CRL covers some reasons for a revocation only")]
    SomeReasons,
    /// Its signature does not verify.
    #[error("the signature of the evidence does not verify")]
    BadSignature,
    /// The issuer may not sign CRLs (RFC 5280 §6.3.3(f)).
    #[error("the issuer's key may not sign CRLs")]
    CrlSignNotAllowed,
    /// The responder is neither the CA nor delegated by it (RFC 6960 §4.2.2.2).
    #[error("the responder is not authorised by the issuer")]
    ResponderNotAuthorised,
    /// Nothing tells whether the responder's own certificate lives, and it does not say that this need not be looked up
    /// (RFC 6960 §4.2.2.2.1).
    #[error("the status of the responder's own certificate is unknown")]
    ResponderStatusUnknown,
    /// The responder's own certificate is revoked.
    #[error("the responder's own certificate is revoked")]
    ResponderRevoked,
    /// It bears a critical extension that is not processed, or one that is malformed (RFC 5280 §5.2).
    #[error("the evidence bears a critical extension that is not known, or a malformed one")]
    UnknownCritical,
    /// It was made after the certificate's end, when its revocation need no longer be listed (Law 11).
    #[error("the CRL was made after the certificate's end ({not_after}) and need not list it")]
    AfterExpiry {
        /// End of the certificate's validity.
        not_after: Instant,
    },
    /// It does not say until when it holds (RFC 5280 §5.1.2.5 demands it).
    #[error("the CRL does not say until when it holds")]
    NoNextUpdate,
    /// It holds no longer.
    #[error("the evidence held until {next_update}")]
    Stale {
        /// Until when it held.
        next_update: Instant,
    },
    /// It was made later than it is.
    #[error(
        "the evidence was made at {made_at}, which is yet to come: this clock or the authority's is wrong"
    )]
    FromTheFuture {
        /// When it was made, as it says.
        made_at: Instant,
    },
    /// The responder does not know the certificate (RFC 6960 §2.2).
    #[error("the responder does not know the certificate")]
    UnknownToResponder,
}

impl StatusProblem {
    /// What it says, in both languages.
    #[must_use]
    pub fn in_both(self) -> InBoth {
        InBoth::new(self.in_japanese(), self.to_string())
    }

    /// The same in Japanese.
    #[must_use]
    pub fn in_japanese(self) -> String {
        let said = match self {
            Self::NoEvidence => "失効情報がありません",
            Self::NotReached => "つながりません",
            Self::HttpStatus { status } => return format!("サーバーの障害です（HTTP {status}）"),
            Self::Intercepted { status } => {
                return format!("代わりに別のものが答えました（HTTP {status}）");
            }
            Self::TooLarge { most } => {
                return format!("大きすぎるので読みません（{most}バイトまで）");
            }
            Self::Unreadable => "読めない回答です",
            Self::ResponderError { status } => {
                return format!("回答サーバーの誤りです（{status:?}）");
            }
            Self::TryLater => "今は答えられないとのことです（tryLater）",
            Self::NonceWrong => {
                "回答のノンスが、送ったものではありません。別の問い合わせへの回答です"
            }
            Self::NonceMissing => "回答に、送ったノンスがなく、新しい回答でもありません",
            Self::WrongIssuer => "失効情報が、別の発行者か別の証明書のものです",
            Self::WrongDistributionPoint => "失効リストの対象に、この証明書が含まれていません",
            Self::Delta => "失効リストが、前のリストからの変更分だけです",
            Self::SomeReasons => "失効リストが、一部の失効事由だけのものです",
            Self::BadSignature => "失効情報の署名が正しくありません",
            Self::CrlSignNotAllowed => "発行者の鍵は、失効リストに署名できないものです",
            Self::ResponderNotAuthorised => {
                "答えたサーバーは、発行者から任されたものではありません"
            }
            Self::ResponderStatusUnknown => "答えたサーバー自身の証明書が有効か、わかりません",
            Self::ResponderRevoked => "答えたサーバー自身の証明書が失効しています",
            Self::UnknownCritical => "失効情報に、扱えない必須の拡張があります",
            Self::AfterExpiry { not_after } => {
                return format!("失効リストが、証明書の期限（{not_after}）より後のものです");
            }
            Self::NoNextUpdate => "失効リストに、いつまで有効か書かれていません",
            Self::Stale { next_update } => {
                return format!("失効情報が古くなっています（{next_update} まで有効）");
            }
            Self::FromTheFuture { made_at } => {
                return format!(
                    "失効情報の日時（{made_at}）が先の日時です。この機械か認証局の時計が正しくありません"
                );
            }
            Self::UnknownToResponder => "サーバーはこの証明書を知りません",
        };
        said.to_owned()
    }
}

/// A piece of evidence that alone did not tell the status of a certificate, and why: of several causes each is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefusedEvidence {
    /// The certificate it was asked about, counted from the leaf (0) upwards.
    pub index: usize,
    /// What kind of evidence it is.
    pub source: StatusSource,
    /// Which, among those of its kind that were given.
    pub position: usize,
    /// Why it does not tell.
    pub why: StatusProblem,
}
