//! What officers look up (照会), and the record of it: who asked about whom and what for is durable before anything is answered.

use crate::{
    Register, RegisterError,
    cards::card_in,
    register::{found_in, resident_in, sequence_in},
    sql,
};
use shirushi_clock::Instant;
use shirushi_crypto::{PublicKey, SignatureAlgorithm, SigningKey};
use shirushi_rules::{
    Bilingual, Facts, InBoth, LOOK_UP_FRESH, LOOK_UP_REASON, LOOK_UP_SIGNED, OFFICER_SERVING,
    REGISTERED_HERE, Refusal,
};
use shirushi_store::{Row, Transaction};
use shirushi_wire::{
    Asked, CLOCK_SECONDS, CardStatement, KnownOfficer, LONGEST_REASON, LookUp, LookUpAnswer,
    LookUpRecord, LookedUp, ResidentCode, ResidentRecord, ResidentStatement, Signed, Why,
    require_readable,
};

/// Most residents that a look-up by name answers with.
const MOST_FOUND: usize = 50;

/// Most look-ups that [`Register::look_ups`] gives.
pub const MOST_LOOK_UPS: usize = 500;

/// Officers sign with ECDSA on P-256.
const OFFICERS_ALGORITHM: SignatureAlgorithm = SignatureAlgorithm::EcdsaP256Sha256;

/// What was found, before it is signed.
enum Found {
    Resident(ResidentRecord),
    Card(Box<CardStatement>),
    Residents(Vec<ResidentRecord>),
    Nothing,
}

impl Register {
    /// Answers an officer, whom the authority knows as `officer` by the key that `signed` names; `key` is the register's. The look-up is
    /// recorded first, also one that is refused for what it asks.
    ///
    /// # Errors
    /// [`RegisterError::Refused`] by `register/look-up-signed`, `authority/officer-serving` or `register/look-up-fresh`, of which nothing is
    /// kept; by `counter/registered-here` for the application or revocation of a resident of elsewhere, by `register/look-up-reason` for another
    /// look-up of one without a reason. [`RegisterError::Store`], [`RegisterError::Unreadable`], [`RegisterError::Statement`].
    pub async fn look_up(
        &self,
        signed: &Signed<LookUp>,
        officer: Option<&KnownOfficer>,
        key: &dyn SigningKey,
    ) -> Result<LookUpAnswer, RegisterError> {
        let look_up = by_officer(signed, officer)?;
        let now = self.clock.now();
        let stale = || LOOK_UP_FRESH.refusal([("look_up", look_up.id.to_string())]);
        let age = now.unix().abs_diff(look_up.at.unix());
        LOOK_UP_FRESH.require(
            age <= CLOCK_SECONDS.unsigned_abs(),
            [("look_up", look_up.id.to_string())],
        )?;
        let mut transaction = self.store.begin().await?;
        let found = find(&mut transaction, &look_up, now).await?;
        let judged = judge(&look_up, &found);
        let first = record(&mut transaction, &look_up, &found, judged.is_ok(), now).await?;
        if !first {
            return Err(stale().into());
        }
        transaction.commit().await?;
        judged?;
        answer(found, &look_up, now, key)
    }

    /// The newest look-ups, of one resident where one is named: at most [`MOST_LOOK_UPS`], newest first.
    ///
    /// # Errors
    /// [`RegisterError::Store`], [`RegisterError::Unreadable`].
    pub async fn look_ups(
        &self,
        resident: Option<&ResidentCode>,
    ) -> Result<Vec<LookUpRecord>, RegisterError> {
        let pattern = resident.map_or("%".to_owned(), |code| format!("%{code}%"));
        let limit = i64::try_from(MOST_LOOK_UPS).unwrap_or(0);
        let rows = self
            .store
            .rows(sql::LOOK_UPS, &[pattern.into(), limit.into()])
            .await?;
        rows.iter().map(read).collect()
    }
}

/// The look-up, if the officer signed it, serves, and is who they say.
fn by_officer(
    signed: &Signed<LookUp>,
    officer: Option<&KnownOfficer>,
) -> Result<LookUp, RegisterError> {
    let verified = officer.and_then(|officer| {
        let spki = hex::decode(&officer.public_key).ok()?;
        let key = PublicKey::from_spki_der(&spki).ok()?;
        let look_up = signed
            .verified(&key, OFFICERS_ALGORITHM)
            .ok()?;
        let own =
            look_up.officer == officer.officer && look_up.municipality == officer.municipality;
        own.then_some((look_up, officer))
    });
    match verified {
        Some((look_up, officer)) => {
            OFFICER_SERVING.require(
                officer.retired_at.is_none(),
                [("officer", officer.officer.to_string())],
            )?;
            Ok(look_up)
        }
        None => {
            LOOK_UP_SIGNED.require(false, [])?;
            Ok(signed
                .unverified()
                .map_err(|_| LOOK_UP_SIGNED.refusal([]))?)
        }
    }
}

async fn find(
    transaction: &mut Transaction,
    look_up: &LookUp,
    now: Instant,
) -> Result<Found, RegisterError> {
    Ok(match &look_up.what {
        LookedUp::Resident { code } => resident_in(transaction, code)
            .await?
            .map_or(Found::Nothing, Found::Resident),
        LookedUp::Card { number } => match card_in(transaction, number).await? {
            None => Found::Nothing,
            Some(card) => {
                let sequence = sequence_in(transaction).await?;
                let statement = CardStatement {
                    card,
                    sequence,
                    asked: asked(look_up),
                    stated_at: now,
                };
                Found::Card(Box::new(statement))
            }
        },
        LookedUp::Named { name, birth } => Found::Residents(
            found_in(transaction, &look_up.municipality, name, *birth, MOST_FOUND).await?,
        ),
    })
}

/// A resident of elsewhere is the business of elsewhere, unless a reason says otherwise. A card lies before the officer, and its record
/// names nobody but a code.
fn judge(look_up: &LookUp, found: &Found) -> Result<(), Refusal> {
    if let LookedUp::Named { name, .. } = &look_up.what {
        require_readable(Bilingual::new("氏名", "name"), name, false)?;
    }
    if let Why::Enquiry {
        reason: Some(reason),
    } = &look_up.why
    {
        require_readable(Bilingual::new("理由", "reason"), reason, false)?;
    }
    let Found::Resident(resident) = found else {
        return Ok(());
    };
    let here = resident.municipality == look_up.municipality;
    match look_up.why {
        Why::Application { .. } | Why::Revocation { .. } => {
            let code = &resident.code;
            REGISTERED_HERE.require(
                here,
                Facts::new()
                    .and(
                        "name",
                        InBoth::new(
                            format!("住民票コード {code} の方"),
                            format!("The person under {code}"),
                        ),
                    )
                    .and("municipality", look_up.municipality.to_string()),
            )
        }
        Why::Enquiry { .. } => LOOK_UP_REASON.require(
            here || look_up.why.stated_reason().is_some(),
            Facts::new()
                .and("municipality", look_up.municipality.to_string())
                .and("longest", LONGEST_REASON),
        ),
    }
}

/// Whether it was recorded: not when its id has been used.
async fn record(
    transaction: &mut Transaction,
    look_up: &LookUp,
    found: &Found,
    answered: bool,
    now: Instant,
) -> Result<bool, RegisterError> {
    let codes: Vec<&str> = match found {
        Found::Resident(resident) => vec![resident.code.as_str()],
        Found::Card(statement) => vec![statement.card.holder.as_str()],
        Found::Residents(residents) => residents
            .iter()
            .map(|resident| resident.code.as_str())
            .collect(),
        Found::Nothing => Vec::new(),
    };
    let unreadable = |_| RegisterError::Unreadable { what: "look-up" };
    let inserted = transaction
        .execute(
            sql::INSERT_LOOK_UP,
            &[
                look_up.id.to_string().into(),
                look_up.officer.as_str().into(),
                look_up.municipality.as_str().into(),
                serde_json::to_string(&look_up.what)
                    .map_err(unreadable)?
                    .into(),
                serde_json::to_string(&look_up.why)
                    .map_err(unreadable)?
                    .into(),
                codes.join(" ").into(),
                i64::from(answered).into(),
                now.unix().into(),
            ],
        )
        .await?;
    Ok(inserted == 1)
}

fn answer(
    found: Found,
    look_up: &LookUp,
    now: Instant,
    key: &dyn SigningKey,
) -> Result<LookUpAnswer, RegisterError> {
    Ok(match found {
        Found::Resident(resident) => {
            let statement = ResidentStatement {
                resident,
                asked: asked(look_up),
                stated_at: now,
            };
            LookUpAnswer::Resident(Signed::sign(&statement, key)?)
        }
        Found::Card(statement) => LookUpAnswer::Card(Signed::sign(statement.as_ref(), key)?),
        Found::Residents(residents) => LookUpAnswer::Residents(residents),
        Found::Nothing => LookUpAnswer::Nothing,
    })
}

fn asked(look_up: &LookUp) -> Asked {
    Asked {
        look_up: look_up.id,
        officer: look_up.officer.clone(),
        municipality: look_up.municipality,
        why: look_up.why.clone(),
    }
}

fn read(row: &Row) -> Result<LookUpRecord, RegisterError> {
    let unreadable = || RegisterError::Unreadable { what: "look-up" };
    Ok(LookUpRecord {
        id: row
            .text("id")?
            .parse()
            .map_err(|_| unreadable())?,
        officer: row
            .text("officer")?
            .parse()
            .map_err(|_| unreadable())?,
        municipality: row
            .text("municipality")?
            .parse()
            .map_err(|_| unreadable())?,
        asked: serde_json::from_str(&row.text("asked")?).map_err(|_| unreadable())?,
        why: serde_json::from_str(&row.text("why")?).map_err(|_| unreadable())?,
        residents: row
            .text("found")?
            .split_whitespace()
            .map(|code| code.parse().map_err(|_| unreadable()))
            .collect::<Result<_, _>>()?,
        answered: row.integer("answered")? != 0,
        at: Instant::from_unix(row.integer("looked_up_at")?).map_err(|_| unreadable())?,
    })
}
