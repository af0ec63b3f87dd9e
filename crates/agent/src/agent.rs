//! The agent itself, and the errands that come to it.

use crate::{
    AgentConfig, AgentError, CardSource, Wallet, origin, pages,
    papers::Papers,
    peer::{PeerFault, Peers},
    presses::Presses,
    tasks::{Outcome, Place, Room, State, Task, Tasks, Told},
    threshold,
};
use shirushi_client::Http;
use shirushi_clock::{Clock, Instant};
use shirushi_crypto::Random;
use shirushi_reader::Several;
use shirushi_rules::{Bilingual, InBoth, Refusal, RefusalReport, TICKET_GOOD};
use shirushi_store::{Store, StoreError};
use shirushi_text::shown_in_line;
use shirushi_web::{Link, Site, SiteConfig};
use shirushi_wire::{Deed, Errand, Want};
use std::sync::Arc;

/// The most characters of what a site says about itself.
const LONGEST_TITLE: usize = 200;

/// The agent.
pub struct Agent {
    pub(crate) store: Store,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) wallet: Arc<Wallet>,
    pub(crate) source: Arc<dyn CardSource>,
    /// The readers of this computer, when errands use them too; they are shown beside the wallet's.
    pub(crate) machine: Option<Arc<dyn CardSource>>,
    /// One operation on the card at a time.
    pub(crate) card: Arc<tokio::sync::Mutex<()>>,
    pub(crate) configured: Vec<String>,
    pub(crate) peers: Peers,
    pub(crate) tasks: Tasks,
    /// Files that the owner is about to sign.
    pub(crate) papers: Papers,
    /// The forms that are taken once.
    pub(crate) presses: Presses,
    /// The way to responders, lists and authorities.
    pub(crate) network: Http,
    pub(crate) site: Site,
}

/// Why an errand was not taken over.
pub(crate) enum Unclaimed {
    Refused(Refusal),
    Told(Told),
    Store(StoreError),
}

impl Agent {
    /// Opens the agent with the cards of its wallet.
    ///
    /// # Errors
    /// [`AgentError::Origin`], [`AgentError::Site`], [`AgentError::Connection`].
    pub async fn open(
        store: Store,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        wallet: Arc<Wallet>,
        config: AgentConfig,
    ) -> Result<Arc<Self>, AgentError> {
        let source: Arc<dyn CardSource> = wallet.clone();
        Self::open_with(store, clock, random, wallet, source, config).await
    }

    /// Opens the agent with the cards of its wallet and the readers of this computer. A card that was put into the wallet's reader
    /// on purpose comes before one that happens to lie in another.
    ///
    /// # Errors
    /// As [`Agent::open`].
    pub async fn open_with_machine(
        store: Store,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        wallet: Arc<Wallet>,
        machine: Arc<dyn CardSource>,
        config: AgentConfig,
    ) -> Result<Arc<Self>, AgentError> {
        let source = Arc::new(Several::new(vec![wallet.clone(), Arc::clone(&machine)]));
        let mut agent = Self::made(store, clock, random, wallet, source, config)?;
        agent.machine = Some(machine);
        Ok(Arc::new(agent))
    }

    /// Opens the agent with other readers: `source` takes the wallet's place as the reader that errands use.
    ///
    /// # Errors
    /// As [`Agent::open`].
    pub async fn open_with(
        store: Store,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        wallet: Arc<Wallet>,
        source: Arc<dyn CardSource>,
        config: AgentConfig,
    ) -> Result<Arc<Self>, AgentError> {
        Self::made(store, clock, random, wallet, source, config).map(Arc::new)
    }

    fn made(
        store: Store,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        wallet: Arc<Wallet>,
        source: Arc<dyn CardSource>,
        config: AgentConfig,
    ) -> Result<Self, AgentError> {
        let mut configured = Vec::new();
        for site in config.sites {
            match origin::site(&site) {
                Ok(origin) => configured.push(origin),
                Err(_) => return Err(AgentError::Site { origin: site }),
            }
        }
        let site = Site::on_shared_host(
            SiteConfig {
                origin: config.origin,
                word: threshold::WORD,
                name: Bilingual {
                    ja: "利用者クライアント",
                    en: "Agent",
                },
                links: links(),
                forms_lead_to: Vec::new(),
                takes_secrets: true,
                is_sandbox: config.is_sandbox,
            },
            Arc::clone(&random),
            pages::ERRANDS,
        )?;
        Ok(Self {
            peers: Peers::new(&config.trust)?,
            store,
            clock,
            random,
            wallet,
            source,
            machine: None,
            card: Arc::default(),
            configured,
            tasks: Tasks::default(),
            papers: Papers::default(),
            presses: Presses::default(),
            network: Http::new()?,
            site,
        })
    }

    pub(crate) fn now(&self) -> Instant {
        self.clock.now()
    }

    /// A new errand's name.
    pub(crate) fn new_id(&self) -> String {
        let mut id = [0; 16];
        self.random.fill(&mut id);
        hex::encode(id)
    }

    /// Takes over the errand of a ticket, into a room that was made for it. The site is allowed.
    pub(crate) async fn claim(
        &self,
        place: Place<'_>,
        room: Room,
        site: String,
        ticket: &str,
    ) -> Result<Arc<Task>, Unclaimed> {
        let ticket = ticket
            .parse()
            .map_err(|_| Unclaimed::Refused(TICKET_GOOD.refusal([])))?;
        let errand = self
            .peers
            .claim(&site, ticket)
            .await
            .map_err(|fault| Unclaimed::Told(told(&fault)))?;
        let errand = tidied(errand);
        if let Want::LogIn { challenge } = &errand.want {
            challenge
                .require_form()
                .map_err(Unclaimed::Refused)?;
        }
        let task = Task::new(room, site, errand, self.now());
        self.note_asked(&task)
            .await
            .map_err(Unclaimed::Store)?;
        Ok(place.fill(task))
    }

    /// Notes how an errand ended and tells the site. The caller holds the errand's `work`.
    pub(crate) async fn settle(
        &self,
        task: &Task,
        deed: Deed,
        outcome: Outcome,
        card: &str,
        detail: Option<&Told>,
    ) -> Result<(), StoreError> {
        // On disk before the site hears of it: what was signed stands in the history, whatever becomes of the answer.
        self.note(task, card, outcome.word(), detail)
            .await?;
        task.set_state(State::Undelivered(Box::new(deed), outcome, None));
        self.deliver(task).await;
        Ok(())
    }

    /// Tells the site how an errand ended, if it does not know yet.
    pub(crate) async fn deliver(&self, task: &Task) {
        let State::Undelivered(deed, outcome, _) = task.state() else {
            return;
        };
        let channel = task.errand.channel;
        let answer = self
            .peers
            .settle(&task.site, channel, (*deed).clone())
            .await;
        task.set_state(match answer {
            Ok(code) => State::Settled(code, outcome),
            Err(fault) => {
                tracing::warn!(site = task.site, %fault, "the site could not be told how an errand ended");
                State::Undelivered(deed, outcome, Some(told(&fault)))
            }
        });
    }
}

impl Outcome {
    /// Its word in the history.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Declined => "declined",
            Self::Foreign => "foreign-command",
        }
    }
}

impl std::fmt::Debug for Agent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Agent")
            .field("origin", &self.site.origin())
            .field("sites", &self.configured)
            .finish_non_exhaustive()
    }
}

/// What is told of a site that does not answer as it should.
pub(crate) fn told(fault: &PeerFault) -> Told {
    match fault {
        PeerFault::Refused(report) => Told::Report(Box::new(RefusalReport {
            reason: tidied_both(&report.reason),
            remedy: tidied_both(&report.remedy),
            rule: tidy(&report.rule),
            citation: tidy(&report.citation),
            source: report.source,
            facts: report
                .facts
                .iter()
                .map(|(name, fact)| (tidy(name), fact.clone().with_texts(&tidy)))
                .collect(),
        })),
        _ => Told::Words(
            fault.words(),
            InBoth {
                ja: "少し待ってやり直してください。続くときは、サイトに戻って始めからやり直してください。".to_owned(),
                en: "Wait a little and try again. If it goes on, go back to the site and begin once more."
                    .to_owned(),
            },
        ),
    }
}

fn links() -> Vec<Link> {
    let link = |href: &str, ja, en| Link {
        href: href.to_owned(),
        label: Bilingual { ja, en },
    };
    vec![
        link("/", "カード", "Card"),
        link("/sign", "署名する", "Sign"),
        link("/check", "署名を確かめる", "Check"),
        link("/pins", "暗証番号", "PINs"),
        link("/sites", "許可したサイト", "Allowed sites"),
        link("/history", "履歴", "History"),
    ]
}

/// What a site says about itself is shown as one line, with a mark for each character that is not seen or turns the direction of reading.
fn tidied(errand: Errand) -> Errand {
    Errand {
        site: tidied_both(&errand.site),
        want: match errand.want {
            Want::Sign { mut document } => {
                document.title = tidied_both(&document.title);
                Want::Sign { document }
            }
            Want::Personalise {
                application,
                applicant,
                card,
                kinds,
            } => Want::Personalise {
                application,
                applicant: tidy(&applicant),
                card,
                kinds,
            },
            other => other,
        },
        ..errand
    }
}

fn tidied_both(text: &InBoth) -> InBoth {
    InBoth {
        ja: tidy(&text.ja),
        en: tidy(&text.en),
    }
}

fn tidy(text: &str) -> String {
    let text: String = text
        .chars()
        .take(LONGEST_TITLE)
        .collect();
    shown_in_line(&text).into_owned()
}
