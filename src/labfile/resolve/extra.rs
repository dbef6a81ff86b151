//! The text of a lab for places in the files of a stack: `[stack.NAME.extra]`.

use std::collections::BTreeMap;

use super::params::Used;
use crate::diagnostic::{Diagnostic, Diagnostics, nearest};
use crate::labfile::file::At;
use crate::model::PlaceName;
use crate::stack::{Place, StackDefinition};

/// The texts of a use, by place. Unknown places and unsound texts are reported and left out.
pub(super) fn resolve(used: &Used<'_>, found: &mut Diagnostics) -> BTreeMap<PlaceName, String> {
    let mut texts = BTreeMap::new();
    for (name, text) in &used.entry.table.extra {
        let place = name.value.parse::<PlaceName>().ok();
        let Some(place) = place.filter(|place| used.definition.extra.contains_key(place)) else {
            found.push(unknown(used.definition, name));
            continue;
        };
        let Some(text) = text else { continue };
        match Place::check(&text.value) {
            Ok(()) => drop(texts.insert(place, text.value.clone())),
            Err(refusal) => {
                let message = format!("the text for `{place}`: {}", refusal.message);
                found.push(Diagnostic::error(text.span.clone(), message).maybe_help(refusal.help));
            }
        }
    }
    texts
}

/// The report of an unknown place, with all that the stack has.
fn unknown(definition: &StackDefinition, name: &At<String>) -> Diagnostic {
    let message = format!("stack `{}` has no place `{}` for text", definition.name, name.value);
    let problem = Diagnostic::error(name.span.clone(), message).label("unknown place");
    if definition.extra.is_empty() {
        let help = "to change its files, copy the stack beside the lab: `lab new --stack";
        return problem.help(format!("{help} {} --into FOLDER`", definition.name));
    }
    let of_file = |file: &str| file == name.value;
    let mut known: Vec<String> = Vec::new();
    for (place, found) in &definition.extra {
        known.push(format!("`{place}` ({}, {})", found.file, found.doc));
    }
    // The path of a file means one of its places.
    let inside: Vec<String> = definition
        .extra
        .iter()
        .filter(|(_, place)| of_file(place.file.as_str()))
        .map(|(place, _)| format!("`{place}`"))
        .collect();
    let places = definition.extra.keys().map(PlaceName::as_str);
    match nearest(&name.value, places) {
        _ if !inside.is_empty() => problem.help(format!("the places in this file: {}", inside.join(", "))),
        Some(near) => problem.help(format!("did you mean `{near}`? Known: {}", known.join(", "))),
        None => problem.help(format!("known: {}", known.join(", "))),
    }
}
