//! The card register (個人番号カード管理): whose card, valid until when, in what state.

use crate::{
    Register, RegisterError, effects,
    events::{record, require_known, unfit_because},
    fields::Fault,
    register::resident_in,
    sql,
    words::{read_date, read_word, word},
};
use shirushi_clock::{Date, birthday_in_year};
use shirushi_profile::card_valid_until;
use shirushi_rules::{Bilingual, CARD_REGISTERED, CARD_VALID, Facts, RECORD_ALIVE};
use shirushi_store::{Row, Transaction};
use shirushi_wire::{
    CardKind, CardNumber, CardRecord, CardState, EventKind, LogLife, RecordStatus, RegisterEvent,
    ResidentCode, ResidentRecord,
};

/// Years that a 住民基本台帳カード was valid.
const OLD_CARD_YEARS: i16 = 10;

impl Register {
    /// Records a card made for a resident on `made_on` (in Japan), valid as long as CardR 26 and 27 give it.
    ///
    /// A person has one 個人番号カード: an earlier one that is still valid is invalidated in the same transaction, with its event
    /// (NumO 14: a card ends when another is issued).
    ///
    /// # Errors
    /// [`RegisterError::Refused`] by `RESIDENT_KNOWN`, `RECORD_ALIVE`, or `EVENT_FITS` when the number is taken or `made_on`
    /// lies before the birth or in the future; [`RegisterError::Store`].
    pub async fn issue_card(
        &self,
        number: &CardNumber,
        kind: CardKind,
        holder: &ResidentCode,
        made_on: Date,
    ) -> Result<CardRecord, RegisterError> {
        let mut transaction = self.store.begin().await?;
        let person = require_known(resident_in(&mut transaction, holder).await?, holder)?;
        RECORD_ALIVE.require(
            person.status == RecordStatus::Alive,
            [("status", word(&person.status))],
        )?;
        if made_on > self.today() || made_on < person.birth_date {
            return Err(
                unfit_issue("作成日が正しくありません", "the day of making is not right").into(),
            );
        }
        if kind == CardKind::IndividualNumberCard {
            for old in cards_in(&mut transaction, holder).await? {
                if old.kind == kind && old.state == CardState::Valid {
                    self.invalidate(&mut transaction, &old, &person)
                        .await?;
                }
            }
        }
        let card = CardRecord {
            number: number.clone(),
            kind,
            holder: holder.clone(),
            valid_until: valid_until(kind, &person, made_on),
            state: CardState::Valid,
        };
        if insert(&mut transaction, &card, made_on).await? == 0 {
            return Err(unfit_issue(
                "この番号のカードは既にあります",
                "a card with this number exists",
            )
            .into());
        }
        transaction.commit().await?;
        Ok(card)
    }

    /// A card by its number.
    ///
    /// # Errors
    /// [`RegisterError::Store`], [`RegisterError::Unreadable`].
    pub async fn card(&self, number: &CardNumber) -> Result<Option<CardRecord>, RegisterError> {
        let row = self
            .store
            .row(sql::CARD, &[number.as_str().into()])
            .await?;
        row.as_ref().map(card).transpose()
    }

    /// All cards ever issued to a resident, oldest first.
    ///
    /// # Errors
    /// [`RegisterError::Store`], [`RegisterError::Unreadable`].
    pub async fn cards_of(&self, holder: &ResidentCode) -> Result<Vec<CardRecord>, RegisterError> {
        let rows = self
            .store
            .rows(sql::CARDS_OF, &[holder.as_str().into()])
            .await?;
        rows.iter().map(card).collect()
    }

    /// Invalidates a card (Num 17(10), NumO 14), which ends both certificates of its holder.
    ///
    /// # Errors
    /// [`RegisterError::Refused`] by `CARD_REGISTERED` or, for one that is invalid already, `CARD_VALID`;
    /// [`RegisterError::Store`].
    pub async fn invalidate_card(
        &self,
        number: &CardNumber,
    ) -> Result<RegisterEvent, RegisterError> {
        let shown = || ("card", number.to_string());
        let mut transaction = self.store.begin().await?;
        let row = transaction
            .row(sql::CARD, &[number.as_str().into()])
            .await?;
        let Some(row) = row else {
            return Err(CARD_REGISTERED
                .refusal([shown()])
                .into());
        };
        let card = card(&row)?;
        CARD_VALID.require(
            card.state == CardState::Valid,
            Facts::from([shown()]).and("state", Bilingual::new("失効", "invalidated")),
        )?;
        let holder = resident_in(&mut transaction, &card.holder).await?;
        let holder = require_known(holder, &card.holder)?;
        let event = self
            .invalidate(&mut transaction, &card, &holder)
            .await?;
        transaction.commit().await?;
        Ok(event)
    }

    async fn invalidate(
        &self,
        transaction: &mut Transaction,
        card: &CardRecord,
        holder: &ResidentRecord,
    ) -> Result<RegisterEvent, RegisterError> {
        let invalid = word(&CardState::Invalid);
        transaction
            .execute(
                sql::INVALIDATE_CARD,
                &[card.number.as_str().into(), invalid.into()],
            )
            .await?;
        // A 住民基本台帳カード holds no certificate of this service any more.
        let ends = match card.kind {
            CardKind::IndividualNumberCard => effects::ends(EventKind::CardInvalidated),
            CardKind::ResidentRegisterCard => &[],
        };
        let event = RegisterEvent {
            sequence: 0,
            resident: holder.code.clone(),
            municipality: holder.municipality,
            kind: EventKind::CardInvalidated,
            ends: ends.to_vec(),
            occurred_on: self.today(),
            recorded_at: self.clock.now(),
            life: LogLife::default(),
            previous: None,
        };
        record(transaction, event).await
    }
}

/// Invalidates every card of a person whose record is deleted for good (NumO 14).
pub(crate) async fn invalidate_all_of(
    transaction: &mut Transaction,
    holder: &ResidentCode,
) -> Result<(), RegisterError> {
    let invalid = word(&CardState::Invalid);
    transaction
        .execute(
            sql::INVALIDATE_CARDS_OF,
            &[holder.as_str().into(), invalid.into()],
        )
        .await?;
    Ok(())
}

fn valid_until(kind: CardKind, holder: &ResidentRecord, made_on: Date) -> Date {
    match kind {
        CardKind::IndividualNumberCard => {
            card_valid_until(holder.birth_date, made_on, holder.stay_until)
        }
        CardKind::ResidentRegisterCard => birthday_in_year(
            made_on,
            made_on
                .year()
                .saturating_add(OLD_CARD_YEARS),
        )
        .unwrap_or(Date::MAX),
    }
}

fn unfit_issue(ja: &str, en: &str) -> shirushi_rules::Refusal {
    unfit_because(
        Bilingual::new("カードの交付", "issue of a card"),
        Fault::new(ja, en),
    )
}

/// A card as the transaction sees it.
pub(crate) async fn card_in(
    transaction: &mut Transaction,
    number: &CardNumber,
) -> Result<Option<CardRecord>, RegisterError> {
    let row = transaction
        .row(sql::CARD, &[number.as_str().into()])
        .await?;
    row.as_ref().map(card).transpose()
}

async fn cards_in(
    transaction: &mut Transaction,
    holder: &ResidentCode,
) -> Result<Vec<CardRecord>, RegisterError> {
    let rows = transaction
        .rows(sql::CARDS_OF, &[holder.as_str().into()])
        .await?;
    rows.iter().map(card).collect()
}

async fn insert(
    transaction: &mut Transaction,
    card: &CardRecord,
    made_on: Date,
) -> Result<u64, RegisterError> {
    let inserted = transaction
        .execute(
            sql::INSERT_CARD,
            &[
                card.number.as_str().into(),
                word(&card.kind).into(),
                card.holder.as_str().into(),
                made_on.to_string().into(),
                card.valid_until.to_string().into(),
                word(&card.state).into(),
            ],
        )
        .await?;
    Ok(inserted)
}

fn card(row: &Row) -> Result<CardRecord, RegisterError> {
    let unreadable = |what| RegisterError::Unreadable { what };
    Ok(CardRecord {
        number: row
            .text("number")?
            .parse()
            .map_err(|_| unreadable("card number"))?,
        kind: read_word(&row.text("kind")?, "card kind")?,
        holder: row
            .text("holder")?
            .parse()
            .map_err(|_| unreadable("card holder"))?,
        valid_until: read_date(&row.text("valid_until")?, "card end")?,
        state: read_word(&row.text("state")?, "card state")?,
    })
}
