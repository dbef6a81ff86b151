//! Replays a hand-in: takes its listed files from its disks, puts them into a fresh lab, and saves that as
//! the checkpoint that is graded.
//!
//! The student was root of the hand-in and never of the fresh lab. So a fake is in the listed files, where a
//! person sees it, or it is gone. They are kept beside the records of the grading.

mod write;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use super::copy::Copy;
use super::{grade, power};
use crate::app::drill::program;
use crate::app::error::AppError;
use crate::app::job::Job;
use crate::base::words::several;
use crate::checkpoint::Checkpoint;
use crate::disk::{Content, Taken};
use crate::exercise::{Exercise, Replay};
use crate::model::spec::{Digest, HealthCheck};
use crate::model::{CheckpointId, ForExercise, InstanceName, NodeName};

/// How long the lab may take to become healthy with the files. One that does not is graded as it is then.
const HEALTHY: Duration = Duration::from_secs(60);

/// What is replayed.
pub struct Replaying<'a> {
    /// The operation.
    pub job: &'a Job,
    /// The exercise.
    pub exercise: &'a Exercise,
    /// The instance of the student.
    pub instance: &'a InstanceName,
    /// The start, in which the student never was root.
    pub start: &'a Checkpoint,
    /// The folder of the records.
    pub records: &'a Path,
}

impl Replaying<'_> {
    /// The checkpoint that is graded: the hand-in itself, or the start with its files if the exercise says
    /// so.
    ///
    /// # Errors When a disk of the hand-in cannot be read, the fresh lab cannot be made, or the operation is
    /// cancelled.
    pub fn graded(&self, handed_in: Checkpoint) -> Result<Checkpoint, AppError> {
        let Some(replay) = &self.exercise.replay else { return Ok(handed_in) };
        self.job.say(format!("{}: putting the files that count into a fresh lab", self.exercise.name));
        let mut copy = Copy::of(self.job, self.instance, &handed_in, self.records)?;
        copy.fresh()?;
        let taken = self.taken(&copy, replay)?;
        let id = self.id(&handed_in);
        self.keep(&id, &taken)?;
        copy.fresh_from(self.start)?;
        for (node, taken) in &taken {
            write::files(self.job, &copy, node, &replay.of(node), taken)?;
        }
        self.restarted(&copy)?;
        grade::save_as(
            &self.job.in_background(),
            copy.locked()?,
            self.instance,
            &id,
            format!("replayed: {} on {}", self.exercise.name, self.instance),
        )?;
        super::attempt::checkpoint(self.job, &id)
    }

    fn id(&self, handed_in: &Checkpoint) -> CheckpointId {
        // A changed exercise may take other files from the same hand-in.
        let made_from = (handed_in.id().to_string(), self.start.id().to_string(), &self.exercise.replay);
        CheckpointId::of_exercise(handed_in.id().lab(), ForExercise::Replayed, &Digest::of(&made_from))
    }

    /// The files of each node that has some in the list, from its disk. What a node had not yet written to
    /// it, it writes while it shuts down.
    fn taken(&self, copy: &Copy<'_>, replay: &Replay) -> Result<BTreeMap<NodeName, Taken>, AppError> {
        for node in power::all_off(self.job, copy.locked()?)? {
            self.job.warn(format!("{node} of the hand-in did not shut down, so its power was cut"));
        }
        let (program, locked) = (program()?, copy.locked()?);
        let mut all = BTreeMap::new();
        for node in &locked.instance.desired.nodes {
            let patterns = replay.of(&node.name);
            if patterns.is_empty() {
                continue;
            }
            let taken = locked
                .provider
                .read_files(&node.name, &patterns, &program, self.job.cancel())
                .map_err(|error| AppError::from(error).hint("the hand-in cannot be graded: look at it"))?;
            self.tell(&node.name, &taken);
            all.insert(node.name.clone(), taken);
        }
        Ok(all)
    }

    fn tell(&self, node: &NodeName, taken: &Taken) {
        let files = taken.files.values().filter(|file| file.content != Content::Folder).count();
        self.job.say(format!("{} of {node}", several(files, "file")));
        for remark in &taken.left_out {
            self.job.warn(format!("{node}: left out: {remark}"));
        }
    }

    /// Keeps the files beside the records, as an archive for each node.
    fn keep(&self, id: &CheckpointId, all: &BTreeMap<NodeName, Taken>) -> Result<(), AppError> {
        let unwritable = |error| AppError::failed("the files of the hand-in cannot be kept").because(error);
        let folder = self.records.join(id.name().as_str());
        fs_err::create_dir_all(&folder).map_err(unwritable)?;
        for (node, taken) in all {
            let file = fs_err::File::create(folder.join(format!("{node}.tar"))).map_err(unwritable)?;
            write::archive(taken, file).map_err(unwritable)?;
        }
        Ok(())
    }

    /// Starts all nodes again, so that each reads its files, and waits for the lab. What does not work with
    /// these files is what the student handed in.
    fn restarted(&self, copy: &Copy<'_>) -> Result<(), AppError> {
        power::all_off(self.job, copy.locked()?)?;
        for node in power::all_on(self.job, copy.locked()?)? {
            self.job.warn(format!("{node} does not start with the files of the hand-in, and stays off"));
        }
        let checks: Vec<&HealthCheck> = copy.locked()?.instance.desired.checks.iter().collect();
        if !copy.unhealthy(&checks, HEALTHY)?.is_empty() {
            self.job.say("the lab is not healthy with the files of the hand-in; it is graded as it is");
        }
        Ok(())
    }
}
