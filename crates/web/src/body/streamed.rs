//! Bodies that their handler reads as they come, within the limit of their route.

use super::{Unreceived, unfinished::Upload};
use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use std::{
    fmt,
    future::Future as _,
    mem::take,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
};
use tokio::sync::futures::OwnedNotified;

/// What the handler has not read of a body.
#[derive(Debug)]
pub(super) struct Rest {
    /// Why it could not; none when it did not want to.
    pub(super) why: Option<Unreceived>,
    pub(super) body: Body,
}

/// Where it lies; the route's answer is made of it, whatever the handler says.
pub(super) type Left = Arc<Mutex<Option<Rest>>>;

/// A body on its way to the handler.
pub(super) struct Streamed {
    body: Body,
    room: usize,
    /// None when nothing more comes.
    upload: Option<Upload>,
    told_to_end: Pin<Box<OwnedNotified>>,
    left: Left,
}

/// All that the handler is told: the route knows why.
#[derive(Debug)]
struct GoesNoFurther;

impl Streamed {
    /// At most `limit` bytes of `body`.
    pub(super) fn new(body: Body, limit: usize, upload: Upload) -> (Self, Left) {
        let left = Left::default();
        let streamed = Self {
            body,
            room: limit,
            told_to_end: Box::pin(upload.end_owned()),
            upload: Some(upload),
            left: Arc::clone(&left),
        };
        (streamed, left)
    }

    fn leave(&mut self, why: Option<Unreceived>) {
        self.upload = None;
        let body = take(&mut self.body);
        *self
            .left
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(Rest { why, body });
    }

    fn goes_no_further(
        &mut self,
        why: Unreceived,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.leave(Some(why));
        Poll::Ready(Some(Err(axum::Error::new(GoesNoFurther))))
    }
}

impl HttpBody for Streamed {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if self.upload.is_none() {
            return Poll::Ready(None);
        }
        if self
            .told_to_end
            .as_mut()
            .poll(context)
            .is_ready()
        {
            return self.goes_no_further(Unreceived::TooMuchAtOnce);
        }
        let frame = match ready!(Pin::new(&mut self.body).poll_frame(context)) {
            Some(Ok(frame)) => frame,
            Some(Err(_)) => return self.goes_no_further(Unreceived::CutShort),
            None => {
                self.upload = None;
                return Poll::Ready(None);
            }
        };
        let bytes = frame.data_ref().map_or(0, Bytes::len);
        if bytes > self.room {
            return self.goes_no_further(Unreceived::TooLarge);
        }
        self.room -= bytes;
        if let Some(upload) = &self.upload {
            upload.grow(bytes);
        }
        Poll::Ready(Some(Ok(frame)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Streamed {
    fn drop(&mut self) {
        if self.upload.is_some() && !self.body.is_end_stream() {
            self.leave(None);
        }
    }
}

impl fmt::Display for GoesNoFurther {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the body goes no further")
    }
}

impl std::error::Error for GoesNoFurther {}
