//! Checks the nodes of a stack: known, unique, enough, and with the stacks that it requires.

use std::collections::BTreeMap;
use std::ops::Range;

use super::refer;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::labfile::file::{At, Entry, LabFile, NodeTable, StackTable};
use crate::model::{NodeName, StackName};
use crate::stack::StackDefinition;

type Use = Entry<StackName, StackTable>;

/// The nodes of a stack; unknown and repeated ones are reported and left out.
pub(super) fn nodes<'a>(
    file: &'a LabFile,
    entry: &Use,
    found: &mut Diagnostics,
) -> Vec<&'a Entry<NodeName, NodeTable>> {
    let mut seen: BTreeMap<&str, Range<usize>> = BTreeMap::new();
    let mut all = Vec::new();
    let Some(on) = &entry.table.on else { return all };
    for name in &on.value {
        if let Some(first) = seen.insert(&name.value, name.span.clone()) {
            found.push(
                Diagnostic::error(
                    name.span.clone(),
                    format!("stack `{}` is on `{}` twice", entry.name, name.value),
                )
                .related(first, "first here"),
            );
        } else if let Some(node) = refer(&file.node, "node", name, found) {
            all.push(node);
        }
    }
    all
}

pub(super) fn check_count(
    entry: &Use,
    definition: &StackDefinition,
    on: &[&Entry<NodeName, NodeTable>],
    found: &mut Diagnostics,
) {
    // Unknown and repeated nodes have been reported; only a complete list can be counted.
    let Some(list) = entry.table.on.as_ref().filter(|list| list.value.len() == on.len()) else { return };
    let (count, least) = (list.value.len(), definition.min_nodes.max(1));
    let wanted = match definition.max_nodes {
        Some(most) if most == least => format!("exactly {most}"),
        Some(most) if count > most => format!("at most {most}"),
        _ => format!("at least {least}"),
    };
    if count < least || definition.max_nodes.is_some_and(|most| count > most) {
        let nodes = if wanted.ends_with(" 1") { "node" } else { "nodes" };
        found.push(
            Diagnostic::error(
                list.span.clone(),
                format!("stack `{}` works on {wanted} {nodes}", definition.name),
            )
            .label(match count {
                0 => "no node here".to_owned(),
                1 => "1 node here".to_owned(),
                _ => format!("{count} nodes here"),
            }),
        );
    }
}

/// Checks that every node of the stack also has the required stacks.
pub(super) fn check_required(
    file: &LabFile,
    entry: &Use,
    definition: &StackDefinition,
    found: &mut Diagnostics,
) {
    let (Some(uses), Some(on)) = (&entry.table.uses, &entry.table.on) else { return };
    let is_on = |stack: &Use, node: &At<String>| {
        stack.table.on.as_ref().is_none_or(|on| on.value.iter().any(|name| name.value == node.value))
    };
    for required in &definition.requires {
        let provided: Vec<&Use> = file
            .stack
            .entries
            .iter()
            .filter(|other| other.table.uses.as_ref().is_some_and(|uses| uses.value == *required))
            .collect();
        let without = on.value.iter().find(|node| !provided.iter().any(|stack| is_on(stack, node)));
        let message = format!("stack `{}` needs stack `{required}` on the same nodes", definition.name);
        match (provided.first(), without) {
            (_, None) => {}
            (None, Some(_)) => found.push(
                Diagnostic::error(uses.span.clone(), message)
                    .label(format!("no stack of the lab uses `{required}`"))
                    .help(format!("add a table `[stack.NAME]` with `use = \"{required}\"`")),
            ),
            (Some(other), Some(node)) => found.push(
                Diagnostic::error(node.span.clone(), message)
                    .label(format!("`{required}` is not on `{}`", node.value))
                    .related(other.span.clone(), format!("`{required}` is used here")),
            ),
        }
    }
}
