//! Strangers, in a process of their own on one core.

use crate::{
    city::City,
    honest::{Browser, Honest, OFFICER, client, send_form, visitor},
};
use reqwest::{Client, Url, multipart};
use serde_json::json;
use std::{
    future::Future,
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    process::{Child, Command, Stdio},
    time::Duration,
};

/// Half-open connections to each of the two programs.
const HALF_OPEN: usize = 1_000;
/// Who does the same thing at once.
const AT_ONCE: usize = 16;

/// What strangers do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Load {
    /// Heads that never end.
    Heads,
    /// Bodies that never end.
    Bodies,
    /// Log-ins that nobody takes over, and some that somebody does.
    Clicks,
    /// Filings that are none, as large as may be.
    Filings,
    /// Passwords for an officer's name.
    Passwords,
    /// Enrolment codes.
    Codes,
    /// A citizen who presses "sign" again and again, with a large enclosure.
    Presses,
    /// Statuses and lists.
    Reads,
}

impl Load {
    pub(crate) const ALL: [Self; 8] = [
        Self::Heads,
        Self::Bodies,
        Self::Clicks,
        Self::Filings,
        Self::Passwords,
        Self::Codes,
        Self::Presses,
        Self::Reads,
    ];
}

/// The process of strangers. It ends with its standard input.
pub(crate) struct Strangers(Child);

impl Strangers {
    /// They begin; this returns when they have.
    pub(crate) fn come(
        city: &City,
        loads: &[Load],
        _: &Honest,
        presser: &(Browser, String),
    ) -> Self {
        let words: Vec<String> = loads
            .iter()
            .map(|load| format!("{load:?}"))
            .collect();
        let (browser, draft) = presser;
        let what = [
            words.join(" "),
            city.base.clone(),
            city.portal.clone(),
            city.agent.clone(),
            browser.cookie.clone(),
            browser.token.clone(),
            draft.clone(),
        ];
        let mut child = Command::new("taskset")
            .args(["-c", "0", "prlimit", "--nofile=8192"])
            .arg(std::env::current_exe().unwrap())
            .args(["--exact", "long_strangers", "--ignored", "--nocapture"])
            .env("SHIRUSHI_STRANGERS", what.join("\n"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut out = child.stdout.take().unwrap();
        let mut said = String::new();
        let mut byte = [0];
        while !said.ends_with("begun") {
            out.read_exact(&mut byte).unwrap();
            said.push(char::from(byte[0]));
        }
        Self(child)
    }

    /// They go; they must have been at it until now.
    pub(crate) fn go(mut self, name: &str) {
        assert!(
            self.0.try_wait().unwrap().is_none(),
            "{name}: the strangers went by themselves"
        );
        drop(self.0.stdin.take());
        self.0.wait().unwrap();
    }
}

impl Drop for Strangers {
    fn drop(&mut self) {
        // They may have gone already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

struct World {
    base: String,
    portal: String,
    agent: String,
    presser: Browser,
    draft: String,
    client: Client,
}

/// What the process of strangers does.
pub(crate) async fn run() {
    let Ok(what) = std::env::var("SHIRUSHI_STRANGERS") else {
        return;
    };
    let mut lines = what.lines().map(str::to_owned);
    let mut next = || lines.next().unwrap();
    let (words, base, portal, agent) = (next(), next(), next(), next());
    let (cookie, token, draft) = (next(), next(), next());
    let world: &'static World = Box::leak(Box::new(World {
        client: client(&portal),
        base,
        portal,
        agent,
        presser: Browser { cookie, token },
        draft,
    }));
    for load in Load::ALL {
        if words
            .split(' ')
            .any(|word| word == format!("{load:?}"))
        {
            begin(world, load);
        }
    }
    // What the limits bound is reached at once: let it be.
    tokio::time::sleep(Duration::from_millis(300)).await;
    print!("begun");
    std::io::stdout().flush().unwrap();
    tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()))
        .await
        .unwrap()
        .unwrap();
    std::process::exit(0);
}

fn begin(world: &'static World, load: Load) {
    match load {
        Load::Heads => {
            for place in [&world.base, &world.agent] {
                half_open(place, b"GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ".to_vec());
            }
        }
        Load::Bodies => {
            let host = world.base.trim_start_matches("http://");
            let head = format!(
                "POST /agency/filings HTTP/1.1\r\nHost: {host}\r\nContent-Type: multipart/form-data; boundary=x\r\n\
                 Content-Length: 9000000\r\n\r\n"
            );
            half_open(
                &world.base,
                [head.into_bytes(), vec![b'x'; 100_000]].concat(),
            );
        }
        Load::Clicks => forever(AT_ONCE, || clicks(world)),
        Load::Filings => forever(AT_ONCE, || filing(world)),
        Load::Passwords => forever(AT_ONCE, || {
            let guess = json!({ "name": OFFICER, "password": "another good password" });
            post(world, "/counter/log-in", guess)
        }),
        Load::Codes => forever(AT_ONCE, || {
            let guess = json!({ "code": "5a".repeat(16), "name": "somebody", "password": "another good password" });
            post(world, "/counter/officers/enrol", guess)
        }),
        Load::Presses => forever(60, || async {
            let path = format!("{}/sign", world.draft);
            // Whatever is answered.
            let _ = send_form(&world.client, &world.portal, &path, &world.presser, &[]).await;
        }),
        Load::Reads => {
            for path in [
                "/authority/status",
                "/agency/status",
                "/ocsp/sign/MA==",
                "/crl/auth/complete.crl",
            ] {
                forever(4, move || async move {
                    let asked = world
                        .client
                        .get(format!("{}{path}", world.base));
                    if let Ok(answer) = asked.send().await {
                        let _ = answer.bytes().await;
                    }
                });
            }
        }
    }
}

/// `number` at once, again and again.
fn forever<F: Future<Output = ()> + Send + 'static>(
    number: usize,
    act: impl Fn() -> F + Clone + Send + Sync + 'static,
) {
    for _ in 0..number {
        let act = act.clone();
        tokio::spawn(async move {
            loop {
                act().await;
            }
        });
    }
}

async fn clicks(world: &World) {
    let Ok(visitor) = visitor(&world.client, &world.portal).await else {
        return;
    };
    for _ in 0..50 {
        let answer = send_form(&world.client, &world.portal, "/log-in", &visitor, &[]).await;
        let ticket = answer
            .ok()
            .and_then(|answer| {
                Url::parse(
                    answer
                        .headers()
                        .get("location")?
                        .to_str()
                        .ok()?,
                )
                .ok()
            })
            .and_then(|url| {
                Some(
                    url.query_pairs()
                        .find(|(name, _)| name == "ticket")?
                        .1
                        .into_owned(),
                )
            });
        // One of them is taken over.
        if let Some(ticket) = ticket.filter(|ticket| ticket.starts_with('0')) {
            let claim = world
                .client
                .post(format!("{}/agent/claims", world.portal))
                .json(&json!({ "ticket": ticket }));
            let _ = claim.send().await;
        }
    }
}

async fn filing(world: &World) {
    let part = |size, kind: &str| {
        multipart::Part::bytes(vec![b'<'; size])
            .file_name("a")
            .mime_str(kind)
            .unwrap()
    };
    let form = multipart::Form::new()
        .part("document", part(10 << 20, "application/xml"))
        .part("signature", part(1 << 19, "application/pkcs7-signature"));
    let sent = world
        .client
        .post(format!("{}/agency/filings", world.base))
        .multipart(form);
    if let Ok(answer) = sent.send().await {
        let _ = answer.bytes().await;
    }
}

async fn post(world: &World, path: &str, body: serde_json::Value) {
    let asked = world
        .client
        .post(format!("{}{path}", world.base))
        .json(&body);
    if let Ok(answer) = asked.send().await {
        let _ = answer.bytes().await;
    }
}

/// Holds many connections with the beginning of a request, sends a byte now and then, and opens each anew that is closed.
fn half_open(place: &str, beginning: Vec<u8>) {
    let url = Url::parse(place).unwrap();
    let address: SocketAddr = format!("127.0.0.1:{}", url.port().unwrap())
        .parse()
        .unwrap();
    std::thread::spawn(move || {
        let mut held: Vec<Option<TcpStream>> = Vec::new();
        held.resize_with(HALF_OPEN, || None);
        loop {
            for place in &mut held {
                let alive = place
                    .as_mut()
                    .is_some_and(|stream| stream.write_all(b"a").is_ok());
                if !alive {
                    *place = TcpStream::connect_timeout(&address, Duration::from_secs(1))
                        .ok()
                        .filter(|stream| stream.set_nonblocking(true).is_ok());
                    if let Some(stream) = place {
                        // As much as the system takes.
                        let _ = stream.write(&beginning);
                    }
                }
            }
        }
    });
}
