//! The looking, place by place.

pub(crate) mod agent;
pub(crate) mod browsers;
pub(crate) mod card;
pub(crate) mod certificates;
pub(crate) mod city;
pub(crate) mod files;
pub(crate) mod machine;
pub(crate) mod modules;
pub(crate) mod pcscd;
pub(crate) mod readers;
pub(crate) mod status;
pub(crate) mod usb;

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The entries of a folder whose names end so, in order; none when it cannot be read.
fn entries(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            path.extension()
                .is_some_and(|its| its == extension)
        })
        .collect();
    found.sort();
    found
}
