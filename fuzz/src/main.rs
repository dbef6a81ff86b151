//! One parser of foreign bytes under libFuzzer: the one that `HALAB_FUZZ` names. Run it with `make fuzz`.
//!
//! An input breaks a parser that panics, that takes too long, or that takes more memory than it may.

#![no_main]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use halab::testing::fuzz::{TARGETS, Target};
use libfuzzer_sys::fuzz_target;

/// The memory that is in use, and the most since the last input.
struct Counted;

static USED: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

fn taken(bytes: usize) {
    let used = USED.fetch_add(bytes, Ordering::Relaxed) + bytes;
    MOST.fetch_max(used, Ordering::Relaxed);
}

// SAFETY: all memory is that of the system's allocator; this only counts.
unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        taken(layout.size());
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        USED.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.dealloc(place, layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        taken(size);
        USED.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.realloc(place, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counted = Counted;

static CHOSEN: LazyLock<&Target> = LazyLock::new(|| {
    let name = std::env::var("HALAB_FUZZ").unwrap_or_default();
    let target = TARGETS.iter().find(|target| target.name == name).expect("HALAB_FUZZ names a parser");
    // What is made once does not count.
    (target.run)(b"");
    target
});

fuzz_target!(|input: &[u8]| {
    let target = *CHOSEN;
    let before = USED.load(Ordering::Relaxed);
    MOST.store(before, Ordering::Relaxed);
    (target.run)(input);
    let taken = MOST.load(Ordering::Relaxed).saturating_sub(before);
    assert!(taken <= target.memory, "{} took {} MiB", target.name, taken >> 20);
});
