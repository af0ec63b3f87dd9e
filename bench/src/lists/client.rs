//! One kept connection: as little HTTP/1.1 as the questions need.

use crate::Failure;
use std::{
    io::{self, ErrorKind, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

const PATIENCE: Duration = Duration::from_secs(30);

pub(super) struct Connection {
    stream: TcpStream,
    address: SocketAddr,
    received: Vec<u8>,
    part: Vec<u8>,
}

pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) tag: String,
    pub(super) body: Vec<u8>,
}

impl Connection {
    pub(super) fn open(address: SocketAddr) -> Result<Self, Failure> {
        let open = || {
            let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(PATIENCE))?;
            Ok(stream)
        };
        Ok(Self {
            stream: open().map_err(asking)?,
            address,
            received: Vec::new(),
            part: vec![0; 64 * 1024],
        })
    }

    pub(super) fn get(&mut self, path: &str, tag: Option<&str>) -> Result<Answer, Failure> {
        let condition = tag.map_or(String::new(), |tag| format!("If-None-Match: {tag}\r\n"));
        let head = format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\n{condition}\r\n",
            self.address
        );
        self.exchange(head.as_bytes())
            .map_err(asking)
    }

    pub(super) fn post(&mut self, path: &str, body: &[u8]) -> Result<Answer, Failure> {
        let mut request = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/ocsp-request\r\nContent-Length: {}\r\n\r\n",
            self.address,
            body.len()
        )
        .into_bytes();
        request.extend_from_slice(body);
        self.exchange(&request).map_err(asking)
    }

    /// The status of an answer whose content is thrown away as it comes: one who stands for another machine is to cost this one
    /// little.
    pub(super) fn skim(&mut self, path: &str) -> Result<u16, Failure> {
        let head = format!("GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", self.address);
        let mut skim = || {
            self.stream.write_all(head.as_bytes())?;
            let (head, end) = self.head()?;
            let mut left = head
                .length
                .saturating_sub(self.received.len() - end);
            let mut part = std::mem::take(&mut self.part);
            while left > 0 {
                match self.stream.read(&mut part)? {
                    0 => return Err(ErrorKind::UnexpectedEof.into()),
                    length => left = left.saturating_sub(length),
                }
            }
            self.part = part;
            Ok(head.status)
        };
        skim().map_err(asking)
    }

    fn exchange(&mut self, request: &[u8]) -> io::Result<Answer> {
        self.stream.write_all(request)?;
        let (head, end) = self.head()?;
        while self.received.len() < end + head.length {
            self.read()?;
        }
        Ok(Answer {
            status: head.status,
            tag: head.tag,
            body: self.received[end..end + head.length].to_vec(),
        })
    }

    /// Reads to the end of the head, and where that is in what was received.
    fn head(&mut self) -> io::Result<(Head, usize)> {
        self.received.clear();
        let end = loop {
            let found = self
                .received
                .windows(4)
                .position(|window| window == b"\r\n\r\n");
            match found {
                Some(end) => break end + 4,
                None => self.read()?,
            }
        };
        let head = std::str::from_utf8(&self.received[..end]).map_err(|_| unreadable())?;
        let status = head
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok())
            .ok_or_else(unreadable)?;
        let length = match (status, field(head, "content-length")) {
            (304, _) => 0,
            (_, length) => length
                .and_then(|length| length.parse().ok())
                .ok_or_else(unreadable)?,
        };
        let tag = field(head, "etag")
            .unwrap_or_default()
            .to_owned();
        Ok((
            Head {
                status,
                length,
                tag,
            },
            end,
        ))
    }

    fn read(&mut self) -> io::Result<()> {
        match self.stream.read(&mut self.part)? {
            0 => Err(ErrorKind::UnexpectedEof.into()),
            length => {
                self.received
                    .extend_from_slice(&self.part[..length]);
                Ok(())
            }
        }
    }
}

struct Head {
    status: u16,
    length: usize,
    tag: String,
}

impl Answer {
    pub(super) fn must_be(&self, status: u16) -> Result<(), Failure> {
        must_be(self.status, status)
    }
}

pub(super) fn must_be(found: u16, status: u16) -> Result<(), Failure> {
    if found == status {
        return Ok(());
    }
    Err(Failure::Answer {
        server: "the responder".to_owned(),
        fault: format!("{found} and not {status}"),
    })
}

fn field<'a>(head: &'a str, wanted: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case(wanted)
            .then_some(value.trim())
    })
}

fn unreadable() -> io::Error {
    io::Error::new(ErrorKind::InvalidData, "no HTTP")
}

fn asking(source: io::Error) -> Failure {
    Failure::Asking {
        server: "the responder".to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_found_whatever_its_case() {
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\netag: \"a\"\r\n\r\n";
        assert_eq!(field(head, "content-length"), Some("3"));
        assert_eq!(field(head, "ETag"), Some("\"a\""));
        assert_eq!(field(head, "age"), None);
    }
}
