//! The root tree: mmdebstrap makes the essential part of Debian; apt installs packages of recipes and stacks
//! in it.
//!
//! Two kinds of steps take turns. One downloads, with the machine's network, and touches no tree: apt checks
//! the signatures of the archive there. The other works in a tree, without any network, with what was
//! downloaded. Which packages are needed is decided by the tree's own apt.

use std::collections::BTreeSet;

use crate::image::ImageError;
use crate::image::recipe::Built;
use crate::model::spec::Script;

use super::inside::{Inside, NewFile};
use super::run::BuildStep;
use super::sandbox;
use super::workshop::{APT_OPTIONS_PATH, SOURCES_PATH, Workshop, config};

/// dpkg settings for the build and the guest: no manuals, documentation or translations.
const DPKG_OPTIONS: [&str; 5] = [
    "force-unsafe-io",
    "path-exclude=/usr/share/man/*",
    "path-exclude=/usr/share/locale/*",
    "path-exclude=/usr/share/doc/*",
    "path-include=/usr/share/doc/*/copyright",
];

/// Suites with a /bin separate from /usr/bin, unless the two are merged before the first package is unpacked.
/// Later steps, and all newer suites, expect them merged.
const SPLIT_USR: [&str; 2] = ["buster", "bullseye"];

/// Merges them in an empty tree, its argument.
const MERGE_USR: &str = r#"for folder in bin sbin lib lib32 lib64 libx32; do
    mkdir -p "$1/usr/$folder"
    ln -s "usr/$folder" "$1/$folder"
done"#;

/// Gives a new tree, its argument, what was downloaded.
const DOWNLOADED: &str = r#"mkdir -p "$1/var/cache/apt/archives/partial"
cp /lists/*_* "$1/var/lib/apt/lists/"
cp /archives/*.deb "$1/var/cache/apt/archives/""#;

/// Prevents Debian's maintainer scripts from starting services.
const POLICY: &str = "#!/bin/sh\nexit 101\n";

const POLICY_PATH: &str = "usr/sbin/policy-rc.d";

impl Workshop<'_> {
    /// Makes the root tree of a recipe.
    ///
    /// # Errors
    /// When a step fails, or the user cancels.
    pub fn bootstrap(&self, recipe: &Built) -> Result<(), ImageError> {
        for folder in [self.tree(), self.lists(), self.lists().join("partial")] {
            sandbox::folder(&folder)?;
        }
        self.update()?;
        let suite = self.archive.suite();
        // What mmdebstrap installs first, and what it installs then.
        let essential =
            format!("?narrow(?or(?archive(^{suite}$),?codename(^{suite}$)),?architecture(amd64),?essential)");
        for more in [None, Some("apt")] {
            self.download("downloading the base system")
                .args(["--download-only", "-opkgCacheGen::ForceEssential=,", "install", "--", &essential])
                .args(more)
                .run(self.context)?;
        }
        self.run_mmdebstrap(recipe)?;
        let packages = recipe.packages.iter().cloned().collect();
        self.inside("preparing the base system", Inside::Write(vec![new(POLICY_PATH, 0o755, POLICY)]))?;
        self.install(&packages)?;
        self.inside("preparing the base system", Inside::Remove(POLICY_PATH.to_owned()))
    }

    fn run_mmdebstrap(&self, recipe: &Built) -> Result<(), ImageError> {
        let mut step = BuildStep::tool("installing the base system", &self.site, "mmdebstrap")
            .show(&self.apt(), "etc/apt")
            .show(&self.lists(), "lists")
            .show(&self.archives(), "archives")
            .bind(&self.tree(), "tree")
            .args(["--mode=root", "--format=directory", "--variant=apt", "--skip=update,check/signed-by"]);
        if SPLIT_USR.contains(&recipe.suite.as_str()) {
            step = step.arg(format!("--setup-hook={MERGE_USR}"));
        }
        step = step.arg(format!("--setup-hook={DOWNLOADED}"));
        for option in DPKG_OPTIONS {
            step = step.arg(format!("--dpkgopt={option}"));
        }
        for option in self.tree_options() {
            step = step.arg(format!("--aptopt={option}"));
        }
        step.args(["--", self.archive.suite(), "/tree", &self.archive.line(&self.keyring)]).run(self.context)
    }

    /// Installs the packages of stacks in a root tree and runs their scripts in it.
    ///
    /// # Errors
    /// When apt or a script fails, or the user cancels.
    pub fn extend(&self, packages: &BTreeSet<String>, bake: &[Script]) -> Result<(), ImageError> {
        let mut files = vec![new(POLICY_PATH, 0o755, POLICY)];
        if !packages.is_empty() {
            let sources = self.archive.line(&self.keyring) + "\n";
            let options = self.tree_options().filter(|option| !option.starts_with("APT::"));
            files.push(new(SOURCES_PATH, 0o644, sources));
            files.push(new(APT_OPTIONS_PATH, 0o644, config(options)));
            files.push(new(self.keyring.path, 0o644, self.keyring.content.clone()));
        }
        self.inside("preparing the root", Inside::Write(files))?;
        if !packages.is_empty() {
            self.update()?;
            self.install(packages)?;
        }
        for script in bake {
            BuildStep::in_tree(&script.title, &self.site, &self.tree(), "/bin/sh")
                .args(["-eu", "-c", &script.text])
                .run(self.context)?;
        }
        self.inside("preparing the root", Inside::Remove(POLICY_PATH.to_owned()))
    }
}

fn new(path: &str, mode: u32, content: impl Into<Vec<u8>>) -> NewFile {
    NewFile { path: path.to_owned(), mode, content: content.into() }
}
