//! `lab ssh-config`: what OpenSSH and the tools on top of it need to reach the nodes of an instance.

use std::fmt::Write as _;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::error::AppError;
use super::job::Job;
use super::reach;
use super::request::Request;
use super::{Halab, write_private};
use crate::base::shell::quote;
use crate::base::write;
use crate::model::{InstanceName, NodeName};

/// Returns how OpenSSH reaches the nodes of an instance, and writes the nodes' host keys down for it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct SshConfig {
    /// The instance. Default: the only one.
    pub instance: Option<InstanceName>,
}

/// How OpenSSH reaches the nodes of an instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct SshAccess {
    /// The instance.
    pub instance: InstanceName,
    /// Its nodes.
    pub nodes: Vec<NodeName>,
    /// The file with the private key that opens all of them.
    pub identity: PathBuf,
    /// The file with their host keys.
    pub known_hosts: PathBuf,
    /// The content of that file.
    pub host_keys: String,
}

/// The command that carries the bytes of a connection to a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carrier {
    /// Words before the program: `sudo`.
    pub before: Vec<String>,
    /// This program.
    pub program: PathBuf,
    /// The state folder.
    pub state: PathBuf,
}

/// The hidden command of the carrier.
pub const PIPE: &str = "__pipe";

/// The name by which OpenSSH calls a node: `node1.demo`.
pub fn host_name(node: &NodeName, instance: &InstanceName) -> String {
    format!("{node}.{instance}")
}

impl Request for SshConfig {
    type Outcome = SshAccess;
    const NAME: &'static str = "ssh-config";

    fn perform(&self, job: &Job) -> Result<SshAccess, AppError> {
        let name = job.choose(self.instance.as_ref())?;
        job.needs(&name, |can| can.shells)?;
        let instance = job.describe(&name)?;
        let keys = reach::keys(job, &instance)?;
        let mut host_keys = String::new();
        for (node, pair) in &keys.hosts {
            // Writing to a string cannot fail.
            let _ = writeln!(host_keys, "{} {}", host_name(node, &name), pair.public);
        }
        let known_hosts = job.state.instance(&name).join("known-hosts");
        write::atomically(&known_hosts, host_keys.as_bytes()).map_err(unwritable)?;
        let nodes = instance.lab.nodes.iter().map(|node| node.name.clone()).collect();
        Ok(SshAccess { instance: name, nodes, identity: keys.client_file, known_hosts, host_keys })
    }
}

fn unwritable(error: std::io::Error) -> AppError {
    AppError::failed("the host keys of the nodes cannot be written down").because(error)
}

impl SshAccess {
    /// The configuration of OpenSSH.
    ///
    /// # Errors
    /// When a path has a character that such a file cannot express.
    pub fn text(&self, carrier: &Carrier) -> Result<String, AppError> {
        let hosts: Vec<String> = self.nodes.iter().map(|node| host_name(node, &self.instance)).collect();
        let Self { instance, .. } = self;
        let (identity, known_hosts) = (path(&self.identity)?, path(&self.known_hosts)?);
        Ok(format!(
            "# The nodes of `{instance}`, by `lab ssh-config {instance}`\n\
             Host {}\n    User root\n    IdentityFile {identity}\n    IdentitiesOnly yes\n    \
             UserKnownHostsFile {known_hosts}\n    GlobalKnownHostsFile none\n    \
             StrictHostKeyChecking yes\n    CheckHostIP no\n    ProxyCommand {}\n",
            hosts.join(" "),
            carrier.command()?
        ))
    }

    /// The same access with files in a folder of the caller's.
    #[must_use]
    pub fn in_folder(&self, folder: &Path) -> Self {
        Self { identity: folder.join("id_ed25519"), known_hosts: folder.join("known_hosts"), ..self.clone() }
    }

    /// Writes the configuration, the private key and the host keys into a folder of the user for whom the
    /// application works. It is made if it does not exist; then only that user gets in. Returns the file of
    /// the configuration.
    ///
    /// # Errors
    /// When a file cannot be read or written.
    pub fn write(&self, halab: &Halab, folder: &Path, carrier: &Carrier) -> Result<PathBuf, AppError> {
        let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
        let text = self.in_folder(&folder).text(carrier)?;
        let key = fs_err::read_to_string(&self.identity)
            .map_err(|error| AppError::failed("the instance's SSH key cannot be read").because(error))?;
        if !folder.is_dir() {
            let made = std::fs::DirBuilder::new().mode(0o700).create(&folder);
            let given = made.and_then(|()| std::os::unix::fs::lchown(&folder, Some(halab.caller), None));
            given.map_err(|error| {
                AppError::failed(format!("the folder `{}` cannot be made", folder.display())).because(error)
            })?;
        }
        let config = folder.join("config");
        for (name, text) in [("id_ed25519", &key), ("known_hosts", &self.host_keys), ("config", &text)] {
            write_private(halab, &folder.join(name), text)?;
        }
        Ok(config)
    }
}

impl Carrier {
    /// The command for a shell. OpenSSH puts the name of the node in place of `%h`: one of those that its
    /// configuration lists.
    fn command(&self) -> Result<String, AppError> {
        let mut words: Vec<String> = self.before.iter().map(|word| quote(word)).collect();
        words.push(quote(plain(&self.program)?));
        words.push("--state".to_owned());
        words.push(quote(plain(&self.state)?));
        let words = words.join(" ").replace('%', "%%");
        Ok(format!("{words} {PIPE} %h"))
    }
}

/// A path as a word of OpenSSH's configuration, in which `%` begins a token.
fn path(path: &Path) -> Result<String, AppError> {
    Ok(format!("\"{}\"", plain(path)?.replace('%', "%%")))
}

/// A path whose characters OpenSSH's configuration can express.
fn plain(path: &Path) -> Result<&str, AppError> {
    let text =
        path.to_str().filter(|text| !text.contains(['"', '\\', '$']) && !text.contains(char::is_control));
    text.ok_or_else(|| {
        AppError::failed(format!("OpenSSH's configuration cannot express the path `{}`", path.display()))
            .hint("choose a folder of letters, digits and `-` with `--state` or `--output`")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access() -> SshAccess {
        SshAccess {
            instance: "demo".parse().unwrap(),
            nodes: vec!["node1".parse().unwrap(), "node2".parse().unwrap()],
            identity: "/var/lib/halab/keys/demo/id_ed25519".into(),
            known_hosts: "/var/lib/halab/instances/demo/known-hosts".into(),
            host_keys: "node1.demo ssh-ed25519 AAAA node1\n".to_owned(),
        }
    }

    fn carrier(program: &str) -> Carrier {
        Carrier { before: Vec::new(), program: program.into(), state: "/var/lib/halab".into() }
    }

    #[test]
    fn the_configuration_names_all_that_openssh_needs() {
        insta::assert_snapshot!(access().text(&carrier("/usr/local/bin/lab")).unwrap(), @r#"
        # The nodes of `demo`, by `lab ssh-config demo`
        Host node1.demo node2.demo
            User root
            IdentityFile "/var/lib/halab/keys/demo/id_ed25519"
            IdentitiesOnly yes
            UserKnownHostsFile "/var/lib/halab/instances/demo/known-hosts"
            GlobalKnownHostsFile none
            StrictHostKeyChecking yes
            CheckHostIP no
            ProxyCommand '/usr/local/bin/lab' --state '/var/lib/halab' __pipe %h
        "#);
        let sudo = Carrier { before: vec!["sudo".to_owned()], ..carrier("/home/a b/100%/lab") };
        let text = access().in_folder(Path::new("/home/me/demo")).text(&sudo).unwrap();
        assert!(text.contains("ProxyCommand 'sudo' '/home/a b/100%%/lab' --state"), "{text}");
        assert!(text.contains("IdentityFile \"/home/me/demo/id_ed25519\""), "{text}");
    }

    #[test]
    fn openssh_reads_it_as_it_is_meant() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("of a user");
        fs_err::create_dir(&place).unwrap();
        let config = place.join("config");
        fs_err::write(&config, access().in_folder(&place).text(&carrier("/usr/bin/la b")).unwrap()).unwrap();
        let output =
            std::process::Command::new("ssh").arg("-G").arg("-F").arg(&config).arg("node2.demo").output();
        let text = String::from_utf8(output.unwrap().stdout).unwrap();
        let place = place.display();
        for line in [
            "user root".to_owned(),
            format!("identityfile {place}/id_ed25519"),
            format!("userknownhostsfile {place}/known_hosts"),
            "stricthostkeychecking true".to_owned(),
            "proxycommand '/usr/bin/la b' --state '/var/lib/halab' __pipe %h".to_owned(),
        ] {
            assert!(text.lines().any(|known| known.trim_matches('"') == line), "{line}: {text}");
        }
    }

    #[test]
    fn a_path_that_cannot_be_expressed_is_refused() {
        for bad in ["/a\"b", "/a\nb", "/a$b", "/a\\b"] {
            assert!(access().text(&carrier(bad)).is_err(), "{bad}");
            assert!(access().in_folder(Path::new(bad)).text(&carrier("/lab")).is_err(), "{bad}");
        }
    }
}
