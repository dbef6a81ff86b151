//! The meaning of log lines, as declared by the stacks that write them.

use halab::model::log::{Meaning, meaning};
use halab::testing::catalog::Catalog;
use halab::testing::stack::{LogDefinition, load};

use super::unsound::problems_of;

#[test]
fn lines_of_the_bundled_stacks_mean_what_they_say() {
    let detected = Some((Meaning::Detected, Some("node1")));
    let mark = |name| Some((Meaning::Mark, Some(name)));
    for (stack, line, means) in [
        ("heartbeat", "Nov 21 03:33:28 node2 heartbeat: [811]: WARN: node node1: is dead", detected),
        ("heartbeat", "node2 heartbeat: [811]: info: Link node1:eth1 dead.", None),
        (
            "heartbeat",
            "node2 heartbeat: [811]: WARN: Late heartbeat: Node node1: interval 970 ms",
            Some((Meaning::Late, Some("node1"))),
        ),
        (
            "heartbeat",
            "node2 heartbeat: [811]: info: Resources being acquired from node1.",
            Some((Meaning::TakeoverStarted, None)),
        ),
        ("heartbeat", "halab: mark address-up node=node2 uptime=71.20", mark("address-up")),
        ("heartbeat", "halab: mark ", None),
        ("ucarp", "halab: mark elected node=node2 uptime=71.20", Some((Meaning::Elected, None))),
        ("ucarp", "halab: mark address-down node=node2 uptime=71.20", mark("address-down")),
        ("filesync", "halab: mark database-torn node=node2 uptime=71.20", mark("database-torn")),
        ("keepalived", "Sat Nov 21 12:22:03 2026: (web) Receive advertisement timeout", None),
        (
            "keepalived",
            "Sat Nov 21 12:22:03 2026: (web) Entering MASTER STATE",
            Some((Meaning::Elected, None)),
        ),
        ("keepalived", "Sat Nov 21 12:22:08 2026: (web) Entering BACKUP STATE", None),
    ] {
        let stack = load(&Catalog::bundled(), stack).unwrap();
        let rules: Vec<_> = stack.definition.log.iter().filter_map(LogDefinition::rule).collect();
        assert_eq!(meaning(&rules, line), means, "{line}");
    }
}

#[test]
fn what_is_wrong_with_a_rule_is_shown_at_its_place() {
    let head = "schema = 1\nname = \"web\"\ntitle = \"t\"\n[[log]]\n";
    for (rule, says) in [
        (
            "file = \"/x\"\npattern = \"* {peer is dead\"\nmeans = \"detected\"\n",
            "enclose the name of a captured word",
        ),
        ("file = \"/x\"\npattern = \"*\"\nmeans = \"elected\"\n", "has some text of its own"),
        ("file = \"/x\"\npattern = \"x\"\nmeans = \"elect\"\n", "unknown value `elect`"),
        ("file = \"/x\"\npattern = \"x is dead\"\nmeans = \"detected\"\n", "has to capture `{peer}`"),
        (
            "pattern = \"x is up\"\nmeans = \"address-up\"\n",
            "a log is either a `file` or the journal of a `unit`",
        ),
        ("file = \"x.log\"\npattern = \"x is up\"\nmeans = \"address-up\"\n", "is not the path of a log"),
    ] {
        let found = problems_of(&format!("{head}{rule}"));
        assert!(found.contains(says) && found.contains("stack.toml:"), "{found}");
        let wrong = match says {
            says if says.contains("elect") => "means",
            says if says.contains("path") => "file",
            _ => "pattern",
        };
        let line = head.lines().count() + rule.lines().position(|line| line.starts_with(wrong)).unwrap() + 1;
        assert!(found.contains(&format!("stack.toml:{line}:")), "line {line}: {found}");
    }
}
