//! The end of serving a card, from another thread.

use std::{
    io,
    net::{Shutdown, TcpStream},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// Ends [`serve`](super::serve) from another thread, at once whatever it waits for. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    is_stopped: bool,
    /// The connection that is being read from.
    stream: Option<TcpStream>,
}

impl Stop {
    /// Not stopped yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Stops. The command that is being carried out is finished; its answer may be lost.
    pub fn stop(&self) {
        let mut state = self.state();
        state.is_stopped = true;
        if let Some(stream) = state.stream.take() {
            // It fails when the connection is down already.
            let _ = stream.shutdown(Shutdown::Both);
        }
        self.0.changed.notify_all();
    }

    /// Whether it was stopped.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.state().is_stopped
    }

    /// Waits so long, or until it is stopped.
    pub(super) fn pause(&self, time: Duration) {
        if time.is_zero() {
            return;
        }
        let stopped = self
            .0
            .changed
            .wait_timeout_while(self.state(), time, |state| !state.is_stopped);
        drop(stopped.unwrap_or_else(PoisonError::into_inner));
    }

    /// Takes the connection to end when it is stopped; false when it was stopped already.
    pub(super) fn hold(&self, stream: &TcpStream) -> io::Result<bool> {
        let mut state = self.state();
        if !state.is_stopped {
            state.stream = Some(stream.try_clone()?);
        }
        Ok(!state.is_stopped)
    }

    /// Lets the connection go.
    pub(super) fn release(&self) {
        self.state().stream = None;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
