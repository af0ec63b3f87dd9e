//! From a received application to a card that holds its certificates. The counter only carries bytes; which step comes next is
//! read from the card's own status over the authenticated channel, so that a pulled cable, a restarted counter or a restarted
//! authority resumes by beginning the channel anew.

use crate::{
    Approved, Authority, AuthorityError,
    issue::{issued_from, require_first_keys, require_receivable},
    sql,
};
use shirushi_crypto::{PublicKey, aes_cmac, sha256};
use shirushi_personalisation::{
    Answer, CardStatus, ChannelError, HostSession, Kind, PersonalisationCommand, Stage,
    TransactionId, diversify,
};
use shirushi_profile::{Certificate, CertificateKind};
use shirushi_rules::{CARD_KEYS, NOT_REPEATED};
use shirushi_store::Value;
use shirushi_wire::{
    Application, ApplicationId, AttestedApplication, RelayAnswer, RelayRequest, RelayToken, Signed,
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// What the security of both certificates must rest on today (Reg 2, 38).
const LEAST_MODULUS_BITS: usize = 2048;

/// Most channels open at once; beyond it the authority forgets them all, and each relay begins its channel anew.
const MOST_SESSIONS: usize = 4096;

/// The channels that are open now. Nothing here must survive a restart.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    open: Mutex<HashMap<ApplicationId, Arc<tokio::sync::Mutex<Option<Session>>>>>,
}

impl Sessions {
    fn of(&self, id: ApplicationId) -> Arc<tokio::sync::Mutex<Option<Session>>> {
        let mut open = self
            .open
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if open.len() >= MOST_SESSIONS {
            open.clear();
        }
        Arc::clone(open.entry(id).or_default())
    }

    fn close(&self, id: ApplicationId) {
        self.open
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&id);
    }
}

/// One channel and what its next responses answer.
struct Session {
    channel: HostSession,
    awaiting: Awaiting,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Session")
    }
}

enum Awaiting {
    Greeting,
    Status,
    KeysMade(Vec<(PersonalisationCommand, usize)>),
    Keys(Vec<(PersonalisationCommand, usize)>),
    Written(Vec<(PersonalisationCommand, usize)>),
}

impl Authority {
    /// Receives an application that an officer signed, with what the register (whose key is `register_key`) stated for it, checks it, and
    /// answers the token by which its card is personalised. The same application again answers the same token.
    ///
    /// # Errors
    /// [`AuthorityError::Refused`] by the rule that it breaks; [`AuthorityError::Behind`] when register events are still on
    /// their way.
    pub async fn receive(
        &self,
        signed: &Signed<AttestedApplication>,
        register_key: &PublicKey,
    ) -> Result<RelayToken, AuthorityError> {
        let message = self
            .signed_by_officer(signed, |a| (&a.officer, &a.municipality))
            .await?;
        let json = signed
            .json()
            .map_err(|_| AuthorityError::Damaged {
                what: "application",
            })?;
        let digest = sha256(&json);
        let token = self.token(&message.id)?;
        let id = message.id.to_string();
        let now = self.now();
        let mut transaction = self.store().begin().await?;
        let known = transaction
            .row(sql::APPLICATION_DIGEST, &[id.as_str().into()])
            .await?;
        if let Some(row) = known {
            // What was judged when it came first is not judged again because its answer was lost.
            NOT_REPEATED.require(row.bytes("digest")? == digest, [("application", id)])?;
            return Ok(token);
        }
        let approved = Approved::receive(&message, register_key, now)?;
        let application = approved.application();
        let received = match transaction
            .row(sql::REGISTER_POSITION, &[])
            .await?
        {
            Some(row) => row.integer("sequence")?,
            None => 0,
        };
        if received < application.applicant.sequence {
            return Err(AuthorityError::Behind {
                wanted: application.applicant.sequence,
                received,
            });
        }
        self.require_sound()?;
        crate::clock::require_right(&mut transaction, now).await?;
        require_receivable(&mut transaction, application, now).await?;
        transaction
            .execute(
                sql::INSERT_APPLICATION,
                &[
                    id.as_str().into(),
                    Value::Bytes(digest.to_vec()),
                    Value::Bytes(sha256(token_bytes(&token).as_bytes()).to_vec()),
                    application
                        .applicant
                        .code
                        .as_str()
                        .into(),
                    Value::Bytes(json_of(application)?),
                    Value::Integer(now.unix()),
                    Value::Bytes(json_of(signed)?),
                ],
            )
            .await?;
        transaction.commit().await?;
        Ok(token)
    }

    /// One exchange with the card of the application that `token` belongs to.
    ///
    /// # Errors
    /// [`AuthorityError::UnknownToken`]; [`AuthorityError::Refused`] by `CARD_KEYS` for another card or a disturbed channel, or by
    /// the rules of issuance; [`AuthorityError::OutOfStep`] when responses come that nobody asked for.
    pub async fn relay(
        &self,
        token: &RelayToken,
        request: &RelayRequest,
    ) -> Result<RelayAnswer, AuthorityError> {
        let application = self.application_of(token).await?;
        let session = self.sessions().of(application.id);
        let mut session = session.lock().await;
        let answer = match &request.responses {
            None => self.begin_channel(&application, &mut session),
            Some(responses) => {
                let responses = responses
                    .iter()
                    .map(hex::decode)
                    .collect::<Result<Vec<_>, _>>()
                    .map_err(|_| AuthorityError::OutOfStep)?;
                let current = session
                    .take()
                    .ok_or(AuthorityError::OutOfStep)?;
                self.continue_channel(&application, current, &responses, &mut session)
                    .await
            }
        };
        if !matches!(answer, Ok(RelayAnswer::Transmit { .. })) {
            *session = None;
            self.sessions().close(application.id);
        }
        answer
    }

    fn begin_channel(
        &self,
        application: &Application,
        session: &mut Option<Session>,
    ) -> Result<RelayAnswer, AuthorityError> {
        let keys = diversify(
            self.ceremony().master_key(),
            application.card.number.as_str(),
        )?;
        let mut challenge = [0; 8];
        self.random().fill(&mut challenge);
        let (channel, commands) = HostSession::start(keys, challenge);
        *session = Some(Session {
            channel,
            awaiting: Awaiting::Greeting,
        });
        Ok(transmit(&commands))
    }

    async fn continue_channel(
        &self,
        application: &Application,
        mut current: Session,
        responses: &[Vec<u8>],
        session: &mut Option<Session>,
    ) -> Result<RelayAnswer, AuthorityError> {
        let next = match current.awaiting {
            Awaiting::Greeting => {
                let commands = channel(current.channel.authenticate(responses))?;
                Step::Transmit(commands, Awaiting::Status)
            }
            Awaiting::Status => {
                let status = channel(current.channel.status(responses))?;
                self.next_step(application, &status, &mut current.channel)
                    .await?
            }
            Awaiting::KeysMade(sent) => {
                unwrap_all(&mut current.channel, &sent, responses)?;
                Step::Answer(set_pins(application))
            }
            Awaiting::Keys(sent) => {
                let answers = unwrap_all(&mut current.channel, &sent, responses)?;
                let certificates = self
                    .issue(application, &sent, answers)
                    .await?;
                let commands = self.writing(application, certificates);
                wrap_all(&mut current.channel, commands, Awaiting::Written)?
            }
            Awaiting::Written(sent) => {
                unwrap_all(&mut current.channel, &sent, responses)?;
                Step::Answer(self.complete(application).await?)
            }
        };
        match next {
            Step::Transmit(commands, awaiting) => {
                let answer = transmit(&commands);
                *session = Some(Session {
                    channel: current.channel,
                    awaiting,
                });
                Ok(answer)
            }
            Step::Answer(answer) => Ok(answer),
        }
    }

    /// Reads from the card's status how far it got.
    async fn next_step(
        &self,
        application: &Application,
        status: &CardStatus,
        channel: &mut HostSession,
    ) -> Result<Step, AuthorityError> {
        CARD_KEYS.require(
            status.card_number == application.card.number.as_str(),
            [("fault", format!("card number {}", status.card_number))],
        )?;
        let transaction = TransactionId::new(*application.id.as_bytes());
        if status.completed == Some(transaction) {
            return Ok(Step::Answer(self.complete(application).await?));
        }
        let pending = status.transaction == Some(transaction);
        match (pending, status.stage) {
            (true, Stage::KeysMade) => Ok(Step::Answer(set_pins(application))),
            (true, Stage::PinsSet | Stage::CertificatesWritten) => {
                let commands = kinds(application)
                    .map(PersonalisationCommand::ReadPublicKey)
                    .collect();
                wrap_all(channel, commands, Awaiting::Keys)
            }
            _ => {
                let mut reading = self.store().begin().await?;
                require_first_keys(&mut reading, application, self.now()).await?;
                drop(reading);
                let mut commands = vec![PersonalisationCommand::Begin {
                    transaction,
                    kinds: kinds(application).collect(),
                }];
                commands.extend(kinds(application).map(PersonalisationCommand::GenerateKey));
                commands.push(PersonalisationCommand::PinsToBeSet);
                wrap_all(channel, commands, Awaiting::KeysMade)
            }
        }
    }

    async fn issue(
        &self,
        application: &Application,
        sent: &[(PersonalisationCommand, usize)],
        answers: Vec<Answer>,
    ) -> Result<Vec<Certificate>, AuthorityError> {
        let mut keys = Vec::with_capacity(answers.len());
        for ((command, _), answer) in sent.iter().zip(answers) {
            if let (PersonalisationCommand::ReadPublicKey(kind), Answer::PublicKey(spki)) =
                (command, answer)
            {
                let key = PublicKey::from_spki_der(&spki)?;
                CARD_KEYS.require(
                    key.rsa_modulus_bits()
                        .is_some_and(|bits| bits >= LEAST_MODULUS_BITS),
                    [(
                        "fault",
                        "the key is not RSA of 2048 bits or more".to_owned(),
                    )],
                )?;
                keys.push((certificate_kind(*kind), key));
            }
        }
        // Time has passed since the application was received: its statements are judged again.
        let approved = Approved::judge(application.clone(), self.now())?;
        self.committer()
            .issue(approved, keys)
            .await
    }

    fn writing(
        &self,
        application: &Application,
        certificates: Vec<Certificate>,
    ) -> Vec<PersonalisationCommand> {
        let mut commands = Vec::new();
        for certificate in certificates {
            // Issued before a newer generation came, perhaps, and written to the card only now.
            let Some(issuer) = self.ceremony().issuer_of(&certificate) else {
                continue;
            };
            let kind = card_kind(issuer.kind());
            commands.push(PersonalisationCommand::WriteCertificate {
                kind,
                der: certificate.der().to_vec(),
            });
            commands.push(PersonalisationCommand::WriteCaCertificate {
                kind,
                der: issuer.certificate().der().to_vec(),
            });
        }
        commands.push(PersonalisationCommand::Activate {
            transaction: TransactionId::new(*application.id.as_bytes()),
        });
        commands
    }

    async fn complete(&self, application: &Application) -> Result<RelayAnswer, AuthorityError> {
        let id = application.id.to_string();
        let mut transaction = self.store().begin().await?;
        transaction
            .execute(
                sql::COMPLETE_APPLICATION,
                &[id.into(), Value::Integer(self.now().unix())],
            )
            .await?;
        transaction.commit().await?;
        Ok(RelayAnswer::Done {
            application: application.id,
            certificates: issued_from(self, application).await?,
        })
    }

    async fn application_of(&self, token: &RelayToken) -> Result<Application, AuthorityError> {
        let hash = Value::Bytes(sha256(token_bytes(token).as_bytes()).to_vec());
        let row = self
            .store()
            .row(sql::APPLICATION_BY_TOKEN, &[hash])
            .await?
            .ok_or(AuthorityError::UnknownToken)?;
        serde_json::from_slice(&row.bytes("message")?).map_err(|_| AuthorityError::Damaged {
            what: "application",
        })
    }

    /// The token is computed, not drawn: a repeated application gets the same one, and the store need not hold it.
    fn token(&self, id: &ApplicationId) -> Result<RelayToken, AuthorityError> {
        let mac = aes_cmac(
            self.ceremony().token_key().expose(),
            &[b"relay token", id.as_bytes()],
        )?;
        Ok(RelayToken::from_bytes(mac))
    }
}

enum Step {
    Transmit(Vec<Vec<u8>>, Awaiting),
    Answer(RelayAnswer),
}

fn json_of(value: &impl serde::Serialize) -> Result<Vec<u8>, AuthorityError> {
    serde_json::to_vec(value).map_err(|_| AuthorityError::Damaged {
        what: "application",
    })
}

fn token_bytes(token: &RelayToken) -> String {
    hex::encode(token.as_bytes())
}

fn transmit(commands: &[Vec<u8>]) -> RelayAnswer {
    RelayAnswer::Transmit {
        commands: commands
            .iter()
            .map(hex::encode)
            .collect(),
    }
}

fn set_pins(application: &Application) -> RelayAnswer {
    RelayAnswer::SetPins {
        kinds: application.kinds.clone(),
    }
}

fn kinds(application: &Application) -> impl Iterator<Item = Kind> + '_ {
    application
        .kinds
        .iter()
        .copied()
        .map(card_kind)
}

fn card_kind(kind: CertificateKind) -> Kind {
    match kind {
        CertificateKind::Signature => Kind::Signature,
        CertificateKind::Authentication => Kind::Authentication,
    }
}

fn certificate_kind(kind: Kind) -> CertificateKind {
    match kind {
        Kind::Signature => CertificateKind::Signature,
        Kind::Authentication => CertificateKind::Authentication,
    }
}

/// Wraps commands, remembering how many APDUs each takes.
fn wrap_all(
    session: &mut HostSession,
    commands: Vec<PersonalisationCommand>,
    awaiting: fn(Vec<(PersonalisationCommand, usize)>) -> Awaiting,
) -> Result<Step, AuthorityError> {
    let mut apdus = Vec::new();
    let mut sent = Vec::with_capacity(commands.len());
    for command in commands {
        let wrapped = channel(session.wrap(&command))?;
        sent.push((command, wrapped.len()));
        apdus.extend(wrapped);
    }
    Ok(Step::Transmit(apdus, awaiting(sent)))
}

fn unwrap_all(
    session: &mut HostSession,
    sent: &[(PersonalisationCommand, usize)],
    responses: &[Vec<u8>],
) -> Result<Vec<Answer>, AuthorityError> {
    let mut rest = responses;
    let mut answers = Vec::with_capacity(sent.len());
    for (command, count) in sent {
        let (own, others) = rest
            .split_at_checked(*count)
            .ok_or(AuthorityError::OutOfStep)?;
        answers.push(channel(session.take_answer(command, own))?);
        rest = others;
    }
    if !rest.is_empty() {
        return Err(AuthorityError::OutOfStep);
    }
    Ok(answers)
}

/// A fault of the channel is the card's or the relay's: a refusal that says to try again with the right card.
fn channel<T>(result: Result<T, ChannelError>) -> Result<T, AuthorityError> {
    match result {
        Ok(value) => Ok(value),
        Err(ChannelError::Crypto(error)) => Err(error.into()),
        Err(fault) => {
            CARD_KEYS.require(false, [("fault", fault.to_string())])?;
            Err(fault.into())
        }
    }
}
