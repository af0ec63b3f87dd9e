//! OCSP answers beside `openssl ocsp`.

mod case;
mod client;
mod index;
mod serve;
mod server;

pub(crate) use serve::serve;

use crate::{
    Failure, arguments::Common, machine, process::Process, quiet::Look, signing, statistics::Spread,
};
use case::Case;
use client::Plan;
use serde::Serialize;
use server::{Kind, Server};
use std::{fmt, path::Path, time::Duration};

/// Unmeasured answers before the measured ones.
const WARM_UP: u32 = 100;

/// What was measured.
#[derive(Debug, Serialize)]
pub(crate) struct Measured {
    openssl: String,
    /// Certificates that the responders know of.
    certificates: usize,
    /// Processor microseconds of a raw RSA-2048 signature on one thread: ours, OpenSSL's (its own count).
    raw_signature: Spread,
    raw_signature_of_openssl: Spread,
    rows: Vec<Row>,
    runs: Vec<Run>,
}

/// One server asked one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
struct Way {
    server: Kind,
    nonce: bool,
    connections: u32,
    /// Whether a connection serves many requests.
    kept: bool,
}

/// All runs of one way.
#[derive(Debug, Serialize)]
struct Row {
    way: Way,
    processor_microseconds: Spread,
    answers_per_second: Spread,
    /// To `openssl ocsp` in the same turn, asked the same way (on new connections, since it keeps none).
    processor_ratio: Spread,
    rate_ratio: Spread,
    peak_resident_mebibytes: Spread,
    taken_by_others: Spread,
}

/// One run of one way.
#[derive(Debug, Serialize)]
struct Run {
    turn: u32,
    way: Way,
    /// Load averages before the turn.
    load: String,
    processor_microseconds: f64,
    answers_per_second: f64,
    peak_resident_mebibytes: f64,
    response_bytes: usize,
    /// Share of all processors, neither the server's nor the client's.
    taken_by_others: f64,
}

/// Measures each way `repeat` times, in turns.
pub(crate) fn measure(folder: &Path, common: &Common) -> Result<Measured, Failure> {
    let patience = common.patience();
    let repeat = common.repeat;
    let folder = tempfile::tempdir_in(folder).map_err(Failure::at(folder))?;
    eprintln!("ocsp: issuing the certificates that are asked about");
    let case = Case::prepare(folder.path())?;
    let mut runs = Vec::new();
    let mut raw = Vec::new();
    let mut raw_of_openssl = Vec::new();
    for turn in 1..=repeat {
        let load = machine::load()?;
        let undisturbed = |_: &f64| 0.0;
        let sign = || Ok(signing::raw(1, Duration::from_secs(1))?.processor_microseconds);
        raw.push(patience.run(sign, undisturbed)?);
        let sign = || Ok(1e6 / signing::raw_of_openssl()?);
        raw_of_openssl.push(patience.run(sign, undisturbed)?);
        for kind in Kind::ALL {
            eprintln!("ocsp: turn {turn} of {repeat}, {kind}");
            for way in Way::of(kind) {
                let mut run = patience.run(
                    || measure_once(&case, way, common.answers),
                    |run| run.taken_by_others,
                )?;
                run.turn = turn;
                run.load.clone_from(&load);
                runs.push(run);
            }
        }
    }
    let rows = Kind::ALL
        .into_iter()
        .flat_map(Way::of)
        .map(|way| Row::of(way, &runs))
        .collect();
    Ok(Measured {
        openssl: server::openssl_version()?,
        certificates: case.certificates(),
        raw_signature: Spread::of(raw),
        raw_signature_of_openssl: Spread::of(raw_of_openssl),
        rows,
        runs,
    })
}

/// Starts a server for one way alone, so that its peak of memory is this way's.
fn measure_once(case: &Case, way: Way, answers: u32) -> Result<Run, Failure> {
    let server = Server::start(way.server, case)?;
    let request = case.request(way.nonce)?;
    let mut plan = Plan {
        server: way.server.to_string(),
        address: server.address(),
        path: way.server.path(),
        body: &request,
        connections: way.connections,
        kept: way.kept,
        answers: WARM_UP,
    };
    let response = plan.ask()?;
    case.check(&response, way.nonce)
        .map_err(|fault| Failure::Answer {
            server: plan.server.clone(),
            fault,
        })?;
    plan.run()?;
    plan.answers = answers;
    let client = Process::this();
    let look = Look::now()?;
    let client_before = client.processor_seconds()?;
    let processor_before = server.processor_seconds()?;
    let seconds = plan.run()?;
    let processor = server.processor_seconds()? - processor_before;
    let client_processor = client.processor_seconds()? - client_before;
    let taken_by_others = look.taken_by_others(processor + client_processor)?;
    Ok(Run {
        turn: 0,
        way,
        load: String::new(),
        processor_microseconds: processor * 1e6 / f64::from(answers),
        answers_per_second: f64::from(answers) / seconds,
        peak_resident_mebibytes: server.peak_resident_mebibytes()?,
        response_bytes: response.len(),
        taken_by_others,
    })
}

impl Way {
    /// The ways that a server of this kind is asked.
    fn of(server: Kind) -> Vec<Self> {
        let mut ways = Vec::new();
        let kept: &[bool] = if server.keeps_connections() {
            &[false, true]
        } else {
            &[false]
        };
        for &kept in kept {
            for nonce in [false, true] {
                for connections in [1, 8] {
                    ways.push(Self {
                        server,
                        nonce,
                        connections,
                        kept,
                    });
                }
            }
        }
        ways
    }

    /// The peer asked the same way.
    fn peer(self) -> Self {
        Self {
            server: Kind::OpenSsl,
            kept: false,
            ..self
        }
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nonce = if self.nonce { "nonce" } else { "no nonce" };
        let kept = if self.kept { "kept" } else { "new" };
        write!(
            f,
            "{:<22} {nonce:<8} {} {kept:<4}",
            self.server.to_string(),
            self.connections
        )
    }
}

impl Row {
    fn of(way: Way, runs: &[Run]) -> Self {
        let of = |way: Way| {
            runs.iter()
                .filter(move |run| run.way == way)
        };
        let spread = |value: fn(&Run) -> f64| Spread::of(of(way).map(value));
        // Both sides of a ratio come from the same turn.
        let ratio = |value: fn(&Run) -> f64| {
            Spread::of(
                of(way)
                    .zip(of(way.peer()))
                    .map(|(ours, peer)| value(ours) / value(peer)),
            )
        };
        Self {
            way,
            processor_microseconds: spread(|run| run.processor_microseconds),
            answers_per_second: spread(|run| run.answers_per_second),
            processor_ratio: ratio(|run| run.processor_microseconds),
            rate_ratio: ratio(|run| run.answers_per_second),
            peak_resident_mebibytes: spread(|run| run.peak_resident_mebibytes),
            taken_by_others: spread(|run| run.taken_by_others),
        }
    }
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "ocsp: {}; {} certificates known; median (least–greatest) of {} runs each way",
            self.openssl,
            self.certificates,
            self.runs.len() / self.rows.len().max(1)
        )?;
        writeln!(
            f,
            "  raw RSA-2048 signature, processor µs: ours {:.0}; openssl speed {:.0}",
            self.raw_signature, self.raw_signature_of_openssl
        )?;
        write!(
            f,
            "  server, request, connections; processor µs an answer, to openssl's; answers/s, to openssl's; peak MiB; taken by others"
        )?;
        for row in &self.rows {
            write!(
                f,
                "\n  {} | {:<15} | {:<16} | {:<18} | {:<16} | {:>2.0} | {:.2}",
                row.way,
                format!("{:.0}", row.processor_microseconds),
                format!("{:.2}", row.processor_ratio),
                format!("{:.0}", row.answers_per_second),
                format!("{:.2}", row.rate_ratio),
                row.peak_resident_mebibytes.median,
                row.taken_by_others.greatest,
            )?;
        }
        Ok(())
    }
}
