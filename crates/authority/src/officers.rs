//! Officers (担当者): enrolled once by a code, known by their key from then on.

use crate::{Authority, AuthorityError, log, log::LogEntry, sql, status::instant};
use serde::de::DeserializeOwned;
use shirushi_crypto::{PublicKey, SignatureAlgorithm, sha256};
use shirushi_profile::MunicipalityCode;
use shirushi_rules::{
    OFFICER_KNOWN, OFFICER_MUNICIPALITY, OFFICER_SERVING, OFFICER_SIGNED, Refusal,
};
use shirushi_store::{Row, StoreError, Value};
use shirushi_wire::{KnownOfficer, Message, OfficerId, Signed};

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

    /// The municipality that a code was made for, if it would enrol an officer under `name`: it is unused, or was used for this very name.
    ///
    /// # Errors
    /// [`AuthorityError::Refused`] by `OFFICER_KNOWN` for any other code.
    pub async fn look_at_code(
        &self,
        code: &str,
        name: &OfficerId,
    ) -> Result<MunicipalityCode, AuthorityError> {
        let row = self
            .store()
            .row(sql::CODE, &[code_hash(code)])
            .await?
            .ok_or_else(|| unknown(name))?;
        let used = row
            .optional_integer("used_at")?
            .is_some();
        if used && row.optional_text("officer")?.as_deref() != Some(name.as_str()) {
            return Err(unknown(name).into());
        }
        municipality_in(&row)
    }

    /// Enrols an officer under `name` with the code and the public key (SubjectPublicKeyInfo, P-256). Answers the municipality
    /// that the code was made for. The same code, name and key again answer the same: an answer that was lost is no officer lost.
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
        let unknown = || unknown(name);
        let hash = code_hash(code);
        let now = self.now().unix();
        let mut transaction = self.store().begin().await?;
        let row = transaction
            .row(sql::CODE, std::slice::from_ref(&hash))
            .await?
            .ok_or_else(unknown)?;
        let municipality = municipality_in(&row)?;
        let used = transaction
            .execute(
                sql::USE_CODE,
                &[hash, Value::Integer(now), name.as_str().into()],
            )
            .await?;
        if used != 1 {
            let by_this_name = row.optional_text("officer")?.as_deref() == Some(name.as_str());
            let officer = transaction
                .row(sql::OFFICER_BY_NAME, &[name.as_str().into()])
                .await?
                .filter(|_| by_this_name)
                .ok_or_else(unknown)?;
            let same = officer.text("key_identifier")? == identifier
                && officer
                    .optional_integer("retired_at")?
                    .is_none();
            return match same {
                true => Ok(municipality),
                false => Err(unknown().into()),
            };
        }
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

    /// Retires an officer: from now on nothing counts that the key signs. Retired once, retired for good; the name is not given again.
    ///
    /// # Errors
    /// [`AuthorityError::Refused`] by `OFFICER_KNOWN` when nobody is enrolled under the name.
    pub async fn retire_officer(&self, name: &OfficerId) -> Result<(), AuthorityError> {
        let now = self.now().unix();
        let mut transaction = self.store().begin().await?;
        let officer = transaction
            .row(sql::OFFICER_BY_NAME, &[name.as_str().into()])
            .await?
            .ok_or_else(|| unknown(name))?;
        let retired = transaction
            .execute(
                sql::RETIRE_OFFICER,
                &[name.as_str().into(), Value::Integer(now)],
            )
            .await?;
        if retired == 1 {
            let entry = LogEntry::OfficerRetired {
                officer: name.to_string(),
                key: officer.text("key_identifier")?,
                at: now,
            };
            log::append(&mut transaction, self.random(), &[entry]).await?;
            transaction.commit().await?;
        }
        Ok(())
    }

    /// The officer whose key this is (the SHA-1 key identifier, hexadecimal), serving or retired.
    ///
    /// # Errors
    /// [`AuthorityError::Store`], [`AuthorityError::Damaged`].
    pub async fn officer_by_key(
        &self,
        key_identifier: &str,
    ) -> Result<Option<KnownOfficer>, AuthorityError> {
        self.store()
            .row(sql::OFFICER_BY_KEY, &[key_identifier.into()])
            .await?
            .as_ref()
            .map(known_officer)
            .transpose()
    }

    /// All officers, serving and retired, in the order of their enrolment.
    ///
    /// # Errors
    /// [`AuthorityError::Store`], [`AuthorityError::Damaged`].
    pub async fn known_officers(&self) -> Result<Vec<KnownOfficer>, AuthorityError> {
        let rows = self
            .store()
            .rows(sql::ALL_OFFICERS, &[])
            .await?;
        rows.iter().map(known_officer).collect()
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
            Some((message, officer)) => {
                let (claimed, place) = claims(&message);
                let name = || ("officer", officer.officer.to_string());
                OFFICER_SIGNED.require(*claimed == officer.officer, [])?;
                OFFICER_SERVING.require(officer.retired_at.is_none(), [name()])?;
                OFFICER_MUNICIPALITY.require(
                    *place == officer.municipality,
                    [name(), ("municipality", place.to_string())],
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
    ) -> Result<Option<(T, KnownOfficer)>, AuthorityError> {
        let Some(officer) = self
            .officer_by_key(signed.key_identifier())
            .await?
        else {
            return Ok(None);
        };
        let key =
            PublicKey::from_spki_der(&hex::decode(&officer.public_key).map_err(|_| damaged())?)?;
        let Ok(message) = signed.verified(&key, OFFICERS_ALGORITHM) else {
            return Ok(None);
        };
        Ok(Some((message, officer)))
    }
}

fn known_officer(row: &Row) -> Result<KnownOfficer, AuthorityError> {
    Ok(KnownOfficer {
        officer: row
            .text("name")?
            .parse()
            .map_err(|_| damaged())?,
        municipality: municipality_in(row)?,
        public_key: hex::encode(row.bytes("public_key")?),
        enrolled_at: instant(row.integer("enrolled_at")?)?,
        retired_at: row
            .optional_integer("retired_at")?
            .map(instant)
            .transpose()?,
    })
}

fn municipality_in(row: &Row) -> Result<MunicipalityCode, AuthorityError> {
    row.text("municipality")?
        .parse()
        .map_err(|_| AuthorityError::Damaged {
            what: "municipality code",
        })
}

fn damaged() -> AuthorityError {
    AuthorityError::Damaged { what: "officer" }
}

fn unknown(name: &OfficerId) -> Refusal {
    OFFICER_KNOWN.refusal([("officer", name.to_string())])
}

fn code_hash(code: &str) -> Value {
    Value::Bytes(sha256(code.as_bytes()).to_vec())
}
