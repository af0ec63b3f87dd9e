//! 10,000 damaged files: no panic, and what is refused changes nothing.
//!
//! The files are made from rows of the sample by damage that keeps most of them CSV: cells exchanged, repeated, emptied, replaced
//! by other languages' texts, rows and columns repeated and dropped, quotes and bytes thrown in.

use crate::support::{Fresh, HEADER, SAMPLE};
use shirushi_register::ImportError;

const FILES: u64 = 10_000;
const STRANGE: [&str; 16] = [
    "",
    " ",
    "　",
    "\"",
    "\"\"",
    "\u{feff}",
    "\u{0}",
    "髙",
    "😀",
    "ｼﾙｼ",
    "2026-02-30",
    "-1",
    "99999999999999999999",
    "男",
    "alive",
    "a\u{301}",
];

/// xorshift64*: the same files in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self
            .0
            .wrapping_mul(0x2545_f491_4f6c_dd1d)
            >> 33;
        usize::try_from(high).unwrap() % limit
    }
}

#[tokio::test]
async fn damaged_files_never_panic_and_never_half_import() {
    let fresh = Fresh::new();
    let (register, _store) = fresh.register().await;
    let sample: Vec<Vec<String>> = SAMPLE
        .lines()
        .skip(1)
        .map(|line| {
            line.split(',')
                .map(str::to_owned)
                .collect()
        })
        .collect();
    let mut chance = Chance(20_261_122);
    let (mut parsed, mut accepted, mut residents) = (0, 0, 0);
    for file in 0..FILES {
        let bytes = damaged(&mut chance, &sample, file);
        parsed += u64::from(is_csv(&bytes));
        match register.import_csv(&bytes).await {
            Ok(report) => {
                accepted += 1;
                residents += report.imported as u64;
            }
            Err(ImportError::Refused { refusal, rows }) => {
                assert_eq!(refusal.rule().id, "register/import-rows");
                let lines = 1 + bytes
                    .iter()
                    .filter(|&&b| b == b'\n')
                    .count();
                assert!(!rows.is_empty());
                assert!(
                    rows.iter()
                        .all(|row| (1..=lines).contains(&row.line)),
                    "{rows:?}"
                );
            }
            Err(other) => panic!("{other}"),
        }
        assert_eq!(
            register
                .residents_count()
                .await
                .unwrap(),
            residents,
            "file {file}"
        );
    }
    assert!(parsed * 100 >= FILES * 30, "only {parsed} were CSV");
    assert!(accepted >= 500, "only {accepted} were good");
    assert!(
        FILES - accepted >= 3_000,
        "only {} were bad",
        FILES - accepted
    );
    println!("{FILES} files: {parsed} CSV, {accepted} accepted with {residents} residents");
}

/// Whether every record has the header's number of fields.
fn is_csv(bytes: &[u8]) -> bool {
    csv::ReaderBuilder::new()
        .from_reader(bytes)
        .into_byte_records()
        .all(|record| record.is_ok_and(|record| record.len() == 11))
}

fn damaged(chance: &mut Chance, sample: &[Vec<String>], file: u64) -> Vec<u8> {
    let mut rows: Vec<Vec<String>> = vec![
        HEADER
            .split(',')
            .map(str::to_owned)
            .collect(),
    ];
    for row in 0..1 + chance.below(4) {
        let mut cells = sample[chance.below(sample.len())].clone();
        cells[0] = format!("{:011}", file * 10 + row as u64);
        rows.push(cells);
    }
    for _ in 0..chance.below(4) {
        damage_cells(chance, &mut rows, sample);
    }
    let end = ["\n", "\r\n", "\r\n", "\n\n"][chance.below(4)];
    let lines: Vec<String> = rows
        .iter()
        .map(|row| row.join(","))
        .collect();
    let mut bytes = lines.join(end).into_bytes();
    if chance.below(4) == 0 {
        bytes.splice(0..0, *b"\xef\xbb\xbf");
    }
    for _ in 0..[0, 0, 0, 0, 0, 1, 3][chance.below(7)] {
        damage_bytes(chance, &mut bytes);
    }
    bytes
}

fn damage_cells(chance: &mut Chance, rows: &mut Vec<Vec<String>>, sample: &[Vec<String>]) {
    let row = chance.below(rows.len());
    // Usually the header stays: the rest would not be looked at.
    let row = if row == 0 && chance.below(10) > 0 {
        rows.len() - 1
    } else {
        row
    };
    let column = chance.below(rows[row].len().max(1));
    let Some(cell) = rows[row].get(column).cloned() else {
        return;
    };
    match chance.below(9) {
        0 => rows[row][column] = STRANGE[chance.below(STRANGE.len())].to_owned(),
        // Another resident's item, which is often right.
        1 | 2 if row > 0 => {
            rows[row][column.clamp(2, 7)] =
                sample[chance.below(sample.len())][column.clamp(2, 7)].clone()
        }
        3 => {
            let other = chance.below(rows[row].len());
            rows[row].swap(column, other);
        }
        4 => {
            let copy = rows[row].clone();
            rows.push(copy);
        }
        5 => {
            rows[row].remove(column);
        }
        6 => rows[row].insert(column, cell),
        7 => rows[row][column] = format!("\"{cell}\n\""),
        _ => rows[row][column] = format!("\"{cell}\""),
    }
}

fn damage_bytes(chance: &mut Chance, bytes: &mut Vec<u8>) {
    if bytes.is_empty() {
        return;
    }
    let at = chance.below(bytes.len());
    match chance.below(5) {
        0 => bytes[at] ^= 1 << chance.below(8),
        1 => bytes.truncate(at),
        2 => bytes.insert(at, b'"'),
        3 => bytes.insert(at, [b',', b'\r', b'\n', 0, 0xff][chance.below(5)]),
        _ => {
            bytes.remove(at);
        }
    }
}
