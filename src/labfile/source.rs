//! A lab file as found, and the files beside it.

use std::borrow::Cow;
use std::io::ErrorKind;
use std::path::PathBuf;

use crate::base::text_file;
use crate::catalog::{Catalog, CatalogFile, Shelf};

/// An unparsed lab file.
#[derive(Debug, Clone)]
pub struct LabSource {
    /// Its name in messages: its path, or `<bundled>/labs/drbd-heartbeat/lab.toml`.
    pub label: String,
    /// Its text.
    pub text: String,
    /// Its folder; `None` for a bundled lab.
    pub folder: Option<PathBuf>,
    /// Stacks and images: the bundled ones, overridden by those in the lab's folder.
    pub catalog: Catalog,
    /// The name of the bundled lab, if it is one.
    pub(super) bundled: Option<String>,
}

/// A file beside a lab, such as one of its drills.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabPart {
    /// Its file name without `.toml`.
    pub name: String,
    /// Its name in messages.
    pub label: String,
    /// Its text.
    pub text: Cow<'static, str>,
}

impl LabSource {
    /// A lab file from memory, for tests and for `lab check -`.
    pub fn from_text(label: impl Into<String>, text: impl Into<String>, catalog: Catalog) -> Self {
        Self { label: label.into(), text: text.into(), folder: None, catalog, bundled: None }
    }

    /// The drills beside the lab (`drills/*.toml`), sorted by name.
    ///
    /// # Errors
    /// When the folder exists but cannot be read.
    pub fn drills(&self) -> std::io::Result<Vec<LabPart>> {
        self.parts("drills")
    }

    fn parts(&self, folder: &str) -> std::io::Result<Vec<LabPart>> {
        let mut parts = Vec::new();
        for file in self.files(folder)? {
            let Some(name) = file.strip_suffix(".toml") else { continue };
            if let Some(read) = self.read(&format!("{folder}/{file}"))? {
                parts.push(LabPart { name: name.to_owned(), label: read.label, text: read.text });
            }
        }
        Ok(parts)
    }

    fn files(&self, folder: &str) -> std::io::Result<Vec<String>> {
        if let Some(lab) = &self.bundled {
            return self.catalog.files(Shelf::Labs, &format!("{lab}/{folder}"));
        }
        let Some(root) = &self.folder else { return Ok(Vec::new()) };
        let mut names = Vec::new();
        match fs_err::read_dir(root.join(folder)) {
            Ok(entries) => {
                for entry in entries {
                    names.push(entry?.file_name().to_string_lossy().into_owned());
                }
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        names.sort();
        Ok(names)
    }

    fn read(&self, path: &str) -> std::io::Result<Option<CatalogFile>> {
        if let Some(lab) = &self.bundled {
            return self.catalog.read(Shelf::Labs, &format!("{lab}/{path}"));
        }
        let Some(root) = &self.folder else { return Ok(None) };
        let file = root.join(path);
        let text = text_file::read(&file)?;
        Ok(Some(CatalogFile { label: file.display().to_string(), text: Cow::Owned(text) }))
    }
}
