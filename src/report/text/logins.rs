//! Logins to a chat.

use std::collections::BTreeMap;

use super::super::logins::LoginsSummary;
use super::layout::{count, paragraph, response};

pub fn text(logins: &[LoginsSummary], width: usize) -> String {
    let told = |summary: &LoginsSummary| paragraph(&line(summary), "  ", width);
    let lines: String = logins.iter().map(told).collect();
    if lines.is_empty() { lines } else { format!("\nLogins\n{lines}") }
}

/// What became of the accounts of a load.
pub fn line(summary: &LoginsSummary) -> String {
    let kinds = |counts: &BTreeMap<String, usize>| {
        counts.iter().map(|(kind, number)| format!("{number} {kind}")).collect::<Vec<_>>().join(", ")
    };
    let mut line = format!("{}: {}", summary.load, count(summary.logins.len(), "login"));
    if let Some(slowest) = summary.logins.iter().map(|login| login.took).max() {
        line += &format!(", the slowest in {}", response(slowest));
    }
    let (lost, failed): (usize, usize) = (summary.lost.values().sum(), summary.failed.values().sum());
    if lost > 0 {
        line += &format!("; {} lost: {}", count(lost, "connection"), kinds(&summary.lost));
    }
    if failed > 0 {
        line += &format!("; {} came to nothing: {}", count(failed, "attempt"), kinds(&summary.failed));
    }
    line + "."
}
