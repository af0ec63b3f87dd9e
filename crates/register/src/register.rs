//! The register itself, and what can be read from it.

use crate::{
    RegisterError, sql,
    words::{read_date, read_word, word},
};
use shirushi_clock::{Clock, Date};
use shirushi_crypto::Random;
use shirushi_profile::MunicipalityCode;
use shirushi_store::{Health, Row, Store, Tally, Transaction, Value};
use shirushi_text::{composed, has_two_numbers, to_full_width, to_katakana};
use shirushi_wire::{RegisterEvent, ResidentCode, ResidentRecord};
use std::sync::Arc;

/// Topic of the outbox.
pub(crate) const TOPIC: &str = "register-event";

/// Most residents that [`Register::list`] gives at once.
pub const MAX_LIST: usize = 1_000;

/// One register over one database. Clones are handles to the same one.
#[derive(Clone)]
pub struct Register {
    pub(crate) store: Store,
    pub(crate) clock: Arc<dyn Clock>,
    residents: Arc<Tally>,
    pub(crate) random: Arc<dyn Random>,
}

impl Register {
    /// A register over a store that was opened with [`MIGRATIONS`](crate::MIGRATIONS).
    ///
    /// # Errors
    /// [`RegisterError::Store`] when the store has no register in it.
    pub async fn open(
        store: Store,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Result<Self, RegisterError> {
        let residents = Arc::new(Tally::new(&store, sql::COUNT_RESIDENTS));
        let register = Self {
            store,
            clock,
            random,
            residents,
        };
        register.begin_chain().await?;
        Ok(register)
    }

    /// Position of the newest event, 0 before the first.
    ///
    /// # Errors
    /// [`RegisterError::Store`].
    pub async fn sequence(&self) -> Result<i64, RegisterError> {
        let row = self
            .store
            .row(sql::SEQUENCE, &[])
            .await?;
        match row {
            Some(row) => Ok(row.integer("sequence")?),
            None => Err(RegisterError::Unreadable { what: "sequence" }),
        }
    }

    /// A resident's record as it stands, with the register's newest event at the same moment as `sequence`.
    ///
    /// # Errors
    /// [`RegisterError::Store`], [`RegisterError::Unreadable`].
    pub async fn resident(
        &self,
        code: &ResidentCode,
    ) -> Result<Option<ResidentRecord>, RegisterError> {
        let row = self
            .store
            .row(sql::RESIDENT, &[code.as_str().into()])
            .await?;
        row.as_ref().map(resident).transpose()
    }

    /// How many residents are recorded, whatever the state of their records.
    ///
    /// # Errors
    /// [`RegisterError::Store`].
    pub async fn residents_count(&self) -> Result<u64, RegisterError> {
        let row = self
            .store
            .row(sql::COUNT_RESIDENTS, &[])
            .await?;
        let count = match row {
            Some(row) => row.integer("residents")?,
            None => 0,
        };
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// The same for anybody who asks, however often: a second old at most.
    ///
    /// # Errors
    /// [`RegisterError::Store`].
    pub async fn residents_tally(&self) -> Result<u64, RegisterError> {
        let row = self.residents.row(&[]).await?;
        Ok(u64::try_from(row.integer("residents")?).unwrap_or(0))
    }

    /// Whether its store can be written.
    #[must_use]
    pub fn health(&self) -> Health {
        self.store.health()
    }

    /// The residents of a municipality in the order of their codes, at most `limit` (and [`MAX_LIST`]), those after code
    /// `after` where one is given.
    ///
    /// # Errors
    /// [`RegisterError::Store`], [`RegisterError::Unreadable`].
    pub async fn list(
        &self,
        municipality: &MunicipalityCode,
        limit: usize,
        after: Option<&ResidentCode>,
    ) -> Result<Vec<ResidentRecord>, RegisterError> {
        let limit = i64::try_from(limit.min(MAX_LIST)).unwrap_or(0);
        let after = after.map_or("", ResidentCode::as_str);
        let rows = self
            .store
            .rows(
                sql::RESIDENTS_OF,
                &[municipality.as_str().into(), after.into(), limit.into()],
            )
            .await?;
        rows.iter().map(resident).collect()
    }

    /// The residents of a municipality in whose code, name, furigana, 旧氏 or 通称 `text` stands, in the order of their codes: at most
    /// `limit` (and [`MAX_LIST`]) after the first `skip`. An empty text stands everywhere.
    ///
    /// # Errors
    /// [`RegisterError::Store`], [`RegisterError::Unreadable`].
    pub async fn search(
        &self,
        municipality: &MunicipalityCode,
        text: &str,
        limit: usize,
        skip: usize,
    ) -> Result<Vec<ResidentRecord>, RegisterError> {
        let limit = i64::try_from(limit.min(MAX_LIST)).unwrap_or(0);
        let skip = i64::try_from(skip).unwrap_or(i64::MAX);
        let mut pattern = String::from("%");
        for character in composed(text).chars() {
            if matches!(character, '!' | '%' | '_') {
                pattern.push('!');
            }
            pattern.push(under_either_number(character).to_ascii_lowercase());
        }
        pattern.push('%');
        let rows = self
            .store
            .rows(
                sql::SEARCH_RESIDENTS,
                &[
                    municipality.as_str().into(),
                    pattern.as_str().into(),
                    limit.into(),
                    skip.into(),
                ],
            )
            .await?;
        rows.iter().map(resident).collect()
    }

    /// The residents of a municipality whose name, 通称, 旧氏 or 振り仮名 begins with `name` and who were born on `birth`, where they are given;
    /// at most `limit` (and [`MAX_LIST`]). Width, spaces and the kind of kana make no difference; nothing else is equated.
    ///
    /// # Errors
    /// [`RegisterError::Store`], [`RegisterError::Unreadable`].
    pub async fn find(
        &self,
        municipality: &MunicipalityCode,
        name: &str,
        birth: Option<Date>,
        limit: usize,
    ) -> Result<Vec<ResidentRecord>, RegisterError> {
        let mut transaction = self.store.begin().await?;
        found_in(&mut transaction, municipality, name, birth, limit).await
    }

    /// The changes of one resident, oldest first.
    ///
    /// # Errors
    /// [`RegisterError::Store`], [`RegisterError::Unreadable`].
    pub async fn events_of(
        &self,
        resident: &ResidentCode,
    ) -> Result<Vec<RegisterEvent>, RegisterError> {
        let rows = self
            .store
            .rows(sql::EVENTS_OF, &[resident.as_str().into()])
            .await?;
        rows.iter()
            .map(|row| event(&row.bytes("payload")?))
            .collect()
    }

    /// The first `limit` events that the authority has not acknowledged, in order.
    ///
    /// # Errors
    /// [`RegisterError::Store`], [`RegisterError::Unreadable`].
    pub async fn undelivered(&self, limit: usize) -> Result<Vec<RegisterEvent>, RegisterError> {
        let messages = self
            .store
            .undelivered(TOPIC, limit)
            .await?;
        messages
            .iter()
            .map(|message| event(&message.payload))
            .collect()
    }

    /// Marks the events up to and including `through` as acknowledged; a smaller number than before changes nothing.
    ///
    /// # Errors
    /// [`RegisterError::Store`] with [`shirushi_store::StoreError::NotPublished`] when no such event was recorded.
    pub async fn delivered(&self, through: i64) -> Result<(), RegisterError> {
        Ok(self
            .store
            .delivered(TOPIC, through)
            .await?)
    }

    pub(crate) fn today(&self) -> Date {
        self.clock.now().date_jst()
    }
}

impl std::fmt::Debug for Register {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Register")
            .field("store", &self.store)
            .finish_non_exhaustive()
    }
}

/// A resident as the transaction sees it.
pub(crate) async fn resident_in(
    transaction: &mut Transaction,
    code: &ResidentCode,
) -> Result<Option<ResidentRecord>, RegisterError> {
    let row = transaction
        .row(sql::RESIDENT, &[code.as_str().into()])
        .await?;
    row.as_ref().map(resident).transpose()
}

/// Position of the newest event as the transaction sees it.
pub(crate) async fn sequence_in(transaction: &mut Transaction) -> Result<i64, RegisterError> {
    let row = transaction
        .row(sql::SEQUENCE, &[])
        .await?
        .ok_or(RegisterError::Unreadable { what: "sequence" })?;
    Ok(row.integer("sequence")?)
}

/// [`Register::find`] as the transaction sees it.
pub(crate) async fn found_in(
    transaction: &mut Transaction,
    municipality: &MunicipalityCode,
    name: &str,
    birth: Option<Date>,
    limit: usize,
) -> Result<Vec<ResidentRecord>, RegisterError> {
    // The wildcards of LIKE are in nobody's name.
    let name: String = to_full_width(&composed(name))
        .chars()
        .filter(|c| !c.is_whitespace() && !"%_\\％＿＼".contains(*c))
        .map(under_either_number)
        .collect();
    if name.is_empty() && birth.is_none() {
        return Ok(Vec::new());
    }
    let limit = i64::try_from(limit.min(MAX_LIST)).unwrap_or(0);
    let rows = transaction
        .rows(
            sql::FIND_RESIDENTS,
            &[
                municipality.as_str().into(),
                name.as_str().into(),
                to_katakana(&name).into(),
                birth
                    .map_or_else(String::new, |birth| birth.to_string())
                    .into(),
                limit.into(),
            ],
        )
        .await?;
    rows.iter().map(resident).collect()
}

/// A character of a pattern for LIKE. One that is the same under two numbers (U+FF0D and U+2212) is sought as any one character: which
/// of them the register has is nothing that a searcher can see.
fn under_either_number(character: char) -> char {
    match has_two_numbers(character) {
        true => '_',
        false => character,
    }
}

/// The values of a row of the table `resident`, the code first.
pub(crate) fn values(record: &ResidentRecord) -> Vec<Value> {
    vec![
        record.code.as_str().into(),
        record.municipality.as_str().into(),
        record.name.as_str().into(),
        record.furigana.as_deref().into(),
        record.former_name.as_deref().into(),
        record.alias.as_deref().into(),
        record.birth_date.to_string().into(),
        word(&record.sex).into(),
        record.address.as_str().into(),
        record
            .stay_until
            .map(|date| date.to_string())
            .into(),
        word(&record.status).into(),
    ]
}

fn resident(row: &Row) -> Result<ResidentRecord, RegisterError> {
    let unreadable = |what| RegisterError::Unreadable { what };
    Ok(ResidentRecord {
        code: row
            .text("code")?
            .parse()
            .map_err(|_| unreadable("code"))?,
        municipality: row
            .text("municipality")?
            .parse()
            .map_err(|_| unreadable("municipality"))?,
        name: row.text("name")?,
        furigana: row.optional_text("furigana")?,
        former_name: row.optional_text("former_name")?,
        alias: row.optional_text("alias")?,
        birth_date: read_date(&row.text("birth_date")?, "birth_date")?,
        sex: read_word(&row.text("sex")?, "sex")?,
        address: row.text("address")?,
        stay_until: row
            .optional_text("stay_until")?
            .map(|date| read_date(&date, "stay_until"))
            .transpose()?,
        status: read_word(&row.text("status")?, "status")?,
        sequence: row.integer("sequence")?,
    })
}

fn event(payload: &[u8]) -> Result<RegisterEvent, RegisterError> {
    serde_json::from_slice(payload).map_err(|_| RegisterError::Unreadable { what: "event" })
}
