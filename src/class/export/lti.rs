//! Scores of LTI's Assignment and Grade Services 2.0, as JSON lines: an adapter can post each of them.
//!
//! What the specification (1EdTech, `lti-ags/v2p0`) says, as far as this file depends on it:
//!
//! - A score is posted to the address of its line item, followed by `/scores`. It does not name the line item
//!   itself, so each line has both: `resourceId` is the tool's own name for it, by which line items can be
//!   asked for.
//! - `scoreMaximum` is greater than 0. `scoreGiven` is on its scale; a score without it clears the one that
//!   the platform has, so a student who handed nothing in has no line.
//! - `gradingProgress` is `FullyGraded` for a final score. With `PendingManual` the score is partial, and a
//!   person has to decide.
//! - `timestamp` has fractions of a second; a platform ignores a score that is older than the one it has.
//! - `userId` is the platform's own id of the user, which a roster seldom has. It has the roster's id here,
//!   else the e-mail address, and the adapter has to translate it.

use serde::Serialize;
use serde_json::Value;

use super::words::{feedback, number};
use super::{Export, ExportError};
use crate::base::text;
use crate::class::gradebook::{Cell, ExerciseColumn, Gradebook};
use crate::exercise::Language;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    line_item: LineItem<'a>,
    score: Score<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LineItem<'a> {
    resource_id: &'a str,
    label: &'a str,
    score_maximum: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Score<'a> {
    user_id: &'a str,
    score_given: Value,
    score_maximum: u32,
    activity_progress: &'static str,
    grading_progress: &'static str,
    timestamp: &'a str,
    comment: String,
}

/// The scores of all hand-ins, one in each line.
pub fn lti(gradebook: &Gradebook, language: Language) -> Result<Export, ExportError> {
    let timestamp = gradebook.exported.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string();
    let mut export = Export::default();
    for row in &gradebook.rows {
        let student = &row.student;
        let Some(user_id) = student.id.as_ref().or(student.email.as_ref()) else {
            let name = text::one_line(&student.name);
            export
                .notes
                .push(format!("{} {name} is left out: there is no id and no e-mail address", student.seat));
            continue;
        };
        for (exercise, cell) in row.results(&gradebook.exercises) {
            // A line item without points cannot have a score.
            let Some(cell) = cell.filter(|_| exercise.of > 0) else { continue };
            let line = line(user_id, exercise, cell, language, &timestamp);
            export.text += &text::json(&serde_json::to_string(&line)?);
            export.text.push('\n');
        }
    }
    Ok(export)
}

fn line<'a>(
    user_id: &'a str,
    exercise: &'a ExerciseColumn,
    cell: &Cell,
    language: Language,
    timestamp: &'a str,
) -> Line<'a> {
    let of = exercise.of;
    Line {
        line_item: LineItem {
            resource_id: exercise.name.as_str(),
            label: &exercise.title,
            score_maximum: of,
        },
        score: Score {
            user_id,
            score_given: number(cell.points(of)),
            score_maximum: of,
            activity_progress: "Completed",
            grading_progress: if cell.open { "PendingManual" } else { "FullyGraded" },
            timestamp,
            comment: feedback(language, cell, of),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::class::export::fixture;

    #[test]
    fn each_hand_in_is_a_line() {
        let export = lti(&fixture::gradebook(), Language::En).unwrap();
        assert_eq!(export.text, include_str!("golden/lti.jsonl"));
        let lines = export.text.lines();
        let values: Vec<Value> = lines.map(|line| serde_json::from_str(line).unwrap()).collect();
        let shown: Vec<String> = values
            .iter()
            .map(|value| {
                let score = &value["score"];
                format!("{} {} {}", score["userId"], score["scoreGiven"], score["gradingProgress"])
            })
            .collect();
        assert_eq!(
            shown,
            [
                "\"001\" 38 \"FullyGraded\"",
                "\"001\" 10 \"PendingManual\"",
                "\"x@example.org\" 0 \"FullyGraded\""
            ]
        );
        assert!(export.notes.is_empty());
    }

    #[test]
    fn a_student_that_no_platform_can_find_is_left_out() {
        let mut gradebook = fixture::gradebook();
        gradebook.rows[0].student.id = None;
        gradebook.rows[0].student.email = None;
        gradebook.exercises[0].of = 0;
        let export = lti(&gradebook, Language::En).unwrap();
        assert_eq!(export.text, "", "the other hand-in has no points");
        assert_eq!(
            export.notes,
            ["s01 Siti \"S\" O'Brien is left out: there is no id and no e-mail address"]
        );
    }
}
