//! The command line.

use crate::quiet::Patience;
use clap::{Args, Parser, Subcommand, ValueEnum, value_parser};
use std::{path::PathBuf, time::Duration};

/// Measures Shirushi beside a peer in the same run.
#[derive(Debug, Parser)]
#[command(name = "shirushi-bench")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) order: Order,
}

/// What is to be measured.
#[derive(Debug, Subcommand)]
pub(crate) enum Order {
    /// Durable issuances beside raw RSA-2048 signing
    Issuance(Common),
    /// OCSP answers beside `openssl ocsp`
    Ocsp(Common),
    /// Both
    All(Common),
    /// Signatures with a card in a reader beside OpenSC's
    Card(CardOptions),
    /// Revocation lists: publication, conditional and whole GETs, OCSP beside them
    Lists(ListsOptions),
    /// Validation of a signature beside the library calls of `openssl cms -verify`
    Verify(VerifyOptions),
    /// One run of issuance in a process of its own; answers JSON
    #[command(hide = true)]
    IssuanceOnce(IssuanceOnce),
    /// The responder in a process of its own, until standard input ends
    #[command(hide = true)]
    ServeOcsp(ServeOcsp),
    /// Authority and responder with many revocations, until standard input ends
    #[command(hide = true)]
    ServeLists(ServeLists),
}

/// What every measurement is told.
#[derive(Args, Debug)]
pub(crate) struct Common {
    /// Where databases are made and removed again; must lie on a disk
    #[arg(long, default_value = "target/bench")]
    pub(crate) folder: PathBuf,
    /// How often everything is measured; the median is told
    #[arg(long, default_value_t = 5, value_parser = value_parser!(u32).range(1..=1000))]
    pub(crate) repeat: u32,
    /// Applications issued from in each run of issuance
    #[arg(long, default_value_t = 1000, value_parser = value_parser!(u32).range(1..=1_000_000))]
    pub(crate) applications: u32,
    /// OCSP answers asked for in each run
    #[arg(long, default_value_t = 4000, value_parser = value_parser!(u32).range(1..=1_000_000))]
    pub(crate) answers: u32,
    /// Minutes, for each measurement, in which a run waits for a machine that others leave alone, and is made again when they did not
    #[arg(long, default_value_t = 0)]
    pub(crate) patience: u32,
    /// Answer everything that was measured as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

impl Common {
    pub(crate) fn patience(&self) -> Patience {
        Patience::of(Duration::from_secs(60 * u64::from(self.patience)))
    }
}

/// Signatures with a card.
#[derive(Args, Debug)]
pub(crate) struct CardOptions {
    /// Folder with `shirushi` and `libshirushi_pkcs11.so` [default: that of this program]
    #[arg(long)]
    pub(crate) programs: Option<PathBuf>,
    /// How often everything is measured; the median is told
    #[arg(long, default_value_t = 20, value_parser = value_parser!(u32).range(1..=1000))]
    pub(crate) repeat: u32,
    /// Answer everything that was measured as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Revocation lists.
#[derive(Args, Debug)]
pub(crate) struct ListsOptions {
    /// Where databases are made and removed again; must lie on a disk
    #[arg(long, default_value = "target/bench")]
    pub(crate) folder: PathBuf,
    /// Revocations on record
    #[arg(long, default_value_t = 100_000, value_parser = value_parser!(u32).range(1..=10_000_000))]
    pub(crate) revocations: u32,
    /// How often everything is measured; the median is told
    #[arg(long, default_value_t = 5, value_parser = value_parser!(u32).range(1..=1000))]
    pub(crate) repeat: u32,
    /// Conditional GETs of each run; of whole lists a hundredth, of OCSP answers a tenth
    #[arg(long, default_value_t = 20_000, value_parser = value_parser!(u32).range(1000..=10_000_000))]
    pub(crate) answers: u32,
    /// Answer everything that was measured as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Validation of a signature.
#[derive(Args, Debug)]
pub(crate) struct VerifyOptions {
    /// How often everything is measured; the median is told
    #[arg(long, default_value_t = 9, value_parser = value_parser!(u32).range(1..=1000))]
    pub(crate) repeat: u32,
    /// Validations of each run
    #[arg(long, default_value_t = 10_000, value_parser = value_parser!(u32).range(1..=10_000_000))]
    pub(crate) validations: u32,
    /// Answer everything that was measured as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Authority and responder.
#[derive(Args, Debug)]
pub(crate) struct ServeLists {
    #[arg(long)]
    pub(crate) folder: PathBuf,
    #[arg(long)]
    pub(crate) revocations: u32,
}

/// One run of issuance.
#[derive(Args, Debug)]
pub(crate) struct IssuanceOnce {
    #[arg(long)]
    pub(crate) folder: PathBuf,
    #[arg(long, value_parser = value_parser!(u32).range(1..=1024))]
    pub(crate) concurrency: u32,
    #[arg(long)]
    pub(crate) applications: u32,
}

/// The responder.
#[derive(Args, Debug)]
pub(crate) struct ServeOcsp {
    /// The office's folder
    #[arg(long)]
    pub(crate) folder: PathBuf,
    #[arg(long)]
    pub(crate) knowledge: Knowledge,
}

/// Where the responder has its knowledge from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Knowledge {
    /// From `index.txt`, read once: what `openssl ocsp` does too.
    Memory,
    /// From the authority's database, asked at each request: what `shirushi up` does.
    Database,
}
