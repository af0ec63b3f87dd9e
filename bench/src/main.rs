//! `shirushi-bench`: how fast Shirushi is beside something that everybody can run on the same machine at the same time. What is
//! measured, and why so, stands in `bench/README.md`.
#![forbid(unsafe_code)]

mod arguments;
mod card;
mod disk;
mod failure;
mod issuance;
mod lists;
mod machine;
mod ocsp;
mod office;
mod process;
mod quiet;
mod signing;
mod statistics;
mod verify;

use arguments::{Arguments, Order};
use clap::Parser as _;
use failure::Failure;
use machine::Machine;
use serde::Serialize;
use std::{path::Path, process::ExitCode};

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("shirushi-bench: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<(), Failure> {
    match arguments.order {
        Order::Issuance(common) => {
            let (machine, folder) = begin(&common.folder)?;
            let measured = issuance::measure(&folder, &common)?;
            tell(common.json, &machine, Some(measured), None)
        }
        Order::Ocsp(common) => {
            let (machine, folder) = begin(&common.folder)?;
            let measured = ocsp::measure(&folder, &common)?;
            tell(common.json, &machine, None, Some(measured))
        }
        Order::All(common) => {
            let (machine, folder) = begin(&common.folder)?;
            let issuance = issuance::measure(&folder, &common)?;
            let ocsp = ocsp::measure(&folder, &common)?;
            tell(common.json, &machine, Some(issuance), Some(ocsp))
        }
        Order::Card(options) => {
            let measured = card::measure(&options)?;
            match options.json {
                true => println!("{}", serde_json::to_string_pretty(&measured)?),
                false => println!("{measured}"),
            }
            Ok(())
        }
        Order::Lists(options) => {
            let (machine, folder) = begin(&options.folder)?;
            let measured = lists::measure(&folder, &options)?;
            match options.json {
                true => println!("{}", serde_json::to_string_pretty(&measured)?),
                false => println!("{machine}\n\n{measured}"),
            }
            Ok(())
        }
        Order::Verify(options) => {
            let measured = verify::measure(&options)?;
            match options.json {
                true => println!("{}", serde_json::to_string_pretty(&measured)?),
                false => println!("{measured}"),
            }
            Ok(())
        }
        Order::IssuanceOnce(once) => issuance::once(&once),
        Order::ServeOcsp(serve) => ocsp::serve(&serve),
        Order::ServeLists(serve) => lists::serve(&serve),
    }
}

/// The folder, made, and the machine that it lies on.
fn begin(folder: &Path) -> Result<(Machine, std::path::PathBuf), Failure> {
    let at = |source| Failure::File {
        path: folder.to_owned(),
        source,
    };
    std::fs::create_dir_all(folder).map_err(at)?;
    let folder = folder.canonicalize().map_err(at)?;
    let machine = Machine::look(&folder)?;
    if machine.file_system.keeps_nothing() {
        return Err(Failure::NotADisk {
            folder,
            kind: machine.file_system.kind,
        });
    }
    Ok((machine, folder))
}

/// Everything that one call measured.
#[derive(Serialize)]
struct Told<'a> {
    machine: &'a Machine,
    issuance: Option<issuance::Measured>,
    ocsp: Option<ocsp::Measured>,
}

fn tell(
    json: bool,
    machine: &Machine,
    issuance: Option<issuance::Measured>,
    ocsp: Option<ocsp::Measured>,
) -> Result<(), Failure> {
    if json {
        let told = Told {
            machine,
            issuance,
            ocsp,
        };
        println!("{}", serde_json::to_string_pretty(&told)?);
        return Ok(());
    }
    println!("{machine}");
    if let Some(issuance) = issuance {
        println!("\n{issuance}");
    }
    if let Some(ocsp) = ocsp {
        println!("\n{ocsp}");
    }
    Ok(())
}
