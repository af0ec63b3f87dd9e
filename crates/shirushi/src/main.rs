//! `shirushi`: one binary for the whole of the service. It parses arguments and wires rooms; what is right and wrong is decided in
//! them.
#![forbid(unsafe_code)]

mod agent;
mod arguments;
mod at_card;
mod attended;
mod ca;
mod card;
mod causes;
mod cert;
mod certificates;
mod city;
mod config;
mod doctor;
mod failure;
mod generate;
mod harden;
mod input;
mod language;
mod log;
mod login;
mod network;
mod operator;
mod output;
mod pin;
mod pin_entry;
mod readers;
mod role;
mod serve;
mod sign;
mod signals;
mod told;
mod tour;
mod up;
mod usage;
mod verify;

use arguments::Order;
use failure::Failure;
use language::Language;
use shirushi_crypto::{WipingAllocator, give_large_blocks_back};
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

/// A PIN typed on the agent's pages passes through buffers of the HTTP server and of parsers, which know nothing of secrets.
#[global_allocator]
static ALLOCATOR: WipingAllocator = WipingAllocator;

fn main() -> ExitCode {
    let language = Language::of_locale();
    let order = match arguments::parse(language) {
        Ok(order) => order,
        Err(code) => return code,
    };
    give_large_blocks_back();
    if order.holds_secrets() {
        harden::harden();
    }
    // What the program logs goes to standard error, so that standard output is only ever the answer.
    tracing_subscriber::fmt()
        .with_env_filter(
            EnvFilter::try_from_env("SHIRUSHI_LOG").unwrap_or_else(|_| EnvFilter::new("warn")),
        )
        .with_writer(std::io::stderr)
        // It would be told on standard error, which is what failed.
        .log_internal_errors(false)
        .init();
    let outcome = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(Failure::Runtime)
        .and_then(|runtime| {
            runtime.block_on(async {
                let _outlives = signals::outlive_file_limits().map_err(Failure::Signals)?;
                match order {
                    Order::Agent(agent) => agent::run(agent, language).await,
                    Order::Doctor(doctor) => doctor::run(doctor, language).await,
                    Order::Generate(order) => generate::run(&order),
                    Order::Card(card) => card::run(card, language).await,
                    Order::Cert(cert) => cert::run(cert, language).await,
                    Order::Verify(verify) => verify::run(verify, language).await,
                    Order::Log(log) => log::run(log, language).await,
                    Order::Login(login) => login::run(login, language).await,
                    Order::Pin(pin) => pin::run(pin, language).await,
                    Order::Role(role) => role::run(&role, language),
                    Order::Sign(sign) => sign::run(sign, language).await,
                    Order::Up(up) => up::run(up, language).await,
                    Order::Serve(serve) => serve::run(serve, language).await,
                    Order::Config(config) => config::run(&config),
                    Order::Ca(ca) => ca::run(&ca, language),
                    Order::Officer(officer) => operator::officer(officer, language).await,
                    Order::Register(register) => operator::register(register, language).await,
                    Order::Tour(tour) => tour::run(tour, language).await,
                }
            })
        });
    match outcome {
        Ok(code) => code,
        // Whoever reads has read enough, which is no fault: nothing is said, as a program says nothing that SIGPIPE ends.
        Err(failure) if failure.is_closed_pipe() => ExitCode::from(told::code::CLOSED_PIPE),
        Err(failure) => {
            attended::say(&format!("shirushi: {}", failure.told(language)));
            failure.code()
        }
    }
}
