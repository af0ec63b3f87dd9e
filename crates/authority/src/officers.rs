//! Officers (担当者): enrolled once by a code, known by their key from then on.

use crate::{Authority, AuthorityError, log, log::LogEntry, sql};
use serde::de::DeserializeOwned;
use shirushi_crypto::{PublicKey, SignatureAlgorithm, sha256};
use shirushi_profile::MunicipalityCode;
use shirushi_rules::{OFFICER_KNOWN, OFFICER_MUNICIPALITY, OFFICER_SIGNED};
use shirushi_store::{StoreError, Value};
use shirushi_wire::{Message, OfficerId, Signed};

/// Officers sign with ECDSA on P-256.
const OFFICERS_ALGORITHM: SignatureAlgorithm = SignatureAlgorithm::EcdsaP256Sha256;

/// A code that enrols one officer, once. Shown to the operator and nowhere kept: the store has its hash.
pub struct EnrolmentCode(String);

impl EnrolmentCode {
    /// The code, to be handed to the officer.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for EnrolmentCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EnrolmentCode(…)")
    }
}

impl Authority {
    /// Makes a code that enrols one officer of `municipality`.
    ///
    /// # Errors
    /// [`AuthorityError::Store`].
    pub async fn enrolment_code(
        &self,
        municipality: &MunicipalityCode,
    ) -> Result<EnrolmentCode, AuthorityError> {
        let mut bytes = [0; 16];
        self.random().fill(&mut bytes);
        let code = hex::encode(bytes);
        let mut transaction = self.store().begin().await?;
        transaction
            .execute(
                sql::INSERT_CODE,
                &[
                    Value::Bytes(sha256(code.as_bytes()).to_vec()),
                    municipality.to_string().into(),
                    Value::Integer(self.now().unix()),
                ],
            )
            .await?;
        transaction.commit().await?;
        Ok(EnrolmentCode(code))
    }

    /// Enrols an officer under `name` with the code and the public key (SubjectPublicKeyInfo, P-256). Answers the municipality
    /// that the code was made for.
    ///
    /// # Errors
    /// [`AuthorityError::Refused`] by `OFFICER_KNOWN` for a wrong or used code or a name taken; [`AuthorityError::Crypto`] for a
    /// key that is none.
    pub async fn enrol_officer(
        &self,
        code: &str,
        name: &OfficerId,
        public_key: &[u8],
    ) -> Result<MunicipalityCode, AuthorityError> {
        let key = PublicKey::from_spki_der(public_key)?;
        let identifier = hex::encode(key.key_identifier());
        let unknown = || OFFICER_KNOWN.refusal([("officer", name.to_string())]);
        let hash = Value::Bytes(sha256(code.as_bytes()).to_vec());
        let now = self.now().unix();
        let mut transaction = self.store().begin().await?;
        let row = transaction
            .row(sql::CODE, std::slice::from_ref(&hash))
            .await?
            .ok_or_else(unknown)?;
        let used = transaction
            .execute(sql::USE_CODE, &[hash, Value::Integer(now)])
            .await?;
        if used != 1 {
            return Err(unknown().into());
        }
        let municipality: MunicipalityCode = row
            .text("municipality")?
            .parse()
            .map_err(|_| AuthorityError::Damaged {
                what: "municipality code",
            })?;
        let inserted = transaction
            .execute(
                sql::INSERT_OFFICER,
                &[
                    name.as_str().into(),
                    municipality.to_string().into(),
                    identifier.as_str().into(),
                    Value::Bytes(public_key.to_vec()),
                    Value::Integer(now),
                ],
            )
            .await;
        match inserted {
            Err(StoreError::Unique { .. }) => return Err(unknown().into()),
            other => other?,
        };
        let entry = LogEntry::OfficerEnrolled {
            officer: name.to_string(),
            key: identifier,
            at: now,
        };
        log::append(&mut transaction, self.random(), &[entry]).await?;
        transaction.commit().await?;
        Ok(municipality)
    }

    /// How many officers are enrolled.
    ///
    /// # Errors
    /// [`AuthorityError::Store`].
    pub async fn officers(&self) -> Result<i64, AuthorityError> {
        let row = self
            .store()
            .row(sql::OFFICERS, &[])
            .await?;
        row.map_or(Ok(0), |row| Ok(row.integer("officers")?))
    }

    /// The message, if an enrolled officer signed it; `signer` reads from it who claims to be the officer, and where.
    pub(crate) async fn signed_by_officer<T: Message + DeserializeOwned>(
        &self,
        signed: &Signed<T>,
        claims: fn(&T) -> (&OfficerId, &MunicipalityCode),
    ) -> Result<T, AuthorityError> {
        let message = match self.verified(signed).await? {
            Some((message, officer, municipality)) => {
                let (claimed, place) = claims(&message);
                OFFICER_SIGNED.require(claimed.as_str() == officer, [])?;
                OFFICER_MUNICIPALITY.require(
                    place.to_string() == municipality,
                    [("officer", officer), ("municipality", place.to_string())],
                )?;
                message
            }
            None => {
                OFFICER_SIGNED.require(false, [])?;
                signed
                    .unverified()
                    .map_err(|_| OFFICER_SIGNED.refusal([]))?
            }
        };
        Ok(message)
    }

    async fn verified<T: Message>(
        &self,
        signed: &Signed<T>,
    ) -> Result<Option<(T, String, String)>, AuthorityError> {
        let Some(row) = self
            .store()
            .row(sql::OFFICER_BY_KEY, &[signed.key_identifier().into()])
            .await?
        else {
            return Ok(None);
        };
        let key = PublicKey::from_spki_der(&row.bytes("public_key")?)?;
        let Ok(message) = signed.verified(&key, OFFICERS_ALGORITHM) else {
            return Ok(None);
        };
        Ok(Some((
            message,
            row.text("name")?,
            row.text("municipality")?,
        )))
    }
}
