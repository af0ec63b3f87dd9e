//! Clerks (係員): enrolled once by a code, known by a password from then on.

use crate::{Agency, AgencyError, sql};
use shirushi_accounts::{AccountError, Accounts, Party, require_length};
use shirushi_crypto::Secret;
use shirushi_rules::{Bilingual, CLERK_KNOWN, Facts, InBoth, Refusal, WELL_FORMED};
use shirushi_wire::require_readable;

/// The most characters of a name.
const LONGEST_NAME: usize = 60;

/// What is the agency's own of the accounts of its clerks.
pub(crate) static PARTY: Party = Party {
    statements: sql::ACCOUNTS,
    known: &CLERK_KNOWN,
};

/// A clerk who is logged in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clerk {
    name: String,
}

impl Clerk {
    /// The name they are enrolled under.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Agency {
    /// The accounts of its clerks.
    #[must_use]
    pub fn accounts(&self) -> &Accounts {
        &self.accounts
    }

    /// Makes a code that enrols one clerk within a day. The store has its hash only.
    ///
    /// # Errors
    /// [`AgencyError::Account`].
    pub async fn enrolment_code(&self) -> Result<Secret, AgencyError> {
        Ok(self.codes.make().await?)
    }

    /// Enrols a clerk. The code is spent only when everything else is in order.
    ///
    /// # Errors
    /// [`AccountError::Refused`] by `WELL_FORMED` for a name or password that cannot be one, by `CLERK_KNOWN` for a code that is wrong,
    /// used or too old, or a name that is taken; others of [`AccountError`].
    pub async fn enrol_clerk(
        &self,
        code: &Secret,
        name: &str,
        password: Secret,
    ) -> Result<(), AccountError> {
        require_length(&password)?;
        require_name(name)?;
        self.codes.require(code).await?;
        let hash = self.accounts.hash(password).await?;
        let mut transaction = self.store.begin().await?;
        self.codes
            .spend(&mut transaction, code)
            .await?;
        let row = [
            name.into(),
            hash.as_str().into(),
            self.clock.now().unix().into(),
        ];
        let inserted = transaction
            .execute(sql::INSERT_CLERK, &row)
            .await?;
        // Without a commit nothing has happened, neither to the code nor to the name.
        CLERK_KNOWN.require(inserted == 1, [])?;
        Ok(transaction.commit().await?)
    }

    /// The clerk whose session this is; none when it is none, or has ended.
    ///
    /// # Errors
    /// [`AccountError::Store`].
    pub async fn clerk(&self, session: &str) -> Result<Option<Clerk>, AccountError> {
        let row = self.accounts.holder(session).await?;
        Ok(row
            .map(|row| row.text("name"))
            .transpose()?
            .map(|name| Clerk { name }))
    }
}

fn require_name(name: &str) -> Result<(), Refusal> {
    let place = Bilingual::new("氏名", "name");
    require_readable(place, name, false)?;
    let fault = InBoth::new(
        format!("1～{LONGEST_NAME}文字が必要です"),
        format!("1 to {LONGEST_NAME} characters"),
    );
    WELL_FORMED.require(
        (1..=LONGEST_NAME).contains(&name.chars().count()),
        Facts::new()
            .and("where", place)
            .and("fault", fault),
    )
}
