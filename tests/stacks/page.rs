//! A stack in a lab as one text: its parameters, then each of its files, steps and checks, once for all nodes
//! with the same text.

use std::fmt::Write;

use halab::model::spec::Probe;
use halab::model::{Lab, NodeName, StackUse};
use halab::testing::desired::Rendering;
use halab::testing::stack::{StackDefinition, StepTemplate};
use similar::{ChangeTag, TextDiff};

/// The prefix of a heading.
const HEAD: &str = "======";

/// The page of a stack that the lab uses once.
pub fn page(lab: &Lab, definition: &StackDefinition, rendering: &Rendering) -> String {
    let used = lab.stacks.iter().find(|used| used.uses == definition.name).expect("the lab uses it");
    let mut page = head(used, definition);
    for (path, file) in &definition.file {
        let title = format!("file {path} {} {}", file.mode, file.owner);
        let texts = rendering.nodes.iter().filter(|(node, _)| used.on.contains(node)).map(|(node, files)| {
            let found =
                files.files.iter().find(|file| file.path == path.as_str()).expect("the node has the file");
            (Some(node), found.content.as_str())
        });
        section(&mut page, &title, texts);
    }
    for step in &definition.step {
        let all = rendering.phases.iter().flatten();
        let own = all.filter(|known| known.stack == used.name.as_str() && known.step == step.id);
        section(
            &mut page,
            &step_title(step),
            own.map(|known| (Some(&known.node), known.script.text.as_str())),
        );
    }
    for health in &definition.health {
        let asked = |probe: &Probe| match probe {
            Probe::Exec { script } => script.text.clone(),
            Probe::Http { ip, port, path, expect } => format!("http://{ip}:{port}{path}\n{expect}\n"),
        };
        let own = rendering
            .checks
            .iter()
            .filter(|check| check.stack == used.name.as_str() && check.id == health.id);
        let texts: Vec<_> = own.map(|check| (check.node.as_ref(), asked(&check.probe))).collect();
        let title = format!("check {}: {}", health.id, health.title);
        section(&mut page, &title, texts.iter().map(|(node, text)| (*node, text.as_str())));
    }
    for role in &definition.role {
        let own = rendering.roles.iter();
        let own = own.filter(|known| known.stack == used.name.as_str() && known.title == role.title);
        let texts = own.map(|known| (Some(&known.node), known.script.text.as_str()));
        section(&mut page, &format!("role {}", role.title), texts);
    }
    page
}

fn head(used: &StackUse, definition: &StackDefinition) -> String {
    let mut head = format!("{HEAD} stack {}\npackages {}\n", definition.name, definition.packages.join(" "));
    let facts = [
        ("duties", serde_json::to_string(&used.duties)),
        ("services", serde_json::to_string(&used.services)),
        ("paths", serde_json::to_string(&used.paths)),
    ];
    if let Some(mac) = used.virtual_mac {
        writeln!(head, "virtual-mac {mac}").unwrap();
    }
    for (name, fact) in facts {
        writeln!(head, "{name} {}", fact.unwrap()).unwrap();
    }
    for (name, value) in &used.params {
        writeln!(head, "param {name} = {}", serde_json::to_string(value).unwrap()).unwrap();
    }
    head
}

fn step_title(step: &StepTemplate) -> String {
    format!("step {} ({:?}, {:?}, {:?}): {}", step.id, step.stage, step.after, step.when, step.title)
}

/// Writes each different text once, with the nodes that have it.
fn section<'a>(page: &mut String, title: &str, texts: impl Iterator<Item = (Option<&'a NodeName>, &'a str)>) {
    let mut different: Vec<(&str, Vec<&str>)> = Vec::new();
    for (node, text) in texts {
        let node = node.map_or("outside", NodeName::as_str);
        match different.iter_mut().find(|(known, _)| *known == text) {
            Some((_, nodes)) => nodes.push(node),
            None => different.push((text, vec![node])),
        }
    }
    for (text, nodes) in different {
        let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n\\ no newline at the end\n" };
        write!(page, "\n{HEAD} {title} [{}]\n{text}{end}", nodes.join(" ")).unwrap();
    }
}

/// The lines that are in one page only, under their headings. There are no line numbers and no context lines,
/// so that changes of common lines do not change this text.
pub fn difference(from: &str, to: &str) -> String {
    let mut text = String::new();
    // The headings of the line in both pages, and those of the last line that was written.
    let (mut now, mut written) = ([""; 2], [""; 2]);
    for change in TextDiff::from_lines(from, to).iter_all_changes() {
        let (line, tag) = (change.value(), change.tag());
        let is_heading = line.starts_with(HEAD);
        for (page, other) in [ChangeTag::Insert, ChangeTag::Delete].into_iter().enumerate() {
            if is_heading && tag != other {
                now[page] = line;
            }
        }
        let sign = match tag {
            ChangeTag::Equal => continue,
            ChangeTag::Delete => '-',
            ChangeTag::Insert => '+',
        };
        if now != written && now[0] == now[1] {
            text += now[0];
        }
        written = now;
        write!(text, "{sign}{line}").unwrap();
    }
    text
}
