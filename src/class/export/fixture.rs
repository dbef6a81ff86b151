//! A small gradebook with hostile texts.

use super::super::gradebook::{Cell, CheckResult, ExerciseColumn, GradeRow, Gradebook};
use super::super::roster::{Seat, Student};
use crate::exercise::State;

/// Passed with hints, late; what was seen has output of a guest.
pub fn passed() -> Cell {
    let seen = vec!["both disks are equal".to_owned(), "\u{1b}[31mred".to_owned()];
    Cell {
        points_hundredths: 9500,
        passed: true,
        open: false,
        late: true,
        hints: 2,
        checks: vec![check("equal", "Equal disks", State::Passed, (38, 40), seen)],
        minutes: Some(43),
        receipt: "9f2c".to_owned(),
    }
}

/// A check is neither passed nor failed.
pub fn open() -> Cell {
    Cell {
        points_hundredths: 6666,
        passed: false,
        open: true,
        late: false,
        hints: 0,
        checks: vec![
            check("fast", "=Fast", State::Passed, (10, 10), Vec::new()),
            check(
                "why",
                "<b>Why</b>",
                State::Inconclusive,
                (0, 5),
                vec!["the measurement proves nothing".to_owned()],
            ),
        ],
        minutes: None,
        receipt: "00aa".to_owned(),
    }
}

/// Failed, without hints.
pub fn failed() -> Cell {
    Cell {
        points_hundredths: 0,
        checks: vec![check(
            "equal",
            "Equal disks",
            State::Failed,
            (0, 40),
            vec!["]]> & \"differ\"".to_owned()],
        )],
        passed: false,
        late: false,
        hints: 0,
        minutes: Some(5),
        ..passed()
    }
}

/// Three students and two exercises. The second student handed nothing in at all.
pub fn gradebook() -> Gradebook {
    let exercise = |name: &str, title: &str, of| ExerciseColumn {
        name: name.parse().unwrap(),
        title: title.to_owned(),
        of,
    };
    let row = |number, name: &str, id: Option<&str>, email: Option<&str>, cells| {
        let [id, email] = [id, email].map(|text| text.map(str::to_owned));
        let seat = Seat::new(number, 3).unwrap();
        GradeRow {
            student: Student { seat, name: name.to_owned(), id, email, group: Some("Group".to_owned()) },
            cells,
        }
    };
    Gradebook {
        class: "ha-2026".to_owned(),
        title: "High <availability>".to_owned(),
        exported: "2026-05-04T03:02:01.5Z".parse().unwrap(),
        exercises: vec![
            exercise("two-truths", "Two \"truths\", one disk", 40),
            exercise("deaf", "@Deaf", 15),
        ],
        rows: vec![
            row(
                1,
                "Siti \"S\" O'Brien",
                Some("001"),
                Some("siti@example.org"),
                vec![Some(passed()), Some(open())],
            ),
            row(2, "=Lovelace, Ada", Some("002"), None, vec![None, None]),
            row(3, "<script>alert(1)</script>", None, Some("x@example.org"), vec![Some(failed()), None]),
        ],
    }
}

fn check(name: &str, title: &str, state: State, (points, of): (u32, u32), seen: Vec<String>) -> CheckResult {
    CheckResult { name: name.parse().unwrap(), title: title.to_owned(), state, points, of, seen }
}
