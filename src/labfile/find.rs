//! Finds a lab: a bundled or an installed lab by its name, a folder or a lab file by its path.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::source::{LabPlace, LabSource};
use crate::base::folder::{Access, Folder};
use crate::catalog::{Catalog, CatalogFile, Shelf};
use crate::diagnostic::suggestion;

/// The file that makes a folder a lab.
pub const LAB_FILE: &str = "lab.toml";

/// Why no lab was found.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// There is neither a bundled nor an installed lab of this name.
    #[error("there is no lab `{name}`, bundled or installed")]
    Unknown {
        /// The name.
        name: String,
        /// `did you mean …?`, or the list of known labs.
        suggestion: String,
    },
    /// A path that leads nowhere.
    #[error("there is no file or folder `{0}`")]
    NoPath(PathBuf),
    /// A folder that is not a lab.
    #[error("the folder `{0}` has no lab.toml")]
    NotALab(PathBuf),
    /// The file may not be used, cannot be read, or is not UTF-8 text.
    #[error("the lab cannot be read")]
    Read(#[source] std::io::Error),
}

impl FindError {
    /// How to correct it.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Unknown { suggestion, .. } => Some(suggestion.clone()),
            Self::NoPath(_) | Self::NotALab(_) => {
                Some("name the folder of a lab, a lab file, or a bundled or an installed lab".to_owned())
            }
            Self::Read(_) => None,
        }
    }
}

impl From<std::io::Error> for FindError {
    fn from(error: std::io::Error) -> Self {
        Self::Read(error)
    }
}

/// Whether an argument is a path, and not the name of a lab: `./pair`, `labs/pair`, `pair.toml`.
///
/// A bare name never means a folder, so that a foreign folder never takes the place of a bundled lab.
pub fn is_path(argument: &str) -> bool {
    argument.contains('/') || argument.ends_with(".toml") || matches!(argument, "." | "..")
}

/// Finds a lab: by its path, a folder with `lab.toml` or a lab file; by its name, a bundled or an installed
/// lab. Its other files are opened with the same access.
///
/// # Errors
/// When there is no such lab, it cannot be read, or may not be with this access.
pub fn find(argument: &str, catalog: &Catalog, access: Access) -> Result<LabSource, FindError> {
    if is_path(argument) {
        return by_path(Path::new(argument), catalog, access);
    }
    if let Some(file) = bundled(argument, catalog) {
        return Ok(LabSource {
            label: file.label,
            text: file.text.into_owned(),
            folder: None,
            catalog: catalog.clone(),
            place: LabPlace::Bundled,
            name: argument.to_owned(),
        });
    }
    if let Some(folder) = catalog.installed(argument).filter(|folder| folder.is_dir()) {
        let source = open(&folder, LAB_FILE, catalog, access)?;
        return Ok(LabSource { place: LabPlace::Installed, name: argument.to_owned(), ..source });
    }
    Err(unknown(argument, catalog))
}

fn bundled(name: &str, catalog: &Catalog) -> Option<CatalogFile> {
    catalog.read(Shelf::Labs, &format!("{name}/{LAB_FILE}")).ok().flatten()
}

fn by_path(path: &Path, catalog: &Catalog, access: Access) -> Result<LabSource, FindError> {
    if path.is_dir() {
        return match open(path, LAB_FILE, catalog, access) {
            Err(FindError::Read(error)) if error.kind() == ErrorKind::NotFound => {
                Err(FindError::NotALab(path.to_owned()))
            }
            found => found,
        };
    }
    match (path.symlink_metadata(), path.parent(), path.file_name().and_then(|name| name.to_str())) {
        (Ok(_), Some(folder), Some(file)) => open(folder, file, catalog, access),
        _ => Err(FindError::NoPath(path.to_owned())),
    }
}

fn open(folder: &Path, file: &str, catalog: &Catalog, access: Access) -> Result<LabSource, FindError> {
    let folder = Folder::open(folder, access)?;
    Ok(LabSource {
        label: folder.shown(file).display().to_string(),
        text: folder.text(file)?,
        catalog: catalog.clone().beside(folder.clone()),
        folder: Some(folder),
        place: LabPlace::Folder,
        name: String::new(),
    })
}

fn unknown(name: &str, catalog: &Catalog) -> FindError {
    let known: Vec<String> =
        bundled_labs().into_iter().chain(catalog.installed_labs().unwrap_or_default()).collect();
    let suggestion = if Path::new(name).is_dir() {
        format!("a bare name means a bundled or an installed lab: write `./{name}` for the folder here")
    } else {
        suggestion(name, "lab", known.iter().map(String::as_str))
    };
    FindError::Unknown { name: name.to_owned(), suggestion }
}

/// The names of the bundled labs, sorted.
pub fn bundled_labs() -> Vec<String> {
    let catalog = Catalog::bundled();
    let mut names = catalog.names(Shelf::Labs).unwrap_or_default();
    names.retain(|name| bundled(name, &catalog).is_some());
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::render;
    use crate::labfile::{Setting, load};
    use crate::model::{StackUse, Value};

    fn found(argument: &str) -> Result<LabSource, FindError> {
        find(argument, &Catalog::bundled(), Access::Any)
    }

    #[test]
    fn a_folder_a_file_and_nothing() {
        let root = tempfile::tempdir().unwrap();
        let lab = root.path().join("mine");
        fs_err::create_dir_all(lab.join("drills")).unwrap();
        let path = lab.display().to_string();
        assert!(matches!(found(&path), Err(FindError::NotALab(_))));
        fs_err::write(lab.join(LAB_FILE), "schema = 1\n").unwrap();
        fs_err::write(lab.join("drills/power-cut.toml"), "schema = 1\n").unwrap();
        fs_err::write(lab.join("drills/notes.txt"), "not a drill").unwrap();
        for argument in [path.clone(), format!("{path}/lab.toml")] {
            let found = found(&argument).unwrap();
            assert_eq!(found.label, format!("{path}/lab.toml"));
            assert_eq!(found.folder.as_ref().map(Folder::path), Some(lab.as_path()));
            let drills = found.drills().unwrap();
            assert_eq!(drills.len(), 1);
            assert_eq!((drills[0].name.as_str(), drills[0].text.as_ref()), ("power-cut", "schema = 1\n"));
        }
        assert!(matches!(found("no-such-lab"), Err(FindError::Unknown { .. })));
        assert!(matches!(found("no-such/lab.toml"), Err(FindError::NoPath(_))));
    }

    #[test]
    fn a_bare_name_is_never_a_folder() {
        // The tests run in the project's folder, which has folders of these names.
        for name in ["labs", "tests", "src"] {
            let Err(error @ FindError::Unknown { .. }) = found(name) else { panic!("{name}") };
            assert!(error.help().unwrap().contains(&format!("write `./{name}`")));
        }
        for path in ["./pair", "a/b", "pair/", "pair.toml", ".", ".."] {
            assert!(is_path(path), "{path}");
        }
        assert!(!is_path("pair"));
    }

    #[test]
    fn installed_labs_are_found_by_name_and_do_not_hide_bundled_ones() {
        let root = tempfile::tempdir().unwrap();
        let catalog = Catalog::of_state(&crate::state::StateDir::at(root.path()));
        for name in ["mine", "single-server"] {
            let folder = catalog.installed(name).unwrap();
            fs_err::create_dir_all(&folder).unwrap();
            fs_err::write(folder.join(LAB_FILE), "schema = 1\n").unwrap();
        }
        let place = |name: &str| find(name, &catalog, Access::Any).map(|found| found.place).ok();
        assert_eq!(place("mine"), Some(LabPlace::Installed));
        assert_eq!(place("single-server"), Some(LabPlace::Bundled));
        assert_eq!((place("../mine"), catalog.installed("../mine")), (None, None));
        assert_eq!(catalog.installed_labs().unwrap(), ["mine", "single-server"]);
    }

    #[test]
    fn every_bundled_lab_is_sound_in_every_profile() {
        let names = bundled_labs();
        assert!(names.iter().any(|name| name == "drbd-heartbeat"), "{names:?}");
        for name in names {
            let source = found(&name).unwrap();
            assert_eq!(source.label, format!("<bundled>/labs/{name}/lab.toml"));
            let moves = |stack: &&StackUse| stack.params.contains_key("auto-failback");
            let stays = |stack: &StackUse| format!("{}.auto-failback=false", stack.name);
            let stays: Vec<String> =
                load(&source, &[]).unwrap().lab.stacks.iter().filter(moves).map(stays).collect();
            let paper = ["profile=paper".to_owned()];
            for settings in [&[][..], &paper, &stays] {
                let settings: Vec<Setting> =
                    settings.iter().map(|setting| setting.parse().unwrap()).collect();
                let loaded = load(&source, &settings)
                    .unwrap_or_else(|found| panic!("{}", render::text(&found, false)));
                assert_eq!(render::text(&loaded.warnings, false), "", "{name}");
                assert_eq!(loaded.lab.name.as_str(), name);
            }
        }
    }

    #[test]
    fn the_profile_of_the_paper_has_its_figures() {
        let settings = ["profile=paper".parse().unwrap()];
        let lab = load(&found("drbd-heartbeat").unwrap(), &settings).unwrap().lab;
        let heartbeat = lab.stacks.iter().find(|stack| stack.uses == "heartbeat").unwrap();
        for (name, seconds) in [("keepalive", 2), ("warntime", 5), ("deadtime", 15), ("initdead", 90)] {
            assert_eq!(heartbeat.params.get(name), Some(&Value::Milliseconds(seconds * 1000)), "{name}");
        }
        assert_eq!(heartbeat.params.get("auto-failback"), Some(&Value::Boolean(true)));
        let host = lab.networks.first().map(|network| network.host.to_string());
        assert_eq!(host.as_deref(), Some("192.168.0.110"));
    }
}
