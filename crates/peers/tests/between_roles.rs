//! Services of two machines ask each other.
//!
//! * Both ends are authenticated by role, whatever the address is; the asker has the refusal as a value, and who is refused sees why.
//! * What is revoked counts from the next request on, by the same client.
//! * Plain HTTP goes to no other machine, and TLS to nobody without an identity.
#![allow(clippy::unwrap_used, reason = "a test")]

use shirushi_clock::{Clock as _, SystemClock};
use shirushi_crypto::{KeyKind, SigningKey as _, SoftwareKey, SystemRandom};
use shirushi_peers::{Lost, Near, NotMade, answer, to_role};
use shirushi_profile::RevocationReason;
use shirushi_roles::{Identity, IdentityFolder, Peer, Role, RoleAuthority, TurnedAway, Which, Why};
use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;

const PATIENCE: Duration = Duration::from_secs(30);

struct City(TempDir);

impl City {
    fn new() -> Self {
        let city = Self(tempfile::tempdir().unwrap());
        RoleAuthority::found(&city.path("ca"), SystemClock.now(), &SystemRandom).unwrap();
        city
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn authority(&self) -> RoleAuthority {
        RoleAuthority::open(&self.path("ca"), SystemClock.now()).unwrap()
    }

    fn identity(&self, role: Role) -> Identity {
        let key = SoftwareKey::generate(KeyKind::P256).unwrap();
        let folder = self.path(role.as_str());
        let to = IdentityFolder::fresh(&folder).unwrap();
        let mut authority = self.authority();
        let peer = Peer {
            role,
            name: role.as_str().parse().unwrap(),
        };
        let now = SystemClock.now();
        let issued = authority
            .issue(&peer, key.public_key(), 5, now, &SystemRandom)
            .unwrap();
        to.take(
            &authority
                .handed(&issued, Some(&key))
                .unwrap(),
        )
        .unwrap();
        Identity::open(&folder, Arc::new(SystemClock)).unwrap()
    }

    fn revoke(&self, role: Role, told: Role) {
        let mut authority = self.authority();
        let which = Which::Of(role.as_str().parse().unwrap());
        authority
            .revoke(&which, RevocationReason::Unspecified, SystemClock.now())
            .unwrap();
        IdentityFolder::trusting(&self.path(told.as_str()), authority.certificate())
            .unwrap()
            .take_list(&authority.list_pem().unwrap())
            .unwrap();
    }
}

/// Answers each request with who has asked.
async fn serve(identity: &Identity, accepts: &[Role]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap();
    let address = listener.local_addr().unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(identity.server(accepts).unwrap()));
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let Ok(mut stream) = acceptor.accept(stream).await else {
                continue;
            };
            let who = shirushi_roles::peer(stream.get_ref().1)
                .unwrap()
                .to_string();
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                stream
                    .read_buf(&mut request)
                    .await
                    .unwrap();
            }
            let answer = format!(
                "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{who}",
                who.len()
            );
            stream
                .write_all(answer.as_bytes())
                .await
                .unwrap();
            let _ = stream.shutdown().await;
        }
    });
    address
}

async fn asked(near: &Near, address: SocketAddr) -> Result<String, Lost> {
    let answered = answer(near.get(format!("https://{address}/")), 100).await?;
    Ok(String::from_utf8(answered.body).unwrap())
}

#[tokio::test]
async fn a_client_knows_whom_it_asks_by_role_and_is_known_by_name() {
    let city = City::new();
    let (counter, authority) = (city.identity(Role::Counter), city.identity(Role::Authority));
    let address = serve(&authority, &[Role::Counter]).await;
    let url = format!("https://{address}");
    let (near, base) = to_role(PATIENCE, &url, Some(&counter), Role::Authority).unwrap();
    assert_eq!(base.as_str(), url);
    assert_eq!(asked(&near, address).await.unwrap(), "counter counter");
    // Who answers is another than was expected.
    let near = Near::with_identity(PATIENCE, &counter, Role::Register).unwrap();
    let Err(Lost::Stranger(refused)) = asked(&near, address).await else {
        panic!("it was taken for the register");
    };
    assert_eq!(
        (refused.why, &refused.expected[..]),
        (Why::OtherRole, &[Role::Register][..])
    );
    assert!(
        refused
            .to_string()
            .contains("authority authority"),
        "{refused}"
    );
    // What is plain is not spoken, even to this machine.
    let plain = answer(near.get(format!("http://{address}/")), 100).await;
    assert!(matches!(plain, Err(Lost::NotReached(error)) if error.is_builder()));
}

#[tokio::test]
async fn what_is_revoked_counts_from_the_next_request_on_at_both_ends() {
    let city = City::new();
    let (counter, authority) = (city.identity(Role::Counter), city.identity(Role::Authority));
    let address = serve(&authority, &[Role::Counter]).await;
    let near = Near::with_identity(PATIENCE, &counter, Role::Authority).unwrap();
    assert!(asked(&near, address).await.is_ok());
    city.revoke(Role::Counter, Role::Authority);
    let Err(Lost::TurnedAway(why)) = asked(&near, address).await else {
        panic!("a revoked counter was answered");
    };
    assert_eq!(why, TurnedAway::Revoked);
    city.revoke(Role::Authority, Role::Counter);
    let Err(Lost::Stranger(refused)) = asked(&near, address).await else {
        panic!("a revoked authority was asked");
    };
    assert_eq!(refused.why, Why::Revoked);
}

#[test]
fn plain_http_goes_to_no_other_machine_and_tls_to_nobody_without_an_identity() {
    let city = City::new();
    let counter = city.identity(Role::Counter);
    let made = |address, identity| to_role(PATIENCE, address, identity, Role::Authority);
    assert!(made("http://127.0.0.1:8080", None).is_ok());
    assert!(made("https://authority.example:8443", Some(&counter)).is_ok());
    for far in [
        "http://10.0.0.1:8080",
        "http://authority.example",
        "https://127.0.0.1:8080",
    ] {
        let refused = made(far, None).unwrap_err();
        assert!(matches!(refused, NotMade::NoIdentity { .. }), "{far}");
        let told = refused.to_string();
        for words in [far, "authority", "role new", "役割"] {
            assert!(told.contains(words), "{told}");
        }
    }
    for unfit in ["http://127.0.0.1:8080", "https://a.example/path"] {
        let refused = made(unfit, Some(&counter)).unwrap_err();
        assert!(matches!(refused, NotMade::Base(_)), "{unfit}");
    }
}
