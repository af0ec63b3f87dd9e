//! What a holder asks for online: the end of their certificates (オンライン失効申請, Law 9(4), 28(4)).
//!
//! Nobody stands between: no officer, no account. What is believed is the signature of the signature certificate, which this
//! authority itself has issued and not yet ended; a revocation that the law allows any holder to ask for needs no more.

use crate::{
    Authority, AuthorityError,
    revoke::{self, Ended},
    sql,
};
use shirushi_crypto::sha256;
use shirushi_profile::{Certificate, CertificateKind, RevocationReason, SerialNumber};
use shirushi_rules::{
    Bilingual, Facts, HOLDER_SIGNED, NOT_REPEATED, OWN_CERTIFICATES, REQUEST_FRESH, Refusal,
    WELL_FORMED,
};
use shirushi_store::{Row, Transaction, Value};
use shirushi_wire::{HolderRevocation, SignedByHolder};

/// How far a request's time may lie from ours, in seconds, either way.
const FRESH: u64 = 5 * 60;
/// A holder has one certificate of each kind.
const MOST: usize = 2;

impl Authority {
    /// Revokes what the holder asks for, and answers the serials that ended. The same request again changes nothing and answers the
    /// same serials, also when the certificate that signed it is among them.
    ///
    /// # Errors
    /// [`AuthorityError::Refused`] by `authority/holder-signed`, `authority/request-fresh`, `authority/own-certificates`, `upload/well-formed`, and by
    /// `authority/not-repeated` when the id was used for another request.
    pub async fn revoke_for_holder(
        &self,
        signed: &SignedByHolder,
    ) -> Result<Vec<SerialNumber>, AuthorityError> {
        let payload = signed
            .payload()
            .map_err(|_| unsigned(Bilingual::new("形式が違います", "malformed")))?;
        let cms = signed
            .cms()
            .map_err(|_| unsigned(Bilingual::new("形式が違います", "malformed")))?;
        let signature = shirushi_signature::verify(&cms, &payload).map_err(|_| {
            unsigned(Bilingual::new(
                "署名を検証できません",
                "the signature does not verify",
            ))
        })?;
        let request = HolderRevocation::from_signed(&payload).map_err(|_| {
            unsigned(Bilingual::new(
                "失効申請ではありません",
                "no request for revocation",
            ))
        })?;
        let now = self.now().unix();
        let digest = sha256(&payload);
        let id = request.id.to_string();

        let mut transaction = self.store().begin().await?;
        let known = transaction
            .row(sql::REVOCATION_REQUEST, &[id.as_str().into()])
            .await?;
        if let Some(row) = known {
            NOT_REPEATED.require(row.bytes("digest")? == digest, [("application", id)])?;
            drop(transaction);
            self.hand_over().await?;
            return revoke::serials(&row.text("serials")?);
        }
        let resident = signer(&mut transaction, signature.signer(), now).await?;
        well_formed(&request)?;
        fresh(&request, now)?;
        let ended = end(&mut transaction, &request, &resident, now).await?;
        let serials: Vec<SerialNumber> = ended.iter().map(|e| e.serial).collect();
        transaction
            .execute(
                sql::INSERT_REVOCATION_REQUEST,
                &[
                    id.as_str().into(),
                    Value::Bytes(digest.to_vec()),
                    revoke::joined(&serials).into(),
                    Value::Integer(now),
                ],
            )
            .await?;
        revoke::record(self, &mut transaction, &ended).await?;
        transaction.commit().await?;
        self.hand_over().await?;
        Ok(serials)
    }
}

/// Whose request it is: the signer's certificate is, byte for byte, a signature certificate of ours, alive now.
async fn signer(
    transaction: &mut Transaction,
    certificate: &Certificate,
    now: i64,
) -> Result<String, AuthorityError> {
    let row = found(transaction, certificate.serial()).await?;
    let ours = match &row {
        Some(row) => {
            row.bytes("der")? == certificate.der()
                && row.text("kind")? == revoke::kind_text(CertificateKind::Signature)
        }
        None => false,
    };
    let Some(row) = row.filter(|_| ours) else {
        return Err(unsigned(Bilingual::new(
            "この認証局の署名用電子証明書ではありません",
            "not a signature certificate of this authority",
        ))
        .into());
    };
    let lives = row.text("state")? == "live"
        && row.integer("not_before")? <= now
        && row.integer("not_after")? >= now;
    HOLDER_SIGNED.require(
        lives,
        Facts::new().and(
            "fault",
            Bilingual::new(
                "署名用電子証明書が有効ではありません",
                "the signature certificate is not alive",
            ),
        ),
    )?;
    Ok(row.text("resident")?)
}

fn fresh(request: &HolderRevocation, now: i64) -> Result<(), Refusal> {
    REQUEST_FRESH.require(request.at.unix().abs_diff(now) <= FRESH, [])
}

/// What a request of our own client always is.
fn well_formed(request: &HolderRevocation) -> Result<(), Refusal> {
    let refused = |place: &str, fault: Bilingual| {
        WELL_FORMED.refusal(
            Facts::new()
                .and("where", place)
                .and("fault", fault),
        )
    };
    let asked = matches!(
        request.reason,
        RevocationReason::CessationOfOperation | RevocationReason::KeyCompromise
    );
    if !asked {
        return Err(refused(
            "reason",
            Bilingual::new(
                "この理由は本人の申請にはありません",
                "no reason that a holder gives",
            ),
        ));
    }
    let mut serials = request.certificates.clone();
    serials.sort_unstable();
    serials.dedup();
    if serials.is_empty() || serials.len() != request.certificates.len() || serials.len() > MOST {
        return Err(refused(
            "certificates",
            Bilingual::new(
                "証明書は1つか2つ、一度ずつ指定してください",
                "one or two certificates are named, each once",
            ),
        ));
    }
    Ok(())
}

/// Takes the certificates out of life; one that has ended already is no fault.
async fn end(
    transaction: &mut Transaction,
    request: &HolderRevocation,
    resident: &str,
    now: i64,
) -> Result<Vec<Ended>, AuthorityError> {
    let mut ended = Vec::new();
    for serial in &request.certificates {
        let row = found(transaction, serial).await?;
        let own = match &row {
            Some(row) => row.text("resident")? == resident,
            None => false,
        };
        let Some(row) = row.filter(|_| own) else {
            return Err(OWN_CERTIFICATES
                .refusal([("serial", serial.to_string())])
                .into());
        };
        let not_after = row.integer("not_after")?;
        // What has expired is out of force already; no revocation record is made (Law 15(1)(5)).
        if row.text("state")? != "live" || not_after < now {
            continue;
        }
        transaction
            .execute(
                sql::SET_CERTIFICATE_STATE,
                &[serial.to_string().into(), "revoked".into()],
            )
            .await?;
        ended.push(Ended {
            serial: *serial,
            kind: revoke::kind_from_text(&row.text("kind")?)?,
            generation: revoke::generation(&row)?,
            municipality: row.text("municipality")?,
            not_after,
            reason: request.reason,
            at: now,
        });
    }
    Ok(ended)
}

async fn found(
    transaction: &mut Transaction,
    serial: &SerialNumber,
) -> Result<Option<Row>, AuthorityError> {
    Ok(transaction
        .row(sql::CERTIFICATE_BY_SERIAL, &[serial.to_string().into()])
        .await?)
}

fn unsigned(fault: Bilingual) -> Refusal {
    HOLDER_SIGNED.refusal(Facts::new().and("fault", fault))
}
