//! The procedures (手続) that a filing can be about, as data.

use crate::MalformedIdentifier;
use serde::{Deserialize, Serialize};
use shirushi_clock::Date;
use shirushi_rules::Bilingual;
use std::{fmt, str::FromStr};

/// Names a procedure: three capital letters and four digits, as e-Tax does (`facts/profile-and-rules.md` C.1).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProcedureId(String);

/// A procedure.
#[derive(Debug, PartialEq, Eq)]
pub struct Procedure {
    /// Its id.
    pub id: &'static str,
    /// Its name.
    pub name: Bilingual,
    /// The fields that its form must have. More may be there.
    pub fields: &'static [RequiredField],
}

/// A field that a form must have.
#[derive(Debug, PartialEq, Eq)]
pub struct RequiredField {
    /// Its name in the document.
    pub name: &'static str,
    /// What a person reads.
    pub label: Bilingual,
    /// The form of its value.
    pub form: FieldForm,
}

/// The form of a field's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FieldForm {
    /// A date, `2026-03-01`.
    Date,
    /// This many digits.
    Digits(u8),
    /// Any text but an empty one.
    Text,
    /// A Gregorian year of four digits.
    Year,
    /// An amount in yen: digits, with `-` before a refund, no separators, at most 15 digits.
    Yen,
}

/// The procedures. The ids of the first two are those of e-Tax; the others are ours.
pub static PROCEDURES: [&Procedure; 6] = [
    &Procedure {
        id: "RKO0010",
        name: Bilingual {
            ja: "所得税及び復興特別所得税の確定申告",
            en: "Final income tax return",
        },
        fields: &[
            RequiredField {
                name: "tax-year",
                label: Bilingual {
                    ja: "年分",
                    en: "Tax year",
                },
                form: FieldForm::Year,
            },
            RequiredField {
                name: "total-income",
                label: Bilingual {
                    ja: "所得金額の合計",
                    en: "Total income",
                },
                form: FieldForm::Yen,
            },
            RequiredField {
                name: "tax-due",
                label: Bilingual {
                    ja: "納める税金（還付は負の数）",
                    en: "Tax due (negative: refund)",
                },
                form: FieldForm::Yen,
            },
        ],
    },
    &Procedure {
        id: "PTE0010",
        name: Bilingual {
            ja: "電子証明書の登録・更新",
            en: "Registration or renewal of the electronic certificate",
        },
        fields: &[RequiredField {
            name: "user-number",
            label: Bilingual {
                ja: "利用者識別番号",
                en: "User number",
            },
            form: FieldForm::Digits(16),
        }],
    },
    &Procedure {
        id: "TEN0010",
        name: Bilingual {
            ja: "転出届",
            en: "Notification of moving out",
        },
        fields: &[
            RequiredField {
                name: "moving-date",
                label: Bilingual {
                    ja: "異動日",
                    en: "Date of the move",
                },
                form: FieldForm::Date,
            },
            RequiredField {
                name: "new-address",
                label: Bilingual {
                    ja: "新しい住所",
                    en: "New address",
                },
                form: FieldForm::Text,
            },
        ],
    },
    &Procedure {
        id: "JIT0010",
        name: Bilingual {
            ja: "児童手当の認定請求",
            en: "Claim of child allowance",
        },
        fields: &[
            RequiredField {
                name: "child-name",
                label: Bilingual {
                    ja: "児童の氏名",
                    en: "Name of the child",
                },
                form: FieldForm::Text,
            },
            RequiredField {
                name: "child-birth-date",
                label: Bilingual {
                    ja: "児童の生年月日",
                    en: "Date of birth of the child",
                },
                form: FieldForm::Date,
            },
        ],
    },
    &Procedure {
        id: "JUM0010",
        name: Bilingual {
            ja: "住民票の写しの交付請求",
            en: "Request for a copy of the resident record",
        },
        fields: &[
            RequiredField {
                name: "persons",
                label: Bilingual {
                    ja: "だれの分か（本人、世帯全員など）",
                    en: "Whose record (your own, the whole household, …)",
                },
                form: FieldForm::Text,
            },
            RequiredField {
                name: "copies",
                label: Bilingual {
                    ja: "必要な枚数（1桁）",
                    en: "Number of copies (one digit)",
                },
                form: FieldForm::Digits(1),
            },
            RequiredField {
                name: "purpose",
                label: Bilingual {
                    ja: "使いみち",
                    en: "What it is needed for",
                },
                form: FieldForm::Text,
            },
        ],
    },
    &Procedure {
        id: "TKO0010",
        name: Bilingual {
            ja: "転居届",
            en: "Notification of moving within the municipality",
        },
        fields: &[
            RequiredField {
                name: "moving-date",
                label: Bilingual {
                    ja: "異動日",
                    en: "Date of the move",
                },
                form: FieldForm::Date,
            },
            RequiredField {
                name: "new-address",
                label: Bilingual {
                    ja: "新しい住所",
                    en: "New address",
                },
                form: FieldForm::Text,
            },
            RequiredField {
                name: "persons",
                label: Bilingual {
                    ja: "いっしょに移る人（いなければ「なし」）",
                    en: "Who moves with you (\"none\" if nobody)",
                },
                form: FieldForm::Text,
            },
        ],
    },
];

impl Procedure {
    /// The procedure with this id.
    #[must_use]
    pub fn find(id: &ProcedureId) -> Option<&'static Self> {
        PROCEDURES
            .into_iter()
            .find(|procedure| procedure.id == id.as_str())
    }
}

impl FieldForm {
    /// Whether `value` has this form.
    #[must_use]
    pub fn fits(self, value: &str) -> bool {
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        match self {
            Self::Date => value
                .parse::<Date>()
                .is_ok_and(|date| date.to_string() == value),
            Self::Digits(count) => digits(value) && value.len() == usize::from(count),
            Self::Text => !value.trim().is_empty(),
            Self::Year => digits(value) && value.len() == 4,
            Self::Yen => {
                let amount = value.strip_prefix('-').unwrap_or(value);
                digits(amount) && amount.len() <= 15
            }
        }
    }
}

impl ProcedureId {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ProcedureId {
    type Err = MalformedIdentifier;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let form = text.bytes().enumerate().all(|(i, b)| {
            if i < 3 {
                b.is_ascii_uppercase()
            } else {
                b.is_ascii_digit()
            }
        });
        // XML reserves names that begin with its own (XML 1.0 §2.3).
        if text.len() == 7 && form && !text.starts_with("XML") {
            return Ok(Self(text.to_owned()));
        }
        Err(MalformedIdentifier {
            what: "the procedure",
            wanted: "three capital letters and four digits",
        })
    }
}

impl TryFrom<String> for ProcedureId {
    type Error = MalformedIdentifier;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<ProcedureId> for String {
    fn from(id: ProcedureId) -> Self {
        id.0
    }
}

impl fmt::Display for ProcedureId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
