//! Durable issuances beside raw signing.

mod run;
mod syncs;

pub(crate) use run::once;

use crate::{Failure, statistics::Spread};
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
    /// From a run of its own under strace; none where strace is missing.
    syncs_per_certificate: Option<f64>,
}

/// Measures each concurrency `repeat` times, each time in a process of its own, in turns.
pub(crate) fn measure(folder: &Path, repeat: u32, applications: u32) -> Result<Measured, Failure> {
    let mut runs = Vec::new();
    for turn in 1..=repeat {
        for concurrency in CONCURRENCIES {
            eprintln!("issuance: turn {turn} of {repeat}, {concurrency} at once");
            runs.push(Run::of(&mut run_in_child(
                folder,
                concurrency,
                applications,
            )?)?);
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
            syncs_per_certificate,
        }
    }
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let raw = |value: fn(&Run) -> f64| Spread::of(self.runs.iter().map(value));
        writeln!(
            f,
            "issuance: median (least–greatest) of {} runs at each concurrency",
            self.runs.len() / CONCURRENCIES.len()
        )?;
        writeln!(
            f,
            "  raw RSA-2048 signatures/s, all cores      {:.0}",
            raw(|r| r.raw_signing.per_second)
        )?;
        writeln!(
            f,
            "  raw RSA-2048 signatures/s, one thread     {:.0}",
            raw(|r| r.raw_signing_on_one_thread.per_second)
        )?;
        writeln!(
            f,
            "  raw RSA-2048 signature, processor µs      {:.0}",
            raw(|r| r.raw_signing.processor_microseconds)
        )?;
        writeln!(
            f,
            "  4 KiB appended + fsync, ms                {:.3}",
            raw(|r| r.synced_write.appended)
        )?;
        write!(
            f,
            "  4 KiB overwritten + fdatasync, ms         {:.3}",
            raw(|r| r.synced_write.overwritten)
        )?;
        for summary in &self.summaries {
            write!(f, "\n{summary}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} at once", self.concurrency)?;
        writeln!(
            f,
            "  certificates/s                            {:.0}",
            self.certificates_per_second
        )?;
        writeln!(
            f,
            "  ratio to raw signatures/s, all cores      {:.3}",
            self.share_of_raw_signing
        )?;
        writeln!(
            f,
            "  processor ms per certificate              {:.3}",
            self.processor_milliseconds_per_certificate
        )?;
        writeln!(
            f,
            "  ratio to processor time of a signature    {:.2}",
            self.processor_to_raw_signature
        )?;
        writeln!(
            f,
            "  of a visit, ms: median                    {:.2}",
            self.visit_milliseconds
        )?;
        writeln!(
            f,
            "  of a visit, ms: 99th of 100               {:.2}",
            self.slowest_hundredth_milliseconds
        )?;
        writeln!(
            f,
            "  wall clock in the card, ms a certificate  {:.3}",
            self.card_milliseconds_per_certificate
        )?;
        writeln!(
            f,
            "  peak resident MiB                         {:.0}",
            self.peak_resident_mebibytes
        )?;
        match self.syncs_per_certificate {
            Some(syncs) => write!(f, "  syncs per certificate (under strace)      {syncs:.3}"),
            None => write!(
                f,
                "  syncs per certificate                     not counted: strace is missing"
            ),
        }
    }
}
