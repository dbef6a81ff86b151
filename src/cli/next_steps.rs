//! The end of the output of `lab up`: the parts of the lab, and what to try next.

use std::fmt::Write as _;

use super::ui::bold;
use crate::app::IsUp;
use crate::model::spec::Probe;
use crate::model::{Lab, MANAGEMENT_NETWORK};

/// Maximum number of drills that are named.
const DRILLS: usize = 4;

/// The nodes and addresses of the lab, and a few commands that make sense for it.
pub fn text(up: &IsUp) -> String {
    let lab = &up.lab;
    let mut out = addresses(lab);
    let option = match up.standing {
        0 | 1 => String::new(),
        _ => format!(" -l {}", up.instance),
    };
    let _ = write!(out, "\n{}\n  lab status {}", bold("Try next:"), up.instance);
    if let Some(node) = lab.nodes.first() {
        let _ = write!(out, "\n  lab ssh{option} {}", node.name);
    }
    let url = up.checks.iter().find_map(|check| match &check.probe {
        Probe::Http { ip, port: 80, .. } => Some(format!("http://{ip}/")),
        Probe::Http { ip, port, .. } => Some(format!("http://{ip}:{port}/")),
        Probe::Exec { .. } => None,
    });
    if let Some(url) = url {
        let _ = write!(out, "\n  lab client{option} -- curl {url}");
    }
    let mut drills: Vec<_> = up.drills.iter().collect();
    drills.sort_by_key(|(_, text)| !has_paper_figure(text));
    for (drill, _) in drills.into_iter().take(DRILLS) {
        let _ = write!(out, "\n  lab drill run{option} {drill}");
    }
    let _ = write!(out, "\n  lab down {}", up.instance);
    out
}

/// Whether a drill compares its figures with those of a paper: the best first drill for a new user.
fn has_paper_figure(drill: &str) -> bool {
    let table: toml::Table = drill.parse().unwrap_or_default();
    let expect = table.get("expect").and_then(toml::Value::as_table);
    expect.is_some_and(|expect| expect.values().any(|figure| figure.get("paper").is_some()))
}

fn addresses(lab: &Lab) -> String {
    let own = |name: &str| name != MANAGEMENT_NETWORK;
    let mut rows: Vec<(String, String)> = Vec::new();
    for node in &lab.nodes {
        let nics = node.nics.iter().filter(|nic| own(nic.network.as_str()));
        let each: Vec<String> = nics.map(|nic| format!("{} ({})", nic.ip, nic.network)).collect();
        rows.push((node.name.to_string(), each.join("  ")));
    }
    for address in &lab.addresses {
        rows.push((address.name.to_string(), format!("{} ({}, virtual)", address.ip, address.network)));
    }
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    rows.iter().fold(String::new(), |out, (name, text)| out + &format!("  {name:<width$}  {text}\n"))
}
