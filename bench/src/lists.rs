//! Revocation lists: how fast one more revocation is published among many, how fast who has the list hears so, and whether OCSP
//! suffers from those who fetch lists and statuses.

mod client;
mod serve;

pub(crate) use serve::serve;

use crate::{
    Failure, arguments::ListsOptions, process::Process, statistics::Spread, statistics::quantile,
};
use client::{Answer, Connection, must_be};
use rustix::process::setpriority_process;
use serde::Serialize;
use std::{
    fmt,
    io::{BufRead as _, BufReader, Write as _},
    net::SocketAddr,
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

const LIST: &str = "/crl/sign/complete.crl";
const CLIENTS: usize = 8;
/// How long each waits after an answer who fetches at a measured pace: 40 whole lists and 40 statuses a second at most.
const PAUSE: Duration = Duration::from_millis(100);

/// The least claim to a processor (setpriority(2)).
const LEAST: i32 = 19;

const STATUSES: [&str; 2] = ["/responder/status", "/ca/sign.cer"];

/// What was measured.
#[derive(Debug, Serialize)]
pub(crate) struct Measured {
    revocations: u32,
    list_bytes: usize,
    /// From the record of one more revocation to its list being served, seconds.
    publication: Spread,
    /// Conditional GETs a second, 8 kept connections.
    conditional: Spread,
    /// The same of a status that holds nothing, as the most that the web room can do: the peer.
    empty: Spread,
    conditional_ratio: Spread,
    /// Whole lists a second, 8 kept connections.
    whole: Spread,
    /// Peak of the server's memory at the end, MiB, and by how much it grew while whole lists were fetched.
    resident: f64,
    resident_growth: Spread,
    /// OCSP, one connection, milliseconds: alone, beside 8 who fetch lists and statuses ten times a second, and beside 8 who do so
    /// without a pause.
    ocsp_alone_p50: Spread,
    ocsp_alone_p99: Spread,
    ocsp_paced_p50: Spread,
    ocsp_paced_p99: Spread,
    ocsp_beside_p50: Spread,
    ocsp_beside_p99: Spread,
}

/// Measures all of it `repeat` times on one server.
pub(crate) fn measure(folder: &Path, options: &ListsOptions) -> Result<Measured, Failure> {
    let folder = tempfile::tempdir_in(folder).map_err(Failure::at(folder))?;
    eprintln!("lists: recording {} revocations", options.revocations);
    let mut server = Server::start(folder.path(), options.revocations)?;
    let address = server.address;
    let first = Connection::open(address)?.get(LIST, None)?;
    let process = Process::numbered(server.child.id());
    let mut resident_growth = Vec::new();
    let mut publication = Vec::new();
    let mut conditional = Vec::new();
    let mut empty = Vec::new();
    let mut whole = Vec::new();
    let mut quantiles: [Vec<f64>; 6] = Default::default();
    for turn in 1..=options.repeat {
        eprintln!("lists: turn {turn} of {}", options.repeat);
        publication.push(server.revoke()?);
        let tag = Connection::open(address)?
            .get(LIST, None)?
            .tag;
        conditional.push(rate(address, LIST, Some(&tag), options.answers, 304)?);
        empty.push(rate(address, "/ca/none", None, options.answers, 404)?);
        let resident_before = process.peak_resident_mebibytes()?;
        whole.push(rate(
            address,
            LIST,
            None,
            (options.answers / 100).max(16),
            200,
        )?);
        resident_growth.push(process.peak_resident_mebibytes()? - resident_before);
        let alone = server.ocsp(options.answers / 10)?;
        let paced = beside(&server, options.answers / 10, PAUSE)?;
        let beside = beside(&server, options.answers / 10, Duration::ZERO)?;
        for (kept, (times, share)) in quantiles.iter_mut().zip([
            (&alone, 0.5),
            (&alone, 0.99),
            (&paced, 0.5),
            (&paced, 0.99),
            (&beside, 0.5),
            (&beside, 0.99),
        ]) {
            kept.push(quantile(times, share));
        }
    }
    let [
        alone_p50,
        alone_p99,
        paced_p50,
        paced_p99,
        beside_p50,
        beside_p99,
    ] = quantiles.map(Spread::of);
    Ok(Measured {
        revocations: options.revocations,
        list_bytes: first.body.len(),
        publication: Spread::of(publication),
        conditional_ratio: Spread::of(
            conditional
                .iter()
                .zip(&empty)
                .map(|(ours, peer)| ours / peer),
        ),
        conditional: Spread::of(conditional),
        empty: Spread::of(empty),
        whole: Spread::of(whole),
        resident: process.peak_resident_mebibytes()?,
        resident_growth: Spread::of(resident_growth),
        ocsp_alone_p50: alone_p50,
        ocsp_alone_p99: alone_p99,
        ocsp_paced_p50: paced_p50,
        ocsp_paced_p99: paced_p99,
        ocsp_beside_p50: beside_p50,
        ocsp_beside_p99: beside_p99,
    })
}

/// Answers a second over 8 kept connections, each of which must have this status.
fn rate(
    address: SocketAddr,
    path: &str,
    tag: Option<&str>,
    answers: u32,
    status: u16,
) -> Result<f64, Failure> {
    let share = answers.div_ceil(CLIENTS as u32);
    let begun = Instant::now();
    thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|_| {
                scope.spawn(move || -> Result<(), Failure> {
                    let mut connection = Connection::open(address)?;
                    for _ in 0..share {
                        match tag {
                            Some(_) => connection
                                .get(path, tag)?
                                .must_be(status)?,
                            None => must_be(connection.skim(path)?, status)?,
                        }
                    }
                    Ok(())
                })
            })
            .collect();
        clients
            .into_iter()
            .try_for_each(|client| {
                client
                    .join()
                    .map_err(|_| Failure::Died)?
            })
    })?;
    Ok(f64::from(share) * CLIENTS as f64 / begun.elapsed().as_secs_f64())
}

/// OCSP while 8 others fetch lists and statuses, with a pause after each answer or without one. They stand for other machines, and so
/// have the least claim to the processors of this one; what the kernel does for them counts all the same.
fn beside(server: &Server, answers: u32, pause: Duration) -> Result<Vec<f64>, Failure> {
    let is_over = AtomicBool::new(false);
    let address = server.address;
    thread::scope(|scope| {
        let others: Vec<_> = (0..CLIENTS)
            .map(|number| {
                let is_over = &is_over;
                scope.spawn(move || -> Result<(), Failure> {
                    setpriority_process(None, LEAST)
                        .map_err(|error| Failure::at("this thread")(error.into()))?;
                    let mut connection = Connection::open(address)?;
                    let path = if number % 2 == 0 {
                        LIST
                    } else {
                        STATUSES[number / 2 % STATUSES.len()]
                    };
                    while !is_over.load(Ordering::Relaxed) {
                        must_be(connection.skim(path)?, 200)?;
                        thread::sleep(pause);
                    }
                    Ok(())
                })
            })
            .collect();
        let times = server.ocsp(answers);
        is_over.store(true, Ordering::Relaxed);
        for other in others {
            other
                .join()
                .map_err(|_| Failure::Died)??;
        }
        times
    })
}

/// The authority with its responder as a process of its own.
struct Server {
    child: Child,
    answers: BufReader<ChildStdout>,
    address: SocketAddr,
    request: Vec<u8>,
}

impl Server {
    fn start(folder: &Path, revocations: u32) -> Result<Self, Failure> {
        let program = std::env::current_exe().map_err(Failure::at("/proc/self/exe"))?;
        let mut child = Command::new(program)
            .args(["serve-lists", "--revocations", &revocations.to_string()])
            .arg("--folder")
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|source| Failure::Start {
                program: "serve-lists".to_owned(),
                source,
            })?;
        let output = child
            .stdout
            .take()
            .ok_or(Failure::Died)?;
        let mut server = Self {
            child,
            answers: BufReader::new(output),
            address: ([127, 0, 0, 1], 0).into(),
            request: Vec::new(),
        };
        let line = server.line()?;
        let (address, request) = line
            .split_once(' ')
            .ok_or_else(|| said(&line))?;
        server.address = address
            .parse()
            .map_err(|_| said(&line))?;
        server.request = hex::decode(request).map_err(|_| said(&line))?;
        Ok(server)
    }

    /// Records one more revocation; the seconds until its list was served.
    fn revoke(&mut self) -> Result<f64, Failure> {
        let input = self
            .child
            .stdin
            .as_mut()
            .ok_or(Failure::Died)?;
        writeln!(input, "revoke").map_err(Failure::at("the server's input"))?;
        let line = self.line()?;
        line.parse().map_err(|_| said(&line))
    }

    /// Milliseconds of each OCSP answer, ascending.
    fn ocsp(&self, answers: u32) -> Result<Vec<f64>, Failure> {
        let mut connection = Connection::open(self.address)?;
        let mut times = Vec::new();
        for _ in 0..answers.max(100) {
            let begun = Instant::now();
            let Answer { status, body, .. } = connection.post("/ocsp/sign", &self.request)?;
            times.push(begun.elapsed().as_secs_f64() * 1000.0);
            // responseStatus successful (RFC 6960 §4.2.1).
            if status != 200 || !matches!(*body, [0x30, 0x82, _, _, 0x0a, 1, 0, ..]) {
                return Err(said("an OCSP error"));
            }
        }
        times.sort_by(f64::total_cmp);
        Ok(times)
    }

    fn line(&mut self) -> Result<String, Failure> {
        let mut line = String::new();
        self.answers
            .read_line(&mut line)
            .map_err(Failure::at("the server's output"))?;
        Ok(line.trim().to_owned())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Fails only for a process that has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn said(line: &str) -> Failure {
    Failure::Program {
        program: "serve-lists".to_owned(),
        said: line.to_owned(),
    }
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "lists: {} revocations, {} bytes",
            self.revocations, self.list_bytes
        )?;
        writeln!(
            f,
            "  publication after one more, s: {:.3}",
            self.publication
        )?;
        writeln!(
            f,
            "  conditional GET/s: {:.0}; to an empty answer of the same server: {:.2} ({:.0}/s)",
            self.conditional, self.conditional_ratio, self.empty
        )?;
        writeln!(
            f,
            "  whole lists/s: {:.0}; the server's memory grew by {:.1} MiB meanwhile; its peak, MiB: {:.0}",
            self.whole, self.resident_growth, self.resident
        )?;
        write!(
            f,
            "  OCSP ms, one connection: alone p50 {:.2} p99 {:.2}; beside 8 who fetch with pauses p50 {:.2} p99 {:.2}, without p50 {:.2} p99 {:.2}",
            self.ocsp_alone_p50,
            self.ocsp_alone_p99,
            self.ocsp_paced_p50,
            self.ocsp_paced_p99,
            self.ocsp_beside_p50,
            self.ocsp_beside_p99
        )
    }
}
