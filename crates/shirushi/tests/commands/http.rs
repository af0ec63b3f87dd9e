//! An HTTP client that sends what it is told to, right or wrong. It has nothing in common with the city's own.

use serde_json::Value;
use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    time::Duration,
};

/// Longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    /// The body as JSON of a success.
    pub(crate) fn success(&self) -> Value {
        assert!(
            (200..300).contains(&self.status),
            "{} {}",
            self.status,
            self.text()
        );
        self.json()
    }

    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The value of a header.
    pub(crate) fn header<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        self.headers(name).next()
    }

    /// The values of all headers of this name.
    pub(crate) fn headers<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.head
            .lines()
            .filter_map(move |line| {
                let (given, value) = line.split_once(':')?;
                given
                    .eq_ignore_ascii_case(name)
                    .then(|| value.trim())
            })
    }
}

/// Asks `base` (`http://127.0.0.1:1234`). The Host is the base's unless `headers` has one.
pub(crate) fn ask(
    base: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Answer {
    let address = base.strip_prefix("http://").unwrap();
    let mut request = format!(
        "{method} {path} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n",
        body.len()
    );
    if !headers
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case("host"))
    {
        request.push_str(&format!("Host: {address}\r\n"));
    }
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str("\r\n");
    let mut stream = TcpStream::connect(address).unwrap_or_else(|e| panic!("{address}: {e}"));
    stream
        .set_read_timeout(Some(PATIENCE))
        .unwrap();
    stream
        .write_all(request.as_bytes())
        .unwrap();
    // A server may answer and hang up before it has read everything.
    let _ = stream.write_all(body);
    let mut received = Vec::new();
    stream
        .read_to_end(&mut received)
        .unwrap_or_else(|error| panic!("{method} {path}: {error}"));
    read(&received)
        .unwrap_or_else(|| panic!("{method} {path}: {}", String::from_utf8_lossy(&received)))
}

/// JSON to `path`, by the bearer of `session` if there is one.
pub(crate) fn post(base: &str, path: &str, session: Option<&str>, body: &Value) -> Answer {
    let bearer = session.map(|session| format!("Bearer {session}"));
    let mut headers = vec![("Content-Type", "application/json")];
    if let Some(bearer) = &bearer {
        headers.push(("Authorization", bearer));
    }
    ask(base, "POST", path, &headers, body.to_string().as_bytes())
}

/// What is at `path`.
pub(crate) fn get(base: &str, path: &str) -> Answer {
    ask(base, "GET", path, &[], b"")
}

fn read(received: &[u8]) -> Option<Answer> {
    let end = received
        .windows(4)
        .position(|window| window == b"\r\n\r\n")?;
    let head = String::from_utf8(received[..end].to_vec()).ok()?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let answer = Answer {
        status,
        head,
        body: received[end + 4..].to_vec(),
    };
    assert_eq!(answer.header("transfer-encoding"), None, "{answer:?}");
    Some(answer)
}
