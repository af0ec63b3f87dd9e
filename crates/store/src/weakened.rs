//! Promises that a test of the tests breaks: the build must be found out then.
//!
//! A build for service has no such switch. Only under the feature `weakenable`, which no crate but a test asks for, the environment
//! variable `SHIRUSHI_WEAKENED` names what does not hold in this process.

/// What can be broken, by the name that the variable gives it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Promise {
    /// `sync`: what is committed is on the disk.
    Sync,
    /// `guard`: a database that was taken back is not taken for the one that was left.
    Guard,
}

#[cfg(feature = "weakenable")]
pub(crate) fn is_broken(promise: Promise) -> bool {
    use std::sync::OnceLock;

    static BROKEN: OnceLock<Option<Promise>> = OnceLock::new();
    let broken = BROKEN.get_or_init(|| match std::env::var("SHIRUSHI_WEAKENED").as_deref() {
        Ok("sync") => Some(Promise::Sync),
        Ok("guard") => Some(Promise::Guard),
        _ => None,
    });
    *broken == Some(promise)
}

#[cfg(not(feature = "weakenable"))]
pub(crate) const fn is_broken(_: Promise) -> bool {
    false
}
