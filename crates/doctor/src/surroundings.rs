//! Everything that the doctor looks at, so that a test can put something wrong there.

use shirushi_clock::Instant;
use shirushi_profile::Certificate;
use shirushi_reader::CardSource;
use std::{
    collections::BTreeMap,
    ffi::OsString,
    net::SocketAddr,
    path::{Path, PathBuf},
};

/// What the doctor looks at.
pub struct Surroundings {
    /// The machine's root folder: `/`. Programs, libraries, settings and pcscd's socket are looked for below it.
    pub root: PathBuf,
    /// The person's home folder.
    pub home: Option<PathBuf>,
    /// The environment.
    pub environment: BTreeMap<String, OsString>,
    /// The present, as this machine has it.
    pub now: Instant,
    /// The card.
    pub cards: Cards,
    /// The way to the responder and to the agent.
    pub web: Box<dyn Web>,
    /// Where the agent listens.
    pub agent: SocketAddr,
    /// The agent's data folder.
    pub agent_folder: Option<PathBuf>,
    /// Whether the responder may be asked.
    pub is_online: bool,
    /// The responder to be asked; none means the one that the certificate names, unless its issuer is none of the anchors.
    pub responder: Option<String>,
    /// The city whose authority's keys are to be looked at, such as `http://127.0.0.1:8080`; none for who runs none.
    pub city: Option<String>,
    /// The CA certificates that are trusted here; none means that on the card.
    pub anchors: Vec<Certificate>,
    /// Whether memory can be kept from being swapped out.
    pub locks_memory: bool,
}

/// Where the card is.
pub enum Cards {
    /// In one of the machine's readers; with a reader's name, or a part of it, in that one.
    Readers {
        /// The readers.
        source: Box<dyn CardSource>,
        /// The name asked for.
        name: Option<String>,
    },
    /// A software card's file.
    File(PathBuf),
}

/// The way to other programs by HTTP. No proxy is used and no redirection followed.
pub trait Web: Send + Sync {
    /// Gets a page, a megabyte at most.
    ///
    /// # Errors
    /// [`Unreached`] when no answer came.
    fn get(&self, url: &str) -> Result<Reply, Unreached>;

    /// Posts a body.
    ///
    /// # Errors
    /// As [`Web::get`].
    fn post(&self, url: &str, content_type: &str, body: &[u8]) -> Result<Reply, Unreached>;
}

/// An answer by HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// The field Date.
    pub date: Option<String>,
    /// The field Content-Type.
    pub content_type: Option<String>,
    /// The content.
    pub body: Vec<u8>,
}

/// No answer came.
#[derive(Debug, thiserror::Error)]
#[error("no answer: {source}")]
pub struct Unreached {
    /// Why.
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

impl Surroundings {
    /// A path of the machine below [`Surroundings::root`].
    pub(crate) fn at(&self, absolute: &str) -> PathBuf {
        self.below_root(Path::new(absolute))
    }

    pub(crate) fn below_root(&self, absolute: &Path) -> PathBuf {
        self.root.join(
            absolute
                .strip_prefix("/")
                .unwrap_or(absolute),
        )
    }

    /// A variable that is set and not empty.
    pub(crate) fn variable(&self, name: &str) -> Option<String> {
        self.environment
            .get(name)
            .map(|value| value.to_string_lossy().into_owned())
            .filter(|value| !value.is_empty())
    }
}
