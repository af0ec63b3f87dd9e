//! Accepting a filing, and returning it with the reason.

use super::{Clerk, Shared, filing, problem};
use crate::{Agency, AgencyError, Outcome, sql};
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use shirushi_rules::{Bilingual, DECIDED_ONCE, Facts, InBoth, Refusal, WELL_FORMED};
use shirushi_web::{Fields, TypedFields, Visit};
use shirushi_wire::require_readable;

/// The most characters of a reason.
const LONGEST_REASON: usize = 1_000;

pub(super) async fn accept(
    State(agency): Shared,
    visit: Visit,
    clerk: Clerk,
    Path(receipt): Path<String>,
    _: Fields,
) -> Response {
    decided(&agency, &visit, &clerk, &receipt, Outcome::Accepted, None).await
}

pub(super) async fn give_back(
    State(agency): Shared,
    visit: Visit,
    clerk: Clerk,
    Path(receipt): Path<String>,
    TypedFields(fields): TypedFields,
) -> Response {
    let reason = fields
        .text("reason")
        .replace("\r\n", "\n");
    let place = Bilingual::new("理由", "reason");
    let has_length = WELL_FORMED.require(
        (1..=LONGEST_REASON).contains(&reason.chars().count()),
        Facts::new().and("where", place).and(
            "fault",
            InBoth::new(
                format!("1～{LONGEST_REASON}文字が必要です"),
                format!("1 to {LONGEST_REASON} characters"),
            ),
        ),
    );
    let checked = has_length.and_then(|()| require_readable(place, &reason, true));
    if let Err(refusal) = checked {
        return again(&agency, &visit, &clerk, &receipt, &refusal, &reason).await;
    }
    let reason = Some(reason.as_str());
    decided(&agency, &visit, &clerk, &receipt, Outcome::Returned, reason).await
}

async fn decided(
    agency: &Agency,
    visit: &Visit,
    clerk: &Clerk,
    receipt: &str,
    outcome: Outcome,
    reason: Option<&str>,
) -> Response {
    match agency
        .decide(receipt, outcome, reason, clerk)
        .await
    {
        Err(fault) => problem(&fault).into_response(),
        Ok(true) => Redirect::to(&format!("/filings/{receipt}")).into_response(),
        Ok(false) => {
            let refusal = DECIDED_ONCE.refusal([]);
            again(
                agency,
                visit,
                clerk,
                receipt,
                &refusal,
                reason.unwrap_or(""),
            )
            .await
        }
    }
}

async fn again(
    agency: &Agency,
    visit: &Visit,
    clerk: &Clerk,
    receipt: &str,
    refusal: &Refusal,
    reason: &str,
) -> Response {
    filing::show(agency, visit, clerk, receipt, Some(refusal), reason)
        .await
        .map_or_else(IntoResponse::into_response, IntoResponse::into_response)
}

impl Agency {
    /// Decides about a filing that was received, once: of any number at once, one wins. Answers whether this one did; when it
    /// returns, the decision is on disk.
    ///
    /// # Errors
    /// [`AgencyError::Store`].
    pub async fn decide(
        &self,
        receipt: &str,
        outcome: Outcome,
        reason: Option<&str>,
        clerk: &Clerk,
    ) -> Result<bool, AgencyError> {
        let mut transaction = self.store.begin().await?;
        let row = [
            receipt.into(),
            outcome.word().into(),
            reason.into(),
            clerk.name().into(),
            self.clock.now().unix().into(),
        ];
        let decided = transaction
            .execute(sql::DECIDE, &row)
            .await?;
        transaction.commit().await?;
        Ok(decided == 1)
    }
}
