//! `lab check`: reads a lab and all its files, and creates nothing.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::error::AppError;
use super::exercise;
use super::job::Job;
use super::lab;
use super::request::Request;
use super::wanted::parse_settings;
use crate::base::folder::Access;
use crate::base::threads;
use crate::diagnostic::Diagnostics;
use crate::drill;
use crate::labfile::{LabSource, Setting};

/// Checks a lab, its drills and its stacks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Check {
    /// The lab: the path of a folder or of a lab file, or the name of a bundled or an installed lab.
    pub lab: String,
    /// The text of a lab file from an editor. Relative names in it refer to the folder `lab`.
    #[serde(default)]
    pub text: Option<String>,
    /// Parameters to check it with: `deadtime=1500ms`.
    #[serde(default)]
    pub settings: Vec<String>,
}

/// The result of a check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Checked {
    /// All problems, warnings among them.
    pub problems: Diagnostics,
    /// The contents of the lab; none if it has an error.
    pub counts: Option<Counts>,
    /// Whether the lab is right, and only this machine is too small for it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub too_small: bool,
}

/// The contents of a lab.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Its name.
    pub lab: String,
    /// How many nodes.
    pub nodes: usize,
    /// How many networks, without that of management.
    pub networks: usize,
    /// How many uses of stacks.
    pub stacks: usize,
}

impl Request for Check {
    type Outcome = Checked;
    const NAME: &'static str = "check";

    fn perform(&self, job: &Job) -> Result<Checked, AppError> {
        let source = match &self.text {
            Some(text) => lab::piped(&self.lab, text, &job.state)?,
            None => lab::find(&self.lab, &job.state, Access::Any)?,
        };
        of(&source, &parse_settings(&self.settings)?, job)
    }
}

/// Checks a lab that was found, its drills and its stacks.
///
/// # Errors
/// When a file of its stacks or images is wrong.
pub(super) fn of(source: &LabSource, settings: &[Setting], job: &Job) -> Result<Checked, AppError> {
    let loaded = lab::load(source, settings, &job.state);
    let (mut problems, loaded, too_small) = match loaded {
        Ok(loaded) => (loaded.warnings.clone(), Some(loaded), false),
        Err(lab::Wrong { problems, too_small }) => (problems, None, too_small),
    };
    // Drills refer to parts of the lab, so they can be checked only against a lab without errors.
    if let Some(lab) = loaded.as_ref().map(|loaded| &loaded.lab) {
        let wrong = |part: &_| drill::load(part, lab).err().or_else(|| drill::sweep(part, source).err());
        let found = threads::map(&lab::drills(source)?, wrong);
        found.into_iter().flatten().for_each(|wrong| problems.append(wrong));
    }
    if let Some(lab) = loaded.as_ref().map(|loaded| &loaded.lab) {
        let plain = settings.is_empty().then_some(lab);
        exercise::problems(source, plain)?.into_iter().for_each(|wrong| problems.append(wrong));
    }
    let right = loaded.filter(|_| !problems.has_errors());
    if let Some(loaded) = &right {
        // Some errors of a user's own stack show only when it is rendered.
        lab::objects(loaded, &source.catalog)?;
    }
    let counts = right.map(|loaded| Counts {
        lab: loaded.lab.name.to_string(),
        nodes: loaded.lab.nodes.len(),
        networks: loaded.lab.networks.len().saturating_sub(1),
        stacks: loaded.lab.stacks.len(),
    });
    Ok(Checked { problems, counts, too_small })
}
