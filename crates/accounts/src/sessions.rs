//! Sessions: begun by who has proven to be somebody, ended by the log-out or by the working day.

use crate::{AccountError, Accounts, Proven, codes::drawn};
use serde::Serialize;
use shirushi_crypto::sha256;
use shirushi_store::{Row, Transaction};
use shirushi_web::KnownBrowser;

/// A session ends after eight hours, a working day.
const SESSION_SECONDS: i64 = 8 * 60 * 60;

/// What is answered to a log-in. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Session {
    /// The token to be sent as `Authorization: Bearer …`, or kept by the browser: 32 random bytes, hexadecimal.
    pub session: String,
    /// The browser's own secret, to be brought to the next log-in: it lets nobody in, but tells the owner's browser from others.
    #[serde(serialize_with = "exposed")]
    pub browser: KnownBrowser,
}

fn exposed<S: serde::Serializer>(browser: &KnownBrowser, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(browser.expose())
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Session(…)")
    }
}

impl Accounts {
    /// Begins a session of eight hours; the try that was right counts no more.
    ///
    /// # Errors
    /// [`AccountError::Store`].
    pub async fn begin(&self, proven: Proven) -> Result<Session, AccountError> {
        let session = drawn::<32>(self.random.as_ref());
        let now = self.now();
        let until = now.plus_seconds(SESSION_SECONDS);
        let mut transaction = self.store.begin().await?;
        if let Some(id) = proven.counted {
            transaction
                .execute(self.statements().forget_try, &[id.into()])
                .await?;
        }
        transaction
            .execute(self.statements().forget_old_sessions, &[now.unix().into()])
            .await?;
        transaction
            .execute(
                self.statements().insert_session,
                &[
                    sha256(session.as_bytes()).into(),
                    proven.name.as_str().into(),
                    until.unix().into(),
                ],
            )
            .await?;
        self.know(&mut transaction, &proven.name, &proven.browser)
            .await?;
        transaction.commit().await?;
        Ok(Session {
            session,
            browser: proven.browser,
        })
    }

    /// What is known of the account whose session this is; none when it is none, or has ended.
    ///
    /// # Errors
    /// [`AccountError::Store`].
    pub async fn holder(&self, session: &str) -> Result<Option<Row>, AccountError> {
        let asked = [sha256(session.as_bytes()).into(), self.now().unix().into()];
        Ok(self
            .store
            .row(self.statements().session, &asked)
            .await?)
    }

    /// Ends a session; one that has ended already stays so.
    ///
    /// # Errors
    /// [`AccountError::Store`].
    pub async fn log_out(&self, session: &str) -> Result<(), AccountError> {
        let mut transaction = self.store.begin().await?;
        transaction
            .execute(
                self.statements().end_session,
                &[sha256(session.as_bytes()).into()],
            )
            .await?;
        Ok(transaction.commit().await?)
    }

    /// Ends all sessions of the account `name` with whatever else the transaction does.
    ///
    /// # Errors
    /// [`AccountError::Store`].
    pub async fn end_all(
        &self,
        transaction: &mut Transaction,
        name: &str,
    ) -> Result<(), AccountError> {
        transaction
            .execute(self.statements().end_sessions_of, &[name.into()])
            .await?;
        Ok(())
    }
}
