//! What must stand when something is issued: the record is current, and nothing else of the kind is live.

use crate::{AuthorityError, keys, residents, revoke::kind_text, sql, status::instant};
use shirushi_clock::Instant;
use shirushi_crypto::PublicKey;
use shirushi_profile::{Certificate, CertificateKind};
use shirushi_rules::{
    APPLICATION_OPEN, Fact, Facts, NOT_REPEATED, ONE_LIVE, RECORD_CURRENT, RENEWAL_OF_LIVE,
};
use shirushi_store::Transaction;
use shirushi_wire::{Application, Purpose, ResidentRecord};

/// The certificate of a kind that is live now.
pub(super) struct Live {
    serial: String,
    application: String,
    pub(super) not_after: Instant,
}

pub(super) async fn live(
    transaction: &mut Transaction,
    application: &Application,
    kind: CertificateKind,
    now: Instant,
) -> Result<Option<Live>, AuthorityError> {
    let row = transaction
        .row(
            sql::LIVE_CERTIFICATE,
            &[
                application
                    .applicant
                    .code
                    .as_str()
                    .into(),
                kind_text(kind).into(),
            ],
        )
        .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    let live = Live {
        serial: row.text("serial")?,
        application: row.text("application")?,
        not_after: instant(row.integer("not_after")?)?,
    };
    Ok((live.not_after >= now).then_some(live))
}

/// One live certificate of a kind a person (Law 6, 25): neither a stored one, unless it is renewed, nor one being signed.
pub(super) async fn require_no_other(
    transaction: &mut Transaction,
    application: &Application,
    kind: CertificateKind,
    live: Option<&Live>,
) -> Result<(), AuthorityError> {
    let other = match live {
        Some(live) if application.purpose == Purpose::New => Some(live.serial.clone()),
        _ => transaction
            .row(
                sql::OPEN_INTENT_OF,
                &[
                    application
                        .applicant
                        .code
                        .as_str()
                        .into(),
                    kind_text(kind).into(),
                ],
            )
            .await?
            .map(|row| row.text("serial"))
            .transpose()?,
    };
    ONE_LIVE.require(
        other.is_none(),
        [
            ("kind", kind.to_string()),
            ("serial", other.unwrap_or_default()),
        ],
    )?;
    Ok(())
}

/// Days in which an application must be issued from.
const OPEN_DAYS: i64 = 30;
const DAY: i64 = 24 * 60 * 60;

/// What every issue stands on, asked before its intent and again when it is stored: the application has not ended, the register has
/// recorded nothing since, the record lives here, and nobody else has the keys.
pub(super) async fn require_standing(
    transaction: &mut Transaction,
    application: &Application,
    keys: &[(CertificateKind, PublicKey)],
    now: Instant,
) -> Result<(), AuthorityError> {
    require_open(transaction, application, now).await?;
    require_current(transaction, application).await?;
    keys::require_new(transaction, keys).await
}

/// An application that was received has an end, and was made with the register's word.
async fn require_open(
    transaction: &mut Transaction,
    application: &Application,
    now: Instant,
) -> Result<(), AuthorityError> {
    let id = application.id.to_string();
    let row = transaction
        .row(sql::APPLICATION_RECEIVED, &[id.as_str().into()])
        .await?;
    let open = match row {
        Some(row) => {
            let end = row
                .integer("received_at")?
                .saturating_add(OPEN_DAYS * DAY);
            row.integer("attested")? != 0 && now.unix() <= end
        }
        // It is being received.
        None => true,
    };
    APPLICATION_OPEN.require(open, [("application", id), ("days", OPEN_DAYS.to_string())])?;
    Ok(())
}

/// The register has recorded nothing about the applicant since the application was taken, and what it recorded last leaves the record
/// alive, here.
async fn require_current(
    transaction: &mut Transaction,
    application: &Application,
) -> Result<(), AuthorityError> {
    let known = residents::known(transaction, &application.applicant.code).await?;
    let newest = known
        .as_ref()
        .map_or(0, |known| known.sequence);
    RECORD_CURRENT.require(
        newest <= application.applicant.sequence,
        Facts::new()
            .and("taken", Fact::date(application.applicant.sequence))
            .and("now", Fact::date(newest)),
    )?;
    let Some(known) = known else { return Ok(()) };
    // Asked of the events themselves, as a second witness beside the statement that the application carries.
    let told = Application {
        applicant: ResidentRecord {
            status: known
                .status
                .unwrap_or(application.applicant.status),
            municipality: known
                .municipality
                .unwrap_or(application.applicant.municipality),
            ..application.applicant.clone()
        },
        ..application.clone()
    };
    told.require_register()?;
    Ok(())
}

/// What an application must stand on when it is received. A renewal has something to renew then; what ends before the card lies in the
/// reader does not make it a lie.
pub(crate) async fn require_receivable(
    transaction: &mut Transaction,
    application: &Application,
    now: Instant,
) -> Result<(), AuthorityError> {
    require_issuable(transaction, application, now).await?;
    let mut renewed = application.purpose == Purpose::New;
    for kind in &application.kinds {
        renewed |= live(transaction, application, *kind, now)
            .await?
            .is_some();
    }
    let kinds: Vec<String> = application
        .kinds
        .iter()
        .map(ToString::to_string)
        .collect();
    RENEWAL_OF_LIVE.require(renewed, [("kinds", kinds.join(", "))])?;
    Ok(())
}

/// Early answer for an application that cannot be issued from: asked when it is received, again when keys are to be made for it.
async fn require_issuable(
    transaction: &mut Transaction,
    application: &Application,
    now: Instant,
) -> Result<(), AuthorityError> {
    require_standing(transaction, application, &[], now).await?;
    for kind in &application.kinds {
        let live = live(transaction, application, *kind, now).await?;
        // An intent that is being signed now is not looked at: it may still fail.
        let other = live.filter(|live| {
            application.purpose == Purpose::New && live.application != application.id.to_string()
        });
        ONE_LIVE.require(
            other.is_none(),
            [
                ("kind", kind.to_string()),
                (
                    "serial",
                    other
                        .map(|live| live.serial)
                        .unwrap_or_default(),
                ),
            ],
        )?;
    }
    Ok(())
}

/// Whether a card may make keys for the application: once, and only if it could be issued from now. Asked before the card is
/// told to begin, because beginning drops what waits in it.
pub(crate) async fn require_first_keys(
    transaction: &mut Transaction,
    application: &Application,
    now: Instant,
) -> Result<(), AuthorityError> {
    let before = transaction
        .rows(
            sql::CERTIFICATES_OF_APPLICATION,
            &[application.id.to_string().into()],
        )
        .await?;
    if !before.is_empty() {
        refuse_second_issue(transaction, application, now).await?;
    }
    require_issuable(transaction, application, now).await
}

/// Refuses to issue again from an application whose certificates name keys that this card does not have: while one of the
/// applicant's is live it takes a renewal, and afterwards a new application.
pub(super) async fn refuse_second_issue(
    transaction: &mut Transaction,
    application: &Application,
    now: Instant,
) -> Result<(), AuthorityError> {
    for kind in &application.kinds {
        let live = live(transaction, application, *kind, now).await?;
        ONE_LIVE.require(
            live.is_none(),
            [
                ("kind", kind.to_string()),
                (
                    "serial",
                    live.map(|live| live.serial)
                        .unwrap_or_default(),
                ),
            ],
        )?;
    }
    NOT_REPEATED.require(false, [("application", application.id.to_string())])?;
    Ok(())
}

/// Whether the certificates name exactly these keys.
pub(super) fn are_of(certificates: &[Certificate], keys: &[(CertificateKind, PublicKey)]) -> bool {
    certificates.len() == keys.len()
        && keys.iter().all(|(kind, key)| {
            certificates
                .iter()
                .any(|c| c.kind() == Some(*kind) && c.public_key() == key)
        })
}
