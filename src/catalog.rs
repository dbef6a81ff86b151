//! The catalogue: the labs, stacks and images bundled with the program, and files beside a lab that override
//! them.
//!
//! `labs/`, `templates/` and `images/` are inside the binary, so that `lab up drbd-heartbeat` works from any
//! folder. A lab's own folder has priority: `my-lab/templates/drbd/stack.toml` hides the bundled file.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};

use crate::base::text_file;
use crate::state::StateDir;

static LABS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/labs");
static TEMPLATES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates");
static IMAGES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/images");

/// A section of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shelf {
    /// `labs/<lab>/…`
    Labs,
    /// `templates/<stack>/…`
    Templates,
    /// `images/<image>.toml`
    Images,
}

impl Shelf {
    fn folder(self) -> &'static str {
        match self {
            Shelf::Labs => "labs",
            Shelf::Templates => "templates",
            Shelf::Images => "images",
        }
    }

    fn embedded(self) -> &'static Dir<'static> {
        match self {
            Shelf::Labs => &LABS,
            Shelf::Templates => &TEMPLATES,
            Shelf::Images => &IMAGES,
        }
    }
}

/// The bundled files, and folders that override them.
#[derive(Debug, Clone)]
pub struct Catalog {
    /// Folders whose `templates/` and `images/` override the bundled ones; earlier folders have priority.
    overlays: Vec<PathBuf>,
}

/// One file of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogFile {
    /// Its name in messages: a path, or `<bundled>/templates/drbd/stack.toml`.
    pub label: String,
    /// Its text.
    pub text: Cow<'static, str>,
}

impl Catalog {
    /// The bundled files, overridden by those added to this machine (`lab image add`).
    pub fn bundled() -> Self {
        Self::of_state(&StateDir::from_environment())
    }

    /// The same, overridden by the files of a lab's folder.
    pub fn beside(lab: &Path) -> Self {
        let mut catalog = Self::bundled();
        catalog.overlays.insert(0, lab.to_owned());
        catalog
    }

    /// The bundled files, overridden by those added to a state folder.
    pub fn of_state(state: &StateDir) -> Self {
        Self { overlays: vec![state.catalog()] }
    }

    /// The same catalogue with the additions of another state folder.
    #[must_use]
    pub fn in_state(mut self, state: &StateDir) -> Self {
        // The state folder's overlay is always last.
        self.overlays.pop();
        self.overlays.push(state.catalog());
        self
    }

    /// The text of a file, such as `drbd/stack.toml` of [`Shelf::Templates`]; `None` if there is no such
    /// file.
    ///
    /// # Errors
    /// When a file in the lab's folder exists but cannot be read as UTF-8 text.
    pub fn read(&self, shelf: Shelf, path: &str) -> std::io::Result<Option<CatalogFile>> {
        for overlay in &self.overlays {
            let file = overlay.join(shelf.folder()).join(path);
            match text_file::read(&file) {
                Ok(text) => {
                    return Ok(Some(CatalogFile {
                        label: file.display().to_string(),
                        text: Cow::Owned(text),
                    }));
                }
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(shelf.embedded().get_file(path).and_then(|file| file.contents_utf8()).map(|text| CatalogFile {
            label: format!("<bundled>/{}/{path}", shelf.folder()),
            text: Cow::Borrowed(text),
        }))
    }

    /// The names in a section, sorted: folders of labs and templates, files of images without `.toml`.
    ///
    /// # Errors
    /// When the lab's folder exists but cannot be listed.
    pub fn names(&self, shelf: Shelf) -> std::io::Result<Vec<String>> {
        // Ignore stray files among the folders of labs and stacks.
        let belongs = |is_folder: bool| is_folder == (shelf != Shelf::Images);
        let embedded = shelf.embedded().entries().iter().filter(|entry| belongs(entry.as_dir().is_some()));
        let mut paths: Vec<PathBuf> = embedded.map(|entry| entry.path().to_owned()).collect();
        for overlay in &self.overlays {
            match fs_err::read_dir(overlay.join(shelf.folder())) {
                Ok(entries) => {
                    for entry in entries {
                        let entry = entry?;
                        if belongs(entry.path().is_dir()) {
                            paths.push(PathBuf::from(entry.file_name()));
                        }
                    }
                }
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        let stem = |path: PathBuf| match shelf {
            Shelf::Images => path
                .extension()
                .is_some_and(|extension| extension == "toml")
                .then(|| path.file_stem().map(|stem| stem.to_string_lossy().into_owned()))
                .flatten(),
            Shelf::Labs | Shelf::Templates => Some(path.to_string_lossy().into_owned()),
        };
        let mut names: Vec<String> = paths.into_iter().filter_map(stem).collect();
        names.sort();
        names.dedup();
        Ok(names)
    }

    /// The names of the files directly in the folder of an entry (`drbd-heartbeat/drills`), sorted.
    ///
    /// # Errors
    /// When the lab's folder exists but cannot be listed.
    pub fn files(&self, shelf: Shelf, folder: &str) -> std::io::Result<Vec<String>> {
        let mut names: Vec<String> = shelf
            .embedded()
            .get_dir(folder)
            .into_iter()
            .flat_map(|dir| dir.files())
            .filter_map(|file| file.path().file_name().map(|name| name.to_string_lossy().into_owned()))
            .collect();
        for overlay in &self.overlays {
            let Ok(entries) = fs_err::read_dir(overlay.join(shelf.folder()).join(folder)) else { continue };
            for entry in entries {
                names.push(entry?.file_name().to_string_lossy().into_owned());
            }
        }
        names.sort();
        names.dedup();
        Ok(names)
    }

    /// Every file of a bundled entry (`drbd-heartbeat` of [`Shelf::Labs`]) with its path in it; empty if
    /// there is no such entry.
    pub fn bundle(&self, shelf: Shelf, entry: &str) -> Vec<(PathBuf, &'static [u8])> {
        let mut folders: Vec<&'static Dir<'static>> = shelf.embedded().get_dir(entry).into_iter().collect();
        let mut found = Vec::new();
        while let Some(folder) = folders.pop() {
            folders.extend(folder.dirs());
            let inside = |file: &'static include_dir::File<'static>| {
                Some((file.path().strip_prefix(entry).ok()?.to_owned(), file.contents()))
            };
            found.extend(folder.files().filter_map(inside));
        }
        found.sort();
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_folders_are_stacks_and_only_files_are_images() {
        let folder = tempfile::tempdir().unwrap();
        for path in ["templates/mine", "images/odd"] {
            fs_err::create_dir_all(folder.path().join(path)).unwrap();
        }
        for path in ["templates/notes.txt", "images/mine.toml", "images/notes.txt"] {
            fs_err::write(folder.path().join(path), "").unwrap();
        }
        let catalog = Catalog::beside(folder.path());
        let own = |shelf: Shelf| {
            let bundled = Catalog::bundled().names(shelf).unwrap();
            let mut names = catalog.names(shelf).unwrap();
            names.retain(|name| !bundled.contains(name));
            names
        };
        assert_eq!(own(Shelf::Templates), ["mine"]);
        assert_eq!(own(Shelf::Images), ["mine"]);
    }
}
