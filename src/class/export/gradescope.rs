//! Results for Gradescope: an array with the `results.json` of each student.
//!
//! What Gradescope's specification of autograders says, as far as this file depends on it:
//!
//! - `results.json` has a `score`, or one in each test; the former replaces the sum of the latter. Hints and
//!   delay cost points of no single check, so `score` is always there.
//! - A test has `name`, `number`, `output`, `tags`, `score`, `max_score` and `status`, all optional. `status`
//!   is `passed` or `failed`. A check that is open has neither a status nor a score, and the tag `open`.
//! - `visibility` is for students: `after_published` shows the results when the teacher publishes them.
//! - `extra_data` is kept and not shown. It says which student and which exercises these are.
//!
//! A student who handed nothing in has no result, since one without points would be a zero.

use serde::Serialize;
use serde_json::Value;

use super::words::{self, number};
use super::{Export, ExportError};
use crate::base::text::{self, one_line};
use crate::class::gradebook::{Cell, ExerciseColumn, GradeRow, Gradebook};
use crate::exercise::Language;
use crate::exercise::State;

#[derive(Serialize)]
struct Results<'a> {
    score: Value,
    output: String,
    visibility: &'static str,
    extra_data: Extra<'a>,
    tests: Vec<Test>,
}

#[derive(Serialize)]
struct Extra<'a> {
    seat: String,
    name: &'a str,
    id: &'a Option<String>,
    email: &'a Option<String>,
    exercises: Vec<Exercise<'a>>,
}

#[derive(Serialize)]
struct Exercise<'a> {
    name: &'a str,
    handed_in: bool,
    open: bool,
    late: bool,
}

#[derive(Serialize)]
struct Test {
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<u32>,
    max_score: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
    name: String,
    number: String,
    output: String,
    tags: Vec<String>,
}

/// The results of all students who handed something in.
pub fn gradescope(gradebook: &Gradebook, language: Language) -> Result<Export, ExportError> {
    let mut notes = Vec::new();
    let mut all = Vec::new();
    for row in &gradebook.rows {
        if row.results(&gradebook.exercises).any(|(_, cell)| cell.is_some()) {
            all.push(results(row, &gradebook.exercises, language));
        } else {
            let name = one_line(&row.student.name);
            notes.push(format!("{} {name} is left out: nothing was handed in", row.student.seat));
        }
    }
    notes.extend(super::open(&gradebook.rows, &gradebook.exercises, "those so far"));
    let text = serde_json::to_string_pretty(&all)?;
    Ok(Export { text: text::json(&text).into_owned() + "\n", notes })
}

fn results<'a>(row: &'a GradeRow, exercises: &'a [ExerciseColumn], language: Language) -> Results<'a> {
    let mut tests = Vec::new();
    let mut output = Vec::new();
    let mut total = 0;
    for (place, (exercise, cell)) in (1..).zip(row.results(exercises)) {
        let title = one_line(&exercise.title);
        let Some(cell) = cell else {
            output.push(format!("{title}: {}", words::nothing(language)));
            continue;
        };
        total += cell.points(exercise.of);
        let parts = [words::verdict(language, cell).to_owned(), words::points(language, cell, exercise.of)];
        let parts: Vec<String> = parts.into_iter().chain(words::marks(language, cell)).collect();
        output.push(format!("{title}: {}", parts.join("; ")));
        tests.extend(cases(place, exercise, cell, language));
    }
    let exercise = |(exercise, cell): (&'a ExerciseColumn, Option<&Cell>)| Exercise {
        name: exercise.name.as_str(),
        handed_in: cell.is_some(),
        open: cell.is_some_and(|cell| cell.open),
        late: cell.is_some_and(|cell| cell.late),
    };
    let student = &row.student;
    let extra_data = Extra {
        seat: student.seat.to_string(),
        name: &student.name,
        id: &student.id,
        email: &student.email,
        exercises: row.results(exercises).map(exercise).collect(),
    };
    let visibility = "after_published";
    Results { score: number(total), output: output.join("\n"), visibility, extra_data, tests }
}

fn cases(
    place: usize,
    exercise: &ExerciseColumn,
    cell: &Cell,
    language: Language,
) -> impl Iterator<Item = Test> {
    (1..).zip(&cell.checks).map(move |(number, check)| {
        let state = words::state(language, check.state);
        let seen = words::seen(check);
        let mut tags = vec![exercise.name.to_string()];
        tags.extend((!check.decided()).then(|| "open".to_owned()));
        Test {
            score: check.decided().then_some(check.points),
            max_score: check.of,
            status: match check.state {
                State::Passed => Some("passed"),
                State::Failed => Some("failed"),
                State::Inconclusive | State::Open => None,
            },
            name: format!("{}: {}", one_line(&exercise.title), one_line(&check.title)),
            number: format!("{place}.{number}"),
            output: if seen.is_empty() { state.to_owned() } else { format!("{state}: {seen}") },
            tags,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::class::export::fixture;

    #[test]
    fn each_student_with_a_hand_in_has_results() {
        let export = gradescope(&fixture::gradebook(), Language::En).unwrap();
        let all: Vec<Value> = serde_json::from_str(&export.text).unwrap();
        assert_eq!(export.text, include_str!("golden/gradescope.json"));
        assert_eq!(all.len(), 2);
        assert_eq!((&all[1]["score"], &all[1]["tests"][0]["status"]), (&0.into(), &"failed".into()));
        assert_eq!(all[1]["extra_data"]["exercises"][1]["handed_in"], false);
        assert_eq!(export.notes[0], "s02 =Lovelace, Ada is left out: nothing was handed in");
    }
}
