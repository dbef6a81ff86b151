//! Other values for the parameters of a stack in a lab that is there: those of a step, or of a check.

use std::collections::BTreeMap;

use toml::Spanned;

use super::{Parameter, ParameterKind, Raw, Refusal, StackDefinition, definition, scalar, wrong_kind};
use crate::catalog::{Catalog, Shelf};
use crate::diagnostic::{At, Diagnostic, meant};
use crate::model::{AddressName, Lab, NetworkName, NodeName, StackUse, Value};

/// Parameters of a stack, as written.
pub type Written = BTreeMap<Spanned<String>, At<Raw>>;

/// The values of some parameters of a stack. The rules between parameters do not apply: a mistake may break
/// them.
///
/// # Errors
/// The problems of the keys and values, or that the stack cannot be read any more: then without a place.
pub fn values(
    used: &StackUse,
    written: &Written,
    lab: &Lab,
    catalog: &Catalog,
) -> Result<BTreeMap<String, Value>, Vec<Diagnostic>> {
    let Some(definition) = definition_of(used, catalog) else {
        let message = format!("the stack `{}` cannot be read any more", used.uses);
        return Err(vec![Diagnostic::error(0..0, message).help("`lab check` shows what is wrong with it")]);
    };
    let (mut values, mut problems) = (BTreeMap::new(), Vec::new());
    for (name, written) in written {
        match one(used, &definition, name, written, lab) {
            Ok(value) => drop(values.insert(name.get_ref().clone(), value)),
            Err(problem) => problems.push(*problem),
        }
    }
    if problems.is_empty() { Ok(values) } else { Err(problems) }
}

fn definition_of(used: &StackUse, catalog: &Catalog) -> Option<StackDefinition> {
    let read = catalog.read(Shelf::Templates, &format!("{}/stack.toml", used.uses));
    read.ok().flatten().and_then(|file| definition(&used.uses, &file).ok())
}

fn one(
    used: &StackUse,
    definition: &StackDefinition,
    name: &Spanned<String>,
    written: &At<Raw>,
    lab: &Lab,
) -> Result<Value, Box<Diagnostic>> {
    let Some(parameter) = definition.param.get(name.get_ref()) else {
        let message = format!("stack `{}` has no parameter `{}`", used.uses, name.get_ref());
        let problem = Diagnostic::error(name.span(), message).label("unknown parameter");
        let known = definition.param.keys().map(String::as_str);
        return Err(Box::new(meant(problem, name.get_ref(), "parameter", known)));
    };
    value(parameter, &written.value, lab).map_err(|refusal| {
        let message = format!("parameter `{}`: {}", name.get_ref(), refusal.message);
        Box::new(
            Diagnostic::error(written.span.clone(), message).label(refusal.label).maybe_help(refusal.help),
        )
    })
}

/// The value of a parameter. A number or a truth value may be written as text, as for `--set`.
fn value(parameter: &Parameter, raw: &Raw, lab: &Lab) -> Result<Value, Refusal> {
    let raw = match raw {
        Raw::Text(text) => &Raw::from_word(parameter.kind, text),
        raw => raw,
    };
    if let Some(value) = scalar(parameter, raw)? {
        return Ok(value);
    }
    let missing = |what: &str, text: &str| Refusal::new(format!("there is no {what} `{text}`"));
    let network = |text: &str| {
        let name = text.parse::<NetworkName>().ok().filter(|name| lab.network(name).is_some());
        name.ok_or_else(|| missing("network", text))
    };
    let node = |text: &str| {
        let name = text.parse::<NodeName>().ok().filter(|name| lab.node(name).is_some());
        name.ok_or_else(|| missing("node", text))
    };
    match (parameter.kind, raw) {
        (ParameterKind::Network, Raw::Text(text)) => network(text).map(Value::Network),
        (ParameterKind::Networks, Raw::List(items)) => {
            texts(items, parameter.kind)?.map(network).collect::<Result<_, _>>().map(Value::Networks)
        }
        (ParameterKind::Nodes, Raw::List(items)) => {
            texts(items, parameter.kind)?.map(node).collect::<Result<_, _>>().map(Value::Nodes)
        }
        (ParameterKind::Address, Raw::Text(text)) => {
            let name = text.parse::<AddressName>().ok().filter(|name| lab.address(name).is_some());
            name.map(Value::Address).ok_or_else(|| missing("virtual address", text))
        }
        (ParameterKind::Disk, Raw::Text(text)) => {
            let all = lab.nodes.iter().flat_map(|node| &node.disks);
            let disk = all.map(|disk| &disk.name).find(|name| name.as_str() == text.as_str());
            disk.cloned().map(Value::Disk).ok_or_else(|| missing("disk", text))
        }
        (kind, raw) => Err(wrong_kind(kind, raw)),
    }
}

/// The items of a list of names.
fn texts(items: &[At<Raw>], kind: ParameterKind) -> Result<impl Iterator<Item = &str>, Refusal> {
    let names: Vec<&str> = items
        .iter()
        .map(|item| match &item.value {
            Raw::Text(text) => Ok(text.as_str()),
            raw => Err(wrong_kind(kind, raw)),
        })
        .collect::<Result<_, _>>()?;
    Ok(names.into_iter())
}
