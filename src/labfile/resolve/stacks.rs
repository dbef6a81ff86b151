//! Checks uses of stacks: the stack, its nodes, conflicts, and the profile.

use std::collections::BTreeMap;

use super::members::{check_count, check_required, nodes};
use super::params::{self, Used, Values};
use super::settings::Settings;
use super::{clashes, extra, names, sharing, unknown};
use crate::catalog::{Catalog, Shelf};
use crate::diagnostic::suggestion;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::labfile::file::LabFile;
use crate::model::StackUse;
use crate::stack::{self, LogDefinition, StackDefinition};

/// The resolved stacks of a lab.
pub(super) struct Stacks {
    pub(super) uses: Vec<StackUse>,
    pub(super) definitions: BTreeMap<String, StackDefinition>,
    pub(super) profile: Option<String>,
}

pub(super) fn resolve(
    file: &LabFile,
    catalog: &Catalog,
    settings: &Settings<'_>,
    found: &mut Diagnostics,
) -> Stacks {
    let definitions = definitions(file, catalog, found);
    let mut used = Vec::new();
    let mut all_known = true;
    for entry in &file.stack.entries {
        let on = nodes(file, entry, found);
        let definition = entry.table.uses.as_ref().and_then(|uses| definitions.get(&uses.value));
        let Some(definition) = definition else {
            all_known = false;
            continue;
        };
        check_count(entry, definition, &on, found);
        check_required(file, entry, definition, found);
        used.push(Used { entry, definition, on });
    }
    let profile = profile(file, &used, settings, all_known, found);
    let values = params::resolve(file, &used, profile.as_deref(), settings, all_known, found);
    clashes::check(&used, &values, found);
    sharing::check(file, &used, &values, found);
    let uses = used.iter().zip(values).map(|(used, Values { params, .. })| StackUse {
        name: used.entry.name.clone(),
        uses: used.definition.name.clone(),
        on: used.on.iter().map(|node| node.name.clone()).collect(),
        duties: used.definition.duties.clone(),
        virtual_mac: used.definition.virtual_mac.as_ref().and_then(|mac| mac.address(&params)),
        services: used.definition.service.clone(),
        logs: used.definition.log.iter().filter_map(LogDefinition::rule).collect(),
        paths: used.definition.path.iter().map(|(name, path)| (name.clone(), path.path(&params))).collect(),
        extra: extra::resolve(used, found),
        params,
    });
    let uses = uses.collect();
    Stacks { uses, definitions, profile }
}

/// The definitions of all stacks that the file uses.
fn definitions(
    file: &LabFile,
    catalog: &Catalog,
    found: &mut Diagnostics,
) -> BTreeMap<String, StackDefinition> {
    let stacks = names(catalog, Shelf::Templates, found);
    let mut all = BTreeMap::new();
    let mut tried: Vec<&str> = Vec::new();
    for uses in file.stack.entries.iter().filter_map(|entry| entry.table.uses.as_ref()) {
        if !stacks.contains(&uses.value) {
            found.push(unknown("stack", uses, stacks.iter().map(String::as_str)));
            continue;
        }
        if tried.contains(&uses.value.as_str()) {
            continue;
        }
        tried.push(&uses.value);
        match catalog.read(Shelf::Templates, &format!("{}/stack.toml", uses.value)) {
            Ok(Some(read)) => match stack::definition(&uses.value, &read) {
                Ok(definition) => {
                    all.insert(uses.value.clone(), definition);
                }
                Err(problems) => found.append(problems),
            },
            Ok(None) => found.push(Diagnostic::error(
                uses.span.clone(),
                format!("the stack `{}` has no stack.toml", uses.value),
            )),
            Err(error) => found.push(
                Diagnostic::error(uses.span.clone(), format!("the stack `{}` cannot be read", uses.value))
                    .label(error.to_string()),
            ),
        }
    }
    all
}

/// The profile from `--set`, else from the file. At least one stack must have it.
fn profile(
    file: &LabFile,
    used: &[Used<'_>],
    settings: &Settings<'_>,
    all_known: bool,
    found: &mut Diagnostics,
) -> Option<String> {
    let (name, source, span) = match (settings.profile(), &file.profile) {
        (Some(placed), _) => (&placed.setting.value, settings.source, placed.value.clone()),
        (None, Some(profile)) => (&profile.value, 0, profile.span.clone()),
        (None, None) => return None,
    };
    let mut known: Vec<&str> =
        used.iter().flat_map(|used| used.definition.profile.keys().map(String::as_str)).collect();
    known.sort_unstable();
    known.dedup();
    if all_known && !known.contains(&name.as_str()) {
        found.push_in(
            source,
            Diagnostic::error(span, format!("no stack of the lab has a profile `{name}`")).help(suggestion(
                name,
                "profile",
                known.iter().copied(),
            )),
        );
    }
    Some(name.clone())
}
