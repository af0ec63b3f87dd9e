//! Files that commands write, and answers that they print.

use crate::{
    failure::Failure,
    language::Language,
    told::{code, told},
};
use serde_json::Value;
use shirushi_text::shown;
use std::{
    fs::{File, Permissions},
    io::Write as _,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

/// As programs make files, less what the umask takes away.
const PUBLIC: u32 = 0o666;
const PRIVATE: u32 = 0o600;

/// A file that is to be written: there as a whole, or not at all.
#[derive(Debug)]
pub(crate) struct Output {
    path: PathBuf,
    is_forced: bool,
}

impl Output {
    /// Looks before anything is done whether the file may be written.
    ///
    /// # Errors
    /// [`Failure::Told`] when there is one already and it may not be replaced.
    pub(crate) fn at(path: &Path, is_forced: bool, language: Language) -> Result<Self, Failure> {
        let output = Self {
            path: path.to_owned(),
            is_forced,
        };
        if !is_forced && path.symlink_metadata().is_ok() {
            return Err(output.exists(language));
        }
        // Before a PIN is asked for, not after.
        output
            .folder()
            .metadata()
            .map_err(|source| output.failed(source))?;
        Ok(output)
    }

    /// Writes the file beside its place, then puts it there; durable when it returns.
    ///
    /// # Errors
    /// [`Failure::File`], and as [`Output::at`] for a file that has appeared meanwhile.
    pub(crate) fn write(&self, bytes: &[u8], language: Language) -> Result<(), Failure> {
        self.write_with(bytes, PUBLIC, language)
    }

    /// The same, for a file that its owner alone may read.
    ///
    /// # Errors
    /// As [`Output::write`].
    pub(crate) fn write_private(&self, bytes: &[u8], language: Language) -> Result<(), Failure> {
        self.write_with(bytes, PRIVATE, language)
    }

    fn write_with(&self, bytes: &[u8], mode: u32, language: Language) -> Result<(), Failure> {
        let failed = |source| self.failed(source);
        let folder = self.folder();
        let mut file = tempfile::Builder::new()
            .permissions(Permissions::from_mode(mode))
            .tempfile_in(folder)
            .map_err(failed)?;
        file.write_all(bytes).map_err(failed)?;
        file.as_file()
            .sync_all()
            .map_err(failed)?;
        if self.is_forced {
            file.persist(&self.path)
                .map_err(|error| failed(error.error))?;
        } else {
            file.persist_noclobber(&self.path)
                .map_err(|error| match error.error.kind() {
                    std::io::ErrorKind::AlreadyExists => self.exists(language),
                    _ => failed(error.error),
                })?;
        }
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(failed)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    fn folder(&self) -> &Path {
        match self.path.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        }
    }

    fn failed(&self, source: std::io::Error) -> Failure {
        Failure::File {
            path: self.path.clone(),
            source,
        }
    }

    fn exists(&self, language: Language) -> Failure {
        let path = self.path.display();
        told(
            code::FAILED,
            language,
            &format!("{path} はすでにあります。\n  別の名前にするか、--force を指定してください。"),
            &format!("{path} is there already.\n  Choose another name, or give --force."),
        )
    }
}

/// Prints an answer to a person, with a mark for each character that would not be seen or would turn the others: names of files, and
/// what certificates and sites say, are others' texts.
///
/// # Errors
/// [`Failure::Output`].
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    print_data(&shown(text))
}

/// Prints what is for programs, as it is.
///
/// # Errors
/// [`Failure::Output`].
pub(crate) fn print_data(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}")
        .and_then(|()| out.flush())
        .map_err(Failure::Output)
}

/// Prints an answer for programs, one line.
///
/// # Errors
/// [`Failure::Output`].
pub(crate) fn print_json(value: &Value) -> Result<(), Failure> {
    print_data(&value.to_string())
}

/// Reads a file that was named on the command line.
///
/// # Errors
/// [`Failure::Unreadable`].
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|source| Failure::Unreadable {
        path: path.to_owned(),
        source,
    })
}
