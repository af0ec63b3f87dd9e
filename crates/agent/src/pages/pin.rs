//! Where a PIN is typed.

use super::{
    card::where_to_apply,
    errand::{changed, show},
    store, task, to_done, to_errand,
};
use crate::{
    Agent,
    history::is_recorded,
    tasks::{Outcome, State, Task, Told},
    work::{Act, Entry, Fault, Seen, pin_name},
};
use axum::{
    extract::{Path, State as Handed},
    response::Response,
};
use shirushi_card::Credential;
use shirushi_client::{PinName, TypedPin};
use shirushi_rules::{Facts, Language, PIN_TRIES};
use shirushi_web::{
    Fields, Problem, TypedFields, Visit,
    maud::{Markup, html},
    ui::{self, Tone},
};
use shirushi_wire::Want;
use std::sync::Arc;

/// The words that confirm the last try.
const WORDS: (&str, &str) = ("はい", "yes");

/// What a want does with the card once the PIN is there; none when it needs no PIN, or must not be done.
fn act(task: &Task) -> Option<Act> {
    match &task.errand.want {
        // Bound to the site by what this program knows of it, not by what the site says.
        Want::LogIn { challenge } => Some(Act::LogIn(challenge.statement(&task.site))),
        Want::Sign { .. } => task
            .document
            .as_ref()
            .filter(|document| document.can_be_signed())
            .map(|document| Act::Sign(document.bytes.clone())),
        Want::SignatureCertificate => Some(Act::Certificate),
        Want::ReadCard | Want::Personalise { .. } => None,
    }
}

/// The form for the PIN that the errand needs; why there is none, when the card has no such PIN or it is locked.
pub(super) fn section(visit: &Visit, task: &Task, seen: &Seen) -> Markup {
    let Some(act) = act(task) else {
        return ui::nothing();
    };
    let credential = act.credential();
    html! {
        h2 { (name(visit, credential)) }
        @match seen.tries {
            None => {
                (ui::notice(Tone::Bad, html! {
                    p #no-pin { strong {
                        (visit.say("このカードには、必要な電子証明書が入っていません。", "The certificate that is needed is not in this card."))
                    } }
                    p { (where_to_apply(visit, seen.kind)) }
                }))
            }
            Some(0) => (locked(visit, PinName::of(credential))),
            Some(tries) => (form(visit, task, &act, seen, tries)),
        }
    }
}

fn form(visit: &Visit, task: &Task, act: &Act, seen: &Seen, tries: u8) -> Markup {
    let name = PinName::of(act.credential());
    let label = match act {
        Act::LogIn(_) => visit.say("ログインする", "Log in"),
        Act::Sign(_) => visit.say("署名する", "Sign"),
        Act::Certificate => visit.say("証明書を渡す", "Give the certificate"),
    };
    ui::form(
        visit,
        &format!("/errands/{}/pin", task.id),
        html! {
            (asked(visit, name, &seen.number, tries))
            p.actions { button.main #send type="submit" { (label) } }
        },
    )
}

/// What a form asks that has a PIN typed: the card and the tries left that the page names, the PIN, and before the last try a word.
pub(super) fn asked(visit: &Visit, name: PinName, card: &str, tries: u8) -> Markup {
    html! {
        input type="hidden" name="card" value=(card);
        input type="hidden" name="tries" value=(tries);
        p #tries data-tries=(tries) {
            @if tries == name.most_tries() {
                (visit.say("続けて", "It is locked after ")) (tries)
                (visit.say("回間違えるとロックされます。", " wrong entries in a row."))
            } @else {
                strong {
                    (visit.say("あと", "")) (tries)
                    (visit.say("回間違えるとロックされます。", " more wrong entries lock it."))
                }
            }
        }
        (entry(visit, "pin", "pin", called(visit, name), form_of(name), "current-password"))
        @if tries == 1 {
            (ui::notice(Tone::Warning, html! {
                p { strong {
                    (visit.say(
                        "これが最後の1回です。間違えるとロックされます。マイナンバーカードは市区町村の窓口でしか初期化できず、練習用のカードは初期化できません。",
                        "This is the last try. If it is wrong the PIN is locked: a My Number Card is reset at a municipality's counter, a card of the sandbox cannot be."))
                } }
            }))
            div.field {
                label for="confirm" {
                    @match visit.language() {
                        Language::Japanese => { "暗証番号に確信があれば「" (WORDS.0) "」と入力してください" }
                        Language::English => { "If you are sure of the PIN, type \"" (WORDS.1) "\"" }
                    }
                }
                input #confirm name="confirm" type="text" autocomplete="off" autocapitalize="none";
            }
        }
    }
}

/// The same form: the text PIN has that of the authentication PIN.
pub(super) fn form_of(name: PinName) -> Credential {
    name.credential()
        .unwrap_or(Credential::Authentication)
}

/// What a PIN is called at the head of its field.
pub(super) fn called(visit: &Visit, name: PinName) -> &'static str {
    match name {
        PinName::Signature => visit.say("署名用パスワード", "Signature password"),
        PinName::Authentication => visit.say("利用者証明用暗証番号", "Authentication PIN"),
        PinName::Text => visit.say("券面事項入力補助用暗証番号", "PIN of the card's text"),
    }
}

/// That a PIN is locked, or why there is none to be typed.
pub(super) fn locked(visit: &Visit, name: PinName) -> Markup {
    let refusal = PIN_TRIES.refusal(Facts::new().and("pin", pin_name(name)));
    html! { div #locked { (ui::refusal(visit, &refusal.report())) } }
}

/// The field of one PIN, with its rules, and how to see what is typed.
pub(super) fn entry(
    visit: &Visit,
    id: &str,
    field: &str,
    label: &str,
    credential: Credential,
    autocomplete: &str,
) -> Markup {
    let rules = format!("{id}-rules");
    let (mode, longest) = match credential {
        Credential::Signature => ("text", 16),
        Credential::Authentication => ("numeric", 4),
    };
    // A browser that keeps passwords must not keep this one: `off`, and no name that it knows.
    let autocomplete = if autocomplete == "new-password" {
        autocomplete
    } else {
        "off"
    };
    html! {
        div.field {
            label for=(id) { (label) }
            (rule_list(visit, &rules, id, credential, None))
            input id=(id) name=(field) type="password" autocomplete=(autocomplete) inputmode=(mode) spellcheck="false"
                autocapitalize="none" maxlength=[(credential == Credential::Authentication).then_some(longest)]
                aria-describedby=(rules) required;
            div.choice {
                input type="checkbox" id={ (id) "-shown" } data-shows=(id);
                label for={ (id) "-shown" } { (visit.say("入力した文字を表示する", "Show what is typed")) }
            }
        }
    }
}

/// The rules of a PIN; `same_as` is the field that must hold the same.
pub(super) fn rule_list(
    visit: &Visit,
    id: &str,
    field: &str,
    credential: Credential,
    same_as: Option<&str>,
) -> Markup {
    let rules: &[(&str, &str)] = match (credential, same_as) {
        (_, Some(_)) => &[("same", visit.say("上と同じ", "the same as above"))],
        (Credential::Authentication, None) => &[
            ("length-4", visit.say("4文字", "4 characters")),
            ("digits", visit.say("数字だけ", "digits only")),
        ],
        (Credential::Signature, None) => &[
            ("length-6-16", visit.say("6～16文字", "6 to 16 characters")),
            (
                "letter",
                visit.say(
                    "英字を含む（小文字は大文字として扱います）",
                    "a letter in it (small ones count as capitals)",
                ),
            ),
            ("digit", visit.say("数字を含む", "a digit in it")),
            (
                "no-other",
                visit.say("ほかの文字を含まない", "no other characters"),
            ),
        ],
    };
    html! {
        ul.rules id=(id) data-rules-of=(field) {
            @for (rule, words) in rules {
                li data-rule=(rule) data-as=[same_as] data-held=(visit.say("（よし）", " (held)"))
                    data-missing=(visit.say("（まだ）", " (not yet)")) {
                    (words) span.state {}
                }
            }
        }
    }
}

pub(super) fn name(visit: &Visit, credential: Credential) -> &'static str {
    called(visit, PinName::of(credential))
}

/// A PIN is sent. Nothing reaches the card unless its form is right and everything is as the page said.
pub(crate) async fn pin(
    Handed(agent): Handed<Arc<Agent>>,
    visit: Visit,
    Path(id): Path<String>,
    TypedFields(fields): TypedFields,
) -> Result<Response, Problem> {
    let task = task(&agent, &visit, &id)?;
    let _work = task.work.lock().await;
    if !matches!(task.state(), State::Open) {
        return Ok(to_errand(&task));
    }
    let Some(act) = act(&task) else {
        return Ok(to_errand(&task));
    };
    let entry = match entered(&visit, &fields, PinName::of(act.credential())) {
        Ok(entry) => entry,
        Err(problem) => return show(&agent, &visit, &task, Some(problem)).await,
    };
    let card = entry.card.clone();
    let problem = match agent.act(act, entry).await {
        Ok(done) => {
            if done.is_unlisted {
                task.has_unlisted_policy();
            }
            agent
                .settle(&task, done.deed, Outcome::Done, &card, None)
                .await
                .map_err(store)?;
            return Ok(to_done(&task));
        }
        // The state of an errand, not a mark, says whether its form may still be sent.
        Err(Fault::Changed | Fault::Again) => changed(),
        Err(Fault::Told(told)) => {
            let noted = agent
                .note(&task, &card, "refused", Some(&told))
                .await;
            told.recorded(is_recorded(noted))
        }
    };
    show(&agent, &visit, &task, Some(problem)).await
}

/// What was typed, if it has the form of a PIN.
pub(super) fn entered(visit: &Visit, fields: &Fields, name: PinName) -> Result<Entry, Told> {
    let confirmation = fields.text("confirm").to_lowercase();
    Ok(Entry {
        pin: typed(fields, "pin", name)?,
        card: fields.text("card").to_owned(),
        tries: fields
            .text("tries")
            .parse()
            .unwrap_or(0),
        word: visit.say(WORDS.0, WORDS.1),
        is_confirmed: [WORDS.0, WORDS.1].contains(&confirmation.as_str()),
        press: fields.text("press").to_owned(),
    })
}

/// The PIN of a field.
pub(super) fn typed(fields: &Fields, field: &str, name: PinName) -> Result<TypedPin, Told> {
    let typed = fields.secret(field);
    let text = std::str::from_utf8(typed.expose()).unwrap_or("");
    Ok(TypedPin::new(name, text)?)
}
