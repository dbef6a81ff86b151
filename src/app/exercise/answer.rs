//! `lab answer`: writes the answer to a question down.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::attempt::Ongoing;
use crate::app::error::AppError;
use crate::app::job::Job;
use crate::app::request::{Request, Subject};
use crate::base::text::one_line;
use crate::diagnostic::suggestion;
use crate::exercise::log::{self, Event};
use crate::exercise::{CheckKind, Localized};
use crate::model::{CheckName, InstanceName, Millis};

/// The longest answer, in characters.
const LONGEST: usize = 200;

/// Answers a question of the exercise, or predicts a figure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Answer {
    /// The check that asks.
    pub check: CheckName,
    /// The answer.
    pub answer: String,
    /// The instance. Default: the only one with an exercise.
    #[serde(default)]
    pub instance: Option<InstanceName>,
}

/// An answer that was written down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Answered {
    /// The question.
    pub question: Localized,
    /// How many more answers are judged.
    pub left: u32,
}

impl Request for Answer {
    type Outcome = Answered;
    const NAME: &'static str = "answer";

    fn changes(&self) -> Option<Subject> {
        Some(Subject(self.instance.iter().map(ToString::to_string).collect()))
    }

    fn perform(&self, job: &Job) -> Result<Answered, AppError> {
        let mut ongoing = Ongoing::of(job, self.instance.as_ref())?;
        let answer = one_line(self.answer.trim());
        if answer.is_empty() || answer.chars().count() > LONGEST {
            return Err(AppError::usage(format!("an answer has 1 to {LONGEST} characters")));
        }
        let given = u32::try_from(log::answers(ongoing.lines(), &self.check).count()).unwrap_or(u32::MAX);
        let (question, tries) = self.question(&ongoing, &answer)?;
        if given >= tries {
            return Err(AppError::failed(format!("all {tries} answers to `{}` were given", self.check)));
        }
        ongoing.note_next(Event::Answered { check: self.check.clone(), answer: answer.to_string() })?;
        Ok(Answered { question, left: tries - given - 1 })
    }
}

impl Answer {
    /// The question, and how many answers to it are judged. Refuses an answer that cannot be right.
    fn question(&self, ongoing: &Ongoing, answer: &str) -> Result<(Localized, u32), AppError> {
        match ongoing.exercise.check(&self.check).map(|check| &check.kind) {
            Some(CheckKind::Answer { question, among, tries, .. }) => {
                let known = || among.iter().map(String::as_str);
                if !among.is_empty() && !known().any(|word| word.eq_ignore_ascii_case(answer)) {
                    return Err(AppError::usage(format!("`{answer}` is not one of the choices"))
                        .hint(format!("they are {}", known().collect::<Vec<_>>().join(", "))));
                }
                Ok((question.clone(), *tries))
            }
            Some(CheckKind::Guess { question, .. }) => {
                answer.parse::<Millis>().map_err(|error| {
                    AppError::usage(error.to_string()).hint("predict a duration, such as `6500ms` or `7s`")
                })?;
                Ok((question.clone(), u32::MAX))
            }
            _ => {
                let asks =
                    |kind: &CheckKind| matches!(kind, CheckKind::Answer { .. } | CheckKind::Guess { .. });
                let known = ongoing.exercise.checks.iter().filter(|check| asks(&check.kind));
                let known: Vec<&str> = known.map(|check| check.name.as_str()).collect();
                let error = AppError::not_found(format!("the exercise has no question `{}`", self.check));
                Err(match known.is_empty() {
                    true => error.hint("it asks nothing: `lab grade` looks at the cluster"),
                    false => error.hint(suggestion(self.check.as_str(), "question", known)),
                })
            }
        }
    }
}
