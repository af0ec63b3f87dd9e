//! Where a city's databases are.

use crate::{TownError, folder};
use std::{fmt, path::Path};

/// What stands for the party's name.
const PARTY: &str = "{party}";

/// Not a party of the city but its citizens' own: its records stay on their machine.
const OF_CITIZENS: &str = "agent";

/// Where a city's databases are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Databases {
    /// Each a SQLite file in its party's folder.
    #[default]
    InFolder,
    /// Each by itself on a PostgreSQL server; what is the citizens' own stays in the folder.
    OnServer(PatternOfDatabases),
}

/// The addresses of the parties' databases on a server: `postgres://{party}@db.city.example/{party}`. `Debug` does not show it, for it
/// may hold a password.
#[derive(Clone, PartialEq, Eq)]
pub struct PatternOfDatabases(String);

impl PatternOfDatabases {
    /// Reads a pattern: a `postgres://` URL in which `{party}` stands for the party's name, at least in the database's; none if it is
    /// something else.
    #[must_use]
    pub fn read(pattern: &str) -> Option<Self> {
        let address = pattern
            .strip_prefix("postgres://")
            .or_else(|| pattern.strip_prefix("postgresql://"))?;
        let (_, name) = address
            .split('?')
            .next()?
            .split_once('/')?;
        name.contains(PARTY)
            .then(|| Self(pattern.to_owned()))
    }

    fn of(&self, party: &str) -> String {
        self.0.replace(PARTY, party)
    }
}

impl Databases {
    pub(crate) fn are_on_server(&self) -> bool {
        matches!(self, Self::OnServer(_))
    }

    /// The address of a party's database in a city of this folder.
    pub(crate) fn address(&self, folder: &Path, party: &str) -> Result<String, TownError> {
        match self {
            Self::OnServer(pattern) if party != OF_CITIZENS => Ok(pattern.of(party)),
            _ => {
                let path = folder::database(folder, party);
                let path = std::path::absolute(&path).map_err(|source| TownError::File {
                    path: path.clone(),
                    source,
                })?;
                Ok(format!("sqlite://{}", path.display()))
            }
        }
    }

    /// The same for people to read: the file, or the address without a password.
    pub(crate) fn shown(&self, folder: &Path, party: &str) -> String {
        match self {
            Self::OnServer(pattern) if party != OF_CITIZENS => {
                shirushi_store::shown(&pattern.of(party))
            }
            _ => folder::database(folder, party)
                .display()
                .to_string(),
        }
    }
}

impl fmt::Debug for PatternOfDatabases {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PatternOfDatabases")
            .finish_non_exhaustive()
    }
}
