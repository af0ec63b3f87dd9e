//! The client, the same for every server: as little HTTP/1.1 as the question needs.

use crate::Failure;
use std::{
    io::{self, ErrorKind, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    thread,
    time::{Duration, Instant},
};

/// Longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// The most bytes of an answer with its head.
const MOST: usize = 64 * 1024;

/// How a server is asked.
pub(super) struct Plan<'a> {
    /// Its name, for failures.
    pub(super) server: String,
    pub(super) address: SocketAddr,
    pub(super) path: &'static str,
    pub(super) body: &'a [u8],
    pub(super) connections: u32,
    /// Whether each connection serves all its requests; otherwise each request has its own.
    pub(super) kept: bool,
    /// Requests in all.
    pub(super) answers: u32,
}

impl Plan<'_> {
    /// Asks once.
    pub(super) fn ask(&self) -> Result<Vec<u8>, Failure> {
        self.connect()
            .and_then(|mut stream| exchange(&mut stream, &self.request(false)))
            .map_err(|source| self.failure(source))
    }

    /// Asks as often as planned, on as many threads as connections, one request after the other on each. Answers the seconds it took.
    pub(super) fn run(&self) -> Result<f64, Failure> {
        let began = Instant::now();
        thread::scope(|scope| {
            let askers: Vec<_> = (0..self.connections)
                .map(|number| {
                    let share = self.answers / self.connections
                        + u32::from(number < self.answers % self.connections);
                    scope.spawn(move || self.ask_often(share))
                })
                .collect();
            askers
                .into_iter()
                .try_for_each(|asker| {
                    asker
                        .join()
                        .map_err(|_| Failure::Died)?
                        .map_err(|source| self.failure(source))
                })
        })?;
        Ok(began.elapsed().as_secs_f64())
    }

    fn ask_often(&self, times: u32) -> io::Result<()> {
        let request = self.request(self.kept);
        let mut held = None;
        for _ in 0..times {
            let mut stream = match held.take() {
                Some(stream) => stream,
                None => self.connect()?,
            };
            let response = exchange(&mut stream, &request)?;
            if !is_successful(&response) {
                return Err(io::Error::new(ErrorKind::InvalidData, "an OCSP error"));
            }
            if self.kept {
                held = Some(stream);
            }
        }
        Ok(())
    }

    fn connect(&self) -> io::Result<TcpStream> {
        let stream = TcpStream::connect_timeout(&self.address, PATIENCE)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(stream)
    }

    fn request(&self, kept: bool) -> Vec<u8> {
        let connection = if kept { "keep-alive" } else { "close" };
        let mut request = format!(
            "POST {} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/ocsp-request\r\n\
             Content-Length: {}\r\nConnection: {connection}\r\n\r\n",
            self.path,
            self.address,
            self.body.len()
        )
        .into_bytes();
        request.extend_from_slice(self.body);
        request
    }

    fn failure(&self, source: io::Error) -> Failure {
        Failure::Asking {
            server: self.server.clone(),
            source,
        }
    }
}

/// Sends one request and reads the body of its answer.
fn exchange(stream: &mut TcpStream, request: &[u8]) -> io::Result<Vec<u8>> {
    stream.write_all(request)?;
    let mut received = Vec::with_capacity(4096);
    let mut part = [0; 4096];
    loop {
        match body(&received) {
            Body::Whole(body) => return Ok(body.to_vec()),
            Body::Unreadable => {
                return Err(io::Error::new(ErrorKind::InvalidData, "no HTTP 200"));
            }
            Body::Awaited if received.len() > MOST => {
                return Err(io::Error::new(ErrorKind::InvalidData, "too long"));
            }
            Body::Awaited => {}
        }
        match stream.read(&mut part)? {
            0 => return Err(ErrorKind::UnexpectedEof.into()),
            length => received.extend_from_slice(&part[..length]),
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Body<'a> {
    Whole(&'a [u8]),
    Awaited,
    /// Another status than 200, or no length.
    Unreadable,
}

/// The body in what was received, if its head says 200 and how long it is.
fn body(received: &[u8]) -> Body<'_> {
    const END: &[u8] = b"\r\n\r\n";
    let Some(end) = received
        .windows(END.len())
        .position(|window| window == END)
    else {
        return Body::Awaited;
    };
    let (head, body) = (&received[..end], &received[end + END.len()..]);
    match content_length(head) {
        None => Body::Unreadable,
        Some(length) => body
            .get(..length)
            .map_or(Body::Awaited, Body::Whole),
    }
}

fn content_length(head: &[u8]) -> Option<usize> {
    let mut lines = std::str::from_utf8(head)
        .ok()?
        .split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?;
    let length = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then_some(value.trim())
    })?;
    (status == "200").then(|| length.parse().ok())?
}

/// Whether the responseStatus of an OCSPResponse is successful(0) (RFC 6960 §4.2.1). A signed answer is longer than 255 bytes, so
/// the outer length takes two.
fn is_successful(response: &[u8]) -> bool {
    matches!(response, [0x30, 0x82, _, _, 0x0a, 0x01, 0x00, ..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_whole_when_its_length_is_there() {
        let openssl = b"HTTP/1.0 200 OK\r\nContent-type: application/ocsp-response\r\nContent-Length: 3\r\n\r\nabc";
        assert_eq!(body(openssl), Body::Whole(b"abc"));
        assert_eq!(body(&openssl[..openssl.len() - 1]), Body::Awaited);
        assert_eq!(body(&openssl[..20]), Body::Awaited);
        let ours = b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nxnext";
        assert_eq!(body(ours), Body::Whole(b"x"));
    }

    #[test]
    fn what_is_no_answer_is_not_counted() {
        assert_eq!(
            body(b"HTTP/1.1 404 Not Found\r\ncontent-length: 1\r\n\r\nx"),
            Body::Unreadable
        );
        assert_eq!(body(b"HTTP/1.1 200 OK\r\n\r\nx"), Body::Unreadable);
        assert!(is_successful(&[0x30, 0x82, 1, 0, 0x0a, 1, 0, 0xa0]));
        // tryLater
        assert!(!is_successful(&[0x30, 0x03, 0x0a, 1, 3]));
    }
}
