//! The keys of a city's authority: what is late or failed is a fault, what comes within a year a warning, and nobody is asked where
//! no city is named.

use crate::{
    pki::NOW,
    server::{Server, http},
    world::World,
};
use shirushi_doctor::{Finding, Outcome, examine};

const GENERATIONS: &str = r#"[
    {"kind":"signature","generation":1,"not_before":1700000000,"not_after":1900000000,"responder_until":1800000000,"sha256":"00"},
    {"kind":"signature","generation":2,"not_before":1750000000,"not_after":1950000000,"responder_until":1800000000,"sha256":"01"},
    {"kind":"authentication","generation":1,"not_before":1700000000,"not_after":1900000000,"responder_until":1800000000,"sha256":"02"}]"#;
const AHEAD: &str =
    r#"{"what":"next-generation","kind":"signature","generation":3,"from":1900000000}"#;
const LATE: &str =
    r#"{"what":"responder-late","kind":"authentication","generation":1,"ends":1800000000}"#;
const FAILED: &str = r#"{"what":"renewal-failed","at":1790000000}"#;

/// What is found where the authority answers so.
fn found(status: &'static str, body: String) -> Finding {
    let city = Server::start(move |_| http(status, "application/json", body.as_bytes(), NOW));
    let mut world = World::new();
    let mut surroundings = world.surroundings();
    surroundings.city = Some(format!("http://{}/", city.address()));
    examine(&surroundings)
        .finding("city/keys")
        .unwrap()
        .clone()
}

fn warned(warnings: &[&str]) -> Finding {
    let warnings = warnings.join(",");
    found(
        "200 OK",
        format!(r#"{{"generations":{GENERATIONS},"warnings":[{warnings}]}}"#),
    )
}

#[test]
fn what_is_late_or_failed_is_a_fault_and_what_is_to_come_a_warning() {
    let well = warned(&[]);
    assert_eq!(well.outcome, Outcome::Ok);
    assert_eq!(
        well.seen.en,
        "signature: generation 2 until 2031-10-17, authentication: generation 1 until 2030-03-18"
    );
    let ahead = warned(&[AHEAD]);
    assert_eq!(ahead.outcome, Outcome::Warning);
    assert!(ahead.seen.en.contains("generation 3") && ahead.seen.ja.contains("第3世代"));
    assert!(
        ahead
            .fix
            .unwrap()
            .en
            .contains("/ca/all.pem")
    );
    for wrong in [LATE, FAILED] {
        let fault = warned(&[AHEAD, wrong]);
        assert_eq!(fault.outcome, Outcome::Fault);
        // The worst first, and what is to come is not left out.
        assert!(
            fault
                .seen
                .en
                .ends_with("anew after that"),
            "{}",
            fault.seen.en
        );
    }
}

#[test]
fn an_answer_that_is_none_is_no_good_news_and_nobody_is_asked_without_a_name() {
    for (status, body) in [
        ("404 Not Found", "{}"),
        ("200 OK", "<html></html>"),
        ("503 Service Unavailable", "{}"),
    ] {
        let none = found(status, body.to_owned());
        assert_eq!(none.outcome, Outcome::NotLookedAt, "{status}");
    }
    let mut world = World::new();
    let mut surroundings = world.surroundings();
    let outcome = |report: shirushi_doctor::Report| {
        report
            .finding("city/keys")
            .unwrap()
            .outcome
    };
    assert_eq!(outcome(examine(&surroundings)), Outcome::NotConcerned);
    surroundings.city = Some("http://127.0.0.1:9".to_owned());
    surroundings.is_online = false;
    assert_eq!(outcome(examine(&surroundings)), Outcome::NotConcerned);
}
