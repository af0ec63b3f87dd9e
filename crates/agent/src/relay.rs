//! Personalisation at a counter: the authority's commands carried to the card, and nothing beside them.

use crate::{
    Agent, Connection,
    agent::told,
    peer::PeerFault,
    tasks::{Outcome, Relay, Stage, Task, Told},
    work::{leave, of_card, open},
};
use shirushi_apdu::{Command, Transmit as _, TransmitError};
use shirushi_card::{Card, Credential, Pin};
use shirushi_personalisation::commands::belongs_to_channel;
use shirushi_profile::CertificateKind;
use shirushi_rules::ISSUER_CHANNEL_ONLY;
use shirushi_store::StoreError;
use shirushi_wire::{Deed, ForeignCommand, IssuedCertificate, RelayAnswer, RelayRequest, Want};
use std::sync::Arc;

/// Exchanges of one channel: ten times what a personalisation takes.
const MOST_EXCHANGES: usize = 100;
/// Commands of one batch.
const MOST_COMMANDS: usize = 200;
/// CLA and INS of the command that writes a certificate, which is issued then.
const WRITE_CERTIFICATE: (u8, u8) = (0x84, 0xE8);

/// The steps, as they are shown.
pub(crate) const STEP_PINS: usize = 1;
const STEP_ISSUE: usize = 2;
const STEP_WRITE: usize = 3;
pub(crate) const STEP_DONE: usize = 4;

/// How a channel ended.
enum End {
    Pins(Vec<CertificateKind>),
    Done(Vec<IssuedCertificate>),
}

/// Why a channel was broken off.
enum Broken {
    Told(Told),
    Foreign(ForeignCommand),
}

impl From<Told> for Broken {
    fn from(told: Told) -> Self {
        Self::Told(told)
    }
}

impl From<PeerFault> for Broken {
    fn from(fault: PeerFault) -> Self {
        tracing::warn!(%fault, "the relay was broken off");
        Self::Told(told(&fault))
    }
}

impl Agent {
    /// Begins or continues a personalisation, unless it runs or waits for PINs.
    pub(crate) fn start_relay(self: &Arc<Self>, task: &Arc<Task>) {
        {
            let mut relay = task.relay();
            if !matches!(relay.stage, Stage::Ready | Stage::Interrupted(_)) {
                return;
            }
            relay.stage = Stage::Working;
        }
        let agent = Arc::clone(self);
        let task = Arc::clone(task);
        tokio::spawn(async move {
            let run = tokio::spawn({
                let (agent, task) = (Arc::clone(&agent), Arc::clone(&task));
                async move { agent.run(&task).await }
            });
            let told = match run.await {
                Ok(Ok(())) => return,
                Ok(Err(error)) => {
                    tracing::error!(%error, "the history cannot be written");
                    inside()
                }
                Err(_) => inside(),
            };
            task.relay().stage = Stage::Interrupted(told);
        });
    }

    async fn run(&self, task: &Task) -> Result<(), StoreError> {
        let Want::Personalise { card, .. } = &task.errand.want else {
            return Ok(());
        };
        let stage = match self.channel(task).await {
            Ok(End::Pins(kinds)) => {
                let mut relay = task.relay();
                *relay = Relay {
                    stage: Stage::Pins(kinds),
                    step: STEP_PINS,
                };
                return Ok(());
            }
            Ok(End::Done(certificates)) => {
                // Whoever asks how it ended waits until the site knows.
                let _work = task.work.lock().await;
                task.relay().step = STEP_DONE;
                let deed = Deed::Personalised { certificates };
                self.settle(task, deed, Outcome::Done, card.as_str(), None)
                    .await?;
                return Ok(());
            }
            Err(Broken::Told(told)) => Stage::Interrupted(told),
            Err(Broken::Foreign(command)) => {
                return self
                    .refuse_foreign(task, card.as_str(), command)
                    .await;
            }
        };
        if let Stage::Interrupted(told) = &stage {
            self.note(task, card.as_str(), "interrupted", Some(told))
                .await?;
        }
        task.relay().stage = stage;
        Ok(())
    }

    /// One channel between the authority and the card, to where it ends by itself. The card is ours alone meanwhile.
    async fn channel(&self, task: &Task) -> Result<End, Broken> {
        let Want::Personalise {
            application, card, ..
        } = &task.errand.want
        else {
            return Err(inside().into());
        };
        let _alone = self.card_alone().await?;
        let source = self.cards();
        let wanted = card.to_string();
        let opened = blocking(move || {
            let card = open(&*source)?;
            require_card(&card, &wanted)?;
            Ok(card.into_inner())
        });
        let mut connection: Connection = opened.await?;
        let mut responses = None;
        for _ in 0..MOST_EXCHANGES {
            let request = RelayRequest { responses };
            let answer = self
                .peers
                .relay(&task.site, task.errand.channel, &request)
                .await?;
            let commands = match answer {
                RelayAnswer::Transmit { commands } => judged(&commands)?,
                RelayAnswer::SetPins { kinds } => return Ok(End::Pins(kinds)),
                RelayAnswer::Done {
                    application: done,
                    certificates,
                } if done == *application => return Ok(End::Done(certificates)),
                RelayAnswer::Done { .. } => return Err(PeerFault::Malformed.into()),
            };
            let is_writing = commands
                .iter()
                .any(|command| (command.class, command.instruction) == WRITE_CERTIFICATE);
            if is_writing {
                task.relay().step = STEP_WRITE;
            }
            let (back, answers) = blocking(move || send(connection, &commands)).await?;
            connection = back;
            responses = Some(answers);
        }
        Err(PeerFault::Malformed.into())
    }

    /// Nothing of the batch has reached the card. The counter is told, and the errand is over.
    async fn refuse_foreign(
        &self,
        task: &Task,
        card: &str,
        command: ForeignCommand,
    ) -> Result<(), StoreError> {
        tracing::warn!(
            site = task.site,
            position = command.position,
            header = command.header,
            "a command that is not of the issuer's channel was kept from the card"
        );
        let refusal = ISSUER_CHANNEL_ONLY.refusal([
            ("site", task.site.clone()),
            ("header", command.header.clone()),
        ]);
        let told = Told::from(refusal);
        let _work = task.work.lock().await;
        self.note(task, card, Outcome::Foreign.word(), Some(&told))
            .await?;
        if let Err(fault) = self
            .peers
            .report(&task.site, task.errand.channel, &command)
            .await
        {
            tracing::warn!(%fault, "the site could not be told of the foreign command");
        }
        let reason = told.reason().clone();
        let deed = Deed::Failed { reason };
        self.settle(task, deed, Outcome::Foreign, card, Some(&told))
            .await?;
        task.relay().stage = Stage::Interrupted(told);
        Ok(())
    }

    /// Sets the PINs that the applicant has chosen, on the card itself.
    pub(crate) async fn set_pins(
        &self,
        task: &Task,
        pins: Vec<(Credential, Pin)>,
    ) -> Result<(), Told> {
        let Want::Personalise { card, .. } = &task.errand.want else {
            return Err(inside());
        };
        let wanted = card.to_string();
        self.at_card(move |source| {
            let mut card = open(source)?;
            require_card(&card, &wanted)?;
            for (credential, pin) in &pins {
                card.set_initial_pin(*credential, pin)
                    .map_err(of_card)?;
            }
            leave(card);
            Ok::<(), Told>(())
        })
        .await?;
        let mut relay = task.relay();
        *relay = Relay {
            stage: Stage::Ready,
            step: STEP_ISSUE,
        };
        Ok(())
    }
}

/// All of a batch is judged before any of it is sent.
fn judged(commands: &[String]) -> Result<Vec<Command>, Broken> {
    if commands.is_empty() || commands.len() > MOST_COMMANDS {
        return Err(PeerFault::Malformed.into());
    }
    commands
        .iter()
        .enumerate()
        .map(|(position, text)| {
            let bytes = hex::decode(text).unwrap_or_default();
            Command::parse(&bytes)
                .ok()
                .filter(belongs_to_channel)
                .ok_or_else(|| {
                    Broken::Foreign(ForeignCommand {
                        position,
                        header: hex::encode_upper(&bytes[..bytes.len().min(4)]),
                    })
                })
        })
        .collect()
}

fn send(
    mut connection: Connection,
    commands: &[Command],
) -> Result<(Connection, Vec<String>), Told> {
    let mut answers = Vec::with_capacity(commands.len());
    for command in commands {
        let answer = connection
            .transmit(&command.to_bytes())
            .map_err(of_transmit)?;
        answers.push(hex::encode(answer));
    }
    Ok((connection, answers))
}

fn of_transmit(error: TransmitError) -> Told {
    match error {
        TransmitError::CardGone => Told::words(
            (
                "カードが外されました。",
                "同じカードを置き直して「続ける」を押してください。途中までの内容は失われていません。",
            ),
            (
                "The card was taken out.",
                "Put the same card in again and press \"Continue\". Nothing that was done is lost.",
            ),
        ),
        error => of_card(error.into()),
    }
}

/// The card in the reader is the one that the application is for.
fn require_card(card: &Card<Connection>, wanted: &str) -> Result<(), Told> {
    let found = &card.token().serial;
    if found == wanted {
        return Ok(());
    }
    let ja = format!("カードリーダーにあるのは、別のカード（{found}）です。");
    let en = format!("Another card ({found}) is in the reader.");
    let todo_ja = format!("番号が {wanted} のカードを置いてください。");
    let todo_en = format!("Put in the card with the number {wanted}.");
    Err(Told::words((&ja, &todo_ja), (&en, &todo_en)))
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Told> + Send + 'static,
) -> Result<T, Told> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|_| Err(inside()))
}

fn inside() -> Told {
    Told::words(
        (
            "このプログラムの内部で障害が起きました。",
            "「続ける」を押してください。続くときは、担当者に知らせてください。",
        ),
        (
            "A fault happened inside this program.",
            "Press \"Continue\". If it goes on, tell the officer.",
        ),
    )
}
