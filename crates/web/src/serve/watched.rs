//! Where a connection's bytes pass by: what goes through here tells the house what the guest is doing.

use super::{
    connection::{CRUMBS, Connection},
    guest::Guest,
};
use axum::body::{Body, Bytes};
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};
use std::{
    future::Future as _,
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Sleep, sleep},
};

/// The most that is written at once, before others have their turn: the kernel would take megabytes in one call, and whoever asks
/// something small would wait for each of those who take something large.
const PORTION: usize = 64 * 1024;

/// The connection itself. The seat's house looks at it as well: see [`Connection::has_unread`].
pub(super) struct Watched {
    connection: Arc<Connection>,
    guest: Arc<Guest>,
    /// What is left to be written until others have their turn. An answer that fits into a portion is never cut, even so.
    left: usize,
    /// Until when crumbs are left to gather.
    pause: Option<Pin<Box<Sleep>>>,
}

impl Watched {
    pub(super) fn new(connection: Arc<Connection>, guest: Arc<Guest>) -> Self {
        Self {
            connection,
            guest,
            left: PORTION,
            pause: None,
        }
    }

    /// Whether it is the others' turn; then this one is called again after them.
    fn gives_way(&mut self, context: &Context<'_>) -> bool {
        if self.left > 0 {
            return false;
        }
        self.left = PORTION;
        context.waker().wake_by_ref();
        true
    }

    fn written(&mut self, polled: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match &polled {
            Poll::Pending => {
                self.left = PORTION;
                self.guest.takes_nothing();
            }
            Poll::Ready(written) => {
                let written = written
                    .as_ref()
                    .copied()
                    .unwrap_or_default();
                self.left = self.left.saturating_sub(written);
                self.guest.took_something();
            }
        }
        polled
    }
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Some(pause) = &mut self.pause {
            ready!(pause.as_mut().poll(context));
            self.pause = None;
        }
        let polled = self
            .connection
            .poll_read(context, buffer);
        match &polled {
            Poll::Ready(Ok(count)) if *count > 0 => {
                self.guest.sent_something(*count);
                if self.guest.is_dribbling() {
                    self.pause = Some(Box::pin(sleep(CRUMBS)));
                }
            }
            Poll::Ready(_) => {}
            Poll::Pending => self.guest.has_sent_no_more(),
        }
        polled.map_ok(|_| ())
    }
}

impl AsyncWrite for Watched {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(context, &[io::IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.gives_way(context) {
            return Poll::Pending;
        }
        let length: usize = slices
            .iter()
            .map(|slice| slice.len())
            .sum();
        let polled = if length <= PORTION {
            self.connection
                .poll_write(context, slices)
        } else {
            self.connection
                .poll_write(context, &portion(slices))
        };
        self.written(polled)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        // A socket keeps nothing back.
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.connection.end_writing())
    }
}

/// As much of the beginning as is written at once. Head and body go together: the body's beginning alone would wait for the peer to
/// have acknowledged the head.
fn portion<'a>(slices: &'a [io::IoSlice<'a>]) -> Vec<io::IoSlice<'a>> {
    let mut left = PORTION;
    let mut portion = Vec::new();
    for slice in slices {
        let taken = slice.len().min(left);
        portion.push(io::IoSlice::new(&slice[..taken]));
        left -= taken;
        if left == 0 {
            break;
        }
    }
    portion
}

/// A request's body.
pub(super) struct Received {
    body: Incoming,
    guest: Arc<Guest>,
}

impl Received {
    /// The body of a request whose head is whole.
    pub(super) fn new(body: Incoming, guest: Arc<Guest>) -> Self {
        guest.asked(!body.is_end_stream());
        Self { body, guest }
    }
}

impl HttpBody for Received {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        let is_whole = match &polled {
            Poll::Ready(None) => true,
            Poll::Ready(Some(_)) => self.body.is_end_stream(),
            Poll::Pending => {
                self.guest.is_to_send_more();
                false
            }
        };
        if is_whole {
            self.guest.sent_all();
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// An answer's body.
pub(super) struct Answer {
    body: Body,
    guest: Arc<Guest>,
}

impl Answer {
    /// The body that a handler has given.
    pub(super) fn new(body: Body, guest: Arc<Guest>) -> Self {
        guest.was_answered();
        Self { body, guest }
    }
}

impl Drop for Answer {
    /// The connection lets go of it when it has all of it, or ends.
    fn drop(&mut self) {
        self.guest.may_ask_again();
    }
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Deadlines, serve::guest::Guest};
    use std::{
        future::poll_fn,
        sync::atomic::{AtomicUsize, Ordering},
        task::{Wake, Waker},
    };
    use tokio::net::{TcpListener, TcpStream};

    /// Counts how often it is woken.
    #[derive(Default)]
    struct Counting(AtomicUsize);

    impl Wake for Counting {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    #[tokio::test]
    async fn who_takes_much_gives_way_after_each_portion() {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .unwrap();
        let reader = TcpStream::connect(listener.local_addr().unwrap());
        let (reader, accepted) = tokio::join!(reader, listener.accept());
        let _reader = reader.unwrap();
        let connection = Arc::new(Connection::new(accepted.unwrap().0));
        let guest = Arc::new(Guest::new(Arc::clone(&connection), Deadlines::default()));
        poll_fn(|context| connection.poll_write(context, &[]))
            .await
            .unwrap();
        let mut watched = Watched::new(connection, Arc::clone(&guest));
        let list = vec![7; PORTION + 10];
        let counting = Arc::new(Counting::default());
        let waker = Waker::from(Arc::clone(&counting));
        let mut context = Context::from_waker(&waker);
        let mut write = |slices: &[io::IoSlice<'_>]| {
            Pin::new(&mut watched).poll_write_vectored(&mut context, slices)
        };
        let head = [7; 100];
        let written = write(&[io::IoSlice::new(&head), io::IoSlice::new(&list)]);
        let Poll::Ready(Ok(portion)) = written else {
            panic!("{written:?}");
        };
        // Head and body together.
        assert!(100 < portion && portion <= PORTION);
        let rest = &list[..PORTION - portion];
        if !rest.is_empty() {
            assert!(write(&[io::IoSlice::new(rest)]).is_ready());
        }
        // There is room, and still it is the others' turn; it asks to be called again, and is not taken for one who reads nothing.
        assert!(write(&[io::IoSlice::new(&list)]).is_pending());
        assert_eq!(counting.0.load(Ordering::SeqCst), 1);
        assert!(
            guest
                .may_go()
                .is_none_or(|may_go| may_go.rank != crate::serve::guest::Rank::Unread)
        );
        let written = write(&[io::IoSlice::new(&list[..PORTION - 100])]);
        assert!(
            matches!(written, Poll::Ready(Ok(1..=PORTION))),
            "{written:?}"
        );
        // What fits is not cut, although little is left before the others' turn.
        let small = write(&[io::IoSlice::new(&head), io::IoSlice::new(&head)]);
        assert!(matches!(small, Poll::Ready(Ok(200))), "{small:?}");
    }
}
