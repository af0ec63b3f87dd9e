//! Why a command did not come to its end.

use shirushi_tour::TourError;
use shirushi_town::TownError;
use std::{io, path::PathBuf};

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
    /// A file.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// Standard output is closed.
    #[error("the answer cannot be written: {0}")]
    Output(io::Error),
    /// The city.
    #[error(transparent)]
    Town(#[from] TownError),
    /// The story.
    #[error(transparent)]
    Tour(#[from] TourError),
}
