//! The catalogue: the keys of each fault, and its effect on a lab.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};

use halab::model::fault::{Fault, Value};
use halab::testing::fault::{self, Key, Mechanism, Need, Row, Said, Scripts, Unfit, build, mechanism, rules};

use super::{injection, lab, node, row, said};

#[test]
fn every_fault_says_all_about_itself_and_can_be_built() {
    let mut words = Vec::new();
    for row in fault::all() {
        assert!(!words.contains(&row.word), "{row} is there twice");
        words.push(row.word);
        for text in [row.about, row.how, row.proof, row.healing] {
            assert!(text.len() > 10 && text.ends_with('.'), "{row}: {text}");
        }
        let fault = build(row, &said(row)).unwrap_or_else(|problems| panic!("{row}: {problems:?}"));
        assert_eq!(fault.word(), row.ends.map_or(row.word, |ends| ends.fault), "{row}");
        assert_eq!(Row::find(fault.word()).unwrap().effect, row.effect, "{row}");
        let needed = row.takes.iter().filter(|takes| takes.need == Need::Required);
        let needed: Vec<&Key> = needed.map(|takes| takes.key).collect();
        let problems = build(row, &Said::default()).err().unwrap_or_default();
        assert_eq!(problems.iter().map(|problem| problem.key).collect::<Vec<_>>(), needed, "{row}");
        assert!(problems.iter().all(|problem| problem.missing && problem.message.contains("needs")));
        for takes in row.takes {
            if let Need::Default(value) = takes.need {
                let value = takes.key.parse(value).unwrap();
                assert!(takes.range().holds(takes.key.kind, &value), "{row}: {}", takes.key);
                assert_eq!(fault.value(takes.key.name), Some(&value), "{row}");
            }
        }
    }
    assert_eq!(fault::words(), words);
}

#[test]
fn every_key_is_taken_by_a_fault() {
    for key in fault::KEYS {
        assert!(fault::all().any(|row| row.takes(key).is_some()), "{key}");
        assert_eq!(Key::find(key.name), Some(key));
    }
}

/// The values of these keys.
fn saying(pairs: &[(&str, &str)]) -> Said {
    let mut said = Said::default();
    for (name, text) in pairs {
        let key = Key::find(name).unwrap();
        said.set(key, key.parse(text).unwrap());
    }
    said
}

#[test]
fn what_a_fault_does_not_take_is_refused() {
    let all = saying(&[("percent", "20"), ("off", "3s"), ("network", "public")]);
    let refused = build(row("pause"), &all).unwrap_err();
    assert_eq!(
        refused.iter().map(|problem| problem.key.name).collect::<Vec<_>>(),
        ["off", "network", "percent"]
    );
    assert_eq!(refused[0].message, "`pause` has no `off`");
    assert_eq!(refused[0].help, "leave it out; `pause` takes `clock`");
}

#[test]
fn values_have_ranges() {
    for (word, key, value, help) in [
        ("loss", "percent", "100", "write 1 to 99; for all frames take `silent-cut`"),
        ("loss", "percent", "0", "write 1 to 99; for all frames take `silent-cut`"),
        ("cpu-starvation", "share", "100", "write 1 to 99, in percent of a processor"),
        ("slow-disk", "operations", "0", "write 1 or more"),
        ("power-cycle", "off", "0s", "write `\"1ms\"` or more"),
        ("clock-jump", "by", "999ms", "write `\"1s\"` or more"),
        ("rate", "limit", "1B", "write `\"1KiB\"` or more"),
        ("delay", "latency", "1h", "write `\"1ms\"` to `\"10s\"`"),
        ("reorder", "latency", "4ms", "write `\"5ms\"` to `\"10s\"`"),
        ("delay", "variation", "51ms", "write what `latency` is, or less"),
        ("full-disk", "folder", "/", "write the whole path of a folder, such as `\"/srv/data\"`; not `/`"),
        ("full-disk", "folder", "srv", "write the whole path of a folder, such as `\"/srv/data\"`; not `/`"),
    ] {
        let (row, key) = (row(word), Key::find(key).unwrap());
        let mut said = said(row);
        said.set(key, key.parse(value).unwrap());
        let problems = build(row, &said).unwrap_err();
        assert_eq!(problems.iter().map(|problem| problem.key).collect::<Vec<_>>(), [key], "{problems:?}");
        assert_eq!(problems[0].help, help);
    }
}

#[test]
fn what_the_faults_of_networks_come_to() {
    let mut all = String::new();
    for word in ["silent-cut", "partition", "one-way", "path-cut", "loss", "rate", "link-down", "delay"] {
        let injection = injection(row(word), 1, &[]);
        match &injection.mechanism {
            Mechanism::Filter(filter) => all += &rules::ruleset(&injection.id, filter),
            mechanism => writeln!(all, "{mechanism:?}").unwrap(),
        }
    }
    assert!(!all.contains("mgmt") && !all.contains("eth2"), "the management network is never touched\n{all}");
    insta::assert_snapshot!(all);
}

#[test]
fn a_node_must_have_what_is_broken() {
    let lab = lab();
    let unfit = |word: &str, key: &str, value: &str| {
        let fault = Fault::new(word, [(key, Value::from(value))]);
        mechanism(&lab, &node(1), &fault).unwrap_err().to_string()
    };
    assert_eq!(unfit("link-down", "network", "nowhere"), "node1 is not on the network nowhere");
    assert_eq!(unfit("service-hang", "service", "mail"), "no stack on node1 runs the service mail");
    assert_eq!(unfit("path-cut", "path", "gossip"), "no stack on node1 has the path gossip");
    assert_eq!(unfit("slow-disk", "disk", "tape"), "node1 has no disk tape");
    assert_eq!(unfit("delay", "latency", "soon"), "the fault says nothing valid about its `latency`");
    assert_eq!(unfit("earthquake", "by", "1s"), "there is no fault earthquake");
    let plain = |word: &str| Fault::new(word, []);
    let mut bare = lab.clone();
    bare.stacks.clear();
    assert_eq!(mechanism(&bare, &node(1), &plain("split-brain")), Err(Unfit::NoMirror(node(1))));
    assert_eq!(mechanism(&bare, &node(1), &plain("cluster-hang")), Err(Unfit::NoClusterManager(node(1))));
    assert_eq!(mechanism(&lab, &node(9), &plain("power-cut")), Err(Unfit::NoNode(node(9))));
    let mut alone = lab.clone();
    alone.nodes.truncate(1);
    assert_eq!(mechanism(&alone, &node(1), &plain("partition")), Err(Unfit::Alone(node(1))));
    assert!(mechanism(&alone, &node(1), &plain("silent-cut")).is_ok());
}

/// Whether a shell can parse a script.
fn understood(script: &str) -> bool {
    let mut shell = Command::new("sh").arg("-n").stdin(Stdio::piped()).spawn().unwrap();
    shell.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
    shell.wait().unwrap().success()
}

#[test]
fn the_scripts_in_guests_are_scripts() {
    let mut seen = 0;
    for row in fault::all() {
        let Mechanism::Script(scripts) = injection(row, 1, &[]).mechanism else { continue };
        let Scripts { inject, proof, heal, heal_others, healed, .. } = scripts;
        for script in [inject, proof, heal, healed].iter().chain(&heal_others) {
            assert!(understood(script), "{row}\n{script}");
        }
        seen += 1;
    }
    assert_eq!(seen, 8);
    assert!(!understood("if true; then"), "the check can fail");
}
