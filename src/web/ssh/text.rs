//! What a student sees of the class, as text for a terminal.

use std::fmt::Write as _;

use crate::app::class::{Me, shown};
use crate::app::exercise::{Language, State};

/// The task.
pub fn task(me: &Me, language: Language) -> String {
    match &me.current {
        None => "no exercise goes on\n".to_owned(),
        Some(current) => {
            format!("# {}\n\n{}\n", current.title.get(language), current.task.get(language).trim_end())
        }
    }
}

/// The checks with their last outcomes.
pub fn checks(me: &Me, language: Language) -> String {
    let Some(current) = &me.current else { return task(me, language) };
    let mut text = String::new();
    for check in &current.checks {
        let state = match check.outcome.as_ref().map(|outcome| outcome.state) {
            Some(State::Passed) => "passed",
            Some(State::Failed) => "failed",
            Some(State::Inconclusive) => "proves nothing",
            Some(State::Open) => "open",
            None => "not graded",
        };
        let points = check.outcome.as_ref().map_or(0, |outcome| outcome.points);
        let _ = writeln!(text, "{state:<14} {points:>3} of {:<3} {}", check.of, check.title.get(language));
        for seen in &check.seen {
            let _ = writeln!(text, "{:26}{}", "", seen.get(language));
        }
    }
    let score = current.score.hundredths();
    let _ = writeln!(text, "\n{}.{:02} %", score / 100, score % 100);
    text
}

/// The hints that were bought.
pub fn hints(me: &Me, language: Language) -> String {
    let hints = me.current.iter().flat_map(|current| &current.hints);
    hints.map(|hint| format!("{} (-{} %)\n", hint.text.get(language), hint.cost)).collect()
}

/// The receipt of the exercise that goes on.
pub fn receipt(me: &Me) -> String {
    let current = me.current.as_ref().map(|current| &current.name);
    let row = me.exercises.iter().find(|row| Some(&row.name) == current);
    match row.and_then(|row| row.submitted.zip(row.receipt.as_ref())) {
        Some((at, receipt)) => format!("handed in at {}\nreceipt {receipt}\n", shown(at)),
        None => "handed in\n".to_owned(),
    }
}

/// The time that is left, what was said, and what was handed in.
pub fn status(me: &Me) -> String {
    let mut text = format!("{} as {}: {}\n", me.members.join(", "), me.seat, me.title.get(Language::En));
    if let Some(ends) = me.ends {
        let left = ends.duration_since(me.now).as_secs().max(0).div_euclid(60);
        let _ = writeln!(text, "until {}, {left} minutes left", shown(ends));
    }
    for row in &me.exercises {
        let state = match (row.submitted, row.began) {
            (Some(at), _) => format!("handed in at {}", shown(at)),
            (None, Some(at)) => format!("begun at {}", shown(at)),
            (None, None) => "open".to_owned(),
        };
        let _ = writeln!(text, "{:<20} {state}", row.name.as_str());
    }
    for message in &me.messages {
        let _ = writeln!(text, "{}  {}", shown(message.at), message.text);
    }
    text
}

/// What can be said, and the nodes.
pub fn help(me: &Me) -> String {
    let nodes: Vec<&str> = me.nodes.iter().map(|node| node.as_str()).collect();
    let nodes = if nodes.is_empty() { "none yet".to_owned() } else { nodes.join(", ") };
    format!("{}\nnodes: {nodes}\n\n{}", status(me), super::words::HELP)
}
