//! `lab exercise show` and `lab task`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::attempt::Ongoing;
use super::find;
use crate::app::error::AppError;
use crate::app::job::Job;
use crate::app::request::Request;
use crate::base::folder::Access;
use crate::exercise::{CheckKind, Exercise, Language, Level, Localized, Replay, Seen, draw, words};
use crate::model::{CheckName, ExerciseName, InstanceName, LabName, Millis};

/// Shows what an exercise is about, without its solution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Show {
    /// The exercise: its name, or the path of its folder.
    pub exercise: String,
    /// Whether to show also what gives the cause away, for its author: the public cases.
    #[serde(default)]
    pub author: bool,
}

/// Shows the task of the attempt on an instance.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ShowTask {
    /// The instance. Default: the only one with an exercise.
    pub instance: Option<InstanceName>,
}

/// What can be told of an exercise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Shown {
    /// Its name.
    pub name: ExerciseName,
    /// Its lab.
    pub lab: LabName,
    /// Its title.
    pub title: Localized,
    /// The task, as Markdown.
    pub task: Localized,
    /// How hard it is.
    pub level: Level,
    /// The planned time.
    pub time: Millis,
    /// Its languages.
    pub languages: Vec<Language>,
    /// What a student learns.
    pub skills: Vec<String>,
    /// Exercises to do before.
    pub after: Vec<ExerciseName>,
    /// The public cases that it is made from, if its author asked: they give the cause away.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<String>,
    /// The checks with their points, in order.
    pub checks: Vec<(CheckName, Localized, u32)>,
    /// The questions.
    pub questions: Vec<Question>,
    /// The prices of the hints, in percent.
    pub hints: Vec<u32>,
    /// The share of all points that passes, in percent.
    pub pass: u32,
    /// The files that count, if a fresh lab with them is graded: `/etc/ha.d/**`, or `node1:/etc/hosts` of one
    /// node. None if a copy is graded.
    pub files: Option<Vec<String>>,
}

/// A question of an exercise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Question {
    /// The check that asks.
    pub check: CheckName,
    /// The question.
    pub question: Localized,
    /// The words to choose from; empty if any text is an answer.
    pub among: Vec<String>,
}

impl Request for Show {
    type Outcome = Shown;
    const NAME: &'static str = "exercise show";

    fn perform(&self, job: &Job) -> Result<Shown, AppError> {
        let found = find::find(job, &self.exercise, Access::Any)?;
        // Values of no student: the task of an attempt has those of the attempt.
        let read = found.read(&draw(&found.source.variables(), 0))?;
        let sources = if self.author { read.exercise.sources.clone() } else { Vec::new() };
        Ok(Shown { sources, ..shown(read.exercise, read.loaded.lab.name) })
    }
}

impl Request for ShowTask {
    type Outcome = Shown;
    const NAME: &'static str = "task";

    fn perform(&self, job: &Job) -> Result<Shown, AppError> {
        let ongoing = Ongoing::of(job, self.instance.as_ref())?;
        Ok(shown(ongoing.exercise, ongoing.lab.name))
    }
}

/// The files of a replay, those of single nodes as in `lab cp`.
fn files(replay: &Replay) -> Vec<String> {
    let own =
        replay.nodes.iter().flat_map(|(node, files)| files.iter().map(move |file| format!("{node}:{file}")));
    replay.all.iter().map(ToString::to_string).chain(own).collect()
}

/// The task in each language, as Markdown.
pub fn task(exercise: &Exercise) -> Localized {
    let mut task = Localized::default();
    for (language, text) in &exercise.tasks {
        task.set(*language, text.clone());
    }
    task
}

/// The questions of an exercise, in order.
pub fn questions(exercise: &Exercise) -> Vec<Question> {
    let question = |check: &crate::exercise::Check| match &check.kind {
        CheckKind::Answer { question, among, .. } => Some((question.clone(), among.clone())),
        CheckKind::Guess { question, .. } => Some((question.clone(), Vec::new())),
        _ => None,
    };
    let questions = exercise.checks.iter().filter_map(|check| {
        let (question, among) = question(check)?;
        Some(Question { check: check.name.clone(), question, among })
    });
    questions.collect()
}

/// The files that count, if a fresh lab with them is graded.
pub fn counting_files(exercise: &Exercise) -> Option<Vec<String>> {
    exercise.replay.as_ref().map(files)
}

/// What was seen, in each language.
pub fn in_each_language(seen: &Seen) -> Localized {
    let mut text = Localized::default();
    for language in Language::ALL {
        text.set(language, words::seen(seen, language));
    }
    text
}

fn shown(exercise: Exercise, lab: LabName) -> Shown {
    Shown {
        questions: questions(&exercise),
        checks: exercise
            .checks
            .iter()
            .map(|check| (check.name.clone(), check.title.clone(), check.points))
            .collect(),
        hints: exercise.hints.iter().map(|hint| hint.cost).collect(),
        pass: exercise.score.pass,
        files: counting_files(&exercise),
        task: task(&exercise),
        name: exercise.name,
        title: exercise.title,
        level: exercise.level,
        time: exercise.time,
        languages: exercise.languages,
        skills: exercise.skills,
        after: exercise.after,
        sources: Vec::new(),
        lab,
    }
}
