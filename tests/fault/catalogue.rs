//! The catalogue: what each fault takes, and what it comes to.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};

use clap::ValueEnum;
use halab::fault::{Entry, Key, Keys, Measure, Need, Scripts, Unfit, Word, build, measure, rules};
use halab::model::fault::Fault;

use super::{injection, keys, lab, node};

#[test]
fn every_fault_says_what_it_does_and_can_be_built() {
    for entry in Entry::all() {
        let word = entry.word;
        assert!(word.about().len() > 10, "{word} says nothing about itself");
        let fault = build(word, &keys(word)).unwrap_or_else(|problems| panic!("{word}: {problems:?}"));
        let own = Word::of(&fault);
        assert!(own == word || (word, own) == (Word::PowerCycle, Word::PowerCut), "{word} became {own}");
        let needed = entry.takes.iter().filter(|(_, need)| *need == Need::Required);
        let mut needed: Vec<Key> = needed.map(|(key, _)| *key).collect();
        let problems = build(word, &Keys::default()).err().unwrap_or_default();
        let mut missing: Vec<Key> = problems.iter().map(|problem| problem.key).collect();
        needed.sort();
        missing.sort();
        assert_eq!(missing, needed, "{word}");
        assert!(problems.iter().all(|problem| problem.missing && problem.message.contains("needs")));
    }
}

#[test]
fn what_a_fault_does_not_take_is_refused() {
    let all = Keys {
        off: Some("3s".parse().unwrap()),
        percent: Some(20),
        network: Some("public".parse().unwrap()),
        ..Keys::default()
    };
    let refused = build(Word::Pause, &all).unwrap_err();
    assert_eq!(
        refused.iter().map(|problem| problem.key).collect::<Vec<_>>(),
        [Key::Off, Key::Network, Key::Percent]
    );
    assert_eq!(refused[0].message, "`pause` has no `off`");
    assert_eq!(refused[0].help, "leave it out; `pause` takes `clock`");
}

#[test]
fn values_have_ranges() {
    let check = |word, change: fn(&mut Keys), key| {
        let mut keys = keys(word);
        change(&mut keys);
        let problems = build(word, &keys).unwrap_err();
        assert_eq!(problems.iter().map(|problem| problem.key).collect::<Vec<_>>(), [key], "{problems:?}");
    };
    check(Word::Loss, |keys| keys.percent = Some(100), Key::Percent);
    check(Word::Loss, |keys| keys.percent = Some(0), Key::Percent);
    check(Word::CpuStarvation, |keys| keys.share = Some(100), Key::Share);
    check(Word::SlowDisk, |keys| keys.operations = Some(0), Key::Operations);
    check(Word::PowerCycle, |keys| keys.off = Some("0s".parse().unwrap()), Key::Off);
    check(Word::ClockJump, |keys| keys.by = Some("999ms".parse().unwrap()), Key::By);
    check(Word::Rate, |keys| keys.limit = Some("1B".parse().unwrap()), Key::Limit);
    check(Word::Delay, |keys| keys.latency = Some("1h".parse().unwrap()), Key::Latency);
    check(Word::FullDisk, |keys| keys.folder = Some("/".to_owned()), Key::Folder);
    check(Word::FullDisk, |keys| keys.folder = Some("srv".to_owned()), Key::Folder);
}

#[test]
fn what_the_faults_of_networks_come_to() {
    let mut all = String::new();
    for word in [
        Word::SilentCut,
        Word::Partition,
        Word::OneWay,
        Word::PathCut,
        Word::Loss,
        Word::Rate,
        Word::LinkDown,
        Word::Delay,
    ] {
        let injection = injection(word, 1, &[]);
        match &injection.measure {
            Measure::Filter(filter) => all += &rules::ruleset(&injection.id, filter),
            measure => writeln!(all, "{measure:?}").unwrap(),
        }
    }
    assert!(
        !all.contains("mgmt") && !all.contains("eth2"),
        "the way of `lab` itself is never touched\n{all}"
    );
    insta::assert_snapshot!(all);
}

#[test]
fn a_node_must_have_what_is_broken() {
    let lab = lab();
    let unfit = |fault: &Fault| measure(&lab, &node(1), fault).unwrap_err();
    let network = Some("nowhere".parse().unwrap());
    assert!(matches!(unfit(&Fault::LinkDown { network }), Unfit::NotOnNetwork { .. }));
    assert!(matches!(
        unfit(&Fault::ServiceHang { service: "mail".parse().unwrap() }),
        Unfit::NoService { .. }
    ));
    assert!(matches!(unfit(&Fault::PathCut { path: "gossip".parse().unwrap() }), Unfit::NoPath { .. }));
    let (disk, operations) = ("tape".parse().unwrap(), 1);
    assert!(matches!(unfit(&Fault::SlowDisk { disk, operations }), Unfit::NoDisk { .. }));
    let mut bare = lab.clone();
    bare.stacks.clear();
    assert_eq!(measure(&bare, &node(1), &Fault::SplitBrain), Err(Unfit::NoMirror(node(1))));
    assert_eq!(measure(&bare, &node(1), &Fault::ClusterHang), Err(Unfit::NoClusterManager(node(1))));
    assert_eq!(measure(&lab, &node(9), &Fault::PowerCut), Err(Unfit::NoNode(node(9))));
    let mut alone = lab.clone();
    alone.nodes.truncate(1);
    assert_eq!(measure(&alone, &node(1), &Fault::Partition { network: None }), Err(Unfit::Alone(node(1))));
    assert!(measure(&alone, &node(1), &Fault::SilentCut { network: None }).is_ok());
}

/// Whether a shell understands a script.
fn understood(script: &str) -> bool {
    let mut shell = Command::new("sh").arg("-n").stdin(Stdio::piped()).spawn().unwrap();
    shell.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
    shell.wait().unwrap().success()
}

#[test]
fn the_scripts_in_guests_are_scripts() {
    let mut seen = 0;
    for word in Word::value_variants() {
        let Measure::Script(scripts) = injection(*word, 1, &[]).measure else { continue };
        let Scripts { inject, proof, heal, heal_others, healed, .. } = scripts;
        for script in [inject, proof, heal, healed].iter().chain(&heal_others) {
            assert!(understood(script), "{word}\n{script}");
        }
        seen += 1;
    }
    assert_eq!(seen, 8);
    assert!(!understood("if true; then"), "the check can fail");
}
