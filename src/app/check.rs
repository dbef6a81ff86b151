//! `lab check`: reads a lab and everything that belongs to it, and makes nothing.

use serde::{Deserialize, Serialize};

use super::error::AppError;
use super::job::Job;
use super::lab;
use super::request::Request;
use super::wanted::parse_settings;
use crate::diagnostic::Diagnostics;
use crate::drill;

/// Checks a lab, its drills and its stacks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Check {
    /// The lab: a folder, a lab file, or the name of a bundled lab.
    pub lab: String,
    /// The text of the lab file, as an editor pipes it. What it names is looked for in the folder `lab`.
    #[serde(default)]
    pub text: Option<String>,
    /// Parameters to check it with: `deadtime=1500ms`.
    #[serde(default)]
    pub settings: Vec<String>,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Checked {
    /// All problems, warnings among them.
    pub problems: Diagnostics,
    /// What the lab has; none when something is wrong with it.
    pub counts: Option<Counts>,
    /// Whether the lab is right, and only this machine too small for it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub too_small: bool,
}

/// What a lab has.
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
            Some(text) => lab::piped(&self.lab, text, &job.state),
            None => lab::find(&self.lab, &job.state)?,
        };
        let loaded = lab::load(&source, &parse_settings(&self.settings)?, &job.state);
        let (mut problems, loaded, too_small) = match loaded {
            Ok(loaded) => (loaded.warnings.clone(), Some(loaded), false),
            Err(lab::Wrong { problems, too_small }) => (problems, None, too_small),
        };
        // Drills name what the lab has, so they can be checked only against one that is right.
        if let Some(lab) = loaded.as_ref().map(|loaded| &loaded.lab) {
            for part in lab::drills(&source)? {
                let wrong = drill::load(&part, lab).err().or_else(|| drill::sweep(&part, &source).err());
                wrong.into_iter().for_each(|wrong| problems.append(wrong));
            }
        }
        let right = loaded.filter(|_| !problems.has_errors());
        if let Some(loaded) = &right {
            // A stack of one's own may be wrong in itself, which shows only when it is rendered.
            lab::objects(&loaded.lab, &source.catalog)?;
        }
        let counts = right.map(|loaded| Counts {
            lab: loaded.lab.name.to_string(),
            nodes: loaded.lab.nodes.len(),
            networks: loaded.lab.networks.len().saturating_sub(1),
            stacks: loaded.lab.stacks.len(),
        });
        Ok(Checked { problems, counts, too_small })
    }
}
