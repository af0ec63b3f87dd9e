//! Another account of this machine, real, before the agent of `up` and before `shirushi agent`: on every route, by every method, with
//! nothing in hand and with all that the owner's browser has, it gets the page that says no. No try is spent, no ticket used, no site
//! allowed, no card moved, no file changed. The owner, asking the same, is answered.

use crate::{
    cards::Hand,
    http,
    place::{ENGLISH, Running},
};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    io::Write as _,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// An account that nobody has, and the one that stands for whom this machine has no number for.
const STRANGERS: [u32; 2] = [4_712, 65_534];

/// The card's name in the wallet.
const CARD: &str = "C00000000001";

/// Sends requests as another account; Python, because the test's own program may lie where others cannot read.
const CLIENT: &str = r#"
import json, socket, sys
order = json.load(sys.stdin)
told = []
for request in order["requests"]:
    s = socket.create_connection((order["host"], order["port"]))
    s.sendall(request.encode())
    answer = b""
    while True:
        more = s.recv(65536)
        if not more: break
        answer += more
    told.append(answer.decode("utf-8", "replace"))
json.dump(told, sys.stdout)
"#;

/// What these requests are answered when the account sends them to `agent`.
fn sent_as(account: u32, agent: &str, requests: &[String]) -> Vec<String> {
    let (host, port) = agent
        .trim_start_matches("http://")
        .rsplit_once(':')
        .unwrap();
    let order = json!({ "host": host, "port": port.parse::<u16>().unwrap(), "requests": requests });
    let id = account.to_string();
    let mut client = Command::new("setpriv")
        .args(["--reuid", &id, "--regid", &id, "--clear-groups", "--"])
        .args(["python3", "-c", CLIENT])
        // The system's own: what else is in front may be for us alone.
        .env("PATH", "/usr/bin:/bin")
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    client
        .stdin
        .take()
        .unwrap()
        .write_all(order.to_string().as_bytes())
        .unwrap();
    let output = client.wait_with_output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The owner's browser.
struct Owner {
    agent: String,
    cookies: BTreeMap<String, String>,
}

impl Owner {
    fn new(agent: &str) -> Self {
        Self {
            agent: agent.to_owned(),
            cookies: BTreeMap::new(),
        }
    }

    fn cookie(&self) -> String {
        let pairs: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        pairs.join("; ")
    }

    fn get(&mut self, path: &str) -> http::Answer {
        let cookie = self.cookie();
        let headers = [
            ("Cookie", cookie.as_str()),
            ("Sec-Fetch-Mode", "navigate"),
            ("Sec-Fetch-Dest", "document"),
            ("Sec-Fetch-Site", "cross-site"),
        ];
        let answer = http::ask(&self.agent, "GET", path, &headers, b"");
        for cookie in answer.headers("set-cookie") {
            let (name, value) = cookie
                .split(';')
                .next()
                .unwrap()
                .split_once('=')
                .unwrap();
            self.cookies
                .insert(name.to_owned(), value.to_owned());
        }
        answer
    }

    fn post(&self, path: &str, fields: &str) -> http::Answer {
        let cookie = self.cookie();
        let headers = [
            ("Cookie", cookie.as_str()),
            ("Origin", self.agent.as_str()),
            ("Content-Type", "application/x-www-form-urlencoded"),
        ];
        http::ask(&self.agent, "POST", path, &headers, fields.as_bytes())
    }

    /// What the agent's pages say, without what differs from one to the next.
    fn state(&mut self, errand: &str) -> Vec<String> {
        ["/", "/sites", "/history", errand]
            .into_iter()
            .map(|path| {
                let answer = self.get(path);
                assert_eq!(answer.status, 200, "{path}: {}", answer.text());
                answer.text()
            })
            .collect()
    }
}

fn between<'t>(text: &'t str, before: &str) -> &'t str {
    let (_, rest) = text
        .split_once(before)
        .unwrap_or_else(|| panic!("no {before} in {text}"));
    rest.split('"').next().unwrap()
}

/// A log-in that the portal gives: the agent's address with a ticket that nobody has used.
fn ticket(portal: &str, base: &str) -> String {
    let host = portal.trim_start_matches("http://");
    let page = http::ask(base, "GET", "/log-in", &[("Host", host)], b"");
    let cookie = page.header("set-cookie").unwrap();
    let cookie = cookie.split(';').next().unwrap();
    let text = page.text();
    let token = between(
        text.split_once("action=\"/log-in\"")
            .unwrap()
            .1,
        "name=\"form-token\" value=\"",
    );
    let headers = [
        ("Host", host),
        ("Origin", portal),
        ("Cookie", cookie),
        ("Content-Type", "application/x-www-form-urlencoded"),
    ];
    let body = format!("form-token={token}&to=/my");
    let sent = http::ask(base, "POST", "/log-in", &headers, body.as_bytes());
    let address = sent.header("location").unwrap();
    address[address.find("/enter").unwrap()..].to_owned()
}

/// Every route of the agent's source, and what every site has.
fn routes(errand: &str) -> Vec<String> {
    let source = include_str!("../../../agent/src/router.rs");
    let routes = source
        .split(".route(")
        .skip(1)
        .map(|route| route.split('"').nth(1).unwrap());
    let all: Vec<String> = routes
        .chain(["/language?to=en", "/assets/page.css", "/none"])
        .map(|route| {
            route
                .replace("/errands/{id}", errand)
                .replace("{n}", "0")
        })
        .collect();
    assert!(all.len() > 18, "{all:?}");
    all
}

fn request(agent: &str, method: &str, path: &str, more: &str, body: &str) -> String {
    let host = agent.trim_start_matches("http://");
    format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {}\r\n{more}\r\n{body}",
        body.len()
    )
}

/// Every file below a folder, with its bytes.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    crate::place::everything_in(folder)
        .into_iter()
        .filter(|path| folder.join(path).is_file())
        .map(|path| {
            let bytes = std::fs::read(folder.join(&path)).unwrap();
            (path, bytes)
        })
        .collect()
}

/// An agent under siege: `folder` is where its cards and its history are.
fn besiege(hand: &Hand, agent: &str, folder: &Path) {
    let portal = hand.up.announced["pages"]["portal"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut owner = Owner::new(agent);
    let home = owner.get("/").text();
    let token = between(
        home.split_once("action=\"/reader/insert\"")
            .unwrap()
            .1,
        "name=\"form-token\" value=\"",
    );
    let inserted = owner.post(
        "/reader/insert",
        &format!("form-token={token}&card={CARD}&back=/"),
    );
    assert_eq!(inserted.status, 303, "{}", inserted.text());
    let entered = owner.get(&ticket(&portal, &hand.up.url));
    assert_eq!(entered.status, 303, "{}", entered.text());
    let errand = entered
        .header("location")
        .unwrap()
        .to_owned();
    let page = owner.get(&errand).text();
    let number = between(&page, "id=\"card-number\" data-card=\"");
    let form = page
        .split_once(&format!("action=\"{errand}/pin\""))
        .unwrap()
        .1;
    let token = between(form, "name=\"form-token\" value=\"");
    let unused = ticket(&portal, &hand.up.url);

    let cookie = owner.cookie();
    let stolen = format!(
        "Cookie: {cookie}\r\nOrigin: {agent}\r\nSec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    );
    let body = format!(
        "form-token={token}&card={number}&tries=3&pin=0000&back=/&origin=https%3A%2F%2Fevil.example"
    );
    let mut paths = routes(&errand);
    paths.push(unused.clone());
    let mut requests = Vec::new();
    for path in &paths {
        for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"] {
            requests.push(request(agent, method, path, "", ""));
            requests.push(request(agent, method, path, &stolen, &body));
        }
        let socket = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
        requests.push(request(agent, "GET", path, socket, ""));
    }
    let before = (owner.state(&errand), files(folder));
    for stranger in STRANGERS {
        let answers = sent_as(stranger, agent, &requests);
        assert_eq!(answers.len(), requests.len());
        for (request, answer) in requests.iter().zip(&answers) {
            let what = request.lines().next().unwrap();
            assert!(answer.starts_with("HTTP/1.1 403 "), "{what}: {answer}");
            assert!(
                !answer
                    .to_lowercase()
                    .contains("set-cookie"),
                "{what}"
            );
            for secret in [number, token, "portal.localhost", "カードリーダー"] {
                assert!(!answer.contains(secret), "{what}: {answer}");
            }
            if !what.starts_with("HEAD") {
                assert!(answer.contains("agent/owner-only"), "{what}: {answer}");
                assert!(answer.contains(&format!("uid {stranger}")) || stranger == 65_534);
            }
        }
    }
    assert_eq!((owner.state(&errand), files(folder)), before);

    // The same requests are answered to the owner, by the same client: they are real.
    let own = std::fs::metadata("/proc/self")
        .unwrap()
        .uid();
    let answered = [
        request(agent, "GET", "/history", "", ""),
        request(
            agent,
            "GET",
            &errand,
            &stolen.replace(&format!("Origin: {agent}\r\n"), ""),
            "",
        ),
        request(agent, "POST", &format!("{errand}/pin"), &stolen, &body),
    ];
    let answers = sent_as(own, agent, &answered);
    for (answer, (status, words)) in answers.iter().zip([
        ("200", "履歴"),
        ("200", "data-tries=\"3\""),
        ("422", "data-tries=\"2\""),
    ]) {
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{answer}"
        );
        assert!(answer.contains(words), "{answer}");
    }
    assert_eq!(owner.get(&unused).status, 303, "the ticket was not used");
    println!(
        "{} requests of strangers refused by {agent}",
        STRANGERS.len() * requests.len()
    );
}

#[test]
fn another_account_gets_nothing_from_the_agent_of_up() {
    let hand = Hand::new();
    let agent = hand.up.announced["pages"]["agent"]
        .as_str()
        .unwrap()
        .to_owned();
    let cards = hand.place.city().join("agent/cards");
    std::fs::copy(&hand.card, cards.join(format!("{CARD}.card"))).unwrap();
    besiege(&hand, &agent, &hand.place.city().join("agent"));
    hand.up.stop();
}

#[test]
fn another_account_gets_nothing_from_an_agent() {
    let hand = Hand::new();
    let folder = hand.place.path("agent");
    std::fs::create_dir_all(folder.join("cards")).unwrap();
    std::fs::copy(&hand.card, folder.join(format!("cards/{CARD}.card"))).unwrap();
    let portal = hand.up.announced["pages"]["portal"]
        .as_str()
        .unwrap();
    let arguments = [
        "agent",
        "--json",
        "--listen",
        "127.0.0.1:0",
        "--site",
        portal,
        "--dir",
        folder.to_str().unwrap(),
    ];
    let mut running: Running = hand
        .place
        .spawn_in(ENGLISH, "agent.log", &arguments, "warn");
    let announced: Value = serde_json::from_str(&running.line()).unwrap();
    besiege(&hand, announced["url"].as_str().unwrap(), &folder);
    assert_eq!(running.end("TERM"), 0);
    hand.up.stop();
}
