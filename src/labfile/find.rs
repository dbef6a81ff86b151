//! Finds a lab: a folder with `lab.toml`, a file, or a bundled lab.

use std::path::{Path, PathBuf};

use super::source::LabSource;
use crate::base::text_file;
use crate::catalog::{Catalog, Shelf};
use crate::diagnostic::suggestion;

/// The file that makes a folder a lab.
pub const LAB_FILE: &str = "lab.toml";

/// Why no lab was found.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// There is neither a bundled lab nor a file of this name.
    #[error("there is no lab `{name}`, bundled or here")]
    Unknown {
        /// The name.
        name: String,
        /// `did you mean …?`, or the list of bundled labs.
        suggestion: String,
    },
    /// A path that leads nowhere.
    #[error("there is no file or folder `{0}`")]
    NoPath(PathBuf),
    /// A folder that is not a lab.
    #[error("the folder `{0}` has no lab.toml")]
    NotALab(PathBuf),
    /// The file cannot be read, or is not UTF-8 text.
    #[error("the lab cannot be read")]
    Read(#[source] std::io::Error),
}

impl FindError {
    /// How to correct it.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Unknown { suggestion, .. } => Some(suggestion.clone()),
            Self::NoPath(_) | Self::NotALab(_) => {
                Some("name the folder of a lab, a lab file, or a bundled lab".to_owned())
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

/// Finds a lab: a folder with `lab.toml`, the path of a lab file, or the name of a bundled lab. Files take
/// precedence, so a copy of a bundled lab in the current folder is used.
///
/// # Errors
/// When there is no such lab, or it cannot be read.
pub fn find(argument: &str) -> Result<LabSource, FindError> {
    let path = Path::new(argument);
    if path.is_dir() {
        let file = path.join(LAB_FILE);
        if file.is_file() {
            return open(&file, path);
        }
    } else if path.exists() {
        return open(path, path.parent().unwrap_or(Path::new("")));
    }
    let catalog = Catalog::bundled();
    if let Some(file) = catalog.read(Shelf::Labs, &format!("{argument}/{LAB_FILE}"))? {
        return Ok(LabSource {
            label: file.label,
            text: file.text.into_owned(),
            folder: None,
            catalog,
            bundled: Some(argument.to_owned()),
        });
    }
    if path.is_dir() {
        return Err(FindError::NotALab(path.to_owned()));
    }
    if argument.contains('/') {
        return Err(FindError::NoPath(path.to_owned()));
    }
    let known = bundled_labs();
    let suggestion = suggestion(argument, "bundled lab", known.iter().map(String::as_str));
    Err(FindError::Unknown { name: argument.to_owned(), suggestion })
}

fn open(file: &Path, folder: &Path) -> Result<LabSource, FindError> {
    let text = text_file::read(file)?;
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    Ok(LabSource {
        label: file.display().to_string(),
        text,
        folder: Some(folder.to_owned()),
        catalog: Catalog::beside(folder),
        bundled: None,
    })
}

/// The names of the bundled labs, sorted.
pub fn bundled_labs() -> Vec<String> {
    let catalog = Catalog::bundled();
    let mut names = catalog.names(Shelf::Labs).unwrap_or_default();
    let is_lab = |name: &String| {
        catalog.read(Shelf::Labs, &format!("{name}/{LAB_FILE}")).is_ok_and(|file| file.is_some())
    };
    names.retain(is_lab);
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::render;
    use crate::labfile::{Setting, load};
    use crate::model::{StackUse, Value};

    #[test]
    fn a_folder_a_file_and_nothing() {
        let root = tempfile::tempdir().unwrap();
        let lab = root.path().join("mine");
        fs_err::create_dir_all(lab.join("drills")).unwrap();
        let path = lab.display().to_string();
        assert!(matches!(find(&path), Err(FindError::NotALab(_))));
        fs_err::write(lab.join(LAB_FILE), "schema = 1\n").unwrap();
        fs_err::write(lab.join("drills/power-cut.toml"), "schema = 1\n").unwrap();
        fs_err::write(lab.join("drills/notes.txt"), "not a drill").unwrap();
        for argument in [path.clone(), format!("{path}/lab.toml")] {
            let found = find(&argument).unwrap();
            assert_eq!(found.label, format!("{path}/lab.toml"));
            assert_eq!(found.folder.as_deref(), Some(lab.as_path()));
            let drills = found.drills().unwrap();
            assert_eq!(drills.len(), 1);
            assert_eq!((drills[0].name.as_str(), drills[0].text.as_ref()), ("power-cut", "schema = 1\n"));
        }
        assert!(matches!(find("no-such-lab"), Err(FindError::Unknown { .. })));
        assert!(matches!(find("no-such/lab.toml"), Err(FindError::NoPath(_))));
    }

    #[test]
    fn every_bundled_lab_is_sound_in_every_profile() {
        let names = bundled_labs();
        assert!(names.iter().any(|name| name == "drbd-heartbeat"), "{names:?}");
        for name in names {
            let source = find(&name).unwrap();
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
        let lab = load(&find("drbd-heartbeat").unwrap(), &settings).unwrap().lab;
        let heartbeat = lab.stacks.iter().find(|stack| stack.uses == "heartbeat").unwrap();
        for (name, seconds) in [("keepalive", 2), ("warntime", 5), ("deadtime", 15), ("initdead", 90)] {
            assert_eq!(heartbeat.params.get(name), Some(&Value::Milliseconds(seconds * 1000)), "{name}");
        }
        assert_eq!(heartbeat.params.get("auto-failback"), Some(&Value::Boolean(true)));
        let host = lab.networks.first().map(|network| network.host.to_string());
        assert_eq!(host.as_deref(), Some("192.168.0.110"));
    }
}
