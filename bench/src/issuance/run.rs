//! One run, in a process of its own so that processor time and memory are its own.

use crate::{
    Failure,
    arguments::IssuanceOnce,
    disk::{self, SyncedWrite},
    machine,
    office::{Office, Visit, Visited},
    process::{self, Process},
    quiet::Look,
    signing::{self, RawSigning},
    statistics::quantile,
};
use serde::{Deserialize, Serialize};
use std::{
    process::Command,
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};
use tokio::sync::Mutex;

/// How long raw signing is measured.
const RAW_SIGNING: Duration = Duration::from_secs(2);

/// What one run measured.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Run {
    pub(crate) concurrency: u32,
    pub(crate) certificates: u32,
    /// Load averages before the run.
    pub(crate) load: String,
    pub(crate) synced_write: SyncedWrite,
    pub(crate) raw_signing: RawSigning,
    pub(crate) raw_signing_on_one_thread: RawSigning,
    /// Unix time, in seconds, at which the measured part began and ended.
    pub(crate) began: f64,
    pub(crate) ended: f64,
    pub(crate) seconds: f64,
    pub(crate) processor_seconds: f64,
    /// Wall clock in the light cards. Equals their processor time only where nobody else wants the processor.
    pub(crate) card_seconds: f64,
    pub(crate) visit_milliseconds: f64,
    pub(crate) slowest_hundredth_milliseconds: f64,
    pub(crate) peak_resident_mebibytes: f64,
    /// Share of all processors during this whole process.
    pub(crate) taken_by_others: f64,
}

impl Run {
    /// Starts `command`, which prints a run as JSON.
    pub(crate) fn of(command: &mut Command) -> Result<Self, Failure> {
        let program = command
            .get_program()
            .to_string_lossy()
            .into_owned();
        let output = match command.output() {
            Ok(output) => output,
            Err(source) => return Err(Failure::Start { program, source }),
        };
        if !output.status.success() {
            return Err(Failure::Program {
                program,
                said: String::from_utf8_lossy(&output.stderr).into_owned(),
            });
        }
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    pub(crate) fn certificates_per_second(&self) -> f64 {
        f64::from(self.certificates) / self.seconds
    }

    pub(crate) fn processor_seconds_per_certificate(&self) -> f64 {
        self.processor_seconds / f64::from(self.certificates)
    }
}

/// Makes one run and prints it as JSON.
pub(crate) fn once(arguments: &IssuanceOnce) -> Result<(), Failure> {
    let load = machine::load()?;
    let look = Look::now()?;
    let folder =
        tempfile::tempdir_in(&arguments.folder).map_err(Failure::at(arguments.folder.as_path()))?;
    let synced_write = disk::probe(folder.path())?;
    let raw_signing = signing::raw(machine::cores(), RAW_SIGNING)?;
    let raw_signing_on_one_thread = signing::raw(1, RAW_SIGNING)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(Failure::at("the runtime"))?;
    let run = runtime.block_on(async {
        let office = Arc::new(Office::found(folder.path()).await?);
        let measured = measure(&office, arguments).await?;
        require_all_issued(&office, measured.certificates + 2 * arguments.concurrency).await?;
        Ok::<_, Failure>(measured)
    })?;
    println!(
        "{}",
        serde_json::to_string(&Run {
            concurrency: arguments.concurrency,
            certificates: run.certificates,
            load,
            synced_write,
            raw_signing,
            raw_signing_on_one_thread,
            began: run.began,
            ended: run.ended,
            seconds: run.seconds,
            processor_seconds: run.processor_seconds,
            card_seconds: run.card_seconds,
            visit_milliseconds: quantile(&run.milliseconds, 0.5),
            slowest_hundredth_milliseconds: quantile(&run.milliseconds, 0.99),
            peak_resident_mebibytes: run.peak_resident_mebibytes,
            taken_by_others: look.taken_by_others(Process::this().processor_seconds()?)?,
        })?
    );
    Ok(())
}

/// The measured part.
struct Part {
    certificates: u32,
    began: f64,
    ended: f64,
    seconds: f64,
    processor_seconds: f64,
    card_seconds: f64,
    /// Of each visit, ascending.
    milliseconds: Vec<f64>,
    peak_resident_mebibytes: f64,
}

async fn measure(office: &Arc<Office>, arguments: &IssuanceOnce) -> Result<Part, Failure> {
    let concurrency = arguments.concurrency;
    let mut waiting = admit(office, arguments.applications + concurrency, concurrency).await?;
    // Connections, statements and caches are warm when it begins.
    let first = waiting.split_off(waiting.len() - concurrency as usize);
    finish(office, first, concurrency).await?;
    let process = Process::this();
    process::forget_peak()?;
    let began = unix_time()?;
    let processor_before = process.processor_seconds()?;
    let start = Instant::now();
    let visited = finish(office, waiting, concurrency).await?;
    let seconds = start.elapsed().as_secs_f64();
    let processor_seconds = process.processor_seconds()? - processor_before;
    let ended = unix_time()?;
    let mut milliseconds: Vec<f64> = visited
        .iter()
        .map(|visited| visited.took.as_secs_f64() * 1e3)
        .collect();
    milliseconds.sort_by(f64::total_cmp);
    Ok(Part {
        certificates: visited
            .iter()
            .map(|visited| visited.certificates.len() as u32)
            .sum(),
        began,
        ended,
        seconds,
        processor_seconds,
        card_seconds: visited
            .iter()
            .map(|visited| visited.in_card.as_secs_f64())
            .sum(),
        milliseconds,
        peak_resident_mebibytes: process.peak_resident_mebibytes()?,
    })
}

/// Applicants from number 0 up to where their cards wait for certificates.
async fn admit(
    office: &Arc<Office>,
    applicants: u32,
    concurrency: u32,
) -> Result<Vec<Visit>, Failure> {
    let tasks: Vec<_> = (0..concurrency)
        .map(|first| {
            let office = Arc::clone(office);
            tokio::spawn(async move {
                let mut visits = Vec::new();
                for number in (first..applicants).step_by(concurrency as usize) {
                    visits.push(office.admit(number).await?);
                }
                Ok::<_, Failure>(visits)
            })
        })
        .collect();
    collect(tasks).await
}

/// Finishes all visits, `concurrency` at once.
async fn finish(
    office: &Arc<Office>,
    visits: Vec<Visit>,
    concurrency: u32,
) -> Result<Vec<Visited>, Failure> {
    let waiting = Arc::new(Mutex::new(visits));
    let tasks: Vec<_> = (0..concurrency)
        .map(|_| {
            let office = Arc::clone(office);
            let waiting = Arc::clone(&waiting);
            tokio::spawn(async move {
                let mut visited = Vec::new();
                loop {
                    let next = waiting.lock().await.pop();
                    let Some(visit) = next else { break };
                    visited.push(visit.finish(&office.authority).await?);
                }
                Ok::<_, Failure>(visited)
            })
        })
        .collect();
    collect(tasks).await
}

async fn collect<T>(
    tasks: Vec<tokio::task::JoinHandle<Result<Vec<T>, Failure>>>,
) -> Result<Vec<T>, Failure> {
    let mut all = Vec::new();
    for task in tasks {
        all.extend(
            task.await
                .map_err(|_| Failure::Died)??,
        );
    }
    Ok(all)
}

/// What the store says must be what was counted: all stored, live, and no intent open.
async fn require_all_issued(office: &Office, certificates: u32) -> Result<(), Failure> {
    let totals = office.authority.totals().await?;
    let expected = i64::from(certificates);
    if (totals.certificates, totals.live, totals.open_intents) == (expected, expected, 0) {
        return Ok(());
    }
    Err(Failure::Outcome {
        fault: format!("{totals:?} instead of {expected} certificates"),
    })
}

fn unix_time() -> Result<f64, Failure> {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map(|since| since.as_secs_f64())
        .map_err(|_| Failure::Proc { what: "the clock" })
}
