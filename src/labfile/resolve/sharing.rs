//! What two uses of stacks on one node cannot share: a unit, a port, a disk, the number of a virtual router;
//! and what several uses of one stack have to share.

use super::params::{Used, Values};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::labfile::file::LabFile;
use crate::model::{NodeName, Path, Protocol, Value};
use crate::stack::Several;

/// A use with the values of its parameters.
type Valued<'a> = (&'a Used<'a>, &'a Values);

pub(super) fn check(file: &LabFile, used: &[Used<'_>], values: &[Values], found: &mut Diagnostics) {
    for (index, one) in used.iter().zip(values).enumerate() {
        for other in used.iter().zip(values).take(index) {
            virtual_router(file, one, other, found);
            let Some(node) = common_node(one.0, other.0) else { continue };
            let same_stack = one.0.definition.name == other.0.definition.name;
            match &one.0.definition.several {
                Some(rules) if same_stack => several(one, other, rules, node, found),
                // The files of both are the same, which has been reported.
                None if same_stack && !one.0.definition.file.is_empty() => continue,
                _ => same_unit(one.0, other.0, node, found),
            }
            same_port(one, other, node, found);
            same_disk(one, other, node, found);
        }
    }
}

/// A node that both are on.
fn common_node<'a>(one: &Used<'a>, other: &Used<'_>) -> Option<&'a NodeName> {
    let shared = |name: &NodeName| other.on.iter().any(|node| node.name == *name);
    one.on.iter().map(|node| &node.name).find(|name| shared(name))
}

/// A problem of the later of two uses, at a value of it that the lab or `--set` gives, else at its name.
fn problem(
    (one, values): Valued<'_>,
    (other, _): Valued<'_>,
    parameter: Option<&str>,
    message: String,
) -> (usize, Diagnostic) {
    let place = parameter.and_then(|name| values.places.get(name)).filter(|place| place.own);
    let (source, span) =
        place.map_or((0, one.entry.span.clone()), |place| (place.source, place.span.clone()));
    let problem = Diagnostic::error(span, message);
    // A relation is a place in the lab file.
    match source {
        0 => (source, problem.related(other.entry.span.clone(), "the other one")),
        _ => (source, problem),
    }
}

fn same_unit(one: &Used<'_>, other: &Used<'_>, node: &NodeName, found: &mut Diagnostics) {
    let theirs = || other.definition.service.values();
    let shared = one.definition.service.values().find(|own| theirs().any(|known| known.unit == own.unit));
    let Some(service) = shared else { return };
    let (a, b) = (&other.entry.name, &one.entry.name);
    let message = format!("stacks `{a}` and `{b}` both run `{}` on `{node}`", service.unit);
    found.push(
        Diagnostic::error(one.entry.span.clone(), message)
            .label("each would start and configure it for itself")
            .related(other.entry.span.clone(), "the other one")
            .help("use them on different nodes"),
    );
}

fn same_port(one: Valued<'_>, other: Valued<'_>, node: &NodeName, found: &mut Diagnostics) {
    for listen in one.0.definition.listen.values() {
        let own = listen.path(&one.1.params);
        let Path { protocol, port: Some(port) } = own else { continue };
        if !other.0.definition.listen.values().any(|known| known.path(&other.1.params) == own) {
            continue;
        }
        let (a, b) = (&other.0.entry.name, &one.0.entry.name);
        let protocol = if protocol == Protocol::Tcp { "TCP" } else { "UDP" };
        let message = format!("stacks `{a}` and `{b}` both listen on {protocol} port {port} of `{node}`");
        let parameter = listen.port_param.as_deref();
        let (source, problem) = problem(one, other, parameter, message);
        found.push_in(
            source,
            problem.label("only one of them can have it").help(match parameter {
                Some(name) => format!("give `{b}` another `{name}`"),
                None => "use them on different nodes".to_owned(),
            }),
        );
    }
}

fn same_disk(one: Valued<'_>, other: Valued<'_>, node: &NodeName, found: &mut Diagnostics) {
    for (name, value) in &one.1.params {
        let Value::Disk(disk) = value else { continue };
        if !other.1.params.values().any(|known| known == value) {
            continue;
        }
        let (a, b) = (&other.0.entry.name, &one.0.entry.name);
        let message = format!("stacks `{a}` and `{b}` both take the disk `{disk}` of `{node}`");
        let (source, problem) = problem(one, other, Some(name), message);
        found.push_in(
            source,
            problem.label("each would overwrite the data of the other").help(format!(
                "give the nodes one more disk, as in `disk.more = \"1GiB\"`, and `{b}` that one"
            )),
        );
    }
}

/// Two virtual routers with one Ethernet address cannot be on one network, on any nodes.
fn virtual_router(file: &LabFile, one: Valued<'_>, other: Valued<'_>, found: &mut Diagnostics) {
    let router = |(used, values): Valued<'_>| {
        let mac = used.definition.virtual_mac.as_ref()?.address(&values.params)?;
        let address = values.params.values().find_map(|value| match value {
            Value::Address(name) => file.address.get(name.as_str()),
            _ => None,
        })?;
        Some((mac, address.table.network.as_ref()?.value.as_str()))
    };
    let (Some(own), Some(theirs)) = (router(one), router(other)) else { return };
    if own != theirs {
        return;
    }
    let number = one.0.definition.virtual_mac.as_ref().map_or("", |mac| mac.number.as_str());
    let (a, b) = (&other.0.entry.name, &one.0.entry.name);
    let message = format!(
        "`{a}` and `{b}` send from the same virtual Ethernet address, {}, on network `{}`",
        own.0, own.1
    );
    let (source, problem) = problem(one, other, Some(number), message);
    found.push_in(source, problem.help(format!("give `{b}` another `{number}`")));
}

/// What several uses of a stack on a node have to share, and what they cannot.
fn several(one: Valued<'_>, other: Valued<'_>, rules: &Several, node: &NodeName, found: &mut Diagnostics) {
    let (a, b) = (&other.0.entry.name, &one.0.entry.name);
    let value = |of: Valued<'_>, name: &str| of.1.params.get(name).map(ToString::to_string);
    for name in &rules.differ {
        let (Some(own), Some(theirs)) = (value(one, name), value(other, name)) else { continue };
        if own == theirs {
            let message = format!("`{a}` and `{b}` have the same `{name}` on `{node}`: {own}");
            let (source, problem) = problem(one, other, Some(name), message);
            found.push_in(source, problem.help(format!("give `{b}` another `{name}`")));
        }
    }
    for name in &rules.equal {
        let (Some(own), Some(theirs)) = (value(one, name), value(other, name)) else { continue };
        if own != theirs {
            let message = format!("`{a}` and `{b}` have different values of `{name}` on `{node}`");
            let (source, problem) = problem(one, other, Some(name), message);
            let label = format!("here {own}, and {theirs} in `{a}`");
            let stack = &one.0.definition.name;
            let help =
                format!("stack `{stack}` has it once on a node, for all its uses: write the same for both");
            found.push_in(source, problem.label(label).help(help));
        }
    }
}
