//! The gradebook of a class as plain data: what [`super::export`] writes.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::roster::Student;
use crate::exercise::State;
use crate::model::{CheckName, ExerciseName};

/// All results of a class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Gradebook {
    /// The name of the class.
    pub class: String,
    /// Its title.
    pub title: String,
    /// When this was taken from the class.
    pub exported: Timestamp,
    /// The exercises, in the order of the class.
    pub exercises: Vec<ExerciseColumn>,
    /// A row for each student, in the order of the roster.
    pub rows: Vec<GradeRow>,
}

/// An exercise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ExerciseColumn {
    /// Its name.
    pub name: ExerciseName,
    /// Its title, in the language of the export.
    pub title: String,
    /// The points of all its checks.
    pub of: u32,
}

/// The results of a student.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct GradeRow {
    /// The student.
    pub student: Student,
    /// The result of each exercise, in their order; none where nothing was handed in.
    pub cells: Vec<Option<Cell>>,
}

/// The result of an exercise that was handed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Cell {
    /// The share of all points that is left after hints and delay, in hundredths of a percent: 0 to 10000.
    pub points_hundredths: u64,
    /// Whether it passes.
    pub passed: bool,
    /// Whether a check is neither passed nor failed, so that a teacher has to decide. Then the points are
    /// those so far.
    pub open: bool,
    /// Whether it was handed in after the end.
    pub late: bool,
    /// The number of hints that were taken.
    pub hints: u32,
    /// The outcome of each check.
    pub checks: Vec<CheckResult>,
    /// From the start to the hand-in, in minutes; none if it is not known.
    pub minutes: Option<u64>,
    /// The digest of the log at the hand-in, which the student has too.
    pub receipt: String,
}

/// The outcome of a check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CheckResult {
    /// Its name.
    pub name: CheckName,
    /// Its title, in the language of the export.
    pub title: String,
    /// Whether it passed.
    pub state: State,
    /// Its points.
    pub points: u32,
    /// The points that it could have.
    pub of: u32,
    /// What was seen, in the language of the export. It can contain output of guests, so it is hostile text.
    pub seen: Vec<String>,
}

impl GradeRow {
    /// Each exercise with its result; none where nothing was handed in.
    pub fn results<'a>(
        &'a self,
        exercises: &'a [ExerciseColumn],
    ) -> impl Iterator<Item = (&'a ExerciseColumn, Option<&'a Cell>)> {
        let cell = |place: usize| self.cells.get(place).and_then(Option::as_ref);
        exercises.iter().enumerate().map(move |(place, exercise)| (exercise, cell(place)))
    }
}

impl Gradebook {
    /// The same gradebook with seats instead of names, and without ids, addresses and groups.
    #[must_use]
    pub fn anonymous(&self) -> Self {
        let row = |row: &GradeRow| {
            let seat = row.student.seat;
            let student = Student { seat, name: seat.to_string(), id: None, email: None, group: None };
            GradeRow { student, cells: row.cells.clone() }
        };
        Self { rows: self.rows.iter().map(row).collect(), ..self.clone() }
    }
}

impl Cell {
    /// The points of an exercise with this count of points, in hundredths of a point, to the nearest.
    pub fn points(&self, of: u32) -> u64 {
        (self.points_hundredths.saturating_mul(u64::from(of)) + 50) / 100
    }
}

impl CheckResult {
    /// Whether it is decided: neither inconclusive, nor waiting for an answer.
    pub fn decided(&self) -> bool {
        matches!(self.state, State::Passed | State::Failed)
    }
}

#[cfg(test)]
mod tests {
    use crate::class::export::fixture;

    #[test]
    fn points_are_rounded_to_the_nearest_hundredth() {
        let cell = |points_hundredths| super::Cell { points_hundredths, ..fixture::passed() };
        for (share, of, points) in
            [(10_000, 40, 4000), (0, 40, 0), (6666, 3, 200), (9500, 7, 665), (3333, 1, 33)]
        {
            assert_eq!(cell(share).points(of), points, "{share} of {of}");
        }
    }

    #[test]
    fn an_anonymous_gradebook_has_no_student() {
        let anonymous = fixture::gradebook().anonymous();
        let text = format!("{anonymous:?}");
        for part in ["Siti", "Lovelace", "siti@", "001"] {
            assert!(!text.contains(part), "{part}");
        }
        assert_eq!(anonymous.rows.len(), fixture::gradebook().rows.len());
        assert_eq!(anonymous.rows[0].cells, fixture::gradebook().rows[0].cells);
    }
}
