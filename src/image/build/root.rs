//! The root tree: mmdebstrap makes that of the recipe; for stacks, apt installs packages in a copy of it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::image::recipe::Built;
use crate::image::{ImageError, sources};
use crate::model::spec::Script;
use crate::work::Context;

use super::guest;
use super::run::BuildStep;

/// The keyring of Debian's archives, if neither recipe nor source names one.
const DEBIAN_KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

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

/// Prevents Debian's maintainer scripts from starting services.
const POLICY: &str = "#!/bin/sh\nexit 101\n";

const POLICY_PATH: &str = "usr/sbin/policy-rc.d";
const SOURCES_PATH: &str = "etc/apt/sources.list";
const APT_OPTIONS_PATH: &str = "etc/apt/apt.conf.d/99halab";
const KEYRING_PATH: &str = "etc/apt/keyrings/halab.gpg";

/// The archive of the packages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archive {
    uri: String,
    suite: String,
    components: String,
    keyring: PathBuf,
}

impl Archive {
    /// The archive of a recipe: the one that it names, else the machine's own.
    ///
    /// # Errors
    /// When the recipe names none and the machine has none.
    pub fn of(recipe: &Built) -> Result<Self, ImageError> {
        let known = sources::of_machine(Path::new("/etc/apt"));
        let source = sources::choose(&known, &recipe.suite);
        let uri = match (&recipe.mirror, source) {
            (Some(mirror), _) => mirror.clone(),
            (None, Some(source)) => source.uri.clone(),
            (None, None) => return Err(ImageError::NoMirror { suite: recipe.suite.clone() }),
        };
        let of_source = || source.filter(|_| recipe.mirror.is_none())?.keyring.clone();
        Ok(Self {
            uri,
            suite: recipe.suite.clone(),
            components: recipe.components.join(" "),
            keyring: recipe.keyring.clone().or_else(of_source).unwrap_or_else(|| DEBIAN_KEYRING.into()),
        })
    }

    /// Its line in apt's sources, with the keyring at this path.
    fn line(&self, keyring: &Path) -> String {
        format!("deb [signed-by={}] {} {} {}", keyring.display(), self.uri, self.suite, self.components)
    }
}

/// Makes the root tree of a recipe.
///
/// # Errors
/// When mmdebstrap fails, or the user cancels.
pub fn bootstrap(
    recipe: &Built,
    archive: &Archive,
    root: &Path,
    log: &Path,
    context: &Context<'_>,
) -> Result<(), ImageError> {
    let mut step = BuildStep::new("installing the base system", "mmdebstrap", log)
        .args(["--mode=root", "--format=directory", "--variant=apt"])
        .arg(format!("--include={}", recipe.packages.join(",")))
        // With the lists kept, an image derived from this tree downloads only their changes.
        .arg("--skip=cleanup/apt/lists")
        .arg("--aptopt=APT::Install-Recommends \"false\"");
    if SPLIT_USR.contains(&recipe.suite.as_str()) {
        step = step.arg(format!("--setup-hook={MERGE_USR}"));
    }
    for option in DPKG_OPTIONS {
        step = step.arg(format!("--dpkgopt={option}"));
    }
    for option in machine_apt_options() {
        step = step.arg(format!("--aptopt={option}"));
    }
    step.arg(&archive.suite).arg(root).arg(archive.line(&archive.keyring)).run(context)
}

/// Installs the packages of stacks in a root tree and runs their scripts in it.
///
/// # Errors
/// When apt or a script fails, or the user cancels.
pub fn extend(
    root: &Path,
    archive: &Archive,
    packages: &BTreeSet<String>,
    bake: &[Script],
    log: &Path,
    context: &Context<'_>,
) -> Result<(), ImageError> {
    let enter = |name: &str| {
        BuildStep::new(name, "sh", log).args(["-c", include_str!("enter.sh"), "enter"]).arg(root)
    };
    guest::put(root, POLICY_PATH, 0o755, POLICY.as_bytes())?;
    if !packages.is_empty() {
        guest::put(root, KEYRING_PATH, 0o644, &fs_err::read(&archive.keyring)?)?;
        let sources = archive.line(&Path::new("/").join(KEYRING_PATH)) + "\n";
        guest::put(root, SOURCES_PATH, 0o644, sources.as_bytes())?;
        let options: String = machine_apt_options().into_iter().map(|option| option + ";\n").collect();
        guest::put(root, APT_OPTIONS_PATH, 0o644, options.as_bytes())?;
        enter("reading the package lists").args(["apt-get", "update"]).run(context)?;
        enter("installing packages")
            .args(["apt-get", "install", "--yes", "--no-install-recommends", "-oDpkg::Use-Pty=0"])
            .args(packages)
            .run(context)?;
    }
    for script in bake {
        enter(&script.title).args(["/bin/sh", "-eu", "-c", &script.text]).run(context)?;
    }
    fs_err::remove_file(root.join(POLICY_PATH))?;
    Ok(())
}

/// The machine's apt settings for reaching archives (proxies, disabled checks), because the build uses the
/// same archives.
fn machine_apt_options() -> Vec<String> {
    let dump = Command::new("apt-config").args(["dump", "Acquire"]).output();
    let text = dump.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    let mut options = reaching(&text);
    options.push("Acquire::Languages \"none\"".to_owned());
    options
}

/// The apt settings that concern access to archives.
fn reaching(dump: &str) -> Vec<String> {
    const PREFIXES: [&str; 5] =
        ["Acquire::http", "Acquire::https", "Acquire::Check-", "Acquire::Retries", "Acquire::ForceIPv"];
    dump.lines()
        .filter(|line| PREFIXES.iter().any(|prefix| line.starts_with(prefix)) && !line.ends_with(" \"\";"))
        .map(|line| line.trim_end_matches(';').to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_of_the_machines_apt_that_matter_are_taken_over() {
        let dump = "Acquire \"\";\nAcquire::Languages \"\";\nAcquire::http \"\";\n\
                    Acquire::http::Proxy \"http://proxy.example:3142\";\nAcquire::Check-Valid-Until \"false\";\n\
                    Acquire::GzipIndexes \"true\";\n";
        assert_eq!(
            reaching(dump),
            ["Acquire::http::Proxy \"http://proxy.example:3142\"", "Acquire::Check-Valid-Until \"false\""]
        );
    }

    #[test]
    fn a_recipe_may_name_its_archive() {
        let recipe = Built {
            suite: "sid".to_owned(),
            root_size: crate::model::Bytes::gib(4),
            packages: vec![],
            stacks: vec![],
            mirror: Some("http://a.example/debian".to_owned()),
            keyring: Some("/k.gpg".into()),
            components: vec!["main".to_owned(), "contrib".to_owned()],
        };
        let archive = Archive::of(&recipe).unwrap();
        assert_eq!(
            archive.line(&archive.keyring),
            "deb [signed-by=/k.gpg] http://a.example/debian sid main contrib"
        );
    }
}
