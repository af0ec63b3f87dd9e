//! Readers and cards from the command line, through [`Pcsc`]:
//!
//! * `readers list` – the readers, one a line: name, whether a card is in it, how often that has changed;
//! * `readers wait SECONDS` – the same, and once more when it has changed or the time is over;
//! * `readers watch` – the same for each line that comes in;
//! * `readers send [READER]` – connects to the card in the reader, or in the first that has one, says `connected`, sends each line
//!   of hexadecimal digits that comes in as a command and writes the answer as a line.
//!
//! * `readers fork READER` – connects, forks, and says what the child and then the parent can still do.
//!
//! A line that begins with `!` says what went wrong. `--library PATH` takes another PC/SC library, `--patience MILLISECONDS` waits
//! so long for other programs.

use shirushi_reader::{CardSource, Connection, Pcsc, Reader, ReaderError};
use std::{
    io::{self, BufRead as _, Write as _},
    path::Path,
    process::ExitCode,
    time::Duration,
};

fn main() -> ExitCode {
    match run(std::env::args().skip(1).collect()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("! {error:?}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Vec<String>) -> Result<(), ReaderError> {
    let mut words = Vec::new();
    let (mut library, mut patience) = (None, None);
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--library" => library = arguments.next(),
            "--patience" => {
                patience = arguments
                    .next()
                    .and_then(|text| text.parse().ok())
            }
            _ => words.push(argument),
        }
    }
    let mut pcsc = match library {
        Some(path) => Pcsc::load_from(Path::new(&path))?,
        None => Pcsc::load()?,
    };
    if let Some(milliseconds) = patience {
        pcsc = pcsc.with_patience(Duration::from_millis(milliseconds));
    }
    let words: Vec<&str> = words
        .iter()
        .map(String::as_str)
        .collect();
    match words[..] {
        ["list"] => say_all(&pcsc.readers()?),
        ["wait", seconds] => {
            let known = pcsc.readers()?;
            say_all(&known);
            say("waiting");
            let patience = Duration::from_secs(seconds.parse().unwrap_or_default());
            say_all(&pcsc.wait(&known, patience)?);
        }
        ["watch"] => {
            for _ in io::stdin().lock().lines() {
                match pcsc.readers() {
                    Ok(readers) => say_all(&readers),
                    Err(error) => say(&format!("! {error:?}")),
                }
            }
        }
        ["fork", reader] => fork(&pcsc, reader)?,
        ["send"] => send(pcsc.connect_first()?),
        ["send", reader] => send(pcsc.connect(reader)?),
        _ => say("! list, wait SECONDS, watch, send [READER] or fork READER"),
    }
    Ok(())
}

fn send(mut connection: Connection) {
    say("connected");
    for line in io::stdin().lock().lines() {
        let Ok(Ok(command)) = line.map(|line| hex::decode(line.trim())) else {
            say("! these are no hexadecimal digits");
            continue;
        };
        say(&sent(&mut connection, &command));
    }
    drop(connection);
    say("left");
}

fn sent(connection: &mut Connection, command: &[u8]) -> String {
    match connection.transmit(command) {
        Ok(answer) => hex::encode_upper(answer),
        Err(error) => format!("! {error:?}"),
    }
}

/// A child shares the parent's way to the service: what it did there would be taken for the parent's.
fn fork(pcsc: &Pcsc, reader: &str) -> Result<(), ReaderError> {
    // SELECT of an application that is not there.
    const SELECT: &[u8] = &[0x00, 0xA4, 0x04, 0x0C, 0x01, 0xF0];
    pcsc.readers()?;
    let mut connection = pcsc.connect(reader)?;
    say(&format!("before: {}", sent(&mut connection, SELECT)));
    // SAFETY: the one thread that this process has had besides has ended, and no lock of its is held.
    match unsafe { nix::unistd::fork() } {
        Ok(nix::unistd::ForkResult::Child) => {
            say(&format!("child: {}", sent(&mut connection, SELECT)));
            drop(connection);
            say_all(&pcsc.readers()?);
        }
        Ok(nix::unistd::ForkResult::Parent { child }) => {
            let ended = nix::sys::wait::waitpid(child, None);
            say(&format!("parent: {}", sent(&mut connection, SELECT)));
            say(&format!(
                "{} readers, {}",
                pcsc.readers()?.len(),
                ended.is_ok()
            ));
        }
        Err(error) => say(&format!("! {error}")),
    }
    Ok(())
}

fn say_all(readers: &[Reader]) {
    for reader in readers {
        let card = if reader.has_card { "card" } else { "empty" };
        say(&format!("{}: {card}, {}", reader.id, reader.changes));
    }
    say(&format!("{} readers", readers.len()));
}

/// Writes a line now, whoever reads it.
fn say(line: &str) {
    let mut out = io::stdout().lock();
    // Nobody is left to be told that nobody listens.
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}
