//! `lab class export`: the gradebook of a class, for other programs.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::board::scored;
use super::find::{Place, Room};
use crate::app::error::{AppError, ErrorKind};
use crate::app::exercise::attempt::Past;
use crate::app::job::Job;
use crate::app::request::Request;
use crate::class::export::{self, ExportError, Format};
use crate::class::gradebook::{Cell, CheckResult, ExerciseColumn, GradeRow, Gradebook};
use crate::class::log::Submission;
use crate::class::roster::Names;
use crate::class::store::ClassExercise;
use crate::exercise::{Language, log, words};
use crate::model::ClassName;

/// Writes the gradebook of a class in a format of another program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Export {
    /// The class. Default: the one that is open.
    #[serde(default)]
    pub class: Option<ClassName>,
    /// The format.
    pub format: Format,
    /// The language of titles and of what was seen.
    #[serde(default)]
    pub language: Language,
    /// Write seats instead of names, ids and addresses.
    #[serde(default)]
    pub hide_names: bool,
}

/// A written gradebook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Exported {
    /// The text of the file.
    pub text: String,
    /// What a teacher has to know of it: who is left out, and which points are not in it yet.
    pub notes: Vec<String>,
}

impl Request for Export {
    type Outcome = Exported;
    const NAME: &'static str = "class export";

    fn perform(&self, job: &Job) -> Result<Exported, AppError> {
        let room = Room::of(&job.state, self.class.as_ref())?;
        let gradebook = gradebook(job, &room, self.language)?;
        let names = if self.hide_names { Names::Hidden } else { Names::Shown };
        let written = export::export(&gradebook, self.format, self.language, names);
        written.map(|done| Exported { text: done.text, notes: done.notes }).map_err(|error| match error {
            ExportError::NeedsNames(_) => AppError::new(ErrorKind::Usage, error.to_string())
                .hint("`--format csv` and `--format html` can be without names"),
            ExportError::Json(_) => AppError::failed(error.to_string()).because_sources(&error),
        })
    }
}

/// All results of a class. Those who share an instance have the same.
fn gradebook(job: &Job, room: &Room, language: Language) -> Result<Gradebook, AppError> {
    let column = |exercise: &ClassExercise| ExerciseColumn {
        name: exercise.name.clone(),
        title: exercise.title.get(language).to_owned(),
        of: exercise.points,
    };
    let mut rows = Vec::new();
    for student in &room.class.students {
        let place = room.place(student.seat)?;
        let cell = |exercise: &ClassExercise| {
            let submission = room.register.submission(place.bench.seat, &exercise.name);
            submission.map(|one| self::cell(job, room, &place, one, language)).transpose()
        };
        let cells = room.class.exercises.iter().map(cell).collect::<Result<_, _>>()?;
        rows.push(GradeRow { student: student.clone(), cells });
    }
    Ok(Gradebook {
        class: room.class.name.to_string(),
        title: room.class.title.get(language).to_owned(),
        exported: Timestamp::now(),
        exercises: room.class.exercises.iter().map(column).collect(),
        rows,
    })
}

/// The result of a hand-in. One that was not graded yet has no points, and a teacher has to decide.
fn cell(
    job: &Job,
    room: &Room,
    place: &Place,
    (number, submission): &(u64, Submission),
    language: Language,
) -> Result<Cell, AppError> {
    let past = room.graded_with(job, place, (*number, submission))?;
    let Past { exercise, lines, .. } = &past;
    let graded = room.register.graded.get(number);
    let outcomes = graded.map(Vec::as_slice).unwrap_or_default();
    let score = scored(&past, outcomes);
    let late = room.lateness(submission);
    let points = score.hundredths() * u64::from(100 - late) / 100;
    let began = room.register.began.get(&place.bench.seat).into_iter().flatten();
    let began = began.rev().find(|(name, at)| *name == submission.exercise && *at <= submission.paused);
    let minutes = began.map(|(_, at)| submission.paused.duration_since(*at).as_secs() / 60);
    let result = |outcome: &crate::exercise::Outcome| CheckResult {
        title: exercise
            .check(&outcome.check)
            .map(|check| check.title.get(language).to_owned())
            .unwrap_or_default(),
        name: outcome.check.clone(),
        state: outcome.state,
        points: outcome.points,
        of: outcome.of,
        seen: outcome.seen.iter().map(|seen| words::seen(seen, language)).collect(),
    };
    Ok(Cell {
        points_hundredths: points,
        passed: graded.is_some() && points >= u64::from(score.pass) * 100,
        open: graded.is_none() || score.open,
        late: late > 0,
        hints: u32::try_from(log::hints(lines).count()).unwrap_or(u32::MAX),
        checks: outcomes.iter().map(result).collect(),
        minutes: minutes.and_then(|minutes| u64::try_from(minutes).ok()),
        receipt: submission.receipt.clone(),
    })
}
