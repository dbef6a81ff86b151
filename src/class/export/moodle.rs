//! The grades of a Moodle course: *Grades → Import → CSV file*.
//!
//! What Moodle's importer does (`grade/import/csv/classes/load_data.php` of Moodle, and its documentation of
//! grade imports), as far as this file depends on it:
//!
//! - Headings are free. The teacher selects one column that identifies the student, and the field that it is
//!   compared with: ID number, user name or e-mail address. Capitals count in addresses.
//! - A line without that text is imported for the student of the line before. So students without it are left
//!   out, and a column that only some students have is left out.
//! - One unknown student ends the whole import.
//! - A column becomes a new grade item, or replaces an existing one. A new one has at most 100 points, and a
//!   greater grade ends the import. So grades are percents of the exercise's points.
//! - An empty grade is no grade: it also clears one that Moodle has.
//! - Feedback can be imported only for an existing item, and together with its grade; without the grade, the
//!   grade is lost.

use std::collections::BTreeSet;

use super::Export;
use super::words::{decimal, feedback};
use crate::base::text::one_line;
use crate::class::gradebook::{ExerciseColumn, GradeRow, Gradebook};
use crate::class::roster::Student;
use crate::class::sheet::table;
use crate::exercise::Language;

/// A field that identifies students, with its heading in Moodle.
type Identity = (&'static str, fn(&Student) -> Option<&String>);

const IDENTITIES: [Identity; 2] =
    [("ID number", |student| student.id.as_ref()), ("Email address", |student| student.email.as_ref())];

/// The grades as CSV for Moodle, in percent.
pub fn moodle(gradebook: &Gradebook, language: Language) -> Export {
    let count =
        |(_, field): &Identity| gradebook.rows.iter().filter(|row| field(&row.student).is_some()).count();
    // The first of equal ones: `max_by_key` takes the last.
    let Some(main) = IDENTITIES.iter().rev().max_by_key(|own| count(own)) else { return Export::default() };
    let (rows, without): (Vec<&GradeRow>, Vec<&GradeRow>) =
        gradebook.rows.iter().partition(|row| main.1(&row.student).is_some());
    let complete = |own: &&Identity| rows.iter().all(|row| own.1(&row.student).is_some());
    let identities: Vec<&Identity> = IDENTITIES.iter().filter(complete).collect();
    let titles = titles(&gradebook.exercises);
    let mut head: Vec<String> = identities.iter().map(|(name, _)| (*name).to_owned()).collect();
    head.push("Full name".to_owned());
    head.extend(titles.iter().flat_map(|title| [title.clone(), format!("{title} (Feedback)")]));
    let mut notes: Vec<String> = Vec::new();
    for row in &without {
        let Student { seat, name, .. } = &row.student;
        notes.push(format!(
            "{seat} {} is left out: there is no {} for Moodle to find",
            one_line(name),
            main.0
        ));
    }
    let lines = rows.iter().map(|row| {
        let own = identities.iter().filter_map(|(_, field)| field(&row.student).cloned());
        let mut line: Vec<String> = own.collect();
        line.push(row.student.name.clone());
        for (exercise, cell) in row.results(&gradebook.exercises) {
            let grade = cell.filter(|cell| !cell.open).map(|cell| decimal(cell.points_hundredths));
            line.push(grade.unwrap_or_default());
            line.push(cell.map_or_else(String::new, |cell| feedback(language, cell, exercise.of)));
        }
        line
    });
    let text = table(std::iter::once(head).chain(lines));
    notes.extend(super::open(rows, &gradebook.exercises, "left empty"));
    Export { text, notes }
}

/// A heading for each exercise: its title, with its name if another one has the same.
fn titles(exercises: &[ExerciseColumn]) -> Vec<String> {
    let mut used = BTreeSet::new();
    let title = |exercise: &ExerciseColumn| {
        let title = one_line(&exercise.title).trim().to_owned();
        match used.insert(title.to_lowercase()) && !title.is_empty() {
            true => title,
            false => format!("{title} ({})", exercise.name),
        }
    };
    exercises.iter().map(title).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::class::export::fixture;

    #[test]
    fn one_identity_for_all_and_empty_grades_where_nothing_is_decided() {
        let export = moodle(&fixture::gradebook(), Language::En);
        assert_eq!(export.text, include_str!("golden/moodle.csv"));
        assert_eq!(
            export.notes,
            [
                "s03 <script>alert(1)</script> is left out: there is no ID number for Moodle to find",
                "s01 Siti \"S\" O'Brien, deaf: the points are open and left empty; export again \
                 when a teacher has decided",
            ]
        );
        csv::Reader::from_reader(export.text.as_bytes()).records().collect::<Result<Vec<_>, _>>().unwrap();
    }

    #[test]
    fn every_line_has_every_identity() {
        let head = |change: fn(&mut Student)| {
            let mut gradebook = fixture::gradebook();
            gradebook.rows.iter_mut().for_each(|row| change(&mut row.student));
            let export = moodle(&gradebook, Language::En);
            let head = export.text.split(",Full name").next().unwrap().to_owned();
            (head, export.text.lines().count() - 1)
        };
        let all = |student: &mut Student| {
            student.id = Some(student.seat.to_string());
            student.email = Some(format!("{}@example.org", student.seat));
        };
        assert_eq!(head(all), ("ID number,Email address".to_owned(), 3));
        assert_eq!(head(|student| student.id = None), ("Email address".to_owned(), 2));
        let none = |student: &mut Student| (student.id, student.email) = (None, None);
        assert_eq!(head(none).1, 0);
    }

    #[test]
    fn two_exercises_never_have_one_heading() {
        let mut exercises = fixture::gradebook().exercises;
        exercises[0].title = "Disk".to_owned();
        exercises[1].title = "disk\n".to_owned();
        assert_eq!(titles(&exercises), ["Disk", "disk (deaf)"]);
    }
}
