//! The parts that pages are made of. Each is given its words, and takes care of labels, errors and meaning for itself.

use crate::{
    Visit,
    pages::{WHO, WORDS, holds_secret},
    problem::{Kept, Told},
};
use maud::{Markup, PreEscaped, html};
use shirushi_clock::{Date, Instant};
use shirushi_rules::{Bilingual, Language, RefusalReport, SourceClass};
use shirushi_text::Piece;

/// What a field or a choice is called, in both languages: its page shows the one, and both go along with a form of who is logged in, so
/// that what was filled in can be named when it is shown again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Label<'t> {
    /// Japanese.
    pub ja: &'t str,
    /// English.
    pub en: &'t str,
}

impl<'t> Label<'t> {
    /// The label in both languages.
    #[must_use]
    pub const fn new(ja: &'t str, en: &'t str) -> Self {
        Self { ja, en }
    }

    /// The label in the visitor's language.
    #[must_use]
    pub fn text(self, visit: &Visit) -> &'t str {
        visit.say(self.ja, self.en)
    }
}

impl From<Bilingual> for Label<'static> {
    fn from(text: Bilingual) -> Self {
        Self::new(text.ja, text.en)
    }
}

/// What is called the same in both languages, as a person is.
impl<'t> From<&'t str> for Label<'t> {
    fn from(text: &'t str) -> Self {
        Self::new(text, text)
    }
}

/// A line of text to be filled in.
#[derive(Clone, Copy, Debug)]
pub struct Field<'t> {
    /// Its name in the form, and its id.
    pub name: &'t str,
    /// What it asks.
    pub label: Label<'t>,
    /// How to fill it in; may be empty.
    pub hint: &'t str,
    /// What stands in it at first.
    pub value: &'t str,
    /// `text`, `password`, `date`, `number`, `email`, `search`.
    pub kind: &'t str,
    /// Of the HTML standard: `off`, `name`, `username`, `current-password`, `new-password`, `bday`, `street-address`.
    pub autocomplete: &'t str,
    /// Whether it must be filled in.
    pub required: bool,
    /// What is wrong with what was sent; empty when nothing is.
    pub error: &'t str,
}

impl Default for Field<'_> {
    fn default() -> Self {
        Self {
            name: "",
            label: Label::new("", ""),
            hint: "",
            value: "",
            kind: "text",
            autocomplete: "off",
            required: true,
            error: "",
        }
    }
}

/// One of several things to choose from.
#[derive(Clone, Copy, Debug)]
pub struct Choice<'t> {
    /// What is sent.
    pub value: &'t str,
    /// What it says.
    pub label: Label<'t>,
    /// More about it; may be empty.
    pub hint: &'t str,
    /// Whether it is chosen at first.
    pub chosen: bool,
}

/// How a notice is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Something to know.
    Note,
    /// It worked.
    Good,
    /// Something that needs attention.
    Warning,
    /// It did not work.
    Bad,
}

/// A form of this page that is sent to `action` by POST; it bears the session's token, and of who is logged in the person's mark and the
/// words of its labels.
#[must_use]
pub fn form(visit: &Visit, action: &str, content: Markup) -> Markup {
    form_as(visit, action, None, content)
}

/// The same with files in it. Its token stands before them, so that nothing is read of a form that is not this page's.
#[must_use]
pub fn file_form(visit: &Visit, action: &str, content: Markup) -> Markup {
    form_as(visit, action, Some("multipart/form-data"), content)
}

fn form_as(visit: &Visit, action: &str, kind: Option<&str>, content: Markup) -> Markup {
    html! {
        form method="post" action=(action) enctype=[kind] data-once {
            input type="hidden" name="form-token" value=(visit.form_token(action));
            @if let Some(who) = visit.who_mark() { input type="hidden" name=(WHO) value=(who); }
            @if let Some(words) = visit.asked_in(&content.0) { input type="hidden" name=(WORDS) value=(words); }
            (content)
        }
    }
}

/// A file to be chosen. Where scripts run it can be dropped on its field, and several on the first of a form: those that end as a
/// signature does are taken for it.
#[must_use]
pub fn file(visit: &Visit, name: &str, label: &str, hint: &str, required: bool) -> Markup {
    let hint_id = format!("{name}-hint");
    html! {
        div.field.drop data-drop=(name) {
            label for=(name) {
                (label)
                @if !required { " " span.optional { (visit.say("（任意）", "(optional)")) } }
            }
            p.hint id=(hint_id) { (hint) }
            input id=(name) name=(name) type="file" required[required] aria-describedby=(hint_id);
        }
    }
}

/// A form of one button.
#[must_use]
pub fn button_form(visit: &Visit, action: &str, label: &str, is_main: bool) -> Markup {
    form(
        visit,
        action,
        html! { button.main[is_main] type="submit" { (label) } },
    )
}

/// The button that sends a form.
#[must_use]
pub fn submit(label: &str) -> Markup {
    html! { p.actions { button.main type="submit" { (label) } } }
}

/// A line of text to be filled in, with its label, hint and error.
#[must_use]
pub fn field(visit: &Visit, field: Field<'_>) -> Markup {
    labelled(visit, &field, |described| {
        html! {
            input id=(field.name) name=(field.name) type=(field.kind) value=(field.value) autocomplete=(field.autocomplete)
                required[field.required] aria-describedby=[described]
                aria-invalid=[(!field.error.is_empty()).then_some("true")];
        }
    })
}

/// The same for several lines of at most `most` characters.
#[must_use]
pub fn long_field(visit: &Visit, field: Field<'_>, most: usize) -> Markup {
    labelled(visit, &field, |described| {
        html! {
            textarea id=(field.name) name=(field.name) rows="4" maxlength=(most) autocomplete=(field.autocomplete)
                required[field.required] aria-describedby=[described]
                aria-invalid=[(!field.error.is_empty()).then_some("true")] { (field.value) }
        }
    })
}

/// What is typed into, given the ids of what describes it, below its label, hint and error.
fn labelled(
    visit: &Visit,
    field: &Field<'_>,
    input: impl FnOnce(Option<String>) -> Markup,
) -> Markup {
    if !holds_secret(field.name) {
        visit.asks(field.name, field.label, &[]);
    }
    let hint = format!("{}-hint", field.name);
    let error = format!("{}-error", field.name);
    let described = [
        (!field.hint.is_empty()).then_some(hint.as_str()),
        (!field.error.is_empty()).then_some(error.as_str()),
    ]
    .into_iter()
    .flatten()
    .collect::<Vec<_>>()
    .join(" ");
    html! {
        div.field {
            label for=(field.name) {
                (field.label.text(visit))
                @if !field.required { " " span.optional { (visit.say("（任意）", "(optional)")) } }
            }
            @if !field.hint.is_empty() { p.hint id=(hint) { (field.hint) } }
            @if !field.error.is_empty() {
                p.error id=(error) { span.mark aria-hidden="true" { "!" } (field.error) }
            }
            (input((!described.is_empty()).then_some(described)))
        }
    }
}

/// Things to choose from: one of them (`radio`) or any number (`checkbox`).
#[must_use]
pub fn choices(
    visit: &Visit,
    kind: &str,
    name: &str,
    legend: Label<'_>,
    hint: &str,
    choices: &[Choice<'_>],
) -> Markup {
    visit.asks(name, legend, choices);
    html! {
        fieldset {
            legend { (legend.text(visit)) }
            @if !hint.is_empty() { p.hint { (hint) } }
            @for (place, choice) in choices.iter().enumerate() {
                @let id = format!("{name}-{place}");
                @let hint_id = format!("{id}-hint");
                div.choice {
                    input type=(kind) id=(id) name=(name) value=(choice.value) checked[choice.chosen]
                        aria-describedby=[(!choice.hint.is_empty()).then_some(&hint_id)];
                    label for=(id) { (choice.label.text(visit)) }
                    @if !choice.hint.is_empty() { p.hint id=(hint_id) { (choice.hint) } }
                }
            }
        }
    }
}

/// One of several, as a list that opens.
#[must_use]
pub fn select(
    visit: &Visit,
    name: &str,
    label: Label<'_>,
    hint: &str,
    choices: &[Choice<'_>],
) -> Markup {
    visit.asks(name, label, choices);
    let hint_id = format!("{name}-hint");
    html! {
        div.field {
            label for=(name) { (label.text(visit)) }
            @if !hint.is_empty() { p.hint id=(hint_id) { (hint) } }
            select id=(name) name=(name) aria-describedby=[(!hint.is_empty()).then_some(hint_id)] {
                @for choice in choices {
                    option value=(choice.value) selected[choice.chosen] { (choice.label.text(visit)) }
                }
            }
        }
    }
}

/// Something to be read before going on. `Bad` and `Good` are announced to who cannot see them.
#[must_use]
pub fn notice(tone: Tone, content: Markup) -> Markup {
    let (class, role) = match tone {
        Tone::Note => ("note", None),
        Tone::Good => ("good", Some("status")),
        Tone::Warning => ("warning", None),
        Tone::Bad => ("bad", Some("alert")),
    };
    html! { div class={ "notice " (class) } role=[role] { (content) } }
}

/// A refusal: what was refused, what to do, and by which rule.
#[must_use]
pub fn refusal(visit: &Visit, report: &RefusalReport) -> Markup {
    refusal_of(visit, report, "")
}

/// The same of something that another person sent: the remedy is that person's, and `whose` says so before it.
#[must_use]
pub fn refusal_of(visit: &Visit, report: &RefusalReport, whose: &str) -> Markup {
    notice(
        Tone::Bad,
        html! {
            p.reason { strong { (visit.both(&report.reason)) } }
            p.remedy { (whose) (visit.both(&report.remedy)) }
            (rule(visit, &report.rule, report.source, &report.citation))
        },
    )
}

/// A problem or a refusal that was to be answered as JSON.
pub(crate) fn told(visit: &Visit, told: &Told) -> Markup {
    notice(
        Tone::Bad,
        html! {
            p.reason { strong { (visit.both(&told.reason)) } }
            p.remedy { (visit.both(&told.remedy)) }
            @if let Some((id, source, citation)) = &told.rule { (rule(visit, id, *source, citation)) }
            @if let Some(incident) = &told.incident {
                p { (visit.say("受付番号: ", "Incident number: ")) code { (incident) } }
            }
        },
    )
}

/// That what was typed is kept, and the way to it.
pub(crate) fn kept(visit: &Visit, kept: &Kept) -> Markup {
    notice(
        Tone::Note,
        html! {
            @if kept.is_behind_log_in {
                p { (visit.say(
                    "入力した内容は、1時間残しておきます。ログインし直すと、確かめて送れます。新しい証明書でもかまいません。ほかの人には見えません。",
                    "What you entered is kept for an hour. Log in again, with a new certificate if you have one, to look at it and send it. Nobody else sees it.")) }
                p { a.button href=(kept.address) { (visit.say("ログインし直す", "Log in again")) } }
            } @else {
                p { (visit.say(
                    "入力した内容は、1時間残しておきます。あとで確かめて送れます。ほかの人には見えません。",
                    "What you entered is kept for an hour. You can look at it and send it later. Nobody else sees it.")) }
                p { a.button href=(kept.address) { (visit.say("入力した内容を見る", "See what you entered")) } }
            }
        },
    )
}

fn rule(visit: &Visit, id: &str, source: SourceClass, citation: &str) -> Markup {
    html! {
        p.rule {
            (visit.say("根拠: ", "Rule: ")) code { (id) } " · " (source_class(visit, source)) " · " span lang="en" { (citation) }
        }
    }
}

/// A text of somebody else's, with a mark in place of each character that is not seen or turns the direction of reading.
#[must_use]
pub fn shown(text: &str) -> Markup {
    html! {
        @for piece in shirushi_text::pieces(text) {
            @match piece {
                Piece::Seen(text) => (text),
                Piece::Unseen(character, times) => mark.unseen { (shirushi_text::mark(character, times)) },
            }
        }
    }
}

/// The class of a rule's source, in words.
#[must_use]
pub fn source_class(visit: &Visit, source: SourceClass) -> &'static str {
    match source {
        SourceClass::Law => visit.say("法律", "law"),
        SourceClass::Regulation => visit.say("政令・省令", "order or regulation"),
        SourceClass::MunicipalPractice => visit.say("自治体の運用", "municipal practice"),
        SourceClass::Standard => visit.say("技術標準", "technical standard"),
        SourceClass::OwnChoice => visit.say("このサービスの決まり", "this service's own rule"),
    }
}

/// Names and what belongs to them.
#[must_use]
pub fn definitions(rows: &[(&str, Markup)]) -> Markup {
    html! { dl.definitions { @for (term, content) in rows { div { dt { (term) } dd { (content) } } } } }
}

/// A name with its reading above it.
#[must_use]
pub fn ruby(base: &str, reading: Option<&str>) -> Markup {
    match reading.filter(|reading| !reading.is_empty()) {
        None => html! { span lang="ja" { (base) } },
        Some(reading) => html! {
            ruby lang="ja" { (base) rp { "（" } rt { (reading) } rp { "）" } }
        },
    }
}

/// How far something has come: `current` counts from 0; what is before it is done.
#[must_use]
pub fn steps(visit: &Visit, names: &[&str], current: usize) -> Markup {
    html! {
        ol.steps aria-label=(visit.say("手順", "Steps")) {
            @for (place, name) in names.iter().enumerate() {
                li.done[place < current] aria-current=[(place == current).then_some("step")] {
                    (name)
                    @if place < current { span.hidden { (visit.say("（済み）", " (done)")) } }
                }
            }
        }
    }
}

/// A table. `caption` says what it is about; the first cell of each row is its heading.
#[must_use]
pub fn table(caption: &str, heads: &[&str], rows: &[Vec<Markup>]) -> Markup {
    html! {
        div.table tabindex="0" role="region" aria-label=(caption) {
            table {
                caption { (caption) }
                thead { tr { @for head in heads { th scope="col" { (head) } } } }
                tbody {
                    @for row in rows {
                        tr {
                            @for (place, cell) in row.iter().enumerate() {
                                @if place == 0 { th scope="row" { (cell) } } @else { td { (cell) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A date in the visitor's language, with the era in Japanese: `2026年11月25日（令和8年）`.
#[must_use]
pub fn date(visit: &Visit, date: Date) -> String {
    match visit.language() {
        Language::English => date.strftime("%-d %B %Y").to_string(),
        Language::Japanese => {
            let western = format!("{}年{}月{}日", date.year(), date.month(), date.day());
            match era(date) {
                Some(era) => format!("{western}（{era}）"),
                None => western,
            }
        }
    }
}

/// A moment in Japan's time, to the minute.
#[must_use]
pub fn moment(visit: &Visit, instant: Instant) -> String {
    // Japan has had no other offset since the machine's clock began.
    let minutes = (instant.unix() + 9 * 60 * 60).rem_euclid(24 * 60 * 60) / 60;
    let day = instant.date_jst();
    let day = match visit.language() {
        Language::Japanese => format!("{}年{}月{}日", day.year(), day.month(), day.day()),
        Language::English => day.strftime("%-d %B %Y").to_string(),
    };
    format!("{day} {:02}:{:02}", minutes / 60, minutes % 60)
}

/// Long numbers in groups of four, to be compared by eye; what is copied has no gaps.
#[must_use]
pub fn grouped(text: &str) -> Markup {
    let characters: Vec<char> = text.chars().collect();
    html! {
        code.grouped { @for group in characters.chunks(4) { span { (group.iter().collect::<String>()) } } }
    }
}

/// Something of the page that changes while work goes on: `content` is shown at once, and the script fetches `address` (an HTML
/// fragment of this site) every second in its place until it finds `data-done`, which names where to go then.
#[must_use]
pub fn live(address: &str, content: Markup) -> Markup {
    html! { div.live data-live=(address) aria-live="polite" { (content) } }
}

fn era(date: Date) -> Option<String> {
    let era = shirushi_text::era_of(date.year(), date.month(), date.day())?;
    let name = era.name();
    Some(match date.year() - era.first_day().0 + 1 {
        1 => format!("{name}元年"),
        year => format!("{name}{year}年"),
    })
}

/// Nothing.
#[must_use]
pub fn nothing() -> Markup {
    PreEscaped(String::new())
}
