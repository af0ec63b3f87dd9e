//! Import of residents from CSV: every row right, or nothing imported.
//!
//! UTF-8 with or without a byte order mark, lines ended by CRLF or LF, quoted as RFC 4180 says, [`COLUMNS`] as the first line.
//! All faults of all rows are found before the answer, so that a file is corrected once.

mod row;

use crate::{
    BadRow, ImportError, ImportReport, MAX_IMPORT_BYTES, MAX_LISTED, Register, fields::Fault,
    register::values, sql,
};
use row::{COLUMNS, Lines};
use shirushi_clock::Date;
use shirushi_rules::{Facts, IMPORT_ROWS, Refusal, SIZE_LIMIT};
use shirushi_store::{StoreError, Transaction};
use shirushi_wire::ResidentRecord;
use std::collections::{BTreeSet, HashMap};

/// Rows handed to the store at a time.
const BATCH: usize = 2_000;
/// Characters of a wrong value that are shown.
const SHOWN: usize = 40;

impl Register {
    /// Records the residents of a CSV file, or, if a single row is wrong, none. An import makes no events: it is the state the
    /// register starts from.
    ///
    /// # Errors
    /// [`ImportError::Refused`] for a file over [`MAX_IMPORT_BYTES`] or with wrong rows, among them codes that are recorded
    /// already; [`ImportError::Store`].
    pub async fn import_csv(&self, bytes: &[u8]) -> Result<ImportReport, ImportError> {
        SIZE_LIMIT
            .require(
                bytes.len() <= MAX_IMPORT_BYTES,
                Facts::new().and("limit", MAX_IMPORT_BYTES),
            )
            .map_err(|refusal| ImportError::Refused {
                refusal,
                rows: Vec::new(),
            })?;
        let mut read = read(bytes, self.today());
        let mut transaction = self.store.begin().await?;
        find_present(&mut transaction, &mut read).await?;
        if let Some(refusal) = read.faults.refusal() {
            return Err(ImportError::Refused {
                refusal,
                rows: read.faults.listed(),
            });
        }
        let imported = insert(&mut transaction, &read.rows).await?;
        transaction.commit().await?;
        tracing::info!(imported, "residents imported");
        Ok(ImportReport { imported })
    }
}

/// What is wrong with the rows of a CSV file, by their lines, the first [`MAX_LISTED`] of it: what [`Register::import_csv`] finds before
/// it looks for codes that are recorded already. `today` is what birth dates are compared with.
#[must_use]
pub fn bad_rows(bytes: &[u8], today: Date) -> Vec<BadRow> {
    read(bytes, today).faults.listed()
}

/// What a file says.
struct Read {
    rows: Vec<(usize, ResidentRecord)>,
    faults: Faults,
}

/// What is wrong with it.
#[derive(Default)]
struct Faults {
    listed: Vec<BadRow>,
    lines: BTreeSet<usize>,
}

impl Faults {
    fn add(&mut self, line: usize, column: &str, value: &str, fault: Fault) {
        self.lines.insert(line);
        // Twice what is listed, because codes that are recorded already are found last and belong between the others.
        if self.listed.len() < 2 * MAX_LISTED {
            self.listed.push(BadRow {
                line,
                column: column.to_owned(),
                value_shown: shown(value),
                what_ja: fault.ja,
                what_en: fault.en,
            });
        }
    }

    fn refusal(&self) -> Option<Refusal> {
        let count = self.lines.len();
        IMPORT_ROWS
            .require(count == 0, Facts::new().and("count", count))
            .err()
    }

    fn listed(mut self) -> Vec<BadRow> {
        self.listed.sort_by_key(|bad| bad.line);
        self.listed.truncate(MAX_LISTED);
        self.listed
    }
}

fn read(bytes: &[u8], today: Date) -> Read {
    let text = bytes
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(bytes);
    let mut read = Read {
        rows: Vec::new(),
        faults: Faults::default(),
    };
    let mut lines = Lines::new(text);
    match lines.next() {
        Some((line, header)) if !row::is_header(&header) => {
            let first: Vec<_> = header
                .iter()
                .map(|field| String::from_utf8_lossy(field).into_owned())
                .collect();
            let columns = COLUMNS.join(",");
            let fault = Fault::new(
                format!("1行目は列名です（{columns}）"),
                format!("the first line names the columns ({columns})"),
            );
            read.faults
                .add(line, "row", &first.join(","), fault);
            return read;
        }
        Some(_) => {}
        None => {
            let fault = Fault::new("ファイルが空です", "the file is empty");
            read.faults.add(1, "row", "", fault);
            return read;
        }
    }
    let mut first_line_of = HashMap::new();
    for (line, fields) in lines {
        let mut wrong = |column: &str, value: &str, fault| {
            read.faults
                .add(line, column, value, fault)
        };
        let Some(record) = row::record(&fields, today, &mut wrong) else {
            continue;
        };
        match first_line_of.insert(record.code.clone(), line) {
            None => read.rows.push((line, record)),
            Some(first) => {
                let fault = Fault::new(
                    format!("同じコードが{first}行目にもあります"),
                    format!("the same code stands on line {first}"),
                );
                wrong("resident_code", record.code.as_str(), fault);
            }
        }
    }
    read
}

/// Finds the codes that the register has already.
async fn find_present(transaction: &mut Transaction, read: &mut Read) -> Result<(), StoreError> {
    for batch in read.rows.chunks(BATCH) {
        let codes: Vec<_> = batch
            .iter()
            .map(|(_, record)| vec![record.code.as_str().into()])
            .collect();
        transaction
            .insert_many(sql::INSERT_IMPORT_CODES, &codes)
            .await?;
    }
    let present = transaction
        .rows(sql::IMPORT_CODES_PRESENT, &[])
        .await?;
    transaction
        .execute(sql::CLEAR_IMPORT_CODES, &[])
        .await?;
    if present.is_empty() {
        return Ok(());
    }
    let lines: HashMap<&str, usize> = read
        .rows
        .iter()
        .map(|(line, record)| (record.code.as_str(), *line))
        .collect();
    for row in present {
        let code = row.text("code")?;
        let line = lines
            .get(code.as_str())
            .copied()
            .unwrap_or_default();
        let fault = Fault::new(
            "既に記録されているコードです",
            "the code is recorded already",
        );
        read.faults
            .add(line, "resident_code", &code, fault);
    }
    Ok(())
}

async fn insert(
    transaction: &mut Transaction,
    rows: &[(usize, ResidentRecord)],
) -> Result<usize, StoreError> {
    for batch in rows.chunks(BATCH) {
        let values: Vec<_> = batch
            .iter()
            .map(|(_, record)| values(record))
            .collect();
        transaction
            .insert_many(sql::INSERT_RESIDENTS, &values)
            .await?;
    }
    Ok(rows.len())
}

/// The beginning of a value, without control characters.
fn shown(value: &str) -> String {
    let mut characters = value.chars();
    let mut shown: String = characters
        .by_ref()
        .take(SHOWN)
        .map(|c| if c.is_control() { '␣' } else { c })
        .collect();
    if characters.next().is_some() {
        shown.push('…');
    }
    shown
}
