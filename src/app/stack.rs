//! `lab stack`: the stacks that a lab can use, and what can be set of each.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::error::AppError;
use super::job::Job;
use super::lab;
use super::request::Request;
use crate::base::folder::Access;
use crate::catalog::{Catalog, Shelf};
use crate::diagnostic::suggestion;
use crate::stack::{self, Level, Parameter, StackDefinition};

/// Lists the bundled stacks, and those beside a lab.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct List {
    /// The lab. Default: that of the caller's folder, if there is one.
    pub lab: Option<String>,
}

/// A stack in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct StackRow {
    /// Its name.
    pub stack: String,
    /// What it is.
    pub title: String,
    /// Whether it comes with the program, and not with the lab.
    pub bundled: bool,
}

/// Shows what can be set of a stack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Show {
    /// The stack.
    pub stack: String,
    /// The lab, whose own stacks come first. Default: that of the caller's folder, if there is one.
    #[serde(default)]
    pub lab: Option<String>,
}

/// What can be set of a stack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ShownStack {
    /// Its name.
    pub stack: String,
    /// What it is.
    pub title: String,
    /// Its file.
    pub file: String,
    /// The smallest number of nodes.
    pub min_nodes: usize,
    /// The largest number of nodes; none if there is no limit.
    pub max_nodes: Option<usize>,
    /// The stacks that must be on the same nodes.
    pub requires: Vec<String>,
    /// Whether it can be used several times on a node.
    pub several: bool,
    /// Its parameters.
    pub parameters: Vec<ShownParameter>,
    /// The names of its profiles.
    pub profiles: Vec<String>,
    /// The places for text of a lab.
    pub places: Vec<ShownPlace>,
    /// The rules between its parameters.
    pub rules: Vec<ShownRule>,
    /// The files that it writes.
    pub files: Vec<String>,
    /// The names of its services, which faults can hit.
    pub services: Vec<String>,
    /// The names of its paths, which faults can cut.
    pub paths: Vec<String>,
}

/// A parameter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ShownParameter {
    /// Its name.
    pub name: String,
    /// The kind of its value, as `type` in `stack.toml`.
    pub kind: String,
    /// Its default, as it is written in a lab file; none if a lab has to set it.
    pub default: Option<serde_json::Value>,
    /// The values of a choice.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub choices: Vec<String>,
    /// The smallest value: a number, or milliseconds.
    pub min: Option<i64>,
    /// The largest value.
    pub max: Option<i64>,
    /// Its effect.
    pub doc: String,
}

/// A place in a file for text of a lab.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ShownPlace {
    /// Its name.
    pub name: String,
    /// The file.
    pub file: String,
    /// What belongs there.
    pub doc: String,
}

/// A rule between parameters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ShownRule {
    /// The condition.
    pub holds: String,
    /// The message when it does not hold.
    pub message: String,
    /// Whether a lab that violates it is warned of, and not refused.
    pub warning: bool,
}

impl Request for List {
    type Outcome = Vec<StackRow>;
    const NAME: &'static str = "stack list";

    fn perform(&self, job: &Job) -> Result<Vec<StackRow>, AppError> {
        let catalog = catalog(job, self.lab.as_deref())?;
        let names = catalog.names(Shelf::Templates);
        let names = names.map_err(|error| AppError::failed("the stacks cannot be listed").because(error))?;
        let row = |stack: String| {
            let (definition, file) = definition(&stack, &catalog)?;
            Ok(StackRow { stack, title: definition.title, bundled: is_bundled(&file) })
        };
        names.into_iter().map(row).collect()
    }
}

impl Request for Show {
    type Outcome = ShownStack;
    const NAME: &'static str = "stack show";

    fn perform(&self, job: &Job) -> Result<ShownStack, AppError> {
        let catalog = catalog(job, self.lab.as_deref())?;
        let (definition, file) = definition(&self.stack, &catalog)?;
        Ok(shown(definition, file))
    }
}

/// The stacks that a lab can use.
fn catalog(job: &Job, lab: Option<&str>) -> Result<Catalog, AppError> {
    match lab.or(job.here.as_deref()) {
        Some(lab) => Ok(lab::find(lab, &job.state, Access::Any)?.catalog),
        None => Ok(Catalog::of_state(&job.state)),
    }
}

/// The definition of a stack, with the name of its file.
fn definition(name: &str, catalog: &Catalog) -> Result<(StackDefinition, String), AppError> {
    let read = catalog.read(Shelf::Templates, &format!("{name}/stack.toml"));
    let file = read.ok().flatten().ok_or_else(|| unknown(name, catalog))?;
    let definition = stack::definition(name, &file).map_err(|problems| AppError::bad_file(&problems))?;
    Ok((definition, file.label))
}

/// There is no such stack.
pub(super) fn unknown(name: &str, catalog: &Catalog) -> AppError {
    let stacks = catalog.names(Shelf::Templates).unwrap_or_default();
    let known = suggestion(name, "stack", stacks.iter().map(String::as_str));
    AppError::not_found(format!("there is no stack `{name}`")).hint(known)
}

fn is_bundled(file: &str) -> bool {
    file.starts_with("<bundled>/")
}

fn shown(definition: StackDefinition, file: String) -> ShownStack {
    ShownStack {
        stack: definition.name,
        title: definition.title,
        file,
        min_nodes: definition.min_nodes,
        max_nodes: definition.max_nodes,
        requires: definition.requires,
        several: definition.several.is_some(),
        parameters: parameters(definition.param),
        profiles: definition.profile.into_keys().collect(),
        places: definition
            .extra
            .into_iter()
            .map(|(name, place)| ShownPlace { name: name.into(), file: place.file.into(), doc: place.doc })
            .collect(),
        rules: definition
            .rule
            .into_iter()
            .map(|rule| ShownRule {
                holds: rule.holds,
                message: rule.message,
                warning: rule.level == Level::Warning,
            })
            .collect(),
        files: definition.file.into_keys().map(String::from).collect(),
        services: definition.service.into_keys().map(String::from).collect(),
        paths: definition.path.into_keys().map(String::from).collect(),
    }
}

fn parameters(all: BTreeMap<String, Parameter>) -> Vec<ShownParameter> {
    let kind = |parameter: &Parameter| {
        let word = serde_json::to_value(parameter.kind).unwrap_or_default();
        word.as_str().unwrap_or_default().to_owned()
    };
    let shown = |(name, parameter): (String, Parameter)| ShownParameter {
        name,
        kind: kind(&parameter),
        default: parameter.default,
        choices: parameter.choices,
        min: parameter.min,
        max: parameter.max,
        doc: parameter.doc,
    };
    all.into_iter().map(shown).collect()
}
