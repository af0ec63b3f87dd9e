//! The holder's online request that certificates end (オンライン失効申請, Law 9(4), 28(4)): `shirushi cert revoke` as a page.

use super::{
    card::{fault_told, noted, status_of, with_card},
    errand::changed,
    pin::entered,
    store, told, unrecorded,
};
use crate::{
    Agent,
    history::Own,
    own::{City, Overview},
    tasks::Told,
};
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use shirushi_client::{PinName, ToEnd, Unsent, revocation_address, words};
use shirushi_profile::{CertificateKind, RevocationReason};
use shirushi_rules::{Bilingual, Facts, Language, WELL_FORMED};
use shirushi_web::{
    Fields, Page, Problem, TypedFields, Visit,
    maud::html,
    ui::{self, Choice, Label, Tone},
};
use std::sync::Arc;

/// The words that confirm it, as on the command line.
const WORDS: (&str, &str) = ("失効する", "revoke");

fn title(visit: &Visit) -> &'static str {
    visit.say("失効の申請", "Ask for revocation")
}

pub(crate) async fn form(
    State(agent): State<Arc<Agent>>,
    visit: Visit,
) -> Result<Response, Problem> {
    page(&agent, &visit, &Chosen::default(), None).await
}

/// What a form asks for; what was chosen is kept where it is shown again.
#[derive(Default)]
struct Chosen {
    signature: bool,
    authentication: bool,
    is_lost: bool,
}

impl Chosen {
    fn of(fields: &Fields) -> Self {
        let ends = |kind| fields.all("end").any(|end| end == kind);
        Self {
            signature: ends("signature"),
            authentication: ends("authentication"),
            is_lost: fields.text("why") == "lost",
        }
    }
}

/// Whether the card shows its authentication certificate after a PIN only, as a telephone does.
fn hides_authentication(overview: &Overview) -> bool {
    let own = &overview.card.authentication;
    own.certificate.is_none() && own.needs_pin
}

async fn page(
    agent: &Agent,
    visit: &Visit,
    chosen: &Chosen,
    problem: Option<Told>,
) -> Result<Response, Problem> {
    let kind = |kind| Label::from(words::kind(kind));
    let content = html! {
        @if let Some(problem) = &problem { (told(visit, problem)) }
        (ui::notice(Tone::Warning, html! {
            p { strong {
                (visit.say(
                    "失効は取り消せません。新しい発行には、市区町村の窓口での申請が必要です。",
                    "This cannot be undone; a new certificate is applied for at the municipality's counter."))
            } }
            p {
                (visit.say(
                    "失効申請は署名用の鍵で署名するので、署名用電子証明書の失効後は、このカードからは次の失効申請ができません。両方を失効させるときは、一度に申請してください。",
                    "Requests are signed with the signature key: once the signature certificate has ended, this card can make no further one. To end both, ask for both at once."))
            }
            p {
                (visit.say(
                    "カードが手元にないときは、ここではできません。マイナンバー総合フリーダイヤルか市区町村の窓口に届け出てください。",
                    "Without the card this cannot be done here: report the loss to the card's call centre or the municipality's counter."))
            }
        }))
        (with_card(agent, visit, "/revoke", PinName::Signature, |overview| {
            let authority = overview
                .card
                .authentication
                .certificate
                .as_ref()
                .and_then(|certificate| revocation_address(certificate, None));
            html! {
                @if hides_authentication(overview) {
                    (ui::notice(Tone::Warning, html! {
                        p #hidden {
                            (visit.say(
                                "スマートフォンは、利用者証明用電子証明書を暗証番号なしでは見せません。ここで申請できるのは、署名用電子証明書の失効だけです。利用者証明用も失効させるときは、スマートフォンの側で手続きしてください。",
                                "A telephone does not show its authentication certificate without a PIN: only the signature certificate can be revoked here. To end the other one too, do so on the telephone."))
                        }
                    }))
                }
                (ui::choices(visit, "checkbox", "end", Label::new("失効させるもの", "To be revoked"), "", &[
                    Choice {
                        value: "signature",
                        label: kind(CertificateKind::Signature),
                        hint: "",
                        chosen: chosen.signature,
                    },
                    Choice {
                        value: "authentication",
                        label: kind(CertificateKind::Authentication),
                        hint: "",
                        chosen: chosen.authentication,
                    },
                ]))
                (ui::choices(visit, "radio", "why", Label::new("理由", "Why"), "", &[
                    Choice {
                        value: "ended",
                        label: Label::new("使うのをやめる", "It is not to be used any more"),
                        hint: "",
                        chosen: !chosen.is_lost,
                    },
                    Choice {
                        value: "lost",
                        label: Label::new("暗証番号や鍵が人に知られたおそれがある", "The PIN or the key may be in other hands"),
                        hint: "",
                        chosen: chosen.is_lost,
                    },
                ]))
                p.hint #goes-to {
                    @match &authority {
                        Some(address) => {
                            (visit.say("署名した申請を、証明書にある認証局に送ります: ", "The signed request goes to the authority named in the certificate: "))
                            code { (ui::shown(address)) }
                        }
                        None => {
                            (visit.say(
                                "署名した申請を、証明書にある認証局のアドレスに送ります。",
                                "The signed request goes to the authority's address in the certificate."))
                        }
                    }
                }
                div.field {
                    label for="word" {
                        @match visit.language() {
                            Language::Japanese => { "続けるには「" (WORDS.0) "」と入力してください" }
                            Language::English => { "To go on, type \"" (WORDS.1) "\"" }
                        }
                    }
                    input #word name="word" type="text" autocomplete="off" autocapitalize="none" required;
                }
                p.actions { button.main #revoke type="submit" { (visit.say("失効を申請する", "Ask for revocation")) } }
            }
        }).await)
        p { a href="/" { (visit.say("やめて戻る", "Back without revoking")) } }
    };
    Ok(Page::new(visit, title(visit), content)
        .status(status_of(problem.as_ref()))
        .into_response())
}

/// That something is to end, and that it was confirmed.
fn require_wanted(chosen: &Chosen, word: &str) -> Result<(), Told> {
    let malformed = |where_, fault| {
        WELL_FORMED.refusal(
            Facts::new()
                .and("where", where_)
                .and("fault", fault),
        )
    };
    if !chosen.signature && !chosen.authentication {
        return Err(malformed(
            Bilingual::new("失効させるもの", "what is to be revoked"),
            Bilingual::new("選ばれていません", "nothing is chosen"),
        )
        .into());
    }
    if ![WORDS.0, WORDS.1].contains(&word.to_lowercase().as_str()) {
        return Err(malformed(
            Bilingual::new("確認の言葉", "the word that confirms it"),
            Bilingual::new(
                "違うので、何も送っていません",
                "it is another one; nothing was sent",
            ),
        )
        .into());
    }
    Ok(())
}

pub(crate) async fn revoke(
    State(agent): State<Arc<Agent>>,
    visit: Visit,
    TypedFields(fields): TypedFields,
) -> Result<Response, Problem> {
    let chosen = Chosen::of(&fields);
    let typed = require_wanted(&chosen, fields.text("word"))
        .and_then(|()| entered(&visit, &fields, PinName::Signature));
    let entry = match typed {
        Ok(entry) => entry,
        Err(problem) => return page(&agent, &visit, &chosen, Some(problem)).await,
    };
    let reason = match chosen.is_lost {
        true => RevocationReason::KeyCompromise,
        false => RevocationReason::CessationOfOperation,
    };
    let card = entry.card.clone();
    let overview = match agent.overview().await {
        Ok(overview) => overview,
        Err(fault) => return page(&agent, &visit, &chosen, Some(fault)).await,
    };
    if let Err(problem) = require_endable(&overview, &card, &chosen) {
        return page(&agent, &visit, &chosen, Some(problem)).await;
    }
    let on_card = overview.card.authentication.certificate;
    let to_end = ToEnd {
        signature: chosen.signature,
        authentication: on_card
            .as_ref()
            .filter(|_| chosen.authentication)
            .map(|certificate| *certificate.serial()),
    };
    let line = agent
        .begin_own(Own::Revocation, "", "", &card)
        .await
        .map_err(store)?;
    let refused = async |problem: Told| {
        let is_recorded = agent
            .end_own(&line, &card, "refused", Some(&problem))
            .await;
        page(&agent, &visit, &chosen, Some(problem.recorded(is_recorded))).await
    };
    let city = City::default();
    let request = match agent
        .sign_ending(to_end, reason, entry, &city)
        .await
    {
        Ok(request) => request,
        Err(fault) => return refused(fault_told(fault)).await,
    };
    // Of a certificate that names nobody, the other one's authority is asked: both are the same body's.
    let address = request.address(None).or_else(|| {
        on_card
            .as_ref()
            .and_then(|certificate| revocation_address(certificate, None))
    });
    let Some(address) = address else {
        return refused(no_address()).await;
    };
    match agent
        .send_ending(request, address.clone())
        .await
    {
        Ok(serials) => {
            let is_recorded = agent
                .end_own(&line, &card, "done", None)
                .await;
            let content = html! {
                (ui::notice(Tone::Good, html! {
                    p #revoked data-count=(serials.len()) { strong {
                        @if serials.is_empty() { (visit.say("すでに失効していました。", "It had ended already.")) }
                        @else { (visit.say("失効しました。", "Revoked.")) }
                    } }
                    @if !serials.is_empty() {
                        ul { @for serial in &serials { li { (visit.say("シリアル番号 ", "Serial number ")) code { (serial) } } } }
                    }
                }))
                (noted(&visit, false, &city))
                @if !is_recorded { (unrecorded(&visit)) }
                p { a.button href="/" { (visit.say("カードに戻る", "Back to the card")) } }
            };
            Ok(Page::new(&visit, title(&visit), content).into_response())
        }
        Err(unsent) => {
            let (outcome, problem) = unsent_told(unsent, &address);
            let is_recorded = agent
                .end_own(&line, &card, outcome, Some(&problem))
                .await;
            let problem = problem.recorded(is_recorded);
            let content = html! {
                (told(&visit, &problem))
                p.actions {
                    a.button href="/" { (visit.say("カードに戻り、状態を確かめる", "Back to the card, to see how it stands")) }
                    a.button href="/revoke" { (visit.say("もう一度申請する", "Ask once more")) }
                }
            };
            Ok(Page::new(&visit, title(&visit), content)
                .status(StatusCode::UNPROCESSABLE_ENTITY)
                .into_response())
        }
    }
}

/// That the card whose certificates were looked at is that of the form, and that it shows what is to end.
fn require_endable(overview: &Overview, card: &str, chosen: &Chosen) -> Result<(), Told> {
    if overview.card.token.serial != card {
        return Err(changed());
    }
    match chosen.authentication {
        true if hides_authentication(overview) => Err(hidden_authentication()),
        true if overview
            .card
            .authentication
            .certificate
            .is_none() =>
        {
            Err(no_authentication())
        }
        _ => Ok(()),
    }
}

fn unsent_told(unsent: Unsent, address: &str) -> (&'static str, Told) {
    match unsent {
        Unsent::ByRule(report) => ("refused", Told::Report(report)),
        Unsent::NotSent(why) => (
            "refused",
            Told::words(
                (
                    &format!("認証局に届いていません（{address}: {why}）。何も失効していません。"),
                    "インターネットへの接続を確かめて、もう一度申請してください。",
                ),
                (
                    &format!(
                        "The authority was not reached ({address}: {why}). Nothing was revoked."
                    ),
                    "See to the connection to the internet, and ask once more.",
                ),
            ),
        ),
        Unsent::Unknown(why) => (
            "interrupted",
            Told::words(
                (
                    &format!(
                        "失効申請を {address} に送りましたが、受け付けられたかは分かっていません（{why}）。"
                    ),
                    "カードの画面で証明書の状態を問い合わせ、有効なままなら、もう一度申請してください。",
                ),
                (
                    &format!(
                        "The request was sent to {address}; whether it was taken is not known ({why})."
                    ),
                    "Ask on the card's page how the certificate stands, and ask for revocation once more if it is still alive.",
                ),
            ),
        ),
    }
}

/// A telephone's authentication certificate, whose number the request would name, is behind its PIN (`facts/card.md` §22).
fn hidden_authentication() -> Told {
    Told::words(
        (
            "スマートフォンは、利用者証明用電子証明書を暗証番号なしでは見せません。この画面からは、その失効を申請できません。何も失効していません。",
            "署名用電子証明書だけを選べば、ここで申請できます。利用者証明用も失効させるときは、スマートフォンの側で手続きしてください。",
        ),
        (
            "A telephone does not show its authentication certificate without a PIN, and this page cannot ask for its revocation. Nothing was revoked.",
            "For the signature certificate alone it can be asked for here. To end the authentication certificate too, do so on the telephone.",
        ),
    )
}

fn no_authentication() -> Told {
    Told::words(
        (
            "カードに利用者証明用電子証明書がありません。何も失効していません。",
            "選び直してください。",
        ),
        (
            "There is no authentication certificate on the card. Nothing was revoked.",
            "Choose again.",
        ),
    )
}

fn no_address() -> Told {
    Told::words(
        (
            "電子証明書に認証局のアドレスがありません。何も失効していません。",
            "アドレスが分かっていれば、shirushi cert revoke の --authority で指定できます。分からなければ、市区町村の窓口で申請してください。",
        ),
        (
            "The certificate names no address of its authority. Nothing was revoked.",
            "If you know one, give it to shirushi cert revoke with --authority; else apply at the municipality's counter.",
        ),
    )
}
