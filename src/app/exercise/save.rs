//! `lab save` and `lab load`: save points of an attempt.

use std::time::{Duration, Instant};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::attempt::{self, Ongoing};
use super::grade;
use crate::app::checkpoint::put_back;
use crate::app::error::AppError;
use crate::app::job::Job;
use crate::app::locked::Locked;
use crate::app::request::{Request, Subject};
use crate::diagnostic::suggestion;
use crate::exercise::log::{Event, Line, Log};
use crate::model::spec::Digest;
use crate::model::{CheckpointId, CheckpointName, ForExercise, InstanceName, LabName};

/// The most save points of an attempt: each has the memories of all nodes.
const MOST: usize = 3;

/// Saves the present state of an instance as a save point of its attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Save {
    /// The name of the save point.
    pub name: CheckpointName,
    /// The instance. Default: the only one with an exercise.
    #[serde(default)]
    pub instance: Option<InstanceName>,
}

/// Puts an instance back to a save point of its attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Load {
    /// The name of the save point.
    pub name: CheckpointName,
    /// The instance. Default: the only one with an exercise.
    #[serde(default)]
    pub instance: Option<InstanceName>,
}

impl Request for Save {
    /// How long it took.
    type Outcome = Duration;
    const NAME: &'static str = "save";
    const GROWS: bool = true;

    fn changes(&self) -> Option<Subject> {
        Some(Subject(self.instance.iter().map(ToString::to_string).collect()))
    }

    fn perform(&self, job: &Job) -> Result<Duration, AppError> {
        let begin = Instant::now();
        let mut ongoing = Ongoing::of(job, self.instance.as_ref())?;
        let saved = names(ongoing.lines());
        if saved.contains(&&self.name) {
            return Err(AppError::failed(format!("there is a save point `{}` already", self.name))
                .hint("choose another name"));
        }
        if saved.len() >= MOST {
            return Err(AppError::failed(format!("an attempt has at most {MOST} save points"))
                .hint(format!("`lab load {}` goes back to one", saved[0])));
        }
        let quiet = job.in_background();
        let locked = Locked::acquire(&quiet, &ongoing.instance, "lab save")?;
        let note = format!("{}: {} on {}", self.name, ongoing.exercise.name, ongoing.instance);
        grade::save(&quiet, &locked, &id(&ongoing, &self.name)?, note)?;
        ongoing.note(Event::Saved { name: self.name.clone() })?;
        Ok(begin.elapsed())
    }
}

impl Request for Load {
    /// How long it took.
    type Outcome = Duration;
    const NAME: &'static str = "load";
    const GROWS: bool = true;

    fn changes(&self) -> Option<Subject> {
        Some(Subject(self.instance.iter().map(ToString::to_string).collect()))
    }

    fn perform(&self, job: &Job) -> Result<Duration, AppError> {
        let begin = Instant::now();
        let mut ongoing = Ongoing::of(job, self.instance.as_ref())?;
        let saved = names(ongoing.lines());
        if !saved.contains(&&self.name) {
            let known = saved.iter().map(|name| name.as_str()).collect::<Vec<_>>();
            let error = AppError::not_found(format!("there is no save point `{}`", self.name));
            return Err(match known.is_empty() {
                true => error.hint("`lab save NAME` makes one"),
                false => error.hint(suggestion(self.name.as_str(), "save point", known)),
            });
        }
        let from = attempt::checkpoint(job, &id(&ongoing, &self.name)?)?;
        let quiet = job.in_background();
        let mut locked = Locked::acquire_unsettled(&quiet, &ongoing.instance, "lab load")?;
        put_back(&from, &mut locked, "lab load", &quiet)?;
        drop(locked);
        ongoing.note(Event::Loaded { name: self.name.clone() })?;
        grade::tidy(job, &ongoing.instance)?;
        Ok(begin.elapsed())
    }
}

/// The names of the save points of an attempt, in order.
pub fn names(lines: &[Line]) -> Vec<&CheckpointName> {
    lines
        .iter()
        .filter_map(|line| match &line.event {
            Event::Saved { name } => Some(name),
            _ => None,
        })
        .collect()
}

/// The checkpoint of a save point: of this attempt, so that two attempts can use the same name.
pub fn id(ongoing: &Ongoing, name: &CheckpointName) -> Result<CheckpointId, AppError> {
    Ok(id_in(&ongoing.log, &ongoing.instance, &ongoing.attempt()?.lab, name))
}

/// The same, from the log of an instance.
pub fn id_in(log: &Log, instance: &InstanceName, lab: &LabName, name: &CheckpointName) -> CheckpointId {
    let begun = log.lines().iter().rev().find(|line| matches!(line.event, Event::Started(_)));
    let made_from = (instance.as_str(), begun.map(|line| line.number), name.as_str());
    CheckpointId::of_exercise(lab, ForExercise::SavePoint, &Digest::of(&made_from))
}
