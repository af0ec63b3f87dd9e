//! The city as a whole: what it is made of, how it is opened, how it is served.

use crate::{
    TownError,
    delivery::Delivery,
    faces::{self, sandbox::Sandbox},
    folder, residents,
    source::AuthoritySource,
};
use axum::Router;
use shirushi_agency::{Agency, AgencyConfig};
use shirushi_authority::{Authority, Ceremony, CeremonyError};
use shirushi_clock::{Clock, SandboxClock};
use shirushi_counter::{Counter, CounterConfig};
use shirushi_crypto::{Random, Secret, SystemRandom};
use shirushi_profile::CertificateKind::{Authentication, Signature};
use shirushi_register::Register;
use shirushi_responder::ResponderKey;
use shirushi_store::{OpenFailure, Store, StoreError};
use shirushi_web::{AllowedHosts, BearerToken, Face};
use std::{
    future::Future,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::net::TcpListener;

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
    listener: TcpListener,
    address: SocketAddr,
    router: Router,
    delivery: Arc<Delivery>,
    authority: Authority,
}

impl Town {
    /// Opens the city in `config.folder`, or founds it there.
    ///
    /// # Errors
    /// [`TownError`] when the address is no loopback address, is taken or is another one than the certificates name, a file is damaged
    /// or missing, or another process has the city open. Nothing has been made then where the address was at fault.
    pub async fn open(config: TownConfig) -> Result<Self, TownError> {
        let listen = address_to_use(&config)?;
        let listener = TcpListener::bind(listen)
            .await
            .map_err(|source| TownError::Listen {
                address: listen,
                source,
            })?;
        let address = listener
            .local_addr()
            .map_err(|source| TownError::Listen {
                address: listen,
                source,
            })?;
        let base = format!("http://{address}");
        let folder = &config.folder;
        let random: Arc<dyn Random> = Arc::new(SystemRandom);
        let client = reqwest::Client::builder()
            .timeout(PATIENCE)
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        folder::open(folder)?;
        let clock = Arc::new(SandboxClock::ahead_by(folder::clock(folder)?));
        let shared_clock: Arc<dyn Clock> = clock.clone();
        let role_token = folder::role_token(folder, random.as_ref())?;

        let register = Arc::new(
            Register::open(
                store(folder, "register", shirushi_register::MIGRATIONS).await?,
                Arc::clone(&shared_clock),
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
            store(folder, "authority", shirushi_authority::MIGRATIONS).await?,
            Arc::clone(&ceremony),
            Arc::clone(&shared_clock),
            Arc::clone(&random),
        )
        .await?;
        let counter = Counter::open(
            store(folder, "counter", shirushi_counter::MIGRATIONS).await?,
            Arc::clone(&shared_clock),
            Arc::clone(&random),
            CounterConfig {
                register_base: base.clone(),
                authority_base: base.clone(),
                role_token: Secret::new(role_token.as_bytes().to_vec()),
            },
        )
        .await?;
        let agency = Agency::open(
            store(folder, "agency", shirushi_agency::MIGRATIONS).await?,
            Arc::clone(&shared_clock),
            AgencyConfig {
                anchors: vec![
                    ceremony.certificate(Signature).clone(),
                    ceremony
                        .certificate(Authentication)
                        .clone(),
                ],
                status_base: base.clone(),
            },
        )
        .await?;
        let delivery = Delivery::new(
            Arc::clone(&register),
            Arc::clone(&register_key),
            &base,
            client,
        );
        let bearer = BearerToken::new(Secret::new(role_token.into_bytes())).map_err(|_| {
            TownError::Damaged {
                path: folder.join("role-token"),
            }
        })?;
        let responder_key = |kind| ResponderKey {
            key: ceremony.responder_key(kind),
            certificate: ceremony
                .responder_certificate(kind)
                .clone(),
            issuer: ceremony.certificate(kind).clone(),
        };
        let routes = Router::new()
            .merge(faces::register::routes(
                Arc::clone(&register),
                bearer.clone(),
                Arc::clone(&shared_clock),
            ))
            .merge(faces::authority::routes(
                authority.clone(),
                register_key.public_key().clone(),
                bearer,
                Arc::clone(&shared_clock),
            ))
            .merge(shirushi_responder::router(
                Arc::new(AuthoritySource::new(
                    authority.clone(),
                    Arc::clone(&shared_clock),
                )),
                responder_key(Signature),
                responder_key(Authentication),
                Arc::clone(&shared_clock),
            ))
            .merge(faces::responder::routes(
                authority.clone(),
                Arc::clone(&shared_clock),
            ))
            .merge(faces::start::routes(address))
            .merge(shirushi_counter::router(counter))
            .merge(shirushi_agency::router(Arc::new(agency)))
            .merge(faces::sandbox::routes(Sandbox {
                clock,
                clock_file: folder::clock_file(folder),
                clock_moves: Mutex::default(),
                register,
                authority: authority.clone(),
                delivery: Arc::clone(&delivery),
                random,
            }));
        let hosts = AllowedHosts::new(&address.to_string()).map_err(|_| TownError::Damaged {
            path: folder.clone(),
        })?;
        folder::note_founded(folder)?;
        Ok(Self {
            listener,
            address,
            router: Face::new(hosts).wrap(routes),
            delivery,
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
        let served = shirushi_web::serve(self.listener, self.router, shutdown).await;
        delivering.abort();
        Ok(served?)
    }
}

impl std::fmt::Debug for Town {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Town({})", self.address)
    }
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

async fn store(
    folder: &Path,
    party: &str,
    migrations: &'static [shirushi_store::Migration],
) -> Result<Store, TownError> {
    let path = folder::database(folder, party);
    let path = std::path::absolute(&path).map_err(|source| TownError::File {
        path: path.clone(),
        source,
    })?;
    Store::open(&format!("sqlite://{}", path.display()), migrations)
        .await
        .map_err(|source| match source {
            StoreError::Open {
                cause: OpenFailure::InUse { .. },
            } => TownError::InUse {
                folder: folder.to_owned(),
            },
            source => TownError::Database { path, source },
        })
}
