//! What the role CA and identities refuse.

use crate::{Peer, ServiceName};
use shirushi_clock::Instant;
use shirushi_crypto::CryptoError;
use shirushi_profile::ProfileError;
use std::{io, path::PathBuf};

/// Why the role CA does not do it. What it says in English says what to do as well; see [`RoleError::in_japanese`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RoleError {
    /// There is no role CA in the folder.
    #[error("there is no role CA in {}: name the folder of one; the first `role new` makes it", folder.display())]
    NoAuthority {
        /// The folder.
        folder: PathBuf,
    },
    /// A folder that holds something else.
    #[error("{} is no folder of a role CA, and not empty: name another", folder.display())]
    Occupied {
        /// The folder.
        folder: PathBuf,
    },
    /// A file cannot be read or written.
    #[error("{} cannot be read or written: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file of the role CA is not what it was.
    #[error(
        "{} is damaged: restore the role CA's folder from a backup, and do not begin anew in its place, for what was revoked would be \
         forgotten",
        path.display()
    )]
    Damaged {
        /// Which.
        path: PathBuf,
    },
    /// A request for a certificate that is none, or that its own key has not signed.
    #[error("{} is no request (PKCS#10, PEM) signed with its own key: make one with `openssl req -new`", path.display())]
    NoRequest {
        /// Which.
        path: PathBuf,
    },
    /// A key with which nobody signs here.
    #[error("the key must be one of ECDSA on P-256 or P-384, or Ed25519")]
    KeyKind,
    /// The name is taken.
    #[error(
        "{peer} has a certificate that is alive: renew it, or revoke it first, or choose another name"
    )]
    Taken {
        /// Whose it is.
        peer: Peer,
    },
    /// Nothing was issued by that name or number.
    #[error("the role CA has issued nothing to {name} that is alive: see `role list`")]
    Unknown {
        /// The name, or the number.
        name: String,
    },
    /// The certificate would outlive the role CA's own.
    #[error(
        "the role CA's own certificate ends at {not_after}: ask for fewer days, or found a new role CA"
    )]
    OutlivesAuthority {
        /// Its last instant.
        not_after: Instant,
    },
    /// The folder for a new identity holds one.
    #[error("{} holds an identity already: renew that, or name another folder", folder.display())]
    HasIdentity {
        /// The folder.
        folder: PathBuf,
    },
    /// The folder holds an identity of somebody else, or none at all.
    #[error("{} holds no identity of {name}: name its folder", folder.display())]
    OtherIdentity {
        /// The folder.
        folder: PathBuf,
        /// Whose is wanted.
        name: ServiceName,
    },
    /// The folder does not trust this role CA.
    #[error("{} holds no identity of this role CA: name the folder of one", folder.display())]
    NoIdentity {
        /// The folder.
        folder: PathBuf,
    },
    /// A certificate cannot be built.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// A key cannot be made or used.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
}

impl RoleError {
    /// What is wrong and what to do, in Japanese; in English the error says it itself.
    #[must_use]
    pub fn in_japanese(&self) -> String {
        match self {
            Self::NoAuthority { folder } => format!(
                "{} に役割認証局はありません。役割認証局のフォルダを指定してください。最初の role new が作ります",
                folder.display()
            ),
            Self::Occupied { folder } => format!(
                "{} は役割認証局のフォルダではなく、空でもありません。別のフォルダを指定してください",
                folder.display()
            ),
            Self::File { path, source } => {
                format!("{} を読み書きできません（{source}）", path.display())
            }
            Self::Damaged { path } => format!(
                "{} が壊れています。役割認証局のフォルダをバックアップから戻してください。代わりに新しく始めてはいけません（失効の記録が失われます）",
                path.display()
            ),
            Self::NoRequest { path } => format!(
                "{} は、自分の鍵で署名された証明書の要求（PKCS#10、PEM）ではありません。openssl req -new で作ってください",
                path.display()
            ),
            Self::KeyKind => {
                "鍵は P-256 か P-384 の ECDSA、または Ed25519 でなければなりません".to_owned()
            }
            Self::Taken { peer } => format!(
                "{peer} には有効な証明書があります。更新するか、先に失効させるか、別の名前にしてください"
            ),
            Self::Unknown { name } => {
                format!("{name} に発行した有効な証明書はありません。role list で確かめてください")
            }
            Self::OutlivesAuthority { not_after } => format!(
                "役割認証局の証明書は {not_after} に終わります。日数を減らすか、新しい役割認証局を作ってください"
            ),
            Self::HasIdentity { folder } => format!(
                "{} にはすでに証明書か鍵があります。それを更新するか、別のフォルダを指定してください",
                folder.display()
            ),
            Self::OtherIdentity { folder, name } => format!(
                "{} に {name} の証明書はありません。そのフォルダを指定してください",
                folder.display()
            ),
            Self::NoIdentity { folder } => format!(
                "{} に、この役割認証局の証明書はありません。サービスのフォルダを指定してください",
                folder.display()
            ),
            Self::Profile(error) => format!("証明書を作れません（{error}）"),
            Self::Crypto(error) => format!("鍵を作れないか、使えません（{error}）"),
        }
    }
}
