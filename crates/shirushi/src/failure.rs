//! Why a command did not come to its end.

use crate::told::code;
use shirushi_agent::AgentError;
use shirushi_client::network::NoHttp;
use shirushi_softcard::SoftCardError;
use shirushi_store::StoreError;
use shirushi_tour::TourError;
use shirushi_town::TownError;
use shirushi_web::{ServeError, TooFewDescriptors, machine_fault, machine_remedy};
use std::{error::Error, io, net::SocketAddr, path::PathBuf, process::ExitCode};

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
    #[error("{}: {source} / {}: {}", path.display(), path.display(), in_japanese(source))]
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
}

impl Failure {
    /// The exit code.
    pub(crate) fn code(&self) -> ExitCode {
        match self {
            Self::Told { code, .. } => ExitCode::from(*code),
            Self::Unreadable { .. } | Self::TooLarge { .. } => ExitCode::from(code::NO_INPUT),
            Self::StandardInput => ExitCode::from(code::USAGE),
            _ => ExitCode::FAILURE,
        }
    }

    /// Whether it is only that nobody reads the output any more.
    pub(crate) fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }

    /// The failure and what is behind it, a line each, leaving out what a line above says already; and what to do where the machine
    /// refused, whichever room met that.
    pub(crate) fn told(&self) -> String {
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
}

/// A limit as people read it.
fn size(bytes: usize) -> String {
    match (bytes >> 30, bytes >> 20, bytes >> 10) {
        (0, 0, kib) => format!("{kib} KiB"),
        (0, mib, _) => format!("{mib} MiB"),
        (gib, _, _) => format!("{gib} GiB"),
    }
}

/// What is wrong with a card's file, and what to do.
pub(crate) fn in_japanese(error: &SoftCardError) -> &'static str {
    match error {
        SoftCardError::Missing => "カードがありません。カードのファイルを指定してください",
        SoftCardError::Exists => "すでにカードがあります。別のファイルを指定してください",
        SoftCardError::InUse => {
            "カードはほかで使われています。そこから抜いてから、やり直してください"
        }
        SoftCardError::Read { .. } => {
            "カードのファイルを読めません。所有者とディスクを確かめてください"
        }
        SoftCardError::Write { .. } => {
            "カードのファイルに書き込めません。フォルダの所有者とディスクの空きを確かめてください"
        }
        SoftCardError::Version { .. } => {
            "カードのファイルは新しい版のものです。新しい版のプログラムを使ってください"
        }
        SoftCardError::Damaged { .. } => {
            "カードのファイルが壊れています。保管したうえで、カードを再発行してください。鍵は復元できません"
        }
        SoftCardError::Filler { .. } => "詰め物が多すぎます。4096バイトまでにしてください",
        _ => "この内容のカードは作れません",
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
        let path = PathBuf::from("counter.db");
        for failure in [
            Failure::Store(full()),
            Failure::Town(TownError::Store(full())),
            Failure::Town(TownError::Database {
                path,
                source: full(),
            }),
        ] {
            let told = failure.told();
            assert_eq!(told.matches("frees space").count(), 1, "{told}");
            assert_eq!(told.matches("空きを作って").count(), 1, "{told}");
        }
    }
}
