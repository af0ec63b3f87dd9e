//! HTTP by hand: a server that answers each request with the same bytes, and the doctor's way to it.

use crate::pki::at;
use shirushi_doctor::{Reply, Unreached, Web};
use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    thread,
    time::Duration,
};

/// Longest wait for an answer: a server that waits for something else fails its test.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Server {
    address: SocketAddr,
}

impl Server {
    /// Listens on a port of its own until the process ends.
    pub(crate) fn start(answer: impl Fn(&[u8]) -> Vec<u8> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let request = read_request(&mut stream);
                // The visitor may have gone.
                let _ = stream.write_all(&answer(&request));
            }
        });
        Self { address }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/ocsp/auth", self.address)
    }
}

/// An answer with this status line, kind and body, at a time in seconds.
pub(crate) fn http(status: &str, kind: &str, body: &[u8], seconds: i64) -> Vec<u8> {
    let date = at(seconds)
        .timestamp()
        .strftime("%a, %d %b %Y %H:%M:%S GMT")
        .to_string();
    let mut answer = format!(
        "HTTP/1.1 {status}\r\nDate: {date}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    )
    .into_bytes();
    answer.extend_from_slice(body);
    answer
}

pub(crate) fn ocsp(response: &[u8], seconds: i64) -> Vec<u8> {
    http("200 OK", "application/ocsp-response", response, seconds)
}

/// Header and body, by Content-Length.
fn read_request(stream: &mut TcpStream) -> Vec<u8> {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let end = request
            .windows(4)
            .position(|w| w == b"\r\n\r\n");
        if let Some(end) = end {
            let head = String::from_utf8_lossy(&request[..end]).to_ascii_lowercase();
            let length = head
                .lines()
                .find_map(|line| {
                    line.strip_prefix("content-length:")?
                        .trim()
                        .parse()
                        .ok()
                })
                .unwrap_or(0);
            if request.len() >= end + 4 + length {
                return request.split_off(end + 4);
            }
        }
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return Vec::new(),
            Ok(read) => request.extend_from_slice(&buffer[..read]),
        }
    }
}

/// The doctor's way to servers.
pub(crate) struct Plain;

impl Plain {
    fn send(method: &str, url: &str, head: &str, body: &[u8]) -> std::io::Result<Reply> {
        let rest = url.strip_prefix("http://").unwrap();
        let (host, path) = rest.split_once('/').unwrap();
        let mut stream = TcpStream::connect(host)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        write!(
            stream,
            "{method} /{path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {}\r\n{head}\r\n",
            body.len()
        )?;
        stream.write_all(body)?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        let end = answer
            .windows(4)
            .position(|w| w == b"\r\n\r\n")
            .ok_or(std::io::ErrorKind::InvalidData)?;
        let head = String::from_utf8_lossy(&answer[..end]).into_owned();
        let field = |name: &str| {
            head.lines()
                .filter_map(|line| line.split_once(": "))
                .find(|(key, _)| key.eq_ignore_ascii_case(name))
                .map(|(_, value)| value.to_owned())
        };
        Ok(Reply {
            status: head
                .split(' ')
                .nth(1)
                .and_then(|status| status.parse().ok())
                .ok_or(std::io::ErrorKind::InvalidData)?,
            date: field("date"),
            content_type: field("content-type"),
            body: answer.split_off(end + 4),
        })
    }
}

impl Web for Plain {
    fn get(&self, url: &str) -> Result<Reply, Unreached> {
        Self::send("GET", url, "", b"").map_err(|e| Unreached { source: e.into() })
    }

    fn post(&self, url: &str, content_type: &str, body: &[u8]) -> Result<Reply, Unreached> {
        let head = format!("Content-Type: {content_type}\r\n");
        Self::send("POST", url, &head, body).map_err(|e| Unreached { source: e.into() })
    }
}
