//! Checks nodes: images, memory, disks and names.

use std::ops::Range;

use super::settings::Settings;
use super::{Place, unknown};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::labfile::file::{At, Entry, LabFile, NodeTable};
use crate::model::{Bytes, NodeName};

/// The default memory of a node.
pub(super) const MEMORY: Bytes = Bytes::mib(512);

/// The least memory with which Debian boots.
const LEAST_MEMORY: Bytes = Bytes::mib(128);

/// The smallest disk.
const LEAST_DISK: Bytes = Bytes::mib(1);

/// `/dev/vdb` to `/dev/vdz`.
const MOST_DISKS: usize = 25;

/// The number of addresses in the management network without the host's.
const MOST_NODES: usize = 253;

type Node = Entry<NodeName, NodeTable>;

/// Replaces the file's default image by that of `--set`. Nodes with an image of their own keep it.
pub(super) fn choose_image(
    file: &mut LabFile,
    settings: &Settings<'_>,
    images: &[String],
    found: &mut Diagnostics,
) {
    let Some(placed) = settings.image() else { return };
    let chosen = At { value: placed.setting.value.clone(), span: placed.value.clone() };
    if !images.contains(&chosen.value) {
        let problem = unknown("image", &chosen, images.iter().map(String::as_str));
        found.push_in(settings.source, problem);
        return;
    }
    let nodes = &file.node.entries;
    if !nodes.is_empty() && nodes.iter().all(|node| node.table.image.is_some()) {
        let problem = Diagnostic::error(placed.key.clone(), "every node of the lab names its own image")
            .help("change `image` of the nodes in the lab file, or leave it out there");
        found.push_in(settings.source, problem);
        return;
    }
    let span = file.defaults.image.as_ref().map_or(0..0, |image| image.span.clone());
    file.defaults.image = Some(At { value: chosen.value, span });
}

pub(super) fn check(file: &LabFile, images: &[String], found: &mut Diagnostics) {
    let defaults = &file.defaults;
    for image in
        defaults.image.iter().chain(file.node.entries.iter().filter_map(|node| node.table.image.as_ref()))
    {
        if !images.contains(&image.value) {
            found.push(unknown("image", image, images.iter().map(String::as_str)));
        }
    }
    if let Some(memory) = &defaults.memory {
        check_size("the memory of a node", memory, LEAST_MEMORY, found);
    }
    if file.node.entries.is_empty() && file.node.broken.is_empty() {
        let problem = Diagnostic::error(0..0, "the lab has no nodes");
        found.push(problem.help("add a table such as `[node.node1]`"));
    }
    for node in &file.node.entries {
        check_name(node, file, found);
        check_node(node, defaults.image.is_some(), found);
    }
    for address in &file.address.entries {
        check_host_name(address.name.as_str(), "a virtual address", &address.span, found);
    }
    if let Some(node) = file.node.entries.get(MOST_NODES) {
        found.push(Diagnostic::error(node.span.clone(), format!("a lab has at most {MOST_NODES} nodes")));
    }
}

fn check_node(node: &Node, default_image: bool, found: &mut Diagnostics) {
    if node.table.image.is_none() && !default_image {
        found.push(
            Diagnostic::error(node.span.clone(), format!("node `{}` has no image", node.name))
                .help("add `image = \"debian-12\"` to the node or to `[defaults]`"),
        );
    }
    if let Some(memory) = &node.table.memory {
        check_size("the memory of a node", memory, LEAST_MEMORY, found);
    }
    for disk in &node.table.disk.entries {
        if let Some(size) = &disk.table {
            check_size("a disk", size, LEAST_DISK, found);
        }
    }
    if let Some(disk) = node.table.disk.entries.get(MOST_DISKS) {
        let message = format!("a node has at most {MOST_DISKS} secondary disks");
        found.push(Diagnostic::error(disk.span.clone(), message));
    }
}

/// Names in every node's `/etc/hosts` for itself and for groups of nodes.
const RESERVED: [&str; 5] = ["localhost", "ip6-localhost", "ip6-loopback", "ip6-allnodes", "ip6-allrouters"];

/// Names of nodes and of virtual addresses are host names in every node's `/etc/hosts`.
fn check_host_name(name: &str, what: &str, span: &Range<usize>, found: &mut Diagnostics) {
    if RESERVED.contains(&name) || name.ends_with('-') {
        found.push(
            Diagnostic::error(span.clone(), format!("`{name}` cannot be the name of {what}"))
                .label("not a host name of its own"),
        );
    }
}

fn check_name(node: &Node, file: &LabFile, found: &mut Diagnostics) {
    let name = node.name.as_str();
    check_host_name(name, "a node", &node.span, found);
    if let Some(address) = file.address.get(name) {
        found.push(
            Diagnostic::error(
                address.span.clone(),
                format!("a node and a virtual address are both named `{name}`"),
            )
            .related(node.span.clone(), "the node")
            .help("both are host names on every node, so they must differ"),
        );
    }
}

fn check_size(what: &str, size: &At<Bytes>, least: Bytes, found: &mut Diagnostics) {
    if size.value < least {
        found.push(
            Diagnostic::error(size.span.clone(), format!("{} is too small for {what}", size.value))
                .label(format!("at least {least}"))
                .replace_with(format!("\"{least}\"")),
        );
    } else if Bytes::mib(size.value.as_mib()) != size.value {
        found.push(
            Diagnostic::error(size.span.clone(), format!("{} is not a whole number of MiB", size.value))
                .help(format!("write `\"{}MiB\"`", size.value.as_mib()))
                .replace_with(format!("\"{}MiB\"", size.value.as_mib())),
        );
    }
}

/// The positions of each node's sizes.
pub(super) fn places(file: &LabFile) -> Vec<Place> {
    let default = file.defaults.memory.as_ref();
    let place = |node: &Node| Place {
        node: node.name.clone(),
        memory: node
            .table
            .memory
            .as_ref()
            .or(default)
            .map_or(node.span.clone(), |memory| memory.span.clone()),
        disk: node.table.disk.entries.first().map_or(node.span.clone(), |disk| disk.span.clone()),
    };
    file.node.entries.iter().map(place).collect()
}
