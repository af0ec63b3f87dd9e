//! Where secrets lie, and what is left of them, as the kernel tells it.
#![cfg(target_os = "linux")]
#![allow(unsafe_code)]

use nix::{
    sys::wait::{WaitStatus, waitpid},
    unistd::{ForkResult, fork},
};
use shirushi_crypto::Secret;
use std::{fs, os::unix::fs::FileExt, thread};

/// One of each size of slot, and one with pages of its own.
const LENGTHS: [usize; 5] = [1, 63, 300, 1300, 9000];

fn secret(length: usize, seed: u8) -> Secret {
    let bytes: Vec<u8> = (0..length)
        .map(|n| (n as u8).wrapping_mul(31) ^ seed | 1)
        .collect();
    Secret::new(bytes)
}

fn address(secret: &Secret) -> usize {
    secret.expose().as_ptr() as usize
}

/// The flags of the mapping in which an address lies (proc(5), VmFlags).
fn flags(address: usize) -> Vec<String> {
    let smaps = fs::read_to_string("/proc/self/smaps").expect("procfs");
    let mut is_it = false;
    for line in smaps.lines() {
        let range = line
            .split_whitespace()
            .next()
            .and_then(|range| range.split_once('-'));
        let bound = |text: &str| usize::from_str_radix(text, 16).ok();
        if let Some((Some(from), Some(to))) = range.map(|(from, to)| (bound(from), bound(to))) {
            is_it = (from..to).contains(&address);
        } else if let Some(flags) = line.strip_prefix("VmFlags:")
            && is_it
        {
            return flags
                .split_whitespace()
                .map(str::to_owned)
                .collect();
        }
    }
    panic!("{address:x} is not mapped");
}

/// What stands at an address, whoever it belongs to; none when it is not mapped.
fn peek(address: usize, length: usize) -> Option<Vec<u8>> {
    let memory = fs::File::open("/proc/self/mem").expect("procfs");
    let mut bytes = vec![0; length];
    memory
        .read_exact_at(&mut bytes, address as u64)
        .ok()?;
    Some(bytes)
}

#[test]
fn secrets_are_locked_and_in_no_dump_and_in_no_child() {
    for length in LENGTHS {
        let secret = secret(length, 7);
        let flags = flags(address(&secret));
        let has = |flag: &str| flags.iter().any(|f| f == flag);
        assert!(has("dd") && has("wf"), "{length}: {flags:?}");
        assert_eq!(has("lo"), secret.is_locked(), "{length}: {flags:?}");
    }
    // Every system lets a process lock a few pages.
    assert!(secret(16, 1).is_locked());
    assert!(Secret::default().is_locked());
}

#[test]
fn nothing_is_left_after_the_drop() {
    for length in LENGTHS {
        // Bytes that no other test of this process writes, for one may take the slot at once.
        let length = length.max(8);
        let secret = Secret::new(vec![0xE7; length]);
        let (at, bytes) = (address(&secret), vec![0xE7; length]);
        assert_eq!(peek(at, length).unwrap(), bytes);
        drop(secret);
        assert!(
            peek(at, length).is_none_or(|left| left != bytes),
            "{length} bytes are still there"
        );
    }
}

#[test]
fn what_is_moved_into_a_secret_is_wiped_where_it_was() {
    let mut bytes = b"0123456789 and what was cut off".to_vec();
    bytes.truncate(10);
    let (at, capacity) = (bytes.as_ptr() as usize, bytes.capacity());
    let secret = Secret::new(bytes);
    assert_eq!(secret.expose(), b"0123456789");
    let left = peek(at, capacity).unwrap();
    assert!(
        !left
            .windows(4)
            .any(|four| four == b"6789" || four == b"what"),
        "{left:?}"
    );
}

#[test]
fn slots_are_used_again_by_many_threads_and_never_twice_at_once() {
    let mappings = || {
        let maps = fs::read_to_string("/proc/self/smaps").expect("procfs");
        maps.lines()
            .filter(|line| line.starts_with("VmFlags:") && line.contains(" wf"))
            .count()
    };
    let work = || {
        let mut held = Vec::new();
        for round in 0..200_u32 {
            for length in LENGTHS {
                held.push((secret(length, round as u8), length, round as u8));
            }
            if round % 3 == 0 {
                held.drain(..held.len() / 2);
            }
            for (kept, length, seed) in &held {
                assert_eq!(kept, &secret(*length, *seed));
            }
            held.truncate(20);
        }
    };
    let run = || {
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(work);
            }
        });
    };
    run();
    let before = mappings();
    run();
    // Regions next to each other are one mapping; other tests hold a few.
    assert!(mappings() <= before + 10, "{before}, then {}", mappings());
}

#[test]
fn a_forked_child_finds_no_secret_and_can_make_its_own() {
    let secrets: Vec<Secret> = LENGTHS
        .iter()
        .map(|length| secret(*length, 3))
        .collect();
    // Others take and give back slots while the fork happens: the child must not wait for their lock.
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for seed in 0..255 {
                    drop(secret(16, seed));
                }
            });
        }
        for _ in 0..20 {
            // SAFETY: the child runs the code of this room only and leaves by `_exit`; glibc's allocator is usable after a fork.
            match unsafe { fork() }.unwrap() {
                ForkResult::Child => {
                    let inherited = secrets
                        .iter()
                        .all(|secret| secret.is_empty() && secret.expose().is_empty());
                    let own = secret(16, 5);
                    let is_right = inherited && own == secret(16, 5) && own.len() == 16;
                    let copy = secrets[1].clone();
                    // SAFETY: ends the child without running what belongs to its parent.
                    unsafe { libc::_exit(i32::from(!(is_right && copy.is_empty()))) }
                }
                ForkResult::Parent { child } => {
                    assert_eq!(waitpid(child, None).unwrap(), WaitStatus::Exited(child, 0));
                }
            }
        }
    });
    for (kept, length) in secrets.iter().zip(LENGTHS) {
        assert_eq!(kept, &secret(length, 3));
    }
}

/// Ended in the middle, with a secret of each size in hand: the child's memory, looked at by its parent as the child exits, has none
/// of them. Without destructors, only [`shirushi_crypto::exit`] can have wiped them.
#[test]
fn a_program_that_ends_at_once_takes_its_secrets_with_it() {
    for is_wiping in [true, false] {
        // SAFETY: the child runs the code of this room only, is traced by its parent, and ends.
        match unsafe { fork() }.expect("fork") {
            ForkResult::Child => {
                let _held: Vec<Secret> = LENGTHS
                    .iter()
                    .map(|length| Secret::filled(length + 8, |to| to.fill(0xD1)))
                    .collect();
                // Stops, so that the parent can begin to trace.
                let _ = nix::sys::signal::raise(nix::sys::signal::Signal::SIGSTOP);
                if is_wiping {
                    shirushi_crypto::exit(7);
                }
                // SAFETY: ends the child without running what belongs to its parent.
                unsafe { libc::_exit(7) }
            }
            ForkResult::Parent { child } => {
                let left = left_at_the_exit(child, &[0xD1; 8]);
                assert_eq!(left == 0, is_wiping, "{left} places");
            }
        }
    }
}

/// Counts the places in writable memory where `bytes` stand when the child exits.
fn left_at_the_exit(child: nix::unistd::Pid, bytes: &[u8]) -> usize {
    use nix::sys::{
        ptrace::{self, Event, Options},
        wait::WaitPidFlag,
    };
    let stopped = waitpid(child, Some(WaitPidFlag::WUNTRACED)).expect("a child");
    assert!(matches!(stopped, WaitStatus::Stopped(..)), "{stopped:?}");
    ptrace::seize(child, Options::PTRACE_O_TRACEEXIT).expect("a child of ours");
    nix::sys::signal::kill(child, nix::sys::signal::Signal::SIGCONT).expect("it is there");
    let mut left = 0;
    loop {
        match waitpid(child, None).expect("a child") {
            WaitStatus::PtraceEvent(_, _, event) if event == Event::PTRACE_EVENT_EXIT as i32 => {
                left = places(child, bytes);
                ptrace::cont(child, None).expect("stopped");
            }
            WaitStatus::PtraceEvent(..) => ptrace::cont(child, None).expect("stopped"),
            WaitStatus::Stopped(_, signal) => ptrace::cont(child, signal).expect("stopped"),
            ended => {
                assert_eq!(ended, WaitStatus::Exited(child, 7));
                return left;
            }
        }
    }
}

/// Counts where `bytes` stand in the mappings of a process that are no larger than those of secrets.
fn places(child: nix::unistd::Pid, bytes: &[u8]) -> usize {
    let smaps = fs::read_to_string(format!("/proc/{child}/smaps")).expect("procfs");
    let memory = fs::File::open(format!("/proc/{child}/mem")).expect("procfs");
    let mut range = None;
    let mut found = 0;
    for line in smaps.lines() {
        let words = line
            .split_whitespace()
            .next()
            .and_then(|range| range.split_once('-'));
        let bound = |text: &str| u64::from_str_radix(text, 16).ok();
        if let Some((Some(from), Some(to))) = words.map(|(from, to)| (bound(from), bound(to))) {
            range = line
                .contains(" rw")
                .then_some((from, to));
        } else if let (Some(_), Some((from, to))) = (line.strip_prefix("VmFlags:"), range) {
            let mut page = vec![0; (to - from) as usize];
            if to - from < 1 << 20
                && memory
                    .read_exact_at(&mut page, from)
                    .is_ok()
            {
                found += page
                    .windows(bytes.len())
                    .filter(|window| *window == bytes)
                    .count();
            }
        }
    }
    found
}
