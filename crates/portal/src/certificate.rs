//! The citizen's signature certificate, as far as the portal knows it, and whether it will do.

use crate::{Portal, PortalError, sql};
use base64ct::{Base64, Encoding as _};
use shirushi_clock::Instant;
use shirushi_profile::{Certificate, CertificateKind, renewable_from};
use shirushi_rules::{
    Bilingual, Fact, Facts, NOT_EXPIRED, NOT_REVOKED, Refusal, RefusalReport,
    SIGNATURE_CERTIFICATE, TRUSTED_ISSUER, WELL_FORMED,
};

/// What is known about a signature certificate before a form is filled.
#[derive(Clone, Debug)]
pub(crate) enum State {
    /// It would be accepted now.
    Alive,
    /// It would be accepted now, and is so near its end that it can be renewed.
    EndsSoon,
    /// A filing under it would be refused.
    Dead(Box<RefusalReport>),
    /// It cannot be found out now; what the agency said, if it answered.
    Unknown(Option<Box<RefusalReport>>),
}

/// A signature certificate that the citizen has shown.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) certificate: Certificate,
    pub(crate) known_at: Instant,
}

impl Portal {
    /// The certificate that an account has shown last.
    pub(crate) async fn known(&self, account: &str) -> Result<Option<Known>, PortalError> {
        let row = self
            .store
            .row(sql::CERTIFICATE, &[account.into()])
            .await?;
        let damaged = || PortalError::Damaged {
            what: "certificate",
        };
        row.map(|row| {
            Ok(Known {
                certificate: Certificate::from_der(&row.bytes("der")?).map_err(|_| damaged())?,
                known_at: Instant::from_unix(row.integer("known_at")?).map_err(|_| damaged())?,
            })
        })
        .transpose()
    }

    /// Keeps a certificate as the account's.
    pub(crate) async fn know(
        &self,
        account: &str,
        certificate: &Certificate,
    ) -> Result<(), PortalError> {
        let mut transaction = self.store.begin().await?;
        transaction
            .execute(
                sql::KNOW_CERTIFICATE,
                &[
                    account.into(),
                    certificate.der().into(),
                    self.now().unix().into(),
                ],
            )
            .await?;
        Ok(transaction.commit().await?)
    }

    /// Whether a certificate will do, as the agency says.
    pub(crate) async fn state_of(&self, certificate: &Certificate) -> State {
        match self.agency.check(certificate).await {
            Ok(Ok(())) => match renewable_from(certificate.not_after()) {
                Ok(day) if day <= self.now().date_jst() => State::EndsSoon,
                _ => State::Alive,
            },
            Ok(Err(report)) => {
                let deadly = [
                    &NOT_EXPIRED,
                    &NOT_REVOKED,
                    &SIGNATURE_CERTIFICATE,
                    &TRUSTED_ISSUER,
                ];
                if deadly
                    .into_iter()
                    .any(|rule| rule.id == report.rule)
                {
                    State::Dead(report)
                } else {
                    State::Unknown(Some(report))
                }
            }
            Err(cause) => {
                tracing::warn!(%cause, "a certificate cannot be checked");
                State::Unknown(None)
            }
        }
    }
}

/// The signature certificate that the agent has sent, base64.
pub(crate) fn received(text: &str) -> Result<Certificate, Refusal> {
    let malformed = |fault: Fact| {
        WELL_FORMED.refusal(
            Facts::new()
                .and("where", Bilingual::new("証明書", "certificate"))
                .and("fault", fault),
        )
    };
    let der = Base64::decode_vec(text)
        .map_err(|_| malformed(Bilingual::new("base64ではありません", "not base64").into()))?;
    let certificate =
        Certificate::from_der(&der).map_err(|cause| malformed(cause.to_string().into()))?;
    if certificate.kind() != Some(CertificateKind::Signature) || certificate.holder().is_none() {
        return Err(malformed(
            Bilingual::new("署名用電子証明書ではありません", "no signature certificate").into(),
        ));
    }
    Ok(certificate)
}
