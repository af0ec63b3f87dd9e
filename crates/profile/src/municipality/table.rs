//! Municipalities as a file has them.

use super::{Municipality, MunicipalityCode};
use serde::Deserialize;
use std::{collections::BTreeSet, ops::Deref, sync::OnceLock};

/// The sandbox's own.
const SANDBOX: &str = include_str!("../../data/municipalities.csv");

/// The first line of such a file.
const HEADING: [&str; 5] = ["code", "prefecture", "locality", "prefecture_ja", "name_ja"];

/// Most municipalities of a file. Japan has 1,741.
const MOST: usize = 10_000;

/// Longest file, in bytes.
const LONGEST: usize = 1024 * 1024;

/// Longest name, in characters (RFC 5280 appendix A.1, ub-state-name and ub-locality-name).
const LONGEST_NAME: usize = 128;

/// A table of municipalities, filled once in a process.
#[derive(Debug)]
pub struct Municipalities {
    /// In the order of the file, and the places of these in the order of their codes.
    table: OnceLock<Table>,
}

#[derive(Debug)]
struct Table {
    all: Vec<Municipality>,
    by_code: Vec<usize>,
}

/// Municipalities that are not put into use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoMunicipalities {
    /// Others are in use already.
    #[error("others are in use already / ほかの市区町村がすでに使われています")]
    InUse,
    /// It is too long.
    #[error(
        "it has more than {LONGEST} bytes or {MOST} municipalities / {LONGEST}バイトか{MOST}市区町村を超えています"
    )]
    TooLong,
    /// Its first line.
    #[error("its first line is to be {} / 1行目は {} にしてください", HEADING.join(","), HEADING.join(","))]
    Heading,
    /// It has none.
    #[error("it names no municipality / 市区町村がありません")]
    Empty,
    /// A line.
    #[error("line {line} / {line}行目: {fault}")]
    Row {
        /// Which, from 1.
        line: u64,
        /// What is wrong with it.
        fault: RowFault,
    },
}

/// What is wrong with a line of a table of municipalities.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RowFault {
    /// It has not five fields, or is no text.
    #[error("it is to have five fields / 項目を五つにしてください")]
    Fields,
    /// The code.
    #[error(
        "a code is five digits, the first two of them 01 to 47, without the check digit / コードは5桁（はじめの2桁は01から47、検査数字なし）です"
    )]
    Code,
    /// A name as certificates have it: PrintableString.
    #[error(
        "prefecture and locality are 1 to {LONGEST_NAME} letters, digits, blanks or hyphens of ASCII, such as Shirushi-shi / 都道府県と市区町村の英字名は、Shirushi-shi のような1から{LONGEST_NAME}字です"
    )]
    Latin,
    /// A name in Japanese.
    #[error(
        "the Japanese names are 1 to {LONGEST_NAME} characters without blanks / 日本語の名前は空白のない1から{LONGEST_NAME}字です"
    )]
    Japanese,
    /// The code stands above as well.
    #[error("its code stands above too / 同じコードが上にあります")]
    Twice,
    /// Another municipality has the same two names: their lists of revocations could not be told apart.
    #[error(
        "another municipality has the same prefecture and locality / 英字名が同じ市区町村がほかにあります"
    )]
    SameNames,
}

#[derive(Deserialize)]
struct Row<'r> {
    code: &'r str,
    prefecture: &'r str,
    locality: &'r str,
    prefecture_ja: &'r str,
    name_ja: &'r str,
}

impl Municipalities {
    pub(super) const fn unused() -> Self {
        Self {
            table: OnceLock::new(),
        }
    }

    /// Puts the municipalities of a file (CSV in UTF-8: `code,prefecture,locality,prefecture_ja,name_ja`) into use, for as long as the process lives.
    ///
    /// # Errors
    /// [`NoMunicipalities`]; also when municipalities are in use already, which are those of the sandbox once anybody has asked.
    pub fn put_into_use(&self, text: &str) -> Result<(), NoMunicipalities> {
        self.table
            .set(Table::read(text)?)
            .map_err(|_| NoMunicipalities::InUse)
    }

    /// Whether a text is a table of municipalities.
    ///
    /// # Errors
    /// [`NoMunicipalities`].
    pub fn check(text: &str) -> Result<(), NoMunicipalities> {
        Table::read(text).map(drop)
    }

    pub(super) fn with_code(&self, code: &MunicipalityCode) -> Option<&Municipality> {
        let Table { all, by_code } = self.table();
        let place = by_code
            .binary_search_by(|place| all[*place].code.cmp(code))
            .ok()?;
        all.get(by_code[place])
    }

    fn table(&self) -> &Table {
        self.table
            .get_or_init(|| Table::read(SANDBOX).unwrap_or_else(|_| unreachable!()))
    }
}

impl Deref for Municipalities {
    type Target = [Municipality];

    fn deref(&self) -> &[Municipality] {
        &self.table().all
    }
}

impl<'m> IntoIterator for &'m Municipalities {
    type Item = &'m Municipality;
    type IntoIter = std::slice::Iter<'m, Municipality>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl Table {
    fn read(text: &str) -> Result<Self, NoMunicipalities> {
        if text.len() > LONGEST {
            return Err(NoMunicipalities::TooLong);
        }
        let mut rows = csv::Reader::from_reader(text.as_bytes());
        let heading = rows.headers().cloned();
        if !heading.is_ok_and(|heading| heading == HEADING[..]) {
            return Err(NoMunicipalities::Heading);
        }
        let mut all: Vec<Municipality> = Vec::new();
        let (mut codes, mut names) = (BTreeSet::new(), BTreeSet::new());
        for record in rows.records() {
            let line = match &record {
                Ok(record) => record.position(),
                Err(error) => error.position(),
            };
            let line = line.map_or(0, csv::Position::line);
            let refused = |fault| NoMunicipalities::Row { line, fault };
            let record = record.map_err(|_| refused(RowFault::Fields))?;
            let place = read(&record).map_err(refused)?;
            if !codes.insert(place.code) {
                return Err(refused(RowFault::Twice));
            }
            if !names.insert((place.prefecture, place.locality)) {
                return Err(refused(RowFault::SameNames));
            }
            all.push(place);
            if all.len() > MOST {
                return Err(NoMunicipalities::TooLong);
            }
        }
        if all.is_empty() {
            return Err(NoMunicipalities::Empty);
        }
        let mut by_code: Vec<usize> = (0..all.len()).collect();
        by_code.sort_by_key(|place| all[*place].code);
        Ok(Self { all, by_code })
    }
}

fn read(record: &csv::StringRecord) -> Result<Municipality, RowFault> {
    let row: Row<'_> = record
        .deserialize(None)
        .map_err(|_| RowFault::Fields)?;
    Ok(Municipality {
        code: row
            .code
            .parse()
            .map_err(|_| RowFault::Code)?,
        prefecture: latin(row.prefecture)?,
        locality: latin(row.locality)?,
        prefecture_ja: japanese(row.prefecture_ja)?,
        name_ja: japanese(row.name_ja)?,
    })
}

fn latin(name: &str) -> Result<&'static str, RowFault> {
    let is_one = |character: char| character.is_ascii_alphanumeric() || " -".contains(character);
    let is_framed = name.starts_with(' ') || name.ends_with(' ');
    if (1..=LONGEST_NAME).contains(&name.len()) && name.chars().all(is_one) && !is_framed {
        Ok(kept(name))
    } else {
        Err(RowFault::Latin)
    }
}

fn japanese(name: &str) -> Result<&'static str, RowFault> {
    let is_one = |character: char| !character.is_whitespace() && !character.is_control();
    if (1..=LONGEST_NAME).contains(&name.chars().count()) && name.chars().all(is_one) {
        Ok(kept(name))
    } else {
        Err(RowFault::Japanese)
    }
}

/// For as long as the process: it reads such a table once or twice.
fn kept(name: &str) -> &'static str {
    Box::leak(name.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: &str = "code,prefecture,locality,prefecture_ja,name_ja\n";

    #[test]
    fn a_table_is_read_whole_or_refused_with_the_line() {
        for (rows, expected) in [
            ("", NoMunicipalities::Empty),
            (
                "13998,Tokyo-to,Shirushi-shi,東京都\n",
                fault(2, RowFault::Fields),
            ),
            (
                "139980,Tokyo-to,Shirushi-shi,東京都,印市\n",
                fault(2, RowFault::Code),
            ),
            (
                "13998,Tōkyō-to,Shirushi-shi,東京都,印市\n",
                fault(2, RowFault::Latin),
            ),
            ("13998,Tokyo-to, ,東京都,印市\n", fault(2, RowFault::Latin)),
            (
                "13998,Tokyo-to,Shirushi-shi,東京都,\n",
                fault(2, RowFault::Japanese),
            ),
            (
                "13998,Tokyo-to,Shirushi-shi,東 京都,印市\n",
                fault(2, RowFault::Japanese),
            ),
            (
                "13998,Tokyo-to,Shirushi-shi,東京都,印市\n13998,Tokyo-to,Hanko-shi,東京都,判子市\n",
                fault(3, RowFault::Twice),
            ),
            (
                "13998,Tokyo-to,Shirushi-shi,東京都,印市\n13999,Tokyo-to,Shirushi-shi,東京都,印市\n",
                fault(3, RowFault::SameNames),
            ),
        ] {
            let text = format!("{FIRST}{rows}");
            assert_eq!(Municipalities::check(&text), Err(expected), "{rows}");
        }
        for text in [
            "",
            "code,name\n",
            "13998,Tokyo-to,Shirushi-shi,東京都,印市\n",
        ] {
            assert_eq!(Municipalities::check(text), Err(NoMunicipalities::Heading));
        }
        let long = "x".repeat(LONGEST + 1);
        assert_eq!(Municipalities::check(&long), Err(NoMunicipalities::TooLong));
    }

    #[test]
    fn each_of_as_many_as_japan_has_is_found_by_its_code() {
        let rows: String = (1..=37)
            .flat_map(|prefecture| (101..=148).map(move |place| (prefecture, place)))
            .rev()
            .map(|(prefecture, place)| {
                format!("{prefecture:02}{place},P{prefecture}-ken,M{place}-shi,県,市{place}\n")
            })
            .collect();
        let municipalities = Municipalities::unused();
        assert_eq!(
            municipalities.put_into_use(&format!("{FIRST}{rows}")),
            Ok(())
        );
        assert_eq!(municipalities.len(), 37 * 48);
        assert_eq!(municipalities[0].code.as_str(), "37148");
        for place in &municipalities {
            assert_eq!(municipalities.with_code(&place.code), Some(place));
        }
        assert_eq!(municipalities.with_code(&"38101".parse().unwrap()), None);
        assert_eq!(
            municipalities.put_into_use(SANDBOX),
            Err(NoMunicipalities::InUse)
        );
    }

    fn fault(line: u64, fault: RowFault) -> NoMunicipalities {
        NoMunicipalities::Row { line, fault }
    }
}
