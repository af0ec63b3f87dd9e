//! Alone in its process, since it takes away what the others' secrets are locked with.
#![cfg(target_os = "linux")]

use rustix::{
    process::{Resource, Rlimit, setrlimit},
    thread::{CapabilitySet, capabilities, set_capabilities},
};
use shirushi_crypto::Secret;

#[test]
fn without_locked_memory_secrets_still_work_and_say_so() {
    // Root is bound by no limit while it has this capability.
    let mut mine = capabilities(None).unwrap();
    mine.effective
        .remove(CapabilitySet::IPC_LOCK);
    set_capabilities(None, mine).unwrap();
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    setrlimit(Resource::Memlock, none).unwrap();

    for length in [1, 16, 300, 1300, 9000] {
        let secret = Secret::new(vec![0x5A; length]);
        assert!(!secret.is_locked());
        assert_eq!(secret.expose(), vec![0x5A; length]);
        assert_eq!(secret.clone(), secret);
    }
}
