//! Why the agent does not start, or has no such card.

use shirushi_client::network::NoHttp;
use shirushi_softcard::SoftCardError;
use shirushi_store::StoreError;
use shirushi_web::UnfitOrigin;
use shirushi_wire::CardNumber;
use std::io;

/// Why the agent does not start, or cannot do what is asked of its cards.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AgentError {
    /// Its own origin is none.
    #[error(transparent)]
    Origin(#[from] UnfitOrigin),
    /// A site's origin in its configuration is none, or another machine's without TLS.
    #[error(
        "the allowed site {origin:?} is not https://host, nor http://host:port on this machine"
    )]
    Site {
        /// What was configured.
        origin: String,
    },
    /// A trusted root is no certificate, a proxy's address is none, or the client of HTTP cannot be made.
    #[error(transparent)]
    Connection(#[from] NoHttp),
    /// Its store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A software card.
    #[error(transparent)]
    Card(#[from] SoftCardError),
    /// The number of a card to be added is none that a file can be named by.
    #[error("the card's number is not 1 to 16 letters A–Z and digits")]
    CardNumber,
    /// A card of this number is there already. To add it again would give back tries that are spent.
    #[error("there is a card {0} already: take it out and remove it first")]
    CardExists(CardNumber),
    /// There is no card of this number.
    #[error("there is no card {0}")]
    NoSuchCard(CardNumber),
    /// The folder of cards.
    #[error("the folder of cards cannot be used: check its owner and the space on the disk")]
    Folder(#[from] io::Error),
}
