//! What can be wrong with a folder of an identity.

use crate::Peer;
use shirushi_clock::Instant;
use std::{fmt, io, path::PathBuf};

/// A file of an identity that cannot be used. In English it says what to do as well; see [`IdentityError::in_japanese`].
#[derive(Debug)]
pub struct IdentityError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What is wrong with a file of an identity.
#[derive(Debug)]
#[non_exhaustive]
pub enum Fault {
    /// It cannot be read.
    Unreadable(io::Error),
    /// Accounts that are not the service's may read the key, or write it.
    OpenToOthers {
        /// The permissions.
        mode: u32,
    },
    /// It does not hold the one object that it should.
    Content(&'static str),
    /// A key with which nobody signs here.
    KeyKind,
    /// Key and certificate do not belong together.
    OtherKey,
    /// The certificate names no service, or is not for both ends.
    NoIdentity,
    /// The folder now holds the identity of another service than before.
    OtherService(Peer),
    /// The role CA of the folder has not signed it.
    Foreign,
    /// It is not valid yet.
    NotYetValid {
        /// Its first instant.
        not_before: Instant,
    },
    /// It is over.
    Expired {
        /// Its last instant.
        not_after: Instant,
    },
    /// The role CA has revoked the certificate.
    Revoked,
    /// It is older than the list that is in use.
    OlderList,
    /// It is the certificate of no role CA.
    NoAuthority,
    /// The library does not take it.
    Library(rustls::Error),
}

impl IdentityError {
    /// What is wrong and what to do, in Japanese; in English the error says it itself.
    #[must_use]
    pub fn in_japanese(&self) -> String {
        format!("{} {}", self.path.display(), self.fault.in_both().0)
    }
}

impl fmt::Display for IdentityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.path.display(), self.fault)
    }
}

impl std::error::Error for IdentityError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.fault {
            Fault::Unreadable(error) => Some(error),
            Fault::Library(error) => Some(error),
            _ => None,
        }
    }
}

/// To stand behind the file's name.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.in_both().1)
    }
}

impl Fault {
    /// Japanese and English, to stand behind the file's name.
    fn in_both(&self) -> (String, String) {
        let (ja, en) = match self {
            Self::Unreadable(error) => {
                return (
                    format!(
                        "を読めません（{error}）。`shirushi role new` か `role renew` の --out で作られるフォルダを指定してください"
                    ),
                    format!(
                        "cannot be read ({error}): name the folder that `shirushi role new` or `role renew` has written with --out"
                    ),
                );
            }
            Self::OpenToOthers { mode } => {
                return (
                    format!(
                        "はほかのアカウントから読めるか書けます（{mode:03o}）。chmod 600 で閉じてください"
                    ),
                    format!(
                        "can be read or written by other accounts ({mode:03o}): close it with chmod 600"
                    ),
                );
            }
            Self::Content(what) => {
                return (
                    format!("に {what} がありません。`shirushi role renew` で作り直してください"),
                    format!("does not hold one {what}: make it anew with `shirushi role renew`"),
                );
            }
            Self::OtherService(peer) => {
                return (
                    format!(
                        "は別のサービス（{peer}）の証明書です。フォルダを確かめ、起動し直してください"
                    ),
                    format!(
                        "is the certificate of another service ({peer}): see that the folder is right, and start again"
                    ),
                );
            }
            Self::NotYetValid { not_before } => {
                return (
                    format!("は {not_before} から有効です。この機械の時計を確かめてください"),
                    format!("is valid from {not_before} on: look at this machine's clock"),
                );
            }
            Self::Expired { not_after } => {
                return (
                    format!(
                        "は {not_after} に終わりました。`shirushi role renew` で更新してください"
                    ),
                    format!("ended at {not_after}: renew it with `shirushi role renew`"),
                );
            }
            Self::Library(error) => {
                return (
                    format!("を使えません（{error}）"),
                    format!("cannot be used ({error})"),
                );
            }
            Self::KeyKind => (
                "の鍵は使えません。P-256 か P-384 の ECDSA、または Ed25519 の鍵を使ってください",
                "holds a key that cannot be used: take one of ECDSA on P-256 or P-384, or Ed25519",
            ),
            Self::OtherKey => (
                "は、隣の鍵の証明書ではありません。`shirushi role renew` で作り直してください",
                "is not the certificate of the key beside it: make both anew with `shirushi role renew`",
            ),
            Self::NoIdentity => (
                "はサービスの証明書ではありません。`shirushi role new` が作ったものを使ってください",
                "is no certificate of a service: take one that `shirushi role new` has made",
            ),
            Self::Foreign => (
                "は、隣の ca.pem の役割認証局が発行したものではありません。同じ役割認証局のものをそろえてください",
                "was not issued by the role CA of the ca.pem beside it: take all of them from the same role CA",
            ),
            Self::Revoked => (
                "は失効しています。新しい鍵で作り直すには `shirushi role renew` を使ってください",
                "is revoked: have one made with a new key, by `shirushi role renew`",
            ),
            Self::OlderList => (
                "は使用中の失効リストより古いものです。役割認証局のフォルダの crl.pem を写してください",
                "is older than the list in use: copy the crl.pem of the role CA's folder",
            ),
            Self::NoAuthority => (
                "は役割認証局の証明書ではありません",
                "is the certificate of no role CA",
            ),
        };
        (ja.to_owned(), en.to_owned())
    }
}
