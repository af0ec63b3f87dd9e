//! The city as a whole: what it is made of, how it is opened, how it is served.

use crate::{
    Origins, TownError,
    delivery::{self, Delivery},
    faces::{self, sandbox::Sandbox},
    folder,
    keys::{Keeper, responder_keys},
    meeting::Meeting,
    officers::Officers,
    residents,
    second_place::SecondPlace,
    source::TwoMemories,
    stores::Stores,
    witness::{BothWitnesses, CounterWitness, ResponderWitness},
};
use axum::Router;
use shirushi_agency::{Agency, AgencyConfig, DeskConfig};
use shirushi_agent::{Agent, AgentConfig, Wallet};
use shirushi_authority::{Authority, Ceremony, CeremonyError};
use shirushi_clock::{Clock, SandboxClock};
use shirushi_counter::{Counter, CounterConfig, PagesConfig};
use shirushi_crypto::{Random, Secret, SystemRandom};
use shirushi_peers::{Base, Near, NotMade};
use shirushi_portal::{Portal, PortalConfig};
use shirushi_register::Register;
use shirushi_responder::{Memory, ResponderKeys};
use shirushi_web::{AllowedHosts, BearerToken, Doormen, Face, House, Seats, ServeError, by_host};
use std::{
    future::Future,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{net::TcpListener, sync::watch};

/// Longest wait of one role for another.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a city is opened with.
#[derive(Clone, Debug)]
pub struct TownConfig {
    /// Where everything is kept.
    pub folder: PathBuf,
    /// Where it listens, a loopback address; port 0 takes a free one. The first start fixes it: it is inside every certificate.
    pub listen: SocketAddr,
    /// Residents to import while the register is empty.
    pub residents: Residents,
    /// Where browsers find its pages.
    pub pages: PagesAt,
    /// How its databases are cared for.
    pub records: Records,
}

/// How a city's databases are cared for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Records {
    /// Whether a database that is not the one that was left here is taken into service all the same: what the parties remember of each
    /// other is put together, and only revocations can be added thereby.
    pub accept_restore: bool,
    /// The clock is right, although it went back behind what the authority has logged.
    pub accept_clock: bool,
    /// A folder in another place, where the authority's newest checkpoint is kept and from where it is shown at the start.
    pub witness: Option<PathBuf>,
    /// How often each party tries whether it can write.
    pub probe_every: Duration,
}

impl Default for Records {
    fn default() -> Self {
        Self {
            accept_restore: false,
            accept_clock: false,
            witness: None,
            probe_every: Duration::from_secs(10),
        }
    }
}

/// Where browsers find a city's pages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PagesAt {
    /// The sites' origins, with `{site}` for each one's word, where something that ends TLS stands before the city. Without, they are
    /// names below `localhost`.
    pub origins: Option<String>,
    /// Where the visitors' agents listen. A city whose pages are at `localhost` runs the agent itself, here or, without, on the
    /// port after its own or any free one; for others an agent runs on each visitor's machine, at [`shirushi_agent::ADDRESS`] if
    /// nothing is said.
    pub agent: Option<SocketAddr>,
}

/// Who lives in a new city.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Residents {
    /// Nobody yet.
    Nobody,
    /// The invented residents that come with Shirushi, ten of them documented in `docs/personas.md`.
    Sample,
    /// Those of a CSV file.
    File(PathBuf),
}

/// A city that is open and listens; [`Town::serve`] lets it answer.
pub struct Town {
    address: SocketAddr,
    /// What visitors reach.
    city: Door,
    /// By which the services reach each other: strangers who fill the seats of visitors leave these alone.
    inside: Door,
    agent: Option<Door>,
    /// They receive visitors, also the agent's.
    doormen: Doormen,
    origins: Origins,
    delivery: Arc<Delivery>,
    keeper: Arc<Keeper>,
    authority: Authority,
}

/// Who comes in somewhere, and what they find there.
struct Door {
    listener: TcpListener,
    router: Router,
    seats: Seats,
}

impl Door {
    async fn serve(self, stopped: watch::Receiver<bool>) -> Result<(), TownError> {
        shirushi_web::serve(self.listener, self.router, self.seats, told(stopped)).await?;
        Ok(())
    }
}

impl Town {
    /// Opens the city in `config.folder`, or founds it there.
    ///
    /// # Errors
    /// [`TownError`] when the address is no loopback address, is taken or is another one than the certificates name, a file is damaged
    /// or missing, or another process has the city open. Nothing has been made then where the address was at fault.
    pub async fn open(config: TownConfig) -> Result<Self, TownError> {
        let listen = address_to_use(&config)?;
        if let Some(folder) = &config.records.witness {
            SecondPlace::require(folder)?;
        }
        let house = House::of_this_process()?;
        let doormen = Doormen::hire().map_err(ServeError::Io)?;
        let (listener, address) = listen_at(listen).await?;
        let base = format!("http://{address}");
        let agent = agent_place(&config.pages, address).await?;
        let (inside, inside_address) = listen_at(SocketAddr::new(address.ip(), 0)).await?;
        let among_us = format!("http://{inside_address}");
        let origins = Origins::new(config.pages.origins.as_deref(), address, agent.address)?;
        let folder = &config.folder;
        let random: Arc<dyn Random> = Arc::new(SystemRandom);
        folder::open(folder, config.records.accept_restore)?;
        let stores = Stores::new(folder, &config.records, Arc::clone(&random));
        let clock = Arc::new(SandboxClock::ahead_by(folder::clock(folder)?));
        let shared_clock: Arc<dyn Clock> = clock.clone();
        let role_token = folder::role_token(folder, random.as_ref())?;

        let register = Arc::new(
            Register::open(
                stores
                    .open("register", shirushi_register::MIGRATIONS)
                    .await?,
                Arc::clone(&shared_clock),
                Arc::clone(&random),
            )
            .await?,
        );
        let register_key = folder::register_key(folder)?;
        residents::import(&register, &config.residents).await?;
        let ceremony = Arc::new(Ceremony::open_or_hold(
            &folder.join("authority/keys"),
            &base,
            shared_clock.now(),
            random.as_ref(),
        )?);
        let authority = Authority::open(
            stores
                .open("authority", shirushi_authority::MIGRATIONS)
                .await?,
            Arc::clone(&ceremony),
            Arc::clone(&shared_clock),
            Arc::clone(&random),
        )
        .await?;
        let memory = Memory::open(
            stores
                .open("responder", shirushi_responder::MIGRATIONS)
                .await?,
        )
        .await?;
        let counter = Counter::open(
            stores
                .open("counter", shirushi_counter::MIGRATIONS)
                .await?,
            Arc::clone(&shared_clock),
            Arc::clone(&random),
            CounterConfig {
                register_base: among_us.clone(),
                authority_base: among_us.clone(),
                role_token: Secret::new(role_token.as_bytes().to_vec()),
            },
        )
        .await?;
        let compared = authority
            .attach_witness(Arc::new(BothWitnesses {
                responder: ResponderWitness::new(memory.clone()),
                counter: CounterWitness(Arc::clone(&counter)),
            }))
            .await?;
        let by_counter = authority
            .attach_witness(Arc::new(CounterWitness(Arc::clone(&counter))))
            .await?;
        let agency = Agency::open(
            stores
                .open("agency", shirushi_agency::MIGRATIONS)
                .await?,
            Arc::clone(&shared_clock),
            AgencyConfig {
                anchors: ceremony.certificates(),
                status_base: among_us.clone(),
            },
        )
        .await?;
        let second_place = match &config.records.witness {
            Some(folder) => Some(Arc::new(SecondPlace::open(folder, authority.log_key())?)),
            None => None,
        };
        folder::note_log_key(folder, &authority.log_key().to_string())?;
        let meeting = Meeting {
            authority: &authority,
            register: &register,
            register_key: &register_key,
            counter: &counter,
            compared,
            by_counter,
            second_place: second_place.as_deref(),
        };
        meeting
            .hold(&config.records, &stores)
            .await?;
        // Before anybody can ask. A list that is refused stays as it was; status says so when its time is over.
        authority.publish_due().await?.log();
        let delivery = Delivery::new(
            Arc::clone(&register),
            Arc::clone(&register_key),
            authority.log_key(),
            delivery::Door::Http {
                authority: Base::read(&among_us).map_err(NotMade::from)?,
                near: Near::new(PATIENCE).map_err(NotMade::from)?,
            },
        );
        let officers = Officers::new(
            Near::bearing(PATIENCE, &Secret::new(role_token.as_bytes().to_vec()))?,
            Base::read(&among_us).map_err(NotMade::from)?,
        );
        let bearer = BearerToken::new(Secret::new(role_token.into_bytes())).map_err(|_| {
            TownError::Damaged {
                path: folder.join("role-token"),
            }
        })?;
        let portal_token = folder::portal_token(folder, random.as_ref())?;
        let portal_bearer = BearerToken::new(Secret::new(portal_token.as_bytes().to_vec()))
            .map_err(|_| TownError::Damaged {
                path: folder.join("portal"),
            })?;
        let responder = Arc::new(ResponderKeys::new(responder_keys(&ceremony)));
        let agency = Arc::new(agency);
        let portal = Portal::open(
            stores
                .open("portal", shirushi_portal::MIGRATIONS)
                .await?,
            Arc::clone(&shared_clock),
            Arc::clone(&random),
            PortalConfig {
                origin: origins.portal.clone(),
                agent: origins.agent.clone(),
                agency_base: among_us.clone(),
                authority_base: among_us.clone(),
                authority_token: Secret::new(portal_token.into_bytes()),
                anchors: ceremony.certificates(),
                status_base: among_us.clone(),
                counter_page: origins.counter.clone(),
                is_sandbox: true,
            },
        )
        .await?;
        let wallet = Wallet::open(&folder::cards(folder), Arc::clone(&random))?;
        let agent = match agent.listener {
            None => None,
            Some(listener) => {
                let own = Agent::open(
                    stores
                        .open("agent", shirushi_agent::MIGRATIONS)
                        .await?,
                    Arc::clone(&shared_clock),
                    Arc::clone(&random),
                    Arc::clone(&wallet),
                    AgentConfig {
                        origin: origins.agent.clone(),
                        sites: vec![origins.counter.clone(), origins.portal.clone()],
                        is_sandbox: true,
                        trust: Vec::new(),
                    },
                )
                .await?;
                Some(Door {
                    listener,
                    router: shirushi_agent::router(own),
                    seats: house.agent.received_by(&doormen),
                })
            }
        };
        let keeper = Arc::new(Keeper {
            authority: authority.clone(),
            responder: Arc::clone(&responder),
            agency: Arc::clone(&agency),
            portal: Arc::clone(&portal),
        });
        // The city may not have stood when new keys were due.
        keeper.look().await;
        let sandbox = Arc::new(Sandbox {
            clock,
            clock_file: folder::clock_file(folder),
            clock_moves: Mutex::default(),
            keeper: Arc::clone(&keeper),
            register: Arc::clone(&register),
            authority: authority.clone(),
            delivery: Arc::clone(&delivery),
            random: Arc::clone(&random),
        });
        let authority_face = faces::authority::routes(
            authority.clone(),
            register_key.public_key().clone(),
            bearer.clone(),
            Arc::clone(&shared_clock),
        );
        let authority_face = match second_place {
            Some(place) => faces::authority::kept_elsewhere(authority_face, place),
            None => authority_face,
        };
        let services = Router::new()
            .merge(faces::register::routes(
                register,
                Arc::clone(&register_key),
                officers,
                Arc::clone(&delivery),
                bearer.clone(),
                Arc::clone(&shared_clock),
            ))
            .merge(faces::holders::routes(
                authority.clone(),
                "portal",
                portal_bearer,
            ))
            .merge(authority_face)
            .merge(shirushi_responder::router(
                Arc::new(TwoMemories::new(
                    memory.clone(),
                    authority.clone(),
                    Arc::clone(&shared_clock),
                )),
                Arc::clone(&responder),
                Arc::clone(&shared_clock),
            ))
            .merge(faces::responder::routes(
                memory,
                Arc::clone(&responder),
                Arc::clone(&shared_clock),
            ))
            .merge(faces::start::routes(address, origins.sandbox.clone()))
            .merge(faces::practice::routes())
            .merge(shirushi_counter::router(Arc::clone(&counter)))
            .merge(shirushi_agency::router(Arc::clone(&agency)))
            .merge(faces::sandbox::routes(Arc::clone(&sandbox)));
        let services = faces::records::all(services, stores.opened(), &shared_clock);
        let sites = vec![
            (
                &origins.counter,
                shirushi_counter::pages(
                    counter,
                    PagesConfig {
                        origin: origins.counter.clone(),
                        agent: origins.agent.clone(),
                        is_sandbox: true,
                    },
                )?,
            ),
            (&origins.portal, shirushi_portal::router(portal)),
            (
                &origins.agency,
                shirushi_agency::desk(
                    Arc::clone(&agency),
                    DeskConfig {
                        origin: origins.agency.clone(),
                        is_sandbox: true,
                    },
                )?,
            ),
            (
                &origins.sandbox,
                faces::desk::routes(
                    sandbox,
                    agency,
                    wallet,
                    faces::desk::DeskConfig {
                        origin: origins.sandbox.clone(),
                        agent: origins.agent.clone(),
                        counter: origins.counter.clone(),
                        portal: origins.portal.clone(),
                        agency: origins.agency.clone(),
                        base: base.clone(),
                    },
                    random,
                )?,
            ),
        ]
        .into_iter()
        .map(|(origin, router)| (authority_of(origin), router))
        .collect();
        let hosts = AllowedHosts::new(&address.to_string()).map_err(|_| TownError::Damaged {
            path: folder.clone(),
        })?;
        folder::note_founded(folder)?;
        let services = Face::new(hosts)
            .with_public(&["/ocsp/", "/crl/", "/ca/", "/cps"])
            .wrap(services);
        Ok(Self {
            address,
            inside: Door {
                listener: inside,
                router: services.clone(),
                seats: house.inside,
            },
            city: Door {
                listener,
                router: by_host(sites, services),
                seats: house.visitors.received_by(&doormen),
            },
            agent,
            doormen,
            origins,
            delivery,
            keeper,
            authority,
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What every URL of the city begins with.
    #[must_use]
    pub fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where browsers find its pages.
    #[must_use]
    pub fn origins(&self) -> &Origins {
        &self.origins
    }

    /// The address that a city in `folder` was founded for, if there is one.
    ///
    /// # Errors
    /// [`TownError`] when the folder cannot be read or holds no address where one must be.
    pub fn held_address(folder: &Path) -> Result<Option<SocketAddr>, TownError> {
        folder::held_address(folder)
    }

    /// Its authority, for operators and tests.
    #[must_use]
    pub fn authority(&self) -> &Authority {
        &self.authority
    }

    /// Answers until `shutdown` resolves.
    ///
    /// # Errors
    /// [`TownError::Serve`].
    pub async fn serve(
        self,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), TownError> {
        let delivering = tokio::spawn(Arc::clone(&self.delivery).run());
        self.authority.keep_publishing();
        let authority = self.authority.clone();
        let looking = tokio::spawn(async move {
            if let Err(error) = authority.look_through().await {
                tracing::error!(%error, "the authority's log could not be walked through");
            }
        });
        let keeping = tokio::spawn(Arc::clone(&self.keeper).run());
        let (stopping, stopped) = watch::channel(false);
        let (stop_inside, stopped_inside) = watch::channel(false);
        tokio::spawn(async move {
            shutdown.await;
            // Nobody listens any more when serving has ended already.
            let _ = stopping.send(true);
        });
        let agent = async {
            match self.agent {
                Some(door) => door.serve(stopped.clone()).await,
                None => Ok(()),
            }
        };
        let inside = tokio::spawn(self.inside.serve(stopped_inside));
        let served = tokio::try_join!(self.city.serve(stopped.clone()), agent);
        drop(self.doormen);
        for task in [delivering, looking, keeping] {
            task.abort();
            // Whatever it says: what it held is free then.
            let _ = task.await;
        }
        // What visitors had begun has ended, or has had its time.
        let _ = stop_inside.send(true);
        served?;
        // A panic there is one here.
        inside
            .await
            .unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
    }
}

impl std::fmt::Debug for Town {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Town({})", self.address)
    }
}

/// Resolves when the city is told to stop.
async fn told(mut stopped: watch::Receiver<bool>) {
    // The sender is gone only after it has told.
    let _ = stopped.wait_for(|stop| *stop).await;
}

/// Where the agent is, and its listener where the city runs it.
struct AgentPlace {
    address: SocketAddr,
    listener: Option<TcpListener>,
}

async fn agent_place(pages: &PagesAt, city: SocketAddr) -> Result<AgentPlace, TownError> {
    if pages.origins.is_some() {
        return Ok(AgentPlace {
            address: pages
                .agent
                .unwrap_or(shirushi_agent::ADDRESS),
            listener: None,
        });
    }
    let (listener, address) = match pages.agent {
        Some(asked) if !asked.ip().is_loopback() => {
            return Err(TownError::NotLoopback { address: asked });
        }
        Some(asked) => listen_at(asked).await?,
        None => {
            let any = SocketAddr::new(city.ip(), 0);
            let next = SocketAddr::new(city.ip(), city.port().checked_add(1).unwrap_or(0));
            match listen_at(next).await {
                Ok(listening) => listening,
                Err(_) => listen_at(any).await?,
            }
        }
    };
    Ok(AgentPlace {
        address,
        listener: Some(listener),
    })
}

/// Listens there, and says where that is: port 0 takes a free one.
async fn listen_at(address: SocketAddr) -> Result<(TcpListener, SocketAddr), TownError> {
    let failed = |source| TownError::Listen { address, source };
    let listener = TcpListener::bind(address)
        .await
        .map_err(failed)?;
    let taken = listener.local_addr().map_err(failed)?;
    Ok((listener, taken))
}

/// Host and port of an origin, as they stand in Host.
fn authority_of(origin: &str) -> String {
    origin
        .split_once("://")
        .map_or(origin, |(_, authority)| authority)
        .to_owned()
}

/// Where to listen: on the address that the certificates name, for which port 0 is right too.
fn address_to_use(config: &TownConfig) -> Result<SocketAddr, TownError> {
    let asked = config.listen;
    if !asked.ip().is_loopback() {
        return Err(TownError::NotLoopback { address: asked });
    }
    match folder::held_address(&config.folder)? {
        None => Ok(asked),
        Some(held) if held == asked || (held.ip() == asked.ip() && asked.port() == 0) => Ok(held),
        Some(held) => Err(CeremonyError::OtherAddress {
            held: format!("http://{held}"),
            asked: format!("http://{asked}"),
        }
        .into()),
    }
}
