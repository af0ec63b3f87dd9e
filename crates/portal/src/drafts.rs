//! Drafts of filings: what the citizen has typed so far, whether it is right or not.

use crate::{Portal, PortalError, attachments::Enclosed, certificate::Known, sql};
use serde_json::json;
use shirushi_clock::{Date, Instant};
use shirushi_crypto::sha256;
use shirushi_rules::{Bilingual, Facts, InBoth, Refusal, SIZE_LIMIT};
use shirushi_store::Row;
use shirushi_wire::filing::{
    FieldForm, Filing, FilingApplicant, FilingFault, FilingId, Procedure, ProcedureId,
};
use std::collections::BTreeMap;

/// The most drafts of one account.
const MOST_DRAFTS: i64 = 100;
/// Form names of the applicant's items; the procedure's own fields bear the prefix [`FIELD`].
pub(crate) const NAME: &str = "applicant-name";
pub(crate) const BIRTH_DATE: &str = "applicant-birth-date";
pub(crate) const ADDRESS: &str = "applicant-address";
pub(crate) const FIELD: &str = "field-";

/// A draft.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) id: String,
    pub(crate) procedure: &'static Procedure,
    pub(crate) content: Content,
    pub(crate) changed_at: Instant,
}

/// What is typed into the form of a draft.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Content {
    pub(crate) name: String,
    pub(crate) birth_date: String,
    pub(crate) address: String,
    /// By the names of the procedure's fields.
    pub(crate) fields: BTreeMap<String, String>,
}

/// What is wrong, by the name of the form's field.
pub(crate) type Faults = BTreeMap<String, InBoth>;

impl Draft {
    /// A hash of all that goes into its document, with these enclosures, none of which ever changes.
    pub(crate) fn state(&self, enclosed: &[String]) -> [u8; 32] {
        let Content {
            name,
            birth_date,
            address,
            fields,
        } = &self.content;
        let all = json!([
            self.procedure.id,
            name,
            birth_date,
            address,
            fields,
            enclosed
        ]);
        sha256(all.to_string().as_bytes())
    }
}

impl Portal {
    /// Begins a draft, with the applicant as the known certificate names them.
    pub(crate) async fn begin_draft(
        &self,
        account: &str,
        procedure: &'static Procedure,
        known: Option<&Known>,
    ) -> Result<Result<String, Refusal>, PortalError> {
        let holder = known.and_then(|known| known.certificate.holder());
        let content = holder
            .map(|items| Content {
                birth_date: items
                    .birth_date()
                    .map(|date| date.to_string())
                    .unwrap_or_default(),
                name: items.name,
                address: items.address,
                fields: BTreeMap::new(),
            })
            .unwrap_or_default();
        let id = self.new_id();
        let mut transaction = self.store.begin().await?;
        let count = match transaction
            .row(sql::COUNT_DRAFTS, &[account.into()])
            .await?
        {
            Some(row) => row.integer("n")?,
            None => 0,
        };
        if count >= MOST_DRAFTS {
            return Ok(Err(SIZE_LIMIT.refusal(
                Facts::new()
                    .and("part", Bilingual::new("下書き", "drafts"))
                    .and("limit", MOST_DRAFTS)
                    .and("size", count + 1),
            )));
        }
        transaction
            .execute(
                sql::BEGIN_DRAFT,
                &[
                    id.as_str().into(),
                    account.into(),
                    procedure.id.into(),
                    content.name.into(),
                    content.birth_date.into(),
                    content.address.into(),
                    serde_json::to_string(&content.fields)?.into(),
                    self.now().unix().into(),
                ],
            )
            .await?;
        transaction.commit().await?;
        Ok(Ok(id))
    }

    /// An account's drafts, the newest first.
    pub(crate) async fn drafts(&self, account: &str) -> Result<Vec<Draft>, PortalError> {
        self.store
            .rows(sql::DRAFTS, &[account.into()])
            .await?
            .iter()
            .map(draft)
            .collect()
    }

    /// One of an account's drafts.
    pub(crate) async fn draft(
        &self,
        id: &str,
        account: &str,
    ) -> Result<Option<Draft>, PortalError> {
        self.store
            .row(sql::DRAFT, &[id.into(), account.into()])
            .await?
            .as_ref()
            .map(draft)
            .transpose()
    }

    /// Keeps what is typed.
    pub(crate) async fn save_draft(
        &self,
        id: &str,
        account: &str,
        content: &Content,
    ) -> Result<(), PortalError> {
        let mut transaction = self.store.begin().await?;
        transaction
            .execute(
                sql::SAVE_DRAFT,
                &[
                    id.into(),
                    account.into(),
                    content.name.as_str().into(),
                    content.birth_date.as_str().into(),
                    content.address.as_str().into(),
                    serde_json::to_string(&content.fields)?.into(),
                    self.now().unix().into(),
                ],
            )
            .await?;
        Ok(transaction.commit().await?)
    }

    /// Deletes a draft with what is attached, and what was prepared from it and not signed.
    pub(crate) async fn delete_draft(&self, id: &str, account: &str) -> Result<(), PortalError> {
        let mut transaction = self.store.begin().await?;
        transaction
            .execute(sql::DETACH_ALL, &[id.into()])
            .await?;
        transaction
            .execute(sql::FORGET_UNSIGNED, &[id.into()])
            .await?;
        transaction
            .execute(sql::DELETE_DRAFT, &[id.into(), account.into()])
            .await?;
        Ok(transaction.commit().await?)
    }
}

impl Content {
    /// What a form sent for `procedure`, `text` giving the value of a field.
    pub(crate) fn of<'f>(procedure: &Procedure, text: impl Fn(&str) -> &'f str) -> Self {
        Self {
            name: text(NAME).to_owned(),
            birth_date: text(BIRTH_DATE).to_owned(),
            address: text(ADDRESS).to_owned(),
            fields: procedure
                .fields
                .iter()
                .map(|field| {
                    let value = text(&format!("{FIELD}{}", field.name));
                    (field.name.to_owned(), in_form(field.form, value))
                })
                .collect(),
        }
    }

    /// The filing that this becomes, or what is wrong with it.
    pub(crate) fn filing(
        &self,
        procedure: &Procedure,
        enclosed: Vec<Enclosed>,
        id: FilingId,
        at: Instant,
    ) -> Result<Filing, Faults> {
        let mut faults = Faults::new();
        let birth_date = self.birth_date.parse::<Date>().ok();
        let name = procedure.id.parse::<ProcedureId>();
        let (Some(probe), Ok(procedure_id)) = (probe(at), name) else {
            faults.insert(String::new(), unusable());
            return Err(faults);
        };
        let mut ask = |field: &str, value: &str, change: &dyn Fn(&mut Filing)| {
            let fault = if value.trim().is_empty() {
                Some(absent())
            } else {
                let mut probe = probe.clone();
                change(&mut probe);
                probe
                    .to_xml()
                    .err()
                    .map(|e| said(&e.what))
            };
            if let Some(fault) = fault {
                faults.insert(field.to_owned(), fault);
            }
        };
        ask(NAME, &self.name, &|f| {
            f.applicant.name = self.name.clone();
        });
        ask(ADDRESS, &self.address, &|f| {
            f.applicant.address = self.address.clone();
        });
        ask(BIRTH_DATE, &self.birth_date, &|f| {
            if let Some(date) = birth_date {
                f.applicant.birth_date = date;
            }
        });
        let mut form = Vec::new();
        for field in procedure.fields {
            let value = self
                .fields
                .get(field.name)
                .map_or("", String::as_str);
            let shown = format!("{FIELD}{}", field.name);
            ask(&shown, value, &|f| {
                f.form = vec![(field.name.to_owned(), value.to_owned())];
            });
            form.push((field.name.to_owned(), value.to_owned()));
        }
        for field in procedure.fields {
            let value = self
                .fields
                .get(field.name)
                .map_or("", String::as_str);
            if !field.form.fits(value) {
                faults
                    .entry(format!("{FIELD}{}", field.name))
                    .or_insert_with(|| wanted(field.form));
            }
        }
        let Some(birth_date) = birth_date else {
            faults
                .entry(BIRTH_DATE.to_owned())
                .or_insert_with(|| wanted(FieldForm::Date));
            return Err(faults);
        };
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok(Filing {
            id,
            procedure: procedure_id,
            prepared_at: at,
            applicant: FilingApplicant {
                name: self.name.clone(),
                birth_date,
                address: self.address.clone(),
            },
            form,
            attachments: enclosed
                .into_iter()
                .map(|enclosed| enclosed.attachment)
                .collect(),
        })
    }
}

/// A right filing about nothing, to which one thing is put to see whether it fits.
pub(crate) fn probe(at: Instant) -> Option<Filing> {
    Some(Filing {
        id: FilingId::from_bytes([0; 16]),
        procedure: "AAA0000".parse().ok()?,
        prepared_at: at,
        applicant: FilingApplicant {
            name: "x".to_owned(),
            birth_date: Date::constant(2000, 1, 1),
            address: "x".to_owned(),
        },
        form: Vec::new(),
        attachments: Vec::new(),
    })
}

/// What is typed, as the form wants it where it is plain what is meant: full-width digits, separators of thousands.
fn in_form(form: FieldForm, value: &str) -> String {
    let ascii = |c: char| match c {
        '０'..='９' => {
            char::from_u32(u32::from(c) - u32::from('０') + u32::from('0')).unwrap_or(c)
        }
        '−' | '－' | '▲' | '△' => '-',
        c => c,
    };
    match form {
        FieldForm::Yen => value
            .chars()
            .filter(|c| !matches!(c, ',' | '，' | '円' | ' '))
            .map(ascii)
            .collect(),
        FieldForm::Digits(_) => value
            .chars()
            .filter(|c| !matches!(c, ' ' | '-'))
            .map(ascii)
            .collect(),
        FieldForm::Year | FieldForm::Date => value.chars().map(ascii).collect(),
        FieldForm::Text => value.to_owned(),
    }
}

/// A fault of a document for a person.
pub(crate) fn said(fault: &FilingFault) -> InBoth {
    match fault {
        FilingFault::Character { unfit, .. } => InBoth {
            ja: format!("{}。消してください。", unfit.in_japanese()),
            en: format!("Remove a character that cannot be used: {unfit}."),
        },
        FilingFault::Length {
            characters, most, ..
        } => InBoth {
            ja: format!("{most}文字以内で入力してください（今は{characters}文字です）。"),
            en: format!("Use at most {most} characters (there are {characters})."),
        },
        fault => fault.in_both_languages(),
    }
}

fn in_both(ja: &str, en: &str) -> InBoth {
    InBoth {
        ja: ja.to_owned(),
        en: en.to_owned(),
    }
}

fn absent() -> InBoth {
    in_both("入力してください。", "Fill this in.")
}

fn unusable() -> InBoth {
    in_both("この手続きは使えません。", "This procedure cannot be used.")
}

/// What a field's form asks for, as an error and as a hint.
pub(crate) fn wanted(form: FieldForm) -> InBoth {
    match form {
        FieldForm::Date => in_both(
            "年月日を 2026-03-01 の形で入力してください。",
            "Enter a date as 2026-03-01.",
        ),
        FieldForm::Digits(count) => InBoth {
            ja: format!("数字{count}桁で入力してください。"),
            en: format!("Enter {count} digits."),
        },
        FieldForm::Text => absent(),
        FieldForm::Year => in_both(
            "西暦の数字4桁で入力してください。",
            "Enter a year of four digits.",
        ),
        FieldForm::Yen => in_both(
            "金額を数字（円）で入力してください。還付のときは先頭に - を付けます。",
            "Enter an amount in yen as digits, with - before a refund.",
        ),
    }
}

fn draft(row: &Row) -> Result<Draft, PortalError> {
    let damaged = || PortalError::Damaged { what: "draft" };
    let procedure = row
        .text("procedure")?
        .parse()
        .ok()
        .and_then(|id| Procedure::find(&id))
        .ok_or_else(damaged)?;
    Ok(Draft {
        id: row.text("id")?,
        procedure,
        content: Content {
            name: row.text("name")?,
            birth_date: row.text("birth_date")?,
            address: row.text("address")?,
            fields: serde_json::from_str(&row.text("fields")?).map_err(|_| damaged())?,
        },
        changed_at: Instant::from_unix(row.integer("changed_at")?).map_err(|_| damaged())?,
    })
}
