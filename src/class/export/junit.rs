//! JUnit XML, which CI servers show: a suite for each student and exercise, a case for each check.
//!
//! There is no standard. This uses what Jenkins, GitLab and most others read: `testsuites`, `testsuite` with
//! its counts, `properties`, and `testcase` with `failure` or `skipped`, whose `message` is shown. What is
//! open, and what was not handed in, is skipped: it is neither passed nor failed.

use std::fmt::Write as _;

use super::words;
use crate::class::gradebook::{Cell, CheckResult, ExerciseColumn, Gradebook};
use crate::class::markup::escaped;
use crate::class::roster::Student;
use crate::exercise::Language;
use crate::exercise::State;

/// A case that is not passed: the name of its element and its message.
type Result = Option<(&'static str, String)>;

/// The gradebook as JUnit XML.
pub fn junit(gradebook: &Gradebook, language: Language) -> String {
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"{}\">\n",
        escaped(&format!("{}: {}", gradebook.class, gradebook.title))
    );
    let timestamp = gradebook.exported.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    for row in &gradebook.rows {
        for (exercise, cell) in row.results(&gradebook.exercises) {
            out += &suite(&row.student, exercise, cell, language, &timestamp);
        }
    }
    out + "</testsuites>\n"
}

fn suite(
    student: &Student,
    exercise: &ExerciseColumn,
    cell: Option<&Cell>,
    language: Language,
    timestamp: &str,
) -> String {
    let cases: Vec<(String, Result)> = match cell {
        None => vec![("hand-in".to_owned(), Some(("skipped", words::nothing(language).to_owned())))],
        Some(cell) => {
            cell.checks.iter().map(|check| (check.title.clone(), result(check, language))).collect()
        }
    };
    let count =
        |kind| cases.iter().filter(|(_, result)| result.as_ref().is_some_and(|own| own.0 == kind)).count();
    let name = match student.name == student.seat.to_string() {
        true => format!("{}: {}", student.name, exercise.title),
        false => format!("{} {}: {}", student.seat, student.name, exercise.title),
    };
    let mut out = format!(
        "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\" \
         timestamp=\"{timestamp}\">\n",
        escaped(&name),
        cases.len(),
        count("failure"),
        count("skipped"),
    );
    if let Some(cell) = cell {
        out += &properties(exercise, cell);
    }
    let class = format!("{}.{}", exercise.name, student.seat);
    for (title, result) in &cases {
        let _ = write!(out, "    <testcase classname=\"{class}\" name=\"{}\"", escaped(title));
        let _ = match result {
            None => writeln!(out, "/>"),
            Some((kind, message)) => writeln!(out, "><{kind} message=\"{}\"/></testcase>", escaped(message)),
        };
    }
    out + "  </testsuite>\n"
}

fn result(check: &CheckResult, language: Language) -> Result {
    let kind = match check.state {
        State::Passed => return None,
        State::Failed => "failure",
        State::Inconclusive | State::Open => "skipped",
    };
    let state = words::state(language, check.state);
    let seen = words::seen(check);
    let message = if seen.is_empty() { state.to_owned() } else { format!("{state}: {seen}") };
    Some((kind, message))
}

/// What is known of the whole exercise.
fn properties(exercise: &ExerciseColumn, cell: &Cell) -> String {
    let mut all = vec![
        ("percent", words::decimal(cell.points_hundredths)),
        ("points", words::decimal(cell.points(exercise.of))),
        ("of", exercise.of.to_string()),
        ("passed", cell.passed.to_string()),
        ("open", cell.open.to_string()),
        ("late", cell.late.to_string()),
        ("hints", cell.hints.to_string()),
        ("receipt", cell.receipt.clone()),
    ];
    all.extend(cell.minutes.map(|minutes| ("minutes", minutes.to_string())));
    let property = |(name, value): &(&str, String)| {
        format!("      <property name=\"{name}\" value=\"{}\"/>\n", escaped(value))
    };
    format!("    <properties>\n{}    </properties>\n", all.iter().map(property).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::class::export::fixture;

    #[test]
    fn a_suite_for_each_student_and_exercise() {
        let text = junit(&fixture::gradebook(), Language::En);
        let document = roxmltree::Document::parse(&text).unwrap();
        let suites: Vec<_> = document.descendants().filter(|node| node.has_tag_name("testsuite")).collect();
        let shown: Vec<String> = suites
            .iter()
            .map(|suite| {
                let of = |name| suite.attribute(name).unwrap();
                format!("{} {} {} {}", of("name"), of("tests"), of("failures"), of("skipped"))
            })
            .collect();
        assert_eq!(
            shown,
            [
                "s01 Siti \"S\" O'Brien: Two \"truths\", one disk 1 0 0",
                "s01 Siti \"S\" O'Brien: @Deaf 2 0 1",
                "s02 =Lovelace, Ada: Two \"truths\", one disk 1 0 1",
                "s02 =Lovelace, Ada: @Deaf 1 0 1",
                "s03 <script>alert(1)</script>: Two \"truths\", one disk 1 1 0",
                "s03 <script>alert(1)</script>: @Deaf 1 0 1",
            ]
        );
    }

    #[test]
    fn a_suite_is_written_like_this() {
        let mut gradebook = fixture::gradebook();
        gradebook.rows.truncate(1);
        gradebook.rows[0].cells.remove(0);
        gradebook.exercises.remove(0);
        assert_eq!(junit(&gradebook, Language::Id), include_str!("golden/junit.xml"));
    }

    #[test]
    fn a_failure_says_what_was_seen() {
        let text = junit(&fixture::gradebook(), Language::En);
        assert!(text.contains("<failure message=\"failed: ]]&gt; &amp; &quot;differ&quot;\"/>"), "{text}");
        assert!(!text.contains('\u{1b}'));
    }
}
