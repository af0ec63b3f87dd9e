//! What one durable write costs on the disk: no issuance is faster than the writes it waits for.

use crate::{Failure, statistics::quantile};
use serde::{Deserialize, Serialize};
use std::{fs::File, io::Write as _, os::unix::fs::FileExt as _, path::Path, time::Instant};

const BLOCK: usize = 4096;
const WRITES: usize = 200;

/// Median milliseconds of one write of 4 KiB with the sync after it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct SyncedWrite {
    /// At the end of a file that grows: write and fsync(2).
    pub(crate) appended: f64,
    /// Over what is there: write and fdatasync(2), as a write-ahead log that is reused does it.
    pub(crate) overwritten: f64,
}

/// Writes 200 blocks each way into a file in `folder`.
pub(crate) fn probe(folder: &Path) -> Result<SyncedWrite, Failure> {
    let path = folder.join("probe");
    let measured = write_and_sync(&path).map_err(Failure::at(&path))?;
    std::fs::remove_file(&path).map_err(Failure::at(&path))?;
    Ok(measured)
}

fn write_and_sync(path: &Path) -> std::io::Result<SyncedWrite> {
    let block = [0x5a; BLOCK];
    let mut file = File::create_new(path)?;
    let appended = median(|_| {
        file.write_all(&block)?;
        file.sync_all()
    })?;
    let overwritten = median(|turn| {
        file.write_all_at(&block, (turn * BLOCK) as u64)?;
        file.sync_data()
    })?;
    Ok(SyncedWrite {
        appended,
        overwritten,
    })
}

fn median(mut write: impl FnMut(usize) -> std::io::Result<()>) -> std::io::Result<f64> {
    let mut milliseconds = Vec::with_capacity(WRITES);
    for turn in 0..WRITES {
        let began = Instant::now();
        write(turn)?;
        milliseconds.push(began.elapsed().as_secs_f64() * 1000.0);
    }
    milliseconds.sort_by(f64::total_cmp);
    Ok(quantile(&milliseconds, 0.5))
}
