//! Formats a plan for people: first the effect on each node with its reasons, then every step.

use std::fmt::Write as _;

use super::{NodeChange, NodeEffect, Plan, Purpose};

/// The widest column for steps; the reason follows on the same line.
const WIDEST_STEP: usize = 64;

/// A plan as text, without colour; every line ends with a line feed.
pub fn text(plan: &Plan) -> String {
    if plan.is_empty() {
        return match plan.purpose {
            Purpose::Down => "Nothing to do: nothing of the lab is there.\n",
            Purpose::Fresh | Purpose::Standing => "Nothing to do: the instance matches its lab file.\n",
        }
        .to_owned();
    }
    let mut text = String::new();
    nodes(&mut text, &plan.changes);
    steps(&mut text, plan);
    text
}

impl NodeEffect {
    /// The effect as a verb.
    pub fn verb(self) -> &'static str {
        match self {
            NodeEffect::SetUp => "set up",
            NodeEffect::Start => "start",
            NodeEffect::Restart => "restart",
            NodeEffect::Create => "create",
            NodeEffect::Recreate => "recreate",
            NodeEffect::Restore => "restore",
            NodeEffect::Remove => "remove",
        }
    }
}

fn nodes(text: &mut String, changes: &[NodeChange]) {
    if changes.is_empty() {
        return;
    }
    text.push_str("Nodes\n");
    let name = changes.iter().map(|change| change.node.as_str().len()).max().unwrap_or(0);
    let verb = changes.iter().map(|change| change.effect.verb().len()).max().unwrap_or(0);
    for NodeChange { node, effect, reasons } in changes {
        let mut lines = reasons.iter();
        let first = lines.next().map_or("", String::as_str);
        line(text, &format!("  {node:name$}  {:verb$}  {first}", effect.verb()));
        for reason in lines {
            line(text, &format!("  {:name$}  {:verb$}  {reason}", "", ""));
        }
    }
    text.push('\n');
}

fn steps(text: &mut String, plan: &Plan) {
    let waves = plan.waves();
    let count = plan.steps.len();
    let plural = |count: usize, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
    line(
        text,
        &format!(
            "{} in {} (those of a wave can run together)",
            plural(count, "step"),
            plural(waves.len(), "wave")
        ),
    );
    let width = plan.steps.iter().map(|step| step.action.to_string().chars().count());
    let width = width.filter(|width| *width <= WIDEST_STEP).max().unwrap_or(0);
    for (number, wave) in waves.iter().enumerate() {
        for (place, id) in wave.iter().enumerate() {
            let step = &plan.steps[*id];
            let label = if place == 0 { (number + 1).to_string() } else { String::new() };
            line(text, &format!("{label:>4}  {:width$}  {}", step.action.to_string(), step.why));
        }
    }
}

fn line(text: &mut String, line: &str) {
    let _ = writeln!(text, "{}", line.trim_end());
}
