//! `lab undo`: puts an instance back to the start of its exercise, memories included.

use std::time::{Duration, Instant};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::attempt::Ongoing;
use super::grade::tidy;
use crate::app::checkpoint::put_back;
use crate::app::error::AppError;
use crate::app::job::Job;
use crate::app::locked::Locked;
use crate::app::request::{Request, Subject};
use crate::exercise::log::Event;
use crate::model::InstanceName;

/// Puts an instance back to the start of its exercise. What hints cost stays.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Undo {
    /// The instance. Default: the only one with an exercise.
    pub instance: Option<InstanceName>,
}

impl Request for Undo {
    /// How long it took.
    type Outcome = Duration;
    const NAME: &'static str = "undo";
    const GROWS: bool = true;

    fn changes(&self) -> Option<Subject> {
        Some(Subject(self.instance.iter().map(ToString::to_string).collect()))
    }

    fn perform(&self, job: &Job) -> Result<Duration, AppError> {
        let begin = Instant::now();
        let mut ongoing = Ongoing::of(job, self.instance.as_ref())?;
        let start = ongoing.start(job)?;
        let quiet = job.in_background();
        let mut locked = Locked::acquire_unsettled(&quiet, &ongoing.instance, "lab undo")?;
        put_back(&start, &mut locked, "lab undo", &quiet)?;
        drop(locked);
        ongoing.note(Event::Undone)?;
        tidy(job, &ongoing.instance)?;
        Ok(begin.elapsed())
    }
}
