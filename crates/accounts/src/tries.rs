//! Tries of a name: counted before they are judged, and forgotten when they were right.

use crate::{AccountError, Accounts, TriedBy};
use shirushi_store::{Transaction, Value};
use shirushi_web::KnownBrowser;

/// A browser in which nobody has logged in for half a year is a stranger again.
const BROWSER_SECONDS: i64 = 180 * 24 * 60 * 60;
/// So many browsers of one account are known, those used last.
const MOST_BROWSERS: i64 = 10;
/// So many tries of one caller under one name …
const MOST_TRIES: i64 = 10;
/// … in a quarter of an hour; then the name waits.
const TRIES_SECONDS: i64 = 15 * 60;

impl Accounts {
    /// Who tries to be `name`: a browser in which its owner has logged in before, or a stranger.
    pub(crate) async fn caller(
        &self,
        name: &str,
        browser: Option<&KnownBrowser>,
    ) -> Result<TriedBy, AccountError> {
        let Some(browser) = browser else {
            return Ok(TriedBy::Stranger);
        };
        let since = self
            .now()
            .plus_seconds(-BROWSER_SECONDS);
        let known = self
            .store
            .row(
                self.statements().known_browser,
                &[browser.hash().into(), name.into(), since.unix().into()],
            )
            .await?
            .is_some();
        Ok(match known {
            true => TriedBy::Known(browser.hash()),
            false => TriedBy::Stranger,
        })
    }

    /// Counts a try before it is judged, so that many at once are not more than many in turn; none when the name must wait.
    pub(crate) async fn count_try(&self, key: [u8; 32]) -> Result<Option<i64>, AccountError> {
        let damaged = || AccountError::Damaged { what: "tries" };
        let (now, name) = (self.now(), Value::from(key));
        let old = now.plus_seconds(-TRIES_SECONDS).unix();
        let mut transaction = self.store.begin().await?;
        transaction
            .execute(self.statements().forget_old_tries, &[old.into()])
            .await?;
        let tries = transaction
            .row(self.statements().count_tries, std::slice::from_ref(&name))
            .await?
            .ok_or_else(damaged)?
            .integer("tries")?;
        let mut own = None;
        if tries < MOST_TRIES {
            let row = transaction
                .row(self.statements().insert_try, &[name, now.unix().into()])
                .await?
                .ok_or_else(damaged)?;
            own = Some(row.integer("id")?);
        }
        transaction.commit().await?;
        Ok(own)
    }

    /// `browser` is known to `name` from now on.
    pub(crate) async fn know(
        &self,
        transaction: &mut Transaction,
        name: &str,
        browser: &KnownBrowser,
    ) -> Result<(), AccountError> {
        transaction
            .execute(
                self.statements().know_browser,
                &[browser.hash().into(), name.into(), self.now().unix().into()],
            )
            .await?;
        transaction
            .execute(
                self.statements().forget_browsers,
                &[name.into(), MOST_BROWSERS.into()],
            )
            .await?;
        Ok(())
    }
}
