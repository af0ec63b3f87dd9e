//! The reader and the cards that can be put into it.

use super::told;
use crate::{Agent, Reader, ReaderError, tasks::Told, work::of_reader};
use shirushi_web::{
    Problem, Visit,
    maud::{Markup, html},
    ui,
};
use std::{sync::Arc, time::Duration};

/// How long a page waits for the computer's readers to be told.
const PATIENCE: Duration = Duration::from_secs(3);

/// The reader, with the forms that put a card in and take it out; `back` is the page that it stands on.
pub(super) async fn section(agent: &Agent, visit: &Visit, back: &str) -> Result<Markup, Problem> {
    let cards = agent
        .wallet
        .list()
        .map_err(|error| Problem::internal(&error))?;
    let inserted = agent.wallet.inserted();
    let machine = machine(agent).await;
    Ok(html! {
        @if let Some(machine) = &machine {
            h3 { (visit.say("このパソコンのカードリーダー", "Card readers of this computer")) }
            (readers(visit, machine))
            h3 { (visit.say("ソフトウェアのカード", "Software cards")) }
        }
        div #reader {
            @if let Some(number) = &inserted {
                p {
                    (visit.say("カードがあります: ", "There is a card in it: "))
                    span #inserted data-card=(number) { (ui::grouped(number.as_str())) }
                }
                (ui::form(visit, "/reader/eject", html! {
                    input type="hidden" name="back" value=(back);
                    button #eject type="submit" { (visit.say("カードを取り出す", "Take the card out")) }
                }))
            } @else {
                p #empty { (visit.say("カードはありません。", "There is no card in it.")) }
            }
            @let others: Vec<_> = cards.iter().filter(|card| !card.is_inserted).collect();
            @if others.is_empty() && inserted.is_none() {
                p {
                    (visit.say(
                        "このパソコンには、まだカードがありません。",
                        "There are no cards on this computer yet."))
                }
            }
            @if !others.is_empty() {
                (ui::form(visit, "/reader/insert", html! {
                    input type="hidden" name="back" value=(back);
                    fieldset {
                        legend {
                            @if inserted.is_some() { (visit.say("別のカードに取り替える", "Another card")) }
                            @else { (visit.say("置くカード", "Card to put in")) }
                        }
                        @for (place, card) in others.iter().enumerate() {
                            @let id = format!("card-{}", card.number);
                            div.choice {
                                input type="radio" id=(id) name="card" value=(card.number) checked[place == 0] required;
                                label for=(id) { (ui::grouped(card.number.as_str())) }
                            }
                        }
                        button #insert type="submit" { (visit.say("カードを置く", "Put the card in")) }
                    }
                }))
            }
        }
    })
}

/// The computer's readers; none when this agent does not use them.
async fn machine(agent: &Agent) -> Option<Result<Vec<Reader>, Told>> {
    let machine = Arc::clone(agent.machine.as_ref()?);
    let told = tokio::task::spawn_blocking(move || machine.readers());
    let readers = match tokio::time::timeout(PATIENCE, told).await {
        Ok(Ok(readers)) => readers,
        // It hangs in the service: there is no more to be known.
        _ => Err(ReaderError::NoService),
    };
    Some(readers.map_err(of_reader))
}

fn readers(visit: &Visit, machine: &Result<Vec<Reader>, Told>) -> Markup {
    let readers = match machine {
        Ok(readers) => readers,
        Err(fault) => return told(visit, fault),
    };
    html! {
        @if readers.is_empty() {
            p #no-readers { (visit.say("つながっていません。", "None is plugged in.")) }
        } @else {
            ul #readers {
                @for reader in readers {
                    li data-reader=(reader.id) data-card[reader.has_card] {
                        (visit.both(&reader.name)) ": "
                        @if reader.has_card { (visit.say("カードがあります", "a card is in it")) }
                        @else { (visit.say("カードはありません", "no card in it")) }
                    }
                }
            }
        }
    }
}
