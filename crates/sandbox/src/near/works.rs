//! What the sandbox does, whoever asks.

use super::Sandbox;
use shirushi_authority::{AuthorityError, EnrolmentCode};
use shirushi_clock::{Clock as _, Date};
use shirushi_profile::{MunicipalityCode, municipality};
use shirushi_register::{Change, Recorded, problem};
use shirushi_rules::{Bilingual, Fact, Facts, Refusal, WELL_FORMED};
use shirushi_web::Problem;
use shirushi_wire::{KnownOfficer, OfficerId};
use std::sync::PoisonError;

/// Furthest that the clock is moved at once: a hundred years.
const FURTHEST: i64 = 100 * 366 * 24 * 60 * 60;

impl Sandbox {
    /// The city's date.
    pub(crate) fn today(&self) -> Date {
        self.reach.clock.now().date_jst()
    }

    /// Moves the city's clock forward; `asked_as` names the number in a refusal. Durable when it returns, and the keys and lists of the
    /// new present are made, as they would have been in the time between.
    pub(crate) async fn let_pass(&self, asked_as: &str, seconds: i64) -> Result<(), Problem> {
        self.move_clock(asked_as, seconds)?;
        self.reach.keeper.look().await;
        match self.reach.authority.publish_due().await {
            Ok(round) => round.log(),
            // The clock has moved; the task that makes lists tries again.
            Err(error) => tracing::error!(%error, "no lists could be made"),
        }
        Ok(())
    }

    fn move_clock(&self, asked_as: &str, seconds: i64) -> Result<(), Problem> {
        if !(0..=FURTHEST).contains(&seconds) {
            return Err(unfit(
                asked_as,
                Bilingual::new("0から100年分の秒数です", "0 to a hundred years of seconds"),
            )
            .into());
        }
        // Two at once would each write their own step.
        let _one = self
            .clock_moves
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        // Written first: time that has been told must not go back with a restart.
        let ahead = self
            .reach
            .clock
            .advance(0)
            .saturating_add(seconds);
        shirushi_files::replace(&self.reach.clock_file, ahead.to_string().as_bytes())
            .map_err(|error| Problem::internal(&error))?;
        self.reach.clock.advance(seconds);
        Ok(())
    }

    /// Records a change of the register and tells the authority.
    pub(crate) async fn record(&self, change: Change) -> Result<Recorded, Problem> {
        // A register that came back from a backup records nothing more: its numbers are taken.
        if let Some(wrong) = self.reach.delivery.out_of_step() {
            return Err(Problem::unavailable(&wrong));
        }
        let event = self
            .reach
            .register
            .record_event(change)
            .await
            .map_err(|error| problem(&error))?;
        let delivered = self.reach.delivery.deliver_now().await;
        Ok(Recorded { event, delivered })
    }

    /// A one-time code by which an officer of the municipality enrols.
    pub(crate) async fn officer_code(
        &self,
        place: &MunicipalityCode,
    ) -> Result<EnrolmentCode, Problem> {
        if municipality(place).is_none() {
            return Err(unfit(
                "municipality",
                Bilingual::new("この市区町村はありません", "there is no such municipality"),
            )
            .into());
        }
        self.reach
            .authority
            .enrolment_code(place)
            .await
            .map_err(|error| Problem::internal(&error))
    }

    /// The officers of all counters, serving and retired.
    pub(crate) async fn officers(&self) -> Result<Vec<KnownOfficer>, Problem> {
        self.reach
            .authority
            .known_officers()
            .await
            .map_err(|error| Problem::internal(&error))
    }

    /// Retires an officer: the authority and the register refuse them from now on, and the counter ends their sessions.
    pub(crate) async fn retire_officer(&self, officer: &OfficerId) -> Result<(), Problem> {
        match self
            .reach
            .authority
            .retire_officer(officer)
            .await
        {
            Ok(()) => Ok(()),
            Err(AuthorityError::Refused(refusal)) => Err(refusal.into()),
            Err(error) => Err(Problem::internal(&error)),
        }
    }
}

/// An order that has not its form.
pub(crate) fn unfit(field: impl Into<Fact>, fault: impl Into<Fact>) -> Refusal {
    WELL_FORMED.refusal(
        Facts::new()
            .and("where", field)
            .and("fault", fault),
    )
}
