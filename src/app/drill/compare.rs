//! `lab drill diff` and `lab drill compare`: compare records.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::group::group;
use super::records;
use crate::app::error::AppError;
use crate::app::job::Job;
use crate::app::request::Request;
use crate::model::drill::Figure;
use crate::model::{DrillName, InstanceName};
use crate::report::{self, Change, compare, compare_text, diff, diff_text};

/// Compares two series of a drill: does a change move the outage?
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DiffRuns {
    /// The runs before the change: a series, a record, or settings.
    pub before: String,
    /// The runs after it.
    pub after: String,
    /// The figure to compare. Default: the first that both have.
    #[serde(default)]
    pub figure: Option<Figure>,
    /// The drill whose records belong to the settings. Default: that of the newest record.
    #[serde(default)]
    pub drill: Option<DrillName>,
    /// The instance whose records are used.
    #[serde(default)]
    pub instance: Option<InstanceName>,
    /// The width of the text, in columns.
    pub width: usize,
}

/// The direction in which the change moves the figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shift {
    /// It makes it slower.
    Slower,
    /// It makes it faster.
    Faster,
    /// Neither is proven.
    Neither,
    /// There are too few runs for an answer.
    TooFewRuns,
}

/// The comparison of two series.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// The answer.
    pub shift: Shift,
    /// The comparison for programs.
    pub data: serde_json::Value,
    /// The comparison for people.
    pub text: String,
}

impl Request for DiffRuns {
    type Outcome = Difference;
    const NAME: &'static str = "drill diff";

    fn perform(&self, job: &Job) -> Result<Difference, AppError> {
        let read = |wanted| group(job, wanted, self.drill.as_ref(), self.instance.as_ref());
        let (before, after) = (read(&self.before)?, read(&self.after)?);
        if before.drill() != after.drill() {
            let (one, two) = (before.drill(), after.drill());
            return Err(AppError::usage(format!(
                "`{one}` and `{two}` are two drills: their figures are of different things"
            )));
        }
        let diff = diff(&before, &after, self.figure);
        let shift = match diff.change {
            Change::Slower => Shift::Slower,
            Change::Faster => Shift::Faster,
            Change::TooFewRuns => Shift::TooFewRuns,
            _ => Shift::Neither,
        };
        Ok(Difference { shift, data: report::json(&diff), text: diff_text(&diff, self.width) })
    }
}

/// Compares the drills of several labs, with the newest record of each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Compare {
    /// Instances with records, whether they still exist or not; at least two.
    pub instances: Vec<InstanceName>,
    /// The width of the text, in columns.
    pub width: usize,
}

/// The comparison of several labs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Compared {
    /// The comparison for programs.
    pub data: serde_json::Value,
    /// The comparison for people.
    pub text: String,
}

impl Request for Compare {
    type Outcome = Compared;
    const NAME: &'static str = "drill compare";

    fn perform(&self, job: &Job) -> Result<Compared, AppError> {
        let mut performed = Vec::new();
        for (place, name) in self.instances.iter().enumerate() {
            if self.instances.iter().take(place).any(|earlier| earlier == name) {
                return Err(AppError::usage(format!("`{name}` is there twice")));
            }
            performed.extend(records::newest_of_each(job, name)?);
        }
        let comparison = compare(&performed);
        Ok(Compared { data: report::json(&comparison), text: compare_text(&comparison, self.width) })
    }
}
