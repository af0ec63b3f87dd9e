//! What a city is opened with.

use crate::Databases;
use std::{net::SocketAddr, path::PathBuf, time::Duration};

/// What a city is opened with.
#[derive(Clone, Debug)]
pub struct TownConfig {
    /// Where everything is kept.
    pub folder: PathBuf,
    /// Where it listens, a loopback address; port 0 takes a free one. The first start fixes it: it is inside every certificate.
    pub listen: SocketAddr,
    /// Residents to import while the register is empty.
    pub residents: Residents,
    /// Where browsers find its pages.
    pub pages: PagesAt,
    /// How its databases are cared for.
    pub records: Records,
}

/// How a city's databases are cared for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Records {
    /// Whether a database that is not the one that was left here is taken into service all the same: what the parties remember of each
    /// other is put together, and only revocations can be added thereby.
    pub accept_restore: bool,
    /// The clock is right, although it went back behind what the authority has logged.
    pub accept_clock: bool,
    /// A folder in another place, where the authority's newest checkpoint is kept and from where it is shown at the start.
    pub witness: Option<PathBuf>,
    /// How often each party tries whether it can write.
    pub probe_every: Duration,
    /// Where they are. A city stays where it was founded.
    pub databases: Databases,
}

impl Default for Records {
    fn default() -> Self {
        Self {
            accept_restore: false,
            accept_clock: false,
            witness: None,
            probe_every: Duration::from_secs(10),
            databases: Databases::InFolder,
        }
    }
}

/// Where browsers find a city's pages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PagesAt {
    /// The sites' origins, with `{site}` for each one's word, where something that ends TLS stands before the city. Without, they are
    /// names below `localhost`.
    pub origins: Option<String>,
    /// Where the visitors' agents listen. A city whose pages are at `localhost` runs the agent itself, here or, without, on the
    /// port after its own or any free one; for others an agent runs on each visitor's machine, at [`shirushi_agent::ADDRESS`] if
    /// nothing is said.
    pub agent: Option<SocketAddr>,
}

/// Who lives in a new city.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Residents {
    /// Nobody yet.
    Nobody,
    /// The invented residents that come with Shirushi, ten of them documented in `docs/personas.md`.
    Sample,
    /// Those of a CSV file.
    File(PathBuf),
}
