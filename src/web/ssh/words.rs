//! What a student can say to the server over SSH: `ssh -p 2222 s01@server WORD…`.

use serde_json::{Value, json};

use crate::app::TerminalKind;
use crate::app::exercise::Language;
use crate::model::NodeName;

/// What is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// A list of what can be said.
    Help,
    /// The task.
    Task(Language),
    /// The checks with their last outcomes.
    Checks(Language),
    /// The time that is left, what was said, and what was handed in.
    Status,
    /// A request of the application, with its arguments besides the instance, and what is shown afterwards.
    Act {
        /// Its name over the wire.
        request: &'static str,
        /// Its arguments.
        arguments: Value,
        /// What is shown when it is done.
        then: Shown,
    },
    /// A terminal on a node.
    Terminal(NodeName, TerminalKind),
}

/// What is shown after a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// The checks.
    Checks,
    /// The hints that were bought.
    Hints,
    /// The receipt of the hand-in.
    Receipt,
    /// That it is done.
    Done,
}

/// All that can be said, for people.
pub const HELP: &str = "\
task [id]            the task; with `id` in Indonesian
checks [id]          the checks, and what the last grading saw
grade                have the work graded now
hint                 the next hint; it costs points
answer CHECK TEXT    answer a question
undo                 back to the start
submit               hand in what stands
status               the time that is left, and what the teacher said
hand up | hand down  ask for help, or no longer
NODE [console|logs]  a terminal on a node (with `ssh -t`), its console, or its logs
";

/// Reads words.
///
/// # Errors
/// What is wrong with them.
pub fn read(line: &str) -> Result<Wanted, String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let act = |request, arguments, then| Ok(Wanted::Act { request, arguments, then });
    match words.as_slice() {
        [] | ["help"] => Ok(Wanted::Help),
        ["task"] => Ok(Wanted::Task(Language::En)),
        ["task", "id"] => Ok(Wanted::Task(Language::Id)),
        ["checks"] => Ok(Wanted::Checks(Language::En)),
        ["checks", "id"] => Ok(Wanted::Checks(Language::Id)),
        ["status"] => Ok(Wanted::Status),
        ["grade"] => act("grade", json!({}), Shown::Checks),
        ["hint"] => act("hint", json!({}), Shown::Hints),
        ["undo"] => act("undo", json!({}), Shown::Done),
        ["submit"] => act("class-submit", json!({}), Shown::Receipt),
        ["hand", "up"] => act("class-hand", json!({ "up": true }), Shown::Done),
        ["hand", "down"] => act("class-hand", json!({ "up": false }), Shown::Done),
        ["answer", check, rest @ ..] if !rest.is_empty() => {
            act("answer", json!({ "check": check, "answer": rest.join(" ") }), Shown::Done)
        }
        [word @ ("answer" | "hand"), ..] => Err(unknown(word)),
        [node] => terminal(node, TerminalKind::Shell),
        [node, "console"] => terminal(node, TerminalKind::Console),
        [node, "logs"] => terminal(node, TerminalKind::Logs),
        [first, ..] => Err(unknown(first)),
    }
}

fn terminal(node: &str, kind: TerminalKind) -> Result<Wanted, String> {
    node.parse().map(|node| Wanted::Terminal(node, kind)).map_err(|_| unknown(node))
}

fn unknown(word: &str) -> String {
    format!("`{}` is not understood; this is:\n\n{HELP}", word.escape_debug())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_a_closed_list() {
        assert_eq!(read(""), Ok(Wanted::Help));
        assert_eq!(read(" task  id "), Ok(Wanted::Task(Language::Id)));
        let Ok(Wanted::Act { request, arguments, .. }) = read("answer cause authkeys is 0644") else {
            panic!()
        };
        assert_eq!((request, arguments["answer"].as_str()), ("answer", Some("authkeys is 0644")));
        let node = "node1".parse().unwrap();
        assert_eq!(read("node1 logs"), Ok(Wanted::Terminal(node, TerminalKind::Logs)));
        for line in ["rm -rf /", "hand", "answer cause", "../x", "node1 -oProxyCommand=x", "\u{1b}[2J"] {
            assert!(read(line).is_err(), "{line}");
        }
    }
}
