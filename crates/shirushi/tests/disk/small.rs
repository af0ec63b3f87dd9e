//! A small disk of a city's own: a file system in memory, mounted where only the city sees it, that can be filled to the last byte.

use std::{
    fs::{self, File},
    io::{BufRead as _, BufReader, ErrorKind, Write as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

/// A new city with its sample of residents takes a fifth of it.
const SIZE: &str = "size=48m,mode=0700";

/// What fills it.
const FILLER: &str = "filler";

/// The disk, mounted in a name space that a waiting program keeps.
pub(crate) struct SmallDisk {
    at: PathBuf,
    keeper: Child,
}

impl SmallDisk {
    /// Mounts it at this folder, which is not below /dev/shm: that is the city's own too, for libfaketime leaves files there.
    pub(crate) fn mount(at: &Path) -> Self {
        let script = format!(
            "mount -t tmpfs -o {SIZE} tmpfs '{}' && mount -t tmpfs tmpfs /dev/shm && echo && exec sleep infinity",
            at.display()
        );
        let mut keeper = Command::new("unshare")
            .args(["--mount", "--propagation", "private", "sh", "-c", &script])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(keeper.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        assert_eq!(line, "\n", "root may mount");
        Self {
            at: at.to_owned(),
            keeper,
        }
    }

    /// What a program is started by that shall see it.
    pub(crate) fn entered_by(&self) -> Vec<String> {
        vec![
            "nsenter".to_owned(),
            format!("--target={}", self.keeper.id()),
            "--mount".to_owned(),
        ]
    }

    /// The disk, as it is seen from outside.
    pub(crate) fn seen(&self) -> PathBuf {
        let mut seen = PathBuf::from(format!("/proc/{}/root", self.keeper.id()));
        seen.push(self.at.strip_prefix("/").unwrap());
        seen
    }

    /// Writes until nothing goes any more, to the last byte.
    pub(crate) fn fill(&self) {
        let mut file = File::create(self.seen().join(FILLER)).unwrap();
        for size in [1 << 20, 4096, 1] {
            let piece = vec![0x5A; size];
            loop {
                match file.write_all(&piece) {
                    Ok(()) => {}
                    Err(error) if error.kind() == ErrorKind::StorageFull => break,
                    Err(error) => panic!("{error}"),
                }
            }
        }
    }

    pub(crate) fn free(&self) {
        fs::remove_file(self.seen().join(FILLER)).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = self.keeper.kill();
        let _ = self.keeper.wait();
    }
}
