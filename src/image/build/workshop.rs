//! What a build works with: its folders, and apt.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Once;

use crate::image::ImageError;
use crate::work::{Context, Progress};

use super::archive::{Archive, Keyring, MachineSettings};
use super::inside::Inside;
use super::packages;
use super::run::{BuildStep, Site};
use super::sandbox;

/// apt settings for the build and the guest.
const APT_OPTIONS: [&str; 2] = ["APT::Install-Recommends \"false\"", "Acquire::Languages \"none\""];

/// The paths of apt's files in a root tree.
pub const SOURCES_PATH: &str = "etc/apt/sources.list";
/// The same.
pub const APT_OPTIONS_PATH: &str = "etc/apt/apt.conf.d/99halab";

/// Whether the user knows of disabled checks.
static WARNED: Once = Once::new();

/// What a build works with.
pub struct Workshop<'a> {
    folder: PathBuf,
    pub(super) site: Site,
    pub(super) archive: Archive,
    pub(super) keyring: Keyring,
    settings: MachineSettings,
    pub(super) context: &'a Context<'a>,
}

impl<'a> Workshop<'a> {
    /// Makes the folders of a build in an empty folder.
    ///
    /// # Errors
    /// When a folder or file cannot be written, or the archive's keyring cannot be read.
    pub fn open(
        folder: &Path,
        site: Site,
        archive: &Archive,
        context: &'a Context<'a>,
    ) -> Result<Self, ImageError> {
        let shop = Self {
            folder: folder.to_owned(),
            site,
            archive: archive.clone(),
            keyring: archive.keyring()?,
            settings: MachineSettings::read(),
            context,
        };
        if let Some(warning) = shop.settings.warning() {
            // A build opens two, and a program can make several images.
            WARNED.call_once(|| (context.progress)(Progress::Warning(warning)));
        }
        for folder in [shop.base(), shop.archives(), shop.archives().join("partial"), shop.out()] {
            sandbox::folder(&folder)?;
        }
        shop.configure_apt()?;
        Ok(shop)
    }

    /// The folder of a tree and the lists of packages, which are kept together.
    pub fn base(&self) -> PathBuf {
        self.folder.join("base")
    }

    /// The root tree.
    pub fn tree(&self) -> PathBuf {
        self.base().join("root")
    }

    /// The archive's lists of packages.
    pub(super) fn lists(&self) -> PathBuf {
        self.base().join("lists")
    }

    /// The downloaded packages.
    pub(super) fn archives(&self) -> PathBuf {
        self.folder.join("archives")
    }

    /// The settings of apt, which no sandbox can change.
    pub(super) fn apt(&self) -> PathBuf {
        self.folder.join("apt")
    }

    /// The results of a build.
    pub fn out(&self) -> PathBuf {
        self.folder.join("out")
    }

    /// Where its steps work.
    pub fn site(&self) -> &Site {
        &self.site
    }

    /// Does something with the tree.
    ///
    /// # Errors
    /// When it fails, or the user cancels.
    pub fn inside(&self, name: &str, inside: Inside) -> Result<(), ImageError> {
        BuildStep::inside(name, &self.site, &self.tree(), inside).run(self.context)
    }

    fn configure_apt(&self) -> Result<(), ImageError> {
        let folder = self.apt();
        for name in ["", "apt.conf.d", "preferences.d", "sources.list.d", "trusted.gpg.d", "keyrings"] {
            fs_err::create_dir_all(folder.join(name))?;
            fs_err::set_permissions(folder.join(name), PermissionsExt::from_mode(0o755))?;
        }
        let options = APT_OPTIONS.iter().copied().map(str::to_owned);
        let options = options.chain(self.settings.access.clone()).chain(self.settings.unchecked.clone());
        let sources = self.archive.line(&self.keyring) + "\n";
        for (path, content) in [
            (APT_OPTIONS_PATH, config(options).as_bytes()),
            (SOURCES_PATH, sources.as_bytes()),
            (self.keyring.path, self.keyring.content.as_slice()),
        ] {
            let path = folder.join(path.trim_start_matches("etc/apt/"));
            fs_err::write(&path, content)?;
            fs_err::set_permissions(&path, PermissionsExt::from_mode(0o644))?;
        }
        Ok(())
    }

    /// A step that downloads.
    pub(super) fn download(&self, name: &str) -> BuildStep {
        let mut step = BuildStep::tool(name, &self.site, "apt-get")
            .with_network()
            .show(&self.apt(), "etc/apt")
            .bind(&self.lists(), "var/lib/apt/lists")
            .bind(&self.archives(), "var/cache/apt/archives");
        for path in self.settings.files().chain(self.archive.local()) {
            let seen =
                ["/usr", "/bin", "/sbin", "/lib", "/etc/ssl/certs"].iter().any(|top| path.starts_with(top));
            if let (false, Ok(from), Some(to)) = (seen, fs_err::canonicalize(path), path.to_str()) {
                step = step.show(&from, to.trim_start_matches('/'));
            }
        }
        // The caches of the lists are only of use to a second program.
        step.args(["--yes", "-oDebug::NoLocking=1", "-oDir::Cache::pkgcache=", "-oDir::Cache::srcpkgcache="])
    }

    /// Brings the lists of packages up to date.
    pub(super) fn update(&self) -> Result<(), ImageError> {
        self.download("reading the package lists").args(["update", "--error-on=any"]).run(self.context)
    }

    /// The apt settings in a tree. Disabled checks of the machine are no settings of a guest.
    pub(super) fn tree_options(&self) -> impl Iterator<Item = String> {
        APT_OPTIONS.iter().copied().map(str::to_owned).chain(self.settings.access.clone())
    }

    /// Installs packages in the tree: its apt chooses, apt of the machine downloads, and its apt installs.
    pub(super) fn install(&self, packages: &BTreeSet<String>) -> Result<(), ImageError> {
        if packages.is_empty() {
            return Ok(());
        }
        let apt = |name: &str| {
            BuildStep::in_tree(name, &self.site, &self.tree(), "apt-get")
                .show(&self.lists(), "lists")
                .bind(&self.archives(), "archives")
                .args(["--yes", "--no-install-recommends", "-oDpkg::Use-Pty=0"])
        };
        let chosen = apt("choosing packages")
            .args(["--print-uris", "-qq", "install", "--"])
            .args(packages)
            .read(self.context)?;
        let chosen = Chosen::read(&chosen);
        if !chosen.packages.is_empty() {
            self.download("downloading packages")
                .downloads(chosen.bytes)
                .at("/var/cache/apt/archives")
                .args(["download", "--"])
                .args(chosen.packages)
                .run(self.context)?;
        }
        apt("installing packages").args(["--no-download", "install", "--"]).args(packages).run(self.context)
    }
}

/// Packages that apt wants to download.
#[derive(Debug, Default, PartialEq, Eq)]
struct Chosen {
    /// Each as `name=version`.
    packages: Vec<String>,
    /// Their size.
    bytes: u64,
}

impl Chosen {
    /// Reads lines such as `'http://a.example/x.deb' drbd-utils_9.22.0-1_amd64.deb 12345 SHA256:…`; others are
    /// messages. The address is not used: the lists of packages have it.
    fn read(lines: &[String]) -> Self {
        let mut chosen = Self::default();
        for line in lines.iter().filter(|line| line.starts_with('\'')) {
            let mut words = line.split(' ').skip(1);
            if let Some((name, version)) = words.next().and_then(packages::of_file) {
                chosen.packages.push(format!("{name}={version}"));
                let bytes = words.next().and_then(|size| size.parse().ok()).unwrap_or(0);
                chosen.bytes = chosen.bytes.saturating_add(bytes);
            }
        }
        chosen
    }
}

/// A file of apt settings.
pub(super) fn config(options: impl Iterator<Item = String>) -> String {
    options.map(|option| option + ";\n").collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chosen_packages_are_read_from_apts_list() {
        let lines = [
            "Reading package lists...",
            "'http://a.example/pool/heartbeat_3.0.6-13_amd64.deb' heartbeat_1%3a3.0.6-13_amd64.deb 161416 SHA256:ab",
            "'http://a.example/pool/gawk.deb' gawk_1%3a5.2.1-2_amd64.deb 673000 SHA256:cd",
            "'http://a.example/x' -oAPT::X=1_1_all.deb 5 SHA256:ef",
        ];
        let chosen = Chosen::read(&lines.map(str::to_owned));
        assert_eq!(chosen.packages, ["heartbeat=1:3.0.6-13", "gawk=1:5.2.1-2"]);
        assert_eq!(chosen.bytes, 161_416 + 673_000);
    }
}
