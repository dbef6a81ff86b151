//! The SSH keys of an instance: one that `lab` logs in with, and each node's host key.
//!
//! They are made here and given to the guests, so the very first connection is to a known host. They
//! outlive `lab down`, so that a lab that comes back is the same machines to whoever noted their keys.

use std::collections::BTreeMap;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use ssh_key::rand_core::OsRng;
use ssh_key::{Algorithm, LineEnding, PrivateKey, PublicKey};

use crate::model::{InstanceName, NodeName};
use crate::state::StateDir;

/// Two halves of an ed25519 key in OpenSSH's text forms.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyPair {
    /// The private key, a PEM block.
    pub private: String,
    /// The public key, one line without its end: `ssh-ed25519 AAAA… comment`.
    pub public: String,
}

/// Shows no secret.
impl std::fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyPair").field("public", &self.public).finish_non_exhaustive()
    }
}

impl KeyPair {
    /// The public key as SSH sends it.
    ///
    /// # Errors
    /// When the text is not a key.
    pub fn public_blob(&self) -> Result<Vec<u8>, KeysError> {
        PublicKey::from_openssh(&self.public).and_then(|key| key.to_bytes()).map_err(KeysError::Key)
    }
}

/// The keys that one guest is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Its own.
    pub host: KeyPair,
    /// The public key that root may log in with, one line without its end.
    pub authorized_key: String,
}

/// The keys of an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    /// What `lab` logs in with.
    pub client: KeyPair,
    /// The file of its private half, for `ssh -i`.
    pub client_file: PathBuf,
    /// Each node's host key.
    pub hosts: BTreeMap<NodeName, KeyPair>,
}

impl Keys {
    /// What a node is given; none if the keys were not made for it.
    pub fn identity(&self, node: &NodeName) -> Option<Identity> {
        let host = self.hosts.get(node)?.clone();
        Some(Identity { host, authorized_key: self.client.public.clone() })
    }
}

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// A file cannot be read or written.
    #[error("the keys cannot be kept")]
    Io(#[from] std::io::Error),
    /// A key cannot be made, or a file is not one.
    #[error("not a usable SSH key")]
    Key(#[source] ssh_key::Error),
    /// The file of a key is damaged.
    #[error("{} is not an SSH key", path.display())]
    Damaged {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: ssh_key::Error,
    },
}

/// The keys of an instance: those that are there, and new ones for what has none.
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

/// The key of a file; made if it is not there.
fn pair(path: &Path, comment: &str) -> Result<KeyPair, KeysError> {
    let key = match fs_err::read_to_string(path) {
        Ok(text) => PrivateKey::from_openssh(&text)
            .map_err(|source| KeysError::Damaged { path: path.to_owned(), source })?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let mut key = PrivateKey::random(&mut OsRng, Algorithm::Ed25519).map_err(KeysError::Key)?;
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

/// Writes a file whole or not at all, at no time readable by others than its mode says.
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
