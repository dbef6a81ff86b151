//! The SSH keys of an instance: a client key for `lab`, and each node's host key.
//!
//! They are generated here and given to the guests, so the first connection already knows the host key. They
//! are kept after `lab down`, so that a recreated lab has the host keys that clients have stored.

use std::collections::BTreeMap;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use russh::keys::ssh_key::{self, LineEnding, PrivateKey, PublicKey};

use crate::base::random;
use crate::model::{InstanceName, NodeName};
use crate::state::StateDir;

/// An ed25519 key pair in OpenSSH's text formats.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyPair {
    /// The private key, a PEM block.
    pub private: String,
    /// The public key, one line without its line feed: `ssh-ed25519 AAAA… comment`.
    pub public: String,
}

/// Hides the private key.
impl std::fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyPair").field("public", &self.public).finish_non_exhaustive()
    }
}

impl KeyPair {
    /// The public key in SSH's wire format.
    ///
    /// # Errors
    /// When the text is not a key.
    pub fn public_blob(&self) -> Result<Vec<u8>, KeysError> {
        PublicKey::from_openssh(&self.public).and_then(|key| key.to_bytes()).map_err(KeysError::Key)
    }
}

/// The keys of one guest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Its host key.
    pub host: KeyPair,
    /// The public key that may log in as root, one line without its line feed.
    pub authorized_key: String,
}

/// The keys of an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    /// The client key of `lab`.
    pub client: KeyPair,
    /// The file of its private key, for `ssh -i`.
    pub client_file: PathBuf,
    /// Each node's host key.
    pub hosts: BTreeMap<NodeName, KeyPair>,
}

impl Keys {
    /// The keys for a node; `None` if the set has none for it.
    pub fn identity(&self, node: &NodeName) -> Option<Identity> {
        let host = self.hosts.get(node)?.clone();
        Some(Identity { host, authorized_key: self.client.public.clone() })
    }
}

/// Why the keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// A file cannot be read or written.
    #[error("the SSH keys cannot be read or written")]
    Io(#[from] std::io::Error),
    /// A key cannot be generated, or a file is not one.
    #[error("not a usable SSH key")]
    Key(#[source] ssh_key::Error),
    /// The file of a key is damaged.
    #[error("{} is not an SSH key", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: ssh_key::Error,
    },
}

/// The keys of an instance, generated where missing.
///
/// # Errors
/// When the folder cannot be used, or a file in it is not a key.
pub fn load_or_create<'a>(
    state: &StateDir,
    instance: &InstanceName,
    nodes: impl IntoIterator<Item = &'a NodeName>,
) -> Result<Keys, KeysError> {
    let folder = state.keys(instance);
    fs_err::create_dir_all(state.root())?;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
    let client_file = folder.join("id_ed25519");
    let client = pair(&client_file, &format!("lab-{instance}"))?;
    let mut hosts = BTreeMap::new();
    for node in nodes {
        hosts.insert(node.clone(), pair(&folder.join(format!("host-{node}")), node.as_str())?);
    }
    Ok(Keys { client, client_file, hosts })
}

/// The key in a file; generated if it does not exist.
fn pair(path: &Path, comment: &str) -> Result<KeyPair, KeysError> {
    let key = match fs_err::read_to_string(path) {
        Ok(text) => PrivateKey::from_openssh(&text)
            .map_err(|source| KeysError::Damaged { path: path.to_owned(), source })?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let mut key = random::ssh_key()?;
            key.set_comment(comment);
            key
        }
        Err(error) => return Err(error.into()),
    };
    let private = key.to_openssh(LineEnding::LF).map_err(KeysError::Key)?.to_string();
    let public = key.public_key().to_openssh().map_err(KeysError::Key)?;
    if !path.exists() {
        write(&path.with_extension("pub"), 0o644, &format!("{public}\n"))?;
        write(path, 0o600, &private)?;
    }
    Ok(KeyPair { private, public })
}

/// Writes a file atomically, never readable beyond its mode.
fn write(path: &Path, mode: u32, content: &str) -> Result<(), KeysError> {
    Ok(crate::base::write::atomically_as(path, mode, content.as_bytes())?)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn keys_are_made_once_and_kept_private() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateDir::at(folder.path());
        let instance: InstanceName = "demo".parse().unwrap();
        let nodes: [NodeName; 2] = ["node1".parse().unwrap(), "node2".parse().unwrap()];
        let first = load_or_create(&state, &instance, &nodes[..1]).unwrap();
        let second = load_or_create(&state, &instance, &nodes).unwrap();
        assert_eq!(first.client, second.client);
        assert_eq!(first.identity(&nodes[0]), second.identity(&nodes[0]));
        assert_eq!(first.identity(&nodes[1]), None);
        let identities: Vec<_> =
            nodes.iter().map(|node| second.identity(node).unwrap().host.public).collect();
        assert_ne!(identities[0], identities[1]);
        assert!(second.client.public.starts_with("ssh-ed25519 AAAA"));
        assert!(!format!("{second:?}").contains("PRIVATE"));
        for file in [&second.client_file, &state.keys(&instance).join("host-node2")] {
            assert_eq!(fs_err::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
        }
        let blob = second.client.public_blob().unwrap();
        assert_eq!(blob[..15], *b"\0\0\0\x0bssh-ed25519");
    }

    #[test]
    fn a_damaged_key_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateDir::at(folder.path());
        let instance: InstanceName = "demo".parse().unwrap();
        fs_err::create_dir_all(state.keys(&instance)).unwrap();
        fs_err::write(state.keys(&instance).join("id_ed25519"), "rubbish").unwrap();
        let error = load_or_create(&state, &instance, &[]).unwrap_err();
        assert!(matches!(error, KeysError::Damaged { .. }));
    }
}
