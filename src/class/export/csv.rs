//! All that is known as a table: one line for each check, or for each exercise without one.

use super::words::decimal;
use crate::class::gradebook::{Cell, CheckResult, ExerciseColumn, Gradebook};
use crate::class::roster::Student;
use crate::class::sheet::table;
use crate::exercise::State;

const HEADS: [&str; 20] = [
    "seat",
    "name",
    "id",
    "email",
    "group",
    "exercise",
    "title",
    "result",
    "percent",
    "points",
    "of",
    "late",
    "hints",
    "minutes",
    "receipt",
    "check",
    "check_title",
    "check_state",
    "check_points",
    "check_of",
];

/// The gradebook as CSV. The columns before `check` are those of the exercise, and are the same in all its
/// lines. `result` is `passed`, `failed` or `open`, and empty where nothing was handed in; the columns after
/// it are empty then too. Of an open result the points are those so far.
pub fn csv(gradebook: &Gradebook) -> String {
    let mut rows = vec![HEADS.iter().chain(&["seen"]).map(|head| (*head).to_owned()).collect()];
    for row in &gradebook.rows {
        for (exercise, cell) in row.results(&gradebook.exercises) {
            let own = [student(&row.student), result(exercise, cell)].concat();
            let checks = cell.map_or(&[][..], |cell| &cell.checks);
            rows.extend(checks.iter().map(|one| [own.clone(), check(one)].concat()));
            if checks.is_empty() {
                rows.push([own, vec![String::new(); 6]].concat());
            }
        }
    }
    table(rows)
}

fn student(student: &Student) -> Vec<String> {
    let Student { seat, name, id, email, group } = student;
    let or_empty = |field: &Option<String>| field.clone().unwrap_or_default();
    vec![seat.to_string(), name.clone(), or_empty(id), or_empty(email), or_empty(group)]
}

fn result(exercise: &ExerciseColumn, cell: Option<&Cell>) -> Vec<String> {
    let ExerciseColumn { name, title, of } = exercise;
    let head = [name.to_string(), title.clone()];
    let rest = match cell {
        None => [const { String::new() }; 8],
        Some(cell) => [
            match (cell.open, cell.passed) {
                (true, _) => "open",
                (false, true) => "passed",
                (false, false) => "failed",
            }
            .to_owned(),
            decimal(cell.points_hundredths),
            decimal(cell.points(*of)),
            of.to_string(),
            if cell.late { "yes" } else { "no" }.to_owned(),
            cell.hints.to_string(),
            cell.minutes.map_or_else(String::new, |minutes| minutes.to_string()),
            cell.receipt.clone(),
        ],
    };
    head.into_iter().chain(rest).collect()
}

fn check(check: &CheckResult) -> Vec<String> {
    let CheckResult { name, title, state, points, of, .. } = check;
    let state = match state {
        State::Passed => "passed",
        State::Failed => "failed",
        State::Inconclusive => "inconclusive",
        State::Open => "open",
    };
    // What a check without a decision has now is not its result.
    let points = if check.decided() { points.to_string() } else { String::new() };
    let seen = check.seen.join("; ");
    vec![name.to_string(), title.clone(), state.to_owned(), points, of.to_string(), seen]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::class::export::fixture;

    #[test]
    fn each_check_is_a_line_and_nothing_is_no_zero() {
        let text = csv(&fixture::gradebook());
        assert_eq!(text, include_str!("golden/csv.csv"));
        // The reader refuses rows of different lengths.
        let rows: Vec<csv::StringRecord> =
            csv::Reader::from_reader(text.as_bytes()).records().collect::<Result<_, _>>().unwrap();
        assert_eq!(rows.len(), 7);
        assert_eq!(&rows[2][20], "the measurement proves nothing");
    }
}
