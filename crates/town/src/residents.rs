//! Who lives in a new city.

use crate::{Residents, TownError};
use shirushi_register::{BadRow, ImportError, MAX_IMPORT_BYTES, Register};
use std::{fs, io::Read as _, path::Path};

/// The sample, as it stands in the register's room.
const SAMPLE: &str = include_str!("../../register/sample/residents.csv");

/// Of a file that is too large one byte more is read than is taken, so that it is seen to be too large.
const ONE_TOO_MANY: u64 = MAX_IMPORT_BYTES as u64 + 1;

/// Imports the residents, unless the register holds some already.
pub(crate) async fn import(register: &Register, residents: &Residents) -> Result<(), TownError> {
    if register.residents_count().await? > 0 {
        if let Residents::File(path) = residents {
            tracing::warn!(
                file = %path.display(),
                "the register holds residents already, and nobody was imported: a file is imported into a new city"
            );
        }
        return Ok(());
    }
    let (path, bytes) = match residents {
        Residents::Nobody => return Ok(()),
        Residents::Sample => (Path::new("residents.csv"), SAMPLE.as_bytes().to_vec()),
        Residents::File(path) => {
            let mut bytes = Vec::new();
            fs::File::open(path)
                .and_then(|file| {
                    file.take(ONE_TOO_MANY)
                        .read_to_end(&mut bytes)
                })
                .map_err(|source| TownError::File {
                    path: path.clone(),
                    source,
                })?;
            (path.as_path(), bytes)
        }
    };
    match register.import_csv(&bytes).await {
        Ok(report) => {
            tracing::info!(residents = report.imported, "imported");
            Ok(())
        }
        Err(error) => Err(TownError::Import {
            path: path.to_owned(),
            report: report(&error),
            cause: Box::new(error),
        }),
    }
}

/// What is wrong, a line a fault.
fn report(error: &ImportError) -> String {
    match error {
        ImportError::Refused { refusal, rows } if rows.is_empty() => {
            let reason = refusal.report().reason;
            format!("  {} / {}", reason.ja, reason.en)
        }
        ImportError::Refused { rows, .. } => rows
            .iter()
            .map(line)
            .collect::<Vec<_>>()
            .join("\n"),
        other => format!("  {other}"),
    }
}

fn line(row: &BadRow) -> String {
    format!(
        "  {}行目 / line {}, {}: {} / {} ({})",
        row.line, row.line, row.column, row.what_ja, row.what_en, row.value_shown
    )
}
