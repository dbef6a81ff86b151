//! A simulated host with a lab, and the actions of the properties on it.

use std::collections::BTreeSet;
use std::sync::atomic::AtomicBool;

use halab::model::CheckpointId;
use halab::model::Lab;
use halab::model::Wish;
use halab::model::spec::Digest;
use halab::model::spec::When;
use halab::testing::apply::{ApplyError, Event, Options, Summary, run};
use halab::testing::checkpoint::{Checkpoint, CheckpointSpec, Inputs, Kind, Platform};
use halab::testing::desired::Desired;
use halab::testing::instance::{Instance, LabOrigin, ProviderKind};
use halab::testing::plan::{Plan, Refusal, UpOptions, down, restore, save, up};
use halab::testing::provider::Machines;
use halab::testing::provider::sim::{At, How, Sim, SimFault, World};

use crate::plan_rules::check;

/// Plans `up`, recreating objects that cannot be kept, and checks the plan.
pub fn plan_up(desired: &Desired, sim: &Sim) -> Plan {
    plan_recreating(desired, sim, UpOptions::default())
}

/// The same, with objects that the user wants to be recreated.
pub fn plan_recreating(desired: &Desired, sim: &Sim, mut options: UpOptions) -> Plan {
    let inventory = sim.inventory().unwrap();
    let plan = match up(desired, &inventory, &options) {
        Err(Refusal::DataLoss { losses }) => {
            options.recreate.extend(losses.into_iter().map(|loss| loss.disk.node));
            up(desired, &inventory, &options).unwrap()
        }
        plan => plan.unwrap(),
    };
    assert_eq!(check(&plan, &inventory), [], "{plan:#?}");
    plan
}

/// Plans `down` and checks the plan.
pub fn plan_down(sim: &Sim) -> Plan {
    let inventory = sim.inventory().unwrap();
    let plan = down(&inventory).unwrap();
    assert_eq!(check(&plan, &inventory), [], "{plan:#?}");
    plan
}

/// Applies a plan, and returns its events.
pub fn apply(
    plan: &Plan,
    sim: &Sim,
    workers: usize,
    keep: bool,
) -> (Result<Summary, ApplyError>, Vec<Event>) {
    let mut events = Vec::new();
    let options = Options { workers, keep, cancel: &AtomicBool::new(false), journal: None };
    let result = run(plan, sim, options, &mut |event| events.push(event.clone()));
    (result, events)
}

/// Brings a lab up.
pub fn bring_up(desired: &Desired, sim: &Sim, workers: usize) {
    let plan = plan_up(desired, sim);
    apply(&plan, sim, workers, false).0.unwrap();
}

/// A host with a running lab.
pub fn standing(desired: &Desired) -> Sim {
    let sim = Sim::default();
    bring_up(desired, &sim, 4);
    sim
}

/// The same host, failing at its `nth` action from now on.
pub fn failing(world: World, nth: usize, how: How) -> Sim {
    Sim::new(world).with_fault(SimFault { at: At::Nth(nth), how })
}

/// The part of a world that is compared between two ways to it: without images, which are a cache, and of the
/// steps that ran on disks only those that the lab has now and that every set-up runs.
pub fn essence(world: World, desired: &Desired) -> World {
    let mut world = World { images: BTreeSet::new(), ..world };
    for (id, disk) in &mut world.disks {
        let steps = desired.phases.iter().flatten();
        let steps = steps.filter(|step| step.node == id.node && step.when == When::Always);
        let now: BTreeSet<(String, Digest)> =
            steps.map(|step| (format!("{}/{}", step.stack, step.step), Digest::of(&step.script))).collect();
        let known: BTreeSet<String> = now.iter().map(|(step, _)| step.clone()).collect();
        disk.steps.retain(|step, _| known.contains(step));
    }
    world
}

/// Saves the running lab of a host.
pub fn checkpoint(desired: &Desired, sim: &Sim, kind: Kind) -> Checkpoint {
    let simulated = || "simulated".to_owned();
    let lab: Lab = Lab {
        name: desired.host.lab.clone(),
        title: String::new(),
        networks: Vec::new(),
        nodes: Vec::new(),
        addresses: Vec::new(),
        stacks: Vec::new(),
    };
    let platform = Platform {
        machine: simulated(),
        processor: simulated(),
        accelerator: simulated(),
        qemu: simulated(),
        libvirt: simulated(),
    };
    let inputs = Inputs::of(&lab, desired, platform);
    let instance = Instance {
        version: halab::testing::instance::VERSION,
        name: "sketch".parse().unwrap(),
        created: jiff::Timestamp::UNIX_EPOCH,
        provider: ProviderKind::Sim,
        accel: Wish::Auto,
        origin: LabOrigin::Bundled("sketch".to_owned()),
        settings: Vec::new(),
        lab,
        desired: desired.clone(),
        drills: Default::default(),
        scripts: Default::default(),
        restoring: None,
        fresh_identity: false,
    };
    let id = CheckpointId::start(&desired.host.lab, &inputs.digest());
    let created = jiff::Timestamp::UNIX_EPOCH;
    let spec = CheckpointSpec { id, kind, note: String::new(), created, inputs, instance };
    apply(&save(spec.clone(), "to come back to"), sim, 1, true).0.unwrap();
    sim.described(&spec)
}

/// A running lab, and its baseline checkpoint.
pub fn saved(desired: &Desired) -> (Checkpoint, World) {
    let sim = standing(desired);
    let checkpoint = checkpoint(desired, &sim, Kind::Start);
    (checkpoint, sim.world())
}

/// Plans a restore and checks the plan.
pub fn plan_restore(checkpoint: &Checkpoint, sim: &Sim) -> Plan {
    let inventory = sim.inventory().unwrap();
    let plan = restore(checkpoint, &inventory).unwrap();
    assert_eq!(check(&plan, &inventory), [], "{plan:#?}");
    plan
}
