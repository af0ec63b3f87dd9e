//! One filing: what was filed, why it was judged so, what that rests on, and the decision.

use super::{
    Account, Clerk, Shared,
    lists::{DeskState, procedure_name},
    problem, report,
};
use crate::{Agency, Extent, Kept, Outcome};
use axum::{
    extract::{Path, State},
    http::header,
    response::{IntoResponse, Response},
};
use shirushi_accounts::{refused, status};
use shirushi_profile::Certificate;
use shirushi_rules::{Bilingual, Refusal};
use shirushi_web::{
    Page, Problem, Visit,
    maud::{Markup, html},
    ui,
};
use shirushi_wire::filing::{Filing, Procedure};

pub(super) async fn page(
    State(agency): Shared,
    visit: Visit,
    clerk: Clerk,
    Path(receipt): Path<String>,
) -> Result<Page, Problem> {
    show(&agency, &visit, &clerk, &receipt, None, "").await
}

pub(super) async fn show(
    agency: &Agency,
    visit: &Visit,
    clerk: &Clerk,
    receipt: &str,
    refusal: Option<&Refusal>,
    reason: &str,
) -> Result<Page, Problem> {
    let seen = Seen::of(agency, receipt).await?;
    let report = refusal.map(Refusal::report);
    let content = html! {
        (refused(visit, report.as_ref()))
        (seen.standing(visit))
        @if seen.kept.accepted && seen.kept.decision.is_none() { (decide(visit, receipt, reason)) }
        (seen.filed(visit))
        h2 { (visit.say("署名の検証", "Validation of the signature")) }
        (seen.validation(visit))
        (seen.signer(visit))
        (seen.evidence(visit))
        p { a href={ "/filings/" (receipt) "/report" } { (visit.say("印刷用の検証報告", "Report for printing")) } }
    };
    let title = visit.say("申請の内容と検証", "A filing and its validation");
    Ok(Page::new(visit, title, content)
        .user(Account::who(visit, clerk))
        .status(status(report.as_ref())))
}

pub(super) async fn printable(
    State(agency): Shared,
    visit: Visit,
    clerk: Clerk,
    Path(receipt): Path<String>,
) -> Result<Page, Problem> {
    let seen = Seen::of(&agency, &receipt).await?;
    let content = html! {
        p.no-print { button type="button" data-print hidden { (visit.say("印刷する", "Print")) } }
        (seen.standing(&visit))
        h2 { (visit.say("署名の検証", "Validation of the signature")) }
        (seen.validation(&visit))
        (seen.signer(&visit))
        (seen.evidence(&visit))
        p.no-print { a href={ "/filings/" (receipt) } { (visit.say("申請に戻る", "Back to the filing")) } }
    };
    let title = visit.say("検証報告", "Validation report");
    Ok(Page::new(&visit, title, content).user(Account::who(&visit, &clerk)))
}

pub(super) async fn evidence(
    State(agency): Shared,
    _: Clerk,
    Path((receipt, name)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let found = agency
        .evidence(&receipt, &name)
        .await
        .map_err(|fault| problem(&fault))?;
    let (media_type, bytes) = found.ok_or(Problem::NotFound)?;
    Ok(download(&media_type, &name, bytes))
}

pub(super) async fn attachment(
    State(agency): Shared,
    _: Clerk,
    Path((receipt, number)): Path<(String, usize)>,
) -> Result<Response, Problem> {
    let mut filing = filing_of(&agency, &receipt)
        .await?
        .ok_or(Problem::NotFound)?;
    if number >= filing.attachments.len() {
        return Err(Problem::NotFound);
    }
    let attachment = filing.attachments.swap_remove(number);
    // The sender's name of the file may hold anything; a number says as much.
    let name = format!("attachment-{}", number + 1);
    Ok(download(
        "application/octet-stream",
        &name,
        attachment.content,
    ))
}

/// What someone else has sent is never shown as a page of this site.
fn download(media_type: &str, name: &str, bytes: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, media_type.to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
    ];
    (headers, bytes).into_response()
}

async fn filing_of(agency: &Agency, receipt: &str) -> Result<Option<Filing>, Problem> {
    let document = agency
        .evidence(receipt, "document")
        .await
        .map_err(|fault| problem(&fault))?;
    Ok(document.and_then(|(_, bytes)| Filing::parse(&bytes).ok()))
}

fn decide(visit: &Visit, receipt: &str, reason: &str) -> Markup {
    let accept = format!("/filings/{receipt}/accept");
    let give_back = format!("/filings/{receipt}/return");
    html! {
        h2 { (visit.say("結論", "Decision")) }
        p { (visit.say(
            "内容を確かめ、受理するか、理由を付けて差し戻してください。結論は一度だけで、申請者に知らされます。",
            "Look at the content, then accept it or return it with a reason. A decision is made once and told to the applicant.")) }
        (ui::button_form(visit, &accept, visit.say("受理する", "Accept"), true))
        (ui::form(visit, &give_back, html! {
            (ui::long_field(visit, ui::Field {
                name: "reason",
                label: ui::Label::new("差し戻す理由", "Reason for returning it"),
                hint: visit.say("申請者がそのまま読みます。1000文字まで。", "The applicant reads it as it stands. Up to 1,000 characters."),
                value: reason,
                ..Default::default()
            }, 1000))
            p.actions { button type="submit" { (visit.say("差し戻す", "Return it")) } }
        }))
    }
}

/// Why the bytes of a refused filing are not there.
fn not_kept(extent: Extent) -> Option<Bilingual> {
    match extent {
        Extent::Whole => None,
        Extent::UnknownSigner => Some(Bilingual {
            ja: "署名が、信頼する認証局の発行した証明書によるものではないため、文書は保存していません。断った規則と理由、各部分の大きさとハッシュ値だけを残しています。",
            en: "No certificate of a trusted authority made the signature, so the document is not kept: only the rule, the reason, and the size and digest of each part are.",
        }),
        Extent::OverQuota => Some(Bilingual {
            ja: "この署名者（または全体）の、1日に保存する不受理の申請の量を超えたため、文書は保存していません。断った規則と理由、各部分の大きさとハッシュ値だけを残しています。",
            en: "More was refused to this signer, or to all, than is kept in a day, so the document is not kept: only the rule, the reason, and the size and digest of each part are.",
        }),
    }
}

/// What is known of a filing.
struct Seen {
    kept: Kept,
    filing: Option<Filing>,
    signer: Option<Certificate>,
}

impl Seen {
    async fn of(agency: &Agency, receipt: &str) -> Result<Self, Problem> {
        let kept = agency
            .kept(receipt)
            .await
            .map_err(|fault| problem(&fault))?
            .ok_or(Problem::NotFound)?;
        let signer = agency
            .evidence(receipt, "signer-certificate")
            .await
            .map_err(|fault| problem(&fault))?
            .and_then(|(_, der)| Certificate::from_der(&der).ok());
        Ok(Self {
            filing: filing_of(agency, receipt).await?,
            kept,
            signer,
        })
    }

    /// Receipt, moment, state, and the decision.
    fn standing(&self, visit: &Visit) -> Markup {
        let state = match (&self.kept.refusal, &self.kept.decision) {
            (Some(_), _) => DeskState::Refused,
            (None, None) => DeskState::Waiting,
            (None, Some(decision)) => match decision.outcome {
                Outcome::Accepted => DeskState::Accepted,
                Outcome::Returned => DeskState::Returned,
            },
        };
        let mut rows = vec![
            (
                visit.say("受付番号", "Receipt"),
                ui::grouped(&self.kept.receipt),
            ),
            (
                visit.say("受付日時", "Received"),
                html! { (ui::moment(visit, self.kept.judged_at)) },
            ),
            (
                visit.say("状態", "State"),
                html! { strong { (visit.text(state.label())) } },
            ),
        ];
        if let Some(decision) = &self.kept.decision {
            rows.push((
                visit.say("結論", "Decided"),
                html! { (ui::moment(visit, decision.decided_at)) " · " (decision.clerk) },
            ));
            if let Some(reason) = &decision.reason {
                rows.push((
                    visit.say("理由", "Reason"),
                    html! { @for line in reason.lines() { (line) br; } },
                ));
            }
        }
        html! {
            (ui::definitions(&rows))
            @if let Some(refusal) = &self.kept.refusal { (ui::refusal_of(visit, refusal, visit.say("申請者への案内: ", "What the applicant was told: "))) }
        }
    }

    fn filed(&self, visit: &Visit) -> Markup {
        let heading = html! { h2 { (visit.say("申請の内容", "What was filed")) } };
        let Some(filing) = &self.filing else {
            if let Some(words) = not_kept(self.kept.extent) {
                return html! { (heading) p { (visit.text(words)) } };
            }
            return html! {
                (heading)
                p { (visit.say("文書は、申請として読めないものでした。", "The document could not be read as a filing.")) }
            };
        };
        let procedure = Procedure::find(&filing.procedure);
        let mut rows = vec![
            (
                visit.say("手続", "Procedure"),
                html! { (procedure_name(visit, Some(filing.procedure.as_str()))) },
            ),
            (
                visit.say("氏名", "Name"),
                html! { span lang="ja" { (filing.applicant.name) } },
            ),
            (
                visit.say("生年月日", "Date of birth"),
                html! { (ui::date(visit, filing.applicant.birth_date)) },
            ),
            (
                visit.say("住所", "Address"),
                html! { span lang="ja" { (filing.applicant.address) } },
            ),
            (
                visit.say("作成日時", "Prepared"),
                html! { (ui::moment(visit, filing.prepared_at)) },
            ),
        ];
        for (name, value) in &filing.form {
            let label = procedure
                .and_then(|procedure| {
                    procedure
                        .fields
                        .iter()
                        .find(|field| field.name == name)
                })
                .map_or(name.as_str(), |field| visit.text(field.label));
            rows.push((label, html! { (value) }));
        }
        html! {
            (heading)
            (ui::definitions(&rows))
            @if !filing.attachments.is_empty() {
                h3 { (visit.say("添付書類", "Attachments")) }
                ul {
                    @for (number, attachment) in filing.attachments.iter().enumerate() {
                        li {
                            a href={ "/filings/" (self.kept.receipt) "/attachments/" (number) } { (attachment.name) }
                            " (" (attachment.media_type) ", " (attachment.content.len()) " " (visit.say("バイト", "bytes")) ")"
                        }
                    }
                }
            }
        }
    }

    fn validation(&self, visit: &Visit) -> Markup {
        match &self.kept.report {
            Some(found) => report::sentences(visit, found, self.kept.accepted),
            None => html! {
                p { (visit.say("署名の検証に至る前に断られました。", "It was refused before the signature was looked at.")) }
            },
        }
    }

    fn signer(&self, visit: &Visit) -> Markup {
        let Some(certificate) = &self.signer else {
            return ui::nothing();
        };
        let items = certificate.holder();
        let name = items
            .as_ref()
            .map_or("—", |items| items.name.as_str());
        let mut rows = vec![
            (
                visit.say("氏名", "Name"),
                html! { span lang="ja" { (name) } },
            ),
            (
                visit.say("発行の番号", "serialNumber"),
                html! { code { (certificate.serial()) } },
            ),
            (
                visit.say("有効期間", "Validity"),
                html! {
                    (ui::moment(visit, certificate.not_before())) " – " (ui::moment(visit, certificate.not_after()))
                },
            ),
            (
                visit.say("発行者", "Issuer"),
                html! { code { (certificate.issuer_text()) } },
            ),
        ];
        if let Some(used) = self
            .kept
            .report
            .as_ref()
            .and_then(|report| report.evidence.as_ref())
        {
            rows.push((
                visit.say("失効情報", "Status evidence"),
                html! {
                    (used.kind.to_uppercase()) " · " (ui::moment(visit, used.made_at))
                },
            ));
        }
        html! {
            h3 { (visit.say("署名した人の証明書", "The signer's certificate")) }
            (ui::definitions(&rows))
        }
    }

    fn evidence(&self, visit: &Visit) -> Markup {
        let rows: Vec<Vec<Markup>> = self
            .kept
            .evidence
            .iter()
            .map(|item| {
                vec![
                    html! {
                        @if item.is_kept {
                            a href={ "/filings/" (self.kept.receipt) "/evidence/" (item.name) } { (item.name) }
                        } @else { (item.name) }
                    },
                    html! { (item.media_type) },
                    html! { (item.size) },
                    html! { code { (item.sha256) } },
                ]
            })
            .collect();
        html! {
            h3 { (visit.say("証拠", "Evidence")) }
            @if let Some(words) = not_kept(self.kept.extent) { p { (visit.text(words)) } }
            (ui::table(
                visit.say("判断のもとになったもの", "What the judgement rests on"),
                &[
                    visit.say("名前", "Name"),
                    visit.say("形式", "Media type"),
                    visit.say("大きさ（バイト）", "Size in bytes"),
                    "SHA-256",
                ],
                &rows,
            ))
        }
    }
}
