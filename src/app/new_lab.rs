//! `lab new`: a lab of one's own, from a bundled one or empty.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::error::AppError;
use super::job::Job;
use super::request::Request;
use crate::catalog::{Catalog, Shelf};
use crate::diagnostic::suggestion;
use crate::labfile::{LAB_FILE, bundled_labs};
use crate::model::LabName;

/// The lab file of an empty lab, under the name `empty`.
const EMPTY: &str = include_str!("new_lab/empty.toml");

/// Creates the folder of a new lab.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct NewLab {
    /// The name of the lab and of its folder.
    pub name: LabName,
    /// The folder in which it is created.
    pub inside: PathBuf,
    /// The bundled lab to copy. Default: none, which gives two bare nodes.
    #[serde(default)]
    pub from: Option<String>,
}

impl Request for NewLab {
    type Outcome = PathBuf;
    const NAME: &'static str = "new";

    fn perform(&self, _job: &Job) -> Result<PathBuf, AppError> {
        let files = match &self.from {
            Some(from) => {
                let files = Catalog::bundled().bundle(Shelf::Labs, from);
                // Folders inside a lab are skipped.
                if !bundled_labs().contains(from) || files.is_empty() {
                    return Err(unknown(from));
                }
                files
            }
            None => vec![(PathBuf::from(LAB_FILE), EMPTY.as_bytes())],
        };
        let folder = self.inside.join(self.name.as_str());
        if folder.exists() {
            return Err(AppError::failed(format!("{} is already there", folder.display()))
                .hint("choose another name, or another folder to do it in"));
        }
        let own = Named { file: LAB_FILE, name: self.name.as_str() };
        whole_or_not(&files, &folder, &self.inside, &own)
            .map_err(|error| AppError::failed("the lab cannot be copied").because(error))?;
        Ok(folder)
    }
}

fn unknown(name: &str) -> AppError {
    let labs = Catalog::bundled().names(Shelf::Labs).unwrap_or_default();
    AppError::not_found(format!("there is no bundled lab `{name}`")).hint(suggestion(
        name,
        "bundled lab",
        labs.iter().map(String::as_str),
    ))
}

/// The name of a copy, and the file that says it.
pub(super) struct Named<'a> {
    pub(super) file: &'a str,
    pub(super) name: &'a str,
}

/// Copies to a temporary folder first, so that a full disk leaves no incomplete folder.
pub(super) fn whole_or_not(
    files: &[(PathBuf, &[u8])],
    folder: &Path,
    inside: &Path,
    own: &Named<'_>,
) -> std::io::Result<()> {
    let inside = if inside.as_os_str().is_empty() { Path::new(".") } else { inside };
    let aside = tempfile::Builder::new().prefix(".lab-new-").tempdir_in(inside)?;
    let made = aside.path().join(own.name);
    copy(files, &made, own)?;
    fs_err::rename(&made, folder)
}

fn copy(files: &[(PathBuf, &[u8])], folder: &Path, own: &Named<'_>) -> std::io::Result<()> {
    for (path, content) in files {
        let target = folder.join(path);
        if let Some(parent) = target.parent() {
            fs_err::create_dir_all(parent)?;
        }
        match std::str::from_utf8(content) {
            Ok(text) if path == Path::new(own.file) => fs_err::write(target, renamed(text, own.name))?,
            _ => fs_err::write(target, content)?,
        }
    }
    Ok(())
}

/// The file of a lab or a stack with another name; everything else is unchanged, including comments.
pub(super) fn renamed(text: &str, name: &str) -> String {
    let is_name = |line: &str| line.split_once('=').is_some_and(|(key, _)| key.trim() == "name");
    let mut done = false;
    let lines = text.lines().map(|line| {
        if done || !is_name(line) {
            return line.to_owned();
        }
        done = true;
        let key = line.split('=').next().unwrap_or("name ");
        format!("{key}= \"{name}\"")
    });
    lines.collect::<Vec<_>>().join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_that_fails_leaves_nothing() {
        let place = tempfile::tempdir().unwrap();
        let own = Named { file: LAB_FILE, name: "mine" };
        // The second file cannot be written: the first has its folder's name.
        let files: [(PathBuf, &[u8]); 2] = [("a".into(), b"file"), ("a/b".into(), b"inside it")];
        whole_or_not(&files, &place.path().join("mine"), place.path(), &own).unwrap_err();
        assert_eq!(fs_err::read_dir(place.path()).unwrap().count(), 0);
        whole_or_not(&files[..1], &place.path().join("mine"), place.path(), &own).unwrap();
        assert_eq!(fs_err::read_dir(place.path()).unwrap().count(), 1);
    }

    #[test]
    fn only_the_labs_own_name_changes() {
        let text = "# a lab\nschema = 1\nname   = \"old\"\n[node.a]\nname = \"kept\"\n";
        let new = renamed(text, "fresh");
        assert_eq!(new, "# a lab\nschema = 1\nname   = \"fresh\"\n[node.a]\nname = \"kept\"\n");
    }
}
