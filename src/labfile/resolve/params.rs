//! The parameters of each use of a stack: default, overridden by the profile, the lab file and `--set`, in
//! this order.

use std::collections::BTreeMap;
use std::ops::Range;

use super::reference::Scope;
use super::settings::{Placed, Settings};
use super::value::convert;
use crate::diagnostic::meant;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::labfile::file::{At, Entry, LabFile, NodeTable, Raw, StackTable};
use crate::model::{NodeName, StackName, Value};
use crate::stack::{Parameter, Refusal, StackDefinition};

/// A use of a known stack, with its known nodes.
pub(super) struct Used<'a> {
    pub(super) entry: &'a Entry<StackName, StackTable>,
    pub(super) definition: &'a StackDefinition,
    pub(super) on: Vec<&'a Entry<NodeName, NodeTable>>,
}

/// A value before conversion, with the position for error messages.
struct Given {
    raw: Raw,
    source: usize,
    span: Range<usize>,
    /// The note for a value from the stack's own file.
    origin: Option<String>,
    /// Whether texts are quoted there.
    quoted: bool,
}

/// The values of a use.
#[derive(Default)]
pub(super) struct Values {
    pub(super) params: BTreeMap<String, Value>,
    pub(super) places: BTreeMap<String, Place>,
}

/// The position of a value.
pub(super) struct Place {
    pub(super) source: usize,
    pub(super) span: Range<usize>,
    /// Whether the value comes from the lab or `--set`, not from the stack.
    pub(super) own: bool,
}

/// The values of every use, in order. Missing and invalid ones are reported and left out.
pub(super) fn resolve(
    file: &LabFile,
    used: &[Used<'_>],
    profile: Option<&str>,
    settings: &Settings<'_>,
    all_known: bool,
    found: &mut Diagnostics,
) -> Vec<Values> {
    let targets = settings.targets(file, used, all_known, found);
    let mut all = Vec::new();
    for (index, one) in used.iter().enumerate() {
        check_names(one, found);
        let mut values = Values::default();
        for (name, parameter) in &one.definition.param {
            let set =
                targets.iter().rfind(|(target, placed)| *target == index && placed.setting.name == *name);
            let set = set.map(|(_, placed)| (*placed, settings.source));
            let Some(given) = given(one, name, parameter, profile, set) else {
                report_missing(file, one, name, parameter, found);
                continue;
            };
            match convert(parameter, &given.raw, &Scope { file, on: &one.on }) {
                Ok(value) => {
                    values.places.insert(
                        name.clone(),
                        Place { source: given.source, span: given.span, own: given.origin.is_none() },
                    );
                    values.params.insert(name.clone(), value);
                }
                Err(refusal) => report(&given, name, refusal, found),
            }
        }
        all.push(values);
    }
    all
}

/// The effective value: from `--set`, else the lab file, else the profile, else the default.
fn given(
    used: &Used<'_>,
    name: &str,
    parameter: &Parameter,
    profile: Option<&str>,
    set: Option<(&Placed<'_>, usize)>,
) -> Option<Given> {
    if let Some((placed, source)) = set {
        let raw = Raw::from_word(parameter.kind, &placed.setting.value);
        return Some(Given { raw, source, span: placed.value.clone(), origin: None, quoted: false });
    }
    if let Some((_, value)) = used.entry.table.with.iter().find(|(key, _)| key.value == name) {
        let At { value: raw, span } = value.clone();
        return Some(Given { raw, source: 0, span, origin: None, quoted: true });
    }
    let from_profile =
        profile.and_then(|profile| Some((profile, used.definition.profile.get(profile)?.get(name)?)));
    let (value, origin) = match from_profile {
        Some((profile, value)) => {
            (value, format!("from the profile `{profile}` of stack `{}`", used.definition.name))
        }
        None => (parameter.default.as_ref()?, format!("the default of stack `{}`", used.definition.name)),
    };
    let span = used.entry.table.uses.as_ref().map(|uses| uses.span.clone()).unwrap_or_default();
    Some(Given { raw: Raw::from_json(value), source: 0, span, origin: Some(origin), quoted: true })
}

fn report(given: &Given, name: &str, refusal: Refusal, found: &mut Diagnostics) {
    if refusal.known {
        return;
    }
    let item = refusal.item.filter(|_| given.origin.is_none() && given.quoted);
    let span = match (&given.raw, item) {
        (Raw::List(items), Some(index)) => {
            items.get(index).map_or(given.span.clone(), |item| item.span.clone())
        }
        _ => given.span.clone(),
    };
    let mut problem =
        Diagnostic::error(span, format!("parameter `{name}`: {}", refusal.message)).maybe_help(refusal.help);
    problem = match &given.origin {
        Some(origin) => problem.label(origin).help(format!("set `{name}` in this stack's `with`")),
        None => problem.label(refusal.label),
    };
    if let (Some(right), None) = (refusal.instead, &given.origin) {
        let text = matches!(given.raw, Raw::Text(_) | Raw::List(_)) && given.quoted;
        problem = problem.replace_with(if text { format!("\"{right}\"") } else { right });
    }
    found.push_in(given.source, problem);
}

/// Reports keys of `with` that the stack does not declare.
fn check_names(used: &Used<'_>, found: &mut Diagnostics) {
    let known = used.definition.param.keys().map(String::as_str);
    for (name, _) in &used.entry.table.with {
        if !used.definition.param.contains_key(&name.value) {
            let message = format!("stack `{}` has no parameter `{}`", used.definition.name, name.value);
            let problem = Diagnostic::error(name.span.clone(), message).label("unknown parameter");
            found.push(meant(problem, &name.value, "parameter", known.clone()));
        }
    }
}

fn report_missing(
    file: &LabFile,
    used: &Used<'_>,
    name: &str,
    parameter: &Parameter,
    found: &mut Diagnostics,
) {
    use crate::stack::ParameterKind as Kind;
    let disks = || used.on.first().map(|node| node.table.disk.names().next()).unwrap_or_default();
    let example = match parameter.kind {
        Kind::Disk => disks().map(|disk| format!("\"{disk}\"")),
        Kind::Network => file.network.names().next().map(|network| format!("\"{network}\"")),
        Kind::Networks => file.network.names().next().map(|network| format!("[\"{network}\"]")),
        Kind::Nodes => file.node.names().next().map(|node| format!("[\"{node}\"]")),
        Kind::Address => file.address.names().next().map(|address| format!("\"{address}\"")),
        Kind::Choice => parameter.choices.first().map(|choice| format!("\"{choice}\"")),
        Kind::Boolean => Some("true".to_owned()),
        Kind::Duration => Some("\"1s\"".to_owned()),
        Kind::Folder => Some("\"/srv/data\"".to_owned()),
        Kind::Text | Kind::Integer | Kind::Size => None,
    };
    let message = format!("stack `{}` needs a value for `{name}`", used.entry.name);
    found.push(Diagnostic::error(used.entry.span.clone(), message).label("not complete").help(format!(
        "add `with = {{ {name} = {} }}`: {}",
        example.as_deref().unwrap_or("…"),
        parameter.doc
    )));
}
