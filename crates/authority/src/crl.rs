//! CRLs (失効情報ファイル): complete and per municipality, from the one table of revocations. A publish gate stands before the door.

use crate::{
    Authority, AuthorityError, log,
    log::LogEntry,
    revoke::{kind_text, reason_from_text, serial},
    sql,
    status::instant,
};
use shirushi_clock::Instant;
use shirushi_crypto::sha256;
use shirushi_profile::{
    CertificateKind, CertificateList, CrlScope, Municipality, RevokedEntry, assemble, crl_tbs, lint,
};
use shirushi_store::Value;

/// A CRL is good for this long; the real service makes one a day (facts/profile-and-rules.md A.6).
const VALID_SECONDS: i64 = 24 * 60 * 60;

/// A CRL older than this is made anew although nothing changed.
const REFRESH_SECONDS: i64 = 12 * 60 * 60;

/// The name of the complete CRL in the store.
const COMPLETE: &str = "complete";

impl Authority {
    /// The present CRL (DER) of a kind: of one municipality, or complete. It is made anew when a revocation has been recorded
    /// since the last one, or when that one is half over.
    ///
    /// # Errors
    /// [`AuthorityError::PublishGate`] when the new one must not be published.
    pub async fn crl(
        &self,
        kind: CertificateKind,
        municipality: Option<&'static Municipality>,
    ) -> Result<Vec<u8>, AuthorityError> {
        // One at a time: numbers must not be raced for.
        let _one = self.publishing().lock().await;
        let now = self.now();
        let scope = municipality.map_or(COMPLETE.to_owned(), |m| m.code.to_string());
        let entries = self
            .entries(kind, municipality, now)
            .await?;
        let old = self.newest(kind, &scope).await?;
        if let Some(old) = &old
            && old.is_fresh(&entries, now)
        {
            return Ok(old.list.der().to_vec());
        }
        self.publish(kind, municipality, &scope, entries, old.as_ref(), now)
            .await
    }

    async fn entries(
        &self,
        kind: CertificateKind,
        municipality: Option<&Municipality>,
        now: Instant,
    ) -> Result<Vec<RevokedEntry>, AuthorityError> {
        let kind: Value = kind_text(kind).into();
        // Records are kept until the certificate's own end (Law 16; facts/profile-and-rules.md A.6).
        let rows = match municipality {
            None => {
                self.store()
                    .rows(sql::REVOCATIONS_COMPLETE, &[kind, now.unix().into()])
                    .await?
            }
            Some(municipality) => {
                let code: Value = municipality.code.to_string().into();
                self.store()
                    .rows(
                        sql::REVOCATIONS_OF_MUNICIPALITY,
                        &[kind, now.unix().into(), code],
                    )
                    .await?
            }
        };
        rows.iter()
            .map(|row| {
                Ok(RevokedEntry {
                    serial: serial(row)?,
                    revoked_at: instant(row.integer("revoked_at")?)?,
                    reason: reason_from_text(&row.text("reason")?)?,
                })
            })
            .collect()
    }

    async fn newest(
        &self,
        kind: CertificateKind,
        scope: &str,
    ) -> Result<Option<Published>, AuthorityError> {
        let row = self
            .store()
            .row(sql::NEWEST_CRL, &[kind_text(kind).into(), scope.into()])
            .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        let list = CertificateList::from_der(&row.bytes("der")?)
            .map_err(|_| AuthorityError::Damaged { what: "CRL" })?;
        Ok(Some(Published {
            list,
            number: row.integer("number")?,
        }))
    }

    /// Intent → lint → sign → gate → store and log.
    async fn publish(
        &self,
        kind: CertificateKind,
        municipality: Option<&'static Municipality>,
        scope: &str,
        entries: Vec<RevokedEntry>,
        old: Option<&Published>,
        now: Instant,
    ) -> Result<Vec<u8>, AuthorityError> {
        let issuer = self.ceremony().issuer(kind);
        let next_update = now.plus_seconds(VALID_SECONDS);
        let mut transaction = self.store().begin().await?;
        let number = transaction
            .row(
                sql::LAST_CRL_NUMBER,
                &[kind_text(kind).into(), scope.into()],
            )
            .await?
            .map_or(Ok(0), |row| row.integer("number"))?
            + 1;
        let tbs = crl_tbs(
            &issuer.certificate,
            self.ceremony().urls(),
            municipality.map_or(CrlScope::Complete, CrlScope::Municipality),
            number.unsigned_abs(),
            now,
            next_update,
            &entries,
        )?;
        transaction
            .execute(
                sql::INSERT_CRL,
                &[
                    kind_text(kind).into(),
                    scope.into(),
                    number.into(),
                    now.unix().into(),
                    next_update.unix().into(),
                    i64::try_from(entries.len())
                        .unwrap_or(i64::MAX)
                        .into(),
                    Value::Bytes(sha256(&tbs).to_vec()),
                ],
            )
            .await?;
        transaction.commit().await?;

        let refused = |fault| AuthorityError::PublishGate {
            scope: scope.to_owned(),
            fault,
        };
        let der = assemble(&tbs, issuer.key.algorithm(), &issuer.key.sign(&tbs)?);
        let list =
            CertificateList::from_der(&der).map_err(|_| refused("it cannot be read back"))?;
        if !lint::lint_crl(&list, &issuer.certificate).is_empty() {
            return Err(refused("the linter refuses it"));
        }
        issuer
            .certificate
            .public_key()
            .verify(issuer.key.algorithm(), list.tbs_der(), list.signature())
            .map_err(|_| refused("its signature does not verify"))?;
        gate(&list, &tbs, old, &entries).map_err(refused)?;
        if let Some(old) = old {
            self.require_nothing_lost(kind, old, &list, now)
                .await?
                .map_err(refused)?;
        }

        let mut transaction = self.store().begin().await?;
        transaction
            .execute(
                sql::STORE_CRL,
                &[
                    kind_text(kind).into(),
                    scope.into(),
                    number.into(),
                    Value::Bytes(der.clone()),
                ],
            )
            .await?;
        let entry = LogEntry::CrlPublished {
            kind,
            scope: scope.to_owned(),
            number,
            crl: hex::encode(sha256(&der)),
            at: now.unix(),
        };
        log::append(&mut transaction, self.random(), &[entry]).await?;
        transaction.commit().await?;
        Ok(der)
    }
}

impl Authority {
    /// An entry of the old list may only be missing when its certificate has ended by itself, and the record must still say so.
    async fn require_nothing_lost(
        &self,
        kind: CertificateKind,
        old: &Published,
        new: &CertificateList,
        now: Instant,
    ) -> Result<Result<(), &'static str>, AuthorityError> {
        for entry in old.list.entries() {
            if let Some(kept) = new.entry(&entry.serial) {
                // What was signed in between would be valid again.
                if kept.revoked_at > entry.revoked_at {
                    return Ok(Err("an entry became later"));
                }
                continue;
            }
            let record = self
                .store()
                .row(
                    sql::REVOCATION,
                    &[entry.serial.to_string().into(), kind_text(kind).into()],
                )
                .await?;
            let is_over = match record {
                Some(row) => row.integer("not_after")? < now.unix(),
                None => false,
            };
            if !is_over {
                return Ok(Err("it lost an entry"));
            }
        }
        Ok(Ok(()))
    }
}

struct Published {
    list: CertificateList,
    number: i64,
}

impl Published {
    fn is_fresh(&self, entries: &[RevokedEntry], now: Instant) -> bool {
        let age = now.unix() - self.list.this_update().unix();
        (0..REFRESH_SECONDS).contains(&age)
            && self.list.len() == entries.len()
            && entries
                .iter()
                .all(|entry| self.list.entry(&entry.serial).is_some())
    }
}

/// The publish gate (DESIGN.md §5): no CRL goes out that forgot an entry, or went back in number or in time. Issuer and
/// distribution point are the linter's part.
fn gate(
    list: &CertificateList,
    tbs: &[u8],
    old: Option<&Published>,
    entries: &[RevokedEntry],
) -> Result<(), &'static str> {
    if list.tbs_der() != tbs {
        return Err("what was signed is not what was intended");
    }
    if entries
        .iter()
        .any(|entry| list.entry(&entry.serial).is_none())
        || list.len() != entries.len()
    {
        return Err("it does not hold every revocation on record");
    }
    let Some(old) = old else {
        return Ok(());
    };
    if list
        .number()
        .is_none_or(|n| n <= old.number.unsigned_abs())
    {
        return Err("its number went back");
    }
    if list.this_update() < old.list.this_update() {
        return Err("its time went back");
    }
    Ok(())
}
