//! Who looked a resident up in the register, and what for: what the person may ask about, and nobody else.

use super::words;
use maud::{Markup, html};
use shirushi_register::LookUpRecord;
use shirushi_web::{Visit, ui};
use shirushi_wire::{ApplicationId, LookedUp, Why};

/// So many are shown, the newest.
const MOST_SHOWN: usize = 20;

pub(super) fn table(visit: &Visit, look_ups: &[LookUpRecord]) -> Markup {
    if look_ups.is_empty() {
        return html! { p { (visit.say(
        "窓口の担当者は、まだ誰も照会していません。",
        "No officer has looked this person up yet.")) } };
    }
    let rows: Vec<Vec<Markup>> = look_ups
        .iter()
        .take(MOST_SHOWN)
        .map(|look_up| {
            vec![
                html! { (ui::moment(visit, look_up.at)) },
                html! { (look_up.officer) " · " (words::place(visit, &look_up.municipality)) },
                html! { (by(visit, &look_up.asked)) },
                html! { (why(visit, &look_up.why)) },
                html! { @if look_up.answered { (visit.say("回答", "answered")) } @else { (visit.say("拒否", "refused")) } },
            ]
        })
        .collect();
    let heads = [
        visit.say("日時", "When"),
        visit.say("担当者", "Officer"),
        visit.say("照会", "By"),
        visit.say("目的", "What for"),
        visit.say("結果", "Answer"),
    ];
    let caption = visit.say("新しい照会から", "Newest look-ups first");
    ui::table(caption, &heads, &rows)
}

fn by(visit: &Visit, asked: &LookedUp) -> &'static str {
    match asked {
        LookedUp::Resident { .. } => visit.say("住民票コード", "code"),
        LookedUp::Card { .. } => visit.say("カード", "card"),
        LookedUp::Named { .. } => visit.say("氏名など", "name or birth"),
    }
}

fn why(visit: &Visit, why: &Why) -> Markup {
    let work = |what: &str, id: &ApplicationId| {
        let id: String = id.to_string().chars().take(8).collect();
        html! { (what) " " code { (id) } }
    };
    match why {
        Why::Application { id } => work(visit.say("発行の申請", "application"), id),
        Why::Revocation { id } => work(visit.say("失効の申請", "revocation"), id),
        Why::Enquiry { .. } => {
            let found = visit.say("本人を探す", "finding the person");
            html! { (why.stated_reason().unwrap_or(found)) }
        }
    }
}
