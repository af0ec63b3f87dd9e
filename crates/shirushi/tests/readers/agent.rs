//! The agent with the machine's readers: an errand is done with the card in a real reader, and the page says how readers and cards stand.

use crate::{
    browser::{Browser, Sending},
    citizen::AUTHENTICATION_PIN,
    seat::Seat,
    site,
};
use serde_json::Value;
use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Stdio},
};

/// A running agent.
pub(crate) struct Agent {
    child: Child,
    pub(crate) url: String,
}

impl Agent {
    pub(crate) fn start(seat: &Seat) -> Self {
        let folder = seat.path("agent");
        let mut child = seat
            .command(&[
                "agent",
                "--json",
                "--listen",
                "127.0.0.1:0",
                "--site",
                site::origin(),
                "--dir",
            ])
            .arg(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let told: Value = serde_json::from_str(&line).unwrap();
        let url = told["url"].as_str().unwrap().to_owned();
        Self { child, url }
    }

    /// A log-in that the site asks for; the errand's address at the agent.
    pub(crate) fn errand(&self, browser: &mut Browser) -> String {
        let mut at_site = Browser::new(site::origin());
        let given = at_site.get(&format!("/give?agent={}&password=false", self.url));
        assert_eq!(given.status, 303, "{given:?}");
        let address = given
            .location
            .strip_prefix(&self.url)
            .unwrap()
            .to_owned();
        let entered = browser.get(&address);
        assert_eq!(entered.status, 303, "{entered:?}");
        entered.location
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn an_errand_is_done_with_the_card_in_a_reader() {
    let seat = Seat::new();
    let card = seat.insert(&["--interface", "contactless"]);
    let agent = Agent::start(&seat);
    let mut browser = Browser::new(&agent.url);
    let home = browser.get("/");
    assert!(
        home.text
            .contains("Virtual PCD 00 00: カードがあります"),
        "{}",
        home.text
    );
    assert!(
        home.text
            .contains("Virtual PCD 00 01: カードはありません"),
        "{}",
        home.text
    );

    let errand = agent.errand(&mut browser);
    let page = browser.get(&errand);
    assert_eq!(page.hidden("tries").as_deref(), Some("3"), "{}", page.text);
    let token = page.token_of("/pin").unwrap();
    let fields = ["card", "tries"].map(|name| (name, page.hidden(name).unwrap()));
    let mut fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    fields.extend([("form-token", token.as_str()), ("pin", AUTHENTICATION_PIN)]);
    let (done, passed) = seat.during(|| {
        browser
            .post(&format!("{errand}/pin"), &fields, Sending::Whole)
            .unwrap()
    });
    assert_eq!(done.location, format!("{errand}/done"), "{}", done.text);
    let of_password = |e: &shirushi_lab::Exchange| e.command.ends_with(&[0x00, 0x1B]);
    assert!(!passed.iter().any(of_password));
    assert_eq!(seat.tries(), [3, 5, 3]);

    // Out of the reader: said, and nothing is asked for.
    card.pull();
    let home = browser.get("/");
    assert!(
        home.text
            .contains("Virtual PCD 00 00: カードはありません"),
        "{}",
        home.text
    );
    let errand = agent.errand(&mut browser);
    assert_eq!(browser.get(&errand).hidden("tries"), None);
    // The same errand goes on when the card is back.
    let _card = seat.insert(&[]);
    assert_eq!(
        browser
            .get(&errand)
            .hidden("tries")
            .as_deref(),
        Some("3")
    );
}

#[test]
fn a_service_that_dies_is_told_and_found_again() {
    let seat = Seat::new();
    let agent = Agent::start(&seat);
    let mut browser = Browser::new(&agent.url);
    assert!(
        browser
            .get("/")
            .text
            .contains("Virtual PCD 00 00")
    );
    seat.lab.kill_service();
    let told = browser.get("/").text;
    assert!(told.contains("sudo systemctl start pcscd.socket"), "{told}");
    seat.lab.start_service();
    assert!(
        browser
            .get("/")
            .text
            .contains("Virtual PCD 00 00")
    );
}
