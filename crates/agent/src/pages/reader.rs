//! The reader and the cards that can be put into it.

use crate::Agent;
use shirushi_web::{
    Problem, Visit,
    maud::{Markup, html},
    ui,
};

/// The reader, with the forms that put a card in and take it out; `back` is the page that it stands on.
pub(super) fn section(agent: &Agent, visit: &Visit, back: &str) -> Result<Markup, Problem> {
    let cards = agent
        .wallet
        .list()
        .map_err(|error| Problem::internal(&error))?;
    let inserted = agent.wallet.inserted();
    Ok(html! {
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
