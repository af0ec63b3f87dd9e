//! The command line (DESIGN.md §4).

mod agent;
mod ca;
mod card;
mod cert;
mod common;
mod config;
mod doctor;
mod generate;
mod log;
mod login;
mod operator;
mod pin;
mod role;
mod serve;
mod sign;
mod tour;
mod up;
mod verify;

use crate::{language::Language, usage};
use clap::{Arg, ArgAction, ArgMatches, Command, error::ErrorKind};
use std::{io::Write as _, process::ExitCode};

pub(crate) use agent::Agent;
pub(crate) use ca::Ca;
pub(crate) use card::{Card, InReader, InWallet, New, WalletOrder};
pub(crate) use cert::{Cert, CertOrder, Ending, Exported};
pub(crate) use common::{PinOptions, WhichCard};
pub(crate) use config::{Config, ConfigOrder};
pub(crate) use doctor::Doctor;
pub(crate) use generate::Generate;
pub(crate) use log::Log;
pub(crate) use login::Login;
pub(crate) use operator::{At, Officer, OfficerOrder, Register, RegisterOrder};
pub(crate) use pin::{Pin, PinOrder};
pub(crate) use role::{Role, RoleOrder, Wanted, WhichKey};
pub(crate) use serve::{Serve, ServeOrder};
pub(crate) use sign::Sign;
pub(crate) use tour::Tour;
pub(crate) use up::Up;
pub(crate) use verify::Verify;

/// Exit code for a command line that was not understood (`EX_USAGE`).
const USAGE: u8 = 64;

/// What is to be done.
#[derive(Debug)]
pub(crate) enum Order {
    Agent(Agent),
    Doctor(Doctor),
    Generate(Generate),
    Cert(Cert),
    Verify(Verify),
    Log(Log),
    Login(Login),
    Pin(Pin),
    Role(Role),
    Sign(Sign),
    Card(Card),
    Up(Up),
    Tour(Tour),
    Serve(Serve),
    Config(Config),
    Ca(Ca),
    Officer(Officer),
    Register(Register),
}

impl Order {
    /// Whether what it holds in memory is nobody else's: PINs that somebody types, and a city's keys. The story's city and its people
    /// are invented from the first to the last.
    pub(crate) fn holds_secrets(&self) -> bool {
        !matches!(self, Self::Tour(_))
    }
}

/// Reads the command line; what is wrong with it, or help, is printed, and the exit code for that is the error.
pub(crate) fn parse(language: Language) -> Result<Order, ExitCode> {
    // Not for people: neither help nor completions nor manual pages show it.
    let with_hidden = command(language).subcommand(generate::command(language));
    match with_hidden.try_get_matches() {
        Ok(matches) => Ok(order(&matches)),
        Err(error) => Err(tell(&error, language)),
    }
}

/// Prints help or what is wrong, and gives the exit code for it.
fn tell(error: &clap::Error, language: Language) -> ExitCode {
    use ErrorKind::{DisplayHelp, DisplayHelpOnMissingArgumentOrSubcommand, DisplayVersion};
    match (error.kind(), language) {
        (DisplayHelp | DisplayVersion | DisplayHelpOnMissingArgumentOrSubcommand, _)
        | (_, Language::English) => {
            // Nothing can be done if even this cannot be printed.
            let _ = error.print();
        }
        (_, Language::Japanese) => {
            let _ = write!(std::io::stderr(), "{}", usage::in_japanese(error));
        }
    }
    match error.kind() {
        DisplayHelp | DisplayVersion => ExitCode::SUCCESS,
        _ => ExitCode::from(USAGE),
    }
}

fn order(matches: &ArgMatches) -> Order {
    match matches.subcommand() {
        Some(("tour", tour)) => Order::Tour(Tour::of(tour)),
        Some(("agent", agent)) => Order::Agent(Agent::of(agent)),
        Some(("doctor", doctor)) => Order::Doctor(Doctor::of(doctor)),
        Some(("generate", generate)) => Order::Generate(Generate::of(generate)),
        Some(("cert", cert)) => Order::Cert(Cert::of(cert)),
        Some(("verify", verify)) => Order::Verify(Verify::of(verify)),
        Some(("log", log)) => Order::Log(Log::of(log)),
        Some(("login", login)) => Order::Login(Login::of(login)),
        Some(("pin", pin)) => Order::Pin(Pin::of(pin)),
        Some(("role", role)) => Order::Role(Role::of(role)),
        Some(("sign", sign)) => Order::Sign(Sign::of(sign)),
        Some(("card", card)) => Order::Card(Card::of(card)),
        Some(("serve", serve)) => Order::Serve(Serve::of(serve)),
        Some(("config", config)) => Order::Config(Config::of(config)),
        Some(("ca", ca)) => Order::Ca(Ca::of(ca)),
        Some(("officer", officer)) => Order::Officer(Officer::of(officer)),
        Some(("register", register)) => Order::Register(Register::of(register)),
        // `up` is the only other subcommand, and one is required.
        other => Order::Up(Up::of(other.map_or(matches, |(_, up)| up))),
    }
}

/// The whole command line, as it is told in a language.
pub(crate) fn command(language: Language) -> Command {
    let say = |ja, en| language.pick(ja, en);
    Command::new("shirushi")
        .version(env!("CARGO_PKG_VERSION"))
        .about(say(
            "公的個人認証サービスのオープンな実装。練習用の環境で、実際のサービスではありません。",
            "An open implementation of Japan's public personal authentication service (JPKI). A sandbox, not the real service.",
        ))
        .help_template(common::template(language))
        .override_usage(say(
            "shirushi <コマンド> [オプション]",
            "shirushi <COMMAND> [OPTIONS]",
        ))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand_help_heading(say("コマンド", "Commands"))
        .next_help_heading(say("オプション", "Options"))
        .disable_help_subcommand(true)
        .disable_help_flag(true)
        .disable_version_flag(true)
        .arg(common::help(language).global(true))
        .arg(
            Arg::new("version")
                .short('V')
                .long("version")
                .action(ArgAction::Version)
                .display_order(101)
                .help(say("バージョンを表示する", "Show the version")),
        )
        .subcommand(up::command(language))
        .subcommand(tour::command(language))
        .subcommand(agent::command(language))
        .subcommand(doctor::command(language))
        .subcommand(cert::command(language))
        .subcommand(pin::command(language))
        .subcommand(sign::command(language))
        .subcommand(verify::command(language))
        .subcommand(log::command(language))
        .subcommand(login::command(language))
        .subcommand(card::command(language))
        .subcommand(role::command(language))
        .subcommand(serve::command(language))
        .subcommand(config::command(language))
        .subcommand(ca::command(language))
        .subcommand(operator::officer(language))
        .subcommand(operator::register(language))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_describe_the_same_commands() {
        for language in [Language::Japanese, Language::English] {
            command(language).debug_assert();
        }
    }

    #[test]
    fn a_tour_is_told_either_at_a_url_or_in_a_folder() {
        let matches = command(Language::English).try_get_matches_from([
            "shirushi",
            "tour",
            "--url",
            "http://127.0.0.1:1",
            "--dir",
            "x",
        ]);
        assert_eq!(matches.unwrap_err().kind(), ErrorKind::ArgumentConflict);
    }
}
