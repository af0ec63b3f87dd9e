//! A connection that two look at: who serves it, and who may have to end it for another one.

use crate::Caller;
use httparse::{EMPTY_HEADER, Header, Status};
use rustix::{
    io::ioctl_fionread,
    net::{RecvFlags, Shutdown, recv, shutdown},
};
use std::{
    io::{self, ErrorKind, IoSlice},
    os::fd::AsFd,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::{
    io::{Interest, ReadBuf},
    net::TcpStream,
    time::sleep,
};
use zeroize::Zeroize as _;

/// As much of a request is looked at to find the end of its head. A longer one is left to whoever reads it.
const LOOKED_AT: usize = 8 * 1024;
/// More fields than hyper takes.
const MOST_FIELDS: usize = 101;
/// Clients send a head in one piece, or in two.
const MOST_PIECES: usize = 2;
/// What comes in more pieces than those is looked at so often only: thousands who send a byte at a time would have a core look at nothing
/// else.
pub(super) const CRUMBS: Duration = Duration::from_millis(20);

/// How much of its first request a peer has sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sent {
    /// Not even the head: so many bytes.
    Little(usize),
    /// The head, or what is no HTTP: whoever reads it has something to say.
    Head,
    /// The head, and as much after it as it announces.
    All,
}

/// A stream that is read and written by one task only, through a shared handle.
#[derive(Debug)]
pub(super) struct Connection(TcpStream);

impl Connection {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self(stream)
    }

    /// Each answer is written as a whole, or in portions that are large: none need wait for the acknowledgement of another.
    pub(super) fn answers_at_once(&self) {
        // A connection that does not take the option works all the same.
        let _ = self.0.set_nodelay(true);
    }

    /// Whose its other end is, now.
    pub(super) fn caller(&self) -> Caller {
        Caller::of(&self.0)
    }

    /// Whether the peer has sent what nobody has read yet. On a busy machine that may take a while, and is not the peer's delay.
    pub(super) fn has_unread(&self) -> bool {
        let mut byte = [0];
        matches!(
            recv(&self.0, &mut byte, RecvFlags::PEEK | RecvFlags::DONTWAIT),
            Ok((_, count)) if count > 0
        )
    }

    /// See [`has_sent`].
    pub(super) fn has_sent(&self) -> Option<Sent> {
        has_sent(&self.0)
    }

    /// Waits until the peer has sent a head at least, of which so many bytes were looked at. None when it never will.
    pub(super) async fn sends_a_head(&self, mut seen: usize) -> Option<Sent> {
        let mut pieces = 1;
        loop {
            let ready = self
                .0
                .ready(Interest::READABLE)
                .await
                .ok()?;
            if pieces >= MOST_PIECES {
                sleep(CRUMBS).await;
            }
            // To say that it would block has the next `ready` wait for more bytes than these.
            let looked = self.0.try_io(Interest::READABLE, || {
                // The first time that it is ready may be for what was seen.
                if self.unread() == seen as u64 && !ready.is_read_closed() {
                    return Err(ErrorKind::WouldBlock.into());
                }
                pieces += 1;
                match self.has_sent() {
                    Some(Sent::Little(bytes)) => {
                        seen = bytes;
                        Err(ErrorKind::WouldBlock.into())
                    }
                    sent => Ok(sent),
                }
            });
            match looked {
                Ok(sent) => return sent,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(_) => return None,
            }
            if ready.is_read_closed() {
                return None;
            }
        }
    }

    /// How many bytes lie there that nobody has read.
    fn unread(&self) -> u64 {
        ioctl_fionread(&self.0).unwrap_or_default()
    }

    /// How many bytes were read; none at the end.
    pub(super) fn poll_read(
        &self,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.0.poll_read_ready(context))?;
            // Without filling it with zeros before, which would touch hundreds of kilobytes for each byte that comes.
            match self.0.try_read_buf(buffer) {
                Ok(count) => return Poll::Ready(Ok(count)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }

    pub(super) fn poll_write(
        &self,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.0.poll_write_ready(context))?;
            match self.0.try_write_vectored(slices) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                written => return Poll::Ready(written),
            }
        }
    }

    /// Ends it for both sides at once, also while somebody still holds it.
    pub(super) fn end(&self) {
        // It may have ended already.
        let _ = shutdown(&self.0, Shutdown::Both);
    }

    pub(super) fn end_writing(&self) -> io::Result<()> {
        match shutdown(&self.0, Shutdown::Write) {
            // The peer has gone already.
            Ok(()) | Err(rustix::io::Errno::NOTCONN) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// How much of a request lies there unread, nothing of which is taken. None when the peer has ended the connection before.
pub(super) fn has_sent(stream: &impl AsFd) -> Option<Sent> {
    // The beginning of a body, in which a secret may stand, can be among it.
    let mut begin = [0; LOOKED_AT];
    let looked = recv(
        stream,
        begin.as_mut_slice(),
        RecvFlags::PEEK | RecvFlags::DONTWAIT,
    );
    match looked {
        Ok((_, 0)) => None,
        Ok((_, count)) => {
            let begin = &mut begin[..count];
            let sent = sent(begin, || ioctl_fionread(stream).unwrap_or_default());
            begin.zeroize();
            Some(sent)
        }
        Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => Some(Sent::Little(0)),
        Err(_) => None,
    }
}

/// What is sent when a request begins so, and lies there with so many bytes in all.
fn sent(begin: &[u8], all: impl FnOnce() -> u64) -> Sent {
    let mut fields = [EMPTY_HEADER; MOST_FIELDS];
    let mut request = httparse::Request::new(&mut fields);
    match request.parse(begin) {
        Ok(Status::Partial) if begin.len() < LOOKED_AT => Sent::Little(begin.len()),
        Ok(Status::Complete(head)) => match announced(request.headers) {
            Some(body) if body <= all().saturating_sub(head as u64) => Sent::All,
            _ => Sent::Head,
        },
        Ok(Status::Partial) | Err(_) => Sent::Head,
    }
}

/// How many bytes of a body the head announces; none when it does not say how many.
fn announced(fields: &[Header<'_>]) -> Option<u64> {
    let value = |name: &str| {
        fields
            .iter()
            .find(|field| field.name.eq_ignore_ascii_case(name))
            .map(|field| field.value)
    };
    if value("transfer-encoding").is_some() {
        return None;
    }
    match value("content-length") {
        None => Some(0),
        Some(length) => str::from_utf8(length)
            .ok()?
            .trim()
            .parse()
            .ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sent_is_told_by_the_head_and_the_number_of_bytes() {
        let with_body = "POST / HTTP/1.1\r\nHost: a\r\ncontent-length: 5\r\n\r\n";
        let long = format!("GET / HTTP/1.1\r\nX: {}", "x".repeat(LOOKED_AT));
        for (begin, after, expected) in [
            ("", 0, Sent::Little(0)),
            ("GET / HTTP/1.1\r\nHost: a\r\n", 0, Sent::Little(25)),
            ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", 0, Sent::All),
            (with_body, 4, Sent::Head),
            (with_body, 5, Sent::All),
            (with_body, 500, Sent::All),
            (
                "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
                9,
                Sent::Head,
            ),
            (
                "POST / HTTP/1.1\r\nContent-Length: many\r\n\r\n",
                9,
                Sent::Head,
            ),
            // TLS.
            ("\u{16}\u{3}\u{1}", 200, Sent::Head),
            (&long[..LOOKED_AT], 0, Sent::Head),
        ] {
            let all = begin.len() as u64 + after;
            assert_eq!(
                sent(begin.as_bytes(), || all),
                expected,
                "{begin:?} {after}"
            );
        }
    }
}
