//! `shirushi card serve`: a card's file in a virtual reader, until the command is interrupted.

use super::failed;
use crate::{arguments, attended::say, failure::Failure, language::Language, signals};
use serde_json::json;
use shirushi_crypto::SystemRandom;
use shirushi_softcard::{
    SoftCard,
    faults::Faults,
    vpcd::{self, Event, Stop},
};
use std::{
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

/// Serves until it is interrupted.
pub(super) async fn run(
    order: arguments::InReader,
    language: Language,
) -> Result<ExitCode, Failure> {
    let mut card =
        SoftCard::open_file(&order.file, Arc::new(SystemRandom)).map_err(failed(&order.file))?;
    let (kind, variant) = order.variation.of_card(&card);
    card.vary(kind, variant)
        .map_err(failed(&order.file))?;
    let end = signals::end().map_err(Failure::Signals)?;
    let stop = Stop::new();
    let served = tokio::task::spawn_blocking({
        let stop = stop.clone();
        move || serve(card, order, language, &stop)
    });
    tokio::pin!(served);
    tokio::select! {
        // It ends by itself only if standard output is closed.
        done = &mut served => done.unwrap_or(Err(Failure::Interrupted))?,
        () = end => {
            stop.stop();
            served.await.unwrap_or(Err(Failure::Interrupted))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn serve(
    mut card: SoftCard,
    order: arguments::InReader,
    language: Language,
    stop: &Stop,
) -> Result<(), Failure> {
    let teller = Teller {
        number: card.card_number().to_owned(),
        file: order.file,
        reader: order.reader.clone(),
        is_json: order.is_json,
        language,
    };
    let mut told = Ok(());
    let mut faults = Faults::new(order.script);
    vpcd::serve(&mut card, &order.reader, &mut faults, stop, &mut |event| {
        if let Err(error) = teller.tell(&event) {
            told = Err(Failure::Output(error));
            stop.stop();
        }
    });
    told
}

/// Says what happens.
struct Teller {
    number: String,
    file: PathBuf,
    reader: String,
    is_json: bool,
    language: Language,
}

impl Teller {
    fn tell(&self, event: &Event) -> io::Result<()> {
        match self.is_json {
            true => self.tell_programs(event),
            false => self.tell_people(event),
        }
    }

    fn tell_programs(&self, event: &Event) -> io::Result<()> {
        let word = match event {
            Event::Inserted => "inserted",
            Event::Removed => "removed",
            Event::Unreachable(_) => "unreachable",
            _ => return Ok(()),
        };
        let file: &Path = &self.file;
        let mut out = io::stdout().lock();
        writeln!(
            out,
            "{}",
            json!({ "event": word, "card": self.number, "file": file, "reader": self.reader })
        )?;
        out.flush()
    }

    fn tell_people(&self, event: &Event) -> io::Result<()> {
        let Self { number, reader, .. } = self;
        let ja = self.language == Language::Japanese;
        if let Event::Unreachable(error) = event {
            say(&match ja {
                true => format!(
                    "{reader} に仮想カードリーダーがありません（{error}）。pcscdとvpcd（Debianではpcscdとvsmartcard-vpcd）を動かしてください。待っています。"
                ),
                false => format!(
                    "There is no virtual reader at {reader} ({error}). Start pcscd with vpcd (on Debian: pcscd and vsmartcard-vpcd). Waiting."
                ),
            });
            return Ok(());
        }
        let line = match (event, ja) {
            (Event::Inserted, true) => format!(
                "カード {number} がカードリーダーに入りました（{reader}）。抜くには Ctrl-C を押してください。"
            ),
            (Event::Inserted, false) => {
                format!("Card {number} is in the reader ({reader}). Press Ctrl-C to take it out.")
            }
            (Event::Removed, true) => format!("カード {number} がカードリーダーから出ました。"),
            (Event::Removed, false) => format!("Card {number} is out of the reader."),
            _ => return Ok(()),
        };
        let mut out = io::stdout().lock();
        writeln!(out, "{line}")?;
        out.flush()
    }
}
