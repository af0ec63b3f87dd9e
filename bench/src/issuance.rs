//! Durable issuances beside raw signing.

mod run;
mod syncs;

pub(crate) use run::once;

use crate::{Failure, arguments::Common, statistics::Spread};
use run::Run;
use serde::Serialize;
use std::{fmt, path::Path, process::Command};

/// Applicants at the counters at once.
const CONCURRENCIES: [u32; 3] = [1, 8, 64];

/// What was measured.
#[derive(Debug, Serialize)]
pub(crate) struct Measured {
    summaries: Vec<Summary>,
    runs: Vec<Run>,
}

/// All runs at one concurrency.
#[derive(Debug, Serialize)]
struct Summary {
    concurrency: u32,
    certificates_per_second: Spread,
    /// Of raw signatures per second on all cores in the same process.
    share_of_raw_signing: Spread,
    processor_milliseconds_per_certificate: Spread,
    /// Of the processor time of a raw signature in the same process.
    processor_to_raw_signature: Spread,
    visit_milliseconds: Spread,
    slowest_hundredth_milliseconds: Spread,
    card_milliseconds_per_certificate: Spread,
    peak_resident_mebibytes: Spread,
    /// Share of all processors, also while raw signing was measured.
    taken_by_others: Spread,
    /// From a run of its own under strace; none where strace is missing.
    syncs_per_certificate: Option<f64>,
}

/// Measures each concurrency `repeat` times, each time in a process of its own, in turns.
pub(crate) fn measure(folder: &Path, common: &Common) -> Result<Measured, Failure> {
    let (repeat, applications) = (common.repeat, common.applications);
    let patience = common.patience();
    let mut runs = Vec::new();
    for turn in 1..=repeat {
        for concurrency in CONCURRENCIES {
            eprintln!("issuance: turn {turn} of {repeat}, {concurrency} at once");
            runs.push(patience.run(
                || Run::of(&mut run_in_child(folder, concurrency, applications)?),
                |run| run.taken_by_others,
            )?);
        }
    }
    let summaries = CONCURRENCIES
        .into_iter()
        .map(|concurrency| {
            eprintln!("issuance: counting syncs, {concurrency} at once");
            let syncs = syncs::per_certificate(folder, concurrency, applications)?;
            Ok(Summary::of(concurrency, &runs, syncs))
        })
        .collect::<Result<_, Failure>>()?;
    Ok(Measured { summaries, runs })
}

/// This program, about to make one run.
fn run_in_child(folder: &Path, concurrency: u32, applications: u32) -> Result<Command, Failure> {
    let program = std::env::current_exe().map_err(Failure::at("/proc/self/exe"))?;
    let mut command = Command::new(program);
    command
        .arg("issuance-once")
        .args(["--concurrency", &concurrency.to_string()])
        .args(["--applications", &applications.to_string()])
        .arg("--folder")
        .arg(folder);
    Ok(command)
}

impl Summary {
    fn of(concurrency: u32, runs: &[Run], syncs_per_certificate: Option<f64>) -> Self {
        let spread = |value: fn(&Run) -> f64| {
            Spread::of(
                runs.iter()
                    .filter(|run| run.concurrency == concurrency)
                    .map(value),
            )
        };
        Self {
            concurrency,
            certificates_per_second: spread(Run::certificates_per_second),
            share_of_raw_signing: spread(|run| {
                run.certificates_per_second() / run.raw_signing.per_second
            }),
            processor_milliseconds_per_certificate: spread(|run| {
                run.processor_seconds_per_certificate() * 1e3
            }),
            processor_to_raw_signature: spread(|run| {
                run.processor_seconds_per_certificate() * 1e6
                    / run.raw_signing.processor_microseconds
            }),
            visit_milliseconds: spread(|run| run.visit_milliseconds),
            slowest_hundredth_milliseconds: spread(|run| run.slowest_hundredth_milliseconds),
            card_milliseconds_per_certificate: spread(|run| {
                run.card_seconds * 1e3 / f64::from(run.certificates)
            }),
            peak_resident_mebibytes: spread(|run| run.peak_resident_mebibytes),
            taken_by_others: spread(|run| run.taken_by_others),
            syncs_per_certificate,
        }
    }
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let turns = self.runs.len() / CONCURRENCIES.len();
        write!(
            f,
            "issuance: median (least–greatest) of {turns} runs at each concurrency"
        )?;
        let mut line = |what: &str, value: fn(&Run) -> f64, places: usize| {
            tell(f, what, Spread::of(self.runs.iter().map(value)), places)
        };
        line(
            "raw RSA-2048 signatures/s, all cores",
            |run| run.raw_signing.per_second,
            0,
        )?;
        line(
            "raw RSA-2048 signatures/s, one thread",
            |run| run.raw_signing_on_one_thread.per_second,
            0,
        )?;
        line(
            "raw RSA-2048 signature, processor µs",
            |run| run.raw_signing.processor_microseconds,
            0,
        )?;
        line(
            "4 KiB appended + fsync, ms",
            |run| run.synced_write.appended,
            3,
        )?;
        line(
            "4 KiB overwritten + fdatasync, ms",
            |run| run.synced_write.overwritten,
            3,
        )?;
        for summary in &self.summaries {
            write!(f, "\n{summary}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at once", self.concurrency)?;
        for (what, value, places) in [
            ("certificates/s", self.certificates_per_second, 0),
            (
                "ratio to raw signatures/s, all cores",
                self.share_of_raw_signing,
                3,
            ),
            (
                "processor ms per certificate",
                self.processor_milliseconds_per_certificate,
                3,
            ),
            (
                "ratio to processor time of a signature",
                self.processor_to_raw_signature,
                2,
            ),
            ("of a visit, ms: median", self.visit_milliseconds, 2),
            (
                "of a visit, ms: 99th of 100",
                self.slowest_hundredth_milliseconds,
                2,
            ),
            (
                "wall clock in the card, ms a certificate",
                self.card_milliseconds_per_certificate,
                3,
            ),
            ("peak resident MiB", self.peak_resident_mebibytes, 0),
            ("processors taken by others", self.taken_by_others, 2),
        ] {
            tell(f, what, value, places)?;
        }
        match self.syncs_per_certificate {
            Some(syncs) => write!(
                f,
                "\n  {:<42}{syncs:.3}",
                "syncs per certificate (under strace)"
            ),
            None => write!(f, "\n  syncs not counted: strace is missing"),
        }
    }
}

fn tell(f: &mut fmt::Formatter<'_>, what: &str, value: Spread, places: usize) -> fmt::Result {
    write!(f, "\n  {what:<42}{value:.places$}")
}
