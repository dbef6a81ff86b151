//! TOML → [`LabFile`]: the shape of the file. What its names refer to is looked at afterwards.

use std::net::Ipv4Addr;
use std::ops::Range;

use toml::de::DeValue;

use super::file::{
    AddressTable, At, Defaults, Entry, LabFile, Named, NetworkTable, NodeTable, Raw, SCHEMA, StackTable,
};
use super::scalar::{Wanted, kind_of, name, parsed, size_instead};
use super::table::Table;
use crate::diagnostic::document;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::DiskName;

/// The keys of each table; a test compares them with the types.
pub(super) mod keys {
    pub const LAB: &[&str] =
        &["schema", "name", "title", "profile", "defaults", "network", "node", "address", "stack"];
    pub const DEFAULTS: &[&str] = &["image", "memory", "cpus"];
    pub const NETWORK: &[&str] = &["subnet", "host", "bridge"];
    pub const NODE: &[&str] = &["networks", "disk", "image", "memory", "cpus", "internet"];
    pub const ADDRESS: &[&str] = &["network", "ip"];
    pub const STACK: &[&str] = &["use", "on", "with"];
}

/// A node has at most so many processors.
pub(super) const CPUS: std::ops::RangeInclusive<u32> = 1..=64;

const SIZE: Wanted = Wanted {
    kind: "a size",
    example: "a whole number with its unit, such as `\"512MiB\"`",
    instead: size_instead,
};
const ADDRESS: Wanted =
    Wanted { kind: "an IPv4 address", example: "an address such as `\"192.168.0.101\"`", instead: |_| None };
const SUBNET: Wanted =
    Wanted { kind: "a subnet", example: "a subnet such as `\"192.168.0.0/24\"`", instead: subnet_instead };
const NODES: Wanted = Wanted {
    kind: "a list of names of nodes",
    example: "the nodes in brackets, such as `[\"node1\", \"node2\"]`",
    instead: |_| None,
};

/// An address without a prefix.
fn subnet_instead(text: &str) -> Option<String> {
    text.parse::<Ipv4Addr>().ok().map(|ip| format!("{ip}/24"))
}

/// Reads the shape of a lab file. None when the rest cannot be judged: it is not TOML, or of another version.
pub(super) fn read(text: &str, found: &mut Diagnostics) -> Option<LabFile> {
    let document = document(text, found);
    if found.has_errors() || !version_is_known(document.get_ref().get("schema"), found) {
        return None;
    }
    let top = Table::open(document.get_ref(), 0..0, "a lab", keys::LAB, found);
    top.require("schema", "1", found);
    top.require("name", "\"my-lab\"", found);
    let node = top.named("node", "a node", keys::NODE, found, node);
    if node.entries.is_empty() && node.broken.is_empty() {
        found
            .push(Diagnostic::error(0..0, "the lab has no nodes").help("add a table such as `[node.node1]`"));
    }
    Some(LabFile {
        schema: top.integer("schema", SCHEMA..=SCHEMA, found),
        name: top.name("name", "a name such as `\"my-lab\"`", found),
        title: top.text("title", "the title in quotes", found),
        profile: top.text("profile", "the name of a profile, such as `\"paper\"`", found),
        defaults: top
            .table("defaults", "the defaults", keys::DEFAULTS, found)
            .map(|table| defaults(&table, found))
            .unwrap_or_default(),
        network: top.named("network", "a network", keys::NETWORK, found, network),
        node,
        address: top.named("address", "a virtual address", keys::ADDRESS, found, address),
        stack: top.named("stack", "a use of a stack", keys::STACK, found, stack),
    })
}

/// A file of a newer version may mean anything, so nothing else is said about it.
fn version_is_known(schema: Option<&toml::Spanned<DeValue<'_>>>, found: &mut Diagnostics) -> bool {
    let Some(version) = schema.and_then(|value| value.get_ref().as_integer()?.as_str().parse::<u32>().ok())
    else {
        return true;
    };
    if version <= SCHEMA {
        return true;
    }
    let span = schema.map(toml::Spanned::span).unwrap_or_default();
    found.push(
        Diagnostic::error(span, format!("the file is written in version {version} of the format"))
            .label(format!("this program reads version {SCHEMA}"))
            .help("use a newer `lab`"),
    );
    false
}

fn defaults(table: &Table<'_>, found: &mut Diagnostics) -> Defaults {
    Defaults {
        image: table.text("image", "the name of an image, such as `\"debian-12\"`", found),
        memory: table.parsed("memory", &SIZE, found),
        cpus: table.integer("cpus", CPUS, found),
    }
}

fn network(table: &Table<'_>, found: &mut Diagnostics) -> NetworkTable {
    table.require("subnet", "\"192.168.0.0/24\"", found);
    NetworkTable {
        subnet: table.parsed("subnet", &SUBNET, found),
        host: table.parsed("host", &ADDRESS, found),
        bridge: table.text("bridge", "the name of a bridge of the machine, such as `\"br0\"`", found),
    }
}

fn node(table: &Table<'_>, found: &mut Diagnostics) -> NodeTable {
    NodeTable {
        networks: networks(table, found),
        disk: disks(table, found),
        image: table.text("image", "the name of an image, such as `\"debian-12\"`", found),
        memory: table.parsed("memory", &SIZE, found),
        cpus: table.integer("cpus", CPUS, found),
        internet: table.boolean("internet", found),
    }
}

fn networks(table: &Table<'_>, found: &mut Diagnostics) -> Vec<(At<String>, Option<At<Ipv4Addr>>)> {
    let example = "each network with the node's address in it, such as `{ public = \"192.168.0.101\" }`";
    let entries = table.entries("networks", example, found).into_iter();
    entries
        .map(|(name, value, span)| {
            let name = At { value: name.value.to_owned(), span: name.span };
            (name, parsed(value, span, &ADDRESS, found))
        })
        .collect()
}

fn disks(table: &Table<'_>, found: &mut Diagnostics) -> Named<DiskName, Option<At<crate::model::Bytes>>> {
    let mut all = Named::default();
    let example = "each disk with its size, such as `disk.data = \"2GiB\"`";
    for (key, value, span) in table.entries("disk", example, found) {
        let size = parsed(value, span, &SIZE, found);
        match name(key.value, key.span, "a disk", found) {
            Some(At { value: name, span }) => all.entries.push(Entry { name, span, table: size }),
            None => all.broken.push(key.value.to_owned()),
        }
    }
    all
}

fn address(table: &Table<'_>, found: &mut Diagnostics) -> AddressTable {
    table.require("network", "\"public\"", found);
    table.require("ip", "\"192.168.0.100\"", found);
    AddressTable {
        network: table.text("network", "the name of a network, such as `\"public\"`", found),
        ip: table.parsed("ip", &ADDRESS, found),
    }
}

fn stack(table: &Table<'_>, found: &mut Diagnostics) -> StackTable {
    table.require("use", "\"drbd\"", found);
    table.require("on", "[\"node1\", \"node2\"]", found);
    StackTable {
        uses: table.text("use", "the name of a stack, such as `\"drbd\"`", found),
        on: table.texts("on", &NODES, found),
        with: table
            .entries("with", "parameters with their values, such as `{ disk = \"data\" }`", found)
            .into_iter()
            .map(|(name, value, span)| {
                (At { value: name.value.to_owned(), span: name.span }, raw(value, span))
            })
            .collect(),
    }
}

fn raw(value: &DeValue<'_>, span: Range<usize>) -> At<Raw> {
    let value = match value {
        DeValue::String(text) => Raw::Text(text.as_ref().to_owned()),
        DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) => Raw::Integer(number),
            Err(_) => Raw::Other("a number that is too large"),
        },
        DeValue::Boolean(yes) => Raw::Boolean(*yes),
        DeValue::Array(items) => {
            Raw::List(items.iter().map(|item| raw(item.get_ref(), item.span())).collect())
        }
        other => Raw::Other(kind_of(other)),
    };
    At { value, span }
}
