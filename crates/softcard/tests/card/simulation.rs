//! A folder that remembers every step, and what a power cut after any of them may leave on the disk.
//!
//! The model is harsher than any file system in use: between two forces, each change of a name is kept or lost on its own, in
//! any combination, and the bytes of a file that were not forced are the old ones, none, a half or all.

use shirushi_softcard::Folder;
use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    sync::{Arc, Mutex},
};

/// One step of a folder.
#[derive(Clone)]
pub(crate) enum Step {
    Write { name: String, bytes: Vec<u8> },
    Sync { name: String },
    Rename { from: String, to: String },
    SyncNames,
}

/// A folder that does everything and writes it down.
#[derive(Clone, Default)]
pub(crate) struct RecordingFolder {
    inner: Arc<Mutex<Recording>>,
}

#[derive(Default)]
struct Recording {
    files: BTreeMap<String, Vec<u8>>,
    steps: Vec<Step>,
}

impl RecordingFolder {
    /// How many steps were taken.
    pub(crate) fn count(&self) -> usize {
        self.inner.lock().unwrap().steps.len()
    }

    pub(crate) fn steps(&self) -> Vec<Step> {
        self.inner.lock().unwrap().steps.clone()
    }
}

impl Folder for RecordingFolder {
    fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        Ok(self
            .inner
            .lock()
            .unwrap()
            .files
            .get(name)
            .cloned())
    }

    fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let mut inner = self.inner.lock().unwrap();
        let (name, bytes) = (name.to_owned(), bytes.to_vec());
        inner
            .files
            .insert(name.clone(), bytes.clone());
        inner
            .steps
            .push(Step::Write { name, bytes });
        Ok(())
    }

    fn sync(&self, name: &str) -> io::Result<()> {
        let name = name.to_owned();
        let mut inner = self.inner.lock().unwrap();
        inner.steps.push(Step::Sync { name });
        Ok(())
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut inner = self.inner.lock().unwrap();
        let bytes = inner
            .files
            .remove(from)
            .ok_or(io::ErrorKind::NotFound)?;
        inner.files.insert(to.to_owned(), bytes);
        let (from, to) = (from.to_owned(), to.to_owned());
        inner
            .steps
            .push(Step::Rename { from, to });
        Ok(())
    }

    fn sync_names(&self) -> io::Result<()> {
        let mut inner = self.inner.lock().unwrap();
        inner.steps.push(Step::SyncNames);
        Ok(())
    }
}

/// Every content that the file `name` can have when power fails after these steps; none where there is no file.
pub(crate) fn images(steps: &[Step], name: &str) -> BTreeSet<Option<Vec<u8>>> {
    let mut disk = Platter::default();
    for step in steps {
        disk.take(step);
    }
    disk.images(name)
}

/// A file's bytes: what is certain, and what may be there instead.
#[derive(Default)]
struct Inode {
    possible: BTreeSet<Vec<u8>>,
    newest: Vec<u8>,
}

#[derive(Default)]
struct Platter {
    inodes: Vec<Inode>,
    /// Names as programs see them.
    seen: BTreeMap<String, usize>,
    /// Names that are certain.
    forced: BTreeMap<String, usize>,
    /// Changes of names since: the name, and the inode it then has or has no longer.
    pending: Vec<(String, Option<usize>)>,
}

impl Platter {
    fn take(&mut self, step: &Step) {
        match step {
            Step::Write { name, bytes } => {
                let inode = match self.seen.get(name) {
                    Some(inode) => *inode,
                    None => {
                        let mut new = Inode::default();
                        new.possible.insert(Vec::new());
                        self.inodes.push(new);
                        let inode = self.inodes.len() - 1;
                        self.seen.insert(name.clone(), inode);
                        self.pending
                            .push((name.clone(), Some(inode)));
                        inode
                    }
                };
                let inode = &mut self.inodes[inode];
                for length in [0, bytes.len() / 2, bytes.len()] {
                    inode
                        .possible
                        .insert(bytes[..length].to_vec());
                }
                inode.newest = bytes.clone();
            }
            Step::Sync { name } => {
                let inode = &mut self.inodes[self.seen[name]];
                inode.possible = BTreeSet::from([inode.newest.clone()]);
            }
            Step::Rename { from, to } => {
                let inode = self.seen.remove(from).unwrap();
                self.seen.insert(to.clone(), inode);
                self.pending
                    .push((to.clone(), Some(inode)));
                self.pending.push((from.clone(), None));
            }
            Step::SyncNames => {
                self.forced = self.seen.clone();
                self.pending.clear();
            }
        }
    }

    fn images(&self, name: &str) -> BTreeSet<Option<Vec<u8>>> {
        // Only changes of this name decide what it is; each may be kept or lost, so the last one kept can be any, or none.
        let mut inodes = vec![self.forced.get(name).copied()];
        let changes = self.pending.iter();
        inodes.extend(
            changes
                .filter(|(changed, _)| changed == name)
                .map(|(_, inode)| *inode),
        );
        let mut images = BTreeSet::new();
        for inode in inodes {
            match inode {
                None => {
                    images.insert(None);
                }
                Some(inode) => {
                    let possible = self.inodes[inode].possible.iter();
                    images.extend(possible.cloned().map(Some));
                }
            }
        }
        images
    }
}
