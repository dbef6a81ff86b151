//! The client key of a restored instance.
//!
//! The guests of a checkpoint accept the key of the instance that saved it. Each instance has a key of its
//! own, so that the key of one opens no other: right after a restore each guest gets it over its line, which
//! needs no key, or by the key of the checkpoint if nothing answers there: root of the guest may have ended
//! the program at its other end. A guest whose image has no line keeps the key of the checkpoint, and then so
//! does its instance.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::configure::check;
use super::{LibvirtProvider, files};
use crate::base::shell::quote;
use crate::guest::keeper::Shell;
use crate::guest::{Limits, Output, SshError, Target};
use crate::model::NodeName;
use crate::seed::{self, Identity};
use crate::work::{Context, ProviderError};

/// The file of a client key, in a folder of keys.
const CLIENT: &str = "id_ed25519";

/// The file that names the nodes without the key of their instance.
pub(super) const FORMER: &str = "former.json";

/// The public key that guests accept from a checkpoint, and the nodes that still do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct FormerKey {
    /// One line, without its line feed.
    public: String,
    /// The nodes that have not got the instance's own key yet.
    nodes: Vec<NodeName>,
    /// The folder of the checkpoint's keys.
    #[serde(default)]
    folder: PathBuf,
}

/// How long a line that was not answered is tried again: a busy machine needs a while to run its guests
/// after a restore.
const ANSWER: Duration = Duration::from_secs(15);

impl LibvirtProvider {
    fn former_key_file(&self) -> PathBuf {
        self.state.keys(&self.instance).join(FORMER)
    }

    /// Notes that these nodes accept the client key in this folder, and not yet the instance's own.
    pub(super) fn note_former_key(&self, folder: &Path, nodes: Vec<NodeName>) -> Result<(), ProviderError> {
        let public = fs_err::read_to_string(folder.join(CLIENT).with_extension("pub"))
            .map_err(files::io("cannot read the keys of the checkpoint"))?;
        let (public, folder) = (public.trim_end().to_owned(), folder.to_owned());
        files::write(&self.former_key_file(), &FormerKey { public, nodes, folder })
    }

    /// Forgets such a note: the instance takes the key of its checkpoint.
    pub(super) fn forget_former_key(&self) -> Result<(), ProviderError> {
        files::delete(&self.former_key_file())
    }

    /// Gives a resumed node the instance's own key, if it does not accept it yet.
    pub(super) fn rekey(&self, node: &NodeName, context: &Context<'_>) -> Result<(), ProviderError> {
        let Some(former) = files::read::<FormerKey>(&self.former_key_file())? else { return Ok(()) };
        if !former.nodes.contains(node) {
            return Ok(());
        }
        let (_, identity) = self.keys(node)?;
        if former.public != identity.authorized_key {
            self.replace_key(node, &former, &identity, context)?;
        }
        let _one = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(mut former) = files::read::<FormerKey>(&self.former_key_file())? else { return Ok(()) };
        former.nodes.retain(|other| other != node);
        match former.nodes.is_empty() {
            true => files::delete(&self.former_key_file()),
            false => files::write(&self.former_key_file(), &former),
        }
    }

    fn replace_key(
        &self,
        node: &NodeName,
        former: &FormerKey,
        identity: &Identity,
        context: &Context<'_>,
    ) -> Result<(), ProviderError> {
        const WHAT: &str = "giving it the key of this instance";
        let spec = super::seed::find(&self.host.folder())?.remove(node).ok_or_else(|| {
            ProviderError::Host { what: format!("there is no node {node}"), source: "it has no seed".into() }
        })?;
        let before = Identity { authorized_key: former.public.clone(), ..identity.clone() };
        let digests = [&before, identity].map(|identity| seed::digest(&spec, identity).0);
        let script = script(&former.public, &identity.authorized_key, &digests);
        let limit = super::configure::STEP;
        let output = self
            .run_without_key(node, former, &script, self.limits(limit, context))
            .map_err(|error| self.trouble(WHAT.to_owned(), node, limit, WHAT, error))?;
        check(WHAT, node, &output)
    }

    /// Runs a script on a node that does not accept the key of this instance.
    fn run_without_key(
        &self,
        node: &NodeName,
        former: &FormerKey,
        script: &str,
        limits: Limits<'_>,
    ) -> Result<Output, SshError> {
        let until = Instant::now() + ANSWER * self.accelerator.patience();
        while Instant::now() < until {
            if let Some(line) = self.open_line(node, limits)? {
                return line.run(script, limits);
            }
            limits.check()?;
            // A refused connection is no wait.
            std::thread::sleep(Duration::from_millis(100));
        }
        let target = self.target(node).map_err(|error| SshError::Io(std::io::Error::other(error)))?;
        let private_key = fs_err::read_to_string(former.folder.join(CLIENT)).map_err(SshError::Io)?;
        Shell::new(self.keeper(), Target { private_key, ..target }).run(script, limits)
    }
}

/// Replaces the line of the key; other lines are the user's. If the seed was applied with the former key, it
/// counts as applied with the present one, so that the next boot does not apply it again over the user's
/// changes. All is on the disk before the script ends: the next event may be a power cut.
fn script(former: &str, present: &str, [before, after]: &[String; 2]) -> String {
    let (former, present) = (quote(former), quote(present));
    let applied = seed::APPLIED;
    format!(
        "set -e\nfile=/root/.ssh/authorized_keys\numask 077\n\
         {{ grep -vxF -e {former} -e {present} \"$file\" || :; printf '%s\\n' {present}; }} >\"$file.new\"\n\
         mv \"$file.new\" \"$file\"\n\
         read -r seed <{applied} || seed=\n\
         [ \"$seed\" != {before} ] || printf '%s\\n' {after} >{applied}\n\
         sync \"$file\" {applied} /root/.ssh\n"
    )
}

/// Whether a file of a folder of keys is a client key.
pub(super) fn is_client_key(name: &OsStr) -> bool {
    name.to_str().is_some_and(|name| name == CLIENT || name.strip_prefix(CLIENT) == Some(".pub"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_former_key_is_replaced() {
        let place = tempfile::tempdir().unwrap();
        let (keys, seed) = (place.path().join("keys"), place.path().join("seed"));
        let run = |script: String| {
            let script = script
                .replace("/root/.ssh/authorized_keys", &keys.display().to_string())
                .replace("/root/.ssh", &place.path().display().to_string())
                .replace(seed::APPLIED, &seed.display().to_string());
            assert!(std::process::Command::new("sh").args(["-c", &script]).status().unwrap().success());
            [&keys, &seed].map(|file| fs_err::read_to_string(file).unwrap())
        };
        let digests = ["a".repeat(64), "b".repeat(64)];
        fs_err::write(&keys, "ssh-ed25519 own the user's\nssh-ed25519 old lab-a\n").unwrap();
        fs_err::write(&seed, format!("{}\n", digests[0])).unwrap();
        let after = run(script("ssh-ed25519 old lab-a", "ssh-ed25519 new lab-b", &digests));
        assert_eq!(after[0], "ssh-ed25519 own the user's\nssh-ed25519 new lab-b\n");
        assert_eq!(after[1], format!("{}\n", digests[1]));
        // Again, and with a seed that was not applied.
        fs_err::write(&seed, "another\n").unwrap();
        let after = run(script("ssh-ed25519 old lab-a", "ssh-ed25519 new lab-b", &digests));
        assert_eq!(after[0], "ssh-ed25519 own the user's\nssh-ed25519 new lab-b\n", "it can run twice");
        assert_eq!(after[1], "another\n");
    }
}
