//! What the figures were measured on.

use crate::Failure;
use serde::Serialize;
use shirushi_clock::{Clock as _, SystemClock};
use std::{fmt, fs, path::Path};

/// The machine, at the beginning.
#[derive(Debug, Serialize)]
pub(crate) struct Machine {
    /// When, UTC.
    pub(crate) began: String,
    pub(crate) processor: String,
    pub(crate) cores: usize,
    pub(crate) kernel: String,
    /// Where the databases lie.
    pub(crate) file_system: FileSystem,
    /// Load averages of 1, 5 and 15 minutes before anything was measured.
    pub(crate) load: String,
}

/// One line of `/proc/mounts`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct FileSystem {
    pub(crate) device: String,
    pub(crate) mounted_at: String,
    pub(crate) kind: String,
}

impl Machine {
    /// Looks at the machine; `folder` is an absolute path without symbolic links.
    pub(crate) fn look(folder: &Path) -> Result<Self, Failure> {
        let processor = read("/proc/cpuinfo")?
            .lines()
            .find_map(|line| line.strip_prefix("model name"))
            .map(|rest| {
                rest.trim_start_matches([' ', '\t', ':'])
                    .to_owned()
            })
            .unwrap_or_else(|| std::env::consts::ARCH.to_owned());
        Ok(Self {
            began: SystemClock.now().to_string(),
            processor,
            cores: cores(),
            kernel: read("/proc/sys/kernel/osrelease")?
                .trim()
                .to_owned(),
            file_system: file_system_of(folder, &read("/proc/mounts")?)
                .ok_or(Failure::Proc { what: "mounts" })?,
            load: load()?,
        })
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let FileSystem {
            device,
            mounted_at,
            kind,
        } = &self.file_system;
        writeln!(
            f,
            "{}; {}, {} cores; Linux {}",
            self.began, self.processor, self.cores, self.kernel
        )?;
        write!(
            f,
            "databases on {kind} ({device} at {mounted_at}); load before: {}",
            self.load
        )
    }
}

impl FileSystem {
    /// Whether a sync there writes nothing.
    pub(crate) fn keeps_nothing(&self) -> bool {
        matches!(self.kind.as_str(), "tmpfs" | "ramfs")
    }
}

/// Processors that this process may use.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Load averages of 1, 5 and 15 minutes.
pub(crate) fn load() -> Result<String, Failure> {
    let averages = read("/proc/loadavg")?;
    Ok(averages
        .split_ascii_whitespace()
        .take(3)
        .collect::<Vec<_>>()
        .join(" "))
}

/// The file system that `folder` lies on: the mount with the longest path above it, the last of those mounted over each other.
fn file_system_of(folder: &Path, mounts: &str) -> Option<FileSystem> {
    mounts
        .lines()
        .filter_map(|line| {
            let mut fields = line.split_ascii_whitespace();
            Some(FileSystem {
                device: fields.next()?.to_owned(),
                mounted_at: fields.next()?.to_owned(),
                kind: fields.next()?.to_owned(),
            })
        })
        .filter(|mount| folder.starts_with(&mount.mounted_at))
        .max_by_key(|mount| mount.mounted_at.len())
}

fn read(path: &'static str) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(Failure::at(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = "\
/dev/vda / ext4 rw,relatime 0 0
tmpfs /dev/shm tmpfs rw 0 0
overlay /work ext3 rw 0 0
tmpfs /work tmpfs rw 0 0
";

    #[test]
    fn the_nearest_mount_counts_and_of_two_the_upper() {
        let kind = |folder: &str| {
            file_system_of(Path::new(folder), MOUNTS)
                .unwrap()
                .kind
        };
        assert_eq!(kind("/work/here"), "tmpfs");
        assert_eq!(kind("/workshop"), "ext4");
        assert_eq!(kind("/dev/shm"), "tmpfs");
        assert_eq!(file_system_of(Path::new("/x"), "cut"), None);
    }

    #[test]
    fn memory_is_no_disk() {
        let on = |folder: &str| file_system_of(Path::new(folder), MOUNTS).unwrap();
        assert!(on("/dev/shm/a").keeps_nothing());
        assert!(!on("/home").keeps_nothing());
    }
}
