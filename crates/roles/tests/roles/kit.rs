//! A role CA in a folder of its own, and handshakes in memory.

use rustls::{
    ClientConfig, ClientConnection, ConnectionCommon, RootCertStore, ServerConfig,
    ServerConnection, SideData,
    crypto::aws_lc_rs::default_provider,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject as _},
};
use shirushi_clock::{Clock as _, SandboxClock};
use shirushi_crypto::{KeyKind, SigningKey as _, SoftwareKey, SystemRandom};
use shirushi_profile::RevocationReason;
use shirushi_roles::{
    AUTHORITY_FILE, CERTIFICATE_FILE, Identity, IdentityError, IdentityFolder, KEY_FILE, Peer,
    Role, RoleAuthority, Which,
};
use std::{
    fs,
    ops::DerefMut,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};
use tempfile::TempDir;

pub(crate) const DAYS: u16 = 30;
pub(crate) const DAY: i64 = 86_400;

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

    pub(crate) fn authority(&self) -> RoleAuthority {
        RoleAuthority::open(&self.path("ca"), self.clock.now()).unwrap()
    }

    /// Issues an identity into a folder of its name.
    pub(crate) fn issue(&self, role: Role, name: &str) -> PathBuf {
        self.issue_with(KeyKind::P256, role, name)
    }

    pub(crate) fn issue_with(&self, kind: KeyKind, role: Role, name: &str) -> PathBuf {
        let key = SoftwareKey::generate(kind).unwrap();
        let mut authority = self.authority();
        let folder = self.path(name);
        let to = IdentityFolder::fresh(&folder).unwrap();
        let (peer, now) = (peer(role, name), self.clock.now());
        let issued = authority
            .issue(&peer, key.public_key(), DAYS, now, &SystemRandom)
            .unwrap();
        to.take(
            &authority
                .handed(&issued, Some(&key))
                .unwrap(),
        )
        .unwrap();
        folder
    }

    /// Renews an identity in its folder, with a new key.
    pub(crate) fn renew(&self, name: &str) {
        let key = SoftwareKey::generate(KeyKind::P256).unwrap();
        let mut authority = self.authority();
        let service = name.parse().unwrap();
        let to = IdentityFolder::of(&self.path(name), &service).unwrap();
        let now = self.clock.now();
        let issued = authority
            .renew(&service, Some(key.public_key()), DAYS, now, &SystemRandom)
            .unwrap();
        to.take(
            &authority
                .handed(&issued, Some(&key))
                .unwrap(),
        )
        .unwrap();
    }

    /// Revokes a service's certificates, and hands the list to these.
    pub(crate) fn revoke(&self, name: &str, told: &[&str]) {
        let mut authority = self.authority();
        let which = Which::Of(name.parse().unwrap());
        authority
            .revoke(&which, RevocationReason::KeyCompromise, self.clock.now())
            .unwrap();
        let list = authority.list_pem().unwrap();
        for folder in told {
            IdentityFolder::trusting(&self.path(folder), authority.certificate())
                .unwrap()
                .take_list(&list)
                .unwrap();
        }
    }

    pub(crate) fn try_open(&self, folder: &str) -> Result<Identity, IdentityError> {
        Identity::open(&self.path(folder), self.clock.clone())
    }

    pub(crate) fn open(&self, folder: &str) -> Identity {
        self.try_open(folder).unwrap()
    }

    /// An identity that was issued and opened.
    pub(crate) fn identity(&self, role: Role, name: &str) -> Identity {
        self.issue(role, name);
        self.open(name)
    }

    /// What OpenSSL says; run in the city's folder.
    pub(crate) fn openssl(&self, arguments: &str) -> (bool, String) {
        let ended = Command::new("openssl")
            .args(arguments.split_whitespace())
            .current_dir(self.root.path())
            .output()
            .unwrap();
        let text = [ended.stdout, ended.stderr].concat();
        (
            ended.status.success(),
            String::from_utf8_lossy(&text).into_owned(),
        )
    }

    pub(crate) fn openssl_does(&self, arguments: &str) -> String {
        let (is_done, text) = self.openssl(arguments);
        assert!(is_done, "{arguments}: {text}");
        text
    }

    /// A folder like that of `like`, whose certificate is another: of its own key, issued by the city's role CA with these extensions.
    pub(crate) fn misissue(&self, like: &str, extensions: &str) -> PathBuf {
        let folder = self.copy(like, "misissued");
        fs::write(self.path("extensions"), extensions).unwrap();
        self.openssl_does(
            "req -new -key misissued/identity.key -subj /CN=misissued -out request.pem",
        );
        self.openssl_does(
            "x509 -req -in request.pem -CA ca/ca.pem -CAkey ca/ca.key -days 10 -extfile extensions -out misissued/identity.pem",
        );
        folder
    }

    pub(crate) fn copy(&self, from: &str, to: &str) -> PathBuf {
        let (from, to) = (self.path(from), self.path(to));
        fs::create_dir(&to).unwrap();
        for file in fs::read_dir(from).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), to.join(file.file_name())).unwrap();
        }
        to
    }
}

/// A client of anybody's making, which trusts the city's role CA and shows the certificate and key of a folder; none where no folder is named.
pub(crate) fn stranger(city: &City, folder: Option<&Path>) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    let ca = CertificateDer::from_pem_file(city.path("ca").join(AUTHORITY_FILE)).unwrap();
    roots.add(ca).unwrap();
    let client = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    let Some(folder) = folder else {
        return client.with_no_client_auth();
    };
    let shown = CertificateDer::from_pem_file(folder.join(CERTIFICATE_FILE)).unwrap();
    let key = PrivateKeyDer::from_pem_file(folder.join(KEY_FILE)).unwrap();
    client
        .with_client_auth_cert(vec![shown], key)
        .unwrap()
}

pub(crate) fn peer(role: Role, name: &str) -> Peer {
    Peer {
        role,
        name: name.parse().unwrap(),
    }
}

pub(crate) fn replace_in(path: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains(from));
    fs::write(path, text.replace(from, to)).unwrap();
}

/// One end of a handshake, and why it has ended.
pub(crate) struct End<C> {
    pub(crate) connection: C,
    pub(crate) error: Option<rustls::Error>,
}

/// A handshake in memory. What goes from the one to the other passes through `tamper`, the client's bytes first.
pub(crate) fn shake(
    client: ClientConfig,
    server: ServerConfig,
    tamper: impl FnMut(&mut Vec<u8>),
) -> (End<ClientConnection>, End<ServerConnection>) {
    shake_at("127.0.0.1", client, server, tamper)
}

/// The same with a client who goes by the host's name.
pub(crate) fn shake_at(
    host: &'static str,
    client: ClientConfig,
    server: ServerConfig,
    mut tamper: impl FnMut(&mut Vec<u8>),
) -> (End<ClientConnection>, End<ServerConnection>) {
    let name = ServerName::try_from(host).unwrap();
    let mut client = End {
        connection: ClientConnection::new(Arc::new(client), name).unwrap(),
        error: None,
    };
    let mut server = End {
        connection: ServerConnection::new(Arc::new(server)).unwrap(),
        error: None,
    };
    for _ in 0..4 {
        let mut sent = client.sends();
        tamper(&mut sent);
        server.takes(&sent);
        let mut sent = server.sends();
        tamper(&mut sent);
        client.takes(&sent);
    }
    (client, server)
}

impl<C, D> End<C>
where
    C: DerefMut<Target = ConnectionCommon<D>>,
    D: SideData,
{
    /// What it sends now, also the alert after its own error.
    fn sends(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        while self.connection.wants_write() {
            self.connection
                .write_tls(&mut bytes)
                .unwrap();
        }
        bytes
    }

    fn takes(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() && self.error.is_none() {
            if self
                .connection
                .read_tls(&mut bytes)
                .is_err()
            {
                // More than is ever read ahead: of bytes that were tampered with.
                return;
            }
            self.error = self
                .connection
                .process_new_packets()
                .err();
        }
    }

    pub(crate) fn is_through(&self) -> bool {
        self.error.is_none() && !self.connection.is_handshaking()
    }
}
