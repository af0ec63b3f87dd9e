//! Between roles.

use crate::city::{City, Service, ask, get_of};
use shirushi_roles::{Role, Why, peer_refused};
use shirushi_web::TlsDoor;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

const SHOWS_COUNTER: &str = "-cert counter-1/identity.pem -key counter-1/identity.key";

#[tokio::test(flavor = "multi_thread")]
async fn openssl_gets_in_with_an_accepted_roles_certificate_and_each_request_bears_its_name() {
    let city = City::new();
    let authority = city.identity(Role::Authority, "authority-1");
    city.identity(Role::Counter, "counter-1");
    let door = TlsDoor::between_roles(&authority, &[Role::Counter]).unwrap();
    let service = Service::behind(door).await;
    let judged = "-CAfile counter-1/ca.pem -verify_return_error -verify_hostname authority.roles.shirushi.internal";
    let options = format!("{SHOWS_COUNTER} {judged} -tls1_3 -alpn http/1.1");
    let told = city
        .s_client(service.address, "/who", &options)
        .await;
    for part in [
        "Some(\"counter counter-1\") of account true",
        "Verify return code: 0 (ok)",
        "TLSv1.3",
        "ALPN protocol: http/1.1",
    ] {
        assert!(told.contains(part), "no {part} in {told}");
    }
    let told = city
        .s_client(service.address, "/counters", &options)
        .await;
    assert!(told.contains("for counters"), "{told}");
    // Nothing to resume by.
    assert!(!told.contains("New Session Ticket"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_sent_away_reads_why_in_the_alert_and_the_log_has_the_name() {
    let (city, elsewhere) = (City::new(), City::new());
    let authority = city.identity(Role::Authority, "authority-1");
    city.identity(Role::Portal, "portal-1");
    city.identity(Role::Counter, "revoked-1");
    city.identity(Role::Counter, "counter-1");
    elsewhere.identity(Role::Counter, "counter-1");
    std::fs::rename(elsewhere.path("counter-1"), city.path("foreign-1")).unwrap();
    city.revoke("revoked-1", "authority-1");
    let door = TlsDoor::between_roles(&authority, &[Role::Counter]).unwrap();
    let service = Service::behind(door).await;
    let shows = |folder: &str| format!("-cert {folder}/identity.pem -key {folder}/identity.key");
    for (options, alert, why) in [
        (String::new(), "alert number 116", None),
        (format!("{SHOWS_COUNTER} -tls1_2"), "alert number 70", None),
        (shows("portal-1"), "alert number 49", Some(Why::OtherRole)),
        (shows("revoked-1"), "alert number 44", Some(Why::Revoked)),
        (shows("foreign-1"), "alert number 48", Some(Why::Foreign)),
    ] {
        let told = city
            .s_client(service.address, "/who", &options)
            .await;
        let told = told.to_lowercase();
        assert!(told.contains(alert), "no {alert} in {told}");
        assert!(!told.contains("of account"), "{told}");
        if let Some(why) = why {
            assert_eq!(authority.health().refused.unwrap().why, why);
        }
    }
    city.clock.advance(31 * 86_400);
    let told = city
        .s_client(service.address, "/who", SHOWS_COUNTER)
        .await;
    assert!(told.contains("alert number 45"), "{told}");
    let refused = authority.health().refused.unwrap();
    assert!(matches!(refused.why, Why::Expired { .. }));
    assert!(
        refused
            .to_string()
            .contains("counter counter-1"),
        "{refused}"
    );
}

#[tokio::test]
async fn a_route_refuses_a_role_that_it_does_not_name_with_both_names_and_the_reason() {
    let city = City::new();
    let authority = city.identity(Role::Authority, "authority-1");
    let portal = city.identity(Role::Portal, "portal-1");
    let door = TlsDoor::between_roles(&authority, &[Role::Counter, Role::Portal]).unwrap();
    let service = Service::behind(door).await;
    let mut stream = service
        .connect(&portal, Role::Authority)
        .await
        .unwrap();
    let answer = ask(&mut stream, &get_of("/counters")).await;
    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
    for part in [
        "\"problem\":\"peer-other-role\"",
        "a certificate of counter was expected, and that of portal portal-1",
        "another role's",
        "別の役割のものです",
    ] {
        assert!(answer.contains(part), "no {part} in {answer}");
    }
    let mut stream = service
        .connect(&portal, Role::Authority)
        .await
        .unwrap();
    let answer = ask(&mut stream, &get_of("/who")).await;
    assert!(
        answer.ends_with("Some(\"portal portal-1\") of account true"),
        "{answer}"
    );
}

#[tokio::test]
async fn whom_the_asker_expects_is_compared_whatever_its_address() {
    let city = City::new();
    let authority = city.identity(Role::Authority, "authority-1");
    let counter = city.identity(Role::Counter, "counter-1");
    let door = TlsDoor::between_roles(&authority, &[Role::Counter]).unwrap();
    let service = Service::behind(door).await;
    let error = service
        .connect(&counter, Role::Register)
        .await
        .unwrap_err();
    let refused = peer_refused(&error).unwrap();
    assert_eq!(
        (refused.why, &refused.expected[..]),
        (Why::OtherRole, &[Role::Register][..])
    );
    let shown = refused.shown.as_ref().unwrap();
    assert_eq!(shown.peer(), Some(&authority.own()));
}

#[tokio::test]
async fn who_is_revoked_after_the_handshake_is_told_and_sent_away() {
    let city = City::new();
    let authority = city.identity(Role::Authority, "authority-1");
    let counter = city.identity(Role::Counter, "counter-1");
    let door = TlsDoor::between_roles(&authority, &[Role::Counter]).unwrap();
    let service = Service::behind(door).await;
    let mut stream = service
        .connect(&counter, Role::Authority)
        .await
        .unwrap();
    stream
        .write_all(b"GET /counters HTTP/1.1\r\nHost: a\r\n\r\n")
        .await
        .unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"for counters") {
        assert_ne!(
            stream
                .read_buf(&mut answer)
                .await
                .unwrap(),
            0
        );
    }
    city.revoke("counter-1", "authority-1");
    // The connection would be kept, and is not.
    let answer = ask(&mut stream, "GET /counters HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
    assert!(answer.contains("\"problem\":\"peer-revoked\""), "{answer}");
    assert!(answer.contains("counter counter-1"), "{answer}");
}
