//! The signals that end a command: Ctrl-C, and SIGTERM as service managers send it.

use std::io;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Signals that ask for the end. They are caught from here on, not only while they are waited for.
#[derive(Debug)]
pub(crate) struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
}

impl Signals {
    /// Listens also for the terminal's end, which a service does not mind.
    ///
    /// # Errors
    /// Those of the operating system.
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    /// Resolves at the next of them.
    pub(crate) async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = self.hang_up.recv() => {}
        }
    }
}

/// From here on, a file that may not grow (`ulimit -f`) is an error of the write that meets the limit, and not the end of the program.
/// The answer is what listens: it is kept as long as that shall hold.
///
/// # Errors
/// Those of the operating system.
pub(crate) fn outlive_file_limits() -> io::Result<Signal> {
    signal(SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw()))
}

/// Resolves at the first of them. They are caught from the call on, not only while it is waited for.
///
/// # Errors
/// Those of the operating system.
pub(crate) fn end() -> io::Result<impl Future<Output = ()> + Send> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}
