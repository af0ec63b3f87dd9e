//! Validation of a detached signature, beside the library calls of `openssl cms -verify`.

use crate::{
    Failure,
    arguments::VerifyOptions,
    process::{Process, said},
    statistics::Spread,
};
use serde::Serialize;
use shirushi_clock::Instant;
use shirushi_path::{Evidence, Requirements, TrustAnchors};
use shirushi_profile::{Certificate, CertificateKind, CertificateList};
use shirushi_signature::report::check;
use std::{
    fmt,
    path::{Path, PathBuf},
    process::Command,
};

/// A filing of an invented city, and what its verifier has: the corpora's own.
const SIGNATURE: &[u8] = include_bytes!("../../fuzz/fixtures/filing.p7s");
const DOCUMENT: &[u8] = include_bytes!("../../fuzz/fixtures/filing.xml");
const AUTHORITY: &[u8] = include_bytes!("../../fuzz/fixtures/sign-ca.cer");
const LIST: &[u8] = include_bytes!("../../fuzz/fixtures/sign.crl");
/// When everything holds, in seconds since 1970: 2026-11-29 14:04 UTC.
const AT: i64 = 1_795_961_040;

/// The peer, compiled when it is needed.
const PEER: &str = include_str!("../peers/cms_verify.c");

/// What was measured.
#[derive(Debug, Serialize)]
pub(crate) struct Measured {
    openssl: String,
    /// Processor time of one validation, in microseconds.
    ours: Spread,
    /// The same of OpenSSL's.
    theirs: Spread,
    /// Ours to OpenSSL's in the same turn.
    ratio: Spread,
}

/// Measures both `repeat` times, in turns.
pub(crate) fn measure(options: &VerifyOptions) -> Result<Measured, Failure> {
    let folder = tempfile::tempdir().map_err(Failure::at("a temporary folder"))?;
    let peer = Peer::compile(folder.path())?;
    let mut taken = Vec::new();
    for turn in 1..=options.repeat {
        taken.push((ours(options.validations)?, peer.run(options.validations)?));
        eprintln!("verify: turn {turn} of {}", options.repeat);
    }
    Ok(Measured {
        openssl: said(Command::new("openssl").arg("version"))?,
        ours: Spread::of(taken.iter().map(|turn| turn.0)),
        theirs: Spread::of(taken.iter().map(|turn| turn.1)),
        ratio: Spread::of(
            taken
                .iter()
                .map(|(ours, theirs)| ours / theirs),
        ),
    })
}

/// Processor time of one validation by us, in microseconds: signature, signed attributes, chain and status, with the report.
fn ours(validations: u32) -> Result<f64, Failure> {
    let anchors = TrustAnchors::new(vec![Certificate::from_der(AUTHORITY)?]);
    let evidence = Evidence {
        crls: vec![CertificateList::from_der(LIST)?],
        ..Evidence::default()
    };
    let at = Instant::from_unix(AT).map_err(|_| outcome("the time of the filing"))?;
    let requirements = Requirements::new(CertificateKind::Signature, at);
    let this = Process::this();
    let before = this.processor_seconds()?;
    for _ in 0..validations {
        let (_, verdict) = check(SIGNATURE, DOCUMENT, &anchors, &evidence, &requirements);
        verdict.map_err(|refusal| outcome(refusal.report().reason.en))?;
    }
    let taken = this.processor_seconds()? - before;
    Ok(taken * 1e6 / f64::from(validations))
}

fn outcome(fault: impl Into<String>) -> Failure {
    Failure::Outcome {
        fault: fault.into(),
    }
}

/// OpenSSL's library calls in a process of their own.
struct Peer {
    command: Vec<PathBuf>,
}

impl Peer {
    fn compile(folder: &Path) -> Result<Self, Failure> {
        let write = |name: &str, content: &[u8]| {
            let path = folder.join(name);
            std::fs::write(&path, content).map_err(Failure::at(&path))?;
            Ok::<_, Failure>(path)
        };
        let source = write("cms_verify.c", PEER.as_bytes())?;
        let program = folder.join("cms_verify");
        said(
            Command::new("gcc")
                .arg("-O2")
                .arg(&source)
                .args(["-l:libcrypto.so.3", "-o"])
                .arg(&program),
        )?;
        Ok(Self {
            command: vec![
                program,
                write("signature", SIGNATURE)?,
                write("document", DOCUMENT)?,
                write("authority", AUTHORITY)?,
                write("list", LIST)?,
            ],
        })
    }

    /// Processor time of one validation, in microseconds.
    fn run(&self, validations: u32) -> Result<f64, Failure> {
        let told = said(
            Command::new(&self.command[0])
                .args(&self.command[1..])
                .arg(AT.to_string())
                .arg(validations.to_string()),
        )?;
        let (good, microseconds) = told
            .split_once(' ')
            .ok_or_else(|| outcome(told.as_str()))?;
        match good.parse() == Ok(validations) {
            true => microseconds
                .parse()
                .map_err(|_| outcome(told.as_str())),
            false => Err(outcome(told)),
        }
    }
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "| one detached signature, a chain of two, a list | processor µs |"
        )?;
        writeln!(f, "|---|---|")?;
        writeln!(
            f,
            "| {}, library calls | {:.0} |",
            self.openssl, self.theirs
        )?;
        writeln!(f, "| Shirushi, with its report | {:.0} |", self.ours)?;
        write!(f, "| **ratio** | {:.2} |", self.ratio)
    }
}
