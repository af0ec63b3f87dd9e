//! Checking somebody's signature over a file, as `shirushi verify` does and in its words. The file goes by in pieces and is not kept.

use super::{
    card::{answers, noted},
    sign::no_file,
    told,
};
use crate::{Agent, own::City, tasks::Told, upload::Upload};
use axum::{
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use shirushi_client::{Judged, LONGEST_CERTIFICATES, LONGEST_SIGNATURE, Missing, certificates_in};
use shirushi_path::Indication;
use shirushi_profile::{Certificate, CertificateKind};
use shirushi_signature::report::Outcome;
use shirushi_text::shown_in_line;
use shirushi_web::{
    Page, Problem, Visit,
    maud::{Markup, html},
    ui::{self, Choice, Label, Tone},
};
use std::sync::Arc;

fn title(visit: &Visit) -> &'static str {
    visit.say("署名を確かめる", "Check a signature")
}

pub(crate) async fn form(visit: Visit) -> Response {
    page(&visit, None).into_response()
}

/// The signed file comes last: how it is to be read stands in the signature.
fn page(visit: &Visit, problem: Option<&Told>) -> Page {
    let content = html! {
        @if let Some(problem) = problem { (told(visit, problem)) }
        p.lead {
            (visit.say(
                "電子署名と、署名された元のファイルを選びます。判定は shirushi verify と同じです。ファイルはどこにも送りません。",
                "Choose a signature and the file that was signed. It is judged as by shirushi verify; the files are sent nowhere."))
        }
        (ui::file_form(visit, "/check", html! {
            (ui::file(visit, "signature", visit.say("署名のファイル", "The signature"),
                visit.say(
                    "CMS（.p7s。DER、PEM、base64）。元のファイルと一緒に、ここに置く（ドラッグ・アンド・ドロップ）こともできます。",
                    "CMS (.p7s; DER, PEM or base64). It can be dropped here, together with the file."), true))
            (ui::choices(visit, "checkbox", "option", Label::new("信頼と問い合わせ", "Trust, and asking"), "", &[
                Choice {
                    value: "card",
                    label: Label::new(
                        "カードに入っている認証局の証明書を信頼する",
                        "Trust the authority's certificates on the card"),
                    hint: visit.say(
                        "カードリーダーにカードがあるとき。暗証番号は使いません。",
                        "When a card is in the reader. No PIN is used."),
                    chosen: true,
                },
                Choice {
                    value: "online",
                    label: Label::new(
                        "署名者の証明書が失効していないか問い合わせる",
                        "Ask whether the signer's certificate is revoked"),
                    hint: visit.say(
                        "信頼する認証局が発行したときだけ、その証明書にあるアドレスに、シリアル番号で問い合わせます。",
                        "Only where a trusted authority has issued it: at the address in it, by its serial number."),
                    chosen: true,
                },
            ]))
            details {
                summary { (visit.say("ほかの証明書を使う", "Use other certificates")) }
                (ui::file(visit, "trust", visit.say("信頼する認証局の証明書", "Certificates of authorities that are trusted"),
                    visit.say("PEMかDER。", "PEM or DER."), false))
                (ui::file(visit, "certificate", visit.say("署名者の証明書", "The signer's certificate"),
                    visit.say("署名の中にないとき。PEMかDER。", "When it is not inside the signature. PEM or DER."), false))
                (ui::choices(visit, "radio", "key", Label::new("署名に使われたはずの鍵", "The key that must have signed"), "", &[
                    Choice {
                        value: "sign",
                        label: Label::new("署名用電子証明書", "Signature certificate"),
                        hint: "",
                        chosen: true,
                    },
                    Choice {
                        value: "auth",
                        label: Label::new("利用者証明用電子証明書", "Authentication certificate"),
                        hint: visit.say("文書の署名としては通用しません。", "No signature of a document."),
                        chosen: false,
                    },
                ]))
            }
            (ui::file(visit, "document", visit.say("署名された元のファイル", "The file that was signed"),
                visit.say("16 GiBまで。", "Of 16 GiB at most."), true))
            (ui::submit(visit.say("確かめる", "Check")))
        }))
    };
    Page::new(visit, title(visit), content).status(super::card::status_of(problem))
}

/// What a form asks for, as far as it has come.
#[derive(Default)]
struct Asked {
    /// The file, once one came; taken by the judgement.
    signature: Option<Vec<u8>>,
    /// A signed file came that nothing was there to be judged by.
    is_early: bool,
    certificates: Vec<Certificate>,
    authorities: Vec<Certificate>,
    trusts_card: bool,
    is_online: bool,
    is_authentication: bool,
}

impl Asked {
    fn has_signature(&self) -> bool {
        self.signature
            .as_ref()
            .is_some_and(|signature| !signature.is_empty())
    }

    /// Why nothing could be judged.
    fn missing(&self) -> Told {
        match &self.signature {
            Some(signature) if signature.is_empty() => Told::words(
                ("署名のファイルが空です。", "選び直してください。"),
                ("The signature's file is empty.", "Choose another one."),
            ),
            Some(_) if self.is_early => Told::words(
                (
                    "署名された元のファイルが、署名より先に届きました。",
                    "署名のファイルを先に送ってください。",
                ),
                (
                    "The file that was signed came before the signature.",
                    "Send the signature first.",
                ),
            ),
            _ => no_file(),
        }
    }
}

pub(crate) async fn check(
    State(agent): State<Arc<Agent>>,
    visit: Visit,
    request: Request,
) -> Result<Response, Problem> {
    let mut upload = Upload::begin(&visit, request).await?;
    let mut asked = Asked::default();
    let mut unfit = None;
    let mut judged = None;
    let city = City::default();
    while let Some(part) = upload.next().await? {
        let file = part
            .file
            .clone()
            .filter(|name| !name.is_empty());
        match (part.name.as_str(), file) {
            ("signature", Some(_)) => {
                asked.signature = Some(part.start(LONGEST_SIGNATURE).await?);
            }
            ("trust" | "certificate", Some(file)) => {
                let is_trusted = part.name == "trust";
                let bytes = part.start(LONGEST_CERTIFICATES).await?;
                match certificates_in(&bytes).filter(|_| bytes.len() <= LONGEST_CERTIFICATES) {
                    Some(found) if is_trusted => asked.authorities.extend(found),
                    Some(found) => asked.certificates.extend(found),
                    None => unfit = Some(no_certificates(&file)),
                }
            }
            ("document", Some(file)) if asked.has_signature() && unfit.is_none() => {
                let authorities = trusted(&agent, &mut asked).await;
                let judge = agent.judge(
                    asked
                        .signature
                        .take()
                        .unwrap_or_default(),
                    std::mem::take(&mut asked.certificates),
                    authorities,
                    match asked.is_authentication {
                        true => CertificateKind::Authentication,
                        false => CertificateKind::Signature,
                    },
                    asked.is_online,
                    &city,
                );
                judged = Some((file, part.read_by(judge).await?));
            }
            ("option", None) => match part.text().await?.as_str() {
                "card" => asked.trusts_card = true,
                "online" => asked.is_online = true,
                _ => {}
            },
            ("key", None) => asked.is_authentication = part.text().await? == "auth",
            (name, file) => {
                asked.is_early |= name == "document" && file.is_some();
                // Read to its end, so that the browser can finish.
                part.each(|_| {}).await?;
            }
        }
    }
    Ok(match judged {
        Some((file, judged)) => answer(&visit, &file, &judged, &city).into_response(),
        None => page(&visit, Some(&unfit.unwrap_or_else(|| asked.missing()))).into_response(),
    })
}

/// The authorities that were named, and those on the card if there is one.
async fn trusted(agent: &Agent, asked: &mut Asked) -> Vec<Certificate> {
    let mut authorities = std::mem::take(&mut asked.authorities);
    if asked.trusts_card
        && let Ok(overview) = agent.overview().await
    {
        authorities.extend(overview.authorities());
    }
    authorities
}

fn no_certificates(file: &str) -> Told {
    let file = shown_in_line(file);
    Told::words(
        (
            &format!("{file} は証明書のファイル（PEMかDER）ではありません。"),
            "選び直してください。",
        ),
        (
            &format!("{file} is no file of certificates (PEM or DER)."),
            "Choose another one.",
        ),
    )
}

/// The report.
fn answer(visit: &Visit, file: &str, judged: &Judged, city: &City) -> Page {
    let told = judged.in_words_with(visit.language(), |at| {
        let zone = visit.say("（日本時間）", " (Japan time)");
        format!("{}{zone}", ui::moment(visit, at))
    });
    let (tone, word) = match judged.report.indication {
        Indication::Passed => (Tone::Good, "passed"),
        Indication::Failed => (Tone::Bad, "failed"),
        Indication::Indeterminate => (Tone::Warning, "indeterminate"),
    };
    let facts: Vec<(&str, Markup)> = told
        .facts
        .iter()
        .map(|(name, value)| (*name, html! { (ui::shown(value)) }))
        .collect();
    let content = html! {
        (ui::notice(tone, html! {
            p #verdict data-verdict=(word) { strong { (told.verdict) } }
            @for reason in &told.reasons { p.reason { (ui::shown(reason)) } }
            @if let Some(hint) = hint(visit, judged) { p.remedy { (hint) } }
        }))
        (noted(visit, false, city))
        @for note in &told.notes { p { (visit.say("注意: ", "Note: ")) (ui::shown(note)) } }
        (ui::definitions(&[
            (visit.say("確かめたファイル", "The file that was checked"), html! { (shown_in_line(file)) }),
            ("SHA-256", html! { (ui::grouped(&judged.report.content_sha256)) }),
        ]))
        (ui::definitions(&facts))
        @if let Some(inquiry) = &judged.inquiry {
            (answers(visit, [("OCSP", &inquiry.ocsp), ("CRL", &inquiry.list)]))
        }
        details {
            summary { (visit.say("確かめたこと", "What was checked")) }
            ul.findings {
                @for (outcome, told) in &told.findings {
                    li.held[*outcome == Outcome::Holds].failed[*outcome == Outcome::Broken] { (told) }
                }
            }
        }
        p { a.button href="/check" { (visit.say("ほかの署名を確かめる", "Check another one")) } }
    };
    // It was judged, whatever came of it.
    Page::new(visit, visit.say("署名の判定", "The judgement"), content).status(StatusCode::OK)
}

/// What of this page may help.
fn hint(visit: &Visit, judged: &Judged) -> Option<&'static str> {
    Some(match judged.missing()? {
        Missing::Certificate => visit.say(
            "「ほかの証明書を使う」で、署名者の証明書を選べます。",
            "The signer's certificate can be chosen below \"Use other certificates\".",
        ),
        Missing::Authority => visit.say(
            "「ほかの証明書を使う」で、信頼する認証局の証明書を選ぶか、その認証局のカードをカードリーダーに置いてください。",
            "Choose the authority's certificate below \"Use other certificates\", or put in a card of that authority.",
        ),
        Missing::Status => visit.say(
            "「失効していないか問い合わせる」を選んで、もう一度確かめてください。",
            "Choose to ask whether it is revoked, and check once more.",
        ),
        Missing::CityTime if judged.is_online => visit.say(
            "この機械の練習用の市が発行した証明書です。市の時計は進めてあることがあります。市が動いているか確かめて、もう一度確かめてください。",
            "A sandbox city on this machine has issued the certificate, and its clock may have been moved ahead: see that the city runs, and check once more.",
        ),
        Missing::CityTime => visit.say(
            "この機械の練習用の市が発行した証明書です。市の時計は進めてあることがあり、「失効していないか問い合わせる」を選ぶと市の時計で確かめます。",
            "A sandbox city on this machine has issued the certificate, and its clock may have been moved ahead: choose to ask whether it is revoked, and the city's time is taken.",
        ),
    })
}
