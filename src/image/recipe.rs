//! `images/<name>.toml`: the recipe of an image.
//!
//! An image is *built* from Debian packages on this machine, or *fetched* from a URL. The file has exactly
//! one of the two tables; parsing turns it into an enum, so that later code needs no further check.

use std::path::PathBuf;

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalog::{Catalog, CatalogFile, Shelf};
use crate::diagnostic::{Diagnostic, Diagnostics, SHA256, parse_toml};
use crate::model::{Bytes, ImageName, NAME, word};

use super::RecipeError;

/// The file as written.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "an image")]
pub struct RecipeFile {
    /// The version of this format; 1.
    #[schemars(range(min = 1, max = 1))]
    pub schema: u32,
    /// A one-line description.
    pub title: String,
    /// The last day of any support for its release, including by volunteers: `"2026-08-31"`. After it, a
    /// warning appears when the image is made or listed.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub support_ends: Option<Date>,
    /// Build it from Debian packages.
    pub built: Option<Built>,
    /// Fetch it.
    pub fetched: Option<Fetched>,
}

/// A checked recipe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipe {
    /// Its name in the catalogue.
    pub name: ImageName,
    /// A one-line description.
    pub title: String,
    /// The last day of any support for its release, if the file has it.
    pub support_ends: Option<Date>,
    /// Its source.
    pub source: Source,
}

/// The source of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Built on this machine.
    Built(Built),
    /// Fetched.
    Fetched(Fetched),
}

/// An image built from Debian packages, with direct kernel boot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "a built image")]
pub struct Built {
    /// The suite: `bookworm`, `trixie`, `sid`.
    #[schemars(example = &"trixie", regex(pattern = word::SUITE_PATTERN))]
    pub suite: String,
    /// The size of the root file system; on the machine its file is sparse.
    pub root_size: Bytes,
    /// Its packages in addition to the essential ones. They must include a kernel, systemd, udev, sshd,
    /// iproute2 and busybox-static.
    #[schemars(inner(regex(pattern = word::PACKAGE_PATTERN)))]
    pub packages: Vec<String>,
    /// Stacks that one image carries for all nodes that have only some of these. A node with any other stack
    /// gets its own image. They are not in the root tree that the images of the recipe share.
    #[serde(default, skip_serializing)]
    #[schemars(inner(regex(pattern = NAME)))]
    pub stacks: Vec<String>,
    /// The archive's URL. Default: the machine's own Debian source.
    #[schemars(regex(pattern = word::ARCHIVE_PATTERN))]
    pub mirror: Option<String>,
    /// The keyring that the archive is signed with, a path on the machine. Default: that of the machine's own
    /// source.
    #[schemars(with = "Option<String>", regex(pattern = word::KEYRING_PATTERN))]
    pub keyring: Option<PathBuf>,
    /// The archive's components.
    #[serde(default = "main_component")]
    #[schemars(inner(regex(pattern = word::COMPONENT_PATTERN)))]
    pub components: Vec<String>,
}

fn main_component() -> Vec<String> {
    vec!["main".to_owned()]
}

/// A ready-made image that boots with its own boot loader and is configured by a NoCloud seed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "a fetched image")]
pub struct Fetched {
    /// The URL: `https://…`, `http://…` or `file:///…`. Prefer one whose content never changes.
    #[schemars(regex(pattern = word::IMAGE_URL_PATTERN))]
    pub url: String,
    /// The SHA-256 of the file, 64 hexadecimal digits.
    pub sha256: Sha256Sum,
    /// The format of the file.
    pub format: DiskFormat,
    /// The user that the image's documentation logs in as; the lab's key is accepted for this user and for
    /// root.
    #[schemars(regex(pattern = word::USER_PATTERN))]
    pub user: String,
}

/// The format of a disk image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DiskFormat {
    /// QEMU's own, with holes and compression.
    Qcow2,
    /// The plain content of the disk.
    Raw,
}

impl DiskFormat {
    /// Its name in QEMU and libvirt.
    pub const fn as_str(self) -> &'static str {
        match self {
            DiskFormat::Qcow2 => "qcow2",
            DiskFormat::Raw => "raw",
        }
    }
}

/// A SHA-256 in lowercase hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String", extend("pattern" = SHA256))]
pub struct Sha256Sum(String);

impl Sha256Sum {
    /// The checksum with these 32 bytes.
    pub(super) fn of_bytes(bytes: &[u8]) -> Self {
        Self(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// Its 64 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Sha256Sum {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            Err(format!("`{text}` is not a SHA-256: it has 64 hexadecimal digits"))
        }
    }
}

impl From<Sha256Sum> for String {
    fn from(sum: Sha256Sum) -> String {
        sum.0
    }
}

impl Recipe {
    /// Reads a recipe from the catalogue.
    ///
    /// # Errors
    /// When there is no such image, or its file is not a valid recipe.
    pub fn load(name: &ImageName, catalog: &Catalog) -> Result<Self, RecipeError> {
        let read = catalog.read(Shelf::Images, &format!("{name}.toml")).map_err(RecipeError::Read)?;
        let Some(file) = read else {
            let known = catalog.names(Shelf::Images).map_err(RecipeError::Read)?;
            return Err(RecipeError::Unknown { name: name.clone(), known });
        };
        Self::parse(name, &file)
    }

    /// Parses a recipe.
    ///
    /// # Errors
    /// When the text is not a valid recipe of this version.
    pub fn parse(name: &ImageName, file: &CatalogFile) -> Result<Self, RecipeError> {
        let invalid = |problems| RecipeError::Invalid { name: name.clone(), problems: Box::new(problems) };
        let parsed: RecipeFile = parse_toml(&file.label, &file.text).map_err(invalid)?;
        let wrong = |problem| {
            let mut problems = Diagnostics::new(&file.label, &*file.text);
            problems.push(problem);
            Err(invalid(problems))
        };
        let source = match (parsed.built, parsed.fetched) {
            (Some(built), None) => Source::Built(built),
            (None, Some(fetched)) => Source::Fetched(fetched),
            (None, None) => {
                let problem = Diagnostic::error(0..0, "it does not say where the image comes from");
                return wrong(problem.help("add a table: [built] or [fetched]"));
            }
            (Some(_), Some(_)) => {
                let at = file.text.find("[fetched").map_or(0..0, |at| at..at + "[fetched]".len());
                return wrong(Diagnostic::error(at, "an image is either built or fetched, not both"));
            }
        };
        Ok(Self { name: name.clone(), title: parsed.title, support_ends: parsed.support_ends, source })
    }

    /// The last day of its support, if that is before `today`; vulnerabilities found since remain open.
    pub fn past_support(&self, today: Date) -> Option<Date> {
        self.support_ends.filter(|last| *last < today)
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;
    use crate::diagnostic::render;

    fn parse(text: &str) -> Result<Recipe, RecipeError> {
        let file = CatalogFile { label: "x.toml".to_owned(), text: Cow::Owned(text.to_owned()) };
        Recipe::parse(&"x".parse().unwrap(), &file)
    }

    #[test]
    fn bundled_recipes_are_valid() {
        let catalog = Catalog::bundled();
        for name in catalog.names(Shelf::Images).unwrap() {
            let recipe = Recipe::load(&name.parse().unwrap(), &catalog).unwrap();
            assert!(matches!(recipe.source, Source::Built(_)), "{name}");
        }
    }

    #[test]
    fn older_and_unstable_suites_can_be_said() {
        let recipe = parse(
            "schema = 1\ntitle = 'Debian 11'\n[built]\nsuite = 'bullseye'\nroot-size = '4GiB'\npackages = ['udev']\n\
             mirror = 'http://archive.example/debian'\nkeyring = '/usr/share/keyrings/old.gpg'\n\
             components = ['main', 'contrib']\n",
        )
        .unwrap();
        let Source::Built(built) = recipe.source else { panic!("not built") };
        assert_eq!(built.keyring, Some(PathBuf::from("/usr/share/keyrings/old.gpg")));
        assert_eq!(built.components, ["main", "contrib"]);
    }

    #[test]
    fn support_ends_after_its_last_day() {
        let recipe = |line: &str| {
            let text = format!(
                "schema = 1\ntitle = 't'\n{line}[built]\nsuite = 'bullseye'\nroot-size = '4GiB'\npackages = []\n"
            );
            parse(&text).unwrap()
        };
        let day = |text: &str| text.parse::<Date>().unwrap();
        let last = day("2026-08-31");
        let old = recipe("support-ends = '2026-08-31'\n");
        assert_eq!(old.past_support(last), None);
        assert_eq!(old.past_support(day("2026-09-01")), Some(last));
        assert_eq!(recipe("").past_support(day("2999-01-01")), None);
    }

    #[test]
    fn mistakes_are_named() {
        let fetched = "[fetched]\nurl = 'http://x/y'\nformat = 'raw'\nuser = 'debian'\n";
        let texts = [
            format!("schema = 2\ntitle = ''\n{fetched}sha256 = '{}'\n", "a".repeat(64)),
            "schema = 1\ntitle = ''\n".to_owned(),
            format!("schema = 1\ntitle = ''\n{fetched}sha256 = 'abc'\n"),
            format!("schema = 1\ntitle = ''\n{fetched}sha265 = '{}'\n", "a".repeat(64)),
            format!(
                "schema = 1\ntitle = ''\n{fetched}sha256 = '{}'\n[built]\nsuite = 'sid'\n\
                     root-size = '4GiB'\npackages = []\n",
                "a".repeat(64)
            ),
            "schema = 1\ntitle = ''\nsupport-ends = '2026-02-30'\n".to_owned(),
        ];
        let mut shown = String::new();
        for text in texts {
            let RecipeError::Invalid { problems, .. } = parse(&text).unwrap_err() else { panic!("{text}") };
            shown.push_str(&render::text(&problems, false));
            shown.push('\n');
        }
        insta::assert_snapshot!(shown);
    }
}
