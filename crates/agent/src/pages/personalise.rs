//! Personalisation, as the applicant and the officer see it.

use super::{
    errand::show,
    pin::{entry, name, rule_list},
    task, to_errand, told,
};
use crate::{
    Agent,
    relay::STEP_PINS,
    tasks::{Stage, State, Task, Told},
    work::Seen,
};
use axum::{
    extract::{Path, State as Handed},
    response::{Html, Response},
};
use shirushi_card::{Credential, Pin};
use shirushi_profile::CertificateKind;
use shirushi_rules::{Bilingual, Facts, WELL_FORMED};
use shirushi_web::{
    Fields, Problem, TypedFields, Visit,
    maud::{Markup, html},
    ui::{self, Tone},
};
use shirushi_wire::Want;
use std::sync::Arc;

fn credential(kind: CertificateKind) -> Credential {
    match kind {
        CertificateKind::Signature => Credential::Signature,
        CertificateKind::Authentication => Credential::Authentication,
    }
}

fn steps(visit: &Visit, step: usize) -> Markup {
    let names = [
        visit.say("鍵を作る", "Make the keys"),
        visit.say("暗証番号を決める", "Set the PINs"),
        visit.say("電子証明書を発行する", "Issue the certificates"),
        visit.say("カードに書き込む", "Write them into the card"),
    ];
    ui::steps(visit, &names, step)
}

/// The part of the page that changes while the relay runs.
pub(super) fn working(visit: &Visit, task: &Task) -> Markup {
    ui::live(
        &format!("/errands/{}/progress", task.id),
        fragment(visit, task),
    )
}

fn fragment(visit: &Visit, task: &Task) -> Markup {
    let relay = task.relay().clone();
    let is_working = matches!(relay.stage, Stage::Working) && matches!(task.state(), State::Open);
    html! {
        (steps(visit, relay.step))
        @if is_working {
            p #working { strong {
                (visit.say("処理しています。カードを動かさないでください。", "Working. Do not move the card."))
            } }
        } @else {
            p data-done={ "/errands/" (task.id) } {
                a href={ "/errands/" (task.id) } { (visit.say("次へ", "Next")) }
            }
        }
    }
}

/// The state of the work as a part of a page.
pub(crate) async fn progress(
    Handed(agent): Handed<Arc<Agent>>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Html<String>, Problem> {
    let task = task(&agent, &visit, &id)?;
    Ok(Html(fragment(&visit, &task).into_string()))
}

/// What is to be done next, with the card that is in the reader.
pub(super) fn section(visit: &Visit, task: &Task, seen: &Seen) -> Markup {
    let Want::Personalise {
        applicant,
        card,
        kinds,
        ..
    } = &task.errand.want
    else {
        return ui::nothing();
    };
    let relay = task.relay().clone();
    let address = format!("/errands/{}", task.id);
    html! {
        h2 { (visit.say("申請", "Application")) }
        (ui::definitions(&[
            (visit.say("申請者", "Applicant"), html! { span lang="ja" { (applicant) } }),
            (visit.say("カードの番号", "Card number"), html! { span #wanted-card data-card=(card) { (ui::grouped(card.as_str())) } }),
            (visit.say("発行するもの", "To be issued"), html! {
                @for (place, kind) in kinds.iter().enumerate() {
                    @if place > 0 { (visit.say("、", ", ")) }
                    @match kind {
                        CertificateKind::Signature => (visit.say("署名用電子証明書", "signature certificate")),
                        CertificateKind::Authentication => (visit.say("利用者証明用電子証明書", "authentication certificate")),
                    }
                }
            }),
        ]))
        (steps(visit, relay.step))
        @if seen.number != card.as_str() {
            (ui::notice(Tone::Bad, html! {
                p.reason #wrong-card { strong {
                    (visit.say("カードリーダーにあるのは、別のカードです。", "Another card is in the reader."))
                } }
                p.remedy {
                    (visit.say("この番号のカードを置いてください: ", "Put in the card with this number: "))
                    (ui::grouped(card.as_str()))
                }
            }))
            p { a.button href=(address) { (visit.say("もう一度確かめる", "Look again")) } }
        } @else {
            @match &relay.stage {
                Stage::Ready => (start_form(visit, task, relay.step)),
                Stage::Working => {}
                Stage::Pins(kinds) => (pins_form(visit, task, kinds)),
                Stage::Interrupted(fault) => {
                    div #interrupted {
                        h3 { (visit.say("中断しました", "Interrupted")) }
                        (told(visit, fault))
                        p {
                            (visit.say(
                                "途中までの内容は失われていません。続けることができます。",
                                "Nothing that was done is lost. It can be continued."))
                        }
                    }
                    (continue_form(visit, task))
                }
            }
        }
    }
}

fn start_form(visit: &Visit, task: &Task, step: usize) -> Markup {
    if step >= STEP_PINS {
        return continue_form(visit, task);
    }
    ui::form(
        visit,
        &format!("/errands/{}/start", task.id),
        html! {
            p.actions { button.main #start type="submit" { (visit.say("始める", "Start")) } }
        },
    )
}

fn continue_form(visit: &Visit, task: &Task) -> Markup {
    ui::form(
        visit,
        &format!("/errands/{}/start", task.id),
        html! {
            p.actions { button.main #continue type="submit" { (visit.say("続ける", "Continue")) } }
        },
    )
}

/// Each PIN twice.
fn pins_form(visit: &Visit, task: &Task, kinds: &[CertificateKind]) -> Markup {
    ui::form(
        visit,
        &format!("/errands/{}/pins", task.id),
        html! {
            p {
                (visit.say(
                    "ここからは申請者本人が入力してください。担当者は画面を見ないでください。",
                    "From here the applicant types. The officer does not look at the screen."))
            }
            @for kind in kinds {
                @let credential = credential(*kind);
                @let field = field(*kind);
                @let again = format!("{field}-again");
                fieldset {
                    legend { (name(visit, credential)) }
                    (entry(visit, field, field, visit.say("決めた暗証番号", "The PIN you choose"), credential, "new-password"))
                    div.field {
                        label for=(again) { (visit.say("もう一度", "Once more")) }
                        (rule_list(visit, &format!("{again}-rules"), &again, credential, Some(field)))
                        input id=(again) name=(again) type="password" autocomplete="new-password" spellcheck="false"
                            autocapitalize="none" aria-describedby={ (again) "-rules" } required;
                    }
                }
            }
            p.actions { button.main #set-pins type="submit" { (visit.say("この暗証番号にする", "Set these PINs")) } }
        },
    )
}

fn field(kind: CertificateKind) -> &'static str {
    match kind {
        CertificateKind::Signature => "signature",
        CertificateKind::Authentication => "authentication",
    }
}

/// Starts or continues.
pub(crate) async fn start(
    Handed(agent): Handed<Arc<Agent>>,
    visit: Visit,
    Path(id): Path<String>,
    _fields: Fields,
) -> Result<Response, Problem> {
    let task = task(&agent, &visit, &id)?;
    let _work = task.work.lock().await;
    let is_wanted = matches!(task.errand.want, Want::Personalise { .. });
    if is_wanted && matches!(task.state(), State::Open) {
        agent.start_relay(&task);
    }
    Ok(to_errand(&task))
}

/// The applicant has chosen the PINs.
pub(crate) async fn pins(
    Handed(agent): Handed<Arc<Agent>>,
    visit: Visit,
    Path(id): Path<String>,
    TypedFields(fields): TypedFields,
) -> Result<Response, Problem> {
    let task = task(&agent, &visit, &id)?;
    let _work = task.work.lock().await;
    let stage = task.relay().stage.clone();
    let (State::Open, Stage::Pins(kinds)) = (task.state(), stage) else {
        return Ok(to_errand(&task));
    };
    let mut pins = Vec::new();
    for kind in kinds {
        match chosen(&fields, kind) {
            Ok(pin) => pins.push((credential(kind), pin)),
            Err(fault) => return show(&agent, &visit, &task, Some(fault)).await,
        }
    }
    match agent.set_pins(&task, pins).await {
        Ok(()) => {
            agent.start_relay(&task);
            Ok(to_errand(&task))
        }
        Err(fault) => {
            // Which PINs the card has now, the authority asks it anew.
            task.relay().stage = Stage::Interrupted(fault.clone());
            show(&agent, &visit, &task, Some(fault)).await
        }
    }
}

/// The PIN of one kind, typed twice alike.
fn chosen(fields: &Fields, kind: CertificateKind) -> Result<Pin, Told> {
    let typed = fields.secret(field(kind));
    let again = fields.secret(&format!("{}-again", field(kind)));
    let text = std::str::from_utf8(typed.expose()).unwrap_or("");
    let pin = Pin::new(credential(kind), text)?;
    let where_ = match kind {
        CertificateKind::Signature => Bilingual::new("署名用パスワード", "signature password"),
        CertificateKind::Authentication => {
            Bilingual::new("利用者証明用暗証番号", "authentication PIN")
        }
    };
    WELL_FORMED.require(
        typed.expose() == again.expose(),
        Facts::new().and("where", where_).and(
            "fault",
            Bilingual::new("2回の入力が違います", "the two entries differ"),
        ),
    )?;
    Ok(pin)
}
