//! Reads a stack's folder from the catalogue.

use std::collections::BTreeMap;

use super::{StackDefinition, check};
use crate::catalog::{Catalog, CatalogFile, Shelf};
use crate::diagnostic::{Diagnostic, Diagnostics, Places, parse_toml};
use crate::model::spec::Script;

/// A stack: its definition, and every file that the definition refers to.
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
    /// A file of the stack cannot be read.
    #[error("cannot read the stack `{stack}`")]
    Unreadable {
        /// The stack.
        stack: String,
        /// The system's error.
        source: std::io::Error,
    },
    /// The stack is invalid.
    #[error("the stack `{stack}` is invalid")]
    Invalid {
        /// The stack.
        stack: String,
        /// The problems with their places.
        problems: Box<Diagnostics>,
    },
}

/// Reads a stack and checks it: its files exist, and its templates parse and use only declared variables.
///
/// # Errors
/// See [`LoadError`].
pub fn load(catalog: &Catalog, name: &str) -> Result<Stack, LoadError> {
    let invalid = |problems| LoadError::Invalid { stack: name.to_owned(), problems: Box::new(problems) };
    let file = read(catalog, name, "stack.toml")?.ok_or_else(|| LoadError::Unknown(name.to_owned()))?;
    let (definition, mut problems) = read_definition(name, &file).map_err(invalid)?;
    let places = Places::new(&file.text);
    let mut files = BTreeMap::new();
    for (wanted, path) in named_files(&definition) {
        if files.contains_key(wanted) {
            continue;
        }
        match read(catalog, name, wanted)? {
            Some(found) => drop(files.insert(wanted.to_owned(), found)),
            None => {
                let path: Vec<&str> = path.iter().map(String::as_str).collect();
                let problem = Diagnostic::error(places.value(&path), format!("there is no file `{wanted}`"));
                problems.push(problem.help(format!("it must be beside `{}`", file.label)));
            }
        }
    }
    let stack = Stack { definition, files };
    check::templates(&stack, &file.text, &mut problems);
    if problems.is_empty() { Ok(stack) } else { Err(invalid(problems)) }
}

/// Checks the definition of a stack, without its templates.
///
/// # Errors
/// All problems of the definition.
pub fn definition(name: &str, file: &CatalogFile) -> Result<StackDefinition, Diagnostics> {
    let (definition, problems) = read_definition(name, file)?;
    if problems.is_empty() { Ok(definition) } else { Err(problems) }
}

/// A definition that matches its schema, with its other problems.
fn read_definition(name: &str, file: &CatalogFile) -> Result<(StackDefinition, Diagnostics), Diagnostics> {
    let definition: StackDefinition = parse_toml(&file.label, &file.text)?;
    let mut problems = Diagnostics::new(&file.label, &*file.text);
    check::definition(name, &definition, &file.text, &mut problems);
    Ok((definition, problems))
}

/// What a stack adds to the image of its nodes: packages, and a script to run during the build. Only the
/// definition and this script are checked.
///
/// # Errors
/// When there is no such stack, or its definition or the script cannot be read.
pub fn ingredients(catalog: &Catalog, name: &str) -> Result<(Vec<String>, Option<Script>), LoadError> {
    let file = read(catalog, name, "stack.toml")?.ok_or_else(|| LoadError::Unknown(name.to_owned()))?;
    let invalid = |problems| LoadError::Invalid { stack: name.to_owned(), problems: Box::new(problems) };
    let definition: StackDefinition = parse_toml(&file.label, &file.text).map_err(invalid)?;
    let Some(bake) = &definition.bake else { return Ok((definition.packages, None)) };
    let found = read(catalog, name, bake)?;
    Ok((definition.packages, found.map(|file| bake_script(name, &file.text))))
}

/// The script of a stack that runs during the image build.
pub(super) fn bake_script(stack: &str, text: &str) -> Script {
    Script { title: format!("bake the stack {stack}"), text: text.to_owned() }
}

fn read(catalog: &Catalog, name: &str, path: &str) -> Result<Option<CatalogFile>, LoadError> {
    catalog
        .read(Shelf::Templates, &shelf_path(name, path))
        .map_err(|source| LoadError::Unreadable { stack: name.to_owned(), source })
}

/// The path in the catalogue of a file that a stack refers to: in the stack's own folder, or with `../` in
/// another stack's, so that stacks can share files.
fn shelf_path(stack: &str, file: &str) -> String {
    file.strip_prefix("../").map_or_else(|| format!("{stack}/{file}"), str::to_owned)
}

/// The files that a definition refers to, each with the key that does so.
fn named_files(definition: &StackDefinition) -> Vec<(&str, Vec<String>)> {
    let path = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    let mut all: Vec<(&str, Vec<String>)> = Vec::new();
    for (name, file) in &definition.file {
        all.push((&file.template, path(&["file", name.as_str(), "template"])));
    }
    for (index, step) in definition.step.iter().enumerate() {
        all.push((&step.script, path(&["step", &index.to_string(), "script"])));
    }
    for (index, health) in definition.health.iter().enumerate() {
        if let Some(script) = &health.script {
            all.push((script, path(&["health", &index.to_string(), "script"])));
        }
    }
    for (index, role) in definition.role.iter().enumerate() {
        all.push((&role.script, path(&["role", &index.to_string(), "script"])));
    }
    if let Some(script) = &definition.bake {
        all.push((script, path(&["bake"])));
    }
    all
}
