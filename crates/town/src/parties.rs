//! The parties of a city: opened one after the other, shown to each other, and put into service behind one listener.

use crate::{
    Origins, TownConfig, TownError,
    addresses::{address_to_use, agent_place, authority_of, listen_at},
    folder,
    ground::Ground,
    keys::responder_keys,
    meeting::Meeting,
    residents,
    town::{Door, Town},
    witness::{CounterWitness, OwnRecords, ResponderWitness},
};
use axum::Router;
use shirushi_agency::{Agency, AgencyConfig, AgencyParty, DeskConfig};
use shirushi_agent::{Agent, AgentConfig, Wallet};
use shirushi_authority::{
    Authority, AuthorityConfig, AuthorityEntries, AuthorityParty, Ceremony, Compared, Keeper,
    SecondPlace, Witness, Witnesses,
};
use shirushi_counter::{Counter, CounterConfig, CounterParty, PagesConfig};
use shirushi_portal::{Portal, PortalConfig, PortalParty};
use shirushi_register::{OverHttp, Register, RegisterConfig, RegisterParty};
use shirushi_responder::{Memory, ResponderKeys, ResponderParty};
use shirushi_sandbox::{
    PagesConfig as SandboxPages, Reach, Sandbox, page_routes, practice_routes, start_routes,
};
use shirushi_web::{
    AllowedHosts, Doormen, Face, House, ServeError, Service, Tasks, by_host, status_of_store,
};
use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
};

/// Opens the city, or founds it.
pub(crate) async fn open(config: TownConfig) -> Result<Town, TownError> {
    let listen = address_to_use(&config)?;
    if let Some(folder) = &config.records.witness {
        SecondPlace::require(folder)?;
    }
    let house = House::of_this_process()?;
    let doormen = Doormen::hire().map_err(ServeError::Io)?;
    let (listener, address) = listen_at(listen).await?;
    let agent = agent_place(&config.pages, address).await?;
    // Of every numeric loopback address, this one is a host that all rooms know.
    let near: IpAddr = match address {
        SocketAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        SocketAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
    };
    let (inside, inside_address) = listen_at(SocketAddr::new(near, 0)).await?;
    let origins = Origins::new(config.pages.origins.as_deref(), address, agent.address)?;
    folder::open(&config.folder, &config.records)?;
    let ground = Ground::prepare(&config, format!("http://{inside_address}"))?;
    let base = format!("http://{address}");
    let cores = Cores::open(&config, &ground, &base).await?;
    cores.meet(&config, &ground).await?;
    let wallet = Wallet::open(&folder::cards(&config.folder), Arc::clone(&ground.random))?;
    let (agent, agent_status) = match agent.listener {
        None => (None, Router::new()),
        Some(listener) => {
            let (router, status) = own_agent(&ground, &origins, &wallet).await?;
            let seats = house.agent.received_by(&doormen);
            let door = Door {
                listener,
                router,
                seats,
            };
            (Some(door), status)
        }
    };
    let authority = cores.authority.clone();
    let InService {
        services,
        sites,
        tasks,
    } = cores
        .into_service(&config, &ground, &origins, (address, &base), wallet)
        .await?;
    let services = services.merge(agent_status);
    let hosts = AllowedHosts::new(&address.to_string()).map_err(|_| TownError::Damaged {
        path: config.folder.clone(),
    })?;
    folder::note_founded(&config.folder)?;
    let services = Face::new(hosts)
        .with_public(&["/ocsp/", "/crl/", "/ca/", "/cps"])
        .wrap(services);
    Ok(Town {
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
        tasks,
        authority,
    })
}

/// The agent that runs with the city, for visitors of this machine; and how it is, for the city.
async fn own_agent(
    ground: &Ground<'_>,
    origins: &Origins,
    wallet: &Arc<Wallet>,
) -> Result<(Router, Router), TownError> {
    let store = ground
        .stores
        .open("agent", shirushi_agent::MIGRATIONS)
        .await?;
    let status = status_of_store("agent", store.clone(), ground.clock());
    let config = AgentConfig {
        origin: origins.agent.clone(),
        sites: vec![origins.counter.clone(), origins.portal.clone()],
        is_sandbox: true,
        trust: Vec::new(),
    };
    let agent = Agent::open(
        store,
        ground.clock(),
        ground.random(),
        Arc::clone(wallet),
        config,
    )
    .await?;
    Ok((
        shirushi_agent::router(agent),
        Router::new().route("/agent/status", status),
    ))
}

/// The parties as they are before anybody is served.
struct Cores {
    register: Arc<Register>,
    ceremony: Arc<Ceremony>,
    authority: Authority,
    memory: Memory,
    counter: Arc<Counter>,
    agency: Arc<Agency>,
    second_place: Option<Arc<SecondPlace>>,
    /// What responder and counter remember and the authority does not.
    compared: (Compared, Compared),
}

/// What is served, and what runs beside it.
struct InService {
    services: Router,
    sites: Vec<(String, Router)>,
    tasks: Tasks,
}

impl InService {
    fn add(&mut self, mut party: Service) {
        self.tasks.extend(party.take_tasks());
        self.services = std::mem::take(&mut self.services)
            .merge(party.roles)
            .merge(party.public);
        let site = party.site;
        self.sites
            .extend(site.map(|(origin, pages)| (authority_of(&origin), pages)));
    }
}

impl Cores {
    async fn open(config: &TownConfig, ground: &Ground<'_>, base: &str) -> Result<Self, TownError> {
        let stores = &ground.stores;
        let store = stores
            .open("register", shirushi_register::MIGRATIONS)
            .await?;
        let register = Arc::new(Register::open(store, ground.clock(), ground.random()).await?);
        residents::import(&register, &config.residents).await?;
        let ceremony = Arc::new(Ceremony::open_or_hold(
            &config.folder.join("authority/keys"),
            base,
            ground.clock().now(),
            ground.random.as_ref(),
        )?);
        let store = stores
            .open("authority", shirushi_authority::MIGRATIONS)
            .await?;
        let authority = Authority::open(
            store,
            Arc::clone(&ceremony),
            ground.clock(),
            ground.random(),
        )
        .await?;
        let store = stores
            .open("responder", shirushi_responder::MIGRATIONS)
            .await?;
        let memory = Memory::open(store).await?;
        let store = stores
            .open("counter", shirushi_counter::MIGRATIONS)
            .await?;
        let counter_config = CounterConfig {
            register: ground.role_peer()?,
            authority: ground.role_peer()?,
        };
        let counter = Counter::open(store, ground.clock(), ground.random(), counter_config).await?;
        let compared = witnessed(&authority, &memory, &counter).await?;
        let store = stores
            .open("agency", shirushi_agency::MIGRATIONS)
            .await?;
        let agency_config = AgencyConfig {
            anchors: ceremony.certificates(),
            status_base: ground.status_base(),
        };
        let agency = Arc::new(Agency::open(store, ground.clock(), agency_config).await?);
        let second_place = match &config.records.witness {
            Some(folder) => Some(Arc::new(SecondPlace::open(folder, authority.log_key())?)),
            None => None,
        };
        folder::note_log_key(&config.folder, &authority.log_key().to_string())?;
        Ok(Self {
            register,
            ceremony,
            authority,
            memory,
            counter,
            agency,
            second_place,
            compared,
        })
    }

    /// Has them show each other what they remember, before anybody can ask.
    async fn meet(&self, config: &TownConfig, ground: &Ground<'_>) -> Result<(), TownError> {
        let meeting = Meeting {
            authority: &self.authority,
            register: &self.register,
            register_key: &ground.register_key,
            counter: &self.counter,
            compared: &self.compared.0,
            by_counter: &self.compared.1,
            second_place: self.second_place.as_deref(),
        };
        meeting
            .hold(&config.records, &ground.stores)
            .await?;
        // A list that is refused stays as it was; status says so when its time is over.
        self.authority
            .publish_due()
            .await?
            .log();
        Ok(())
    }

    async fn into_service(
        self,
        config: &TownConfig,
        ground: &Ground<'_>,
        origins: &Origins,
        (address, base): (SocketAddr, &str),
        wallet: Arc<Wallet>,
    ) -> Result<InService, TownError> {
        let portal = self.portal(ground, origins).await?;
        let keys = Arc::new(ResponderKeys::new(responder_keys(&self.ceremony)));
        let keeper = self.keeper(&keys, &portal);
        // The city may not have stood when new keys were due.
        keeper.look().await;
        let register = self.register_party(ground)?;
        let sandbox = Arc::new(Sandbox::new(Reach {
            clock: Arc::clone(&ground.sandbox_clock),
            clock_file: folder::clock_file(&config.folder),
            keeper: Arc::clone(&keeper),
            register: Arc::clone(&self.register),
            authority: self.authority.clone(),
            delivery: Arc::clone(register.delivery()),
            random: ground.random(),
        }));
        let parties = [
            register.into_service(),
            self.authority_party(ground, keeper)?
                .into_service(),
            self.responder_party(ground, keys)
                .into_service(),
            self.counter_party(origins)
                .into_service()?,
            self.agency_party(origins)
                .into_service()?,
            PortalParty::of(portal).into_service(),
        ];
        let desk = self.sandbox_desk(ground, origins, base, (Arc::clone(&sandbox), wallet))?;
        let mut in_service = InService {
            services: Router::new()
                .merge(start_routes(address, origins.sandbox.clone()))
                .merge(practice_routes())
                .merge(sandbox.routes()),
            sites: vec![(authority_of(&origins.sandbox), desk)],
            tasks: Tasks::default(),
        };
        for party in parties {
            in_service.add(party);
        }
        Ok(in_service)
    }

    fn register_party(&self, ground: &Ground<'_>) -> Result<RegisterParty, TownError> {
        let config = RegisterConfig {
            key: Arc::clone(&ground.register_key),
            officers: ground.role_peer()?,
            authority: Arc::new(OverHttp::new(ground.peer()?)),
            log_key: self.authority.log_key(),
            counters: ground.roles()?,
            operators: None,
        };
        Ok(RegisterParty::of(
            Arc::clone(&self.register),
            ground.clock(),
            config,
        ))
    }

    fn authority_party(
        &self,
        ground: &Ground<'_>,
        keeper: Arc<Keeper>,
    ) -> Result<AuthorityParty, TownError> {
        let config = AuthorityConfig {
            register_key: ground.register_key.public_key().clone(),
            entries: AuthorityEntries {
                roles: ground.roles()?,
                register: None,
                responders: None,
                operators: None,
                relying_parties: vec![("portal", ground.portal()?)],
            },
            second_place: self.second_place.clone(),
            keeper,
        };
        Ok(AuthorityParty::of(
            self.authority.clone(),
            ground.clock(),
            config,
        ))
    }

    fn responder_party(&self, ground: &Ground<'_>, keys: Arc<ResponderKeys>) -> ResponderParty {
        let records = Arc::new(OwnRecords(self.authority.clone()));
        ResponderParty::of(self.memory.clone(), keys, records, None, ground.clock())
    }

    /// Hands new keys to the responder and to those who trust the authority.
    fn keeper(&self, keys: &Arc<ResponderKeys>, portal: &Arc<Portal>) -> Arc<Keeper> {
        let (keys, agency, portal) = (
            Arc::clone(keys),
            Arc::clone(&self.agency),
            Arc::clone(portal),
        );
        Keeper::new(self.authority.clone(), move |ceremony| {
            keys.replace(responder_keys(ceremony));
            agency.trust(ceremony.certificates());
            portal.trust(ceremony.certificates());
        })
    }

    async fn portal(
        &self,
        ground: &Ground<'_>,
        origins: &Origins,
    ) -> Result<Arc<Portal>, TownError> {
        let store = ground
            .stores
            .open("portal", shirushi_portal::MIGRATIONS)
            .await?;
        let config = PortalConfig {
            origin: origins.portal.clone(),
            agent: origins.agent.clone(),
            agency: ground.peer()?,
            authority: ground.portal_peer()?,
            anchors: self.ceremony.certificates(),
            status_base: ground.status_base(),
            counter_page: origins.counter.clone(),
            is_sandbox: true,
        };
        Ok(Portal::open(store, ground.clock(), ground.random(), config).await?)
    }

    fn counter_party(&self, origins: &Origins) -> CounterParty {
        let pages = PagesConfig {
            origin: origins.counter.clone(),
            agent: origins.agent.clone(),
            is_sandbox: true,
        };
        CounterParty::of(Arc::clone(&self.counter), pages, None)
    }

    fn agency_party(&self, origins: &Origins) -> AgencyParty {
        let desk = DeskConfig {
            origin: origins.agency.clone(),
            is_sandbox: true,
        };
        AgencyParty::of(Arc::clone(&self.agency), desk)
    }

    fn sandbox_desk(
        &self,
        ground: &Ground<'_>,
        origins: &Origins,
        base: &str,
        (sandbox, wallet): (Arc<Sandbox>, Arc<Wallet>),
    ) -> Result<Router, TownError> {
        let config = SandboxPages {
            origin: origins.sandbox.clone(),
            agent: origins.agent.clone(),
            counter: origins.counter.clone(),
            portal: origins.portal.clone(),
            agency: origins.agency.clone(),
            base: base.to_owned(),
        };
        let agency = Arc::clone(&self.agency);
        let random = ground.random();
        Ok(page_routes(sandbox, agency, wallet, config, random)?)
    }
}

/// Compares the authority with those who remember beside it, and has them told of all that ends from now on.
async fn witnessed(
    authority: &Authority,
    memory: &Memory,
    counter: &Arc<Counter>,
) -> Result<(Compared, Compared), TownError> {
    let responder: Arc<dyn Witness> = Arc::new(ResponderWitness(memory.clone()));
    let counter: Arc<dyn Witness> = Arc::new(CounterWitness(Arc::clone(counter)));
    let both = Witnesses::new(responder, vec![Arc::clone(&counter)]);
    Ok((
        authority
            .attach_witness(Arc::new(both))
            .await?,
        authority
            .attach_witness(counter)
            .await?,
    ))
}
