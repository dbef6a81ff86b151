//! Random numbers of the system.

use std::io::{self, Read as _};

/// `N` random bytes.
///
/// # Errors
/// When the system gives none.
pub fn bytes<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    fill(&mut bytes)?;
    Ok(bytes)
}

/// Fills a slice with random bytes.
///
/// # Errors
/// When the system gives none.
pub fn fill(bytes: &mut [u8]) -> io::Result<()> {
    fs_err::File::open("/dev/urandom")?.read_exact(bytes)
}
