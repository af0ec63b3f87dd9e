//! What a run leaves behind. A thousand paths through the commands, the agent's pages and the PKCS#11 module, drawn at random: right PINs, wrong ones, small
//! letters, nonsense, given up in the middle, with a disk that refuses the card or a program that is killed as it writes. After each:
//!
//! * the card's tries, and its PINs, are what a model says;
//! * the whole memory of the program, as it is at its exit, or while it serves on, holds no PIN that went through it.
//!
//! Passwords are sixteen random characters and are searched for as they are. Four digits would be found anywhere by chance; they are
//! searched for with what surrounds them on their way: the commands to the card, the form on the page, the guarded slot
//! ([`needles`]). A control takes the wipe out of a running program, and the same search then finds them.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests fail as loudly as tests"
)]

mod browser;
mod card;
#[path = "../commands/citizen.rs"]
#[allow(dead_code, reason = "shared with the tests of the commands")]
mod citizen;
#[path = "../foreign/city.rs"]
#[allow(dead_code, reason = "shared with the tests of foreign programs")]
mod city;
mod commands;
mod draws;
#[path = "../commands/http.rs"]
#[allow(dead_code, reason = "shared with the tests of the commands")]
mod http;
mod image;
mod module;
mod needles;
mod pages;
mod site;
mod terminal;
mod traced;

use std::thread;

/// Paths through the commands, fed from a pipe and typed at a terminal, through the agent's pages, and through the module: a thousand.
const COMMANDS: u64 = 420;
const TERMINAL: u64 = 80;
const PAGES: u64 = 300;
const MODULE: u64 = 200;
/// Paths that one agent serves.
const OF_ONE_AGENT: u64 = 15;

/// The seed of everything; another one is other paths. A failure names the path's own seed.
const SEED: u64 = 0x5EA1_0000;

/// Runs `count` pieces of work on as many threads as there are cores.
fn shared_out(count: u64, work: impl Fn(u64) + Sync) {
    let workers = thread::available_parallelism().map_or(2, usize::from) as u64;
    thread::scope(|scope| {
        for worker in 0..workers {
            let work = &work;
            scope.spawn(move || {
                for n in (worker..count).step_by(workers as usize) {
                    work(n);
                }
            });
        }
    });
}

#[test]
fn no_command_leaves_a_pin_and_tries_are_counted_right() {
    let tally = commands::Tally::default();
    shared_out(COMMANDS, |n| {
        commands::path(SEED + n, &tally);
    });
    tally.require_everything_happened();
}

#[test]
fn no_pin_typed_at_a_terminal_is_left_and_tries_are_counted_right() {
    shared_out(TERMINAL, |n| {
        terminal::path(SEED + 0x3_0000 + n);
    });
}

#[test]
fn no_page_of_the_agent_leaves_a_pin_and_tries_are_counted_right() {
    shared_out(PAGES.div_ceil(OF_ONE_AGENT), |n| {
        pages::paths(SEED + 0x1_0000 + n, OF_ONE_AGENT);
    });
}

#[test]
fn no_use_of_the_module_leaves_a_pin_and_tries_are_counted_right() {
    shared_out(MODULE, |n| {
        module::path(SEED + 0x2_0000 + n);
    });
}

#[test]
fn without_the_wipe_the_search_finds_what_was_typed() {
    commands::control();
    pages::control();
    module::control();
}
