//! Memory that one large piece of work leaves with the allocator.
//!
//! Promises nothing where the system's C library is not the GNU one.

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
