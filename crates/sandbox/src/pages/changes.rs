//! What can happen to a resident (異動): a form a change, filled in so that it can be sent as it is.

mod asked;

use super::{Answer, Desk, forms, refused, said, words};
use asked::{Draft, asked};
use axum::{
    extract::{Path, State},
    response::IntoResponse,
};
use maud::{Markup, html};
use shirushi_register::{Change, ends};
use shirushi_rules::RefusalReport;
use shirushi_web::{
    Page, Problem, TypedFields, Visit,
    ui::{self, Field, Label, Tone},
};
use shirushi_wire::{EventKind, RecordStatus, ResidentRecord};
use std::sync::Arc;

/// The changes that can be made here, each with its word in addresses.
const KINDS: [(&str, EventKind); 8] = [
    ("move-within", EventKind::MoveWithin),
    ("move-out", EventKind::MoveOut),
    ("move-in", EventKind::MoveIn),
    ("name-change", EventKind::NameChange),
    ("correction-by-office", EventKind::CorrectionByOffice),
    ("minor-correction", EventKind::MinorCorrection),
    ("death", EventKind::Death),
    ("deletion-by-office", EventKind::DeletionByOffice),
];

/// Those that fit the record as it is, as links.
pub(super) fn possible(visit: &Visit, resident: &ResidentRecord) -> Markup {
    let fits = |kind| match resident.status {
        RecordStatus::Alive => kind != EventKind::MoveIn,
        RecordStatus::MovedOut | RecordStatus::DeletedByOffice => kind == EventKind::MoveIn,
        RecordStatus::Dead => false,
    };
    html! {
        @if resident.status == RecordStatus::Dead {
            p { (visit.say("この人は亡くなりました。もう何も起こりません。", "This person has died. Nothing happens any more.")) }
        }
        ul.cards {
            @for (word, kind) in KINDS.into_iter().filter(|(_, kind)| fits(*kind)) {
                li {
                    h3 { a href={ "/residents/" (resident.code) "/changes/" (word) } { (words::event(visit, kind)) } }
                    (words::effects(visit, ends(kind)))
                }
            }
        }
    }
}

/// The form of a change.
pub(super) async fn ask(
    State(desk): State<Arc<Desk>>,
    visit: Visit,
    Path((code, word)): Path<(String, String)>,
) -> Answer {
    let kind = kind_of(&word)?;
    let resident = forms::known_resident(&desk, &code).await?;
    let draft = Draft::invented(kind, &resident, desk.sandbox.today());
    Ok(page(&visit, &resident, (&word, kind), &draft, None).into_response())
}

/// Records a change, and leads to the resident with what it did.
pub(super) async fn record(
    State(desk): State<Arc<Desk>>,
    visit: Visit,
    Path((code, word)): Path<(String, String)>,
    TypedFields(fields): TypedFields,
) -> Answer {
    let kind = kind_of(&word)?;
    let resident = forms::known_resident(&desk, &code).await?;
    let draft = Draft::typed(&fields);
    let recorded = match asked(kind, &resident, &draft) {
        Ok((occurred_on, what)) => {
            let change = Change {
                resident: resident.code.clone(),
                occurred_on,
                what,
            };
            desk.sandbox.record(change).await
        }
        Err(problem) => Err(problem),
    };
    match recorded {
        Ok(recorded) => said::go(&format!(
            "/residents/{}?event={}",
            resident.code, recorded.event.sequence
        )),
        Err(Problem::Refused(refusal)) => {
            let report = refusal.report();
            Ok(refused(page(
                &visit,
                &resident,
                (&word, kind),
                &draft,
                Some(&report),
            )))
        }
        Err(other) => Err(other),
    }
}

fn kind_of(word: &str) -> Result<EventKind, Problem> {
    KINDS
        .into_iter()
        .find(|(known, _)| *known == word)
        .map(|(_, kind)| kind)
        .ok_or(Problem::NotFound)
}

fn page(
    visit: &Visit,
    resident: &ResidentRecord,
    (word, kind): (&str, EventKind),
    draft: &Draft,
    report: Option<&RefusalReport>,
) -> Page {
    let name = words::event(visit, kind);
    let action = format!("/residents/{}/changes/{word}", resident.code);
    let content = html! {
        @if let Some(report) = report { (ui::refusal(visit, report)) }
        p.lead { (words::name(resident)) " – " (words::place(visit, &resident.municipality)) }
        h2 { (visit.say("これによって", "What it does")) }
        (words::effects(visit, ends(kind)))
        @if matches!(kind, EventKind::Death | EventKind::DeletionByOffice) {
            (ui::notice(Tone::Warning, html! { p { (visit.say(
                "カードも失効します。取り消しはできません。",
                "The cards are invalidated too. This cannot be undone.")) } }))
        }
        h2 { (visit.say("届出", "The notification")) }
        p { (visit.say(
            "すべて架空の値が入っています。そのまま送れます。",
            "Everything is filled in with invented values and can be sent as it is.")) }
        (ui::form(visit, &action, html! {
            (ui::field(visit, Field {
                name: "occurred-on",
                label: Label::new("異動日", "Day on which it happened"),
                value: draft.text("occurred-on"),
                kind: "date",
                ..Field::default()
            }))
            (inputs(visit, kind, draft))
            (ui::submit(visit.say("記録する", "Record it")))
        }))
        p { a href={ "/residents/" (resident.code) } { (visit.say("やめて、住民のページに戻る", "Go back to the resident")) } }
    };
    Page::new(visit, name, content)
}

fn inputs(visit: &Visit, kind: EventKind, draft: &Draft) -> Markup {
    let text = |name: &'static str, ja, en, required| {
        ui::field(
            visit,
            Field {
                name,
                label: Label::new(ja, en),
                value: draft.text(name),
                required,
                ..Field::default()
            },
        )
    };
    let address = || text("address", "新しい住所", "New address", true);
    let name = || text("name", "氏名", "Name", true);
    let furigana = || text("furigana", "振り仮名", "Furigana", false);
    html! {
        @match kind {
            EventKind::MoveWithin => (address()),
            EventKind::MoveIn => {
                (forms::municipalities(visit, Label::new("転入先", "Where to"), "", &draft.municipality()))
                (text("rest", "住所（市区町村の後）", "Address after the municipality's name", true))
            }
            EventKind::NameChange => {
                (name())
                (furigana())
                (ui::field(visit, Field {
                    name: "former-name",
                    label: Label::new("併記する旧氏", "Former family name kept beside it"),
                    hint: visit.say("残さないときは空にします。", "Leave it empty to keep none."),
                    value: draft.text("former-name"),
                    required: false,
                    ..Field::default()
                }))
                (text("alias", "通称", "Alias", false))
            }
            EventKind::CorrectionByOffice => {
                (name())
                (furigana())
                (ui::field(visit, Field {
                    name: "birth-date",
                    label: Label::new("生年月日", "Born"),
                    hint: visit.say("1日前に直してあります。", "Corrected to the day before."),
                    value: draft.text("birth-date"),
                    kind: "date",
                    ..Field::default()
                }))
                (ui::select(visit, "sex", Label::new("性別", "Sex"), "", &asked::sexes(visit, draft)))
                (text("address", "住所", "Address", true))
            }
            EventKind::MinorCorrection => {
                (name())
                (text("address", "住所", "Address", true))
                (ui::field(visit, Field {
                    name: "reason",
                    label: Label::new("軽微と判断した理由", "Why it is held for minor"),
                    hint: visit.say("同じ文字の字形の違いだけなら、空にできます。", "May be empty where characters change into another shape of the same ones only."),
                    value: draft.text("reason"),
                    required: false,
                    ..Field::default()
                }))
            }
            _ => {}
        }
    }
}
