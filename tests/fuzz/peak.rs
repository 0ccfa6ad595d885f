//! How much memory a piece of work takes at most, counted by the thread that does it.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    static NOW: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

/// The system's allocator, with a tally.
struct Counting;

#[global_allocator]
static COUNTING: Counting = Counting;

fn tally(bytes: isize) {
    // A thread that is ending has no tally any more.
    let _ended = NOW.try_with(|now| {
        now.set(now.get() + bytes);
        let _ended = PEAK.try_with(|peak| peak.set(peak.get().max(now.get())));
    });
}

// SAFETY: every call is the system allocator's own, with the same arguments; the tally beside it allocates nothing.
#[allow(unsafe_code)]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        tally(layout.size() as isize);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        tally(-(layout.size() as isize));
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // For a moment both may be there.
        tally(size as isize);
        tally(-(layout.size() as isize));
        unsafe { System.realloc(at, layout, size) }
    }
}

/// Does the work, and panics where it took more than `bytes_max` at once.
pub fn bounded(what: &str, bytes_max: usize, work: impl FnOnce()) {
    let before = NOW.get();
    PEAK.set(before);
    work();
    let took = PEAK.get() - before;
    assert!(
        took <= bytes_max as isize,
        "{what} took {took} bytes at once; at most {bytes_max} are right for so much input"
    );
}
