//! The catalogue: the labs, stacks and images bundled with the program, and files beside a lab that override
//! them.
//!
//! `labs/`, `templates/`, `images/` and `courses/` are inside the binary, so that `lab up drbd-heartbeat`
//! works from any folder. A lab's own folder has priority: `my-lab/templates/drbd/stack.toml` hides the
//! bundled file.

use std::borrow::Cow;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};

use crate::base::folder::{Access, Entry, Folder};
use crate::model::{LabName, check_name};
use crate::state::StateDir;

static LABS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/labs");
static TEMPLATES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates");
static COURSES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/courses");
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
    /// `courses/<course>/…`
    Courses,
}

impl Shelf {
    fn folder(self) -> &'static str {
        match self {
            Shelf::Labs => "labs",
            Shelf::Templates => "templates",
            Shelf::Images => "images",
            Shelf::Courses => "courses",
        }
    }

    fn embedded(self) -> &'static Dir<'static> {
        match self {
            Shelf::Labs => &LABS,
            Shelf::Templates => &TEMPLATES,
            Shelf::Images => &IMAGES,
            Shelf::Courses => &COURSES,
        }
    }
}

/// The bundled files, and folders that override them.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    /// A lab's folder, whose `templates/` and `images/` have priority.
    lab: Option<Folder>,
    /// The folder of what was added to this machine; it may not exist yet.
    added: Option<PathBuf>,
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
    /// The bundled files alone.
    pub fn bundled() -> Self {
        Self::default()
    }

    /// The bundled files, overridden by those added to a state folder (`lab image add`).
    pub fn of_state(state: &StateDir) -> Self {
        Self { lab: None, added: Some(state.catalog()) }
    }

    /// The same, overridden by the files of a lab's folder.
    #[must_use]
    pub fn beside(self, lab: Folder) -> Self {
        Self { lab: Some(lab), ..self }
    }

    /// The same, overridden by the files of a folder that any user may have written.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn beside_path(self, lab: &Path) -> std::io::Result<Self> {
        Ok(self.beside(Folder::open(lab, Access::Any)?))
    }

    /// The folder of the lab whose files have priority.
    pub fn lab_folder(&self) -> Option<&Folder> {
        self.lab.as_ref()
    }

    /// The folder of an installed lab; none if no lab can be installed here.
    pub fn installed(&self, name: &str) -> Option<PathBuf> {
        check_name(name, LabName::MAX).ok()?;
        Some(self.added.as_ref()?.join(Shelf::Labs.folder()).join(name))
    }

    /// The names of the installed labs, sorted.
    ///
    /// # Errors
    /// When their folder exists but cannot be listed.
    pub fn installed_labs(&self) -> std::io::Result<Vec<String>> {
        let found = self.added()?.map_or_else(|| Ok(Vec::new()), |folder| listed(&folder, "labs"))?;
        let is_lab = |entry: &Entry| entry.folder && check_name(&entry.name, LabName::MAX).is_ok();
        Ok(found.into_iter().filter(is_lab).map(|entry| entry.name).collect())
    }

    /// The folder of what was added to this machine, if it exists.
    fn added(&self) -> std::io::Result<Option<Folder>> {
        let Some(path) = &self.added else { return Ok(None) };
        match Folder::open(path, Access::Any) {
            Ok(folder) => Ok(Some(folder)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The folders that override a section. Labs and courses are found by name, and override nothing.
    fn overlays(&self, shelf: Shelf) -> std::io::Result<Vec<Folder>> {
        if matches!(shelf, Shelf::Labs | Shelf::Courses) {
            return Ok(Vec::new());
        }
        Ok(self.lab.iter().cloned().chain(self.added()?).collect())
    }

    /// The text of a file, such as `drbd/stack.toml` of [`Shelf::Templates`]; `None` if there is no such
    /// file. The path never leads out of the section.
    ///
    /// # Errors
    /// When the path is not plain, or a file in the lab's folder exists but may not or cannot be read as
    /// UTF-8 text.
    pub fn read(&self, shelf: Shelf, path: &str) -> std::io::Result<Option<CatalogFile>> {
        if path.split('/').any(|part| matches!(part, "" | "." | "..")) {
            let message = format!("`{path}` leads out of `{}/`", shelf.folder());
            return Err(std::io::Error::new(ErrorKind::InvalidInput, message));
        }
        for overlay in self.overlays(shelf)? {
            let inside = format!("{}/{path}", shelf.folder());
            match overlay.text(&inside) {
                Ok(text) => {
                    return Ok(Some(CatalogFile {
                        label: overlay.shown(&inside).display().to_string(),
                        text: Cow::Owned(text),
                    }));
                }
                Err(error) if error.kind() == ErrorKind::NotFound => {}
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
        let mut names: Vec<String> =
            embedded.map(|entry| entry.path().to_string_lossy().into_owned()).collect();
        for overlay in self.overlays(shelf)? {
            let entries = listed(&overlay, shelf.folder())?;
            names.extend(entries.into_iter().filter(|entry| belongs(entry.folder)).map(|entry| entry.name));
        }
        if shelf == Shelf::Images {
            names = names.iter().filter_map(|name| name.strip_suffix(".toml").map(str::to_owned)).collect();
        }
        names.sort();
        names.dedup();
        Ok(names)
    }

    /// The names of the files directly in the folder of a bundled entry (`drbd-heartbeat/drills`), sorted.
    pub fn files(&self, shelf: Shelf, folder: &str) -> Vec<String> {
        let mut names: Vec<String> = shelf
            .embedded()
            .get_dir(folder)
            .into_iter()
            .flat_map(|dir| dir.files())
            .filter_map(|file| file.path().file_name().map(|name| name.to_string_lossy().into_owned()))
            .collect();
        names.sort();
        names
    }

    /// The names of the folders directly in a folder of a bundled entry (`drbd-heartbeat/exercises`), sorted.
    pub fn folders(&self, shelf: Shelf, folder: &str) -> Vec<String> {
        let inside = shelf.embedded().get_dir(folder).into_iter().flat_map(|dir| dir.dirs());
        let name = |dir: &Dir<'_>| dir.path().file_name().map(|name| name.to_string_lossy().into_owned());
        let mut names: Vec<String> = inside.filter_map(name).collect();
        names.sort();
        names
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

/// The entries of a folder; none if it does not exist.
fn listed(folder: &Folder, inside: &str) -> std::io::Result<Vec<Entry>> {
    match folder.entries(inside) {
        Ok(entries) => Ok(entries),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
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
        let catalog = Catalog::bundled().beside_path(folder.path()).unwrap();
        let own = |shelf: Shelf| {
            let bundled = Catalog::bundled().names(shelf).unwrap();
            let mut names = catalog.names(shelf).unwrap();
            names.retain(|name| !bundled.contains(name));
            names
        };
        assert_eq!(own(Shelf::Templates), ["mine"]);
        assert_eq!(own(Shelf::Images), ["mine"]);
    }

    #[test]
    fn no_path_leads_out_of_a_section() {
        let folder = tempfile::tempdir().unwrap();
        fs_err::create_dir_all(folder.path().join("templates")).unwrap();
        fs_err::write(folder.path().join("canary"), "canary").unwrap();
        let catalog = Catalog::bundled().beside_path(folder.path()).unwrap();
        for path in
            ["../canary", "lamp/../../canary", "/etc/passwd", "lamp//site.conf", "lamp/./site.conf", ""]
        {
            let error = catalog.read(Shelf::Templates, path).unwrap_err().to_string();
            assert!(error.contains("leads out of `templates/`"), "{path}: {error}");
        }
        assert!(catalog.read(Shelf::Templates, "lamp/site.conf").unwrap().is_some());
    }
}
