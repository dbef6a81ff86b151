//! What exports say about results, in the language of the class.

use crate::base::text::one_line;
use crate::class::gradebook::{Cell, CheckResult};
use crate::exercise::Language;
use crate::exercise::State;

/// A number of hundredths without needless zeros: `38`, `37.5`, `66.67`.
pub fn decimal(hundredths: u64) -> String {
    let (whole, part) = (hundredths / 100, hundredths % 100);
    match part {
        0 => whole.to_string(),
        part if part % 10 == 0 => format!("{whole}.{}", part / 10),
        part => format!("{whole}.{part:02}"),
    }
}

/// The same as JSON: a whole number if it is one.
pub fn number(hundredths: u64) -> serde_json::Value {
    match hundredths % 100 {
        0 => (hundredths / 100).into(),
        // The shortest text that reads as this number has at most two decimals.
        _ => (hundredths as f64 / 100.0).into(),
    }
}

/// A decimal in a sentence: Indonesian writes a comma.
pub fn spoken(language: Language, hundredths: u64) -> String {
    match language {
        Language::En => decimal(hundredths),
        Language::Id => decimal(hundredths).replace('.', ","),
    }
}

/// Whether an exercise passes.
pub fn verdict(language: Language, cell: &Cell) -> &'static str {
    match (language, cell.open, cell.passed) {
        (Language::En, true, _) => "open: a teacher has to decide",
        (Language::En, false, true) => "passed",
        (Language::En, false, false) => "not passed",
        (Language::Id, true, _) => "terbuka: menunggu keputusan pengajar",
        (Language::Id, false, true) => "lulus",
        (Language::Id, false, false) => "belum lulus",
    }
}

/// The state of a check.
pub fn state(language: Language, state: State) -> &'static str {
    match (language, state) {
        (Language::En, State::Passed) => "passed",
        (Language::En, State::Failed) => "failed",
        (Language::En, State::Inconclusive) => "inconclusive",
        (Language::En, State::Open) => "open",
        (Language::Id, State::Passed) => "lulus",
        (Language::Id, State::Failed) => "gagal",
        (Language::Id, State::Inconclusive) => "tidak pasti",
        (Language::Id, State::Open) => "terbuka",
    }
}

/// That nothing was handed in.
pub fn nothing(language: Language) -> &'static str {
    match language {
        Language::En => "nothing was handed in",
        Language::Id => "tidak ada yang dikumpulkan",
    }
}

/// Delay, hints and time of a result, as far as they apply.
pub fn marks(language: Language, cell: &Cell) -> Vec<String> {
    let mut marks = Vec::new();
    match (language, cell.hints) {
        (_, 0) => {}
        (Language::En, 1) => marks.push("1 hint".to_owned()),
        (Language::En, hints) => marks.push(format!("{hints} hints")),
        (Language::Id, hints) => marks.push(format!("{hints} petunjuk")),
    }
    if cell.late {
        marks.push(if language == Language::En { "late" } else { "terlambat" }.to_owned());
    }
    if let Some(minutes) = cell.minutes {
        marks.push(if language == Language::En {
            format!("{minutes} min")
        } else {
            format!("{minutes} menit")
        });
    }
    marks
}

/// The points of a result: `95 %, 38 of 40 points`.
pub fn points(language: Language, cell: &Cell, of: u32) -> String {
    let share = spoken(language, cell.points_hundredths);
    let points = spoken(language, cell.points(of));
    match language {
        Language::En => format!("{share} %, {points} of {of} points"),
        Language::Id => format!("{share} %, {points} dari {of} poin"),
    }
}

/// What was seen in a check, as one line.
pub fn seen(check: &CheckResult) -> String {
    one_line(&check.seen.join("; ")).into_owned()
}

/// A check with its outcome: `Equal disks: passed, 20 of 20 (both disks are equal)`.
pub fn check(language: Language, check: &CheckResult) -> String {
    let CheckResult { title, points, of, .. } = check;
    let state = state(language, check.state);
    let points = match (language, check.decided()) {
        (Language::En, true) => format!("{points} of {of}"),
        (Language::Id, true) => format!("{points} dari {of}"),
        // What a check without a decision has now is not its result.
        (Language::En, false) => format!("up to {of}"),
        (Language::Id, false) => format!("hingga {of}"),
    };
    let seen = seen(check);
    let seen = if seen.is_empty() { seen } else { format!(" ({seen})") };
    format!("{}: {state}, {points}{seen}", one_line(title))
}

/// All of a result, as one line for its student.
pub fn feedback(language: Language, cell: &Cell, of: u32) -> String {
    let mut parts = vec![verdict(language, cell).to_owned(), points(language, cell, of)];
    parts.extend(marks(language, cell));
    parts.extend(cell.checks.iter().map(|own| check(language, own)));
    let receipt = one_line(&cell.receipt);
    parts.push(if language == Language::En {
        format!("receipt {receipt}")
    } else {
        format!("bukti {receipt}")
    });
    parts.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::class::export::fixture;

    #[test]
    fn numbers_are_exact_and_short() {
        for (hundredths, text) in
            [(0, "0"), (3800, "38"), (3750, "37.5"), (6667, "66.67"), (5, "0.05"), (101, "1.01")]
        {
            assert_eq!(decimal(hundredths), text);
            assert_eq!(number(hundredths).to_string(), text);
        }
        assert_eq!(spoken(Language::Id, 3750), "37,5");
    }

    #[test]
    fn feedback_says_all_in_each_language() {
        assert_eq!(
            feedback(Language::En, &fixture::passed(), 40),
            "passed; 95 %, 38 of 40 points; 2 hints; late; 43 min; Equal disks: passed, 38 of 40 \
             (both disks are equal; \\x1b[31mred); receipt 9f2c"
        );
        assert_eq!(
            feedback(Language::Id, &fixture::open(), 15),
            "terbuka: menunggu keputusan pengajar; 66,66 %, 10 dari 15 poin; =Fast: lulus, 10 dari 10; \
             <b>Why</b>: tidak pasti, hingga 5 (the measurement proves nothing); bukti 00aa"
        );
    }
}
