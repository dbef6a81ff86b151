//! A course as found: its folder, not yet read.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use crate::base::folder::{Access, Folder};
use crate::catalog::{Catalog, Shelf};
use crate::diagnostic::suggestion;
use crate::exercise::Language;

/// The file that makes a folder a course.
const FILE: &str = "course.toml";

/// A course's files.
#[derive(Debug, Clone)]
pub struct CourseSource {
    /// The name of its folder.
    pub name: String,
    /// The name of its file in messages.
    pub label: String,
    /// The text of its file.
    pub text: String,
    /// The pages for the teacher.
    pub teacher: BTreeMap<Language, String>,
}

/// Why a course cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Unfit {
    /// There is no bundled course of this name.
    #[error("there is no course `{name}`")]
    Unknown {
        /// The name.
        name: String,
        /// `did you mean …?`, or the list of the bundled courses.
        suggestion: String,
    },
    /// A file cannot be read.
    #[error("the course cannot be read")]
    Read(#[from] io::Error),
}

/// The name of the file with the page for the teacher: `teacher.md`, `teacher.id.md`.
pub fn teacher_file(language: Language) -> String {
    match language {
        Language::En => "teacher.md".to_owned(),
        other => format!("teacher.{}.md", other.code()),
    }
}

/// The names of the bundled courses, sorted.
pub fn bundled_courses() -> Vec<String> {
    Catalog::bundled().names(Shelf::Courses).unwrap_or_default()
}

/// Finds a course: a bundled one by its name, else by the path of its folder.
///
/// # Errors
/// When there is none, or its files cannot be read.
pub fn find(argument: &str) -> Result<CourseSource, Unfit> {
    if crate::labfile::is_path(argument) {
        let folder = Folder::open(Path::new(argument), Access::Any)?;
        // Also the folder `.` has a name.
        let path = std::path::absolute(argument)?;
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        return read(name, |file| match folder.text(file) {
            Ok(text) => Ok(Some((folder.shown(file).display().to_string(), text))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        });
    }
    let known = bundled_courses();
    if !known.iter().any(|known| known == argument) {
        let suggestion = suggestion(argument, "course", known.iter().map(String::as_str));
        return Err(Unfit::Unknown { name: argument.to_owned(), suggestion });
    }
    let catalog = Catalog::bundled();
    read(argument.to_owned(), |file| {
        let found = catalog.read(Shelf::Courses, &format!("{argument}/{file}"))?;
        Ok(found.map(|found| (found.label, found.text.into_owned())))
    })
}

/// Reads the files of a course by a function that returns a file's name in messages and its text.
fn read(
    name: String,
    file: impl Fn(&str) -> io::Result<Option<(String, String)>>,
) -> Result<CourseSource, Unfit> {
    let missing = || io::Error::new(io::ErrorKind::NotFound, format!("`{name}` has no {FILE}"));
    let (label, text) = file(FILE)?.ok_or_else(missing)?;
    let mut teacher = BTreeMap::new();
    for language in Language::ALL {
        if let Some((_, page)) = file(&teacher_file(language))? {
            teacher.insert(language, page);
        }
    }
    Ok(CourseSource { name, label, text, teacher })
}
