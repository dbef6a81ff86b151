//! The key of the SSH server, by which clients know it again.

use std::path::Path;

use russh::keys::ssh_key::{self, HashAlg, LineEnding, PrivateKey};

use crate::app::{AppError, StateDir};
use crate::base::{random, write};

/// A key of a server.
pub struct HostKey {
    /// The private key, as OpenSSH writes it.
    pub private: String,
    /// Its fingerprint, as clients show it: `SHA256:…`.
    pub fingerprint: String,
}

/// The key of a state folder, which is made if there is none.
///
/// # Errors
/// When it cannot be made, read or kept.
pub fn own(state: &StateDir) -> Result<HostKey, AppError> {
    let file = state.web().join("ssh_host_ed25519_key");
    let unusable = |error: ssh_key::Error| {
        AppError::failed("the key of the SSH server cannot be used")
            .because(error)
            .hint(format!("without {} another one is made, and clients have to be told", file.display()))
    };
    let key = match fs_err::read_to_string(&file) {
        Ok(text) => PrivateKey::from_openssh(&text).map_err(unusable)?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => made(state, &file)
            .map_err(|error| AppError::failed("the key of the SSH server cannot be made").because(error))?,
        Err(error) => return Err(AppError::failed("the key of the SSH server cannot be read").because(error)),
    };
    let private = key.to_openssh(LineEnding::LF).map_err(unusable)?.to_string();
    Ok(HostKey { private, fingerprint: key.public_key().fingerprint(HashAlg::Sha256).to_string() })
}

fn made(state: &StateDir, file: &Path) -> std::io::Result<PrivateKey> {
    let key = random::ssh_key()?;
    let text = key.to_openssh(LineEnding::LF).map_err(std::io::Error::other)?;
    write::private_folder(&state.web())?;
    write::atomically(file, text.as_bytes())?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn the_key_is_made_once_and_is_private() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateDir::at(folder.path());
        let first = own(&state).unwrap();
        assert_eq!(own(&state).unwrap().fingerprint, first.fingerprint);
        assert!(first.fingerprint.starts_with("SHA256:"));
        let file = state.web().join("ssh_host_ed25519_key");
        assert_eq!(fs_err::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
