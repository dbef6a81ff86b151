//! `lab class plan`: how many students fit on this machine.

mod costs;

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::find::Room;
use super::{kept, open};
use crate::app::copies::PER_PROCESSOR;
use crate::app::error::{AppError, ErrorKind};
use crate::app::exercise::Lasting;
use crate::app::instances::at_once;
use crate::app::job::Job;
use crate::app::provider;
use crate::app::request::Request;
use crate::app::usage::{self, unreadable};
use crate::base::space::Space;
use crate::class::roster::{MOST, benches};
use crate::class::store::ClassExercise;
use crate::labfile::HostFigures;
use crate::model::{ClassName, ExerciseName, InstanceName, LabName};

/// Asks how many students fit on this machine.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct PlanClass {
    /// The file that describes the class. Default: the class that is open.
    pub file: Option<PathBuf>,
    /// The class that was opened, if no file is named. Default: the one that is open.
    pub class: Option<ClassName>,
    /// The number of students, each with an instance, from 1 to 500. Default: those of the roster, in which
    /// the students of a group share an instance.
    #[schemars(range(min = 1, max = 500))]
    pub students: Option<u16>,
}

/// What a class needs of a machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ClassPlanned {
    /// The class.
    pub class: ClassName,
    /// The number of instances: one for each student or group.
    pub instances: u64,
    /// The exercises, in order, with what an instance of each takes.
    pub exercises: Vec<ExerciseCost>,
    /// The resources of the machine.
    pub resources: Vec<ResourceRow>,
    /// Whether the resources that decide are enough.
    pub fits: bool,
    /// The largest number of instances for which they are.
    pub most: u64,
    /// The resource that allows no more; of those that decide.
    pub limit: Resource,
    /// How long it takes to grade one hand-in of each instance for each exercise, one after the other.
    pub grading: Lasting,
}

/// What an instance takes while one exercise is worked on. All amounts are in bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ExerciseCost {
    /// The exercise.
    pub name: ExerciseName,
    /// Its lab.
    pub lab: LabName,
    /// The number of machines.
    pub nodes: usize,
    /// Their virtual processors.
    pub cpus: u64,
    /// The memory of their own when they idle: an estimate.
    pub idle: u64,
    /// The memory of their own when they were worked on: an estimate.
    pub worked_on: u64,
    /// The memory that they can take at most.
    pub full: u64,
    /// The growth of their disks.
    pub disks: u64,
    /// A saved state: a save point, a start, or a hand-in until it is packed.
    pub saved: u64,
    /// Whether `saved` was measured, on the saved states of the lab that this machine has; else it is an
    /// estimate.
    pub measured: bool,
    /// A hand-in that is packed: the mean of those of the lab that this machine has. None if it has none;
    /// then a hand-in is counted as a saved state.
    pub handed_in: Option<u64>,
    /// The number of different starts that students get.
    pub starts: u64,
    /// How long it takes to grade one hand-in: an estimate from the waits and limits of the checks.
    pub grading: Lasting,
}

/// A resource of a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Resource {
    /// Memory, if the machines idle.
    Memory,
    /// Memory, if all machines were worked on.
    MemoryWorkedOn,
    /// Disk space.
    Disk,
    /// Virtual processors, of which some share one of the machine.
    Processors,
}

/// How much of a resource a class takes: bytes, or virtual processors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ResourceRow {
    /// The resource.
    pub resource: Resource,
    /// For each instance.
    pub each: u64,
    /// For all of them together, once.
    pub shared: u64,
    /// For the class.
    pub needed: u64,
    /// What the machine has for the class: also what its instances take already.
    pub available: u64,
    /// The largest number of instances for which it is enough.
    pub most: u64,
    /// Whether too little of it is an error. If not, the class goes on, slower or only while many idle.
    pub decides: bool,
}

impl Request for PlanClass {
    type Outcome = ClassPlanned;
    const NAME: &'static str = "class plan";

    fn perform(&self, job: &Job) -> Result<ClassPlanned, AppError> {
        if self.students.is_some_and(|count| count == 0 || usize::from(count) > MOST) {
            return Err(AppError::usage(format!("a class has 1 to {MOST} students")));
        }
        let wanted = self.wanted(job)?;
        let exercises = wanted.exercises.iter().map(|exercise| costs::of(job, exercise));
        let exercises: Vec<ExerciseCost> = exercises.collect::<Result<_, _>>()?;
        let count = wanted.instances;
        let resources = resources(&exercises, count, &Machine::of(job, &wanted.standing)?, job)?;
        let deciding = resources.iter().filter(|row| row.decides);
        let Some(limit) = deciding.min_by_key(|row| row.most) else {
            return Err(AppError::failed("no resource is known"));
        };
        let grading = exercises.iter().fold(Lasting::default(), |all, one| all.then(one.grading));
        Ok(ClassPlanned {
            class: wanted.class,
            instances: count,
            fits: limit.most >= count,
            most: limit.most,
            limit: limit.resource,
            grading: grading.times(usize::try_from(count).unwrap_or(usize::MAX)),
            exercises,
            resources,
        })
    }
}

/// What is planned.
struct Wanted {
    class: ClassName,
    exercises: Vec<ClassExercise>,
    instances: u64,
    /// All instances of a class that was opened, whether they stand or not.
    standing: Vec<InstanceName>,
}

impl PlanClass {
    fn wanted(&self, job: &Job) -> Result<Wanted, AppError> {
        let Some(file) = &self.file else {
            let room = Room::of(&job.state, self.class.as_ref()).map_err(|error| {
                error.hint("`lab class plan class.toml` plans a class that was not opened yet")
            })?;
            let places = room.places();
            return Ok(Wanted {
                instances: self.students.map_or(places.len() as u64, u64::from),
                standing: kept::instances(&places),
                class: room.class.name,
                exercises: room.class.exercises,
            });
        };
        let (folder, plan) = open::plan_of(file)?;
        let instances = match self.students {
            Some(count) => u64::from(count),
            None => benches(&open::roster(job, &folder, &plan)?.students).len() as u64,
        };
        let exercises = open::exercises(job, &folder, &plan.work)?;
        // The file may describe a class that is open already.
        let room = Room::of(&job.state, Some(&plan.name)).ok();
        let standing = room.map(|room| kept::instances(&room.places())).unwrap_or_default();
        Ok(Wanted { class: plan.name, exercises, instances, standing })
    }
}

/// What the machine has for a class, in bytes and virtual processors.
struct Machine {
    memory: u64,
    disk: u64,
    cpus: u64,
}

impl Machine {
    /// What is free, and what these instances take already.
    fn of(job: &Job, instances: &[InstanceName]) -> Result<Self, AppError> {
        let figures = HostFigures::read(job.state.root())
            .map_err(|error| AppError::new(ErrorKind::Host, error.to_string()).because_sources(&error))?;
        let (mut memory, mut disk) = (0, 0);
        for name in job.instances()?.iter().filter(|name| instances.contains(name)) {
            let provider = job.describe(name).and_then(|instance| provider::of(job, &instance)).ok();
            memory += provider.and_then(|provider| provider.memory()).unwrap_or(0);
            disk += usage::of_instance(&job.state, name).map_err(unreadable)?;
        }
        for found in kept::checkpoints(job, instances)? {
            disk += costs::size(job, &found)?;
        }
        let space = Space { all: figures.disk.0, free: figures.disk_free.0 };
        Ok(Self {
            memory: figures.memory_free.0.saturating_add(memory).min(figures.memory.0),
            disk: space.free.saturating_sub(space.reserve()).saturating_add(disk).min(space.all),
            cpus: at_once() as u64 * PER_PROCESSOR,
        })
    }
}

/// The resources. At any moment an instance has one exercise, perhaps the one that takes most.
fn resources(
    exercises: &[ExerciseCost],
    count: u64,
    machine: &Machine,
    job: &Job,
) -> Result<Vec<ResourceRow>, AppError> {
    let most = |of: &dyn Fn(&ExerciseCost) -> u64| exercises.iter().map(of).max().unwrap_or(0);
    // A copy of a hand-in is graded beside the others.
    let graded = most(&|one| one.full);
    let row = |resource, each: u64, shared: u64, available: u64, decides| ResourceRow {
        resource,
        each,
        shared,
        needed: each.saturating_mul(count).saturating_add(shared),
        available,
        most: available.saturating_sub(shared) / each.max(1),
        decides,
    };
    Ok(vec![
        row(Resource::Memory, most(&|one| one.idle), graded, machine.memory, true),
        row(Resource::MemoryWorkedOn, most(&|one| one.worked_on), graded, machine.memory, false),
        row(Resource::Disk, costs::disk(exercises), costs::shared_disk(job, exercises)?, machine.disk, true),
        row(Resource::Processors, most(&|one| one.cpus), 0, machine.cpus, false),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::Halab;

    #[test]
    fn the_machine_decides_how_many_fit() {
        let folder = tempfile::tempdir().unwrap();
        let job = Halab::at(folder.path()).simulated().quiet_job();
        let cost = |cpus, idle, saved| ExerciseCost {
            name: "one".parse().unwrap(),
            lab: "web".parse().unwrap(),
            nodes: 2,
            cpus,
            idle,
            worked_on: idle * 2,
            full: 100,
            disks: 10,
            saved,
            measured: false,
            handed_in: None,
            starts: 3,
            grading: Lasting::default(),
        };
        let exercises = [cost(2, 50, 20), cost(4, 30, 40)];
        let machine = Machine { memory: 1100, disk: 1000, cpus: 16 };
        let rows = resources(&exercises, 9, &machine, &job).unwrap();
        let most: Vec<u64> = rows.iter().map(|row| row.most).collect();
        // Disk: hand-ins of 20 and 40, two more states of 40, growth of 10; once: 3 starts and a baseline of
        // each, and a graded copy.
        assert_eq!((rows[2].each, rows[2].shared), (150, 3 * 20 + 3 * 40 + 40 + 50));
        assert_eq!(most, [20, 10, 4, 4]);
        assert_eq!(rows[0].needed, 9 * 50 + 100);
        let packed = exercises.map(|one| ExerciseCost { handed_in: Some(5), ..one });
        let rows = resources(&packed, 9, &machine, &job).unwrap();
        assert_eq!(rows[2].each, 150 - 20 - 40 + 2 * 5, "only hand-ins are packed");
    }
}
