//! Revocation (失効): one fact in one table, recorded and logged in one transaction. A certificate is dead from the moment the
//! record is made (Law 15).

use crate::{
    Authority, AuthorityError, approve::require_kinds, log, log::LogEntry,
    residents::municipality_of, sql,
};
use shirushi_crypto::sha256;
use shirushi_profile::{CertificateKind, Generation, RevocationReason, SerialNumber};
use shirushi_rules::{NOT_REPEATED, REVOCATION_HERE};
use shirushi_store::{Row, Transaction, Value};
use shirushi_wire::{ResidentCode, RevocationRequest, Signed};

impl Authority {
    /// Revokes what the holder asks for at the counter (失効申請, Law 9, 28), and answers the serials that ended. The same request
    /// again changes nothing and answers the same serials, also after a renewal.
    ///
    /// # Errors
    /// [`AuthorityError::Refused`] when no serving officer signed it, when it is not of now, of the holder's municipality or for a reason that
    /// a holder gives, or when the id was used for another request.
    pub async fn revoke(
        &self,
        signed: &Signed<RevocationRequest>,
    ) -> Result<Vec<SerialNumber>, AuthorityError> {
        let request = self
            .signed_by_officer(signed, |r| (&r.officer, &r.municipality))
            .await?;
        let digest = sha256(
            &signed
                .json()
                .map_err(|_| AuthorityError::Damaged {
                    what: "revocation request",
                })?,
        );
        let now = self.now().unix();
        let id = request.id.to_string();
        let mut transaction = self.store().begin().await?;
        let known = transaction
            .row(sql::REVOCATION_REQUEST, &[id.as_str().into()])
            .await?;
        if let Some(row) = known {
            NOT_REPEATED.require(row.bytes("digest")? == digest, [("application", id)])?;
            drop(transaction);
            // It may have failed to be handed over when it was asked first.
            self.hand_over().await?;
            return serials(&row.text("serials")?);
        }
        request.require_recent(self.now())?;
        request.require_reason()?;
        require_kinds(&request.kinds)?;
        let place = municipality_of(&mut transaction, &request.resident).await?;
        REVOCATION_HERE.require(
            place.is_none_or(|place| place == request.municipality),
            [("municipality", request.municipality.to_string())],
        )?;
        let mut ended = Vec::new();
        for kind in &request.kinds {
            ended.extend(
                end_live(
                    &mut transaction,
                    &request.resident,
                    *kind,
                    i64::MAX,
                    request.reason,
                    now,
                )
                .await?,
            );
        }
        let ended_serials: Vec<SerialNumber> = ended.iter().map(|e| e.serial).collect();
        transaction
            .execute(
                sql::INSERT_REVOCATION_REQUEST,
                &[
                    id.as_str().into(),
                    Value::Bytes(digest.to_vec()),
                    joined(&ended_serials).into(),
                    Value::Integer(now),
                ],
            )
            .await?;
        record(self, &mut transaction, &ended).await?;
        transaction.commit().await?;
        self.hand_over().await?;
        Ok(ended_serials)
    }
}

/// Serials as one text: what a request ended, to answer it again.
pub(crate) fn joined(serials: &[SerialNumber]) -> String {
    serials
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(" ")
}

pub(crate) fn serials(text: &str) -> Result<Vec<SerialNumber>, AuthorityError> {
    text.split_whitespace()
        .map(|serial| {
            serial
                .parse()
                .map_err(|_| AuthorityError::Damaged {
                    what: "revocation request",
                })
        })
        .collect()
}

/// A certificate that ends in the running transaction.
pub(crate) struct Ended {
    pub(crate) serial: SerialNumber,
    pub(crate) kind: CertificateKind,
    pub(crate) generation: Generation,
    pub(crate) municipality: String,
    pub(crate) not_after: i64,
    pub(crate) reason: RevocationReason,
    pub(crate) at: i64,
}

/// Takes the resident's live certificate of a kind out of life, if its application knew less of the register than `sequence`.
pub(crate) async fn end_live(
    transaction: &mut Transaction,
    resident: &ResidentCode,
    kind: CertificateKind,
    sequence: i64,
    reason: RevocationReason,
    at: i64,
) -> Result<Option<Ended>, AuthorityError> {
    let row = transaction
        .row(
            sql::LIVE_CERTIFICATE,
            &[resident.as_str().into(), kind_text(kind).into()],
        )
        .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    if row.integer("register_sequence")? >= sequence {
        return Ok(None);
    }
    let serial = serial(&row)?;
    let not_after = row.integer("not_after")?;
    // What has expired is out of force already; no revocation record is made (Law 15(1)(5)).
    let state = if not_after < at { "expired" } else { "revoked" };
    transaction
        .execute(
            sql::SET_CERTIFICATE_STATE,
            &[serial.to_string().into(), state.into()],
        )
        .await?;
    if state == "expired" {
        return Ok(None);
    }
    Ok(Some(Ended {
        serial,
        kind,
        generation: generation(&row)?,
        municipality: row.text("municipality")?,
        not_after,
        reason,
        at,
    }))
}

/// Writes the revocation records and their log entries.
pub(crate) async fn record(
    authority: &Authority,
    transaction: &mut Transaction,
    ended: &[Ended],
) -> Result<(), AuthorityError> {
    insert(transaction, ended).await?;
    let entries: Vec<LogEntry> = ended
        .iter()
        .map(|e| LogEntry::Revoked {
            serial: e.serial,
            kind: e.kind,
            reason: e.reason,
            at: e.at,
        })
        .collect();
    log::append(transaction, authority.random(), &entries).await
}

/// Writes the revocation records alone, each with its place in their order.
pub(crate) async fn insert(
    transaction: &mut Transaction,
    ended: &[Ended],
) -> Result<(), AuthorityError> {
    let rows: Vec<Vec<Value>> = ended
        .iter()
        .map(|e| {
            vec![
                e.serial.to_string().into(),
                kind_text(e.kind).into(),
                e.municipality.as_str().into(),
                Value::Integer(e.at),
                reason_text(e.reason).into(),
                Value::Integer(e.not_after),
                Value::Integer(e.generation.number()),
            ]
        })
        .collect();
    transaction
        .insert_many(sql::INSERT_REVOCATIONS, &rows)
        .await?;
    let last = last_position(transaction).await?;
    let positions: Vec<Vec<Value>> = (last + 1..)
        .zip(ended)
        .map(|(position, e)| vec![position.into(), e.serial.to_string().into()])
        .collect();
    transaction
        .insert_many(sql::INSERT_POSITIONS, &positions)
        .await?;
    Ok(())
}

/// The last place in the order of revocations; 0 before the first.
pub(crate) async fn last_position(transaction: &mut Transaction) -> Result<i64, AuthorityError> {
    let row = transaction
        .row(sql::LAST_POSITION, &[])
        .await?;
    Ok(row.map_or(Ok(0), |row| row.integer("position"))?)
}

/// A kind as the store writes it.
pub(crate) fn kind_text(kind: CertificateKind) -> &'static str {
    match kind {
        CertificateKind::Signature => "signature",
        CertificateKind::Authentication => "authentication",
    }
}

pub(crate) fn kind_from_text(text: &str) -> Result<CertificateKind, AuthorityError> {
    match text {
        "signature" => Ok(CertificateKind::Signature),
        "authentication" => Ok(CertificateKind::Authentication),
        _ => Err(AuthorityError::Damaged { what: "kind" }),
    }
}

const REASONS: [(RevocationReason, &str); 8] = [
    (RevocationReason::Unspecified, "unspecified"),
    (RevocationReason::KeyCompromise, "keyCompromise"),
    (RevocationReason::CaCompromise, "cACompromise"),
    (RevocationReason::AffiliationChanged, "affiliationChanged"),
    (RevocationReason::Superseded, "superseded"),
    (
        RevocationReason::CessationOfOperation,
        "cessationOfOperation",
    ),
    (RevocationReason::CertificateHold, "certificateHold"),
    (RevocationReason::PrivilegeWithdrawn, "privilegeWithdrawn"),
];

/// A reason as RFC 5280 §5.3.1 writes it.
pub(crate) fn reason_text(reason: RevocationReason) -> &'static str {
    REASONS
        .iter()
        .find(|(r, _)| *r == reason)
        .map_or("unspecified", |(_, text)| text)
}

pub(crate) fn reason_from_text(text: &str) -> Result<RevocationReason, AuthorityError> {
    REASONS
        .iter()
        .find(|(_, t)| *t == text)
        .map(|(reason, _)| *reason)
        .ok_or(AuthorityError::Damaged {
            what: "revocation reason",
        })
}

pub(crate) fn generation(row: &Row) -> Result<Generation, AuthorityError> {
    Generation::new(row.integer("generation")?)
        .map_err(|_| AuthorityError::Damaged { what: "generation" })
}

pub(crate) fn serial(row: &Row) -> Result<SerialNumber, AuthorityError> {
    row.text("serial")?
        .parse()
        .map_err(|_| AuthorityError::Damaged {
            what: "serial number",
        })
}
