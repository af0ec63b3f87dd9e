//! Who gets in, and by which name who does not is refused.

use crate::kit::{City, DAY, DAYS, End, shake, shake_at, stranger};
use rustls::{
    AlertDescription, ClientConfig, ClientConnection, Error, ServerConnection,
    crypto::aws_lc_rs::default_provider, version::TLS12,
};
use shirushi_clock::Clock as _;
use shirushi_crypto::KeyKind;
use shirushi_roles::{Identity, PeerRefused, Role, Why, peer, peer_refused};
use std::{path::Path, sync::Arc};

const HOST: &str = "authority.roles.shirushi.internal";

/// What a certificate of a service has besides its names.
const PURPOSES: &str =
    "keyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth,clientAuth\n";
const COUNTER: &str = "subjectAltName=DNS:counter.roles.shirushi.internal,URI:spiffe://roles.shirushi.internal/counter/counter-1\n";

fn untouched(_: &mut Vec<u8>) {}

/// A counter asks an authority that answers counters.
fn ask(counter: &Identity, authority: &Identity) -> (End<ClientConnection>, End<ServerConnection>) {
    let asks = counter.client(Role::Authority).unwrap();
    let answers = authority
        .server(&[Role::Counter])
        .unwrap();
    shake(asks, answers, untouched)
}

/// That the authority has refused who asked, for this reason, and that the alert tells the asker as much.
fn assert_refused(
    (client, server): &(End<ClientConnection>, End<ServerConnection>),
    authority: &Identity,
    why: Why,
    alert: AlertDescription,
) -> PeerRefused {
    assert!(!server.is_through());
    let refused = authority.health().refused.unwrap();
    assert_eq!(
        (refused.why, refused.expected.as_slice()),
        (why, &[Role::Counter][..])
    );
    assert_eq!(client.error, Some(Error::AlertReceived(alert)));
    refused
}

/// The same of the one who asks.
fn refusal_by_asker(end: &End<ClientConnection>) -> &PeerRefused {
    peer_refused(end.error.as_ref().unwrap()).unwrap()
}

#[test]
fn both_ends_know_each_other_whatever_the_address_is() {
    let city = City::new();
    for (number, kind) in [KeyKind::P256, KeyKind::P384, KeyKind::Ed25519]
        .into_iter()
        .enumerate()
    {
        let name = |role| format!("{role}-{number}");
        city.issue_with(kind, Role::Counter, &name("counter"));
        city.issue_with(kind, Role::Authority, &name("authority"));
        let (counter, authority) = (city.open(&name("counter")), city.open(&name("authority")));
        let (client, server) = ask(&counter, &authority);
        assert!(
            client.is_through() && server.is_through(),
            "{:?}",
            server.error
        );
        assert_eq!(peer(&server.connection), Some(counter.own()));
        assert_eq!(peer(&client.connection), Some(authority.own()));
        assert_eq!(client.connection.alpn_protocol(), Some(&b"http/1.1"[..]));
    }
}

#[test]
fn another_roles_certificate_is_refused_by_name_at_both_ends() {
    let city = City::new();
    let portal = city.identity(Role::Portal, "portal-1");
    let authority = city.identity(Role::Authority, "authority-1");
    let ends = ask(&portal, &authority);
    let refused = assert_refused(
        &ends,
        &authority,
        Why::OtherRole,
        AlertDescription::AccessDenied,
    );
    let told = refused.in_both();
    for words in ["counter", "portal portal-1", "another role's"] {
        assert!(told.en.contains(words), "{}", told.en);
    }
    for words in ["counter", "portal portal-1", "別の役割"] {
        assert!(told.ja.contains(words), "{}", told.ja);
    }
    // The portal stands where the authority should.
    let asks = authority
        .client(Role::Authority)
        .unwrap();
    let (client, server) = shake(
        asks,
        portal
            .server(&[Role::Authority])
            .unwrap(),
        untouched,
    );
    let refused = refusal_by_asker(&client);
    assert_eq!(refused.why, Why::OtherRole);
    assert_eq!(refused.shown.as_ref().unwrap().peer(), Some(&portal.own()));
    assert!(!server.is_through());
    assert_eq!(authority.health().refusals, 2);
}

#[test]
fn an_expired_certificate_is_refused_by_name_at_both_ends() {
    let city = City::new();
    let counter = city.identity(Role::Counter, "counter-1");
    city.clock.advance(DAY);
    let authority = city.identity(Role::Authority, "authority-1");
    // The counter's last day is over; the authority has one more.
    city.clock
        .advance((i64::from(DAYS) - 1) * DAY + 1);
    let ends = ask(&counter, &authority);
    let not_after = counter.health().not_after;
    let why = Why::Expired { not_after };
    assert_refused(&ends, &authority, why, AlertDescription::CertificateExpired);
    let asks = authority.client(Role::Counter).unwrap();
    let (client, _) = shake(
        asks,
        counter
            .server(&[Role::Authority])
            .unwrap(),
        untouched,
    );
    assert_eq!(refusal_by_asker(&client).why, why);
    assert!(not_after < city.clock.now());
}

#[test]
fn a_revoked_certificate_is_refused_by_name_at_both_ends_from_the_next_handshake_on() {
    let city = City::new();
    let counter = city.identity(Role::Counter, "counter-1");
    let authority = city.identity(Role::Authority, "authority-1");
    let (client, server) = ask(&counter, &authority);
    assert!(client.is_through() && server.is_through());
    let shown = shirushi_roles::shown(&server.connection).unwrap();
    assert_eq!(authority.still_accepts(&[Role::Counter], &shown), Ok(()));
    city.revoke("counter-1", &["authority-1"]);
    let ends = ask(&counter, &authority);
    let alert = AlertDescription::CertificateRevoked;
    assert_refused(&ends, &authority, Why::Revoked, alert);
    let asks = authority.client(Role::Counter).unwrap();
    let (client, _) = shake(
        asks,
        counter
            .server(&[Role::Authority])
            .unwrap(),
        untouched,
    );
    assert_eq!(refusal_by_asker(&client).why, Why::Revoked);
    // The connection from before is given up as well.
    let refused = authority
        .still_accepts(&[Role::Counter], &shown)
        .unwrap_err();
    assert_eq!(refused.why, Why::Revoked);
}

#[test]
fn a_certificate_of_another_role_ca_of_the_same_name_is_refused() {
    let (city, elsewhere) = (City::new(), City::new());
    let authority = city.identity(Role::Authority, "authority-1");
    let foreign = elsewhere.identity(Role::Counter, "counter-1");
    // The asker refuses first.
    let ends = ask(&foreign, &authority);
    assert_eq!(refusal_by_asker(&ends.0).why, Why::Foreign);
    // And is refused where it does not.
    let ends = ask_as_stranger(&city, &elsewhere.path("counter-1"), &authority);
    assert_refused(&ends, &authority, Why::Foreign, AlertDescription::UnknownCA);
}

#[test]
fn a_certificate_that_has_signed_itself_is_refused() {
    let city = City::new();
    let authority = city.identity(Role::Authority, "authority-1");
    let folder = city.copy("authority-1", "own");
    let names = COUNTER.trim_end();
    for (is_authority, why, alert) in [
        ("FALSE", Why::Foreign, AlertDescription::UnknownCA),
        ("TRUE", Why::Unfit, AlertDescription::BadCertificate),
    ] {
        city.openssl_does(&format!(
            "req -x509 -new -key own/identity.key -subj /CN=counter-1 -days 10 -out own/identity.pem \
             -addext basicConstraints=critical,CA:{is_authority} -addext {names}"
        ));
        let ends = ask_as_stranger(&city, &folder, &authority);
        let refused = assert_refused(&ends, &authority, why, alert);
        // What it calls itself is told all the same.
        assert!(
            refused
                .to_string()
                .contains("counter counter-1"),
            "{refused}"
        );
    }
}

/// Who shows what lies in a folder, without looking at it itself.
fn ask_as_stranger(
    city: &City,
    folder: &Path,
    authority: &Identity,
) -> (End<ClientConnection>, End<ServerConnection>) {
    let answers = authority
        .server(&[Role::Counter])
        .unwrap();
    shake_at(HOST, stranger(city, Some(folder)), answers, untouched)
}

#[test]
fn what_the_role_ca_would_never_issue_is_refused_although_it_has_signed_it() {
    let city = City::new();
    let authority = city.identity(Role::Authority, "authority-1");
    city.issue(Role::Counter, "counter-1");
    // Made by hand, and right.
    let folder = city.misissue("counter-1", &[PURPOSES, COUNTER].concat());
    assert!(
        ask_as_stranger(&city, &folder, &authority)
            .1
            .is_through()
    );
    std::fs::remove_dir_all(folder).unwrap();
    let server_only = "keyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\n";
    let no_purpose = "keyUsage=critical,digitalSignature\n";
    let no_usage = "extendedKeyUsage=serverAuth,clientAuth\n";
    let two_names = COUNTER.replace(
        "URI:",
        "URI:spiffe://roles.shirushi.internal/authority/a,URI:",
    );
    let no_uri = "subjectAltName=DNS:counter.roles.shirushi.internal\n";
    let other_name = COUNTER.replace("DNS:counter", "DNS:authority");
    for (purposes, names, why) in [
        (server_only, COUNTER, Why::Purpose),
        (no_purpose, COUNTER, Why::Purpose),
        (no_usage, COUNTER, Why::Purpose),
        (PURPOSES, two_names.as_str(), Why::NoService),
        (PURPOSES, no_uri, Why::NoService),
        (PURPOSES, other_name.as_str(), Why::NoService),
    ] {
        let folder = city.misissue("counter-1", &[purposes, names].concat());
        let refused = city.try_open("misissued").unwrap_err();
        assert!(refused.path.ends_with("identity.pem"), "{refused}");
        let (client, server) = ask_as_stranger(&city, &folder, &authority);
        assert!(!server.is_through(), "{purposes}{names}");
        assert!(matches!(client.error, Some(Error::AlertReceived(_))));
        assert_eq!(
            authority.health().refused.unwrap().why,
            why,
            "{purposes}{names}"
        );
        std::fs::remove_dir_all(folder).unwrap();
    }
}

#[test]
fn without_a_certificate_and_below_tls_1_3_nobody_gets_in() {
    let city = City::new();
    let authority = city.identity(Role::Authority, "authority-1");
    let answers = || {
        authority
            .server(&[Role::Counter])
            .unwrap()
    };
    let (client, server) = shake_at(HOST, stranger(&city, None), answers(), untouched);
    assert!(!server.is_through());
    let required = AlertDescription::CertificateRequired;
    assert_eq!(client.error, Some(Error::AlertReceived(required)));
    let old = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_protocol_versions(&[&TLS12])
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    let (client, server) = shake_at(HOST, old, answers(), untouched);
    assert!(!server.is_through());
    let version = AlertDescription::ProtocolVersion;
    assert_eq!(client.error, Some(Error::AlertReceived(version)));
}

#[test]
fn what_was_renewed_is_shown_from_the_next_handshake_on_and_the_one_before_lasts() {
    let city = City::new();
    let counter = city.identity(Role::Counter, "counter-1");
    let authority = city.identity(Role::Authority, "authority-1");
    let asks = counter.client(Role::Authority).unwrap();
    let answers = authority
        .server(&[Role::Counter])
        .unwrap();
    let serials = || {
        let (client, server) = shake(asks.clone(), answers.clone(), untouched);
        let serial = |connection: &rustls::CommonState| {
            *shirushi_roles::shown(connection)
                .unwrap()
                .serial()
        };
        (serial(&server.connection), serial(&client.connection))
    };
    let before = serials();
    assert_eq!(serials(), before);
    city.renew("counter-1");
    let after = serials();
    assert!(after.0 != before.0 && after.1 == before.1);
    city.renew("authority-1");
    assert!(serials().1 != before.1);
}

#[test]
fn a_list_counts_also_where_the_own_certificate_is_on_it() {
    let city = City::new();
    let counter = city.identity(Role::Counter, "counter-1");
    let authority = city.identity(Role::Authority, "authority-1");
    city.revoke("authority-1", &["authority-1"]);
    assert!(
        authority
            .health()
            .trouble
            .unwrap()
            .to_string()
            .contains("revoked")
    );
    city.revoke("counter-1", &["authority-1"]);
    let answers = authority
        .server(&[Role::Counter])
        .unwrap();
    // The counter does not know yet that either is revoked.
    let (_, server) = shake(counter.client(Role::Authority).unwrap(), answers, untouched);
    assert!(!server.is_through());
    assert_eq!(authority.health().refused.unwrap().why, Why::Revoked);
}
