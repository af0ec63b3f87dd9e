//! What is known of a serial.

use crate::{
    Authority, AuthorityError,
    revoke::{kind_text, reason_from_text},
    sql,
};
use shirushi_clock::Instant;
use shirushi_profile::{CertificateKind, RevocationReason, SerialNumber};
use shirushi_store::Value;

/// State of a certificate now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateState {
    /// Issued by us and valid now: the only state that is told as good.
    Good,
    /// Revoked.
    Revoked {
        /// Since when.
        at: Instant,
        /// Why.
        reason: RevocationReason,
    },
    /// Not issued by us, or expired, or not valid yet.
    Unknown,
}

impl Authority {
    /// State of the certificate with this serial.
    ///
    /// # Errors
    /// [`AuthorityError::Store`], [`AuthorityError::Damaged`]; [`AuthorityError::Register`] and [`AuthorityError::Damage`] for what is not known to
    /// be revoked, while something is known to be missing.
    pub async fn status(
        &self,
        kind: CertificateKind,
        serial: &SerialNumber,
    ) -> Result<CertificateState, AuthorityError> {
        let key: [Value; 2] = [serial.to_string().into(), kind_text(kind).into()];
        let now = self.now().unix();
        // Before the records: a certificate revoked between the two looks has its record in the second. The other way round it would
        // be neither live nor revoked.
        let good = match self
            .answers()
            .row(sql::CERTIFICATE, &key)
            .await?
        {
            Some(row) => {
                row.text("state")? == "live"
                    && row.integer("not_before")? <= now
                    && now <= row.integer("not_after")?
            }
            None => false,
        };
        if let Some(row) = self
            .answers()
            .row(sql::REVOCATION, &key)
            .await?
        {
            return Ok(CertificateState::Revoked {
                at: instant(row.integer("revoked_at")?)?,
                reason: reason_from_text(&row.text("reason")?)?,
            });
        }
        // That something has ended is true whatever else is missing; that it has not cannot be told then.
        self.require_sound()?;
        Ok(if good {
            CertificateState::Good
        } else {
            CertificateState::Unknown
        })
    }
}

pub(crate) fn instant(seconds: i64) -> Result<Instant, AuthorityError> {
    Instant::from_unix(seconds).map_err(|_| AuthorityError::Damaged { what: "time" })
}
