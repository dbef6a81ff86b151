//! A bundled lab as one text: the lab itself, its settings, and the files and steps of its nodes in order.
//!
//! The text of a file on a node is a function of its template and of the lab. The pages of the stacks show
//! the templates with all their lines; this text shows the lab. So it contains no rendered text, and a
//! changed template does not change every lab.

use std::fmt::Write;

use halab::model::Lab;
use halab::testing::catalog::{Catalog, Shelf};
use halab::testing::desired::Rendering;
use halab::testing::labfile;
use serde_json::{Value, json};

use super::rendered;

/// The text of each bundled lab, with the name of its golden file.
pub fn texts() -> Vec<(String, String)> {
    let text = |name: String| {
        let (lab, rendering) = rendered(&name, &[]);
        let source = labfile::find(&name).unwrap();
        let file: toml::Table = toml::from_str(&source.text).unwrap();
        (format!("{name}.txt"), format!("{}\n{}", wanted(&lab, &file), placed(&lab, &rendering)))
    };
    Catalog::bundled().names(Shelf::Labs).unwrap().into_iter().map(text).collect()
}

/// The lab with every address decided, and for the stacks only the values in the lab's file: the rest is on
/// their pages.
fn wanted(lab: &Lab, file: &toml::Table) -> String {
    let mut whole = serde_json::to_value(lab).unwrap();
    let stacks = lab.stacks.iter().map(|used| {
        let table = &file["stack"][used.name.as_str()];
        let is_set = |name: &str| table.get("with").is_some_and(|with| with.get(name).is_some());
        let params: serde_json::Map<String, Value> = used
            .params
            .iter()
            .filter(|(name, _)| is_set(name))
            .map(|(name, value)| (name.clone(), serde_json::to_value(value).unwrap()))
            .collect();
        json!({ "name": used.name, "uses": used.uses, "on": used.on, "with": params })
    });
    whole["stacks"] = stacks.collect();
    format!("{}\n", serde_json::to_string_pretty(&whole).unwrap())
}

/// The set-up in its order, the health checks, and the files of each node.
fn placed(lab: &Lab, rendering: &Rendering) -> String {
    let mut text = "set-up\n".to_owned();
    for phase in &rendering.phases {
        let Some(first) = phase.first() else { continue };
        let nodes: Vec<&str> = phase.iter().map(|step| step.node.as_str()).collect();
        writeln!(text, "  {} {} [{}]", first.stack, first.step, nodes.join(" ")).unwrap();
    }
    text += "\nhealth checks\n";
    for check in &rendering.checks {
        let node = check.node.as_ref().map_or("outside", |node| node.as_str());
        writeln!(text, "  {} {} [{node}]", check.stack, check.id).unwrap();
    }
    for node in &lab.nodes {
        let (_, rendered) = rendering.nodes.iter().find(|(name, _)| *name == node.name).unwrap();
        writeln!(text, "\nfiles of {}", node.name).unwrap();
        for file in &rendered.files {
            writeln!(text, "  {}", file.path).unwrap();
        }
    }
    text
}
