//! Applying plans: cancellation, failures during clean-up, the journal, the lock, and hosts kept on disk.

#[path = "sketch/mod.rs"]
mod sketch;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use halab::model::{InstanceName, NodeName};
use halab::testing::apply::{
    Aftermath, ApplyError, Event, InstanceLock, LockError, Options, PlanJournal, RunHeader, Summary,
    interrupted, run,
};
use halab::testing::desired::Desired;
use halab::testing::inventory::Inventory;
use halab::testing::plan::{Action, Plan, UpOptions, down, up};
use halab::testing::provider::sim::{Sim, World};
use halab::testing::provider::{Machines, Power};
use halab::testing::state::StateDir;
use halab::testing::work::{Context, ProviderError};
use sketch::{NodeSketch, Sketch, StackSketch};

fn lab(memory: u64) -> Desired {
    let node = NodeSketch {
        memory,
        cpus: 1,
        networks: [1].into(),
        disks: BTreeMap::from([(1, 64)]),
        image: 1,
        internet: false,
    };
    let stack = StackSketch { nodes: [1, 2].into(), file: 1, steps: vec![0, 1], check: Some(0) };
    let nodes = [(1, node.clone()), (2, node)].into();
    Sketch { networks: [(1, None)].into(), nodes, stacks: vec![stack] }.desired()
}

fn plan(desired: &Desired, provider: &dyn Machines) -> Plan {
    up(desired, &provider.inventory().unwrap(), &UpOptions::default()).unwrap()
}

fn apply(plan: &Plan, provider: &dyn Machines, keep: bool) -> Result<Summary, ApplyError> {
    let options = Options { workers: 4, keep, cancel: &AtomicBool::new(false), journal: None };
    run(plan, provider, options, &mut |_| {})
}

/// Cancels as soon as a step that hangs has begun.
fn cancelled(plan: &Plan, sim: &Sim, hangs: &str) -> ApplyError {
    let cancel = AtomicBool::new(false);
    let options = Options { workers: 4, keep: false, cancel: &cancel, journal: None };
    let result = run(plan, sim, options, &mut |event| {
        if let Event::StepStarted { id } = event
            && plan.steps[*id].action.to_string() == hangs
        {
            cancel.store(true, Ordering::SeqCst);
        }
    });
    result.unwrap_err()
}

fn empty(world: World) -> bool {
    World { images: Default::default(), ..world } == World::default()
}

#[test]
fn cancelling_a_fresh_lab_takes_it_back() {
    let sim = Sim::default().with_fault("hang:wait for node1 to answer".parse().unwrap());
    let error = cancelled(&plan(&lab(256), &sim), &sim, "wait for node1 to answer");
    assert!(matches!(error, ApplyError::Cancelled { aftermath: Aftermath::Unwound }), "{error:?}");
    assert!(empty(sim.world()));
}

#[test]
fn cancelling_a_change_keeps_the_lab_and_says_what_remains() {
    let sim = Sim::default();
    apply(&plan(&lab(256), &sim), &sim, false).unwrap();
    let sim = Sim::new(sim.world()).with_fault("hang:wait for node1 to answer".parse().unwrap());
    let change = plan(&lab(512), &sim);
    let ApplyError::Cancelled { aftermath: Aftermath::Left(left) } =
        cancelled(&change, &sim, "wait for node1 to answer")
    else {
        panic!("not left unchanged")
    };
    let left: Vec<String> = left.iter().map(|id| change.steps[*id].action.to_string()).collect();
    for step in ["wait for node1 to answer", "mark node1 as configured", "mark node2 as configured"] {
        assert!(left.iter().any(|left| left == step), "{left:?}");
    }
    assert_eq!(sim.world().guests.len(), 2);
}

#[test]
fn what_is_kept_is_not_taken_back() {
    let sim = Sim::default().with_fault("before:wait for node1 to answer".parse().unwrap());
    let error = apply(&plan(&lab(256), &sim), &sim, true).unwrap_err();
    assert!(matches!(error, ApplyError::Failed { aftermath: Aftermath::Left(_), .. }), "{error:?}");
    assert!(sim.world().guests.contains_key(&sketch::node_name(1)));
}

#[test]
fn an_undo_that_fails_does_not_stop_the_others() {
    let sim = Sim::default()
        .with_fault("before:wait for node1 to answer".parse().unwrap())
        .with_fault("before:stop node1".parse().unwrap());
    let error = apply(&plan(&lab(256), &sim), &sim, false).unwrap_err();
    let ApplyError::Failed { failures, aftermath: Aftermath::UnwindFailed(undone) } = error else {
        panic!("{error:?}")
    };
    assert_eq!(failures[0].action.to_string(), "wait for node1 to answer");
    assert_eq!(undone[0].action.to_string(), "stop node1");
    assert!(undone.iter().all(|failure| failure.action.to_string() != "stop node2"));
    assert!(empty(sim.world()), "ending the host ends what could not be stopped");
}

/// A host on which starting a machine triggers a bug of ours.
struct Buggy(Sim);

impl Machines for Buggy {
    fn inventory(&self) -> Result<Inventory, ProviderError> {
        self.0.inventory()
    }

    fn perform(&self, action: &Action, context: &Context<'_>) -> Result<(), ProviderError> {
        assert!(!matches!(action, Action::StartGuest(_)), "a bug");
        self.0.perform(action, context)
    }

    fn power(&self, node: &NodeName, power: Power) -> Result<(), ProviderError> {
        self.0.power(node, power)
    }

    fn ask_to_shut_down(&self, node: &NodeName, context: &Context<'_>) -> Result<(), ProviderError> {
        self.0.ask_to_shut_down(node, context)
    }

    fn accelerator(&self) -> &'static str {
        self.0.accelerator()
    }
}

#[test]
fn a_panic_in_a_step_is_a_failure_and_the_lab_is_taken_back() {
    let buggy = Buggy(Sim::default());
    let error = apply(&plan(&lab(256), &buggy), &buggy, false).unwrap_err();
    let ApplyError::Failed { failures, aftermath: Aftermath::Unwound } = error else { panic!("{error:?}") };
    let source = std::error::Error::source(&failures[0].error).unwrap().to_string();
    assert!(source.contains("a bug"), "{source}");
    assert!(empty(buggy.0.world()));
}

fn instance() -> InstanceName {
    "sketch".parse().unwrap()
}

#[test]
fn the_journal_tells_what_a_killed_run_was_at() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path().join("instance");
    assert_eq!(interrupted(&folder).unwrap(), None);

    let sim = Sim::default();
    let plan = plan(&lab(256), &sim);
    let mut journal = PlanJournal::open(&folder, RunHeader::now("lab up", true)).unwrap();
    let options =
        Options { workers: 1, keep: false, cancel: &AtomicBool::new(false), journal: Some(&mut journal) };
    run(&plan, &sim, options, &mut |_| {}).unwrap();
    assert_eq!(interrupted(&folder).unwrap(), None);

    // The same journal, cut in the middle of a write.
    let path = folder.join("journal.jsonl");
    let whole = fs_err::read(&path).unwrap();
    let start = plan.steps.iter().find(|step| step.action.to_string() == "start node2").unwrap().id;
    let begun = format!("{{\"begun\":{{\"step\":{start},");
    let text = String::from_utf8(whole.clone()).unwrap();
    let begun = text.find(&begun).unwrap();
    let after = begun + text[begun..].find('\n').unwrap() + 1;
    for length in after..after + 5 {
        fs_err::write(&path, &whole[..length]).unwrap();
        let found = interrupted(&folder).unwrap().unwrap();
        assert_eq!((found.run.command.as_str(), found.run.pid), ("lab up", std::process::id()));
        assert_eq!(found.during, ["start node2"]);
        // The next run's lines are readable after the torn one.
        drop(PlanJournal::open(&folder, RunHeader::now("lab down", false)).unwrap());
        assert_eq!(interrupted(&folder).unwrap().unwrap().run.command, "lab down");
    }
    for length in (0..whole.len() - 1).step_by(7) {
        fs_err::write(&path, &whole[..length]).unwrap();
        let header_is_whole = text.find('\n').unwrap() < length + 1;
        assert_eq!(interrupted(&folder).unwrap().is_some(), header_is_whole, "{length} bytes");
    }
}

#[test]
fn a_locked_instance_says_who_holds_it() {
    let temporary = tempfile::tempdir().unwrap();
    let state = StateDir::at(temporary.path());
    let lock = InstanceLock::acquire(&state, &instance(), "lab up").unwrap();
    let LockError::Held { holder: Some(holder), .. } =
        InstanceLock::acquire(&state, &instance(), "lab down").unwrap_err()
    else {
        panic!("not held")
    };
    assert_eq!((holder.pid, holder.command.as_str()), (std::process::id(), "lab up"));
    InstanceLock::acquire(&state, &"other".parse().unwrap(), "lab up").unwrap();

    fs_err::create_dir_all(state.instance(&instance())).unwrap();
    fs_err::write(state.instance(&instance()).join("host.json"), "{}").unwrap();
    drop(lock);
    assert!(state.instance(&instance()).join("host.json").exists(), "an instance that exists is left alone");
    drop(InstanceLock::acquire(&state, &instance(), "lab down").unwrap());
}

#[test]
fn an_instance_that_is_gone_leaves_neither_journal_nor_lock() {
    let temporary = tempfile::tempdir().unwrap();
    let state = StateDir::at(temporary.path());
    let lock = InstanceLock::acquire(&state, &instance(), "lab up").unwrap();
    drop(PlanJournal::open(&state.instance(&instance()), RunHeader::now("lab up", true)).unwrap());
    drop(lock);
    assert_eq!(fs_err::read_dir(state.instances()).unwrap().count(), 0);
}

#[test]
fn one_at_a_time_even_though_the_lock_goes_with_the_instance() {
    let temporary = tempfile::tempdir().unwrap();
    let state = StateDir::at(temporary.path());
    let inside = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut entered = 0;
                while entered < 50 {
                    let lock = match InstanceLock::acquire(&state, &instance(), "lab up") {
                        Ok(lock) => lock,
                        Err(LockError::Held { .. }) => continue,
                        Err(error) => panic!("{error:?}"),
                    };
                    assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0, "two processes hold the lock");
                    entered += 1;
                    std::thread::yield_now();
                    inside.fetch_sub(1, Ordering::SeqCst);
                    drop(lock);
                }
            });
        }
    });
    assert_eq!(fs_err::read_dir(state.instances()).unwrap().count(), 0);
}

#[test]
fn a_simulated_host_outlives_the_command_and_goes_with_its_lab() {
    let temporary = tempfile::tempdir().unwrap();
    let state = StateDir::at(temporary.path());
    let open = || Sim::open(&state, &instance()).unwrap();
    apply(&plan(&lab(256), &open()), &open(), false).unwrap();
    assert!(plan(&lab(256), &open()).is_empty());

    let sim = open();
    sim.power(&sketch::node_name(1), Power::Cut).unwrap();
    assert!(!plan(&lab(256), &open()).is_empty());

    apply(&down(&sim.inventory().unwrap()).unwrap(), &open(), false).unwrap();
    assert!(!state.instance(&instance()).exists());
    let left = open().inventory().unwrap();
    assert!(left.is_empty() && !left.images.is_empty());
}
