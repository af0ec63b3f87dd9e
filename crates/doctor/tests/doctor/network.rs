//! The responder, the clock, proxies and the agent's port.

use crate::{
    home::Home,
    pki::{DAY, NOW, ResponseDraft, Said, at},
    server::{Server, http, ocsp},
    world::{World, free_address, named, only_fault, only_warning},
};
use shirushi_doctor::{Outcome, examine};

#[test]
fn a_responder_that_is_not_reached() {
    let mut world = World::new();
    let mut surroundings = world.surroundings();
    let url = format!("http://{}/ocsp/auth", free_address());
    surroundings.responder = Some(url.clone());
    let finding = only_fault(&surroundings, "network/responder");
    assert!(finding.fix.unwrap().en.contains(&url));
}

#[test]
fn a_responder_that_answers_with_an_error() {
    let mut world = World::new();
    let mut surroundings = world.surroundings();
    for answer in [
        http("503 Service Unavailable", "text/plain", b"", NOW),
        // tryLater (RFC 6960 §4.2.1)
        ocsp(&[0x30, 0x03, 0x0A, 0x01, 0x03], NOW),
    ] {
        surroundings.responder = Some(Server::start(move |_| answer.clone()).url());
        only_fault(&surroundings, "network/responder");
    }
}

#[test]
fn the_certificate_asked_about_is_the_cards() {
    let home = Home::new();
    let serial = home
        .authentication
        .serial()
        .to_der_content();
    let draft = ResponseDraft::about(
        &home.authentication,
        &home.authority.certificate,
        Said::Good,
    );
    let response = draft.sign_der(&home.authority.key);
    let server = Server::start(move |request| {
        let asked = request
            .windows(serial.len())
            .any(|bytes| bytes == serial);
        match asked {
            true => ocsp(&response, NOW),
            false => http("400 Bad Request", "text/plain", b"", NOW),
        }
    });
    let mut world = World::with(home, server);
    let report = examine(&world.surroundings());
    named(&report, "certificate/revoked", Outcome::Ok);
}

#[test]
fn a_page_in_place_of_the_responder() {
    let mut world = World::new();
    let mut surroundings = world.surroundings();
    for (status, kind) in [
        ("200 OK", "text/html"),
        ("302 Found", "text/html"),
        ("407 Proxy Authentication Required", "text/html"),
        ("511 Network Authentication Required", "text/plain"),
    ] {
        let answer = http(status, kind, b"<h1>Log in to the network</h1>", NOW);
        surroundings.responder = Some(Server::start(move |_| answer.clone()).url());
        only_fault(&surroundings, "network/proxy");
    }
}

#[test]
fn a_proxy_in_the_environment() {
    let mut world = World::new();
    let mut surroundings = world.surroundings();
    let mut set = |name: &str, value: &str| {
        surroundings
            .environment
            .insert(name.to_owned(), value.into());
    };
    set("https_proxy", "http://hanko:geheim@proxy.example:3128");
    set("no_proxy", "localhost");
    let finding = only_warning(&surroundings, "network/proxy");
    assert!(
        finding
            .seen
            .en
            .contains("http://proxy.example:3128")
    );
    assert!(!finding.seen.en.contains("geheim"));
    surroundings
        .environment
        .insert("no_proxy".to_owned(), "localhost, 127.0.0.1".into());
    named(&examine(&surroundings), "network/proxy", Outcome::Ok);
}

#[test]
fn a_wrong_clock() {
    let mut world = World::new();
    let mut surroundings = world.surroundings();
    for (off, said) in [
        (3 * 3_600, "3 hours ahead of"),
        (-3 * 3_600, "3 hours behind"),
        (-10 * DAY, "10 days behind"),
    ] {
        surroundings.now = at(NOW + off);
        let finding = only_fault(&surroundings, "network/clock");
        assert!(finding.seen.en.contains(said), "{finding:?}");
    }
}

/// Where no answer tells the time, a certificate of tomorrow is not called expired, and nobody is sent to apply for another.
#[test]
fn a_certificate_of_tomorrow_is_not_expired() {
    let mut world = World::new();
    let mut surroundings = world.surroundings();
    surroundings.responder = Some(format!("http://{}/ocsp/auth", free_address()));
    surroundings.now = world
        .home
        .authentication
        .not_before()
        .plus_seconds(-DAY);
    let report = examine(&surroundings);
    named(&report, "certificate/expired", Outcome::Ok);
    let finding = named(&report, "certificate/not-yet-valid", Outcome::Fault);
    let fix = finding.fix.unwrap();
    assert!(
        fix.en.contains("clock") && !fix.en.contains("Apply"),
        "{fix:?}"
    );
    assert!(
        fix.ja.contains("時計") && !fix.ja.contains("申請"),
        "{fix:?}"
    );
}

#[test]
fn what_a_wrong_clock_says_of_validity_is_not_believed() {
    let mut world = World::new();
    let mut surroundings = world.surroundings();
    surroundings.now = at(NOW + 3_000 * DAY);
    only_fault(&surroundings, "network/clock");
}

#[test]
fn a_sandbox_that_lives_in_the_future() {
    let mut world = World::new();
    let draft = ResponseDraft::about(
        &world.home.authentication,
        &world.home.authority.certificate,
        Said::Good,
    );
    let response = draft.sign_der(&world.home.authority.key);
    let past = NOW - 30 * DAY;
    world.responder = Server::start(move |_| ocsp(&response, past));
    let mut surroundings = world.surroundings();
    surroundings.now = at(past);
    // The city's time counts for what it has issued, and no clock is to be set.
    let found = named(&examine(&surroundings), "network/clock", Outcome::Ok);
    assert!(
        found
            .seen
            .en
            .contains("a sandbox's can be"),
        "{found:?}"
    );
    named(&examine(&surroundings), "certificate/expired", Outcome::Ok);
    // Elsewhere than at a number of this machine nobody sets the time.
    let by_name = surroundings
        .responder
        .take()
        .unwrap_or_else(|| world.responder.url())
        .replace("127.0.0.1", "localhost");
    surroundings.responder = Some(by_name);
    let found = named(&examine(&surroundings), "network/clock", Outcome::Warning);
    assert!(
        found
            .seen
            .en
            .contains("authority's clock"),
        "{found:?}"
    );
}

#[test]
fn the_agents_port_taken() {
    let mut world = World::new();
    let mut surroundings = world.surroundings();
    let other = Server::start(|_| http("200 OK", "text/html", b"<title>printer</title>", NOW));
    surroundings.agent = other.address();
    let finding = only_fault(&surroundings, "agent/port");
    assert!(
        finding
            .fix
            .unwrap()
            .en
            .contains(&other.address().to_string())
    );
    // Another account's agent is an agent, and of no use here.
    let page = b"<body data-site=\"agent\" data-rule=\"agent/owner-only\">";
    let closed = http("403 Forbidden", "text/html", page, NOW);
    let server = Server::start(move |_| closed.clone());
    surroundings.agent = server.address();
    let finding = only_fault(&surroundings, "agent/port");
    assert!(
        finding
            .seen
            .en
            .contains("another account's"),
        "{finding:?}"
    );
    // A port that is held by something that speaks no HTTP.
    let silent = Server::start(|_| Vec::new());
    surroundings.agent = silent.address();
    only_fault(&surroundings, "agent/port");
}

#[test]
fn nobody_is_asked_who_need_not_be() {
    let mut world = World::new();
    let refuses = Server::start(|_| panic!("asked"));
    world.responder = refuses;
    let mut surroundings = world.surroundings();
    surroundings.is_online = false;
    let report = examine(&surroundings);
    named(&report, "network/responder", Outcome::NotConcerned);
    named(&report, "certificate/revoked", Outcome::NotConcerned);
    assert_eq!(report.worst(), None);
}
