//! A lab file as found, and the files beside it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::ErrorKind;

use crate::base::folder::Folder;
use crate::catalog::{Catalog, CatalogFile, Shelf};
use crate::model::Scripts;

/// An unparsed lab file.
#[derive(Debug, Clone)]
pub struct LabSource {
    /// Its name in messages: its path, or `<bundled>/labs/drbd-heartbeat/lab.toml`.
    pub label: String,
    /// Its text.
    pub text: String,
    /// Its folder; `None` for a bundled lab.
    pub folder: Option<Folder>,
    /// Stacks and images: the bundled ones, overridden by those in the lab's folder.
    pub catalog: Catalog,
    /// Where it was found.
    pub place: LabPlace,
    /// The name by which a bundled or an installed lab was found.
    pub(super) name: String,
}

/// Where a lab was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LabPlace {
    /// Inside the program.
    Bundled,
    /// Among the labs that were installed on this machine.
    Installed,
    /// In a folder that the caller named.
    Folder,
    /// On the standard input.
    Text,
}

/// A file beside a lab, such as one of its drills.
#[derive(Debug, Clone)]
pub struct LabPart {
    /// Its file name without `.toml`.
    pub name: String,
    /// Its name in messages.
    pub label: String,
    /// Its text.
    pub text: Cow<'static, str>,
    /// The scripts of the lab that drills use.
    pub scripts: Scripts,
    /// The stacks of the lab.
    pub catalog: Catalog,
}

impl LabSource {
    /// A lab file from memory, for tests and for `lab check -`.
    pub fn from_text(label: impl Into<String>, text: impl Into<String>, catalog: Catalog) -> Self {
        Self {
            label: label.into(),
            text: text.into(),
            folder: None,
            catalog,
            place: LabPlace::Text,
            name: String::new(),
        }
    }

    /// The drills beside the lab (`drills/*.toml`), sorted by name.
    ///
    /// # Errors
    /// When the folder exists but cannot be read.
    pub fn drills(&self) -> std::io::Result<Vec<LabPart>> {
        self.drills_in("drills", &self.scripts()?)
    }

    /// The scripts that drills use (`loads/*`, `steps/*`).
    ///
    /// # Errors
    /// When a folder exists but cannot be read, or a file of it is not text.
    pub fn scripts(&self) -> std::io::Result<Scripts> {
        Ok(Scripts { loads: self.texts("loads")?, steps: self.texts("steps")? })
    }

    /// The texts of the files of a folder beside the lab, by their names.
    ///
    /// # Errors
    /// The same.
    pub fn texts(&self, folder: &str) -> std::io::Result<BTreeMap<String, String>> {
        let mut texts = BTreeMap::new();
        // Editors leave hidden files.
        for file in self.files(folder)?.into_iter().filter(|file| !file.starts_with('.')) {
            if let Some(read) = self.read(&format!("{folder}/{file}"))? {
                texts.insert(file, read.text.into_owned());
            }
        }
        Ok(texts)
    }

    /// The drills of a folder beside the lab, with the scripts that they may use, sorted by name.
    ///
    /// # Errors
    /// When the folder exists but cannot be read.
    pub fn drills_in(&self, folder: &str, scripts: &Scripts) -> std::io::Result<Vec<LabPart>> {
        let mut parts = Vec::new();
        for file in self.files(folder)? {
            let Some(name) = file.strip_suffix(".toml") else { continue };
            if let Some(read) = self.read(&format!("{folder}/{file}"))? {
                let (name, scripts, catalog) = (name.to_owned(), scripts.clone(), self.catalog.clone());
                parts.push(LabPart { name, label: read.label, text: read.text, scripts, catalog });
            }
        }
        Ok(parts)
    }

    /// The folders inside a folder beside the lab, sorted; none if it does not exist.
    ///
    /// # Errors
    /// When it exists but cannot be read.
    pub fn folders(&self, folder: &str) -> std::io::Result<Vec<String>> {
        match &self.folder {
            Some(root) => match root.entries(folder) {
                Ok(entries) => {
                    Ok(entries.into_iter().filter(|entry| entry.folder).map(|entry| entry.name).collect())
                }
                Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
                Err(error) => Err(error),
            },
            None if self.place == LabPlace::Bundled => {
                Ok(self.catalog.folders(Shelf::Labs, &format!("{}/{folder}", self.name)))
            }
            None => Ok(Vec::new()),
        }
    }

    fn files(&self, folder: &str) -> std::io::Result<Vec<String>> {
        match &self.folder {
            Some(root) => match root.entries(folder) {
                Ok(entries) => {
                    let files = entries.into_iter().filter(|entry| !entry.folder);
                    Ok(files.map(|entry| entry.name).collect())
                }
                Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
                Err(error) => Err(error),
            },
            None if self.place == LabPlace::Bundled => {
                Ok(self.catalog.files(Shelf::Labs, &format!("{}/{folder}", self.name)))
            }
            None => Ok(Vec::new()),
        }
    }

    /// The folder of its files; none if it is bundled.
    pub(super) fn beside(&self) -> Option<&Folder> {
        // A lab from an editor has the catalogue of a folder.
        self.folder.as_ref().or_else(|| self.catalog.lab_folder())
    }

    /// A file beside the lab; none if a bundled lab has no such file.
    ///
    /// # Errors
    /// When it cannot be read, or is not there beside a lab in a folder.
    pub fn read(&self, path: &str) -> std::io::Result<Option<CatalogFile>> {
        match self.beside() {
            Some(root) => {
                let label = root.shown(path).display().to_string();
                Ok(Some(CatalogFile { label, text: Cow::Owned(root.text(path)?) }))
            }
            None if self.place == LabPlace::Bundled => {
                self.catalog.read(Shelf::Labs, &format!("{}/{path}", self.name))
            }
            None => Ok(None),
        }
    }
}
