//! The authority's ceremony: its keys, and what others need of them.

use crate::{Config, ServeFault, keys};
use shirushi_authority::Ceremony;
use shirushi_clock::{Clock as _, SystemClock};
use shirushi_crypto::SystemRandom;
use std::path::PathBuf;

/// What a ceremony has made, or found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Founded {
    /// The folder of the keys.
    pub keys: PathBuf,
    /// The certificates of both authorities, every generation, for those who trust them (PEM).
    pub anchors: PathBuf,
    /// The public key of the log, for the register's configuration and for verifiers.
    pub log_key: PathBuf,
}

/// Makes the authority's keys where this configuration has them, unless they are there, and writes what others need beside them.
///
/// # Errors
/// [`ServeFault`].
pub fn ceremony(config: &Config) -> Result<Founded, ServeFault> {
    let folder = config.path("folder")?;
    shirushi_files::make_folder(&folder).map_err(keys::at(&folder))?;
    let founded = Founded {
        keys: folder.join("keys"),
        anchors: folder.join("authorities.pem"),
        log_key: folder.join("log.pub"),
    };
    let ceremony = Ceremony::open_or_hold(
        &founded.keys,
        config.text("address")?,
        SystemClock.now(),
        &SystemRandom,
    )
    .map_err(ServeFault::party)?;
    let anchors = keys::certificates_pem(&ceremony.certificates());
    let log_key = format!("{}\n", ceremony.log_verifier());
    for (path, text) in [(&founded.anchors, anchors), (&founded.log_key, log_key)] {
        shirushi_files::replace(path, text.as_bytes()).map_err(keys::at(path))?;
    }
    Ok(founded)
}

/// Makes the register's key where this configuration has it, unless it is there, and answers the file of its public half: what the authority
/// is configured with.
///
/// # Errors
/// [`ServeFault`].
pub fn register_key(config: &Config) -> Result<PathBuf, ServeFault> {
    let folder = config.path("folder")?;
    shirushi_files::make_folder(&folder).map_err(keys::at(&folder))?;
    keys::register(&folder.join("register.key")).map(drop)?;
    Ok(folder.join("register.pub"))
}
