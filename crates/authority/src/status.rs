//! What is known of a serial.

use crate::{
    Authority, AuthorityError,
    revoke::{kind_text, reason_from_text},
    sql,
};
use shirushi_clock::Instant;
use shirushi_profile::{CertificateKind, Generation, SerialNumber};
use shirushi_store::Value;
use shirushi_wire::CertificateState;

impl Authority {
    /// State of the certificate with this serial, of whatever generation.
    ///
    /// # Errors
    /// [`AuthorityError::Store`], [`AuthorityError::Damaged`]; [`AuthorityError::Register`] and [`AuthorityError::Damage`] for what is not known to
    /// be revoked, while something is known to be missing.
    pub async fn status(
        &self,
        kind: CertificateKind,
        serial: &SerialNumber,
    ) -> Result<CertificateState, AuthorityError> {
        self.state(kind, None, serial).await
    }

    /// The same to whom it is told under the name of one generation: what another has issued is unknown.
    ///
    /// # Errors
    /// Those of [`Authority::status`].
    pub async fn status_of(
        &self,
        kind: CertificateKind,
        generation: Generation,
        serial: &SerialNumber,
    ) -> Result<CertificateState, AuthorityError> {
        self.state(kind, Some(generation.number()), serial)
            .await
    }

    async fn state(
        &self,
        kind: CertificateKind,
        generation: Option<i64>,
        serial: &SerialNumber,
    ) -> Result<CertificateState, AuthorityError> {
        let key: [Value; 2] = [serial.to_string().into(), kind_text(kind).into()];
        let now = self.now().unix();
        // In one statement, and so of one moment: a certificate that is being revoked is seen live or revoked, and never neither.
        let row = self
            .answers()
            .row(sql::STATUS, &key)
            .await?
            .ok_or(AuthorityError::Damaged { what: "status" })?;
        let is_asked_for = |issued_by| generation.is_none_or(|asked| asked == issued_by);
        if let Some(issued_by) = row.optional_integer("ended_of")?
            && is_asked_for(issued_by)
        {
            return Ok(CertificateState::Revoked {
                at: instant(row.integer("revoked_at")?)?,
                reason: reason_from_text(&row.text("reason")?)?,
            });
        }
        let good = match row.optional_integer("issued_of")? {
            Some(issued_by) => {
                is_asked_for(issued_by)
                    && row.text("state")? == "live"
                    && row.integer("not_before")? <= now
                    && now <= row.integer("not_after")?
            }
            None => false,
        };
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
