//! The keys that have been certified: none is certified twice, for whoever held it once may still have it.

use crate::{Authority, AuthorityError, sql};
use shirushi_crypto::{PublicKey, sha256};
use shirushi_profile::{Certificate, CertificateKind};
use shirushi_rules::KEY_NEW;
use shirushi_store::{Transaction, Value};

/// That each of the keys is in no certificate yet, and stands here once.
pub(crate) async fn require_new(
    transaction: &mut Transaction,
    keys: &[(CertificateKind, PublicKey)],
) -> Result<(), AuthorityError> {
    for (place, (kind, key)) in keys.iter().enumerate() {
        let twice = keys[..place]
            .iter()
            .any(|(_, before)| before == key);
        let known = transaction
            .row(sql::KEY_KNOWN, &[hash(key)])
            .await?
            .is_some();
        KEY_NEW.require(!twice && !known, [("kind", kind.to_string())])?;
    }
    Ok(())
}

/// Notes the keys of certificates that are stored.
pub(crate) async fn note(
    transaction: &mut Transaction,
    certificates: &[Certificate],
) -> Result<(), AuthorityError> {
    let rows: Vec<Vec<Value>> = certificates
        .iter()
        .map(|certificate| {
            vec![
                certificate.serial().to_string().into(),
                hash(certificate.public_key()),
            ]
        })
        .collect();
    transaction
        .insert_many(sql::INSERT_KEYS, &rows)
        .await?;
    Ok(())
}

impl Authority {
    /// Notes the keys of what was issued before keys were kept.
    pub(crate) async fn note_older_keys(&self) -> Result<(), AuthorityError> {
        loop {
            let mut transaction = self.store().begin().await?;
            let rows = transaction
                .rows(sql::WITHOUT_KEYS, &[])
                .await?;
            if rows.is_empty() {
                return Ok(());
            }
            let certificates = rows
                .iter()
                .map(|row| {
                    Certificate::from_der(&row.bytes("der")?).map_err(|_| AuthorityError::Damaged {
                        what: "certificate",
                    })
                })
                .collect::<Result<Vec<_>, AuthorityError>>()?;
            note(&mut transaction, &certificates).await?;
            transaction.commit().await?;
        }
    }
}

fn hash(key: &PublicKey) -> Value {
    Value::Bytes(sha256(key.spki_der()).to_vec())
}
