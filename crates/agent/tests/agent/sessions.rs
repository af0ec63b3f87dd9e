//! Sessions on a host whose cookies every port reads and sets, and how much one browser may ask of the agent at once:
//!
//! * An errand's session is made at `/enter`, whatever the browser brings, and its cookie goes to that errand alone.
//! * What another port of the host has planted is no session, and does not put out the real one.
//! * A second errand leaves the first as it was; what is too many waits with its ticket good, and another browser has room.
//! * What was asked and never answered does not fill the history, nor hide what was done.

use crate::support::{AGENT, Bench, PIN, browser::Browser, site::challenge};
use shirushi_wire::Want;
use std::sync::atomic::Ordering;

fn log_in() -> Want {
    Want::LogIn {
        challenge: challenge(),
    }
}

/// The one cookie of these whose name begins so: name and value.
fn one(cookies: &str, name: &str) -> (String, String) {
    let found: Vec<_> = cookies
        .split("; ")
        .filter(|cookie| cookie.starts_with(name))
        .collect();
    assert_eq!(found.len(), 1, "{name} in {cookies}");
    let (name, value) = found[0].split_once('=').unwrap();
    (name.to_owned(), value.to_owned())
}

#[tokio::test]
async fn an_errands_session_is_new_and_told_to_that_errand_alone() {
    let bench = Bench::with_card().await;
    bench.browser.get("/").await;
    let before = bench.browser.told_elsewhere("/");
    let (name, browsers) = one(&before, "shirushi-agent=");
    let errand = bench.begin(log_in()).await;
    // A program on another port is told the browser's session, and with it opens no errand.
    assert_eq!(bench.browser.told_elsewhere("/"), before);
    assert_eq!(bench.browser.told_elsewhere("/errands"), before);
    let own = bench.browser.told_elsewhere(&errand);
    let id = errand
        .strip_prefix("/errands/")
        .unwrap();
    let (errands_name, secret) = one(&own, &format!("shirushi-agent-{id}="));
    assert_ne!(secret, browsers);
    for planted in [
        format!("{name}={browsers}; Path=/"),
        format!("{errands_name}={browsers}; Path=/"),
        format!("{errands_name}={}; Path=/", "0123456789abcdef".repeat(4)),
    ] {
        let thief = bench.browser.other();
        thief.keep(&planted);
        assert_eq!(thief.get(&errand).await.status, 404, "{planted}");
        assert_eq!(
            thief
                .get(&format!("{errand}/progress"))
                .await
                .status,
            404
        );
    }
    // Another errand's secret is not this one's.
    let second = bench.begin(log_in()).await;
    let others = bench.browser.told_elsewhere(&second);
    let (_, others) = one(
        &others,
        &format!("shirushi-agent-{}=", &second["/errands/".len()..]),
    );
    let thief = bench.browser.other();
    thief.keep(&format!("{errands_name}={others}; Path={errand}"));
    assert_eq!(thief.get(&errand).await.status, 404);
    // Both wait, each with its own form.
    for errand in [&errand, &second] {
        let answer = bench
            .browser
            .type_pin(errand, PIN, &[])
            .await;
        assert_eq!(answer.status, 303, "{}", answer.text);
    }
}

#[tokio::test]
async fn what_is_planted_is_no_session_and_puts_out_none() {
    let bench = Bench::with_card().await;
    let invented = "0123456789abcdef".repeat(4);
    let victim = bench.browser.other();
    victim.keep(&format!("shirushi-agent={invented}; Path=/"));
    let page = victim.get("/").await;
    let given = page.headers["set-cookie"]
        .to_str()
        .unwrap();
    assert!(
        !given.contains(&invented),
        "a session is not taken from outside"
    );

    // Planted where it is sent before the real one.
    for path in ["/sites", "/reader", "/errands", "/enter"] {
        bench
            .browser
            .keep(&format!("shirushi-agent={invented}; Path={path}"));
    }
    let errand = bench.begin(log_in()).await;
    bench.browser.keep(&format!(
        "shirushi-agent-{}={invented}; Path={errand}/pin",
        &errand["/errands/".len()..]
    ));
    let sites = bench.browser.get("/sites").await;
    let answer = bench
        .browser
        .submit(&sites, "/sites", &[("origin", "https://added.example")])
        .await;
    assert_eq!(answer.status, 303);
    assert!(
        bench
            .browser
            .get("/")
            .await
            .has(&errand)
    );
    let answer = bench
        .browser
        .type_pin(&errand, PIN, &[])
        .await;
    assert_eq!(answer.status, 303, "{}", answer.text);
}

#[tokio::test]
async fn a_browser_that_asks_too_much_waits_and_loses_nothing() {
    let bench = Bench::with_card().await;
    let mut errands = Vec::new();
    for _ in 0..8 {
        errands.push(bench.begin(log_in()).await);
    }
    let asked = || {
        bench
            .site
            .state
            .asked
            .load(Ordering::SeqCst)
    };
    let before = asked();
    let ninth = bench.site.give(log_in()).await;
    let full = bench.browser.walk(&ninth).await;
    assert_eq!(full.status, 422);
    assert!(full.has("agent/errands-at-once"), "{}", full.text);
    assert_eq!(
        asked(),
        before,
        "the site is not asked, and the ticket not used"
    );
    for errand in &errands {
        assert!(full.has(errand));
        assert_eq!(bench.browser.get(errand).await.tries(), "3");
    }
    let other = bench.browser.other();
    let theirs = bench.site.give(log_in()).await;
    assert_eq!(
        other.walk(&theirs).await.status,
        303,
        "another browser has room"
    );

    let page = bench.browser.get(&errands[3]).await;
    bench
        .browser
        .submit(&page, &format!("{}/decline", errands[3]), &[])
        .await;
    let again = full.between("id=\"again\" href=\"", "\"");
    let answer = bench
        .browser
        .walk(&format!("{AGENT}{again}"))
        .await;
    assert_eq!(answer.status, 303, "{}", answer.text);
}

#[tokio::test]
async fn what_nobody_answers_neither_fills_the_history_nor_hides_what_was_done() {
    let bench = Bench::with_card().await;
    let errand = bench.begin(log_in()).await;
    bench
        .browser
        .type_pin(&errand, PIN, &[])
        .await;
    for _ in 0..3 {
        bench.clock.advance(31 * 60);
        let browsers: Vec<Browser> = (0..12)
            .map(|_| bench.browser.other())
            .collect();
        for browser in &browsers {
            for _ in 0..8 {
                let address = bench.site.give(log_in()).await;
                assert_eq!(browser.walk(&address).await.status, 303);
            }
        }
    }
    let waiting = bench.begin(log_in()).await;
    let (kept, done) = rows(&bench);
    assert_eq!((kept, done), (200, 1));
    bench
        .browser
        .type_pin(&waiting, PIN, &[])
        .await;
    assert_eq!(rows(&bench), (199, 2));
}

/// How many lines of the history nobody has answered, and how many are done.
fn rows(bench: &Bench) -> (usize, usize) {
    let database = bench.folder.path().join("agent.db");
    let count = |outcome: &str| {
        let told = std::process::Command::new("python3")
            .args(["-c", "import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute('SELECT count(*) FROM history WHERE outcome = ?', sys.argv[2:]).fetchone()[0])"])
            .arg(&database)
            .arg(outcome)
            .output()
            .unwrap();
        String::from_utf8(told.stdout)
            .unwrap()
            .trim()
            .parse()
            .unwrap()
    };
    (count("asked"), count("done"))
}
