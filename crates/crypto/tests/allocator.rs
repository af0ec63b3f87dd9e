//! The allocator as a program's own: nothing is left in what it frees.
#![cfg(target_os = "linux")]

use shirushi_crypto::WipingAllocator;
use std::{fs, hint::black_box, os::unix::fs::FileExt};

#[global_allocator]
static ALLOCATOR: WipingAllocator = WipingAllocator;

/// What stands at an address, whoever it belongs to.
fn peek(address: usize, length: usize) -> Option<Vec<u8>> {
    let memory = fs::File::open("/proc/self/mem").expect("procfs");
    let mut bytes = vec![0; length];
    memory
        .read_exact_at(&mut bytes, address as u64)
        .ok()?;
    Some(bytes)
}

fn is_in(left: Option<Vec<u8>>) -> bool {
    left.is_some_and(|left| {
        left.windows(8)
            .any(|w| w == b"PASSWORD")
    })
}

#[test]
fn a_freed_block_and_one_that_grew_hold_nothing() {
    for length in [24, 1000, 70_000, 3_000_000] {
        let text: Vec<u8> = b"PASSWORD"
            .iter()
            .copied()
            .cycle()
            .take(length)
            .collect();
        let mut block = Vec::with_capacity(length);
        block.extend_from_slice(&text);
        let first = block.as_ptr() as usize;
        assert!(is_in(peek(first, length)));
        // Where the memory was unmapped there is nothing either.
        block.reserve_exact(length * 3);
        let second = block.as_ptr() as usize;
        assert_ne!(first, second);
        assert!(!is_in(peek(first, length)), "{length} bytes after growing");
        drop(text);
        drop(black_box(block));
        assert!(!is_in(peek(second, length)), "{length} bytes after freeing");
    }
}
