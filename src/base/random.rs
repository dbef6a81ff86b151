//! Random numbers of the system.

use std::io::{self, Read as _};

use russh::keys::ssh_key::PrivateKey;
use russh::keys::ssh_key::private::Ed25519Keypair;

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

/// A new SSH key, of the kind ed25519.
///
/// # Errors
/// As [`bytes`].
pub fn ssh_key() -> io::Result<PrivateKey> {
    Ok(PrivateKey::from(Ed25519Keypair::from_seed(&bytes()?)))
}
