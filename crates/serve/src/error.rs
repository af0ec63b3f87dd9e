//! Why a role is not served.

use crate::Setting;
use shirushi_roles::{IdentityError, Peer, Role};
use shirushi_rules::Bilingual;
use shirushi_store::{OpenFailure, StoreError};
use shirushi_web::machine_remedy;
use std::{error::Error, io, net::SocketAddr, path::PathBuf};

/// What is wrong with a configuration.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigFault {
    /// The file.
    #[error("{} cannot be read: {source} / {} を読めません", path.display(), path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// It is longer than any configuration: nothing of it is read.
    #[error("{} has more than 256 KiB, and is no configuration / {} は256 KiBを超えています。設定ファイルではありません", path.display(), path.display())]
    TooLong {
        /// Which.
        path: PathBuf,
    },
    /// It is no TOML.
    #[error("line {line} is no TOML: {fault} / {line}行目がTOMLとして読めません")]
    NotToml {
        /// Where, from 1.
        line: usize,
        /// What the parser says.
        fault: String,
    },
    /// A name that no setting of this role has.
    #[error("{}", unknown(name, *nearest))]
    Unknown {
        /// The name.
        name: String,
        /// The known one that is most like it.
        nearest: Option<&'static str>,
    },
    /// A setting that must be there and is not.
    #[error(
        "{} is not set: {}, such as {} (shirushi config example {role} shows all) / {} がありません: {}（例 {}。shirushi config example {role} で一覧）",
        setting.name, setting.en, setting.example, setting.name, setting.ja, setting.example
    )]
    Missing {
        /// Which.
        setting: Setting,
        /// Whose.
        role: Role,
    },
    /// A setting that another one asks for.
    #[error("{name} is not set / {name} がありません")]
    Unset {
        /// Which.
        name: &'static str,
    },
    /// A value that is no text.
    #[error(
        "{name} is to be a text in quotation marks / {name} は引用符で囲んだ文字列にしてください"
    )]
    NoText {
        /// Which.
        name: String,
    },
    /// A value that is no address.
    #[error(
        "{name} is {value}, which is no ADDRESS:PORT, such as 127.0.0.1:8441 / {name} の {value} は、127.0.0.1:8441 のような「アドレス:ポート」ではありません"
    )]
    NoAddress {
        /// Which.
        name: &'static str,
        /// What stands there.
        value: String,
    },
    /// A value that does not do.
    #[error("{name} is {value}: {source} / {name} の {value} は使えません")]
    Unfit {
        /// Which.
        name: &'static str,
        /// What stands there.
        value: String,
        /// Why.
        source: Box<dyn Error + Send + Sync>,
    },
}

fn unknown(name: &str, nearest: Option<&str>) -> String {
    match nearest {
        Some(nearest) => {
            format!(
                "there is no setting {name}; did you mean {nearest}? / {name} という設定はありません。{nearest} ではありませんか"
            )
        }
        None => format!("there is no setting {name} / {name} という設定はありません"),
    }
}

/// Why a role is not served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeFault {
    /// Its configuration.
    #[error(transparent)]
    Config(#[from] ConfigFault),
    /// Its identity.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// A file.
    #[error("{}: {source} / {} を使えません", path.display(), path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        source: Box<dyn Error + Send + Sync>,
    },
    /// A folder that must be there beforehand.
    #[error("{} is not there. {en} / {} がありません。{ja}", path.display(), path.display())]
    Absent {
        /// What.
        path: PathBuf,
        /// What to do, in Japanese.
        ja: &'static str,
        /// What to do, in English.
        en: &'static str,
    },
    /// An identity of another role.
    #[error(
        "the identity is {}'s, and this is the {own}: make one with shirushi role new {own} / \
         この識別情報は {} のもので、{own} のものではありません。shirushi role new {own} で作ってください",
        identity.uri(), identity.uri()
    )]
    OthersIdentity {
        /// Which role this is.
        own: Role,
        /// Whose identity it is.
        identity: Peer,
    },
    /// The address can be reached from other machines.
    #[error(
        "{address} can be reached from other machines: listen on loopback, or set public.certificate and public.key where the role has them / \
         {address} は他の機械から届きます。ループバックで待ち受けるか、そのロールにあれば public.certificate と public.key を設定してください"
    )]
    NotLoopback {
        /// The address.
        address: SocketAddr,
    },
    /// An address cannot be listened on.
    #[error("{address} cannot be listened on: {source} / {address} で待ち受けできません")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// What the operating system says.
        source: io::Error,
    },
    /// A database that is not the one that was left.
    #[error(
        "the database at {database} is not the one that was left there. If the newest copy is at hand, put that back; if there is none, start once with --accept-restore, as docs/operating.md says / \
         {database} は、そこに残されたデータベースではありません。最も新しい写しがあれば、それを戻してください。なければ、docs/operating.ja.md のとおり --accept-restore を付けて一度だけ起動してください"
    )]
    TakenBack {
        /// Its URL, without a password.
        database: String,
        /// What does not fit.
        source: OpenFailure,
    },
    /// A second process of a role that has in its memory what people have begun.
    #[error(
        "the database at {database} is in service by another process. The {role} has errands and forms that people have begun in its memory, so only \
         one process of it can serve: stop that one first / \
         {database} はほかのプロセスが使っています。{role} は手続の途中のもの（利用者クライアントへの依頼、書きかけの画面）をメモリに持つため、一つのプロセスでしか動きません。\
         先にそのプロセスを止めてください"
    )]
    Second {
        /// The role.
        role: Role,
        /// Its URL, without a password.
        database: String,
    },
    /// Another process has taken the database over.
    #[error(
        "another process has taken over the database at {database} while this one was cut off from it. This one has ended; start it again, and it stands by / \
         {database} との接続が切れている間に、ほかのプロセスが引き継ぎました。このプロセスは終わります。もう一度起動すれば待機します"
    )]
    Superseded {
        /// Its URL, without a password.
        database: String,
    },
    /// A database that cannot be taken into service.
    #[error(
        "the database at {database} cannot be taken into service: {} / {database} を使用できません。{}", remedy(source).en, remedy(source).ja
    )]
    Database {
        /// Its URL, without a password.
        database: String,
        /// Why.
        source: StoreError,
    },
    /// The party itself.
    #[error("{0}")]
    Party(Box<dyn Error + Send + Sync>),
}

/// What to do about a database that cannot be taken into service.
fn remedy(error: &StoreError) -> Bilingual {
    match error {
        StoreError::Machine { fault }
        | StoreError::Open {
            cause: OpenFailure::Machine(fault),
        } => machine_remedy(fault.kind),
        StoreError::Open {
            cause: OpenFailure::InUse { .. },
        } => Bilingual {
            ja: "ほかのプロセスが使っています。止めるか、別のデータベースを指定してください。",
            en: "another process has it. Stop that one, or name another database.",
        },
        StoreError::MigrationUnknown { .. } | StoreError::MigrationChanged { .. } => Bilingual {
            ja: "別の版のプログラムが書いたものです。新しい版を使ってください。",
            en: "another release wrote it. Use a newer one.",
        },
        _ => Bilingual {
            ja: "下に示す原因を取り除いて、もう一度始めてください。",
            en: "mend what is said below and start again.",
        },
    }
}

impl ServeFault {
    /// A fault of the database at this URL, of this role.
    pub(crate) fn database(role: Role, url: &str, error: StoreError) -> Self {
        let database = shirushi_store::shown(url);
        match error {
            StoreError::Open {
                cause:
                    source @ (OpenFailure::RolledBack { .. }
                    | OpenFailure::Forked { .. }
                    | OpenFailure::CheckpointMissing { .. }
                    | OpenFailure::CheckpointDamaged { .. }),
            } => Self::TakenBack { database, source },
            StoreError::Superseded => Self::Superseded { database },
            error if error.is_in_use() && matches!(role, Role::Counter | Role::Portal) => {
                Self::Second { role, database }
            }
            source => Self::Database { database, source },
        }
    }

    /// A fault of the party itself.
    pub(crate) fn party(error: impl Error + Send + Sync + 'static) -> Self {
        Self::Party(Box::new(error))
    }
}
