//! The description of an instance, so that nothing after `lab up` needs the lab's file.
//!
//! It is written into the instance's folder before the first change on the host, and deleted with the folder.
//! It describes the intended state; only the host shows which objects exist.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::desired::Desired;
use crate::model::CheckpointId;
use crate::model::Wish;
use crate::model::choice::choice;
use crate::model::{DrillName, InstanceName, Lab, Scripts};
use crate::state::StateDir;

/// The version of the file's format that this program writes.
pub const VERSION: u32 = 1;

/// Its file name in the instance's folder.
pub(crate) const FILE: &str = "instance.json";

/// The state file of a simulated host in the instance's folder.
pub(crate) const SIMULATED: &str = "sim.json";

/// An instance as last brought up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Instance {
    /// The version of this format.
    pub version: u32,
    /// Its name.
    pub name: InstanceName,
    /// When it was first brought up.
    pub created: Timestamp,
    /// The provider of its guests.
    pub provider: ProviderKind,
    /// The requested acceleration.
    pub accel: Wish,
    /// The source of the lab.
    pub origin: LabOrigin,
    /// The values of `--set`, in order, as written: `deadtime=1500ms`.
    pub settings: Vec<String>,
    /// The lab, with these settings.
    pub lab: Lab,
    /// The lab as objects on a host.
    pub desired: Desired,
    /// The texts of the lab's drills.
    pub drills: BTreeMap<DrillName, String>,
    /// The scripts that its drills use.
    #[serde(default, skip_serializing_if = "Scripts::is_empty")]
    pub scripts: Scripts,
    /// The checkpoint that it is being restored from. If the restore is killed, this remains set: the
    /// instance is then in a mixed state and must be restored again.
    #[serde(default)]
    pub restoring: Option<CheckpointId>,
    /// Whether its machines have UUIDs and addresses of their own, and so a baseline checkpoint of their own.
    #[serde(default)]
    pub fresh_identity: bool,
}

/// Where guests run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProviderKind {
    /// Real guests in an embedded host.
    #[default]
    Libvirt,
    /// A simulated host, kept in a file: for tests, and for learning without KVM.
    Sim,
}

choice!(ProviderKind { Libvirt = "libvirt", Sim = "sim" });

/// The source of a lab.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LabOrigin {
    /// The bundled lab of this name.
    Bundled(String),
    /// The lab that was installed on this machine under this name.
    Installed(String),
    /// This lab file.
    File(PathBuf),
}

impl LabOrigin {
    /// The argument with which [`crate::labfile::find`] finds it again.
    pub fn argument(&self) -> String {
        match self {
            LabOrigin::Bundled(name) | LabOrigin::Installed(name) => name.clone(),
            LabOrigin::File(path) => path.display().to_string(),
        }
    }
}

/// Why an instance's description cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum InstanceError {
    /// It cannot be read or written.
    #[error("the instance's own description cannot be read or written")]
    Io(#[from] std::io::Error),
    /// Its content is invalid.
    #[error("{path} is damaged")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// A newer program wrote it.
    #[error("{path} has format {found}, and this program knows formats up to {VERSION}")]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u32,
    },
}

impl InstanceError {
    /// Whether the cause is missing permission.
    pub fn is_denied(&self) -> bool {
        matches!(self, Self::Io(error) if error.kind() == std::io::ErrorKind::PermissionDenied)
    }
}

/// The field that every version has.
#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

impl Instance {
    /// Reads an instance's description; `None` if it does not exist.
    ///
    /// # Errors
    /// When the file exists but cannot be used.
    pub fn load(state: &StateDir, name: &InstanceName) -> Result<Option<Self>, InstanceError> {
        let path = state.instance(name).join(FILE);
        match fs_err::read_to_string(&path) {
            Ok(text) => parse(&text, &path).map(Some),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Writes the description into the instance's folder, which is created if needed. The write is atomic.
    ///
    /// # Errors
    /// When the folder or the file cannot be written.
    pub fn save(&self, state: &StateDir) -> Result<(), InstanceError> {
        let folder = state.instance(&self.name);
        fs_err::create_dir_all(&folder)?;
        let path = folder.join(FILE);
        let text = serde_json::to_vec(self)
            .map_err(|source| InstanceError::Damaged { path: path.clone(), source })?;
        crate::base::write::atomically(&path, &text)?;
        Ok(())
    }
}

/// The provider of an instance, also when its description is damaged or of a newer version, so that the
/// instance can still be destroyed. `None` if it has no description.
///
/// # Errors
/// When this user may not read the description.
pub fn provider_of(state: &StateDir, name: &InstanceName) -> Result<Option<ProviderKind>, InstanceError> {
    match Instance::load(state, name) {
        Err(error) if error.is_denied() => Err(error),
        Err(_) => {
            let folder = state.instance(name);
            let text = fs_err::read(folder.join(FILE)).unwrap_or_default();
            let told = serde_json::from_slice::<Provided>(&text).ok().map(|found| found.provider);
            let simulated = folder.join(SIMULATED).exists();
            Ok(Some(told.unwrap_or(if simulated { ProviderKind::Sim } else { ProviderKind::Libvirt })))
        }
        Ok(found) => Ok(found.map(|instance| instance.provider)),
    }
}

/// The field that destroying an instance needs.
#[derive(Deserialize)]
struct Provided {
    provider: ProviderKind,
}

fn parse(text: &str, path: &Path) -> Result<Instance, InstanceError> {
    let damaged = |source| InstanceError::Damaged { path: path.to_owned(), source };
    let version = serde_json::from_slice::<Versioned>(text.as_bytes()).map_err(damaged)?.version;
    if version > VERSION {
        return Err(InstanceError::Newer { path: path.to_owned(), found: version });
    }
    serde_json::from_slice(text.as_bytes()).map_err(damaged)
}

/// The instances that have a folder, sorted by name: all that `lab up` began and `lab down` has not ended.
///
/// # Errors
/// When the folder of instances exists but cannot be listed.
pub fn list(state: &StateDir) -> std::io::Result<Vec<InstanceName>> {
    let entries = match fs_err::read_dir(state.instances()) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_dir()
            && let Some(Ok(name)) = entry.file_name().to_str().map(str::parse)
        {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_format_is_named_and_not_guessed_at() {
        let error = parse(r#"{"version": 2, "shape": "unknown"}"#, Path::new("instance.json")).unwrap_err();
        assert_eq!(error.to_string(), "instance.json has format 2, and this program knows formats up to 1");
    }

    #[test]
    fn where_it_runs_is_known_whatever_became_of_its_description() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateDir::at(folder.path());
        let name: InstanceName = "web".parse().unwrap();
        let of = || provider_of(&state, &name).unwrap();
        assert_eq!(of(), None);
        let place = state.instance(&name);
        fs_err::create_dir_all(&place).unwrap();
        assert_eq!(of(), None);
        for damaged in ["", "{\"version\":1,", "\0\0\0"] {
            fs_err::write(place.join(FILE), damaged).unwrap();
            assert_eq!(of(), Some(ProviderKind::Libvirt));
        }
        fs_err::write(place.join(FILE), r#"{"version": 9, "provider": "sim", "shape": "unknown"}"#).unwrap();
        assert_eq!(of(), Some(ProviderKind::Sim));
        fs_err::write(place.join(FILE), "").unwrap();
        fs_err::write(place.join(SIMULATED), "").unwrap();
        assert_eq!(of(), Some(ProviderKind::Sim));
    }

    #[test]
    fn only_folders_with_a_name_are_instances() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateDir::at(folder.path());
        assert_eq!(list(&state).unwrap(), Vec::<InstanceName>::new());
        for name in ["web", "drbd-heartbeat", "Not a name"] {
            fs_err::create_dir_all(state.instances().join(name)).unwrap();
        }
        fs_err::write(state.instances().join("file"), "").unwrap();
        let names: Vec<String> = list(&state).unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(names, ["drbd-heartbeat", "web"]);
    }
}
