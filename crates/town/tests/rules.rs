//! Every rule that the story names does its work: switched off, the story fails at that rule's step and nowhere before.
//!
//! * The story goes well while all rules are on.
//! * For each rule of the story: with that rule alone switched off, the first step that fails is one of that rule's.
//! * A rule that the story does not name is named here, with the test that shows it instead.
#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests fail as loudly as tests"
)]

use shirushi_rules::{RULES, switch_off, switch_on_all};
use shirushi_tour::{Artefacts, Listener, Step, Story, tell};
use shirushi_town::{PagesAt, Records, Residents, Town, TownConfig};
use std::{collections::BTreeSet, net::SocketAddr};

/// Rules that the story does not break, most because no program can from outside through its faces, and where they are shown to refuse. Of the lint rule
/// only the linter is shown: what it would find is stopped before it.
const SHOWN_ELSEWHERE: &[(&str, &str)] = &[
    ("authority/clock-right", "crates/authority/tests"),
    ("authority/officer-signed", "crates/authority/tests"),
    ("authority/officer-municipality", "crates/authority/tests"),
    // The story's holders go to the counter.
    ("authority/holder-signed", "crates/authority/tests"),
    ("authority/own-certificates", "crates/authority/tests"),
    ("authority/request-fresh", "crates/authority/tests"),
    // The city of the story renews its keys in time.
    ("authority/covers", "crates/authority/tests"),
    ("authority/lint", "crates/profile/tests"),
    // An honest counter never says what these refuse.
    ("authority/statement-signed", "crates/authority/tests"),
    ("authority/statement-for-this", "crates/authority/tests"),
    ("authority/statement-fresh", "crates/authority/tests"),
    ("authority/taken-recently", "crates/authority/tests"),
    ("authority/application-open", "crates/authority/tests"),
    ("authority/key-new", "crates/authority/tests"),
    ("authority/revocation-reason", "crates/authority/tests"),
    ("authority/revocation-here", "crates/authority/tests"),
    ("register/look-up-signed", "crates/register/tests"),
    ("register/look-up-fresh", "crates/register/tests"),
    ("filing/status-known", "crates/agency/tests"),
    // The story's people sign with their cards, which make none of these.
    ("filing/signature-form", "crates/signature/tests"),
    ("filing/signer-certificate", "crates/signature/tests"),
    ("filing/algorithm-accepted", "crates/signature/tests"),
    // Its clock only goes ahead.
    ("filing/already-valid", "crates/signature/tests"),
    // Of pages, which the story does not walk; a browser does.
    ("counter/card-read", "crates/counter/tests/desk.rs"),
    ("agency/clerk-known", "crates/agency/tests/desk.rs"),
    ("agency/decided-once", "crates/agency/tests/desk.rs"),
    ("page/of-this-session", "crates/web/tests/pages.rs"),
    ("page/logged-in", "crates/portal/tests"),
    ("agent/owner-only", "crates/agent/tests"),
    ("agent/site-allowed", "crates/agent/tests"),
    ("agent/site-over-tls", "crates/agent/tests"),
    ("agent/errands-at-once", "crates/agent/tests"),
    ("agent/ticket-good", "crates/web/tests/pages.rs"),
    ("page/not-too-much-at-once", "crates/web/tests"),
    ("agent/top-level-navigation", "crates/agent/tests"),
    ("agent/issuer-channel-only", "crates/agent/tests"),
    ("agent/last-try-confirmed", "crates/agent/tests"),
    ("portal/log-in-proven", "crates/portal/tests"),
    ("portal/log-in-alive", "crates/portal/tests"),
    ("portal/log-in-known-alive", "crates/portal/tests"),
];

struct Quiet;

impl Listener for Quiet {
    fn step(&mut self, _: &Step, _: &Artefacts) {}
}

async fn story(base: &str) -> Story {
    tell(base, &mut Quiet).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_story_fails_at_the_step_of_the_rule_that_is_switched_off() {
    let folder = tempfile::tempdir().unwrap();
    let town = Town::open(TownConfig {
        folder: folder.path().to_owned(),
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        residents: Residents::Nobody,
        pages: PagesAt::default(),
        records: Records::default(),
    })
    .await
    .unwrap();
    let base = town.base();
    tokio::spawn(town.serve(std::future::pending()));

    let good = story(&base).await;
    assert!(good.is_good(), "{:#?}", good.steps.last());
    let refusals = good
        .steps
        .iter()
        .filter(|step| step.rule.is_some())
        .count();
    assert!(good.steps.len() >= 30, "{} steps", good.steps.len());
    assert!(refusals >= 14, "{refusals} refusals");

    let named: BTreeSet<String> = good
        .steps
        .iter()
        .filter_map(|step| step.rule.clone())
        .collect();
    let elsewhere: BTreeSet<String> = SHOWN_ELSEWHERE
        .iter()
        .map(|(rule, _)| (*rule).to_owned())
        .collect();
    let all: BTreeSet<String> = RULES
        .iter()
        .map(|rule| rule.id.to_owned())
        .collect();
    assert_eq!(
        all,
        named
            .union(&elsewhere)
            .cloned()
            .collect(),
        "each rule is in the story or said to be shown elsewhere"
    );
    assert!(named.is_disjoint(&elsewhere));

    for rule in &named {
        switch_off(rule);
        let broken = story(&base).await;
        switch_on_all();
        let failed = broken
            .steps
            .iter()
            .find(|step| !step.ok)
            .unwrap_or_else(|| panic!("{rule} is switched off, and the story goes well"));
        assert_eq!(
            failed.rule.as_ref(),
            Some(rule),
            "{rule} is switched off, and the first step that fails is {failed:#?}"
        );
    }
}
