//! `lab hint`: the next hint that fits the last results.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::attempt::Ongoing;
use crate::app::error::AppError;
use crate::app::job::Job;
use crate::app::request::{Request, Subject};
use crate::exercise::log::{self, Event};
use crate::exercise::{Hint, Localized, State};
use crate::model::{CheckName, InstanceName};

/// Buys the next hint.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct TakeHint {
    /// The instance. Default: the only one with an exercise.
    pub instance: Option<InstanceName>,
}

/// A hint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct BoughtHint {
    /// Its number, from 1.
    pub number: usize,
    /// Its price, in percent of all points.
    pub cost: u32,
    /// The hint.
    pub text: Localized,
    /// How many hints there are.
    pub of: usize,
}

impl Request for TakeHint {
    /// None if no further hint fits.
    type Outcome = Option<BoughtHint>;
    const NAME: &'static str = "hint";

    fn changes(&self) -> Option<Subject> {
        Some(Subject(self.instance.iter().map(ToString::to_string).collect()))
    }

    fn perform(&self, job: &Job) -> Result<Self::Outcome, AppError> {
        let mut ongoing = Ongoing::of(job, self.instance.as_ref())?;
        let bought: Vec<usize> = log::hints(ongoing.lines()).map(|(number, _)| number).collect();
        let last = |name: &CheckName| state_of(&ongoing, name);
        let last: Option<&Last<'_>> = if ongoing.last().is_some() { Some(&last) } else { None };
        let Some(number) = next(&ongoing.exercise.hints, &bought, last) else { return Ok(None) };
        let Hint { cost, text, .. } = ongoing.exercise.hints[number - 1].clone();
        let of = ongoing.exercise.hints.len();
        ongoing.note_next(Event::Hinted { number, cost })?;
        Ok(Some(BoughtHint { number, cost, text, of }))
    }
}

fn state_of(ongoing: &Ongoing, name: &CheckName) -> Option<State> {
    let outcomes = ongoing.last()?;
    outcomes.iter().find(|outcome| outcome.check == *name).map(|outcome| outcome.state)
}

/// The last outcome of a check.
pub type Last<'a> = dyn Fn(&CheckName) -> Option<State> + 'a;

/// The number of the next hint, from 1: the first whose condition is true, else the first without one. Before
/// the first grading nothing is known, and the hints come in their order.
pub fn next(hints: &[Hint], bought: &[usize], last: Option<&Last<'_>>) -> Option<usize> {
    let open = || (1..).zip(hints).filter(|(number, _)| !bought.contains(number));
    let Some(last) = last else { return open().next().map(|(number, _)| number) };
    let fits = |hint: &Hint| hint.when.as_ref().is_some_and(|when| when.holds(last));
    let fitting = open().find(|(_, hint)| fits(hint));
    fitting.or_else(|| open().find(|(_, hint)| hint.when.is_none())).map(|(number, _)| number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_that_fits_comes_before_the_next_in_line() {
        let hint = |when: Option<&str>| Hint {
            cost: 5,
            when: when.map(|when| when.parse().unwrap()),
            text: Localized::default(),
        };
        let hints = [hint(None), hint(Some("equal fails")), hint(None)];
        let failing = |_: &CheckName| Some(State::Failed);
        let passing = |_: &CheckName| Some(State::Passed);
        assert_eq!(next(&hints, &[], Some(&failing)), Some(2));
        assert_eq!(next(&hints, &[2], Some(&failing)), Some(1));
        assert_eq!(next(&hints, &[], Some(&passing)), Some(1));
        assert_eq!(next(&hints, &[1, 3], Some(&passing)), None);
        assert_eq!(next(&hints, &[1, 3], None), Some(2), "nothing is known yet");
    }
}
