//! The list of filings.

use super::{Account, Clerk, Shared, problem};
use crate::{Agency, AgencyError, Outcome, sql};
use axum::extract::{Query, State};
use serde::Deserialize;
use shirushi_clock::Instant;
use shirushi_rules::Bilingual;
use shirushi_store::Row;
use shirushi_web::{
    Page, Problem, Visit,
    maud::{Markup, html},
    ui,
};
use shirushi_wire::filing::{Procedure, ProcedureId};

/// Entries on one page.
const PAGE: usize = 50;

/// How far a filing has come at the desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeskState {
    /// Received; a clerk is to decide.
    Waiting,
    /// Accepted (受理).
    Accepted,
    /// Returned with a reason (差戻し).
    Returned,
    /// Refused when it came, by a rule.
    Refused,
}

/// One line of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeskEntry {
    /// The receipt number, or the number of a refusal's evidence.
    pub receipt: String,
    /// When it came.
    pub judged_at: Instant,
    /// Who files, as the document says; none when it is no filing.
    pub applicant: Option<String>,
    /// The procedure, likewise.
    pub procedure: Option<String>,
    /// The rule that refused it.
    pub refused_by: Option<String>,
    /// How far it has come.
    pub state: DeskState,
}

impl DeskState {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Waiting, Self::Accepted, Self::Returned, Self::Refused];

    fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Accepted => "accepted",
            Self::Returned => "returned",
            Self::Refused => "refused",
        }
    }

    pub(super) fn label(self) -> Bilingual {
        match self {
            Self::Waiting => Bilingual {
                ja: "審査待ち",
                en: "waiting",
            },
            Self::Accepted => Bilingual {
                ja: "受理",
                en: "accepted",
            },
            Self::Returned => Bilingual {
                ja: "差戻し",
                en: "returned",
            },
            Self::Refused => Bilingual {
                ja: "不受理",
                en: "refused",
            },
        }
    }
}

impl Agency {
    /// At most `limit` filings older than `before` (moment and number of the last one seen), newest first; of one state, or of all.
    ///
    /// # Errors
    /// [`AgencyError::Store`], [`AgencyError::Damaged`].
    pub async fn filings(
        &self,
        state: Option<DeskState>,
        before: Option<(Instant, &str)>,
        limit: usize,
    ) -> Result<Vec<DeskEntry>, AgencyError> {
        let (moment, number) = before.map_or((i64::MAX, ""), |(at, id)| (at.unix(), id));
        let rows = self
            .store
            .rows(
                sql::LIST,
                &[
                    moment.into(),
                    number.into(),
                    state
                        .map_or("all", DeskState::word)
                        .into(),
                    i64::try_from(limit)
                        .unwrap_or(i64::MAX)
                        .into(),
                ],
            )
            .await?;
        rows.iter().map(entry).collect()
    }
}

fn entry(row: &Row) -> Result<DeskEntry, AgencyError> {
    let damaged = |what| AgencyError::Damaged { what };
    let refused_by = row.optional_text("refused_by")?;
    let outcome = row
        .optional_text("outcome")?
        .map(|word| Outcome::read(&word).ok_or_else(|| damaged("decision")))
        .transpose()?;
    Ok(DeskEntry {
        receipt: row.text("id")?,
        judged_at: Instant::from_unix(row.integer("judged_at")?).map_err(|_| damaged("time"))?,
        applicant: row.optional_text("applicant")?,
        procedure: row.optional_text("procedure_id")?,
        state: match (&refused_by, outcome) {
            (Some(_), _) => DeskState::Refused,
            (None, Some(Outcome::Accepted)) => DeskState::Accepted,
            (None, Some(Outcome::Returned)) => DeskState::Returned,
            (None, None) => DeskState::Waiting,
        },
        refused_by,
    })
}

#[derive(Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    state: String,
    at: Option<i64>,
    #[serde(default)]
    after: String,
}

pub(super) async fn page(
    State(agency): Shared,
    visit: Visit,
    clerk: Clerk,
    Query(wanted): Query<Wanted>,
) -> Result<Page, Problem> {
    let state = DeskState::ALL
        .into_iter()
        .find(|state| state.word() == wanted.state);
    let before = wanted
        .at
        .and_then(|at| Instant::from_unix(at).ok())
        .map(|at| (at, wanted.after.as_str()));
    // One more than is shown says whether there are more.
    let mut entries = agency
        .filings(state, before, PAGE + 1)
        .await
        .map_err(|fault| problem(&fault))?;
    let has_more = entries.len() > PAGE;
    entries.truncate(PAGE);
    let content = html! {
        (states(&visit, state))
        @if entries.is_empty() {
            p { (visit.say("該当する申請はありません。", "There are no such filings.")) }
        } @else {
            (list(&visit, &entries))
        }
        @if let (true, Some(last)) = (has_more, entries.last()) {
            p {
                a.button href={
                    "/filings?state=" (state.map_or("", DeskState::word)) "&at=" (last.judged_at.unix()) "&after=" (last.receipt)
                } { (visit.say("古いものを見る", "Show older ones")) }
            }
        }
    };
    let title = visit.say("申請の一覧", "Filings");
    Ok(Page::new(&visit, title, content).user(Account::who(&visit, &clerk)))
}

fn states(visit: &Visit, chosen: Option<DeskState>) -> Markup {
    let all = (None, visit.say("すべて", "all"));
    let each = DeskState::ALL.map(|state| (Some(state), visit.text(state.label())));
    html! {
        ul.filters aria-label=(visit.say("状態で絞り込む", "Choose by state")) {
            @for (state, label) in std::iter::once(all).chain(each) {
                li {
                    a href={ "/filings?state=" (state.map_or("", DeskState::word)) }
                        aria-current=[(state == chosen).then_some("true")] { (label) }
                }
            }
        }
    }
}

fn list(visit: &Visit, entries: &[DeskEntry]) -> Markup {
    let rows: Vec<Vec<Markup>> = entries
        .iter()
        .map(|entry| {
            let verified = match entry.state {
                DeskState::Refused => visit.say("不適合", "failed"),
                _ => visit.say("適合", "passed"),
            };
            vec![
                html! {
                    a href={ "/filings/" (entry.receipt) } { (ui::grouped(&entry.receipt)) }
                },
                html! { (ui::moment(visit, entry.judged_at)) },
                html! { span lang="ja" { (entry.applicant.as_deref().unwrap_or("—")) } },
                html! { (procedure_name(visit, entry.procedure.as_deref())) },
                html! {
                    (verified)
                    @if let Some(rule) = &entry.refused_by { " " code { (rule) } }
                },
                html! { (visit.text(entry.state.label())) },
            ]
        })
        .collect();
    ui::table(
        visit.say("申請の一覧（新しい順）", "Filings, newest first"),
        &[
            visit.say("受付番号", "Receipt"),
            visit.say("受付日時", "Received"),
            visit.say("申請者", "Applicant"),
            visit.say("手続", "Procedure"),
            visit.say("検証", "Validation"),
            visit.say("状態", "State"),
        ],
        &rows,
    )
}

pub(super) fn procedure_name(visit: &Visit, id: Option<&str>) -> String {
    let Some(id) = id else {
        return "—".to_owned();
    };
    id.parse::<ProcedureId>()
        .ok()
        .and_then(|id| Procedure::find(&id))
        .map_or_else(
            || id.to_owned(),
            |procedure| visit.text(procedure.name).to_owned(),
        )
}
