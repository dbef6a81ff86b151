//! Points: the best grading, less what hints cost.

use serde::{Deserialize, Serialize};

use super::model::ScoreRule;
use super::outcome::{Outcome, State};

/// The score of an attempt. All parts are whole numbers, so that a pass is exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Score {
    /// The points of the checks in the best grading.
    pub points: u32,
    /// The points of all checks.
    pub of: u32,
    /// What hints cost, in percent of all points.
    pub hints: u32,
    /// The share of all points that passes, in percent.
    pub pass: u32,
    /// Whether a check of the best grading is neither passed nor failed: then a teacher decides.
    pub open: bool,
}

impl Score {
    /// The share of all points that is left, in hundredths of a percent, at least 0.
    pub fn hundredths(&self) -> u64 {
        let of = u64::from(self.of.max(1));
        let points = u64::from(self.points) * 10_000 / of;
        points.saturating_sub(u64::from(self.hints) * 100)
    }

    /// Whether it passes. Exact: nothing is rounded.
    pub fn passed(&self) -> bool {
        let points = u64::from(self.points) * 100;
        points >= u64::from(self.of) * u64::from(self.pass + self.hints) && self.points > 0
    }
}

/// The score of all gradings of an attempt, and of the hints that were bought, each with its cost in percent.
/// The best grading counts; of equal ones, the last.
pub fn score<'a>(
    rule: ScoreRule,
    of: u32,
    gradings: impl IntoIterator<Item = &'a [Outcome]>,
    hints: impl IntoIterator<Item = u32>,
) -> Score {
    let points = |outcomes: &[Outcome]| outcomes.iter().map(|outcome| outcome.points).sum::<u32>();
    let best = gradings.into_iter().max_by_key(|outcomes| points(outcomes));
    let unsettled = |outcome: &Outcome| outcome.state == State::Inconclusive && outcome.of > 0;
    Score {
        points: best.map_or(0, points),
        of,
        hints: hints.into_iter().sum::<u32>().min(rule.hints_at_most),
        pass: rule.pass,
        open: best.is_some_and(|outcomes| outcomes.iter().any(unsettled)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Origin;

    fn outcome(points: u32, state: State) -> Outcome {
        let check = "one".parse().unwrap();
        Outcome { check, state, points, of: 50, seen: Vec::new(), origin: Origin::Seen, records: Vec::new() }
    }

    #[test]
    fn the_best_grading_counts_and_hints_have_a_limit() {
        let rule = ScoreRule { pass: 70, hints_at_most: 30 };
        let (good, bad) = (vec![outcome(50, State::Passed); 2], vec![outcome(0, State::Failed); 2]);
        let all = score(rule, 100, [&good[..], &bad[..]], [5, 10]);
        assert_eq!((all.points, all.hints, all.hundredths(), all.passed()), (100, 15, 8500, true));
        let costly = score(rule, 100, [&good[..]], [30, 30]);
        assert_eq!((costly.hints, costly.hundredths(), costly.passed()), (30, 7000, true));
        let none = score(rule, 100, [], [5]);
        assert_eq!((none.points, none.hundredths(), none.passed(), none.open), (0, 0, false, false));
        let unclear = [outcome(50, State::Passed), outcome(0, State::Inconclusive)];
        assert!(score(rule, 100, [&unclear[..]], []).open);
    }

    #[test]
    fn a_pass_is_exact() {
        let rule = ScoreRule { pass: 67, hints_at_most: 0 };
        let two_thirds = Score { points: 2, of: 3, hints: 0, pass: rule.pass, open: false };
        assert!(!two_thirds.passed(), "66.67 is no 67");
        assert!(Score { pass: 66, ..two_thirds }.passed());
    }
}
