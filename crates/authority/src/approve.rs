//! The one way from an application to an issue.

use crate::AuthorityError;
use shirushi_clock::Instant;
use shirushi_crypto::PublicKey;
use shirushi_profile::{CertificateKind, Municipality, municipality};
use shirushi_rules::{Bilingual, Facts, WELL_FORMED};
use shirushi_wire::{Application, AttestedApplication};

/// An application whose officer, statements and register state have been checked. Only this room can make one, and only an
/// `Approved` application is issued from.
#[derive(Debug)]
pub struct Approved {
    application: Application,
    municipality: &'static Municipality,
}

impl Approved {
    /// Checks what the register states in the application, when it was taken, and what it states itself (the officer's signature over it has
    /// been verified).
    ///
    /// # Errors
    /// A [`shirushi_rules::Refusal`], or [`AuthorityError::UnknownMunicipality`].
    pub(crate) fn receive(
        message: &AttestedApplication,
        register_key: &PublicKey,
        now: Instant,
    ) -> Result<Self, AuthorityError> {
        let application = message.attested(register_key)?;
        application.require_recent(now)?;
        Self::judge(application, now)
    }

    /// Checks what an application states that was received with the register's word.
    ///
    /// # Errors
    /// A [`shirushi_rules::Refusal`], or [`AuthorityError::UnknownMunicipality`].
    pub(crate) fn judge(application: Application, now: Instant) -> Result<Self, AuthorityError> {
        require_kinds(&application.kinds)?;
        application.require_statements(now.date_jst())?;
        let municipality = municipality(&application.municipality).ok_or_else(|| {
            AuthorityError::UnknownMunicipality {
                code: application.municipality.to_string(),
            }
        })?;
        Ok(Self {
            application,
            municipality,
        })
    }

    /// The application.
    #[must_use]
    pub fn application(&self) -> &Application {
        &self.application
    }

    /// Its municipality, as certificates name it.
    #[must_use]
    pub fn municipality(&self) -> &'static Municipality {
        self.municipality
    }
}

/// One kind or both: a kind named twice would be two certificates of it, and no card takes an application for none.
pub(crate) fn require_kinds(kinds: &[CertificateKind]) -> Result<(), AuthorityError> {
    let named = |kind| {
        kinds
            .iter()
            .filter(|k| **k == kind)
            .count()
    };
    let once = CertificateKind::ALL
        .into_iter()
        .all(|kind| named(kind) <= 1);
    WELL_FORMED.require(
        once && !kinds.is_empty(),
        Facts::new().and("where", "kinds").and(
            "fault",
            Bilingual::new(
                "種別は一つずつ指定します",
                "each kind once, and one at least",
            ),
        ),
    )?;
    Ok(())
}
