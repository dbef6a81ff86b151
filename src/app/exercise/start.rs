//! `lab start`: brings the lab of an exercise up, and puts it into the exercise's start.

use std::time::{Duration, Instant};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::attempt::{self, goes_on, unusable};
use super::find;
use super::start_state::{self, Proof};
use crate::app::drill::any_seed;
use crate::app::error::{AppError, ErrorKind};
use crate::app::job::Job;
use crate::app::locked::Locked;
use crate::app::request::{Request, Subject};
use crate::app::up::{Up, UpHow};
use crate::app::wanted::Wish;
use crate::exercise::log::{Attempt, Event};
use crate::exercise::{Localized, draw};
use crate::model::{ExerciseName, InstanceName, LabName, Millis};

/// Begins an exercise on an instance. The lab comes up first if it is not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Start {
    /// The exercise: its name, or the path of its folder.
    pub exercise: String,
    /// The name of the instance. Default: that of the lab.
    #[serde(default)]
    pub instance: Option<InstanceName>,
    /// The seed of its variables and hidden checks.
    #[serde(default)]
    pub seed: Option<u64>,
}

/// An attempt that began.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Started {
    /// The instance.
    pub instance: InstanceName,
    /// Its lab.
    pub lab: LabName,
    /// The exercise.
    pub exercise: ExerciseName,
    /// Its title.
    pub title: Localized,
    /// The planned time.
    pub time: Millis,
    /// The task in each language, as Markdown.
    pub task: Localized,
    /// How long it took.
    pub took: Duration,
}

impl Request for Start {
    type Outcome = Started;
    const NAME: &'static str = "start";
    const GROWS: bool = true;

    fn changes(&self) -> Option<Subject> {
        let subject = self.instance.as_ref().map_or_else(|| self.exercise.clone(), ToString::to_string);
        Some(Subject(vec![subject]))
    }

    fn perform(&self, job: &Job) -> Result<Started, AppError> {
        let begin = Instant::now();
        let found = find::find(job, &self.exercise, job.trusted()).map_err(|error| match error.kind {
            ErrorKind::NotFound => {
                error.hint("`lab up LAB` brings a lab up; `lab node start NODE` switches a node on")
            }
            _ => error,
        })?;
        let seed = self.seed.unwrap_or_else(any_seed);
        let values = draw(&found.source.variables(), seed);
        let read = found.read(&values)?;
        let exercise = &read.exercise;
        let name = match &self.instance {
            Some(name) => name.clone(),
            None => read.loaded.lab.name.as_str().parse().map_err(|error| {
                AppError::usage(format!("`{}` is no name of an instance", read.loaded.lab.name))
                    .because(error)
                    .hint("choose one with `--as NAME`")
            })?,
        };
        if let Some((other, _)) = attempt::open(&job.state, &name)?.current() {
            return Err(goes_on(&name, &other.exercise));
        }
        self.bring_up(job, &found.lab, &name, &exercise.settings)?;
        let mut locked = Locked::acquire(&job.in_background(), &name, "lab start")?;
        let start = start_state::enter(job, &mut locked, exercise, Proof::Quick)?;
        let record = attempt::start_record(&job.state, start.id());
        let begun = Attempt {
            exercise: exercise.name.clone(),
            digest: found.source.digest(),
            lab: read.loaded.lab.name.clone(),
            found_by: found.lab.clone(),
            seed,
            values,
            start: start.id().clone(),
            start_record: attempt::is_there(&record).then(|| record.display().to_string()),
        };
        let mut log = attempt::open(&job.state, &name)?;
        log.append(Event::Started(Box::new(begun))).map_err(unusable)?;
        let mut task = Localized::default();
        for (language, text) in &exercise.tasks {
            task.set(*language, text.clone());
        }
        Ok(Started {
            instance: name,
            lab: read.loaded.lab.name.clone(),
            exercise: exercise.name.clone(),
            title: exercise.title.clone(),
            time: exercise.time,
            task,
            took: begin.elapsed(),
        })
    }
}

impl Start {
    fn bring_up(
        &self,
        job: &Job,
        lab: &str,
        name: &InstanceName,
        settings: &[String],
    ) -> Result<(), AppError> {
        let wish = Wish {
            lab: Some(lab.to_owned()),
            name: Some(name.clone()),
            settings: settings.to_vec(),
            ..Wish::default()
        };
        let up = Up { wish, ..Up::default() }.perform(job)?;
        if up.how == UpHow::Stood {
            job.explain(format!("{name} is up already; its present state is replaced"));
        }
        Ok(())
    }
}
