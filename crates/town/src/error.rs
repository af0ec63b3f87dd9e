//! Why a city does not stand.

use shirushi_agency::AgencyError;
use shirushi_agent::AgentError;
use shirushi_authority::{AuthorityError, CeremonyError, Damage, PlaceError};
use shirushi_counter::CounterError;
use shirushi_peers::NotMade;
use shirushi_portal::PortalError;
use shirushi_register::{DeliveryError, ImportError, OutOfStep, RegisterError, Undelivered};
use shirushi_rules::Bilingual;
use shirushi_store::{OpenFailure, StoreError};
use shirushi_web::{ServeError, TooFewDescriptors, machine_remedy};
use std::{
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
};

/// Why a city does not stand or stops.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TownError {
    /// The address can be reached from other machines.
    #[error(
        "{address} can be reached from other machines, and there is no TLS here: give a loopback address, such as 127.0.0.1:8080 / \
         {address} は他の機械から届くアドレスで、TLSもありません。127.0.0.1:8080 のようなループバックアドレスを指定してください"
    )]
    NotLoopback {
        /// The address.
        address: SocketAddr,
    },
    /// The address cannot be listened on.
    #[error(
        "{address} cannot be listened on: {source}. Stop what listens there (this city, perhaps, in another window); \
         a new city can be given another address with --listen / \
         {address} で待ち受けできません。使用中のプログラム（別の画面で動いているこの市かもしれません）を止めてください。\
         新しい市なら --listen で別のアドレスを指定できます"
    )]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the operating system says.
        source: io::Error,
    },
    /// The pattern of the sites' origins.
    #[error(
        "{pattern} gives no origins: it must be https://{{site}}.example, with {{site}} in the host's name and no path / \
         {pattern} からサイトのアドレスを作れません。https://{{site}}.example のように、ホスト名に {{site}} を含め、パスを付けずに指定してください"
    )]
    OriginPattern {
        /// The pattern.
        pattern: String,
    },
    /// The process may open too few files.
    #[error(transparent)]
    Descriptors(#[from] TooFewDescriptors),
    /// An origin that pages cannot have.
    #[error(transparent)]
    Origin(#[from] shirushi_web::UnfitOrigin),
    /// A city whose databases are elsewhere than it is said now.
    #[error("{}", elsewhere(folder, *are_on_server))]
    Elsewhere {
        /// The city's folder.
        folder: PathBuf,
        /// Whether they are on a server.
        are_on_server: bool,
    },
    /// Another process has the city open.
    #[error(
        "the city in {} is running already: stop it, or give another folder with --dir / \
         {} の市はすでに動いています。止めるか、--dir で別のフォルダを指定してください",
        folder.display(), folder.display()
    )]
    InUse {
        /// The city's folder.
        folder: PathBuf,
    },
    /// What was named as a folder is none.
    #[error(
        "{} is no folder: give a new folder, an empty one or a city's / {} はフォルダではありません。新しいフォルダか空のフォルダ、または市のフォルダを指定してください",
        folder.display(), folder.display()
    )]
    NoFolder {
        /// What was named.
        folder: PathBuf,
    },
    /// A folder that is somebody else's.
    #[error(
        "{} is no city's folder, for it holds {found}: give a new folder, an empty one or a city's / \
         {} には {found} があり、市のフォルダではありません。新しいフォルダか空のフォルダ、または市のフォルダを指定してください",
        folder.display(), folder.display()
    )]
    NoCity {
        /// The folder.
        folder: PathBuf,
        /// One of the things in it.
        found: String,
    },
    /// A file of the city.
    #[error("{} cannot be read or written: {source} / {} を読み書きできません", path.display(), path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// A file of the city holds something else than it should, or is gone.
    #[error(
        "{} is damaged or missing: keep the city's folder as it is, and restore from a backup as docs/operating.md says. Do not begin \
         anew in its place: what was revoked would be forgotten / \
         {} が壊れているか、なくなっています。市のフォルダはそのまま残し、docs/operating.md のとおりにバックアップから戻してください。\
         代わりに新しく始めてはいけません（失効の記録が失われます）",
        path.display(), path.display()
    )]
    Damaged {
        /// Which.
        path: PathBuf,
    },
    /// What was named as the second place for checkpoints is no folder that is there.
    #[error(
        "{} is no folder: --witness names one on another disk, which is made beforehand; see that the disk is mounted / \
         {} はフォルダではありません。--witness には、別のディスクにあらかじめ作ったフォルダを指定してください（ディスクがマウントされているか確かめてください）",
        folder.display(), folder.display()
    )]
    NoSecondPlace {
        /// What was named.
        folder: PathBuf,
    },
    /// A file that was named as a log's public key is none.
    #[error(
        "{} is no public key of a log: it is the file authority/log.pub of a city / \
         {} は記録の公開鍵ではありません。市のフォルダの authority/log.pub を指定してください",
        path.display(), path.display()
    )]
    NoLogKey {
        /// The file.
        path: PathBuf,
    },
    /// A database is not the one that was left here.
    #[error(
        "{} is not the database that was left here. Keep the city's folder as it is. If the newest copy is at hand, put that back. If \
         there is none, start once with --accept-restore, as docs/operating.md says / \
         {} は、ここに残されたデータベースではありません。市のフォルダはそのまま残してください。最新の写しがあれば、それを戻してください。\
         なければ、docs/operating.md のとおり --accept-restore を付けて一度だけ起動してください",
        database,
        database
    )]
    TakenBack {
        /// Its file, or its address without a password.
        database: String,
        /// What does not fit.
        #[source]
        cause: OpenFailure,
    },
    /// A database cannot be taken into service.
    #[error(
        "{} cannot be taken into service: {} / {} を使用できません。{}",
        database, way_out(source).en, database, way_out(source).ja
    )]
    Database {
        /// Its file, or its address without a password.
        database: String,
        /// Why.
        source: StoreError,
    },
    /// The register's log and what the authority took of it are not one.
    #[error(
        "{0}. Put the newest copy of that database back; if there is none, start with --accept-restore: nothing that was revoked comes back to life / \
         そのデータベースの最も新しい写しに戻してください。なければ --accept-restore を付けて起動してください。失効したものが有効に戻ることはありません"
    )]
    OutOfStep(OutOfStep),
    /// What somebody remembers does not fit what stands in the authority's database.
    #[error(
        "{damage} ({} shows it). Put the newest copy of the authority's database back; if there is none, start with --accept-restore: nothing that \
         was revoked comes back to life / {}（{}の控えによる）。認証局のデータベースの最も新しい写しに戻してください。\
         なければ --accept-restore を付けて起動してください。失効したものが有効に戻ることはありません",
        by.0, damage.in_japanese(), by.1
    )]
    CameBack {
        /// Who shows it, in English and Japanese.
        by: (&'static str, &'static str),
        /// What does not fit.
        damage: Damage,
    },
    /// The residents could not be imported.
    #[error("{} was not imported; nothing of it has been recorded / {} は取り込まれませんでした（1件も記録されていません）\n{report}", path.display(), path.display())]
    Import {
        /// The file.
        path: PathBuf,
        /// What is wrong in it, row by row, in both languages.
        report: String,
        /// The error behind it, which the report has in full.
        cause: Box<ImportError>,
    },
    /// The authority's keys.
    #[error(transparent)]
    Ceremony(CeremonyError),
    /// The authority.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// The responder's memory.
    #[error(transparent)]
    Responder(#[from] shirushi_responder::MemoryError),
    /// The register.
    #[error(transparent)]
    Register(#[from] RegisterError),
    /// The counter.
    #[error(transparent)]
    Counter(#[from] CounterError),
    /// The agent.
    #[error(transparent)]
    Agent(#[from] AgentError),
    /// The portal.
    #[error(transparent)]
    Portal(#[from] PortalError),
    /// The agency.
    #[error(transparent)]
    Agency(#[from] AgencyError),
    /// A database that is only looked at.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A key.
    #[error(transparent)]
    Crypto(#[from] shirushi_crypto::CryptoError),
    /// The client with which the parties ask each other.
    #[error(transparent)]
    Client(#[from] NotMade),
    /// What the register sends to the authority.
    #[error(transparent)]
    Undelivered(#[from] Undelivered),
    /// Serving.
    #[error(transparent)]
    Serve(#[from] ServeError),
}

fn elsewhere(folder: &Path, are_on_server: bool) -> String {
    let folder = folder.display();
    match are_on_server {
        true => format!(
            "the databases of the city in {folder} are on a server: give --database as at its founding / \
             {folder} の市のデータベースはサーバーにあります。最初の起動と同じ --database を指定してください"
        ),
        false => format!(
            "the databases of the city in {folder} are in that folder: leave --database out, or found a new city in another folder / \
             {folder} の市のデータベースはそのフォルダの中にあります。--database を外すか、別のフォルダで新しい市を始めてください"
        ),
    }
}

/// What to do about a database that cannot be taken into service.
fn way_out(error: &StoreError) -> Bilingual {
    match error {
        StoreError::Machine { fault }
        | StoreError::Open {
            cause: OpenFailure::Machine(fault),
        } => machine_remedy(fault.kind),
        error if error.is_in_use() => Bilingual {
            ja: "ほかのプロセスが使っています。それを止めてください。",
            en: "another process has it in service. Stop that one.",
        },
        StoreError::MigrationUnknown { .. } | StoreError::MigrationChanged { .. } => Bilingual {
            ja: "別の版のプログラムが書いたものです。新しい版を使ってください。",
            en: "another release wrote it. Use a newer one.",
        },
        _ => Bilingual {
            ja: "下に示す原因を取り除いて、もう一度始めてください。フォルダはそのまま残してください。",
            en: "mend what is said below and start again. Keep the folder as it is.",
        },
    }
}

impl From<CeremonyError> for TownError {
    fn from(error: CeremonyError) -> Self {
        match error {
            CeremonyError::Damaged { path } => Self::Damaged { path },
            CeremonyError::File { path, source } if source.kind() == io::ErrorKind::NotFound => {
                Self::Damaged { path }
            }
            CeremonyError::File { path, source } => Self::File { path, source },
            other => Self::Ceremony(other),
        }
    }
}

impl From<DeliveryError> for TownError {
    fn from(error: DeliveryError) -> Self {
        match error {
            DeliveryError::OutOfStep(wrong) => Self::OutOfStep(wrong),
            DeliveryError::Register(error) => Self::Register(error),
            DeliveryError::Crypto(error) => Self::Crypto(error),
            DeliveryError::Undelivered(error) => Self::Undelivered(error),
        }
    }
}

impl From<PlaceError> for TownError {
    fn from(error: PlaceError) -> Self {
        match error {
            PlaceError::Absent { folder } => Self::NoSecondPlace { folder },
            PlaceError::File { path, source } => Self::File { path, source },
            PlaceError::Damaged { path } => Self::Damaged { path },
        }
    }
}
