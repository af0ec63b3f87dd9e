//! A browser that holds its connections open for as long as it is let, as browsers do: what a server keeps of a request it then keeps.

use std::{
    collections::BTreeMap,
    io::{Read as _, Write as _},
    net::{Shutdown, TcpStream},
    time::Duration,
};

const PATIENCE: Duration = Duration::from_secs(60);

/// A browser at one origin.
pub(crate) struct Browser {
    authority: String,
    /// By name.
    cookies: BTreeMap<String, String>,
    /// Connections on which an answer has come and which nobody has closed.
    held: Vec<TcpStream>,
}

/// A page, or where to go instead.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) status: u16,
    pub(crate) location: String,
    pub(crate) text: String,
}

impl Page {
    /// What stands between the first `before` and the next `after`.
    pub(crate) fn between(&self, before: &str, after: &str) -> Option<String> {
        let (_, rest) = self.text.split_once(before)?;
        let (found, _) = rest.split_once(after)?;
        Some(found.to_owned())
    }

    pub(crate) fn hidden(&self, name: &str) -> Option<String> {
        self.between(&format!("name=\"{name}\" value=\""), "\"")
    }

    /// The token of the form whose address ends so: an errand's forms and the reader's are of different sessions.
    pub(crate) fn token_of(&self, action: &str) -> Option<String> {
        let (_, form) = self
            .text
            .split_once(&format!("{action}\""))?;
        let (_, rest) = form.split_once("name=\"form-token\" value=\"")?;
        rest.split_once('"')
            .map(|(token, _)| token.to_owned())
    }
}

/// How a form is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sending {
    Whole,
    /// The answer comes, and is not read.
    NotReading,
    /// It goes away when all but the last byte is sent.
    CutShort,
}

impl Browser {
    pub(crate) fn new(origin: &str) -> Self {
        Self {
            authority: origin
                .strip_prefix("http://")
                .unwrap()
                .to_owned(),
            cookies: BTreeMap::new(),
            held: Vec::new(),
        }
    }

    pub(crate) fn get(&mut self, path: &str) -> Page {
        let request = self.head(
            "GET",
            path,
            "Sec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n",
        );
        self.answer(request.as_bytes())
    }

    /// Sends a form; no answer when it does not wait for one.
    pub(crate) fn post(
        &mut self,
        path: &str,
        fields: &[(&str, &str)],
        sending: Sending,
    ) -> Option<Page> {
        let body: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{name}={}", encoded(value)))
            .collect();
        let body = body.join("&");
        let more = format!(
            "Origin: http://{}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n",
            self.authority,
            body.len()
        );
        let mut request = self.head("POST", path, &more);
        request.push_str(&body);
        match sending {
            Sending::Whole => Some(self.answer(request.as_bytes())),
            Sending::NotReading => {
                let mut stream = self.connect();
                stream
                    .write_all(request.as_bytes())
                    .unwrap();
                stream.peek(&mut [0]).unwrap();
                self.held.push(stream);
                None
            }
            Sending::CutShort => {
                request.pop();
                let mut stream = self.connect();
                stream
                    .write_all(request.as_bytes())
                    .unwrap();
                stream
                    .shutdown(Shutdown::Write)
                    .unwrap();
                // Until the server has seen it and hung up.
                let _ = stream.read_to_end(&mut Vec::new());
                None
            }
        }
    }

    fn head(&self, method: &str, path: &str, more: &str) -> String {
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nCookie: {}\r\n{more}\r\n",
            self.authority,
            cookies.join("; ")
        )
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.authority).unwrap();
        stream
            .set_read_timeout(Some(PATIENCE))
            .unwrap();
        stream
    }

    fn answer(&mut self, request: &[u8]) -> Page {
        let mut stream = self.connect();
        stream.write_all(request).unwrap();
        let mut received = Vec::new();
        let mut part = [0; 16 * 1024];
        let (head, length) = loop {
            let more = stream.read(&mut part).unwrap();
            assert!(more > 0, "cut: {}", String::from_utf8_lossy(&received));
            received.extend_from_slice(&part[..more]);
            if let Some(end) = received
                .windows(4)
                .position(|w| w == b"\r\n\r\n")
            {
                let head = String::from_utf8(received[..end].to_vec()).unwrap();
                break (head.clone(), length_in(&head));
            }
        };
        let begin = head.len() + 4;
        while received.len() < begin + length {
            let more = stream.read(&mut part).unwrap();
            assert!(more > 0, "cut: {}", String::from_utf8_lossy(&received));
            received.extend_from_slice(&part[..more]);
        }
        let header = |name: &str| {
            head.lines().find_map(|line| {
                let (given, value) = line.split_once(':')?;
                given
                    .eq_ignore_ascii_case(name)
                    .then(|| value.trim().to_owned())
            })
        };
        for line in head.lines() {
            if let Some((name, cookie)) = line.split_once(':')
                && name.eq_ignore_ascii_case("set-cookie")
                && let Some((name, value)) = cookie
                    .split(';')
                    .next()
                    .and_then(|pair| pair.trim().split_once('='))
            {
                self.cookies
                    .insert(name.to_owned(), value.to_owned());
            }
        }
        let page = Page {
            status: head
                .split(' ')
                .nth(1)
                .unwrap()
                .parse()
                .unwrap(),
            location: header("location").unwrap_or_default(),
            text: String::from_utf8_lossy(&received[begin..]).into_owned(),
        };
        self.held.push(stream);
        page
    }

    /// Lets go of what it held.
    pub(crate) fn let_go(&mut self) {
        self.held.clear();
    }
}

fn length_in(head: &str) -> usize {
    head.lines()
        .find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length")
                .then(|| value.trim().parse().unwrap())
        })
        .unwrap_or_else(|| panic!("no length in {head}"))
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|b| match b {
            b if b.is_ascii_alphanumeric() => char::from(b).to_string(),
            b => format!("%{b:02X}"),
        })
        .collect()
}
