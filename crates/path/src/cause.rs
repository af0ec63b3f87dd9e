//! The causes for which a status is not known, each with what the person who reads of it can do: one definition for commands, sites
//! and reports.

use crate::StatusProblem;
use shirushi_rules::Bilingual;

/// Why a status is not known, as far as it makes a difference to anybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Cause {
    /// Nothing was asked, or no address is known.
    NoEvidence,
    /// Nobody is there, or the way there is cut.
    NotReached,
    /// The server fails.
    HttpStatus,
    /// A proxy or the log-in page of a network answers in its place.
    Intercepted,
    /// The answer is larger than is taken.
    TooLarge,
    /// What came is no answer.
    Unreadable,
    /// The responder answers with an error.
    ResponderError,
    /// The responder asks to try later.
    TryLater,
    /// The answer is to another question.
    NonceWrong,
    /// The answer may be an old one.
    NonceMissing,
    /// Neither the authority nor anyone in its charge has signed.
    WrongSigner,
    /// It holds no longer.
    Stale,
    /// It is of a time to come.
    FromTheFuture,
    /// The authority does not know the certificate.
    UnknownToResponder,
    /// Anything else.
    DoesNotTell,
}

/// Who reads an advice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// Who relies on a signature or asks after a certificate, at the machine that asked.
    Verifier,
    /// Who has signed and sent something, to a service that asked.
    Signer,
    /// Who logs in to a service, or looks at the own certificates there.
    Citizen,
    /// Who decides about what others have sent to the service that asked.
    Clerk,
}

impl Cause {
    /// Each of them.
    pub const ALL: [Self; 15] = [
        Self::NoEvidence,
        Self::NotReached,
        Self::HttpStatus,
        Self::Intercepted,
        Self::TooLarge,
        Self::Unreadable,
        Self::ResponderError,
        Self::TryLater,
        Self::NonceWrong,
        Self::NonceMissing,
        Self::WrongSigner,
        Self::Stale,
        Self::FromTheFuture,
        Self::UnknownToResponder,
        Self::DoesNotTell,
    ];

    /// The word for programs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::NoEvidence => "no-evidence",
            Self::NotReached => "not-reached",
            Self::HttpStatus => "http-status",
            Self::Intercepted => "intercepted",
            Self::TooLarge => "too-large",
            Self::Unreadable => "unreadable",
            Self::ResponderError => "responder-error",
            Self::TryLater => "try-later",
            Self::NonceWrong => "nonce-wrong",
            Self::NonceMissing => "nonce-missing",
            Self::WrongSigner => "wrong-signer",
            Self::Stale => "stale",
            Self::FromTheFuture => "from-the-future",
            Self::UnknownToResponder => "unknown-to-responder",
            Self::DoesNotTell => "does-not-tell",
        }
    }

    /// The cause of this word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|cause| cause.word() == word)
    }

    /// What `reader` can do.
    #[must_use]
    pub const fn advice(self, reader: Reader) -> Bilingual {
        match reader {
            Reader::Verifier => self.for_verifier(),
            Reader::Signer => self.for_signer(),
            Reader::Citizen => self.for_citizen(),
            Reader::Clerk => self.for_clerk(),
        }
    }

    const fn for_verifier(self) -> Bilingual {
        match self {
            Self::NoEvidence => Bilingual::new(
                "失効しているかどうか分かりません。失効情報（OCSPか失効リスト）を得て、検証し直してください。",
                "Whether the certificate is revoked is not known. Get evidence of its status (OCSP or a revocation list), and verify again.",
            ),
            Self::NotReached => Bilingual::new(
                "ネットワークにつながっているか確かめてください。つながっていれば、サーバーが止まっています。時間をおいて、もう一度実行してください。",
                "See whether this machine is connected to the network; if it is, the server is down: run this again later.",
            ),
            Self::Intercepted => Bilingual::new(
                "Wi-Fiなどのログイン画面か、プロキシーです。ブラウザーでネットワークにログインしてから、もう一度実行してください。",
                "It is the log-in page of a network, or a proxy: log in to the network with a browser, then run this again.",
            ),
            Self::TooLarge => Bilingual::new(
                "認証局に知らせてください。OCSPで分かれば、これは要りません。",
                "Tell the authority; where OCSP answers, this is not needed.",
            ),
            Self::TryLater => Bilingual::new(
                "数分おいて、もう一度実行してください。",
                "Run this again in some minutes.",
            ),
            Self::NonceMissing => Bilingual::new(
                "この機械の問題ではありません。失効リストで分かれば、これは要りません。",
                "Nothing is wrong here; where the revocation list tells, this is not needed.",
            ),
            Self::NonceWrong | Self::WrongSigner => Bilingual::new(
                "途中で別の者が答えているおそれがあります。別のネットワークでもう一度実行し、続くときは認証局に知らせてください。",
                "Somebody in between may be answering: run this again on another network, and tell the authority if it goes on.",
            ),
            Self::Stale => Bilingual::new(
                "この機械の時計が合っているか確かめ、合っていれば、認証局が新しいものを出すまで待って、もう一度実行してください。",
                "See whether this machine's clock is right; if so, run this again when the authority has made a newer one.",
            ),
            Self::FromTheFuture => Bilingual::new(
                "この機械の時計か、認証局の時計がずれています。この機械の時計が合っているか確かめて、もう一度実行してください。",
                "This machine's clock or the authority's is wrong. See whether this machine's is right, and run this again.",
            ),
            Self::UnknownToResponder => Bilingual::new(
                "認証局の回答サーバーは、この電子証明書を知りません。発行した市区町村の窓口で確かめてください。",
                "The authority's responder does not know this certificate. Ask at the municipality's counter where it was issued.",
            ),
            Self::HttpStatus | Self::ResponderError => Bilingual::new(
                "時間をおいて、もう一度実行してください。",
                "Run this again later.",
            ),
            Self::Unreadable | Self::DoesNotTell => Bilingual::new(
                "時間をおいてもう一度実行し、続くときは認証局に知らせてください。",
                "Run this again later, and tell the authority if it goes on.",
            ),
        }
    }

    /// Whether waiting is all that it takes.
    const fn passes_by_itself(self) -> bool {
        matches!(
            self,
            Self::NotReached | Self::HttpStatus | Self::ResponderError | Self::TryLater
        )
    }

    const fn for_signer(self) -> Bilingual {
        match self {
            Self::UnknownToResponder => Bilingual::new(
                "認証局は、あなたの署名用電子証明書を知らないと答えています。送り直しても変わりません。発行した市区町村の窓口で確かめてください。",
                "The authority answers that it does not know your signature certificate; sending it again changes nothing. Ask at the municipality's counter where it was issued.",
            ),
            _ if self.passes_by_itself() => Bilingual::new(
                "あなたの署名にもカードにも問題はありません。しばらくしてから、もう一度お送りください。",
                "Nothing is wrong with your signature or your card. Send it again later.",
            ),
            _ => Bilingual::new(
                "あなたの署名にもカードにも問題はありません。受付側と認証局のあいだの障害です。時間をおいてもう一度お送りください。続くときは、受付に知らせてください。",
                "Nothing is wrong with your signature or your card; the fault is between this service and the authority. Send it again later, and tell the service if it goes on.",
            ),
        }
    }

    const fn for_citizen(self) -> Bilingual {
        match self {
            Self::UnknownToResponder => Bilingual::new(
                "認証局は、あなたの電子証明書を知らないと答えています。やり直しても変わりません。発行した市区町村の窓口で確かめてください。",
                "The authority answers that it does not know your certificate; trying again changes nothing. Ask at the municipality's counter where it was issued.",
            ),
            _ if self.passes_by_itself() => Bilingual::new(
                "カードや暗証番号に問題があるのではありません。しばらくしてから、もう一度お試しください。",
                "Nothing is wrong with your card or your PIN. Try again later.",
            ),
            _ => Bilingual::new(
                "カードや暗証番号に問題があるのではありません。このサイトと認証局のあいだの障害です。時間をおいてもう一度お試しください。続くときは、市区町村に知らせてください。",
                "Nothing is wrong with your card or your PIN; the fault is between this site and the authority. Try again later, and tell the municipality if it goes on.",
            ),
        }
    }

    const fn for_clerk(self) -> Bilingual {
        match self {
            Self::UnknownToResponder => Bilingual::new(
                "認証局は、この証明書を知らないと答えています。受け付けず、申請者に、発行した市区町村の窓口で確かめるよう案内してください。",
                "The authority answers that it does not know this certificate. Do not accept it; the applicant has to ask at the municipality's counter where it was issued.",
            ),
            Self::NonceWrong | Self::WrongSigner => Bilingual::new(
                "答えたのは、認証局ではありません。途中で別の者が答えているおそれがあります。すぐにシステムの担当者に知らせてください。申請者の落ち度ではありません。",
                "It was not the authority that answered: somebody in between may have. Tell those who run this system at once. The applicant is not at fault.",
            ),
            Self::Stale | Self::FromTheFuture | Self::NonceMissing => Bilingual::new(
                "回答が今のものではありません。認証局が新しいものを出していないか、どちらかの時計がずれています。システムの担当者に知らせてください。申請者の落ち度ではなく、時間をおいて送り直すよう案内してあります。",
                "The answer is not of now: the authority makes no newer one, or a clock is wrong. Tell those who run this system. The applicant is not at fault, and has been told to send it again later.",
            ),
            _ if self.passes_by_itself() => Bilingual::new(
                "認証局のサーバーが、今は答えません。続くときは、システムの担当者に知らせてください。申請者の落ち度ではなく、しばらくして送り直すよう案内してあります。",
                "The authority's server does not answer now. Tell those who run this system if it goes on. The applicant is not at fault, and has been told to send it again later.",
            ),
            _ => Bilingual::new(
                "この機械と認証局のあいだの障害です。システムの担当者に知らせてください。申請者の落ち度ではなく、時間をおいて送り直すよう案内してあります。",
                "The fault is between this machine and the authority. Tell those who run this system. The applicant is not at fault, and has been told to send it again later.",
            ),
        }
    }
}

impl StatusProblem {
    /// What kind of cause it is.
    #[must_use]
    pub const fn cause(self) -> Cause {
        match self {
            Self::NoEvidence => Cause::NoEvidence,
            Self::NotReached => Cause::NotReached,
            Self::HttpStatus { .. } => Cause::HttpStatus,
            Self::Intercepted { .. } => Cause::Intercepted,
            Self::TooLarge { .. } => Cause::TooLarge,
            Self::Unreadable => Cause::Unreadable,
            Self::ResponderError { .. } => Cause::ResponderError,
            Self::TryLater => Cause::TryLater,
            Self::NonceWrong => Cause::NonceWrong,
            Self::NonceMissing => Cause::NonceMissing,
            Self::BadSignature
            | Self::CrlSignNotAllowed
            | Self::ResponderNotAuthorised
            | Self::ResponderRevoked => Cause::WrongSigner,
            Self::Stale { .. } => Cause::Stale,
            Self::FromTheFuture { .. } => Cause::FromTheFuture,
            Self::UnknownToResponder => Cause::UnknownToResponder,
            Self::WrongIssuer
            | Self::WrongDistributionPoint
            | Self::Delta
            | Self::SomeReasons
            | Self::ResponderStatusUnknown
            | Self::UnknownCritical
            | Self::AfterExpiry { .. }
            | Self::NoNextUpdate => Cause::DoesNotTell,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn each_cause_has_a_word_and_an_advice_for_each_reader() {
        let words: BTreeSet<_> = Cause::ALL.map(Cause::word).into();
        assert_eq!(words.len(), Cause::ALL.len());
        for cause in Cause::ALL {
            assert_eq!(Cause::of_word(cause.word()), Some(cause));
            for reader in [
                Reader::Verifier,
                Reader::Signer,
                Reader::Citizen,
                Reader::Clerk,
            ] {
                let advice = cause.advice(reader);
                assert!(advice.ja.ends_with('。'), "{cause:?} {reader:?}");
                assert!(advice.en.ends_with('.'), "{cause:?} {reader:?}");
            }
        }
        assert_eq!(Cause::of_word("good"), None);
    }

    #[test]
    fn who_did_nothing_wrong_is_told_so_and_not_to_mend_the_network() {
        for cause in Cause::ALL {
            for reader in [Reader::Signer, Reader::Citizen, Reader::Clerk] {
                let advice = cause.advice(reader).en;
                let is_told =
                    advice.contains("Nothing is wrong") || advice.contains("not at fault");
                assert_eq!(is_told, cause != Cause::UnknownToResponder, "{cause:?}");
                assert!(!advice.contains("this machine is connected"));
            }
        }
    }
}
