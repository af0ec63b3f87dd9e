//! The keys of the authority over the years (`facts/profile-and-rules.md` A.2): about every four a new generation of each kind, under
//! the same name, while the old ones live to their end; responders' certificates before they end.
//!
//! The order is: made whole on disk → recorded and logged in one transaction → used. What a crash leaves between the first and the
//! second is taken up at the next start, so that no generation is ever made twice.

use crate::{
    Authority, AuthorityError, Issuer, log,
    log::LogEntry,
    revoke::{generation, kind_from_text, kind_text},
    sql,
};
use shirushi_clock::Instant;
use shirushi_profile::{Certificate, CertificateKind, Generation};
use shirushi_rules::{AUTHORITY_COVERS, Fact, Facts};
use shirushi_store::Value;
use shirushi_wire::{AuthorityKeys, KeyWarning, KeysInUse};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

const DAY: i64 = 86_400;

/// The longest that a certificate lives: to the sixth birthday (Reg 13, 49).
const LONGEST: i64 = 2_192 * DAY;

/// A new generation is made this long before the newest can no longer cover the longest certificate: in the real service after three
/// years and ten months. So many days may pass without success before anybody is refused.
const AHEAD: i64 = 62 * DAY;

/// A responder's certificate that has less than this left is replaced.
const RESPONDER_LEFT: i64 = 120 * DAY;

/// So long before it comes, a new generation is told of.
const TOLD_AHEAD: i64 = 365 * DAY;

/// It is looked for each hour whether keys are due. What has been due for longer than this is late.
const LATE: i64 = DAY;

/// What stands for the generation itself among the numbers of its responders.
const ITSELF: i64 = 0;

/// One renewal at a time, and how the last one went.
#[derive(Default)]
pub(crate) struct Renewal {
    one_at_a_time: tokio::sync::Mutex<()>,
    failed: Mutex<Option<FailedRenewal>>,
}

/// A renewal of keys that failed, and was not made good since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedRenewal {
    /// When.
    pub at: Instant,
    /// What happened, for the operator.
    pub why: String,
}

/// A certificate of the authority's own that is in use: by kind, generation, and number of responder.
type Names = BTreeMap<(CertificateKind, Generation, i64), Vec<u8>>;

impl Authority {
    /// Makes the generations and responders' certificates that are due, each durable and logged before it is used. Answers whether
    /// there were any. To be asked at every start, from time to time, and when the clock has moved.
    ///
    /// # Errors
    /// [`AuthorityError::Ceremony`], [`AuthorityError::Store`]; the failure is told by [`Authority::failed_renewal`] until one goes well.
    pub async fn renew_keys(&self) -> Result<bool, AuthorityError> {
        let _one = self
            .renewal()
            .one_at_a_time
            .lock()
            .await;
        let outcome = self.renew().await;
        let failed = outcome
            .as_ref()
            .err()
            .map(|error| FailedRenewal {
                at: self.now(),
                why: error.to_string(),
            });
        *self
            .renewal()
            .failed
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = failed;
        outcome
    }

    /// The last renewal of keys, if it failed.
    #[must_use]
    pub fn failed_renewal(&self) -> Option<FailedRenewal> {
        self.renewal()
            .failed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The keys in use, and what should be known of them in time.
    #[must_use]
    pub fn keys_in_use(&self) -> AuthorityKeys {
        let issuers = self.ceremony().all();
        let generations = issuers
            .iter()
            .map(|issuer| KeysInUse {
                kind: issuer.kind(),
                generation: issuer.generation(),
                not_before: issuer.certificate().not_before(),
                not_after: issuer.certificate().not_after(),
                responder_until: issuer.responder.certificate.not_after(),
                sha256: hex::encode(issuer.certificate().sha256()),
            })
            .collect();
        AuthorityKeys {
            generations,
            warnings: self.key_warnings(),
        }
    }

    /// What comes within a year, what is late, and what failed.
    #[must_use]
    pub fn key_warnings(&self) -> Vec<KeyWarning> {
        let now = self.now();
        let before = now.plus_seconds(-LATE);
        let mut warnings = Vec::new();
        if let Some(FailedRenewal { at, .. }) = self.failed_renewal() {
            warnings.push(KeyWarning::RenewalFailed { at });
        }
        for kind in CertificateKind::ALL {
            let newest = self.ceremony().newest(kind);
            let ends = newest.certificate().not_after();
            if is_roll_due(&newest, before) {
                warnings.push(KeyWarning::GenerationLate {
                    kind,
                    generation: newest.generation(),
                    ends,
                    refused_from: ends.plus_seconds(-LONGEST),
                });
            } else if is_roll_due(&newest, now.plus_seconds(TOLD_AHEAD))
                && let Ok(generation) = newest.generation().following()
            {
                warnings.push(KeyWarning::NextGeneration {
                    kind,
                    generation,
                    from: ends.plus_seconds(-(LONGEST + AHEAD)),
                });
            }
        }
        for issuer in self.ceremony().all() {
            if is_responder_due(&issuer, before) && now <= issuer.certificate().not_after() {
                warnings.push(KeyWarning::ResponderLate {
                    kind: issuer.kind(),
                    generation: issuer.generation(),
                    ends: issuer.responder.certificate.not_after(),
                });
            }
        }
        warnings
    }

    /// What fails for one holds nothing up for another; the first failure is told.
    async fn renew(&self) -> Result<bool, AuthorityError> {
        let mut any = false;
        let mut first_failure = None;
        let mut note = |renewed: Result<bool, AuthorityError>| match renewed {
            Ok(renewed) => any |= renewed,
            Err(error) => {
                first_failure.get_or_insert(error);
            }
        };
        for kind in CertificateKind::ALL {
            note(self.renew_generation(kind).await);
        }
        for issuer in self.ceremony().all() {
            note(self.renew_responder(issuer).await);
        }
        match first_failure {
            None => Ok(any),
            Some(error) => Err(error),
        }
    }

    async fn renew_generation(&self, kind: CertificateKind) -> Result<bool, AuthorityError> {
        if !is_roll_due(&self.ceremony().newest(kind), self.now()) {
            return Ok(false);
        }
        let made =
            self.make_keys(move |ceremony, now, random| ceremony.make_next(kind, now, random));
        self.take_up(made.await?).await?;
        Ok(true)
    }

    async fn renew_responder(&self, issuer: Arc<Issuer>) -> Result<bool, AuthorityError> {
        if !is_responder_due(&issuer, self.now()) {
            return Ok(false);
        }
        let made = self.make_keys(move |ceremony, now, random| {
            ceremony.with_next_responder(&issuer, now, random)
        });
        self.take_up(made.await?).await?;
        Ok(true)
    }

    /// Makes keys where the making of an RSA key holds nobody up.
    async fn make_keys(
        &self,
        work: impl FnOnce(
            &crate::Ceremony,
            Instant,
            &dyn shirushi_crypto::Random,
        ) -> Result<Issuer, crate::CeremonyError>
        + Send
        + 'static,
    ) -> Result<Issuer, AuthorityError> {
        let (ceremony, now, random) = (self.shared_ceremony(), self.now(), self.shared_random());
        let made = tokio::task::spawn_blocking(move || work(&ceremony, now, random.as_ref()));
        Ok(made
            .await
            .map_err(|_| AuthorityError::Stopped)??)
    }

    /// Records and logs what is on disk, then uses it.
    async fn take_up(&self, issuer: Issuer) -> Result<(), AuthorityError> {
        let issuer = Arc::new(issuer);
        let known = self.known_keys().await?;
        self.record_keys(&known, &[Arc::clone(&issuer)])
            .await?;
        self.ceremony().take_up(issuer);
        Ok(())
    }

    /// At the start: what was in use is there, and what was made and not yet recorded is.
    pub(crate) async fn know_keys(&self) -> Result<(), AuthorityError> {
        let known = self.known_keys().await?;
        let held = self.ceremony().all();
        for ((kind, generation, number), certificate) in &known {
            let issuer = held
                .iter()
                .find(|issuer| (issuer.kind(), issuer.generation()) == (*kind, *generation));
            let is_there = issuer.is_some_and(|issuer| match *number {
                ITSELF => fingerprint(issuer.certificate()) == *certificate,
                // Earlier responders are not needed any more.
                number => {
                    let newest = issuer.responder.number.number();
                    number < newest
                        || (number == newest
                            && fingerprint(&issuer.responder.certificate) == *certificate)
                }
            });
            if !is_there {
                return Err(AuthorityError::KeysLost {
                    kind: *kind,
                    generation: *generation,
                });
            }
        }
        self.record_keys(&known, &held).await
    }

    async fn known_keys(&self) -> Result<Names, AuthorityError> {
        self.store()
            .rows(sql::AUTHORITY_KEYS, &[])
            .await?
            .iter()
            .map(|row| {
                let name = (
                    kind_from_text(&row.text("kind")?)?,
                    generation(row)?,
                    row.integer("responder")?,
                );
                Ok((name, row.bytes("certificate")?))
            })
            .collect()
    }

    async fn record_keys(
        &self,
        known: &Names,
        issuers: &[Arc<Issuer>],
    ) -> Result<(), AuthorityError> {
        let at = self.now().unix();
        let mut rows = Vec::new();
        let mut entries = Vec::new();
        for issuer in issuers {
            let (kind, generation) = (issuer.kind(), issuer.generation());
            let responder = &issuer.responder;
            for (number, certificate) in [
                (ITSELF, issuer.certificate()),
                (responder.number.number(), &responder.certificate),
            ] {
                if known.contains_key(&(kind, generation, number)) {
                    continue;
                }
                rows.push(vec![
                    kind_text(kind).into(),
                    Value::Integer(generation.number()),
                    Value::Integer(number),
                    Value::Bytes(fingerprint(certificate)),
                    Value::Integer(at),
                ]);
                entries.extend(entry(issuer, number, certificate, at));
            }
        }
        if rows.is_empty() {
            return Ok(());
        }
        let mut transaction = self.store().begin().await?;
        transaction
            .insert_many(sql::INSERT_AUTHORITY_KEYS, &rows)
            .await?;
        log::append(&mut transaction, self.random(), &entries).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// The generation that issues a certificate of this period: the newest that covers it.
    pub(crate) fn issuer_for(
        &self,
        kind: CertificateKind,
        not_before: Instant,
        not_after: Instant,
    ) -> Result<Arc<Issuer>, AuthorityError> {
        let covering = self
            .ceremony()
            .covering(kind, not_before, not_after);
        covering.ok_or_else(|| {
            let newest = self.ceremony().newest(kind);
            AUTHORITY_COVERS
                .refusal(
                    Facts::new()
                        .and("kind", kind.to_string())
                        .and("wanted", not_after.date_jst().to_string())
                        .and(
                            "covered",
                            Fact::date(
                                newest
                                    .certificate()
                                    .not_after()
                                    .date_jst(),
                            ),
                        ),
                )
                .into()
        })
    }
}

/// Whether the next generation is to be made.
fn is_roll_due(newest: &Issuer, now: Instant) -> bool {
    newest.certificate().not_after() < now.plus_seconds(LONGEST + AHEAD)
}

/// Whether the next responder is to be made: not for a generation that has ended, nor for one that ends with its responder.
fn is_responder_due(issuer: &Issuer, now: Instant) -> bool {
    let end = issuer.responder.certificate.not_after();
    let authority_end = issuer.certificate().not_after();
    end < authority_end && now <= authority_end && end < now.plus_seconds(RESPONDER_LEFT)
}

/// What the log says. The keys of the founding are as old as the log.
fn entry(issuer: &Issuer, number: i64, certificate: &Certificate, at: i64) -> Option<LogEntry> {
    let (kind, generation) = (issuer.kind(), issuer.generation());
    let certificate = hex::encode(certificate.sha256());
    match (generation, number) {
        (Generation::FIRST, ITSELF | 1) => None,
        (_, ITSELF) => Some(LogEntry::AuthorityRolled {
            kind,
            generation,
            certificate,
            at,
        }),
        _ => Some(LogEntry::ResponderDelegated {
            kind,
            generation,
            certificate,
            at,
        }),
    }
}

fn fingerprint(certificate: &Certificate) -> Vec<u8> {
    certificate.sha256().to_vec()
}
