//! One row: from fields to a resident record, with everything that is wrong about it.

use crate::{
    fields::{self, Fault},
    words::from_word,
};
use csv::ByteRecord;
use serde::de::DeserializeOwned;
use shirushi_clock::Date;
use shirushi_profile::Sex;
use shirushi_wire::{RecordStatus, ResidentRecord};

/// The columns, in their order.
pub(super) const COLUMNS: [&str; 11] = [
    "resident_code",
    "municipality",
    "name",
    "furigana",
    "former_name",
    "alias",
    "birth_date",
    "sex",
    "address",
    "stay_until",
    "status",
];

/// The records of a CSV file, each with the line it begins on.
pub(super) struct Lines<'a> {
    bytes: &'a [u8],
    reader: csv::Reader<&'a [u8]>,
    /// Where counting has come to: an offset and its line.
    counted: (usize, usize),
}

impl<'a> Lines<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            reader: csv::ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                .from_reader(bytes),
            counted: (0, 1),
        }
    }

    /// The line of the record that begins at or, after line ends, behind this offset. The reader's own count stays on the line
    /// before when that one ended with CRLF or blank lines follow.
    fn line_at(&mut self, offset: usize) -> usize {
        let offset = offset.min(self.bytes.len());
        let ends = self.bytes[offset..]
            .iter()
            .take_while(|&&b| b == b'\r' || b == b'\n')
            .count();
        let start = offset + ends;
        let (before, line) = self.counted;
        let passed = self
            .bytes
            .get(before..start)
            .unwrap_or_default();
        let newlines = passed
            .iter()
            .filter(|&&b| b == b'\n')
            .count();
        self.counted = (start, line + newlines);
        self.counted.1
    }
}

impl Iterator for Lines<'_> {
    type Item = (usize, ByteRecord);

    fn next(&mut self) -> Option<Self::Item> {
        let mut record = ByteRecord::new();
        let offset = usize::try_from(self.reader.position().byte()).unwrap_or(usize::MAX);
        // Reading bytes from memory, of any number of fields, has nothing left to fail with.
        let more = self
            .reader
            .read_byte_record(&mut record)
            .unwrap_or(false);
        more.then(|| (self.line_at(offset), record))
    }
}

pub(super) fn is_header(record: &ByteRecord) -> bool {
    record
        .iter()
        .eq(COLUMNS.map(str::as_bytes))
}

/// The resident of a row; none when `wrong` was told of a fault.
pub(super) fn record(
    fields: &ByteRecord,
    today: Date,
    wrong: &mut impl FnMut(&str, &str, Fault),
) -> Option<ResidentRecord> {
    if fields.len() != COLUMNS.len() {
        let first = String::from_utf8_lossy(fields.get(0).unwrap_or_default());
        let fault = Fault::new(
            format!(
                "列が{}個あります（{}個のはずです）",
                fields.len(),
                COLUMNS.len()
            ),
            format!("{} columns instead of {}", fields.len(), COLUMNS.len()),
        );
        wrong("row", &first, fault);
        return None;
    }
    let mut row = Row {
        fields,
        wrong,
        sound: true,
    };
    let code = row.item(0, |text| {
        text.parse()
            .map_err(|_| Fault::new("11桁の数字ではありません", "not 11 digits"))
    });
    let municipality = row.item(1, |text| {
        let code = text.parse().map_err(|_| {
            Fault::new(
                "5桁の市区町村コードではありません",
                "not a municipality code of 5 digits",
            )
        })?;
        fields::known_municipality(&code).map(|()| code)
    });
    let name = row.item(2, fields::name);
    let furigana = row.optional(3, fields::furigana);
    let former_name = row.optional(4, fields::name);
    let alias = row.optional(5, fields::name);
    let birth_date = row.item(6, |text| {
        let birth = date(text)?;
        fields::birth_date(birth, today).map(|()| birth)
    });
    let sex = row.item(7, sex);
    let address = row.item(8, |text| fields::address(text, municipality.as_ref()));
    let stay_until = row.optional(9, |text| {
        let stay = date(text)?;
        match birth_date {
            Some(birth) => fields::stay_until(stay, birth).map(|()| stay),
            None => Ok(stay),
        }
    });
    let status = row.item(10, status);
    if !row.sound {
        return None;
    }
    Some(ResidentRecord {
        code: code?,
        municipality: municipality?,
        name: name?,
        furigana,
        former_name,
        alias,
        birth_date: birth_date?,
        sex: sex?,
        address: address?,
        stay_until,
        status: status?,
        sequence: 0,
    })
}

struct Row<'a, W> {
    fields: &'a ByteRecord,
    wrong: &'a mut W,
    sound: bool,
}

impl<W: FnMut(&str, &str, Fault)> Row<'_, W> {
    fn item<T>(&mut self, column: usize, read: impl FnOnce(&str) -> Result<T, Fault>) -> Option<T> {
        let bytes = self
            .fields
            .get(column)
            .unwrap_or_default();
        let read = match std::str::from_utf8(bytes) {
            Ok(text) => read(text),
            Err(_) => Err(Fault::new("UTF-8ではありません", "not UTF-8")),
        };
        match read {
            Ok(value) => Some(value),
            Err(fault) => {
                self.sound = false;
                (self.wrong)(COLUMNS[column], &String::from_utf8_lossy(bytes), fault);
                None
            }
        }
    }

    /// None for an empty field as for a wrong one, which `wrong` was told of.
    fn optional<T>(
        &mut self,
        column: usize,
        read: impl FnOnce(&str) -> Result<T, Fault>,
    ) -> Option<T> {
        match self.fields.get(column) {
            None | Some([]) => None,
            Some(_) => self.item(column, read),
        }
    }
}

/// YYYY-MM-DD and nothing else that the library would take.
fn date(text: &str) -> Result<Date, Fault> {
    let form = text.len() == 10
        && text.bytes().enumerate().all(|(at, b)| {
            if at == 4 || at == 7 {
                b == b'-'
            } else {
                b.is_ascii_digit()
            }
        });
    form.then(|| text.parse().ok())
        .flatten()
        .ok_or_else(|| Fault::new("YYYY-MM-DDの日付ではありません", "not a date YYYY-MM-DD"))
}

fn sex(text: &str) -> Result<Sex, Fault> {
    match text {
        "男" => Ok(Sex::Male),
        "女" => Ok(Sex::Female),
        "不明" => Ok(Sex::Unknown),
        _ => one_of(
            text,
            "male（男）、female（女）、unknown（不明）",
            "male, female or unknown",
        ),
    }
}

fn status(text: &str) -> Result<RecordStatus, Fault> {
    match text {
        "現存" => Ok(RecordStatus::Alive),
        "転出" => Ok(RecordStatus::MovedOut),
        "死亡" => Ok(RecordStatus::Dead),
        "職権消除" => Ok(RecordStatus::DeletedByOffice),
        _ => one_of(
            text,
            "alive（現存）、moved-out（転出）、dead（死亡）、deleted-by-office（職権消除）",
            "alive, moved-out, dead or deleted-by-office",
        ),
    }
}

fn one_of<T: DeserializeOwned>(text: &str, ja: &str, en: &str) -> Result<T, Fault> {
    from_word(text)
        .ok_or_else(|| Fault::new(format!("{ja}のどれでもありません"), format!("none of {en}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_date_is_taken_in_exactly_one_form(text in "[-+]?[0-9]{1,5}-?[0-9]{1,3}-?[0-9]{1,3}", any in any::<String>(), y in 0i16..=9999, m in 0i8..=13, d in 0i8..=32) {
            for text in [text, any, format!("{y:04}-{m:02}-{d:02}")] {
                let written = Date::strptime("%Y-%m-%d", &text)
                    .ok()
                    .map(|date| date.to_string())
                    .filter(|again| *again == text);
                prop_assert_eq!(date(&text).ok().map(|date| date.to_string()), written);
            }
        }

        #[test]
        fn lines_are_those_an_editor_counts(cells in proptest::collection::vec("[a-z]{1,3}", 1..30), ends in proptest::collection::vec(0usize..4, 30)) {
            let mut file = String::new();
            let mut expected = Vec::new();
            let mut line = 1;
            for (cell, end) in cells.iter().zip(ends) {
                expected.push((line, cell.clone()));
                file.push_str(cell);
                let end = ["\n", "\r\n", "\n\n", "\r\n\r\n\r\n"][end];
                file.push_str(end);
                line += end.matches('\n').count();
            }
            let seen: Vec<_> = Lines::new(file.as_bytes())
                .map(|(line, record)| (line, String::from_utf8_lossy(&record[0]).into_owned()))
                .collect();
            prop_assert_eq!(seen, expected);
        }
    }
}
