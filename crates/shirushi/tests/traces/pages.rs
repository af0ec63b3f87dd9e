//! Paths through the agent's pages.

use crate::{
    browser::{Browser, Page, Sending},
    card::{Modelled, Which},
    draws::Draws,
    image::{BINARY, remove_wipe, search},
    needles::{Needle, needles},
    site,
};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::Value;
use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// How long what a path has begun may take to end in the agent.
const PATIENCE: Duration = Duration::from_secs(20);

/// The agent with one card in its reader.
struct Agent {
    _folder: TempDir,
    child: Child,
    url: String,
    card: Modelled,
}

impl Agent {
    fn start(is_wiping: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Not through a wallet of our own: its lock on the card would live on for a moment in whatever another test starts just then.
        let cards = folder.path().join("cards");
        std::fs::create_dir(&cards).unwrap();
        let mut card = Modelled::new(cards.join("fresh"));
        let number = card.number();
        let path = cards.join(format!("{number}.card"));
        std::fs::rename(&card.path, &path).unwrap();
        card.path = path;
        let mut child = Command::new(BINARY)
            .args(["agent", "--json", "--listen", "127.0.0.1:0", "--dir"])
            .arg(folder.path())
            .args(["--site", site::origin()])
            .env_clear()
            .env("HOME", folder.path())
            .env("LC_ALL", "C.UTF-8")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let told: Value = serde_json::from_str(&line).unwrap();
        if !is_wiping {
            remove_wipe(child.id() as i32, Path::new(BINARY));
        }
        let url = told["url"].as_str().unwrap().to_owned();
        let mut browser = Browser::new(&url);
        let page = browser.get("/");
        move_card(&mut browser, &page, "/reader/insert", &number);
        Self {
            _folder: folder,
            child,
            url,
            card,
        }
    }

    fn found(&self, needles: &[Needle]) -> Vec<String> {
        let pid = Pid::from_raw(self.child.id() as i32);
        kill(pid, Signal::SIGSTOP).unwrap();
        let found = search(pid.as_raw(), needles);
        kill(pid, Signal::SIGCONT).unwrap();
        found
    }

    /// Nothing is found once the agent has done what it was asked. It tells nobody when a connection's buffers are gone, so it is
    /// looked at until they are.
    fn require_clean(&self, needles: &[Needle], story: &str) {
        let end = Instant::now() + PATIENCE;
        loop {
            let found = self.found(needles);
            if found.is_empty() {
                return;
            }
            assert!(Instant::now() < end, "{story}: {found:#?}");
            thread::yield_now();
        }
    }

    /// Goes with a new errand to the page on which the PIN is typed. Answers its address.
    fn errand(&self, browser: &mut Browser, which: Which) -> String {
        let password = which == Which::Signature;
        let mut at_site = Browser::new(site::origin());
        let give = format!("/give?password={password}&agent={}", self.url);
        let sent = at_site.get(&give).location;
        let entered = browser.get(sent.strip_prefix(&self.url).unwrap());
        assert_eq!(entered.status, 303, "{}", entered.text);
        entered.location
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Several paths through one agent.
pub(crate) fn paths(seed: u64, count: u64) {
    let mut draws = Draws::new(seed);
    let mut agent = Agent::start(true);
    for n in 0..count {
        let mut browser = Browser::new(&agent.url);
        let which = [Which::Authentication, Which::Signature][draws.below(2)];
        let right = agent.card.held(which).value.clone();
        let typed = match draws.below(8) {
            0..=2 => right.clone(),
            3 => right.to_ascii_lowercase(),
            4 => format!("{}%+ 1", draws.password()),
            _ if which == Which::Signature => draws.password(),
            _ => draws.digits(),
        };
        let sending = match draws.below(8) {
            0 => Sending::NotReading,
            1 => Sending::CutShort,
            _ => Sending::Whole,
        };
        let is_confirmed = draws.once_in(2);
        let is_stale = draws.once_in(10);
        let is_ejected = draws.once_in(10);
        // Where the owner goes without any site: the certificate is looked at, or the PIN is changed.
        let own = draws
            .once_in(3)
            .then(|| match which == Which::Signature && draws.once_in(2) {
                true => "/certificates/sign".to_owned(),
                false => format!("/pins/{}", which.word()),
            });
        let new = match which {
            Which::Signature => draws.password(),
            _ => draws.digits(),
        };
        let story = format!(
            "seed {seed:#x}, path {n}: {own:?}, {typed:?} for {which:?}, new {new:?}, {sending:?}, confirmed {is_confirmed}, stale {is_stale}, ejected \
             {is_ejected}, before: {:?}",
            agent.card.held(which)
        );

        let (address, action) = match &own {
            Some(own) => (own.clone(), own.clone()),
            None => {
                let errand = agent.errand(&mut browser, which);
                let action = format!("{errand}/pin");
                (errand, action)
            }
        };
        let changes = action.starts_with("/pins/");
        let page = browser.get(&address);
        assert_eq!(page.status, 200, "{story}: {}", page.text);
        let tries = agent.card.held(which).tries;
        if let Some(fields) = Form::of(&page, &action) {
            assert_eq!(fields.tries, tries.to_string(), "{story}");
            if is_ejected {
                move_card(&mut browser, &page, "/reader/eject", &fields.card);
            }
            let word = if is_confirmed { "yes" } else { "" };
            let told = if is_stale { "9" } else { fields.tries.as_str() };
            let mut all = vec![
                ("form-token", fields.token.as_str()),
                ("card", &fields.card),
                ("tries", told),
                ("pin", &typed),
                ("confirm", word),
            ];
            all.extend(
                fields
                    .press
                    .as_deref()
                    .map(|press| ("press", press)),
            );
            if changes {
                all.extend([("new", new.as_str()), ("new-again", &new)]);
            }
            browser.post(&action, &all, sending);
            let is_sent = sending != Sending::CutShort
                && !is_ejected
                && !is_stale
                && (tries > 1 || is_confirmed)
                && crate::commands::has_form(which, &typed)
                && (!changes || crate::commands::has_form(which, &new));
            if is_sent && agent.card.present(which, &typed) && changes {
                agent.card.set(which, &new);
            }
            if is_ejected {
                move_card(&mut browser, &page, "/reader/insert", &fields.card);
            }
        } else {
            assert_eq!(tries, 0, "no form: {story}: {}", page.text);
        }
        let all = match changes {
            true => vec![typed, right, new],
            false => vec![typed, right],
        };
        agent.require_clean(&needles(&all), &story);
        agent.card.require_as_modelled(&story);
        // An agent takes so many errands at once and no more.
        let page = browser.get(&address);
        if let Some(token) = page.token_of("/decline") {
            let path = format!("{address}/decline");
            browser.post(&path, &[("form-token", &token)], Sending::Whole);
        }
        browser.let_go();
    }
}

/// Takes the card out, or puts it in again.
fn move_card(browser: &mut Browser, page: &Page, path: &str, card: &str) {
    let token = page.hidden("form-token").unwrap();
    let fields = [
        ("form-token", token.as_str()),
        ("back", "/"),
        ("card", card),
    ];
    let moved = browser
        .post(path, &fields, Sending::Whole)
        .unwrap();
    assert_eq!(moved.status, 303, "{}", moved.text);
}

/// The form into which a PIN is typed; none on a page that says it is locked.
struct Form {
    token: String,
    card: String,
    tries: String,
    /// Of a form that is taken once.
    press: Option<String>,
}

impl Form {
    fn of(page: &Page, action: &str) -> Option<Self> {
        Some(Self {
            tries: page.hidden("tries")?,
            token: page.token_of(action)?,
            card: page.hidden("card")?,
            press: page.hidden("press"),
        })
    }
}

/// A PIN typed on the page of an agent from which the wipe was taken out.
pub(crate) fn control() {
    for is_wiping in [false, true] {
        let agent = Agent::start(is_wiping);
        for which in [Which::Authentication, Which::Signature] {
            let mut browser = Browser::new(&agent.url);
            let errand = agent.errand(&mut browser, which);
            let page = browser.get(&errand);
            let form = Form::of(&page, "/pin").unwrap_or_else(|| panic!("no form: {}", page.text));
            let pin = agent.card.held(which).value.clone();
            let fields = [
                ("form-token", form.token.as_str()),
                ("card", &form.card),
                ("tries", &form.tries),
                ("pin", &pin),
            ];
            let answer = browser
                .post(&format!("{errand}/pin"), &fields, Sending::Whole)
                .unwrap();
            assert_eq!(answer.status, 303, "{}", answer.text);
            let needles = needles(&[pin]);
            if is_wiping {
                agent.require_clean(&needles, "the control");
            } else {
                assert!(
                    !agent.found(&needles).is_empty(),
                    "nothing is found of {which:?}"
                );
            }
        }
    }
}
