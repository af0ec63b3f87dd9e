//! A connection that two look at: who serves it, and who may have to end it for another one.

use httparse::{EMPTY_HEADER, Header, Status};
use rustix::{
    io::ioctl_fionread,
    net::{RecvFlags, Shutdown, recv, shutdown},
};
use std::{
    io::{self, ErrorKind, IoSlice},
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
/// Clients send a head in one piece, or in a few.
const MOST_PIECES: usize = 4;
/// What comes in more pieces than those is looked at so often only: thousands who send a byte at a time would have a core look at nothing
/// else.
pub(super) const CRUMBS: Duration = Duration::from_millis(20);

/// How much of its first request a peer has sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sent {
    /// Not even the head.
    Little,
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
        // Each answer is written as a whole, or in portions that are large: none need wait for the acknowledgement of another. A
        // connection that does not take the option works all the same.
        let _ = stream.set_nodelay(true);
        Self(stream)
    }

    /// Whether the peer has sent what nobody has read yet. On a busy machine that may take a while, and is not the peer's delay.
    pub(super) fn has_unread(&self) -> bool {
        let mut byte = [0];
        matches!(
            recv(&self.0, &mut byte, RecvFlags::PEEK | RecvFlags::DONTWAIT),
            Ok((_, count)) if count > 0
        )
    }

    /// How much of a request lies there unread, nothing of which is taken. None when the peer has ended the connection before.
    pub(super) fn has_sent(&self) -> Option<Sent> {
        // The beginning of a body, in which a secret may stand, can be among it.
        let mut begin = [0; LOOKED_AT];
        let looked = recv(
            &self.0,
            begin.as_mut_slice(),
            RecvFlags::PEEK | RecvFlags::DONTWAIT,
        );
        match looked {
            Ok((_, 0)) => None,
            Ok((_, count)) => {
                let all = ioctl_fionread(&self.0).unwrap_or_default();
                let begin = &mut begin[..count];
                let sent = sent(begin, all);
                begin.zeroize();
                Some(sent)
            }
            Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => Some(Sent::Little),
            Err(_) => None,
        }
    }

    /// Waits until the peer has sent a head at least. None when it never will.
    pub(super) async fn sends_a_head(&self) -> Option<Sent> {
        let mut pieces = 0;
        loop {
            pieces += 1;
            if pieces > MOST_PIECES {
                sleep(CRUMBS).await;
            }
            let ready = self
                .0
                .ready(Interest::READABLE)
                .await
                .ok()?;
            // To say that it would block has the next `ready` wait for more bytes than these.
            let looked = self
                .0
                .try_io(Interest::READABLE, || match self.has_sent() {
                    Some(Sent::Little) => Err(ErrorKind::WouldBlock.into()),
                    sent => Ok(sent),
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

/// What is sent when a request begins so, and lies there with so many bytes in all.
fn sent(begin: &[u8], all: u64) -> Sent {
    let mut fields = [EMPTY_HEADER; MOST_FIELDS];
    let mut request = httparse::Request::new(&mut fields);
    match request.parse(begin) {
        Ok(Status::Partial) if begin.len() < LOOKED_AT => Sent::Little,
        Ok(Status::Complete(head)) => match announced(request.headers) {
            Some(body) if body <= all.saturating_sub(head as u64) => Sent::All,
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
            ("", 0, Sent::Little),
            ("GET / HTTP/1.1\r\nHost: a\r\n", 0, Sent::Little),
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
            assert_eq!(sent(begin.as_bytes(), all), expected, "{begin:?} {after}");
        }
    }
}
