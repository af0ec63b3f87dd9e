//! A role CA, a service behind its door, and who speaks to it.

use axum::{
    Extension, Router,
    body::Bytes,
    extract::ConnectInfo,
    routing::{get, post},
};
use rustls::pki_types::ServerName;
use shirushi_clock::{Clock as _, SandboxClock};
use shirushi_crypto::{KeyKind, SigningKey as _, SoftwareKey, SystemRandom};
use shirushi_profile::RevocationReason;
use shirushi_roles::{Identity, IdentityFolder, Peer, Role, RoleAuthority, Which};
use shirushi_web::{
    Caller, Deadlines, Doormen, Seats, ServeError, TlsDoor, serve_tls, with_body_limit, with_role,
};
use std::{
    net::SocketAddr,
    path::PathBuf,
    process::{Command, Stdio},
    sync::Arc,
    time::Duration,
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::{Notify, oneshot},
    task::JoinHandle,
    time::timeout,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

/// Whoever is not answered within this time is held up.
const HELD_UP: Duration = Duration::from_secs(60);

pub(crate) struct City {
    root: TempDir,
    pub(crate) clock: Arc<SandboxClock>,
}

impl City {
    pub(crate) fn new() -> Self {
        let city = Self {
            root: tempfile::tempdir().unwrap(),
            clock: Arc::new(SandboxClock::ahead_by(0)),
        };
        RoleAuthority::found(&city.path("ca"), city.clock.now(), &SystemRandom).unwrap();
        city
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn authority(&self) -> RoleAuthority {
        RoleAuthority::open(&self.path("ca"), self.clock.now()).unwrap()
    }

    /// A new identity, in a folder of its name.
    pub(crate) fn identity(&self, role: Role, name: &str) -> Identity {
        let key = SoftwareKey::generate(KeyKind::P256).unwrap();
        let to = IdentityFolder::fresh(&self.path(name)).unwrap();
        let peer = Peer {
            role,
            name: name.parse().unwrap(),
        };
        let mut authority = self.authority();
        let issued = authority
            .issue(&peer, key.public_key(), 30, self.clock.now(), &SystemRandom)
            .unwrap();
        to.take(
            &authority
                .handed(&issued, Some(&key))
                .unwrap(),
        )
        .unwrap();
        Identity::open(&self.path(name), self.clock.clone()).unwrap()
    }

    /// Revokes a service's certificate, and tells another one.
    pub(crate) fn revoke(&self, name: &str, told: &str) {
        let mut authority = self.authority();
        let which = Which::Of(name.parse().unwrap());
        authority
            .revoke(&which, RevocationReason::KeyCompromise, self.clock.now())
            .unwrap();
        IdentityFolder::trusting(&self.path(told), authority.certificate())
            .unwrap()
            .take_list(&authority.list_pem().unwrap())
            .unwrap();
    }

    /// What a run of OpenSSL says, on both streams; it is given `input`.
    pub(crate) fn openssl(&self, arguments: &str, input: &str) -> String {
        let input_file = self.path("input");
        std::fs::write(&input_file, input).unwrap();
        let ended = Command::new("timeout")
            .args(["60", "openssl"])
            .args(arguments.split_whitespace())
            .current_dir(self.root.path())
            .stdin(Stdio::from(std::fs::File::open(input_file).unwrap()))
            .output()
            .unwrap();
        String::from_utf8_lossy(&[ended.stdout, ended.stderr].concat()).into_owned()
    }

    /// What OpenSSL's client is answered at `path`, or the alert that it reads.
    pub(crate) async fn s_client(&self, address: SocketAddr, path: &str, options: &str) -> String {
        let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        // It reads its input to the end, and then waits for the answer.
        let arguments = format!("s_client -connect {address} -ign_eof {options}");
        tokio::task::block_in_place(|| self.openssl(&arguments, &request))
    }
}

/// A service behind a door.
pub(crate) struct Service {
    pub(crate) address: SocketAddr,
    /// `/act` has begun.
    pub(crate) begun: Arc<Notify>,
    /// `/act` may end.
    pub(crate) may_end: Arc<Notify>,
    pub(crate) stop: oneshot::Sender<()>,
    pub(crate) served: JoinHandle<Result<(), ServeError>>,
    _doormen: Doormen,
}

impl Service {
    pub(crate) async fn behind(door: TlsDoor) -> Self {
        Self::with(door, "127.0.0.1:0", 64, Deadlines::default()).await
    }

    pub(crate) async fn with(
        door: TlsDoor,
        listen: &str,
        seats: usize,
        deadlines: Deadlines,
    ) -> Self {
        let listener = TcpListener::bind(listen).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (begun, may_end) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (stop, stopped) = oneshot::channel();
        let doormen = Doormen::hire().unwrap();
        let seats = Seats::new(seats)
            .with_deadlines(deadlines)
            .received_by(&doormen);
        let router = router(&begun, &may_end);
        let served = tokio::spawn(serve_tls(listener, door, router, seats, async {
            let _ = stopped.await;
        }));
        Self {
            address,
            begun,
            may_end,
            stop,
            served,
            _doormen: doormen,
        }
    }

    /// A connection of a service.
    pub(crate) async fn connect(
        &self,
        identity: &Identity,
        expects: Role,
    ) -> std::io::Result<TlsStream<TcpStream>> {
        let config = Arc::new(identity.client(expects).unwrap());
        let stream = TcpStream::connect(self.address).await?;
        let name = ServerName::try_from("127.0.0.1").unwrap();
        TlsConnector::from(config)
            .connect(name, stream)
            .await
    }
}

/// `/who` tells who asks, `/counters` lets counters alone in, `/take` takes 1,000 bytes, `/act` waits.
fn router(begun: &Arc<Notify>, may_end: &Arc<Notify>) -> Router {
    let who = get(
        async |ConnectInfo(caller): ConnectInfo<Caller>, peer: Option<Extension<Peer>>| {
            let peer = peer.map(|Extension(peer)| peer.to_string());
            format!("{peer:?} of account {:?}", caller.account().is_some())
        },
    );
    let act = {
        let (begun, may_end) = (begun.clone(), may_end.clone());
        get(async move || {
            begun.notify_one();
            may_end.notified().await;
            "done"
        })
    };
    let counters = Router::new().route("/counters", get(async || "for counters"));
    let take = post(async |body: Bytes| body.len().to_string());
    with_role(counters, &[Role::Counter])
        .route("/who", who)
        .route("/act", act)
        .route("/take", with_body_limit(take, 1_000))
}

/// Sends `text` and takes all that comes until the other end closes.
pub(crate) async fn ask(stream: &mut TlsStream<TcpStream>, text: &str) -> String {
    stream
        .write_all(text.as_bytes())
        .await
        .unwrap();
    rest(stream).await
}

/// All that still comes, in whatever way it ends.
pub(crate) async fn rest(stream: &mut TlsStream<TcpStream>) -> String {
    let mut bytes = Vec::new();
    let _ = timeout(HELD_UP, stream.read_to_end(&mut bytes))
        .await
        .unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

pub(crate) fn get_of(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
}
