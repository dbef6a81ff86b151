//! Seeds: the data for a guest's first boot, as files in the instance's folder. They contain the guest's
//! private host key, so only root and the guests' user may read them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use super::{LibvirtProvider, files};
use crate::image::{Boot, BootKind};
use crate::model::NodeName;
use crate::model::spec::SeedSpec;
use crate::seed::{Identity, Keys, keys};
use crate::work::ProviderError;

/// How a seed reaches its guest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Appended to the initrd of a directly booted kernel.
    Initrd,
    /// A NoCloud volume.
    Volume,
}

/// The file of a seed.
pub(super) fn path(folder: &Path, node: &NodeName, kind: Kind) -> PathBuf {
    let extension = match kind {
        Kind::Initrd => "initrd",
        Kind::Volume => "img",
    };
    folder.join("seeds").join(format!("{node}.{extension}"))
}

fn description(folder: &Path, node: &NodeName) -> PathBuf {
    folder.join("seeds").join(format!("{node}.json"))
}

/// The seeds that are complete.
pub(super) fn find(folder: &Path) -> Result<BTreeMap<NodeName, SeedSpec>, ProviderError> {
    let specs = files::read_all::<SeedSpec>(&folder.join("seeds"))?;
    // A power cut of the machine may have left an empty file with a complete description.
    let has_file = |spec: &SeedSpec| {
        let files = [Kind::Initrd, Kind::Volume].map(|kind| path(folder, &spec.node, kind));
        files.iter().any(|file| fs_err::metadata(file).is_ok_and(|file| file.len() > 0))
    };
    let whole = specs.into_iter().filter(has_file);
    Ok(whole.map(|spec| (spec.node.clone(), spec)).collect())
}

impl LibvirtProvider {
    pub(super) fn write_seed(&self, spec: &SeedSpec) -> Result<(), ProviderError> {
        let folder = self.host.folder();
        let identity = self.keys(&spec.node)?.1;
        let image = self.image(&spec.image)?;
        let (kind, content) = match (image.boot(), &image.manifest.boot) {
            (Boot::Direct(boot), _) => {
                let initrd =
                    fs_err::read(&boot.initrd).map_err(files::io("cannot read the image's initrd"))?;
                let initrd = crate::seed::initrd(&initrd, spec, &identity);
                (Kind::Initrd, initrd.map_err(files::io("cannot make the seed's archive"))?)
            }
            (Boot::Bios, boot) => {
                let user = match boot {
                    BootKind::Bios { user } => user.as_str(),
                    BootKind::Direct { .. } => "root",
                };
                let volume = crate::seed::cloud::volume(spec, &identity, user);
                (Kind::Volume, volume.map_err(files::io("cannot make the seed's volume"))?)
            }
        };
        // The description last: a seed without a description does not exist. So the old description is
        // deleted first.
        let description = description(&folder, &spec.node);
        files::delete(&description)?;
        let file = path(&folder, &spec.node, kind);
        crate::base::write::atomically(&file, &content)
            .map_err(files::io("cannot write to the instance's folder"))?;
        self.give(&file, 0o400)?;
        files::write(&description, spec)
    }

    pub(super) fn delete_seed(&self, node: &NodeName) -> Result<(), ProviderError> {
        let folder = self.host.folder();
        files::delete(&description(&folder, node))?;
        files::delete(&path(&folder, node, Kind::Initrd))?;
        files::delete(&path(&folder, node, Kind::Volume))
    }

    /// The instance's keys, and those that a node gets.
    pub(super) fn keys(&self, node: &NodeName) -> Result<(Keys, Identity), ProviderError> {
        let unusable =
            |source| ProviderError::Host { what: "the instance's keys are not usable".to_owned(), source };
        // One at a time: two threads that both find no client key would make two.
        let _one = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let keys =
            keys::load_or_create(&self.state, &self.instance, [node]).map_err(|e| unusable(e.into()))?;
        let identity = keys.identity(node).ok_or_else(|| unusable("a key is missing".into()))?;
        Ok((keys, identity))
    }
}
