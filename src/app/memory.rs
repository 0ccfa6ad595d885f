//! How the system's allocator is run: what a thread has freed is there for every thread, and what one large piece of work
//! leaves is given back.
//!
//! Promises nothing where the system's C library is not the GNU one.

/// Stretches of memory that threads share. The GNU allocator gives each busy thread one of its own, up to eight a core, and
/// what is free in one is of no use to the others: at 200 busy connections all of them held 20 MB, and two hold 18.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const ARENAS_MAX: libc::c_int = 2;

/// A larger piece is a stretch of its own, and goes back to the system as soon as it is free. Left to itself the GNU
/// allocator raises this bound to the largest piece that it ever saw freed; batches on their way upstream, a quarter of a
/// megabyte each, then lie among small pieces: 12 MB of holes after ten seconds.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const OWN_STRETCH_FROM: libc::c_int = 128 * 1024;

/// Has all threads share their free memory, and large pieces lie by themselves. To be called before there is a second
/// thread.
#[allow(unsafe_code)]
pub fn share() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    for (word, parameter, number) in [
        ("MALLOC_ARENA_MAX", libc::M_ARENA_MAX, ARENAS_MAX),
        ("MALLOC_MMAP_THRESHOLD_", libc::M_MMAP_THRESHOLD, OWN_STRETCH_FROM),
    ] {
        // An administrator's own word goes first.
        if std::env::var_os(word).is_none() {
            // SAFETY: It sets a number that the allocator reads, and there is no second thread yet.
            unsafe { libc::mallopt(parameter, number) };
        }
    }
}

/// Gives back what is free. The GNU allocator keeps what a thread has freed for that thread's like. The proof of a day's
/// backup, on a thread of its own, is the largest piece of work there is; next comes a start, which reads the plan twice.
#[allow(unsafe_code)]
pub(super) fn give_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: It may be called at any time from any thread, and touches nothing that is in use.
    unsafe {
        libc::malloc_trim(0);
    }
}
