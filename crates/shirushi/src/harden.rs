//! A program into which PINs are typed, or which holds a city's keys, is not to be looked into.

use rustix::process::{Resource, Rlimit, setrlimit};

/// Before anything is typed or read: no core dump is written, and no other program of the same user reads this one's memory or attaches to
/// it (prctl(2), PR_SET_DUMPABLE). The system's administrator can, as ever. A system that refuses leaves what it had; PINs are
/// wiped all the same.
pub(crate) fn harden() {
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    let _ = setrlimit(Resource::Core, none);
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
}
