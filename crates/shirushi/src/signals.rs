//! The signals that end a command: Ctrl-C, and SIGTERM as service managers send it.

use std::io;
use tokio::signal::unix::{SignalKind, signal};

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
