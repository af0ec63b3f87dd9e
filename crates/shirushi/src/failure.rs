//! Why a command did not come to its end.

use crate::{language::Language, told::code};
use shirushi_agent::AgentError;
use shirushi_client::network::NoHttp;
use shirushi_roles::IdentityError;
use shirushi_serve::{ConfigFault, ServeFault};
use shirushi_softcard::SoftCardError;
use shirushi_store::StoreError;
use shirushi_tour::TourError;
use shirushi_town::TownError;
use shirushi_web::{ServeError, TooFewDescriptors, machine_fault, machine_remedy};
use std::{
    error::Error,
    io::{self, ErrorKind},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::ExitCode,
};

/// Failures of the binary.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// There is no folder for the city's data.
    #[error(
        "neither XDG_DATA_HOME nor HOME is set: say with --dir where the city's data shall be / \
         XDG_DATA_HOMEもHOMEも設定されていません。--dirでデータの置き場所を指定してください"
    )]
    NoHome,
    /// The threads could not be started.
    #[error("the threads cannot be started: {0}")]
    Runtime(io::Error),
    /// Signals cannot be heard.
    #[error("signals cannot be listened for: {0}")]
    Signals(io::Error),
    /// A file.
    #[error("{} cannot be written: {source} / {} に書き込めません", path.display(), path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// A file that was named on the command line.
    #[error("{} cannot be read: {source} / {} を読めません", path.display(), path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// A file that was named on the command line, and is not read for its size.
    #[error(
        "{} has more than {}, and is not read / {} は{}を超えているので、読みません", path.display(), size(*most), path.display(), size(*most)
    )]
    TooLarge {
        /// Which.
        path: PathBuf,
        /// What it may have, in bytes.
        most: usize,
    },
    /// Standard input is asked for two things.
    #[error(
        "standard input is to be read for two things; give one of them as a file, or as another file descriptor / \
         標準入力から二つのものを読むことはできません。一方をファイルか、別のファイル記述子で渡してください"
    )]
    StandardInput,
    /// The agent's address.
    #[error(
        "{address} cannot be listened on: {source}. If an agent runs already, use that one; or give another address with --listen / \
         {address} で待ち受けできません。利用者クライアントがすでに動いていればそれを使うか、--listen で別のアドレスを指定してください"
    )]
    Listen {
        /// Where.
        address: SocketAddr,
        /// What the operating system says.
        source: io::Error,
    },
    /// A software card's file.
    #[error("{}: {source} / {}: {}", path.display(), path.display(), source.in_japanese())]
    Card {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        source: SoftCardError,
    },
    /// The agent.
    #[error(transparent)]
    Agent(#[from] AgentError),
    /// The agent's store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The process may open too few files.
    #[error(transparent)]
    Descriptors(#[from] TooFewDescriptors),
    /// Serving.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// Standard output is closed.
    #[error("the answer cannot be written: {0}")]
    Output(io::Error),
    /// The tour was told to stop.
    #[error("interrupted / 中断されました")]
    Interrupted,
    /// HTTP cannot be spoken at all.
    #[error(transparent)]
    Http(#[from] NoHttp),
    /// Told in the person's language already, with the exit code for programs.
    #[error("{text}")]
    Told {
        /// The exit code.
        code: u8,
        /// What happened, and what to do.
        text: String,
    },
    /// The city.
    #[error(transparent)]
    Town(#[from] TownError),
    /// The story.
    #[error(transparent)]
    Tour(#[from] TourError),
    /// A role's configuration.
    #[error(transparent)]
    Config(ConfigFault),
    /// A role that is served by itself.
    #[error(transparent)]
    Role(#[from] ServeFault),
    /// An operator's identity.
    #[error(transparent)]
    Identity(#[from] IdentityError),
}

impl Failure {
    /// The exit code.
    pub(crate) fn code(&self) -> ExitCode {
        match self {
            Self::Told { code, .. } => ExitCode::from(*code),
            Self::Unreadable { .. } | Self::TooLarge { .. } => ExitCode::from(code::NO_INPUT),
            Self::Card { source, .. } if is_no_card(source) => ExitCode::from(code::NOT_REACHED),
            Self::StandardInput | Self::Config(_) => ExitCode::from(code::USAGE),
            _ => ExitCode::FAILURE,
        }
    }

    /// Whether it is only that nobody reads the output any more.
    pub(crate) fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == ErrorKind::BrokenPipe)
    }

    /// The failure and what is behind it, a line each, leaving out what a line above says already; and what to do where the machine
    /// refused, whichever room met that. What this program says itself is in the person's language, what comes from other rooms in both.
    pub(crate) fn told(&self, language: Language) -> String {
        if let Some(told) = self.in_words(language) {
            return told;
        }
        let mut told = self.to_string();
        let mut behind = self.source();
        while let Some(cause) = behind {
            let cause_text = cause.to_string();
            if !told.contains(&cause_text) {
                told.push_str("\n  ");
                told.push_str(&cause_text);
            }
            behind = cause.source();
        }
        if let Some(kind) = machine_fault(self) {
            let remedy = machine_remedy(kind);
            if !told.contains(remedy.en) {
                told.push_str(&format!("\n  {} / {}", remedy.en, remedy.ja));
            }
        }
        told
    }

    /// What happened and what to do, of files, standard streams and this process.
    fn in_words(&self, language: Language) -> Option<String> {
        let (ja, en) = match self {
            Self::Unreadable { path, source } => unreadable(&path.display().to_string(), source),
            Self::File { path, source } => unwritable(&path.display().to_string(), source),
            Self::TooLarge { path, most } => {
                let (path, most) = (path.display(), size(*most));
                (
                    format!("{path} は{most}を超えているので、読んでいません。\n  小さいファイルを指定してください。"),
                    format!("{path} has more than {most}, and was not read.\n  Name a smaller file."),
                )
            }
            Self::StandardInput => (
                "標準入力から二つのものを読むことはできません。\n  一方をファイルか、別のファイル記述子で渡してください。".to_owned(),
                "Standard input is to be read for two things.\n  Give one of them as a file, or as another file descriptor."
                    .to_owned(),
            ),
            Self::NoHome => (
                "XDG_DATA_HOMEもHOMEも設定されていません。\n  --dirでデータの置き場所を指定してください。".to_owned(),
                "Neither XDG_DATA_HOME nor HOME is set.\n  Say with --dir where the data shall be.".to_owned(),
            ),
            Self::Listen { address, source } => (
                format!(
                    "{address} で待ち受けできません（{}）。\n  利用者クライアントがすでに動いていればそれを使うか、--listen で別のアドレスを指定してください。",
                    of_machine(source)
                ),
                format!(
                    "{address} cannot be listened on ({source}).\n  If an agent runs already, use that one; or give another address with --listen."
                ),
            ),
            Self::Card { path, source } => of_card_file(path, source),
            Self::Output(source) => (
                format!(
                    "結果を標準出力に書き込めません（{}）。\n  出力先と、その空きを確かめてください。",
                    of_machine(source)
                ),
                format!(
                    "The answer cannot be written to standard output ({source}).\n  See where it goes to, and that there is room."
                ),
            ),
            Self::Runtime(source) => (
                format!(
                    "スレッドを起動できません（{}）。\n  プロセスとスレッドの数の制限（ulimit -u）と、メモリの空きを確かめてください。",
                    of_machine(source)
                ),
                format!(
                    "The threads cannot be started ({source}).\n  Look at the limit of processes and threads (ulimit -u), and at free memory."
                ),
            ),
            Self::Interrupted => ("中断されました".to_owned(), "interrupted".to_owned()),
            _ => return None,
        };
        Some(match language {
            Language::Japanese => ja,
            Language::English => en,
        })
    }
}

/// Japanese for what the operating system says, where it has a word of its own; else its own words.
pub(crate) fn of_machine(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "ありません",
        ErrorKind::PermissionDenied => "許可がありません",
        ErrorKind::AlreadyExists => "すでにあります",
        ErrorKind::IsADirectory => "フォルダです",
        ErrorKind::NotADirectory => "フォルダではありません",
        ErrorKind::StorageFull => "ディスクに空きがありません",
        ErrorKind::ReadOnlyFilesystem => "書き込めないディスクです",
        ErrorKind::AddrInUse => "すでに使われています",
        ErrorKind::AddrNotAvailable => "この機械のアドレスではありません",
        ErrorKind::ConnectionRefused => "だれも待ち受けていません",
        ErrorKind::TimedOut => "時間切れです",
        _ => return error.to_string(),
    }
    .to_owned()
}

/// A file that was named and cannot be read, in Japanese and English.
fn unreadable(path: &str, source: &io::Error) -> (String, String) {
    match source.kind() {
        ErrorKind::NotFound => (
            format!("{path} はありません。\n  ファイルの名前と場所を確かめてください。"),
            format!("{path} is not there.\n  See that its name and folder are right."),
        ),
        ErrorKind::IsADirectory => (
            format!("{path} はフォルダなので、読めません。\n  ファイルを指定してください。"),
            format!("{path} is a folder, and cannot be read.\n  Name a file."),
        ),
        ErrorKind::PermissionDenied => (
            format!(
                "{path} を読む許可がありません。\n  ファイルとフォルダの所有者と権限を確かめてください。"
            ),
            format!(
                "You may not read {path}.\n  Look at the owners and modes of the file and its folder."
            ),
        ),
        _ => (
            format!(
                "{path} を読めません（{}）。\n  ファイルとディスクを確かめてください。",
                of_machine(source)
            ),
            format!("{path} cannot be read ({source}).\n  Look at the file and the disk."),
        ),
    }
}

/// A file or folder that cannot be written, in Japanese and English.
fn unwritable(path: &str, source: &io::Error) -> (String, String) {
    let (ja, en) = match source.kind() {
        ErrorKind::NotFound => (
            "置くフォルダがありません。フォルダを作るか、別の名前にしてください。",
            "Its folder is not there: make it, or choose another name.",
        ),
        ErrorKind::PermissionDenied => (
            "フォルダの所有者と権限を確かめるか、別の名前にしてください。",
            "Look at the owner and mode of the folder, or choose another name.",
        ),
        ErrorKind::NotADirectory | ErrorKind::AlreadyExists => (
            "フォルダであるべきところにファイルがあります。別の名前にしてください。",
            "There is a file where a folder should be: choose another name.",
        ),
        ErrorKind::StorageFull => (
            "ディスクに空きを作るか、別の場所にしてください。",
            "Free space on the disk, or choose another place.",
        ),
        _ => (
            "フォルダとディスクを確かめるか、別の場所にしてください。",
            "Look at the folder and the disk, or choose another place.",
        ),
    };
    (
        format!(
            "{path} に書き込めません（{}）。\n  {ja}",
            of_machine(source)
        ),
        format!("{path} cannot be written ({source}).\n  {en}"),
    )
}

/// A software card's file that is of no use, in Japanese and English.
pub(crate) fn of_card_file(path: &Path, error: &SoftCardError) -> (String, String) {
    let shown = path.display();
    if path.is_dir() {
        return (
            format!("{shown} はフォルダです。\n  カードのファイルを指定してください。"),
            format!("{shown} is a folder.\n  Name a card's file."),
        );
    }
    (
        format!("{shown}: {}", error.in_japanese()),
        format!("{shown}: {error}"),
    )
}

/// Whether the file gives no card, as a reader without one.
fn is_no_card(error: &SoftCardError) -> bool {
    use SoftCardError::{Damaged, Missing, Read, Version};
    matches!(
        error,
        Missing | Read { .. } | Damaged { .. } | Version { .. }
    )
}

/// A limit as people read it.
fn size(bytes: usize) -> String {
    match (bytes >> 30, bytes >> 20, bytes >> 10) {
        (0, 0, kib) => format!("{kib} KiB"),
        (0, mib, _) => format!("{mib} MiB"),
        (gib, _, _) => format!("{gib} GiB"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shirushi_store::{DatabaseFailure, FaultKind, MachineFault};
    use shirushi_town::TownError;

    #[test]
    fn whichever_room_meets_a_full_disk_the_remedy_is_told_once() {
        let full = || StoreError::Machine {
            fault: MachineFault {
                kind: FaultKind::Full,
                failure: DatabaseFailure {
                    code: "13".to_owned(),
                    message: "database or disk is full".to_owned(),
                },
            },
        };
        for failure in [
            Failure::Store(full()),
            Failure::Town(TownError::Store(full())),
            Failure::Town(TownError::Database {
                database: "counter.db".to_owned(),
                source: full(),
            }),
        ] {
            let told = failure.told(Language::English);
            assert_eq!(told.matches("frees space").count(), 1, "{told}");
            assert_eq!(told.matches("空きを作って").count(), 1, "{told}");
        }
    }
}
