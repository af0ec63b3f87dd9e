//! One's own certificates.

use super::{local, page, to_the_counter};
use crate::{
    Portal,
    certificate::{Known, State as Alive},
    portal::About,
    session::{Citizen, MayBeCitizen},
};
use axum::{extract::State, response::Redirect};
use shirushi_path::{Cause, Reader};
use shirushi_rules::{Fact, RefusalReport, STATUS_KNOWN};
use shirushi_web::{
    Fields, Page, Problem, Visit,
    maud::{Markup, html},
    ui,
};
use shirushi_wire::Want;
use std::sync::Arc;

pub(crate) async fn certificates(
    State(portal): State<Arc<Portal>>,
    visit: Visit,
    MayBeCitizen(citizen): MayBeCitizen,
) -> Result<Page, Problem> {
    let content = match &citizen {
        None => html! {
            p { (visit.say("ログインすると、カードの電子証明書がいつまで有効か、失効していないかを確かめられます。",
                "After logging in you can see until when your certificates are valid, and whether they are alive.")) }
            p.actions { a.button.main href="/log-in?to=/certificates" { (visit.say("ログイン", "Log in")) } }
        },
        Some(citizen) => both(&portal, &visit, citizen, "/certificates").await?,
    };
    let title = visit.say("証明書の確認", "Certificate check");
    Ok(page(&visit, citizen.as_ref(), title, content))
}

/// Has the agent read the signature certificate, for which it asks the signature password.
pub(crate) async fn ask(
    State(portal): State<Arc<Portal>>,
    visit: Visit,
    citizen: Citizen,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let about = About::Certificate {
        to: local(fields.text("to")).to_owned(),
    };
    let to = portal.errands.give(
        &visit,
        citizen.giver(),
        &portal.config.agent,
        Want::SignatureCertificate,
        about,
    )?;
    Ok(Redirect::to(&to))
}

/// Both certificates, as far as they are known.
pub(super) async fn both(
    portal: &Portal,
    visit: &Visit,
    citizen: &Citizen,
    back: &str,
) -> Result<Markup, Problem> {
    let known = portal.known(&citizen.account).await?;
    let state = match &known {
        Some(known) => Some(
            portal
                .state_of(&known.certificate)
                .await,
        ),
        None => None,
    };
    Ok(html! {
        h2 { (visit.say("利用者証明用電子証明書（ログイン用）", "Authentication certificate (to log in)")) }
        (ui::definitions(&[
            (visit.say("発行の番号", "Serial number"), ui::grouped(&citizen.certificate.serial().to_string())),
            (visit.say("有効期間の満了", "Valid until"), html! { (ui::date(visit, citizen.certificate.not_after().date_jst())) }),
        ]))
        h2 { (visit.say("署名用電子証明書（申告・申請用）", "Signature certificate (to file)")) }
        @if let (Some(known), Some(state)) = (&known, &state) {
            (told(visit, state))
            (details(visit, known))
        }
        (check_form(visit, back, known.is_some()))
    })
}

/// What its state means for the citizen.
pub(super) fn told(visit: &Visit, state: &Alive) -> Markup {
    match state {
        Alive::Alive => ui::notice(
            ui::Tone::Good,
            html! { p { (visit.say("有効です。", "It is alive.")) } },
        ),
        Alive::EndsSoon => ui::notice(
            ui::Tone::Warning,
            html! {
                p { (visit.say("有効ですが、まもなく満了します。市区町村の窓口で、無料で更新できます。",
                    "It is alive but ends soon. It can be renewed at the municipality's counter, free of charge.")) }
                (to_the_counter(visit))
            },
        ),
        Alive::Dead(report) => html! { (ui::refusal(visit, report)) (to_the_counter(visit)) },
        Alive::Unknown(report) => unknown(visit, report.as_deref()),
    }
}

/// What was answered instead, and what the citizen can do; nothing but the status is told apart.
fn unknown(visit: &Visit, report: Option<&RefusalReport>) -> Markup {
    let of_status = report.filter(|report| report.rule == STATUS_KNOWN.id);
    let fact = |name| of_status.and_then(|report| report.facts.get(name));
    let cause = match report {
        // The agency itself was not reached, or had no time.
        None => Cause::NotReached,
        Some(_) => fact("cause")
            .and_then(Fact::text)
            .and_then(Cause::of_word)
            .unwrap_or(Cause::TryLater),
    };
    ui::notice(
        ui::Tone::Warning,
        html! {
            p { (visit.say("有効かどうかを、今は確かめられません。", "Whether it is alive cannot be found out now.")) }
            @if let Some(fault) = fact("fault") { p { (fault.told(visit.language())) } }
            p { (visit.text(cause.advice(Reader::Citizen))) }
        },
    )
}

/// The button that has the certificate read from the card.
pub(super) fn check_form(visit: &Visit, back: &str, again: bool) -> Markup {
    html! {
        p { (visit.say("確かめるには、利用者クライアントソフトが署名用パスワードをたずねます。署名はしません。",
            "To check it, the client software asks for your signature password. Nothing is signed.")) }
        (ui::form(visit, "/certificate", html! {
            input type="hidden" name="to" value=(back);
            p.actions { button type="submit" {
                @if again { (visit.say("新しい証明書がある: 確かめる", "I have a new certificate: check it")) }
                @else { (visit.say("署名用電子証明書を確かめる", "Check my signature certificate")) }
            } }
        }))
    }
}

fn details(visit: &Visit, known: &Known) -> Markup {
    let holder = known.certificate.holder();
    let mut rows = vec![
        (
            visit.say("発行の番号", "Serial number"),
            ui::grouped(&known.certificate.serial().to_string()),
        ),
        (
            visit.say("発行者", "Issuer"),
            html! { (known.certificate.issuer_text()) },
        ),
        (
            visit.say("有効期間の満了", "Valid until"),
            html! { (ui::date(visit, known.certificate.not_after().date_jst())) },
        ),
        (
            visit.say("カードから読んだ時", "Read from the card"),
            html! { (ui::moment(visit, known.known_at)) },
        ),
    ];
    if let Some(items) = &holder {
        rows.push((visit.say("氏名", "Name"), html! { (items.name) }));
        rows.push((visit.say("住所", "Address"), html! { (items.address) }));
    }
    ui::definitions(&rows)
}
