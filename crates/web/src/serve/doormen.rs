//! Who deals with those who come: threads of their own, which leave the processors to those who work inside.
//!
//! Strangers who open thousands of connections, or send a byte at a time, keep as many processors busy as there are with receiving them. On
//! the same threads, what a citizen has asked for would wait behind that at each of its steps, from service to service to the disk and back.

use rustix::process::nice;
use std::io;
use tokio::runtime::{Builder, Handle, Runtime};

/// How much nicer the doormen are than the rest of the process (nice(2)): they get what is left.
const NICER: i32 = 2;

/// Threads that receive connections, read requests and write answers; handlers run elsewhere. When this is dropped, they go, and with
/// them every connection.
#[derive(Debug)]
pub struct Doormen(Option<Runtime>);

impl Doormen {
    /// As many as there are processors.
    ///
    /// # Errors
    /// The system gives no threads.
    pub fn hire() -> io::Result<Self> {
        Builder::new_multi_thread()
            .thread_name("doorman")
            .on_thread_start(|| {
                // On Linux of this thread alone. A system that does not allow it has them work as everybody does.
                let _ = nice(NICER);
            })
            .enable_all()
            .build()
            .map(|runtime| Self(Some(runtime)))
    }

    /// None only while it is dropped.
    pub(super) fn handle(&self) -> Option<Handle> {
        self.0
            .as_ref()
            .map(|runtime| runtime.handle().clone())
    }
}

impl Drop for Doormen {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            // Where this is dropped nobody may wait.
            runtime.shutdown_background();
        }
    }
}
