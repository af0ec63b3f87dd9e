//! Where a role listens: for other roles behind mutual TLS, and for everybody.

use crate::{Config, Ground, Listening, ServeFault};
use axum::Router;
use shirushi_contract::RoleContract;
use shirushi_roles::Role;
use shirushi_web::{
    AllowedHosts, Doormen, Face, House, Seats, ServeError, Service, TlsDoor, by_host, description,
    serve, serve_signed_data, serve_tls,
};
use std::{future::Future, net::SocketAddr};
use tokio::{net::TcpListener, sync::watch};

/// Which roles may ask which.
fn askers(role: Role) -> &'static [Role] {
    match role {
        Role::Register => &[Role::Counter, Role::Desk],
        Role::Authority => &[
            Role::Register,
            Role::Responder,
            Role::Counter,
            Role::Portal,
            Role::Desk,
        ],
        Role::Responder | Role::Counter => &[Role::Authority],
        Role::Agency => &[Role::Portal],
        _ => &[],
    }
}

/// What stands at the public door.
enum Public {
    /// Loopback alone.
    Plain,
    /// TLS with a certificate by file.
    Tls(TlsDoor),
    /// Signed data, which needs no TLS.
    SignedData,
}

/// The addresses of a role, taken.
pub(crate) struct Places {
    roles: Option<(TcpListener, SocketAddr, TlsDoor)>,
    public: (TcpListener, SocketAddr, Public),
    house: House,
    doormen: Doormen,
    host: Option<String>,
    contract: Option<&'static RoleContract>,
}

impl Places {
    /// Whether the addresses could be served, without taking them.
    pub(crate) fn look(config: &Config, ground: &Ground) -> Result<(), ServeFault> {
        public(config)?;
        roles(config, ground).map(drop)
    }

    pub(crate) async fn take(config: &Config, ground: &Ground) -> Result<Self, ServeFault> {
        let house = House::of_this_process().map_err(ServeFault::party)?;
        let doormen = Doormen::hire().map_err(ServeFault::party)?;
        let (address, door) = public(config)?;
        let (listener, taken) = listen_at(address).await?;
        let roles = match roles(config, ground)? {
            None => None,
            Some((address, door)) => {
                let (listener, taken) = listen_at(address).await?;
                Some((listener, taken, door))
            }
        };
        Ok(Self {
            roles,
            public: (listener, taken, door),
            house,
            doormen,
            host: config
                .optional("public.host")
                .map(str::to_owned),
            contract: RoleContract::of(config.role().as_str()),
        })
    }

    pub(crate) fn listening(&self) -> Listening {
        Listening {
            roles: self
                .roles
                .as_ref()
                .map(|(_, address, _)| *address),
            public: self.public.1,
        }
    }

    /// Serves until told to stop; what was begun is finished, and what the party does by itself ends last but one.
    pub(crate) async fn serve(
        self,
        mut service: Service,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), ServeFault> {
        let running = service.take_tasks().begin();
        let (stopping, stopped) = watch::channel(false);
        let (stop_roles, roles_stopped) = watch::channel(false);
        tokio::spawn(async move {
            shutdown.await;
            // Nobody listens any more when serving has ended already.
            let _ = stopping.send(true);
        });
        let roles = self.roles.map(|(listener, _, door)| {
            let routes = wrapped_for_roles(service.roles);
            let seats = self.house.inside;
            tokio::spawn(serve_tls(
                listener,
                door,
                routes,
                seats,
                told(roles_stopped),
            ))
        });
        let (listener, address, door) = self.public;
        let hosts = match door {
            Public::SignedData => None,
            Public::Plain | Public::Tls(_) => Some(
                self.host
                    .unwrap_or_else(|| address.to_string()),
            ),
        };
        let public = match self.contract {
            Some(contract) => service
                .public
                .merge(description(contract)),
            None => service.public,
        };
        let routes = open_routes(public, service.site, hosts.as_deref())?;
        let seats: Seats = self
            .house
            .visitors
            .received_by(&self.doormen);
        let served = match door {
            Public::Plain => serve(listener, routes, seats, told(stopped)).await,
            Public::Tls(door) => serve_tls(listener, door, routes, seats, told(stopped)).await,
            Public::SignedData => serve_signed_data(listener, routes, seats, told(stopped)).await,
        };
        drop(self.doormen);
        running.end().await;
        let _ = stop_roles.send(true);
        served.map_err(ServeFault::party)?;
        match roles {
            None => Ok(()),
            Some(serving) => ended(serving.await),
        }
    }
}

fn ended(served: Result<Result<(), ServeError>, tokio::task::JoinError>) -> Result<(), ServeFault> {
    served
        // A panic there is one here.
        .unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
        .map_err(ServeFault::party)
}

/// For roles: whoever has come through the door has shown who it is, whatever name it called the address by.
fn wrapped_for_roles(routes: Router) -> Router {
    Face::for_any_host().wrap(routes)
}

/// For everybody: the pages at their origin, the rest by the name that programs call it by; signed data by any.
fn open_routes(
    public: Router,
    site: Option<(String, Router)>,
    host: Option<&str>,
) -> Result<Router, ServeFault> {
    let face = match host {
        None => Face::for_any_host(),
        Some(host) => Face::new(AllowedHosts::new(host).map_err(ServeFault::party)?),
    };
    let services = face.wrap(public);
    Ok(match site {
        None => services,
        Some((origin, pages)) => by_host(vec![(host_of(&origin), pages)], services),
    })
}

fn host_of(origin: &str) -> String {
    origin
        .split_once("://")
        .map_or(origin, |(_, host)| host)
        .to_owned()
}

fn public(config: &Config) -> Result<(SocketAddr, Public), ServeFault> {
    let address = config.address("public.listen")?;
    let files = (
        config.optional_path("public.certificate"),
        config.optional_path("public.key"),
    );
    let door = match files {
        _ if config.role() == Role::Responder => Public::SignedData,
        (Some(chain), Some(key)) => {
            Public::Tls(TlsDoor::towards_people(&chain, &key).map_err(ServeFault::party)?)
        }
        (None, None) if address.ip().is_loopback() => Public::Plain,
        (None, None) => return Err(ServeFault::NotLoopback { address }),
        (None, Some(_)) => config
            .text("public.certificate")
            .map(|_| Public::Plain)?,
        (Some(_), None) => config
            .text("public.key")
            .map(|_| Public::Plain)?,
    };
    Ok((address, door))
}

fn roles(config: &Config, ground: &Ground) -> Result<Option<(SocketAddr, TlsDoor)>, ServeFault> {
    if config
        .optional("roles.listen")
        .is_none()
    {
        return Ok(None);
    }
    let door = TlsDoor::between_roles(&ground.identity, askers(config.role()))
        .map_err(ServeFault::party)?;
    Ok(Some((config.address("roles.listen")?, door)))
}

async fn listen_at(address: SocketAddr) -> Result<(TcpListener, SocketAddr), ServeFault> {
    let failed = |source| ServeFault::Listen { address, source };
    let listener = TcpListener::bind(address)
        .await
        .map_err(failed)?;
    let taken = listener.local_addr().map_err(failed)?;
    Ok((listener, taken))
}

/// Resolves when it is told to stop.
async fn told(mut stopped: watch::Receiver<bool>) {
    // The sender is gone only after it has told.
    let _ = stopped.wait_for(|stop| *stop).await;
}
