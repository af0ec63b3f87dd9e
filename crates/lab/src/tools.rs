//! Programs of this machine, and waiting.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// Longest wait for something that a program does.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where `./test` unpacks the services that must not be installed: installed, they would start.
pub(crate) fn unpacked() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/unpacked")
}

/// Where a program is: one that `./test` has unpacked, or one of this machine; root's folders are looked through too, which are
/// not on everybody's path.
///
/// # Panics
/// When it is not on this machine: a missing counterpart fails the test.
#[must_use]
pub fn program(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    ["usr/sbin", "usr/bin"]
        .map(|folder| unpacked().join(folder))
        .into_iter()
        .chain(std::env::split_paths(&path))
        .chain(["/usr/sbin", "/sbin", "/usr/bin"].map(PathBuf::from))
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
        .unwrap_or_else(|| panic!("{name} is not on this machine; ./test installs it"))
}

/// Waits until something holds.
///
/// # Panics
/// When it does not within a minute.
pub fn wait_for(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < end, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
