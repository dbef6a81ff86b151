//! A stack's folder, read from the catalogue.

use std::collections::{BTreeMap, BTreeSet};

use super::{StackDefinition, check};
use crate::catalog::{Catalog, CatalogFile, Shelf};
use crate::diagnostic::{Diagnostic, Diagnostics, parse_toml};
use crate::model::spec::Script;

/// The version of the format of stack files that this program reads.
pub const SCHEMA: u32 = 1;

/// A stack: its definition, and every file of its folder that the definition names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stack {
    /// `stack.toml`.
    pub definition: StackDefinition,
    /// Templates and scripts by their names in the folder.
    pub(super) files: BTreeMap<String, CatalogFile>,
}

/// Why a stack cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The catalogue has no such stack.
    #[error("there is no stack `{0}`")]
    Unknown(String),
    /// A file of it cannot be read.
    #[error("cannot read the stack `{stack}`")]
    Unreadable {
        /// The stack.
        stack: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// It is there, but not sound; all that is wrong with it.
    #[error("the stack `{stack}` is not sound")]
    Invalid {
        /// The stack.
        stack: String,
        /// The problems with their places.
        problems: Box<Diagnostics>,
    },
}

/// Reads a stack and checks that it is sound in itself: its files are there, its templates can be read, and use
/// only what the stack declares.
///
/// # Errors
/// See [`LoadError`].
pub fn load(catalog: &Catalog, name: &str) -> Result<Stack, LoadError> {
    let (definition, file) = define(catalog, name)?;
    let mut problems = Diagnostics::new(&file.label, &*file.text);
    let mut files = BTreeMap::new();
    for wanted in named_files(&definition) {
        match read(catalog, name, wanted)? {
            Some(found) => drop(files.insert(wanted.to_owned(), found)),
            None => problems.push(
                Diagnostic::error(place(&file.text, wanted), format!("there is no file `{wanted}`"))
                    .help(format!("it must be beside `{}`", file.label)),
            ),
        }
    }
    let stack = Stack { definition, files };
    check::check(name, &stack, &file.text, &mut problems);
    if problems.is_empty() {
        return Ok(stack);
    }
    Err(LoadError::Invalid { stack: name.to_owned(), problems: Box::new(problems) })
}

/// What a stack adds to the image of its nodes: packages, and a script that is run while the image is built.
///
/// # Errors
/// When there is no such stack, or its definition or the script cannot be read. The rest of it is not looked at.
pub fn ingredients(catalog: &Catalog, name: &str) -> Result<(Vec<String>, Option<Script>), LoadError> {
    let (definition, _) = define(catalog, name)?;
    let Some(bake) = &definition.bake else { return Ok((definition.packages, None)) };
    let found = read(catalog, name, bake)?;
    Ok((definition.packages, found.map(|file| bake_script(name, &file.text))))
}

/// The script of a stack that is run while the image is built.
pub(super) fn bake_script(stack: &str, text: &str) -> Script {
    Script { title: format!("bake the stack {stack}"), text: text.to_owned() }
}

/// The definition of a stack, with the file that it is in.
fn define(catalog: &Catalog, name: &str) -> Result<(StackDefinition, CatalogFile), LoadError> {
    let file = read(catalog, name, "stack.toml")?.ok_or_else(|| LoadError::Unknown(name.to_owned()))?;
    let invalid = |problems| LoadError::Invalid { stack: name.to_owned(), problems: Box::new(problems) };
    let definition = parse_toml(&file.label, &file.text).map_err(invalid)?;
    Ok((definition, file))
}

fn read(catalog: &Catalog, name: &str, path: &str) -> Result<Option<CatalogFile>, LoadError> {
    catalog
        .read(Shelf::Templates, &shelf_path(name, path))
        .map_err(|source| LoadError::Unreadable { stack: name.to_owned(), source })
}

/// Where a file that a stack names is on the shelf of templates: in the stack's own folder, or, when it begins with
/// `../`, in that of another stack, so that two stacks can share what is the same in both.
fn shelf_path(stack: &str, file: &str) -> String {
    file.strip_prefix("../").map_or_else(|| format!("{stack}/{file}"), str::to_owned)
}

/// The files that a definition names.
fn named_files(definition: &StackDefinition) -> BTreeSet<&str> {
    let files = definition.file.values().map(|file| file.template.as_str());
    let steps = definition.step.iter().map(|step| step.script.as_str());
    let checks = definition.health.iter().filter_map(|health| health.script.as_deref());
    files.chain(steps).chain(checks).chain(definition.bake.as_deref()).collect()
}

/// Where a value stands in the stack file: its first occurrence in quotes, or the file's start.
pub(super) fn place(text: &str, value: &str) -> std::ops::Range<usize> {
    let quoted = format!("\"{value}\"");
    text.find(&quoted).map_or(0..0, |at| at..at + quoted.len())
}
