//! Why a filing cannot be read or written, and where.

use shirushi_rules::InBoth;
use shirushi_text::Unfit;
use std::fmt;

/// A fault of a filing, with its place in the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilingError {
    /// The fault.
    pub what: FilingFault,
    /// Line, from 1; 0 when the fault is not about a place (writing, size).
    pub line: u32,
    /// Column in characters, from 1; 0 likewise.
    pub column: u32,
}

/// A fault of a filing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FilingFault {
    /// An attribute is absent.
    #[error("attribute {name} is absent")]
    AttributeAbsent {
        /// Its name.
        name: &'static str,
    },
    /// A character that an item cannot have: one that is not seen, or has no meaning that two machines agree upon.
    #[error("{item}: {unfit}")]
    Character {
        /// The item.
        item: &'static str,
        /// The character.
        unfit: Unfit,
    },
    /// The content of an attachment has another digest or size than stated.
    #[error("the content of the attachment is not what its digest states")]
    Digest,
    /// An element is absent, or another stands in its place.
    #[error("element {name} is absent here")]
    ElementAbsent {
        /// Its name.
        name: String,
    },
    /// An item is too long or empty.
    #[error("{item} has {characters} characters, not 1 to {most}")]
    Length {
        /// The item.
        item: &'static str,
        /// Number of its characters.
        characters: usize,
        /// The most it may have.
        most: usize,
    },
    /// An item has not its form.
    #[error("{item} is not {wanted}")]
    Malformed {
        /// The item.
        item: &'static str,
        /// Its form.
        wanted: &'static str,
    },
    /// A comment, a document type, a CDATA section or a processing instruction.
    #[error("a filing has no comments, document types, CDATA sections or processing instructions")]
    Markup,
    /// The document says what a filing says, in other bytes than the one form has.
    #[error("the document differs from its canonical form here")]
    NotCanonical,
    /// The document is no UTF-8.
    #[error("the document is not UTF-8 here")]
    NotUtf8,
    /// Two fields or attachments have one name.
    #[error("{item} {name:?} stands twice")]
    Repeated {
        /// The item.
        item: &'static str,
        /// The name.
        name: String,
    },
    /// The document is too large.
    #[error("the document has {size} bytes, more than {limit}")]
    TooLarge {
        /// Its size.
        size: usize,
        /// The limit.
        limit: usize,
    },
    /// There are too many fields or attachments.
    #[error("{count} × {item}, more than {most}")]
    TooMany {
        /// The item.
        item: &'static str,
        /// Their number.
        count: usize,
        /// The most there may be.
        most: usize,
    },
    /// The document is no well-formed XML, or has a document type.
    #[error("not well-formed XML ({cause})")]
    Xml {
        /// What the parser says.
        cause: roxmltree::Error,
    },
}

impl FilingError {
    pub(super) fn nowhere(what: FilingFault) -> Self {
        Self {
            what,
            line: 0,
            column: 0,
        }
    }

    pub(super) fn at(what: FilingFault, place: roxmltree::TextPos) -> Self {
        Self {
            what,
            line: place.row,
            column: place.col,
        }
    }

    /// Whether the bytes are no XML document of the kind at all, so that nothing can be said about the filing.
    #[must_use]
    pub fn is_no_document(&self) -> bool {
        matches!(
            self.what,
            FilingFault::Markup
                | FilingFault::NotUtf8
                | FilingFault::TooLarge { .. }
                | FilingFault::Xml { .. }
        )
    }

    /// The place in both languages; none when the fault is not about one.
    #[must_use]
    pub fn place(&self) -> Option<InBoth> {
        let Self { line, column, .. } = self;
        (*line > 0).then(|| {
            InBoth::new(
                format!("{line}行{column}列"),
                format!("line {line}, column {column}"),
            )
        })
    }
}

impl FilingFault {
    /// The fault for a person, in Japanese and in English.
    #[must_use]
    pub fn in_both_languages(&self) -> InBoth {
        let japanese = match self {
            Self::AttributeAbsent { name } => format!("属性 {name} がありません"),
            Self::Character { item, unfit } => format!("{item} の{}", unfit.in_japanese()),
            Self::Digest => "添付書類の内容がハッシュ値と一致しません".to_owned(),
            Self::ElementAbsent { name } => format!("要素 {name} がありません"),
            Self::Length {
                item,
                characters,
                most,
            } => format!("{item} は1文字以上{most}文字以内です（{characters}文字）"),
            Self::Malformed { item, .. } => format!("{item} の形式が違います"),
            Self::Markup => "コメント、文書型宣言、CDATA区間、処理命令は使えません".to_owned(),
            Self::NotCanonical => "正規の形と違います".to_owned(),
            Self::NotUtf8 => "UTF-8ではありません".to_owned(),
            Self::Repeated { item, name } => format!("{item}「{name}」が重複しています"),
            Self::TooLarge { size, limit } => {
                format!("{size}バイトあり、上限{limit}バイトを超えています")
            }
            Self::TooMany { item, count, most } => {
                format!("{item} が{count}件あり、上限{most}件を超えています")
            }
            Self::Xml { .. } => "整形式のXMLではありません".to_owned(),
        };
        InBoth::new(japanese, self.to_string())
    }
}

impl fmt::Display for FilingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => self.what.fmt(f),
            line => write!(f, "line {line}, column {}: {}", self.column, self.what),
        }
    }
}

impl std::error::Error for FilingError {}
