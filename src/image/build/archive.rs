//! The archive of the packages, and the settings with which apt reaches it.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::base::regular;
use crate::image::recipe::Built;
use crate::image::{ImageError, sources};

/// The keyring of Debian's archives, if neither recipe nor source names one.
const DEBIAN_KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// The largest keyring, in bytes.
const LARGEST_KEYRING: u64 = 4 << 20;

/// How a keyring begins: an OpenPGP packet with a public key, or text.
const KEY_PACKETS: [u8; 4] = [0x98, 0x99, 0x9a, 0xc6];
const KEY_TEXT: &[u8] = b"-----BEGIN PGP PUBLIC KEY BLOCK-----";

/// The archive of the packages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archive {
    uri: String,
    suite: String,
    components: String,
    keyring: PathBuf,
}

/// The machine's apt settings that concern access to archives.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MachineSettings {
    /// Proxies, certificates, attempts: what reaching an archive needs.
    pub access: Vec<String>,
    /// Disabled checks.
    pub unchecked: Vec<String>,
}

/// A keyring, with its future path in a root tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keyring {
    /// The path, without a slash at its beginning.
    pub path: &'static str,
    /// The content.
    pub content: Vec<u8>,
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

    /// The suite.
    pub fn suite(&self) -> &str {
        &self.suite
    }

    /// Its line in apt's sources, with a keyring at this path.
    pub fn line(&self, keyring: &Keyring) -> String {
        format!("deb [signed-by=/{}] {} {} {}", keyring.path, self.uri, self.suite, self.components)
    }

    /// The folder of the machine that the archive is in, if it is not on another machine.
    pub fn local(&self) -> Option<&Path> {
        let path = self.uri.strip_prefix("file:").or_else(|| self.uri.strip_prefix("copy:"))?;
        Some(Path::new(path.strip_prefix("//").unwrap_or(path)))
    }

    /// Reads its keyring. A recipe can name any file, and the keyring becomes part of the image: what is none
    /// is refused.
    ///
    /// # Errors
    /// When it cannot be read, or is not a keyring.
    pub fn keyring(&self) -> Result<Keyring, ImageError> {
        let mut content = Vec::new();
        let file = regular::open(&self.keyring, LARGEST_KEYRING)?;
        std::io::Read::read_to_end(&mut std::io::Read::take(file, LARGEST_KEYRING), &mut content)?;
        let path = match content.first() {
            Some(first) if KEY_PACKETS.contains(first) => "etc/apt/keyrings/halab.gpg",
            _ if content.starts_with(KEY_TEXT) => "etc/apt/keyrings/halab.asc",
            _ => return Err(ImageError::NoKeyring { path: self.keyring.clone() }),
        };
        Ok(Keyring { path, content })
    }
}

impl MachineSettings {
    /// Those of the machine, because a build uses the same archives.
    pub fn read() -> Self {
        let dump = Command::new("apt-config").args(["dump", "Acquire"]).output();
        let text = dump.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
        Self::of(&text.unwrap_or_default())
    }

    /// Those in the output of `apt-config dump`.
    pub(crate) fn of(dump: &str) -> Self {
        const ACCESS: [&str; 4] =
            ["Acquire::http", "Acquire::https", "Acquire::Retries", "Acquire::ForceIPv"];
        const CHECKS: [&str; 4] = ["::Verify-Peer", "::Verify-Host", "::Check-Valid-Until", "::Check-Date"];
        let mut found = Self::default();
        for line in dump.lines().map(|line| line.trim_end_matches(';')) {
            let Some((name, value)) = line.split_once(' ') else { continue };
            let is_check = CHECKS.iter().any(|check| name.ends_with(check));
            if value == "\"\"" {
                continue;
            } else if is_check {
                // Stricter settings are apt's defaults.
                let off = ["\"false\"", "\"0\"", "\"no\"", "\"off\"", "\"without\"", "\"disable\""];
                found.unchecked.extend(off.contains(&value).then(|| line.to_owned()));
            } else if ACCESS.iter().any(|prefix| name.starts_with(prefix)) {
                found.access.push(line.to_owned());
            }
        }
        found
    }

    /// The files and folders of the machine that the settings name, such as certificates.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        let values = self.access.iter().filter_map(|line| line.split_once(' '));
        values.map(|(_, value)| Path::new(value.trim_matches('"'))).filter(|path| path.is_absolute())
    }

    /// A sentence for the user if checks are disabled.
    pub fn warning(&self) -> Option<String> {
        (!self.unchecked.is_empty()).then(|| {
            format!(
                "packages are fetched with fewer checks, as apt is configured here: {}",
                self.unchecked.join(", ")
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn access_is_told_from_disabled_checks() {
        let dump = "Acquire \"\";\nAcquire::Languages \"\";\nAcquire::http \"\";\n\
                    Acquire::AllowInsecureRepositories \"1\";\nAcquire::AllowWeakRepositories \"1\";\n\
                    Acquire::http::Proxy \"http://proxy.example:3142\";\nAcquire::Check-Valid-Until \"false\";\n\
                    Acquire::https::CAInfo \"/etc/ours.pem\";\nAcquire::https::Verify-Peer \"false\";\n\
                    Acquire::https::a.example::Verify-Host \"0\";\nAcquire::https::Verify-Peer \"true\";\n\
                    Acquire::GzipIndexes \"true\";\n";
        let found = MachineSettings::of(dump);
        assert_eq!(
            found.access,
            [
                "Acquire::http::Proxy \"http://proxy.example:3142\"",
                "Acquire::https::CAInfo \"/etc/ours.pem\""
            ]
        );
        assert_eq!(
            found.unchecked,
            [
                "Acquire::Check-Valid-Until \"false\"",
                "Acquire::https::Verify-Peer \"false\"",
                "Acquire::https::a.example::Verify-Host \"0\""
            ]
        );
        assert_eq!(found.files().collect::<Vec<_>>(), [Path::new("/etc/ours.pem")]);
        assert!(found.warning().unwrap().contains("Check-Valid-Until"));
        assert_eq!(MachineSettings::of("Acquire::Check-Valid-Until \"1\";\n"), MachineSettings::default());
    }

    fn archive(keyring: &Path) -> Archive {
        let recipe = Built {
            suite: "sid".to_owned(),
            root_size: crate::model::Bytes::gib(4),
            packages: vec![],
            stacks: vec![],
            mirror: Some("http://a.example/debian".to_owned()),
            keyring: Some(keyring.to_owned()),
            components: vec!["main".to_owned(), "contrib".to_owned()],
        };
        Archive::of(&recipe).unwrap()
    }

    #[test]
    fn a_recipe_may_name_its_archive_and_only_a_keyring_becomes_part_of_the_image() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("k");
        for (content, path) in [
            (&b"\x99\x02\x0d\x04"[..], "etc/apt/keyrings/halab.gpg"),
            (b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n", "etc/apt/keyrings/halab.asc"),
        ] {
            fs_err::write(&file, content).unwrap();
            let archive = archive(&file);
            let keyring = archive.keyring().unwrap();
            assert_eq!(keyring.content, content);
            let expected = format!("deb [signed-by=/{path}] http://a.example/debian sid main contrib");
            assert_eq!(archive.line(&keyring), expected);
        }
        for other in ["", "root:*:20000:0:99999:7:::\n", "-----BEGIN OPENSSH PRIVATE KEY-----\n"] {
            fs_err::write(&file, other).unwrap();
            let error = archive(&file).keyring().unwrap_err();
            assert!(matches!(error, ImageError::NoKeyring { .. }), "{other}: {error}");
        }
        assert!(archive(Path::new("/dev/zero")).keyring().is_err());
    }
}
