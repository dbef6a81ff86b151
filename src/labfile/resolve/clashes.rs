//! Conflicts between uses of stacks: two that do the same thing, and one that depends on a missing other.

use std::collections::BTreeMap;

use super::params::{Used, Values};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{Duty, Value};
use crate::stack::{Level, StackDefinition};

pub(super) fn check(used: &[Used<'_>], values: &[Values], found: &mut Diagnostics) {
    for (index, one) in used.iter().enumerate() {
        let earlier = used.iter().zip(values).take(index);
        if !same_files(one, earlier.clone().map(|(other, _)| other), found)
            && let Some(own) = values.get(index)
        {
            one_manager(one, own, earlier, found);
        }
        managed(one, used, found);
    }
    for (one, values) in used.iter().zip(values) {
        rules(one, values, found);
    }
}

/// Reports a file that an earlier use writes on the same node; returns whether there is one.
fn same_files<'a>(
    one: &Used<'_>,
    earlier: impl Iterator<Item = &'a Used<'a>>,
    found: &mut Diagnostics,
) -> bool {
    for other in earlier {
        let Some(node) = one.on.iter().find(|node| other.on.iter().any(|known| known.name == node.name))
        else {
            continue;
        };
        let Some(path) =
            one.definition.file.keys().find(|path| other.definition.file.contains_key(path.as_str()))
        else {
            continue;
        };
        // Its files show all uses, which the rendering proves.
        if one.definition.name == other.definition.name && one.definition.several.is_some() {
            continue;
        }
        let (a, b) = (&other.entry.name, &one.entry.name);
        let problem = if one.definition.name == other.definition.name {
            Diagnostic::error(
                one.entry.span.clone(),
                format!("`{a}` and `{b}` both use stack `{}` on `{}`", one.definition.name, node.name),
            )
            .label(format!("both would write `{path}`"))
            .help("a stack can be used once on a node: use it on other nodes, or copy it under another name")
        } else {
            Diagnostic::error(
                one.entry.span.clone(),
                format!("stacks `{a}` and `{b}` both write `{path}` on `{}`", node.name),
            )
            .label("the file of one would be lost")
            .help("use them on different nodes")
        };
        found.push(problem.related(other.entry.span.clone(), "the other one"));
        return true;
    }
    false
}

/// Whether a stack decides which node holds its virtual address.
fn manages(definition: &StackDefinition) -> bool {
    definition.duties.iter().any(|duty| match duty {
        Duty::Heartbeat | Duty::Vrrp | Duty::Carp | Duty::Corosync | Duty::Fixed => true,
        Duty::Mirror | Duty::Copies | Duty::Route => false,
    })
}

/// An address has one manager.
fn one_manager<'a>(
    one: &Used<'_>,
    values: &Values,
    mut earlier: impl Iterator<Item = (&'a Used<'a>, &'a Values)>,
    found: &mut Diagnostics,
) {
    if !manages(one.definition) {
        return;
    }
    let is_address = |value: &&Value| matches!(value, Value::Address(_));
    for address in values.params.values().filter(is_address) {
        let shares = |(other, values): &(&Used<'_>, &Values)| {
            manages(other.definition) && values.params.values().any(|value| value == address)
        };
        let (Some((other, _)), Value::Address(address)) = (earlier.find(shares), address) else { continue };
        let message =
            format!("`{}` and `{}` both move the address `{address}`", other.entry.name, one.entry.name);
        found.push(
            Diagnostic::error(one.entry.span.clone(), message)
                .label("two nodes could hold it at a time")
                .related(other.entry.span.clone(), "the other one")
                .help("give each an address of its own, or leave one of them out"),
        );
    }
}

/// Resources need a manager on the same node.
fn managed(one: &Used<'_>, used: &[Used<'_>], found: &mut Diagnostics) {
    if one.definition.resources.is_empty() {
        return;
    }
    let has_manager = |name: &str| {
        used.iter().any(|other| {
            other.definition.starts_resources && other.on.iter().any(|node| node.name.as_str() == name)
        })
    };
    let Some(node) = one.on.iter().find(|node| !has_manager(node.name.as_str())) else { return };
    let message =
        format!("nothing starts the resources of stack `{}` on `{}`", one.definition.name, node.name);
    let span = one.entry.table.uses.as_ref().map_or(one.entry.span.clone(), |uses| uses.span.clone());
    // A resource is a template: its first word says which kind it is.
    let kind = |resource: &String| resource.split("::").next().map(|kind| format!("`{kind}`"));
    let resources = one.definition.resources.iter().filter_map(kind);
    found.push(
        Diagnostic::error(span, message)
            .label(format!("left to a manager: {}", resources.collect::<Vec<_>>().join(", ")))
            .help("add a stack that starts resources, such as `heartbeat`, on the same nodes"),
    );
}

/// Checks the rules of the stack. A violation is reported at the last of the rule's parameters that the lab
/// sets.
fn rules(one: &Used<'_>, values: &Values, found: &mut Diagnostics) {
    let key = |name: &str| name.replace('-', "_");
    for rule in &one.definition.rule {
        // Loading the stack has checked that it can be evaluated.
        if rule.kept(&values.params).unwrap_or(true) {
            continue;
        }
        let named = rule.parameters();
        let of_rule: BTreeMap<&String, &Value> =
            values.params.iter().filter(|(name, _)| named.contains(&key(name).as_str())).collect();
        let shown: Vec<String> = of_rule.iter().map(|(name, value)| format!("{name} = {value}")).collect();
        let places = of_rule.keys().filter_map(|name| values.places.get(*name));
        let Some(place) = places.max_by_key(|place| (place.own, place.source, place.span.start)) else {
            continue;
        };
        let message = format!("stack `{}`: {}", one.entry.name, rule.say(&values.params));
        let problem = match rule.level {
            Level::Error => Diagnostic::error(place.span.clone(), message),
            Level::Warning => Diagnostic::warning(place.span.clone(), message),
        };
        found.push_in(
            place.source,
            problem
                .label(format!("here {}", shown.join(", ")))
                .help(format!("change {}", shown_names(&of_rule))),
        );
    }
}

fn shown_names(values: &BTreeMap<&String, &Value>) -> String {
    let names: Vec<String> = values.keys().map(|name| format!("`{name}`")).collect();
    names.join(" or ")
}
