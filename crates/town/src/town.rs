//! The city as a whole: what it is made of, how it is opened, how it is served.

use crate::{
    TownError,
    delivery::Delivery,
    faces::{self, sandbox::Sandbox},
    files,
    source::AuthoritySource,
};
use axum::Router;
use shirushi_agency::{Agency, AgencyConfig};
use shirushi_authority::{Authority, Ceremony};
use shirushi_clock::{Clock, SandboxClock};
use shirushi_counter::{Counter, CounterConfig};
use shirushi_crypto::{KeyKind, Random, Secret, SigningKey, SoftwareKey, SystemRandom};
use shirushi_profile::CertificateKind::{Authentication, Signature};
use shirushi_register::{ImportError, Register};
use shirushi_responder::ResponderKey;
use shirushi_store::Store;
use shirushi_web::{AllowedHosts, BearerToken, Face};
use std::{
    future::Future,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::net::TcpListener;

/// Longest wait of one role for another.
const PATIENCE: Duration = Duration::from_secs(60);

/// Bytes of the secret that the roles of one city know each other by.
const ROLE_TOKEN: usize = 32;

/// What a city is opened with.
#[derive(Clone, Debug)]
pub struct TownConfig {
    /// Where everything is kept.
    pub folder: PathBuf,
    /// Where it listens; port 0 takes a free one. The first start fixes it: it is inside every certificate.
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

/// The sample, as it stands in the register's room.
const SAMPLE: &str = include_str!("../../register/sample/residents.csv");

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
    /// [`TownError`] when the address is taken or is another one than the certificates name, a file is damaged, or another process
    /// has the city open.
    pub async fn open(config: TownConfig) -> Result<Self, TownError> {
        let listener = TcpListener::bind(config.listen)
            .await
            .map_err(|source| TownError::Listen {
                address: config.listen,
                source,
            })?;
        let address = listener
            .local_addr()
            .map_err(|source| TownError::Listen {
                address: config.listen,
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
        for party in ["register", "authority", "counter", "agency", "sandbox"] {
            files::make_folder(&folder.join(party))?;
        }
        let clock = Arc::new(SandboxClock::ahead_by(read_clock(folder)?));
        let shared_clock: Arc<dyn Clock> = clock.clone();
        let role_token = role_token(folder, random.as_ref())?;

        let register = Arc::new(
            Register::open(
                store(folder, "register", shirushi_register::MIGRATIONS).await?,
                Arc::clone(&shared_clock),
            )
            .await?,
        );
        let register_key = register_key(folder)?;
        import(&register, &config.residents).await?;
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
                clock_file: clock_file(folder),
                register,
                authority: authority.clone(),
                delivery: Arc::clone(&delivery),
                random,
            }));
        let hosts = AllowedHosts::new(&address.to_string()).map_err(|_| TownError::Damaged {
            path: folder.clone(),
        })?;
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
        let path = folder.join("authority/keys/address");
        match files::read(&path)? {
            None => Ok(None),
            Some(bytes) => std::str::from_utf8(&bytes)
                .ok()
                .and_then(|base| base.strip_prefix("http://"))
                .and_then(|address| address.parse().ok())
                .map(Some)
                .ok_or(TownError::Damaged { path }),
        }
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

async fn store(
    folder: &Path,
    party: &str,
    migrations: &'static [shirushi_store::Migration],
) -> Result<Store, TownError> {
    let path = folder
        .join(party)
        .join(format!("{party}.db"));
    let path = std::path::absolute(&path).map_err(|source| TownError::File {
        path: path.clone(),
        source,
    })?;
    Ok(Store::open(&format!("sqlite://{}", path.display()), migrations).await?)
}

/// Imports the residents, unless the register holds some already.
async fn import(register: &Register, residents: &Residents) -> Result<(), TownError> {
    if register.residents_count().await? > 0 {
        return Ok(());
    }
    let (path, bytes) = match residents {
        Residents::Nobody => return Ok(()),
        Residents::Sample => (Path::new("residents.csv"), SAMPLE.as_bytes().to_vec()),
        Residents::File(path) => {
            let bytes = files::read(path)?.ok_or_else(|| TownError::File {
                path: path.clone(),
                source: std::io::ErrorKind::NotFound.into(),
            })?;
            (path.as_path(), bytes)
        }
    };
    match register.import_csv(&bytes).await {
        Ok(report) => {
            tracing::info!(residents = report.imported, "imported");
            Ok(())
        }
        Err(error) => Err(TownError::Import {
            path: path.to_owned(),
            report: match &error {
                ImportError::Refused { rows, .. } => rows
                    .iter()
                    .map(|row| {
                        format!(
                            "  {}行目 / line {}, {}: {} / {} ({})",
                            row.line,
                            row.line,
                            row.column,
                            row.what_ja,
                            row.what_en,
                            row.value_shown
                        )
                    })
                    .collect::<Vec<_>>()
                    .join("\n"),
                _ => String::new(),
            },
            source: Box::new(error),
        }),
    }
}

fn register_key(folder: &Path) -> Result<Arc<dyn SigningKey>, TownError> {
    let path = folder.join("register/register.key");
    let key = match files::read(&path)? {
        Some(pkcs8) => {
            SoftwareKey::from_pkcs8(Secret::new(pkcs8)).map_err(|_| TownError::Damaged { path })?
        }
        None => {
            let key = SoftwareKey::generate(KeyKind::P256)?;
            files::replace(&path, key.to_pkcs8().expose())?;
            key
        }
    };
    Ok(Arc::new(key))
}

fn role_token(folder: &Path, random: &dyn Random) -> Result<String, TownError> {
    let path = folder.join("role-token");
    match files::read(&path)? {
        Some(bytes) => String::from_utf8(bytes)
            .ok()
            .filter(|token| token.len() == 2 * ROLE_TOKEN)
            .ok_or(TownError::Damaged { path }),
        None => {
            let mut bytes = [0; ROLE_TOKEN];
            random.fill(&mut bytes);
            let token = hex::encode(bytes);
            files::replace(&path, token.as_bytes())?;
            Ok(token)
        }
    }
}

fn clock_file(folder: &Path) -> PathBuf {
    folder.join("sandbox/clock")
}

/// How far ahead of the machine the city's clock is, in seconds.
fn read_clock(folder: &Path) -> Result<i64, TownError> {
    let path = clock_file(folder);
    match files::read(&path)? {
        None => Ok(0),
        Some(bytes) => std::str::from_utf8(&bytes)
            .ok()
            .and_then(|text| text.trim().parse().ok())
            .ok_or(TownError::Damaged { path }),
    }
}
