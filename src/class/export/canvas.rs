//! The gradebook of a Canvas course: *Gradebook → Import*.
//!
//! What Canvas's importer does (`lib/gradebook_importer.rb` and `Assignment.title_and_id` of canvas-lms), as
//! far as this file depends on it:
//!
//! - The columns `Student`, `ID`, `SIS User ID`, `SIS Login ID` and `Section` come first, in this order.
//! - A student is found by Canvas's own `ID`, else by the SIS id, else by the login, else by the name. A
//!   roster does not have Canvas's own number, so that column is empty. It does not say either whether its id
//!   is a SIS id or a login, so it is in both columns; without an id the address is the login, as many
//!   schools have it.
//! - An assignment is found by a number in parentheses at the end of its heading, which is Canvas's own, else
//!   by its title, which is the whole heading. So the name of the exercise in parentheses is no such number,
//!   and a second import finds the assignments of the first.
//! - A column whose heading contains a word of [`RESERVED`] is skipped without a message.
//! - A row whose first field contains `Points Possible` has the points of the assignments.
//! - An empty field is no grade: it also clears one that Canvas has. Grades have two decimals.

use super::Export;
use super::words::decimal;
use crate::base::text::one_line;
use crate::class::gradebook::{ExerciseColumn, Gradebook};
use crate::class::roster::Student;
use crate::class::sheet::table;

/// The columns of a student.
const HEADS: [&str; 5] = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"];

/// Canvas takes a column with one of these in its heading for one that it has computed itself.
const RESERVED: [&str; 9] = [
    "Current Score",
    "Current Points",
    "Current Grade",
    "Final Score",
    "Final Points",
    "Final Grade",
    "Override Score",
    "Override Grade",
    "Override Status",
];

/// The points as CSV for Canvas.
pub fn canvas(gradebook: &Gradebook) -> Export {
    let heads = HEADS.iter().map(|head| (*head).to_owned());
    let head = heads.chain(gradebook.exercises.iter().map(heading)).collect();
    let of = gradebook.exercises.iter().map(|exercise| exercise.of.to_string());
    let possible = ["    Points Possible", "", "", "", ""].map(str::to_owned).into_iter().chain(of).collect();
    let lines = gradebook.rows.iter().map(|row| {
        let mut line = student(&row.student, &gradebook.title);
        for (exercise, cell) in row.results(&gradebook.exercises) {
            let points = cell.filter(|cell| !cell.open).map(|cell| decimal(cell.points(exercise.of)));
            line.push(points.unwrap_or_default());
        }
        line
    });
    let text = table([head, possible].into_iter().chain(lines));
    let mut notes = Vec::new();
    for row in &gradebook.rows {
        let Student { seat, name, id, email, .. } = &row.student;
        if id.is_none() && email.is_none() {
            notes.push(format!("{seat} {}: Canvas can find this student only by the name", one_line(name)));
        }
    }
    notes.extend(super::open(&gradebook.rows, &gradebook.exercises, "left empty"));
    Export { text, notes }
}

fn student(student: &Student, section: &str) -> Vec<String> {
    let Student { name, id, email, .. } = student;
    let login = id.as_ref().or(email.as_ref()).cloned().unwrap_or_default();
    vec![name.clone(), String::new(), id.clone().unwrap_or_default(), login, section.to_owned()]
}

fn heading(exercise: &ExerciseColumn) -> String {
    let ExerciseColumn { name, title, .. } = exercise;
    match RESERVED.iter().any(|word| title.contains(word)) {
        true => name.to_string(),
        false => format!("{} ({name})", one_line(title)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::class::export::fixture;

    #[test]
    fn the_columns_are_those_of_canvas_and_open_points_are_empty() {
        let export = canvas(&fixture::gradebook());
        assert_eq!(export.text, include_str!("golden/canvas.csv"));
        assert_eq!(export.notes.len(), 1, "{:?}", export.notes);
        assert!(export.notes[0].starts_with("s01 Siti \"S\" O'Brien, deaf: the points are open"));
        csv::Reader::from_reader(export.text.as_bytes()).records().collect::<Result<Vec<_>, _>>().unwrap();
    }

    #[test]
    fn no_heading_is_skipped_or_taken_for_a_number() {
        let mut exercise = fixture::gradebook().exercises.remove(0);
        exercise.title = "The Final Score (7)".to_owned();
        assert_eq!(heading(&exercise), "two-truths");
        exercise.title = "Round (7)".to_owned();
        assert_eq!(heading(&exercise), "Round (7) (two-truths)");
    }

    #[test]
    fn a_student_without_id_and_address_is_noted() {
        let mut gradebook = fixture::gradebook();
        gradebook.rows[1].student.id = None;
        assert_eq!(
            canvas(&gradebook).notes[0],
            "s02 =Lovelace, Ada: Canvas can find this student only by the name"
        );
    }
}
