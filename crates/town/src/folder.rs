//! What a city's folder holds, and whether it is all there.

use crate::{Records, TownError, files, fingerprints};
use shirushi_crypto::{KeyKind, Random, Secret, SignatureAlgorithm, SigningKey, SoftwareKey};
use std::{
    fs, io,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

/// The parties, each with a folder of its own.
const PARTIES: [&str; 8] = [
    "register",
    "authority",
    "responder",
    "counter",
    "agency",
    "portal",
    "agent",
    "sandbox",
];

/// Stands in the folder once the city has stood for the first time.
const FOUNDED: &str = "founded";

/// What it says. Cities founded before there were pages say nothing, and get a portal at their next start; those of edition 2 get a
/// memory for the responder, filled by the authority.
const EDITION: &[u8] = b"3";

/// What a founded city cannot do without. Made anew, each would pass for an empty one: an authority without its revocations, a
/// register without its residents, a clock that goes back.
const HELD: [&str; 4] = [ROLE_TOKEN_FILE, "register/register.key", ADDRESS, CLOCK];

/// Whose databases it cannot do without, whatever its edition.
const HAVE_HELD: [&str; 4] = ["register", "authority", "counter", "agency"];

/// Stands in the folder of a city whose databases are on a server.
const ON_SERVER: &str = "databases-on-server";

/// What a file system has in its topmost folder.
const OF_FILE_SYSTEM: &str = "lost+found";

/// The file of the secret that the roles know each other by.
const ROLE_TOKEN_FILE: &str = "role-token";

/// The address inside the certificates.
const ADDRESS: &str = "authority/keys/address";

/// How far ahead of the machine the city's clock is, in seconds.
const CLOCK: &str = "sandbox/clock";

/// Bytes of the secret that the roles of one city know each other by.
const ROLE_TOKEN: usize = 32;

/// Makes the folders, after checking that a city that was founded here is still whole.
pub(crate) fn open(folder: &Path, records: &Records) -> Result<(), TownError> {
    let founded = files::read(&folder.join(FOUNDED))?;
    let are_on_server = files::read(&folder.join(ON_SERVER))?.is_some();
    let is_elsewhere = are_on_server != records.databases.are_on_server();
    if is_elsewhere && (founded.is_some() || are_on_server) {
        return Err(TownError::Elsewhere {
            folder: folder.to_owned(),
            are_on_server,
        });
    }
    if let Some(edition) = founded {
        for name in HELD {
            present(&folder.join(name))?;
        }
        let of_before: &[&str] = match edition.as_slice() {
            b"" => &[],
            EDITION => &["portal", "responder"],
            _ => &["portal"],
        };
        for party in HAVE_HELD.iter().chain(of_before) {
            present(&left(folder, party, are_on_server))?;
        }
    } else {
        nobodys(folder)?;
    }
    fingerprints::check(folder, records.accept_restore)?;
    for party in PARTIES {
        files::make_folder(&folder.join(party))?;
    }
    if is_elsewhere {
        files::replace(&folder.join(ON_SERVER), b"--database\n")?;
    }
    Ok(())
}

/// What a party's database has left in the folder: itself, or its checkpoint.
fn left(folder: &Path, party: &str, is_on_server: bool) -> PathBuf {
    let database = database(folder, party);
    match is_on_server {
        true => database.with_extension("db.checkpoint"),
        false => database,
    }
}

/// Refuses to found a city among somebody's files: the folder is new, empty, or holds what a founding leaves that was cut short.
fn nobodys(folder: &Path) -> Result<(), TownError> {
    let failed = |source| TownError::File {
        path: folder.to_owned(),
        source,
    };
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries.map_err(failed)?,
    };
    for entry in entries {
        let name = entry.map_err(failed)?.file_name();
        let is_ours = |ours: &&str| name == *ours || name == *format!("{ours}.draft");
        let known = PARTIES.iter().chain(&[
            ROLE_TOKEN_FILE,
            FOUNDED,
            ON_SERVER,
            fingerprints::FILE,
            OF_FILE_SYSTEM,
        ]);
        if !known.into_iter().any(is_ours) {
            return Err(TownError::NoCity {
                folder: folder.to_owned(),
                found: name.to_string_lossy().into_owned(),
            });
        }
    }
    Ok(())
}

/// Whether anything in the folder is a city's, be it whole or not.
pub(crate) fn is_of_a_city(folder: &Path) -> bool {
    HELD.iter()
        .chain(&[FOUNDED, LOG_KEY])
        .any(|name| folder.join(name).exists())
        || HAVE_HELD
            .iter()
            .any(|party| database(folder, party).exists())
}

/// Notes that everything is there now.
pub(crate) fn note_founded(folder: &Path) -> Result<(), TownError> {
    fingerprints::note(folder)?;
    let path = folder.join(FOUNDED);
    if files::read(&path)?.as_deref() != Some(EDITION) {
        files::replace(&path, EDITION)?;
    }
    Ok(())
}

/// There and not empty.
fn present(path: &Path) -> Result<(), TownError> {
    match fs::metadata(path) {
        Ok(file) if file.len() > 0 => Ok(()),
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(TownError::File {
            path: path.to_owned(),
            source,
        }),
        _ => Err(damaged(path)),
    }
}

/// The address that a city was founded for, if one was: the first that is asked of a folder.
pub(crate) fn held_address(folder: &Path) -> Result<Option<SocketAddr>, TownError> {
    if folder.exists() && !folder.is_dir() {
        return Err(TownError::NoFolder {
            folder: folder.to_owned(),
        });
    }
    let path = folder.join(ADDRESS);
    match files::read(&path)? {
        None => Ok(None),
        Some(bytes) => std::str::from_utf8(&bytes)
            .ok()
            .and_then(|base| base.strip_prefix("http://"))
            .and_then(|address| address.parse().ok())
            .map(Some)
            .ok_or_else(|| damaged(&path)),
    }
}

/// The log's public key, for whoever verifies the log or a checkpoint of it.
pub(crate) const LOG_KEY: &str = "authority/log.pub";

/// Writes the log's public key (a verifier key of signed notes) beside the authority's keys.
pub(crate) fn note_log_key(folder: &Path, key: &str) -> Result<(), TownError> {
    let path = folder.join(LOG_KEY);
    let line = format!("{key}\n");
    if files::read(&path)?.as_deref() != Some(line.as_bytes()) {
        files::replace(&path, line.as_bytes())?;
    }
    Ok(())
}

/// The key that the register signs its events with.
pub(crate) fn register_key(folder: &Path) -> Result<Arc<dyn SigningKey>, TownError> {
    let path = folder.join("register/register.key");
    let key = match files::read(&path)? {
        Some(pkcs8) => SoftwareKey::from_pkcs8(Secret::new(pkcs8)).map_err(|_| damaged(&path))?,
        None => {
            let key = SoftwareKey::generate(KeyKind::P256)?;
            files::replace(&path, key.to_pkcs8().expose())?;
            key
        }
    };
    Ok(Arc::new(key))
}

/// The key that a party signs its database's checkpoint with. A database that has a checkpoint must have its key.
pub(crate) fn checkpoint_key(
    folder: &Path,
    party: &str,
    accept_restore: bool,
) -> Result<Arc<dyn SigningKey>, TownError> {
    let path = folder
        .join(party)
        .join("checkpoint.key");
    let is_needed = database(folder, party)
        .with_extension("db.checkpoint")
        .exists();
    let key = match files::read(&path)? {
        Some(pkcs8) => SoftwareKey::from_pkcs8(Secret::new(pkcs8))
            .ok()
            .filter(|key| key.algorithm() == SignatureAlgorithm::Ed25519),
        None if is_needed => None,
        None => Some(new_checkpoint_key(&path)?),
    };
    let key = match key {
        Some(key) => key,
        None if accept_restore => new_checkpoint_key(&path)?,
        None => return Err(damaged(&path)),
    };
    Ok(Arc::new(key))
}

fn new_checkpoint_key(path: &Path) -> Result<SoftwareKey, TownError> {
    let key = SoftwareKey::generate(KeyKind::Ed25519)?;
    files::replace(path, key.to_pkcs8().expose())?;
    Ok(key)
}

/// The secret that the roles of one city know each other by, in hexadecimal.
pub(crate) fn role_token(folder: &Path, random: &dyn Random) -> Result<String, TownError> {
    token(folder.join(ROLE_TOKEN_FILE), random)
}

/// The secret by which the authority knows the portal, in hexadecimal. The portal asks it whom it knows again, and does nothing that a
/// counter does: it does not have the roles' token.
pub(crate) fn portal_token(folder: &Path, random: &dyn Random) -> Result<String, TownError> {
    token(folder.join("portal/authority-token"), random)
}

fn token(path: PathBuf, random: &dyn Random) -> Result<String, TownError> {
    match files::read(&path)? {
        Some(bytes) => String::from_utf8(bytes)
            .ok()
            .filter(|token| {
                token.len() == 2 * ROLE_TOKEN
                    && token
                        .bytes()
                        .all(|b| b.is_ascii_hexdigit())
            })
            .ok_or_else(|| damaged(&path)),
        None => {
            let mut bytes = [0; ROLE_TOKEN];
            random.fill(&mut bytes);
            let token = hex::encode(bytes);
            files::replace(&path, token.as_bytes())?;
            Ok(token)
        }
    }
}

/// Where the clock is kept.
pub(crate) fn clock_file(folder: &Path) -> PathBuf {
    folder.join(CLOCK)
}

/// How far ahead of the machine the city's clock is, in seconds.
pub(crate) fn clock(folder: &Path) -> Result<i64, TownError> {
    let path = clock_file(folder);
    match files::read(&path)? {
        None => {
            files::replace(&path, b"0")?;
            Ok(0)
        }
        Some(bytes) => std::str::from_utf8(&bytes)
            .ok()
            .and_then(|text| text.trim().parse().ok())
            // It is only ever moved ahead.
            .filter(|ahead| *ahead >= 0)
            .ok_or_else(|| damaged(&path)),
    }
}

/// Where the agent of the city keeps the cards.
pub(crate) fn cards(folder: &Path) -> PathBuf {
    folder.join("agent/cards")
}

/// Where a party's database is.
pub(crate) fn database(folder: &Path, party: &str) -> PathBuf {
    folder
        .join(party)
        .join(format!("{party}.db"))
}

pub(crate) fn damaged(path: &Path) -> TownError {
    TownError::Damaged {
        path: path.to_owned(),
    }
}
