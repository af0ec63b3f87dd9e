//! The memory of a process, read from outside.

use crate::needles::Needle;
use memchr::memmem::Finder;
use std::{
    fs::{self, File, OpenOptions},
    os::unix::fs::FileExt as _,
    path::Path,
    process::Command,
};

/// The machine code of "return".
#[cfg(target_arch = "x86_64")]
const RETURN: &[u8] = &[0xC3];
#[cfg(target_arch = "aarch64")]
const RETURN: &[u8] = &[0xC0, 0x03, 0x5F, 0xD6];

/// The binary whose traces are searched for.
pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_shirushi");

/// A range of addresses.
struct Mapping {
    from: u64,
    to: u64,
    is_writable: bool,
    offset: u64,
    name: String,
}

fn mappings(pid: i32) -> Vec<Mapping> {
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).unwrap();
    maps.lines()
        .map(|line| {
            let mut parts = line.split_whitespace();
            let mut next = || parts.next().unwrap();
            let (range, access, offset, _, _) = (next(), next(), next(), next(), next());
            let (from, to) = range.split_once('-').unwrap();
            let number = |text| u64::from_str_radix(text, 16).unwrap();
            Mapping {
                from: number(from),
                to: number(to),
                is_writable: access.starts_with("rw"),
                offset: number(offset),
                name: parts.collect::<Vec<_>>().join(" "),
            }
        })
        .collect()
}

/// Where in the memory of a process the needles are. All that it can write is read: heap, stacks of all threads, guarded pages,
/// statics.
pub(crate) fn search(pid: i32, needles: &[Needle]) -> Vec<String> {
    let finders: Vec<_> = needles
        .iter()
        .map(|needle| (needle, Finder::new(&needle.bytes)))
        .collect();
    let memory = File::open(format!("/proc/{pid}/mem"))
        .expect("reading another process's memory needs CAP_SYS_PTRACE");
    let mut found = Vec::new();
    let mut read = 0;
    let mut bytes = Vec::new();
    for mapping in mappings(pid)
        .iter()
        .filter(|mapping| mapping.is_writable)
    {
        bytes.resize((mapping.to - mapping.from) as usize, 0);
        // A thread's stack may be gone by now.
        if memory
            .read_exact_at(&mut bytes, mapping.from)
            .is_err()
        {
            continue;
        }
        read += bytes.len();
        for (needle, finder) in &finders {
            for at in finder.find_iter(&bytes) {
                let around = &bytes[at.saturating_sub(48)..bytes.len().min(at + 64)];
                found.push(format!(
                    "{} at {:x} in {:?}: {}",
                    needle.what,
                    mapping.from + at as u64,
                    mapping.name,
                    around.escape_ascii()
                ));
            }
        }
    }
    assert!(read > 100_000, "only {read} bytes of {pid} could be read");
    found
}

/// Whether a core of the process may be written (proc(5), limits).
pub(crate) fn may_dump(pid: i32) -> bool {
    let limits = fs::read_to_string(format!("/proc/{pid}/limits")).unwrap();
    let cores = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max core file size"))
        .unwrap();
    cores.split_whitespace().next() != Some("0")
}

/// Takes the wipe out of a running program, where `file` is mapped: the function returns at once. It must not be running meanwhile.
pub(crate) fn remove_wipe(pid: i32, file: &Path) {
    let mappings = mappings(pid);
    let base = mappings
        .iter()
        .find(|mapping| Path::new(&mapping.name) == file && mapping.offset == 0)
        .unwrap_or_else(|| panic!("{} is not mapped", file.display()))
        .from;
    let memory = OpenOptions::new()
        .read(true)
        .write(true)
        .open(format!("/proc/{pid}/mem"))
        .unwrap();
    memory
        .write_all_at(RETURN, base + symbol(file))
        .unwrap();
}

/// The address of `shirushi_crypto::wipe::wipe` within a file.
fn symbol(binary: &Path) -> u64 {
    let listed = Command::new("nm")
        .arg("--defined-only")
        .arg(binary)
        .output()
        .expect("binutils are installed, where there is a linker");
    let listed = String::from_utf8_lossy(&listed.stdout);
    let addresses: Vec<_> = listed
        .lines()
        .filter(|line| line.contains("shirushi_crypto4wipe4wipe"))
        .map(|line| line.split(' ').next().unwrap())
        .collect();
    let [address] = addresses[..] else {
        panic!("one function wipes, not {addresses:?}");
    };
    u64::from_str_radix(address, 16).unwrap()
}
