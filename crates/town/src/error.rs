//! Why a city does not stand.

use shirushi_agency::AgencyError;
use shirushi_authority::{AuthorityError, CeremonyError};
use shirushi_counter::CounterError;
use shirushi_register::{ImportError, RegisterError};
use shirushi_store::StoreError;
use shirushi_web::ServeError;
use std::{io, net::SocketAddr, path::PathBuf};

/// Why a city does not stand or stops.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TownError {
    /// The address cannot be listened on.
    #[error(
        "{address} cannot be listened on: {source}. Stop what listens there, or give another address with --listen / \
         {address} で待ち受けできません。使用中のプログラムを止めるか、--listen で別のアドレスを指定してください"
    )]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the operating system says.
        source: io::Error,
    },
    /// A file of the city.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// A file of the city holds something else than it should.
    #[error("{} is damaged: restore it from a backup, or begin with an empty folder / {} が壊れています。バックアップから戻すか、空のフォルダで始めてください", path.display(), path.display())]
    Damaged {
        /// Which.
        path: PathBuf,
    },
    /// The residents could not be imported.
    #[error("{} was not imported; nothing of it has been recorded / {} は取り込まれませんでした（1件も記録されていません）\n{report}", path.display(), path.display())]
    Import {
        /// The file.
        path: PathBuf,
        /// What is wrong in it, row by row.
        report: String,
        /// The error behind it.
        source: Box<ImportError>,
    },
    /// The authority's keys.
    #[error(transparent)]
    Ceremony(#[from] CeremonyError),
    /// A database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The authority.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// The register.
    #[error(transparent)]
    Register(#[from] RegisterError),
    /// The counter.
    #[error(transparent)]
    Counter(#[from] CounterError),
    /// The agency.
    #[error(transparent)]
    Agency(#[from] AgencyError),
    /// A key.
    #[error(transparent)]
    Crypto(#[from] shirushi_crypto::CryptoError),
    /// The HTTP client.
    #[error(transparent)]
    Client(#[from] reqwest::Error),
    /// Serving.
    #[error(transparent)]
    Serve(#[from] ServeError),
}
