//! Issuance (発行): one batch from durable intents to durable certificates.

use crate::{
    Approved, Authority, AuthorityError, Issuer,
    committer::Job,
    keys, log,
    log::LogEntry,
    revoke::{Ended, end_live, kind_from_text, kind_text, record},
    sql,
    status::instant,
};
use shirushi_clock::Instant;
use shirushi_crypto::{PublicKey, sha256};
use shirushi_profile::{
    Certificate, CertificateKind, EndEntityRequest, RevocationReason, SerialNumber,
    UnsignedCertificate, assemble, authentication_not_after, end_entity_tbs, lint, renewable_from,
    signature_not_after,
};
use shirushi_rules::ISSUED_IN_GOOD_ORDER;
use shirushi_store::{Transaction, Value};
use shirushi_wire::{Application, Purpose};
use std::sync::Arc;

mod standing;

use standing::{Live, are_of, live, refuse_second_issue, require_no_other, require_standing};
pub(crate) use standing::{require_first_keys, require_receivable};

/// A certificate that is intended but not yet signed.
struct Draft {
    kind: CertificateKind,
    issuer: Arc<Issuer>,
    serial: SerialNumber,
    not_before: Instant,
    not_after: Instant,
    tbs: Vec<u8>,
    tbs_hash: [u8; 32],
}

/// What tx 1 found for one job.
enum Intended {
    Drafts(Vec<Draft>),
    /// Issued before: the same application again answers the same certificates.
    Already(Vec<Certificate>),
}

/// A job whose intents are durable.
struct Pending {
    job: Job,
    drafts: Vec<Draft>,
    signed: Result<Vec<Certificate>, AuthorityError>,
}

impl Authority {
    /// Issues for all `jobs` and answers each.
    pub(crate) async fn issue_batch(&self, jobs: Vec<Job>) {
        let (mut pending, mut answered) = match self.intend(jobs).await {
            Ok(intended) => intended,
            // The jobs were dropped with their answers: each asker hears `Stopped`, and nothing was intended.
            Err(error) => {
                tracing::error!(%error, "no intent could be recorded");
                return;
            }
        };
        if !answered.is_empty()
            && let Err(error) = self.hand_over().await
        {
            tracing::error!(%error, "what was issued before is not acknowledged");
            answered.clear();
        }
        for (job, answer) in answered {
            reply(job, answer);
        }
        if pending.is_empty() {
            return;
        }
        pending = self.sign_all(pending).await;
        match self.store_all(&pending).await {
            Ok(outcomes) => {
                // What the new ones take the place of has ended.
                if let Err(error) = self.hand_over().await {
                    tracing::error!(%error, "a batch is stored and not acknowledged");
                    return;
                }
                for (pending, outcome) in pending.into_iter().zip(outcomes) {
                    let answer = match outcome {
                        Some(refused) => Err(refused),
                        None => pending.signed,
                    };
                    reply(pending.job, answer);
                }
            }
            Err(error) => {
                tracing::error!(%error, "signed certificates could not be stored; none is released");
                if let Err(error) = self.close_open_intents().await {
                    tracing::error!(%error, "open intents stay for the next start");
                }
                // Only now do the askers hear `Stopped`: one that asks again at once finds its way free.
                drop(pending);
            }
        }
    }

    /// Records the intents of all jobs in one transaction. A job that a rule refuses is answered and leaves no intent.
    #[allow(
        clippy::type_complexity,
        reason = "the two halves of the batch, named right here"
    )]
    async fn intend(
        &self,
        jobs: Vec<Job>,
    ) -> Result<
        (
            Vec<Pending>,
            Vec<(Job, Result<Vec<Certificate>, AuthorityError>)>,
        ),
        AuthorityError,
    > {
        let now = self.now();
        let mut pending = Vec::new();
        let mut answered = Vec::new();
        let mut transaction = self.store().begin().await?;
        for job in jobs {
            match self
                .intend_one(&mut transaction, &job.approved, &job.keys, now)
                .await
            {
                Ok(Intended::Drafts(drafts)) => pending.push(Pending {
                    job,
                    drafts,
                    signed: Err(AuthorityError::Stopped),
                }),
                Ok(Intended::Already(certificates)) => answered.push((job, Ok(certificates))),
                Err(AuthorityError::Store(error)) => return Err(error.into()),
                Err(error) => answered.push((job, Err(error))),
            }
        }
        transaction.commit().await?;
        Ok((pending, answered))
    }

    async fn intend_one(
        &self,
        transaction: &mut Transaction,
        approved: &Approved,
        keys: &[(CertificateKind, PublicKey)],
        now: Instant,
    ) -> Result<Intended, AuthorityError> {
        self.require_sound()?;
        crate::clock::require_right(transaction, now).await?;
        let application = approved.application();
        let id = application.id.to_string();
        let before = transaction
            .rows(sql::CERTIFICATES_OF_APPLICATION, &[id.as_str().into()])
            .await?;
        if !before.is_empty() {
            let certificates = before
                .iter()
                .map(|row| {
                    Certificate::from_der(&row.bytes("der")?).map_err(|_| AuthorityError::Damaged {
                        what: "certificate",
                    })
                })
                .collect::<Result<Vec<_>, AuthorityError>>()?;
            if !are_of(&certificates, keys) {
                refuse_second_issue(transaction, application, now).await?;
            }
            return Ok(Intended::Already(certificates));
        }
        require_standing(transaction, application, keys, now).await?;
        let mut old = Vec::new();
        for (kind, _) in keys {
            let live = live(transaction, application, *kind, now).await?;
            require_no_other(transaction, application, *kind, live.as_ref()).await?;
            old.push(live);
        }
        let held_end = match live(
            transaction,
            application,
            CertificateKind::Authentication,
            now,
        )
        .await?
        {
            Some(live) => Some(live.not_after),
            None => None,
        };
        let drafts = self.drafts(approved, keys, &old, held_end, now)?;
        let rows: Vec<Vec<Value>> = drafts
            .iter()
            .map(|draft| {
                vec![
                    draft.serial.to_string().into(),
                    id.as_str().into(),
                    application
                        .applicant
                        .code
                        .as_str()
                        .into(),
                    kind_text(draft.kind).into(),
                    application
                        .municipality
                        .to_string()
                        .into(),
                    Value::Integer(draft.not_after.unix()),
                    Value::Bytes(draft.tbs_hash.to_vec()),
                    Value::Integer(now.unix()),
                    "open".into(),
                    Value::Integer(draft.issuer.generation().number()),
                ]
            })
            .collect();
        transaction
            .insert_many(sql::INSERT_INTENTS, &rows)
            .await?;
        Ok(Intended::Drafts(drafts))
    }

    /// The bytes to be signed. The authentication certificate comes first, because the signature certificate ends no later.
    fn drafts(
        &self,
        approved: &Approved,
        keys: &[(CertificateKind, PublicKey)],
        old: &[Option<Live>],
        held_end: Option<Instant>,
        now: Instant,
    ) -> Result<Vec<Draft>, AuthorityError> {
        let application = approved.application();
        let birth = application.applicant.birth_date;
        let card_end = application.card.valid_until;
        let mut order: Vec<usize> = (0..keys.len()).collect();
        order.sort_by_key(|i| keys[*i].0 == CertificateKind::Signature);
        let mut authentication_end = held_end;
        let mut drafts = Vec::with_capacity(keys.len());
        for (kind, key) in order.into_iter().map(|i| &keys[i]) {
            let replaced = keys
                .iter()
                .zip(old)
                .find(|((k, _), _)| k == kind)
                .and_then(|(_, live)| live.as_ref())
                .filter(|_| application.purpose == Purpose::Renewal);
            // With less than three months left, a renewal reaches the sixth birthday (Reg 13, 49).
            let early = match replaced {
                Some(live) => renewable_from(live.not_after)? <= now.date_jst(),
                None => false,
            };
            let not_after = match kind {
                CertificateKind::Authentication => {
                    let end = authentication_not_after(birth, now, early, card_end)?;
                    authentication_end = Some(end);
                    end
                }
                CertificateKind::Signature => {
                    signature_not_after(birth, now, early, card_end, authentication_end)?
                }
            };
            let issuer = self.issuer_for(*kind, now, not_after)?;
            let serial = SerialNumber::random(self.random());
            let tbs = end_entity_tbs(
                issuer.certificate(),
                &issuer.urls,
                &EndEntityRequest {
                    kind: *kind,
                    serial: &serial,
                    not_before: now,
                    not_after,
                    public_key: key,
                    municipality: approved.municipality(),
                    holder: &application.applicant.holder(),
                },
            )?;
            let tbs_hash = sha256(&tbs);
            drafts.push(Draft {
                kind: *kind,
                issuer,
                serial,
                not_before: now,
                not_after,
                tbs,
                tbs_hash,
            });
        }
        Ok(drafts)
    }

    /// Lints, signs and checks on as many threads as there are processors.
    async fn sign_all(&self, pending: Vec<Pending>) -> Vec<Pending> {
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let share = pending.len().div_ceil(threads).max(1);
        let mut tasks = Vec::new();
        let mut rest = pending.into_iter().peekable();
        while rest.peek().is_some() {
            let chunk: Vec<Pending> = rest.by_ref().take(share).collect();
            tasks.push(tokio::task::spawn_blocking(move || {
                chunk
                    .into_iter()
                    .map(|mut pending| {
                        pending.signed = pending
                            .drafts
                            .iter()
                            .map(sign)
                            .collect();
                        pending
                    })
                    .collect::<Vec<_>>()
            }));
        }
        let mut signed = Vec::new();
        for task in tasks {
            // A task that died takes its jobs with it: their askers hear `Stopped`, and recovery closes their intents.
            match task.await {
                Ok(chunk) => signed.extend(chunk),
                Err(error) => tracing::error!(%error, "a signing task died"),
            }
        }
        signed
    }

    /// Stores all certificates with their log entries in one transaction. `Some` in the answer refuses that job after all.
    async fn store_all(
        &self,
        pending: &[Pending],
    ) -> Result<Vec<Option<AuthorityError>>, AuthorityError> {
        let time = self.now();
        let now = time.unix();
        let mut transaction = self.store().begin().await?;
        let mut outcomes = Vec::with_capacity(pending.len());
        for one in pending {
            let application = one.job.approved.application();
            let refused = match &one.signed {
                Err(_) => None,
                Ok(_) => match require_standing(&mut transaction, application, &one.job.keys, time)
                    .await
                {
                    Ok(()) => None,
                    Err(AuthorityError::Refused(refusal)) => Some(AuthorityError::Refused(refusal)),
                    Err(error) => return Err(error),
                },
            };
            match (&one.signed, &refused) {
                (Ok(certificates), None) => {
                    self.store_one(&mut transaction, one, certificates, now)
                        .await?;
                }
                _ => {
                    self.close_drafts(&mut transaction, one, now)
                        .await?
                }
            }
            outcomes.push(refused);
        }
        transaction.commit().await?;
        Ok(outcomes)
    }

    async fn store_one(
        &self,
        transaction: &mut Transaction,
        pending: &Pending,
        certificates: &[Certificate],
        now: i64,
    ) -> Result<(), AuthorityError> {
        let application = pending.job.approved.application();
        let mut ended = Vec::new();
        let mut rows = Vec::with_capacity(certificates.len());
        let mut entries = Vec::with_capacity(certificates.len());
        for (draft, certificate) in pending.drafts.iter().zip(certificates) {
            ended.extend(
                end_live(
                    transaction,
                    &application.applicant.code,
                    draft.kind,
                    i64::MAX,
                    RevocationReason::Superseded,
                    now,
                )
                .await?,
            );
            transaction
                .execute(
                    sql::CLOSE_INTENT,
                    &[draft.serial.to_string().into(), "issued".into()],
                )
                .await?;
            rows.push(vec![
                draft.serial.to_string().into(),
                kind_text(draft.kind).into(),
                application
                    .applicant
                    .code
                    .as_str()
                    .into(),
                application
                    .municipality
                    .to_string()
                    .into(),
                application.id.to_string().into(),
                Value::Integer(application.applicant.sequence),
                Value::Integer(draft.not_before.unix()),
                Value::Integer(draft.not_after.unix()),
                Value::Bytes(certificate.der().to_vec()),
                "live".into(),
                Value::Integer(draft.issuer.generation().number()),
            ]);
            entries.push(LogEntry::Issued {
                serial: draft.serial,
                kind: draft.kind,
                application: application.id.to_string(),
                certificate: hex::encode(certificate.sha256()),
                at: now,
            });
        }
        record(self, transaction, &ended).await?;
        transaction
            .insert_many(sql::INSERT_CERTIFICATES, &rows)
            .await?;
        keys::note(transaction, certificates).await?;
        log::append(transaction, self.random(), &entries).await
    }

    /// The serials of a job that is refused after its intents: issued and revoked, as recovery would do it.
    async fn close_drafts(
        &self,
        transaction: &mut Transaction,
        pending: &Pending,
        now: i64,
    ) -> Result<(), AuthorityError> {
        let municipality = pending
            .job
            .approved
            .application()
            .municipality
            .to_string();
        let open: Vec<Ended> = pending
            .drafts
            .iter()
            .map(|draft| Ended {
                serial: draft.serial,
                kind: draft.kind,
                generation: draft.issuer.generation(),
                municipality: municipality.clone(),
                not_after: draft.not_after.unix(),
                reason: RevocationReason::CessationOfOperation,
                at: now,
            })
            .collect();
        self.close_intents(transaction, &open)
            .await
    }
}

/// Lint → sign → compare with the intent.
fn sign(draft: &Draft) -> Result<Certificate, AuthorityError> {
    let issuer = draft.issuer.as_ref();
    let broken = || AuthorityError::IntentBroken {
        serial: draft.serial.to_string(),
    };
    // The linter reads the exact bytes that are signed next.
    let unsigned = UnsignedCertificate::from_tbs(&draft.tbs).map_err(|_| broken())?;
    let findings = lint::lint_end_entity(&unsigned, &issuer.certificate);
    ISSUED_IN_GOOD_ORDER.require(
        findings.is_empty(),
        [(
            "finding",
            findings
                .first()
                .map(ToString::to_string)
                .unwrap_or_default(),
        )],
    )?;
    let signature = issuer.key.sign(&draft.tbs)?;
    let der = assemble(&draft.tbs, issuer.key.algorithm(), &signature);
    let certificate = Certificate::from_der(&der).map_err(|_| broken())?;
    let verifies = issuer.certificate.public_key().verify(
        issuer.key.algorithm(),
        certificate.tbs_der(),
        certificate.signature(),
    );
    if verifies.is_err() || sha256(certificate.tbs_der()) != draft.tbs_hash {
        return Err(broken());
    }
    Ok(certificate)
}

fn reply(job: Job, answer: Result<Vec<Certificate>, AuthorityError>) {
    // Whoever asked may have gone away; the certificates are stored and are answered when asked again.
    let _ = job.answer.send(answer);
}

/// What the store says was issued from an application.
pub(crate) async fn issued_from(
    authority: &Authority,
    application: &Application,
) -> Result<Vec<shirushi_wire::IssuedCertificate>, AuthorityError> {
    let rows = authority
        .store()
        .rows(
            sql::CERTIFICATES_OF_APPLICATION,
            &[application.id.to_string().into()],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(shirushi_wire::IssuedCertificate {
                kind: kind_from_text(&row.text("kind")?)?,
                serial: crate::revoke::serial(row)?,
                not_after: instant(row.integer("not_after")?)?,
            })
        })
        .collect()
}
