//! The service pcscd, asked directly at its socket: the library tells most of its faults alike.

use crate::{
    Surroundings,
    notes::{Notes, said},
    table::{PCSC_PERMISSION, PCSC_PROTOCOL, PCSC_RUNNING},
};
use std::{
    fs,
    io::{self, ErrorKind, Read as _, Write as _},
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    time::Duration,
};

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(3);
/// `CMD_VERSION` of pcsc-lite's winscard_msg.h.
const VERSION: u32 = 0x11;
/// The protocol that is asked with; the answer bears the service's own, whatever this is.
const ASKED: (u32, u32) = (4, 4);
/// `SCARD_W_SECURITY_VIOLATION`: polkit does not allow it.
pub(crate) const SECURITY_VIOLATION: u32 = 0x8010_006A;
/// `SCARD_E_NO_SERVICE`, `SCARD_E_SERVICE_STOPPED` and `SCARD_F_COMM_ERROR`: what libpcsclite answers when a service that it can
/// reach says another version than its own, or hangs up on its version.
pub(crate) const MISUNDERSTOOD: [u32; 3] = [NO_SERVICE, 0x8010_001E, 0x8010_0013];
/// `SCARD_E_NO_SERVICE`, the code of [`ReaderError::NoService`](shirushi_reader::ReaderError::NoService).
pub(crate) const NO_SERVICE: u32 = 0x8010_001D;
/// Where Debian and others keep the program.
const PROGRAMS: [&str; 3] = ["/usr/sbin/pcscd", "/usr/local/sbin/pcscd", "/sbin/pcscd"];

/// What is behind the socket.
pub(crate) enum Service {
    /// It says which protocol it speaks.
    Speaks {
        major: u32,
        minor: u32,
        /// Whether it accepts [`ASKED`].
        accepts: bool,
    },
    /// It hangs up without a word, as pcscd does when polkit does not let the user in.
    HangsUp,
    /// It answers, though not like pcscd.
    Strange(io::Error),
    /// Nobody is there.
    Absent(io::Error),
    /// The socket does not let this user in.
    Forbidden,
}

impl Service {
    /// Connects and asks for the version.
    pub(crate) fn ask(surroundings: &Surroundings) -> Self {
        let mut stream = match UnixStream::connect(socket(surroundings)) {
            Ok(stream) => stream,
            Err(error) if error.kind() == ErrorKind::PermissionDenied => return Self::Forbidden,
            Err(error) => return Self::Absent(error),
        };
        match ask_version(&mut stream) {
            Ok(speaks) => speaks,
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::BrokenPipe
                ) =>
            {
                Self::HangsUp
            }
            Err(error) => Self::Strange(error),
        }
    }

    pub(crate) fn is_there(&self) -> bool {
        !matches!(self, Self::Absent(_))
    }

    /// Why the library, which answered `code`, could not use it.
    pub(crate) fn note(
        &self,
        surroundings: &Surroundings,
        code: u32,
        is_installed: bool,
        notes: &mut Notes,
    ) {
        let path = socket(surroundings)
            .display()
            .to_string();
        let allowed = said("ソケットに接続できました", "The socket lets us in");
        match self {
            Self::Forbidden => {
                notes.ok(&PCSC_RUNNING, said(path.clone(), path.clone()));
                notes.fault(
                    &PCSC_PERMISSION,
                    said(
                        format!("{path}への接続が許されていません"),
                        format!("Connecting to {path} is not permitted"),
                    ),
                    &[("path", path.into())],
                );
            }
            Self::Absent(error) => {
                let process = processes(surroundings, |_, name| name == "pcscd");
                let seen = match process.first() {
                    Some(process) => said(
                        format!("{process}は動いていますが、{path}で待っていません: {error}"),
                        format!("{process} runs and does not listen at {path}: {error}"),
                    ),
                    None => said(format!("{path}: {error}"), format!("{path}: {error}")),
                };
                match is_installed {
                    true => notes.fault(&PCSC_RUNNING, seen, &[]),
                    // It cannot run; that it is not installed is the fault.
                    false => notes.not_looked_at(&PCSC_RUNNING, seen),
                }
            }
            Self::HangsUp => {
                notes.ok(&PCSC_RUNNING, said(path.clone(), path.clone()));
                notes.fault(
                    &PCSC_PERMISSION,
                    said(
                        "pcscdが何も答えずに切ります（polkitが許していません）",
                        "pcscd hangs up without an answer: polkit does not allow it",
                    ),
                    &[("path", path.into())],
                );
            }
            Self::Speaks { accepts, .. }
                if !MISUNDERSTOOD.contains(&code) || (*accepts && code == NO_SERVICE) =>
            {
                notes.ok(&PCSC_RUNNING, said(path.clone(), path));
                notes.ok(&PCSC_PERMISSION, allowed);
                notes.not_looked_at(
                    &PCSC_PROTOCOL,
                    said(
                        format!("ライブラリーが{code:08X}と答えました"),
                        format!("The library answers {code:08X}"),
                    ),
                );
            }
            Self::Speaks { major, minor, .. } => {
                notes.ok(&PCSC_RUNNING, said(path.clone(), path));
                notes.ok(&PCSC_PERMISSION, allowed);
                notes.fault(
                    &PCSC_PROTOCOL,
                    said(
                        format!(
                            "pcscdの版は{major}:{minor}で、ライブラリーは別の版です（{code:08X}）"
                        ),
                        format!(
                            "pcscd speaks {major}:{minor}, the library another version ({code:08X})"
                        ),
                    ),
                    &[],
                );
            }
            Self::Strange(error) => {
                notes.ok(&PCSC_PERMISSION, allowed);
                notes.fault(
                    &PCSC_RUNNING,
                    said(
                        format!("{path}の応答がpcscdのものではありません: {error}"),
                        format!("What answers at {path} is no pcscd: {error}"),
                    ),
                    &[],
                );
            }
        }
    }
}

/// Where pcscd listens.
pub(crate) fn socket(surroundings: &Surroundings) -> PathBuf {
    match surroundings.variable("PCSCLITE_CSOCK_NAME") {
        Some(path) => PathBuf::from(path),
        None => surroundings.at("/run/pcscd/pcscd.comm"),
    }
}

/// The program, where it is installed.
pub(crate) fn program(surroundings: &Surroundings) -> Option<String> {
    PROGRAMS
        .into_iter()
        .find(|path| surroundings.at(path).is_file())
        .map(ToOwned::to_owned)
}

/// The programs that have the PC/SC library loaded, this one apart: `name (number)`.
pub(crate) fn users(surroundings: &Surroundings) -> Vec<String> {
    let own = std::process::id().to_string();
    processes(surroundings, |number, _| {
        let maps = surroundings.at(&format!("/proc/{number}/maps"));
        number != own && fs::read_to_string(maps).is_ok_and(|maps| maps.contains("/libpcsclite"))
    })
}

fn processes(surroundings: &Surroundings, wanted: impl Fn(&str, &str) -> bool) -> Vec<String> {
    let Ok(folder) = fs::read_dir(surroundings.at("/proc")) else {
        return Vec::new();
    };
    let space = |process: &Path| fs::read_link(process.join("ns/mnt")).ok();
    let own = space(&surroundings.at("/proc/self"));
    folder
        .flatten()
        .filter(|entry| {
            // In a container of its own it listens somewhere else.
            let other = space(&entry.path());
            own.is_none() || other.is_none() || own == other
        })
        .filter_map(|entry| {
            let number = entry.file_name().into_string().ok()?;
            number
                .bytes()
                .all(|b| b.is_ascii_digit())
                .then_some(())?;
            let name = fs::read_to_string(entry.path().join("comm")).ok()?;
            let name = name.trim();
            wanted(&number, name).then(|| format!("{name} ({number})"))
        })
        .collect()
}

/// The message of winscard_msg.c: a header of size and command, then major, minor and a result.
fn ask_version(stream: &mut UnixStream) -> io::Result<Service> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let (major, minor) = ASKED;
    let message: Vec<u8> = [12, VERSION, major, minor, 0]
        .into_iter()
        .flat_map(u32::to_ne_bytes)
        .collect();
    stream.write_all(&message)?;
    let mut answer = [0; 12];
    stream.read_exact(&mut answer)?;
    let number = |from: usize| {
        let mut bytes = [0; 4];
        bytes.copy_from_slice(&answer[from..from + 4]);
        u32::from_ne_bytes(bytes)
    };
    let (major, minor, result) = (number(0), number(4), number(8));
    // A version has always been a small number; text is not.
    match major < 0x100 && minor < 0x100 {
        true => Ok(Service::Speaks {
            major,
            minor,
            accepts: result == 0 && (major, minor) == ASKED,
        }),
        false => Err(ErrorKind::InvalidData.into()),
    }
}
