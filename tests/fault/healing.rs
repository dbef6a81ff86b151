//! Healing: after any faults and any failure none is left, and the journal lists the remaining ones.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;

use halab::testing::apply::{Options, run};
use halab::testing::fault::{self, InjectionId, Row};
use halab::testing::injection::{FaultJournal, Healed, InjectionError, heal_all, inject};
use halab::testing::inventory::GuestState;
use halab::testing::plan::{UpOptions, up};
use halab::testing::provider::Machines;
use halab::testing::provider::sim::{At, How, Sim, SimFault, World};
use proptest::prelude::*;

use super::sketch::{NodeSketch, Sketch};
use super::{injection, node, row};

/// A simulated host with two running nodes.
fn standing() -> Sim {
    let member = NodeSketch {
        memory: 256,
        cpus: 1,
        networks: [1].into(),
        disks: BTreeMap::new(),
        image: 1,
        internet: false,
    };
    let nodes = BTreeMap::from([(1, member.clone()), (2, member)]);
    let desired = Sketch { networks: BTreeMap::from([(1, None)]), nodes, stacks: Vec::new() }.desired();
    let sim = Sim::default();
    let plan = up(&desired, &sim.inventory().unwrap(), &UpOptions::default()).unwrap();
    let options = Options { workers: 1, keep: false, cancel: &AtomicBool::new(false), journal: None };
    run(&plan, &sim, options, &mut |_| {}).unwrap();
    sim
}

/// The problems of a host that should have none.
fn wrong(world: &World) -> Vec<String> {
    let left = world.injections.keys().map(|id| format!("{id} is in force"));
    let off = world.guests.iter().filter(|(_, guest)| guest.found.state != GuestState::Running);
    left.chain(off.map(|(node, _)| format!("{node} does not run"))).collect()
}

fn failing(world: World, nth: usize, how: How) -> Sim {
    Sim::new(world).with_fault(SimFault { at: At::Nth(nth), how })
}

/// Injects faults one after the other until one fails; a new process then heals the faults in the journal.
fn broken_and_healed(faults: &[(&'static Row, u8)], sim: &Sim) -> Vec<Healed> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("heal.json");
    let mut journal = FaultJournal::open(&file).unwrap();
    for (row, on) in faults {
        let taken: Vec<InjectionId> =
            journal.active().iter().map(|entry| entry.injection.id.clone()).collect();
        let injection = injection(row, *on, &taken);
        journal.begin(&injection, "a test").unwrap();
        match inject(sim, &injection, &AtomicBool::new(false), &mut || {}) {
            Ok(done) => journal.confirm(&injection.id, &done.mechanism).unwrap(),
            // As when this program is killed: the faults stay in force.
            Err(_) => break,
        }
    }
    drop(journal);
    let mut journal = FaultJournal::open(&file).unwrap();
    let mut healed = heal_all(sim, &mut journal);
    if healed.iter().any(|healed| healed.result.is_err()) {
        // Faults that could not be healed stay in the journal, and are healed by the next attempt.
        assert!(!FaultJournal::open(&file).unwrap().active().is_empty());
        healed = heal_all(sim, &mut FaultJournal::open(&file).unwrap());
    }
    assert!(!file.exists(), "nothing is left to heal");
    healed
}

fn any_fault() -> impl Strategy<Value = &'static Row> {
    prop::sample::select(fault::all().collect::<Vec<_>>())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_left_of_any_faults(words in prop::collection::vec((any_fault(), 1..=2u8), 0..6)) {
        let sim = standing();
        let healed = broken_and_healed(&words, &sim);
        prop_assert!(healed.iter().all(|healed| healed.result.is_ok()));
        prop_assert_eq!(wrong(&sim.world()), Vec::<String>::new());
    }

    #[test]
    fn nothing_is_left_whatever_fails(
        words in prop::collection::vec((any_fault(), 1..=2u8), 1..5),
        nth in 0..10usize,
        how in prop_oneof![Just(How::Before), Just(How::After)],
    ) {
        let sim = failing(standing().world(), nth, how);
        broken_and_healed(&words, &sim);
        prop_assert_eq!(wrong(&sim.world()), Vec::<String>::new());
    }
}

#[test]
fn a_fault_that_is_not_seen_is_not_believed() {
    let sim = standing();
    let injection = injection(row("link-down"), 1, &[]);
    let cancel = AtomicBool::new(true);
    let blind = Sim::new(sim.world()).with_fault("before:inject link-down on node1".parse().unwrap());
    let refused = inject(&blind, &injection, &cancel, &mut || {}).unwrap_err();
    assert!(matches!(refused, InjectionError::Refused { .. }), "{refused}");
    assert!(inject(&sim, &injection, &cancel, &mut || {}).is_ok());
    assert_eq!(sim.world().injections.len(), 1);
}

#[test]
fn what_ended_with_the_power_is_not_healed_again() {
    let sim = standing();
    let words = [("link-down", 1), ("partition", 1), ("pause", 2), ("power-cut", 1)]
        .map(|(word, on)| (row(word), on));
    let healed: Vec<String> =
        broken_and_healed(&words, &sim).iter().map(|healed| healed.injection.to_string()).collect();
    assert_eq!(healed, ["power-cut on node1", "pause on node2", "partition on node1"]);
    assert_eq!(wrong(&sim.world()), Vec::<String>::new());
    assert!(sim.world().guests.contains_key(&node(1)));
}

#[test]
fn a_journal_that_is_not_understood_is_not_ignored() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("heal.json");
    fs_err::write(&file, r#"{"version":1,"active":[]}"#).unwrap();
    assert!(FaultJournal::open(&file).unwrap_err().to_string().contains("version 1"));
    fs_err::write(&file, "{").unwrap();
    assert!(FaultJournal::open(&file).is_err());
}
