//! Reports as JUnit XML, which every CI server shows: a test case for each expectation and each invariant.
//!
//! Inconclusive results are skipped with a reason, never passed: if the measurement itself cannot be trusted,
//! figures that look good are skipped too.

use std::fmt::Write as _;

use super::analysis::{Analysis, FigureRow, Reason};
use super::series::SeriesReport;
use super::terms::{LEGEND, name, word};
use super::verdict::{bound_of, too_long};
use crate::model::Origin;
use crate::record::{Nanos, Verdict};

/// A test case.
struct Case {
    name: String,
    time: Nanos,
    /// The reason if it did not pass.
    reason: Option<Reason>,
    /// Whose word it is.
    origin: Origin,
}

/// The report of one run.
pub fn junit(analysis: &Analysis) -> String {
    document(&suite(analysis, analysis.subject.drill.as_str()))
}

/// The report of a series: a suite for each run with a readable record, and one for the others.
pub fn series_junit(report: &SeriesReport, runs: &[super::Performed]) -> String {
    let mut suites = String::new();
    for (row, run) in report.runs.iter().zip(runs) {
        let title = format!("{} run {}", report.subject.drill, row.number);
        suites += &match run {
            Ok(analysis) => suite(analysis, &title),
            Err(text) => {
                let reason = Some(Reason::seen(Verdict::Error, text.clone()));
                let (name, origin) = ("the record".to_owned(), Origin::Seen);
                let case = Case { name, time: Nanos(0), reason, origin };
                element(&title, report.subject.lab.as_str(), report.subject.started, Nanos(0), &[case])
            }
        };
    }
    document(&suites)
}

fn document(suites: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"halab\">\n{suites}</testsuites>\n"
    )
}

fn suite(analysis: &Analysis, title: &str) -> String {
    let subject = &analysis.subject;
    element(title, subject.lab.as_str(), subject.started, subject.length, &cases(analysis))
}

fn cases(analysis: &Analysis) -> Vec<Case> {
    let bound_of = |row: &FigureRow| {
        let reason = bound_of(row)?;
        Some(Reason { verdict: too_long(reason.verdict, &analysis.overloads), ..reason })
    };
    let bounds: Vec<Reason> = analysis.figures.iter().filter_map(bound_of).collect();
    let told = |reason: &&Reason| {
        bounds.contains(reason) || analysis.invariants.iter().any(|result| result.text == reason.text)
    };
    let rest: Vec<&Reason> = analysis.reasons.iter().filter(|reason| !told(reason)).collect();
    // A reason that makes the whole run inconclusive applies to each of its figures.
    let doubt = rest.iter().find(|reason| matches!(reason.verdict, Verdict::Inconclusive | Verdict::Error));
    let skipped = |text: &str| Reason::seen(Verdict::Inconclusive, text);
    let mut cases = vec![Case {
        name: "the drill is done and measured".to_owned(),
        time: analysis.subject.length,
        reason: rest.first().map(|reason| (*reason).clone()),
        origin: Origin::Seen,
    }];
    for row in &analysis.figures {
        let missing = row.missing.as_deref().map(skipped);
        let reason = bound_of(row).or(missing).or_else(|| doubt.map(|reason| skipped(&reason.text)));
        let time = row.measured.map_or(Nanos(0), |measured| measured.value);
        cases.push(Case { name: name(row.figure).to_owned(), time, reason, origin: row.origin });
    }
    for result in &analysis.invariants {
        let reason = (result.verdict != Verdict::Pass).then(|| Reason {
            verdict: result.verdict,
            text: result.text.clone(),
            origin: result.origin,
        });
        let (name, origin) = (word(result.invariant), result.origin);
        cases.push(Case { name, time: Nanos(0), reason, origin });
    }
    cases
}

fn element(title: &str, lab: &str, started: jiff::Timestamp, time: Nanos, cases: &[Case]) -> String {
    let of = |verdict| {
        let is = |case: &&Case| case.reason.as_ref().is_some_and(|reason| reason.verdict == verdict);
        cases.iter().filter(is).count()
    };
    let mut out = format!(
        "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{time}\" timestamp=\"{}\">\n",
        escaped(title),
        cases.len(),
        of(Verdict::Fail),
        of(Verdict::Error),
        of(Verdict::Inconclusive),
        started.strftime("%Y-%m-%dT%H:%M:%SZ"),
    );
    if cases.iter().any(|case| case.origin == Origin::Told) {
        let property = property(&Origin::Told.to_string(), LEGEND);
        let _ = writeln!(out, "    <properties>{property}</properties>");
    }
    for case in cases {
        let (class, name) = (escaped(&format!("{lab}.{title}")), escaped(&case.name));
        let _ = write!(out, "    <testcase classname=\"{class}\" name=\"{name}\" time=\"{}\"", case.time);
        let told = (case.origin == Origin::Told).then(|| property("origin", &case.origin.to_string()));
        let told = told.map_or_else(String::new, |told| format!("<properties>{told}</properties>"));
        out += &match &case.reason {
            None if told.is_empty() => "/>\n".to_owned(),
            None => format!(">{told}</testcase>\n"),
            Some(Reason { verdict, text, .. }) => {
                let kind = match verdict {
                    Verdict::Fail => "failure",
                    Verdict::Error => "error",
                    Verdict::Inconclusive | Verdict::Pass => "skipped",
                };
                format!(">{told}<{kind} message=\"{}\"/></testcase>\n", escaped(text))
            }
        };
    }
    out + "  </testsuite>\n"
}

fn property(name: &str, value: &str) -> String {
    format!("<property name=\"{}\" value=\"{}\"/>", escaped(name), escaped(value))
}

/// Escapes text for XML. Control characters, which XML cannot contain, become the replacement character.
fn escaped(text: &str) -> String {
    let sign = |sign: char| match sign {
        '&' => "&amp;".to_owned(),
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        '"' => "&quot;".to_owned(),
        '\t' | '\n' | '\r' => " ".to_owned(),
        sign if sign.is_control() => '\u{fffd}'.to_string(),
        sign => sign.to_string(),
    };
    text.chars().map(sign).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped() {
        assert_eq!(escaped("<a & \"b\">\n\u{1}"), "&lt;a &amp; &quot;b&quot;&gt; \u{fffd}");
    }
}
