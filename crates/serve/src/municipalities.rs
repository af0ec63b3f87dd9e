//! The municipalities that a process speaks of.

use crate::{Config, ServeFault, keys};
use shirushi_profile::{MUNICIPALITIES, Municipalities};
use std::path::Path;

/// Puts the municipalities of a file into use, instead of the sandbox's three; before any party is opened.
///
/// # Errors
/// [`ServeFault::File`].
pub fn use_municipalities(path: &Path) -> Result<(), ServeFault> {
    MUNICIPALITIES
        .put_into_use(&keys::text(path)?)
        .map_err(keys::at(path))
}

pub(crate) fn look(config: &Config) -> Result<(), ServeFault> {
    match config.optional_path("municipalities") {
        Some(path) => Municipalities::check(&keys::text(&path)?).map_err(keys::at(&path)),
        None => Ok(()),
    }
}

pub(crate) fn take(config: &Config) -> Result<(), ServeFault> {
    match config.optional_path("municipalities") {
        Some(path) => use_municipalities(&path),
        None => Ok(()),
    }
}
