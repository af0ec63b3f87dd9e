//! Why nothing was measured.

use std::path::PathBuf;

/// Why nothing was measured.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("{}: {source}", path.display())]
    File {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{} lies on {kind}, where a sync costs nothing: choose a --folder on a disk", folder.display())]
    NotADisk { folder: PathBuf, kind: String },
    #[error("{what} is not as proc(5) describes it")]
    Proc { what: &'static str },
    #[error("{program} does not run: {source}")]
    Start {
        program: String,
        source: std::io::Error,
    },
    #[error("{program} failed: {said}")]
    Program { program: String, said: String },
    #[error("the light card was sent a command that is none")]
    Command,
    #[error("{fault}: what was measured is not what should be")]
    Outcome { fault: String },
    #[error("asking {server}: {source}")]
    Asking {
        server: String,
        source: std::io::Error,
    },
    #[error("{server} answered something else: {fault}")]
    Answer { server: String, fault: String },
    #[error("a task or thread died")]
    Died,
    #[error(transparent)]
    Authority(#[from] shirushi_authority::AuthorityError),
    #[error(transparent)]
    Ceremony(#[from] shirushi_authority::CeremonyError),
    #[error(transparent)]
    Crypto(#[from] shirushi_crypto::CryptoError),
    #[error(transparent)]
    Identifier(#[from] shirushi_wire::MalformedIdentifier),
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    #[error(transparent)]
    Malformed(#[from] shirushi_profile::Malformed),
    #[error(transparent)]
    Profile(#[from] shirushi_profile::ProfileError),
    #[error(transparent)]
    Memory(#[from] shirushi_responder::MemoryError),
    #[error(transparent)]
    Seats(#[from] shirushi_web::TooFewDescriptors),
    #[error(transparent)]
    Serve(#[from] shirushi_web::ServeError),
    #[error(transparent)]
    Signed(#[from] shirushi_wire::SignedError),
    #[error(transparent)]
    Store(#[from] shirushi_store::StoreError),
}

impl Failure {
    /// For `map_err` on what reads or writes `path`.
    pub(crate) fn at(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }
}
