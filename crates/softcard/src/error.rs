//! Why there is no card.

use std::io;

/// Why a card was not made or opened. Each says what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SoftCardError {
    /// The disk holds no card.
    #[error("there is no card here: make one, or name the file of one")]
    Missing,
    /// The disk holds a card already.
    #[error("there is a card here already: open it, or choose another file")]
    Exists,
    /// The card is open in another place, which would overwrite what this one writes.
    #[error("the card is in use: eject it where it is, then try again")]
    InUse,
    /// The state cannot be read.
    #[error("the card's file cannot be read: check its owner and the disk")]
    Read {
        /// What the disk says.
        source: io::Error,
    },
    /// The first state cannot be written.
    #[error(
        "the card's file cannot be written: check its folder's owner and the space on the disk"
    )]
    Write {
        /// What the disk says.
        source: io::Error,
    },
    /// The state was written by another version.
    #[error(
        "the card's file has version {found}, this program reads {known}: use the newer program"
    )]
    Version {
        /// Version of the file.
        found: u32,
        /// Version known here.
        known: u32,
    },
    /// The state is not as a card wrote it. Interrupted writes do not do this.
    #[error("{}", damage.told())]
    Damaged {
        /// In what way.
        damage: Damage,
    },
    /// A card number is 1–16 printable ASCII characters.
    #[error("a card number has 1 to 16 printable ASCII characters, not {length} bytes of others")]
    CardNumber {
        /// Length given, in bytes.
        length: usize,
    },
    /// The filler is bounded, so that every byte of a certificate EF can be addressed.
    #[error("{bytes} bytes of filler were wanted, at most {most} fit")]
    Filler {
        /// Bytes wanted.
        bytes: usize,
        /// The most that fit.
        most: usize,
    },
    /// An item of the holder has a form the card cannot hold.
    #[error("the holder's {item} has a form that the card cannot hold: see `HolderText`")]
    HolderText {
        /// Name of the field.
        item: &'static str,
    },
    /// The 個人番号 has a valid check digit, so it could be someone's.
    #[error("this 個人番号 could be a real person's: change its last digit")]
    CouldBeReal,
}

/// How a state file is damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Damage {
    /// It does not begin like a card's file.
    #[error("it is no card's file")]
    NotACard,
    /// It is longer than any card's file.
    #[error("it is too long")]
    TooLong,
    /// Its end is missing.
    #[error("its end is missing")]
    Cut,
    /// Its checksum does not fit.
    #[error("its checksum is wrong")]
    Checksum,
    /// Its checksum fits, but a value is not one a card has: it was edited.
    #[error("a value before column {column} is none that a card has")]
    Content {
        /// Where reading stopped, in characters; 0 when it is not known.
        column: usize,
    },
}

impl Damage {
    /// What is wrong, and what to do.
    fn told(&self) -> String {
        match self {
            Self::NotACard => "this is no card's file, or its beginning is damaged: name a card's file; if this is one, keep it, and \
                 have a new card issued; its keys cannot be guessed back"
                .to_owned(),
            damage => format!(
                "the card's file is damaged ({damage}): keep it, and have a new card issued; its keys cannot be guessed back"
            ),
        }
    }

    /// The same in Japanese.
    fn in_japanese(&self) -> String {
        let damage = match self {
            Self::NotACard => {
                return "カードのファイルではないか、先頭が壊れています。カードのファイルを指定してください。これがカードのファイルなら、保管したうえで、カードを再発行してください。鍵は復元できません".to_owned();
            }
            Self::TooLong => "長すぎます".to_owned(),
            Self::Cut => "途中で切れています".to_owned(),
            Self::Checksum => "検査値が合いません".to_owned(),
            Self::Content { column } => format!("{column}文字目までに、カードにはない値があります"),
        };
        format!(
            "カードのファイルが壊れています（{damage}）。保管したうえで、カードを再発行してください。鍵は復元できません"
        )
    }
}

impl SoftCardError {
    /// What is wrong and what to do, in Japanese; in English the error says it itself.
    #[must_use]
    pub fn in_japanese(&self) -> String {
        match self {
            Self::Missing => "カードがありません。カードのファイルを指定してください",
            Self::Exists => "すでにカードがあります。別のファイルを指定してください",
            Self::InUse => "カードはほかで使われています。そこから抜いてから、やり直してください",
            Self::Read { .. } => "カードのファイルを読めません。所有者とディスクを確かめてください",
            Self::Write { .. } => {
                "カードのファイルに書き込めません。フォルダの所有者とディスクの空きを確かめてください"
            }
            Self::Version { found, known } => {
                return format!(
                    "カードのファイルは版{found}のもので、このプログラムが読めるのは版{known}までです。新しいプログラムを使ってください"
                );
            }
            Self::Damaged { damage } => return damage.in_japanese(),
            Self::Filler { most, .. } => return format!("詰め物が多すぎます。{most}バイトまでにしてください"),
            _ => "この内容のカードは作れません",
        }
        .to_owned()
    }

    pub(crate) fn read(source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::WouldBlock => Self::InUse,
            _ => Self::Read { source },
        }
    }

    pub(crate) fn write(source: io::Error) -> Self {
        Self::Write { source }
    }
}
