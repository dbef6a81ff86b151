//! `lab install` and `lab uninstall`: labs that are brought up by name on this machine.
//!
//! An installed lab is a copy of a folder that was checked as a whole. It belongs to the owner of the state
//! folder, so that the author of the original cannot change it afterwards.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::check::{self, Checked};
use super::error::AppError;
use super::explain::sudo;
use super::job::Job;
use super::lab;
use super::new_lab::renamed;
use super::request::{Request, Subject};
use crate::base::folder::{Folder, Written};
use crate::catalog::Catalog;
use crate::diagnostic::suggestion;
use crate::labfile::{LAB_FILE, LabSource, bundled_labs, is_path};
use crate::model::LabName;

/// The parts of a lab's folder that are copied, beside its file and the files that it names; with `/`, all
/// files below.
const PARTS: [&str; 7] = ["README.md", "drills/", "loads/", "steps/", "exercises/", "templates/", "images/"];

/// The largest number of files of a lab.
const MOST_FILES: usize = 1000;

/// The deepest folder in a lab.
const DEEPEST: usize = 8;

/// Copies a lab's folder to the labs of this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Install {
    /// The folder, or its lab file.
    pub from: String,
    /// The name of the installed lab. Default: its own.
    #[serde(default)]
    pub name: Option<LabName>,
}

/// An installed lab.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Installed {
    /// Its name.
    pub name: LabName,
    /// Its folder.
    pub folder: PathBuf,
}

/// Removes an installed lab. Its instances stay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Uninstall {
    /// Its name.
    pub name: LabName,
}

impl Request for Install {
    type Outcome = Installed;
    const NAME: &'static str = "install";

    fn changes(&self) -> Option<Subject> {
        Some(Subject(vec![self.name.as_ref().map_or_else(|| self.from.clone(), ToString::to_string)]))
    }

    fn perform(&self, job: &Job) -> Result<Installed, AppError> {
        if !is_path(&self.from) {
            let text = format!("`{}` is the name of a lab, and not a folder", self.from);
            return Err(AppError::usage(text).hint(format!("write `./{}` for the folder here", self.from)));
        }
        let source = lab::find(&self.from, &job.state, job.trusted())?;
        let Checked { problems, counts, .. } = check::of(&source, &[], job)?;
        if problems.has_errors() {
            return Err(AppError::bad_file(&problems));
        }
        let own = counts.and_then(|counts| counts.lab.parse().ok());
        let named = lab::load(&source, &[], &job.state)?.beside();
        let Some(name) = self.name.clone().or(own) else {
            return Err(AppError::usage("the lab needs a name").hint("choose one with `--as NAME`"));
        };
        let folder = free(&name, job)?;
        copy(&source, &named, &name, &folder).map_err(|error| {
            AppError::failed(format!("{} cannot be installed", source.label))
                .because(error)
                .maybe_hint(sudo())
        })?;
        Ok(Installed { name, folder })
    }
}

impl Request for Uninstall {
    type Outcome = ();
    const NAME: &'static str = "uninstall";

    fn changes(&self) -> Option<Subject> {
        Some(Subject::named(&[&self.name]))
    }

    fn perform(&self, job: &Job) -> Result<(), AppError> {
        let catalog = Catalog::of_state(&job.state);
        let folder = catalog.installed(self.name.as_str()).filter(|folder| folder.is_dir());
        let Some(folder) = folder else {
            let known = catalog.installed_labs().unwrap_or_default();
            let error = AppError::not_found(format!("no lab `{}` is installed", self.name));
            return Err(error.hint(suggestion(
                self.name.as_str(),
                "installed lab",
                known.iter().map(String::as_str),
            )));
        };
        fs_err::remove_dir_all(folder).map_err(|error| {
            AppError::failed(format!("{} cannot be removed", self.name)).because(error).maybe_hint(sudo())
        })
    }
}

/// The folder for a lab of this name.
fn free(name: &LabName, job: &Job) -> Result<PathBuf, AppError> {
    let taken = |what: &str| AppError::failed(format!("{what} has the name `{name}`"));
    if bundled_labs().iter().any(|bundled| bundled == name.as_str()) {
        return Err(taken("a bundled lab").hint("choose another one with `--as NAME`"));
    }
    let folder = Catalog::of_state(&job.state).installed(name.as_str());
    let folder = folder.ok_or_else(|| AppError::usage(format!("`{name}` is not the name of a lab")))?;
    if folder.exists() {
        let hint = format!("`lab uninstall {name}` removes it; `--as NAME` chooses another name");
        return Err(taken("an installed lab").hint(hint));
    }
    Ok(folder)
}

/// Copies to a temporary folder first, so that a lab is installed as a whole or not at all.
fn copy(source: &LabSource, named: &BTreeSet<String>, name: &LabName, to: &Path) -> std::io::Result<()> {
    let Some(from) = &source.folder else { return Ok(()) };
    let mut files: Vec<String> = named.iter().cloned().collect();
    for part in PARTS {
        match part.strip_suffix('/') {
            Some(folder) => list(from, folder, DEEPEST, &mut files)?,
            None => files.push(part.to_owned()),
        }
    }
    let parent = to.parent().unwrap_or(to);
    fs_err::create_dir_all(parent)?;
    let aside = tempfile::Builder::new().prefix(".install-").tempdir_in(parent)?;
    let made = aside.path().join(name.as_str());
    let folder = Written::create(&made)?;
    folder.file(Path::new(LAB_FILE), 0o644, renamed(&source.text, name.as_str()).as_bytes())?;
    files.sort();
    files.dedup();
    for file in files.into_iter().filter(|file| file != LAB_FILE) {
        match from.text(&file) {
            Ok(text) => folder.file(Path::new(&file), 0o644, text.as_bytes())?,
            Err(error) if file == "README.md" && error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    fs_err::rename(&made, to)
}

/// Adds all files below a folder.
fn list(from: &Folder, inside: &str, depth: usize, files: &mut Vec<String>) -> std::io::Result<()> {
    let entries = match from.entries(inside) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let refused = |what: String| Err(std::io::Error::new(std::io::ErrorKind::InvalidInput, what));
    for entry in entries {
        let path = format!("{inside}/{}", entry.name);
        if !entry.folder {
            files.push(path);
        } else if depth == 0 {
            return refused(format!("`{path}` is nested too deeply"));
        } else {
            list(from, &path, depth - 1, files)?;
        }
        if files.len() > MOST_FILES {
            return refused(format!("the lab has more than {MOST_FILES} files"));
        }
    }
    Ok(())
}
