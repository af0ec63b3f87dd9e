//! A connection that two look at: who serves it, and who may have to end it for another one.

use rustix::net::{RecvFlags, Shutdown, recv, shutdown};
use std::{
    io::{self, ErrorKind, IoSlice},
    task::{Context, Poll, ready},
};
use tokio::{io::ReadBuf, net::TcpStream};

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

    /// How many bytes were read; none at the end.
    pub(super) fn poll_read(
        &self,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.0.poll_read_ready(context))?;
            match self
                .0
                .try_read(buffer.initialize_unfilled())
            {
                Ok(count) => {
                    buffer.advance(count);
                    return Poll::Ready(Ok(count));
                }
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
