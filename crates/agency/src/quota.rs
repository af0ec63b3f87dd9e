//! How much of refused filings is kept.

use crate::{AgencyError, records::Extent, sql};
use shirushi_clock::Instant;
use shirushi_store::Transaction;

/// For so long a refused filing counts, in seconds: a day.
const SECONDS: i64 = 24 * 60 * 60;
/// What is kept of one signer's refused filings in that time, in bytes: two of the largest.
const OF_ONE: i64 = 24 * 1024 * 1024;
/// The same of all signers together.
const OF_ALL: i64 = 256 * 1024 * 1024;
/// Refusals to strangers that are remembered, without what they sent; the newest ones.
const STRANGERS: i64 = 2_000;

/// How much of a refused filing of `size` bytes by a known signer is kept.
pub(crate) async fn extent(
    transaction: &mut Transaction,
    signer: [u8; 32],
    at: Instant,
    size: usize,
) -> Result<Extent, AgencyError> {
    let since = at.plus_seconds(-SECONDS).unix();
    let kept = transaction
        .row(sql::KEPT_OF_REFUSED, &[signer.into(), since.into()])
        .await?
        .ok_or(AgencyError::Damaged { what: "quota" })?;
    let size = i64::try_from(size).unwrap_or(i64::MAX);
    let fits = |column, limit| -> Result<bool, AgencyError> {
        Ok(kept
            .integer(column)?
            .saturating_add(size)
            <= limit)
    };
    Ok(match fits("of_one", OF_ONE)? && fits("of_all", OF_ALL)? {
        true => Extent::Whole,
        false => Extent::OverQuota,
    })
}

/// Forgets the oldest refusals to strangers, so that one more is not too many.
pub(crate) async fn forget_strangers(transaction: &mut Transaction) -> Result<(), AgencyError> {
    for statement in [sql::FORGET_EVIDENCE_OF_STRANGERS, sql::FORGET_STRANGERS] {
        transaction
            .execute(statement, &[(STRANGERS - 1).into()])
            .await?;
    }
    Ok(())
}
