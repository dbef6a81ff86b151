//! The unprivileged user that the guests of one instance run as.
//!
//! Each instance has a number of its own, so that a QEMU that was taken over owns no file outside of its
//! instance. The number has no name on the machine. `/run/halab/users/<number>` contains the path of the
//! instance's folder, for all state folders of the machine; the folder keeps the number over a restart.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use rustix::fs::{Gid, Mode, OFlags, Uid};
use serde::{Deserialize, Serialize};

use super::HostError;
use super::registry::Registry;
use crate::base::cgroup::ControlGroup;
use crate::base::write;

/// The registry of the numbers in use on this machine.
const REGISTRY: &str = "users";

/// The first number. No distribution or service manager assigns numbers between 1,879,048,192 and 2³¹ - 1
/// (systemd's table of user numbers).
const FIRST: u32 = 1_900_000_000;

/// How many numbers there are: more than one machine has memory for instances.
const COUNT: u32 = 65_536;

/// The file in an instance's folder that keeps its number.
const FILE: &str = "user.json";

/// The user of an instance's guests; the group has the same number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GuestUser(u32);

impl GuestUser {
    /// The user of an instance, by its folder; `None` before its host was created.
    pub fn of(folder: &Path) -> Option<Self> {
        let user: Self = serde_json::from_slice(&fs_err::read(folder.join(FILE)).ok()?).ok()?;
        user.is_valid().then_some(user)
    }

    /// Its number.
    pub fn number(self) -> u32 {
        self.0
    }

    /// The control group of its processes.
    pub fn group(self) -> ControlGroup {
        ControlGroup::named(&format!("halab-{}", self.0))
    }

    fn is_valid(self) -> bool {
        (FIRST..FIRST + COUNT).contains(&self.0)
    }

    /// Makes it the owner of a regular file, with these permission bits.
    ///
    /// # Errors
    /// When the path is a link, or the system refuses.
    pub fn give(self, path: &Path, mode: u32) -> std::io::Result<()> {
        own(path, self.0, mode)
    }

    /// Makes root the owner of a regular file, with these permission bits.
    ///
    /// # Errors
    /// The same.
    pub fn take_back(path: &Path, mode: u32) -> std::io::Result<()> {
        own(path, 0, mode)
    }

    /// Claims the number of an instance, or a free one.
    ///
    /// # Errors
    /// When the registry cannot be written, has no free number, or the user cancels.
    pub(super) fn claim(folder: &Path, cancel: &AtomicBool) -> Result<Self, HostError> {
        Self::claim_in(&Registry::of(REGISTRY), folder, cancel)
    }

    fn claim_in(registry: &Registry, folder: &Path, cancel: &AtomicBool) -> Result<Self, HostError> {
        let folder = fs_err::canonicalize(folder)?;
        let _lock = registry.lock(cancel)?;
        let kept = kept_by_others(&folder);
        let is_free = |user: &Self| match registry.holder(&user.0.to_string()) {
            Some(other) => other == folder || !other.exists(),
            None => !kept.contains(user) || Self::of(&folder) == Some(*user),
        };
        let own = Self::of(&folder).filter(is_free);
        let user = own.or_else(|| (FIRST..FIRST + COUNT).map(Self).find(is_free));
        let user = user.ok_or(HostError::NoUser { count: COUNT })?;
        registry.put(&user.0.to_string(), &folder)?;
        if Self::of(&folder) != Some(user) {
            write::atomically(&folder.join(FILE), user.0.to_string().as_bytes())?;
        }
        Ok(user)
    }
}

/// The numbers of the other instances of the same state folder: after a restart of the machine the registry
/// has forgotten them.
fn kept_by_others(folder: &Path) -> BTreeSet<GuestUser> {
    let beside = folder.parent().and_then(|all| fs_err::read_dir(all).ok());
    let others = beside.into_iter().flatten().flatten().map(|entry| entry.path());
    others.filter(|other| other != folder).filter_map(|other| GuestUser::of(&other)).collect()
}

/// Changes owner and mode through a descriptor, which a link cannot redirect.
fn own(path: &Path, number: u32, mode: u32) -> std::io::Result<()> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let named = |error: std::io::Error| {
        std::io::Error::new(error.kind(), format!("cannot set the owner of `{}`: {error}", path.display()))
    };
    let file = rustix::fs::open(path, flags, Mode::empty()).map_err(|error| named(error.into()))?;
    let file = std::fs::File::from(file);
    if !file.metadata()?.is_file() {
        return Err(named(std::io::Error::new(ErrorKind::InvalidInput, "it is not a regular file")));
    }
    rustix::fs::fchown(&file, Some(Uid::from_raw(number)), Some(Gid::from_raw(number)))
        .map_err(|error| named(error.into()))?;
    rustix::fs::fchmod(&file, Mode::from_raw_mode(mode)).map_err(|error| named(error.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_instance_has_its_number_and_keeps_it() {
        let place = tempfile::tempdir().unwrap();
        let (registry, never) = (place.path().join("registry"), AtomicBool::new(false));
        let folder = |name: &str| {
            let folder = place.path().join("instances").join(name);
            fs_err::create_dir_all(&folder).unwrap();
            folder
        };
        let claim =
            |name: &str| GuestUser::claim_in(&Registry::at(&registry), &folder(name), &never).unwrap();
        let (one, two) = (claim("one"), claim("two"));
        assert_ne!(one, two);
        assert_eq!(claim("one"), one);
        // A restart of the machine.
        fs_err::remove_dir_all(&registry).unwrap();
        let three = claim("three");
        assert!(![one, two].contains(&three), "the two are not running, but their files are theirs");
        assert_eq!((claim("one"), claim("two")), (one, two));
        // Another state folder took the number in the meantime.
        Registry::at(&registry).put(&one.0.to_string(), place.path()).unwrap();
        assert_ne!(claim("one"), one);
        // What was deleted is free again.
        fs_err::remove_dir_all(folder("two")).unwrap();
        assert_eq!(claim("four"), two);
    }

    #[test]
    fn a_link_is_not_followed() {
        let place = tempfile::tempdir().unwrap();
        let (file, link) = (place.path().join("file"), place.path().join("link"));
        fs_err::write(&file, "").unwrap();
        fs_err::os::unix::fs::symlink(&file, &link).unwrap();
        let own = |path: &Path| own(path, rustix::process::getuid().as_raw(), 0o640);
        assert!(own(&link).is_err());
        assert!(own(place.path()).unwrap_err().to_string().contains("is not a regular file"));
        own(&file).unwrap();
    }
}
