//! Readers and cards from the command line, through [`Pcsc`]:
//!
//! * `readers list` – the readers, one a line: name, whether a card is in it, how often that has changed;
//! * `readers wait SECONDS` – the same, and once more when it has changed or the time is over;
//! * `readers send [READER]` – connects to the card in the reader, or in the first that has one, says `connected`, sends each line
//!   of hexadecimal digits that comes in as a command and writes the answer as a line.
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
        ["send"] => send(pcsc.connect_first()?),
        ["send", reader] => send(pcsc.connect(reader)?),
        _ => say("! list, wait SECONDS or send [READER]"),
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
        match connection.transmit(&command) {
            Ok(answer) => say(&hex::encode_upper(answer)),
            Err(error) => say(&format!("! {error:?}")),
        }
    }
    drop(connection);
    say("left");
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
