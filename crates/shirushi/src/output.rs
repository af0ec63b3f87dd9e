//! Files that commands write, and answers that they print. Whatever a command writes is written here.
//!
//! A file is there as a whole or not at all, and nothing that is not a file is replaced by one: a pipe and a terminal are written to,
//! a disk, a folder and a socket are refused. What is read is never written over, whatever name or link it is reached by.

use crate::{
    failure::Failure,
    input::STANDARD,
    language::Language,
    told::{code, told},
};
use serde_json::Value;
use shirushi_crypto::SystemRandom;
use shirushi_softcard::{FileDisk, SoftCard};
use shirushi_text::shown;
use std::{
    fs::{File, Metadata, OpenOptions, Permissions},
    io::{self, ErrorKind, IsTerminal as _, Write},
    os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    sync::Arc,
};

/// As programs make files, less what the umask takes away.
const PUBLIC: u32 = 0o666;
const PRIVATE: u32 = 0o600;
/// The bits of a file's mode that are permissions.
const PERMISSIONS: u32 = 0o777;

/// Other names of standard output.
const STANDARD_OUTPUT: [&str; 3] = ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"];

/// How an output is to be.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Wanted<'a> {
    /// Whether a file that is there is replaced.
    pub(crate) is_forced: bool,
    /// Whether it is nothing for a terminal.
    pub(crate) is_binary: bool,
    /// Whether its owner alone may read it.
    pub(crate) is_private: bool,
    /// What the command reads: none of these is written over.
    pub(crate) inputs: &'a [&'a Path],
}

/// Where something is to be written.
#[derive(Debug)]
pub(crate) struct Output {
    /// As it was named.
    path: PathBuf,
    to: To,
    is_private: bool,
}

#[derive(Debug)]
enum To {
    Standard,
    /// A pipe, or a device that takes characters.
    Stream,
    /// A name that nothing has yet.
    New,
    /// A regular file, behind the links to it, with its mode.
    File {
        place: PathBuf,
        mode: u32,
    },
}

impl Output {
    /// Looks before anything is done, and before a PIN is asked for, whether it may be written there.
    ///
    /// # Errors
    /// [`Failure::Told`] when it may not, [`Failure::File`] when it cannot.
    pub(crate) fn at(
        path: &Path,
        wanted: &Wanted<'_>,
        language: Language,
    ) -> Result<Self, Failure> {
        let to = place(path, wanted, language)?;
        Ok(Self {
            path: path.to_owned(),
            to,
            is_private: wanted.is_private,
        })
    }

    /// Writes it; a file is durable when this returns.
    ///
    /// # Errors
    /// [`Failure::File`], [`Failure::Output`], and as [`Output::at`] for a file that has appeared meanwhile.
    pub(crate) fn write(&self, bytes: &[u8], language: Language) -> Result<(), Failure> {
        match &self.to {
            To::Standard => to_the_end(&mut io::stdout().lock(), bytes).map_err(Failure::Output),
            To::Stream => OpenOptions::new()
                .write(true)
                .open(&self.path)
                .and_then(|mut stream| to_the_end(&mut stream, bytes))
                .map_err(|error| match error.kind() {
                    ErrorKind::BrokenPipe => Failure::Output(error),
                    _ => failed(&self.path, error),
                }),
            To::New => self.put(&self.path, None, bytes, language),
            To::File { place, mode } => self.put(place, Some(*mode), bytes, language),
        }
    }

    /// Writes the file beside its place, then puts it there: over the file whose mode is given, or where nothing is.
    fn put(
        &self,
        place: &Path,
        replaced: Option<u32>,
        bytes: &[u8],
        language: Language,
    ) -> Result<(), Failure> {
        let failed = |source| failed(&self.path, source);
        let folder = folder_of(place);
        let made_with = if self.is_private { PRIVATE } else { PUBLIC };
        let mut file = tempfile::Builder::new()
            .permissions(Permissions::from_mode(made_with))
            .tempfile_in(folder)
            .map_err(failed)?;
        file.write_all(bytes).map_err(failed)?;
        if let Some(mode) = replaced
            && !self.is_private
        {
            file.as_file()
                .set_permissions(Permissions::from_mode(mode & PERMISSIONS))
                .map_err(failed)?;
        }
        file.as_file()
            .sync_all()
            .map_err(failed)?;
        match replaced {
            Some(_) => file
                .persist(place)
                .map_err(|error| failed(error.error))?,
            None => file
                .persist_noclobber(place)
                .map_err(|error| match error.error.kind() {
                    ErrorKind::AlreadyExists => exists(&self.path, language),
                    _ => failed(error.error),
                })?,
        };
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(failed)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Says what was done: on standard error where standard output is what was written.
    ///
    /// # Errors
    /// [`Failure::Output`].
    pub(crate) fn tell(&self, text: &str) -> Result<(), Failure> {
        match self.to {
            To::Standard => {
                crate::attended::say(text);
                Ok(())
            }
            _ => print(text),
        }
    }

    /// The same for programs, one line.
    ///
    /// # Errors
    /// [`Failure::Output`].
    pub(crate) fn tell_json(&self, value: &Value) -> Result<(), Failure> {
        match self.to {
            To::Standard => writeln!(io::stderr(), "{value}").map_err(Failure::Output),
            _ => print_json(value),
        }
    }
}

/// Makes a file, or replaces it: one of a set that a program of ours leaves in a folder.
///
/// # Errors
/// As [`Output::at`] and [`Output::write`].
pub(crate) fn replace(path: &Path, bytes: &[u8], language: Language) -> Result<(), Failure> {
    let wanted = Wanted {
        is_forced: true,
        ..Wanted::default()
    };
    Output::at(path, &wanted, language)?.write(bytes, language)
}

/// Where it goes, if it may.
fn place(path: &Path, wanted: &Wanted<'_>, language: Language) -> Result<To, Failure> {
    let no_terminal = |is_terminal: bool| match is_terminal && wanted.is_binary {
        true => Err(no_text(language)),
        false => Ok(()),
    };
    let name = path.as_os_str();
    if name == STANDARD
        || STANDARD_OUTPUT
            .iter()
            .any(|other| name == *other)
    {
        let stdout = io::stdout();
        no_terminal(stdout.is_terminal())?;
        if let Ok(found) = rustix::fs::fstat(&stdout) {
            apart(path, (found.st_dev, found.st_ino), wanted, language)?;
        }
        return Ok(To::Standard);
    }
    match path.symlink_metadata() {
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return match folder_of(path).metadata() {
                Ok(_) => Ok(To::New),
                Err(source) => Err(failed(path, source)),
            };
        }
        Err(error) => return Err(failed(path, error)),
    }
    // Behind links: a link is a name, and stays one.
    let found = path
        .metadata()
        .map_err(|source| failed(path, source))?;
    apart(path, (found.dev(), found.ino()), wanted, language)?;
    let kind = found.file_type();
    if kind.is_fifo() {
        return Ok(To::Stream);
    }
    if kind.is_char_device() {
        let device = OpenOptions::new()
            .write(true)
            .open(path)
            .map_err(|source| failed(path, source))?;
        no_terminal(device.is_terminal())?;
        return Ok(To::Stream);
    }
    if !kind.is_file() {
        return Err(no_file(path, language));
    }
    if !wanted.is_forced {
        return Err(exists(path, language));
    }
    if is_card(path) {
        return Err(card(path, language));
    }
    Ok(To::File {
        place: path
            .canonicalize()
            .map_err(|source| failed(path, source))?,
        mode: found.mode(),
    })
}

/// Refuses what one of the inputs is, by whichever name.
fn apart(
    path: &Path,
    output: (u64, u64),
    wanted: &Wanted<'_>,
    language: Language,
) -> Result<(), Failure> {
    let is_input = |input: &&Path| {
        // A terminal or a pipe at both ends loses nothing.
        let found = match input.as_os_str() == STANDARD {
            true => rustix::fs::fstat(io::stdin())
                .ok()
                .filter(|found| rustix::fs::FileType::from_raw_mode(found.st_mode).is_file())
                .map(|found| (found.st_dev, found.st_ino)),
            false => input
                .metadata()
                .ok()
                .filter(Metadata::is_file)
                .map(|found| (found.dev(), found.ino())),
        };
        found == Some(output)
    };
    match wanted.inputs.iter().any(is_input) {
        true => Err(input(path, language)),
        false => Ok(()),
    }
}

/// Whether it is a software card, whose keys are nowhere else.
fn is_card(path: &Path) -> bool {
    FileDisk::peek(path).is_ok_and(|bytes| SoftCard::look(bytes, Arc::new(SystemRandom)).is_ok())
}

fn to_the_end(stream: &mut dyn Write, bytes: &[u8]) -> io::Result<()> {
    stream.write_all(bytes)?;
    stream.flush()
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

fn failed(path: &Path, source: io::Error) -> Failure {
    Failure::File {
        path: path.to_owned(),
        source,
    }
}

fn exists(path: &Path, language: Language) -> Failure {
    let path = path.display();
    told(
        code::FAILED,
        language,
        &format!("{path} はすでにあります。\n  別の名前にするか、--force を指定してください。"),
        &format!("{path} is there already.\n  Choose another name, or give --force."),
    )
}

fn input(path: &Path, language: Language) -> Failure {
    let path = path.display();
    told(
        code::FAILED,
        language,
        &format!(
            "{path} は、このコマンドが読むファイルです。何も書き込んでいません。\n  別の名前にしてください。"
        ),
        &format!(
            "{path} is a file that this command reads. Nothing was written.\n  Choose another name."
        ),
    )
}

fn card(path: &Path, language: Language) -> Failure {
    let path = path.display();
    told(
        code::FAILED,
        language,
        &format!(
            "{path} はソフトウェアのカードです。その鍵はほかのどこにもありません。何も書き込んでいません。\n  別の名前にしてください。"
        ),
        &format!(
            "{path} is a software card, whose keys are nowhere else. Nothing was written.\n  Choose another name."
        ),
    )
}

fn no_file(path: &Path, language: Language) -> Failure {
    let path = path.display();
    told(
        code::FAILED,
        language,
        &format!(
            "{path} は、ファイルでもパイプでもありません。何も書き込んでいません。\n  別の名前にするか、標準出力に出すなら - を指定してください。"
        ),
        &format!(
            "{path} is neither a file nor a pipe. Nothing was written.\n  Choose another name, or - for standard output."
        ),
    )
}

fn no_text(language: Language) -> Failure {
    told(
        code::FAILED,
        language,
        "文字でないデータは、端末には出しません。\n  -o でファイルの名前を指定するか、標準出力をファイルかほかのプログラムに渡してください。",
        "What is no text is not written to a terminal.\n  Name a file with -o, or lead standard output into a file or a program.",
    )
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
    let mut out = io::stdout().lock();
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
