//! The steps of a test, kept in a file, so that an interrupted test goes on.

use std::path::PathBuf;
use std::time::Instant;

use super::Step;
use crate::app::error::AppError;
use crate::app::job::Job;

/// The steps that were done.
pub struct Steps<'a> {
    file: PathBuf,
    /// In this test, in order.
    pub done: Vec<Step>,
    /// In an earlier test of the same files.
    before: Vec<Step>,
    /// Whether the instance of the test was made.
    pub used_instance: bool,
    job: &'a Job,
}

/// How a step ended.
pub struct Ended {
    /// Why it failed; none if it passed.
    pub failure: Option<String>,
    /// How many checks were repeated.
    pub repeated: u32,
}

impl Ended {
    /// A step in which nothing was repeated.
    pub fn with(failure: Option<String>) -> Self {
        Self { failure, repeated: 0 }
    }
}

impl<'a> Steps<'a> {
    /// The steps in a file. `again` forgets them.
    pub fn open(file: PathBuf, again: bool, job: &'a Job) -> Self {
        let kept = fs_err::read(&file).ok().and_then(|text| serde_json::from_slice(&text).ok());
        let before = if again { Vec::new() } else { kept.unwrap_or_default() };
        Self { file, done: Vec::new(), before, used_instance: false, job }
    }

    /// Does a step, unless it passed before.
    ///
    /// # Errors
    /// When the step proves nothing, or the steps cannot be written.
    pub fn perform(
        &mut self,
        title: String,
        work: impl FnOnce() -> Result<Ended, AppError>,
    ) -> Result<(), AppError> {
        if let Some(done) = self.passed_before(&title) {
            self.done.push(done.clone());
            return Ok(());
        }
        let begin = Instant::now();
        let Ended { failure, repeated } = work()?;
        let step = Step { failure, took: begin.elapsed(), title, repeated };
        match &step.failure {
            None => self.job.say(format!("passed: {}", step.title)),
            Some(failure) => self.job.warn(format!("failed: {}: {failure}", step.title)),
        }
        self.done.push(step);
        self.write()
    }

    /// Takes over all of these steps if each of them passed before.
    pub fn take_over(&mut self, titles: &[String]) -> bool {
        let passed: Option<Vec<Step>> =
            titles.iter().map(|title| self.passed_before(title).cloned()).collect();
        let Some(passed) = passed else { return false };
        self.done.extend(passed);
        true
    }

    /// Does a step again, also if it passed before.
    pub fn forget(&mut self, title: &str) {
        self.before.retain(|step| step.title != title);
    }

    fn passed_before(&self, title: &str) -> Option<&Step> {
        self.before.iter().find(|step| step.title == title && step.failure.is_none())
    }

    /// Writes the steps of this test, and those of the earlier one that this one has not come to.
    fn write(&self) -> Result<(), AppError> {
        let unwritable = |error| AppError::failed("the test cannot be written down").because(error);
        let to_come = self.before.iter().filter(|step| self.done.iter().all(|done| done.title != step.title));
        let known: Vec<&Step> = self.done.iter().chain(to_come).collect();
        let text = serde_json::to_vec_pretty(&known).map_err(std::io::Error::from).map_err(unwritable)?;
        if let Some(folder) = self.file.parent() {
            fs_err::create_dir_all(folder).map_err(unwritable)?;
        }
        crate::base::write::atomically(&self.file, &text).map_err(unwritable)
    }
}
