//! Medians and percentiles from the ranks of a sample.

use serde::Serialize;

use super::CONFIDENCE;

/// A confidence interval with its coverage.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    /// Its lower end, an observed value.
    pub low: f64,
    /// Its upper end, an observed value.
    pub high: f64,
    /// The probability that such an interval covers the true value, 0 to 1. Ranks are discrete, so this is
    /// rarely a round number.
    pub coverage: f64,
}

/// The median of a sample.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Median {
    /// The middle value, or the mean of the two in the middle.
    pub value: f64,
    /// The confidence interval of the median; `None` with a single run.
    pub interval: Option<Interval>,
}

/// A bound of a high percentile.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum PercentileBound {
    /// An upper bound.
    AtMost {
        /// The bound, an observed value.
        value: f64,
        /// The probability that such a bound is above the percentile, 0 to 1.
        coverage: f64,
    },
    /// There are too few runs: even the maximum is no bound.
    NotEnough {
        /// The number of runs needed for the maximum to be the bound.
        needed: usize,
    },
}

/// The median of a sample with its distribution-free interval: the narrowest symmetric pair of ranks that
/// covers with [`CONFIDENCE`]. Below six runs there is none, and the interval is minimum to maximum with its
/// actual coverage, 1 − 2·0.5ⁿ: 93.75 % for five runs. `None` for an empty sample.
pub fn median(sample: &[f64]) -> Option<Median> {
    let sorted = sorted(sample);
    let value = middle(&sorted)?;
    let runs = sorted.len();
    // The median is outside the ranks `rank` and `runs + 1 - rank` when fewer than `rank` values are on one
    // side.
    let coverage = |rank: usize| 1.0 - 2.0 * binomial(runs, 0.5, rank - 1);
    let rank = (2..=runs / 2).rev().find(|rank| coverage(*rank) >= CONFIDENCE).unwrap_or(1);
    let interval =
        Interval { low: *sorted.get(rank - 1)?, high: *sorted.get(runs - rank)?, coverage: coverage(rank) };
    Some(Median { value, interval: (runs > 1).then_some(interval) })
}

/// An upper bound of the value below which this share of all runs stays (0 < share < 1): the smallest value
/// of the sample that is above it with [`CONFIDENCE`].
pub fn percentile_bound(sample: &[f64], share: f64) -> PercentileBound {
    let sorted = sorted(sample);
    let runs = sorted.len();
    // The value of this rank is above the percentile when fewer than `rank` of all values are below it.
    let coverage = |rank: usize| binomial(runs, share, rank - 1);
    match (1..=runs).find(|rank| coverage(*rank) >= CONFIDENCE) {
        Some(rank) => PercentileBound::AtMost { value: sorted[rank - 1], coverage: coverage(rank) },
        None => PercentileBound::NotEnough { needed: runs_needed(share) },
    }
}

/// The number of runs needed for the maximum to be above this percentile with [`CONFIDENCE`]: 59 for 0.95.
pub fn runs_needed(share: f64) -> usize {
    ((1.0 - CONFIDENCE).ln() / share.ln()).ceil() as usize
}

/// The probability that at most `at_most` of `tries` succeed, each with this probability (above 0, below 1).
pub(super) fn binomial(tries: usize, probability: f64, at_most: usize) -> f64 {
    let odds = (probability / (1.0 - probability)).ln();
    // In logarithms, so that many tries do not underflow.
    let mut logarithm = tries as f64 * (1.0 - probability).ln();
    let mut sum = 0.0;
    for successes in 0..=at_most.min(tries) {
        sum += logarithm.exp();
        logarithm += ((tries - successes) as f64 / (successes + 1) as f64).ln() + odds;
    }
    sum.min(1.0)
}

pub(super) fn sorted(sample: &[f64]) -> Vec<f64> {
    let mut sorted = sample.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

pub(super) fn middle(sorted: &[f64]) -> Option<f64> {
    let half = sorted.len() / 2;
    let upper = *sorted.get(half)?;
    Some(if sorted.len() % 2 == 1 { upper } else { (sorted[half - 1] + upper) / 2.0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(count: usize) -> Vec<f64> {
        (1..=count).rev().map(|number| number as f64).collect()
    }

    /// Ranks of the 95 % interval of a median: Campbell and Gardner, British Medical Journal 296 (1988), and
    /// tables of the sign test, with its coverage.
    #[test]
    fn intervals_of_medians_are_those_of_the_tables() {
        for (runs, low, high, percent) in [
            (2, 1.0, 2.0, 50.0),
            (5, 1.0, 5.0, 93.75),
            (6, 1.0, 6.0, 96.875),
            (9, 2.0, 8.0, 96.094),
            (10, 2.0, 9.0, 97.852),
            (15, 4.0, 12.0, 96.484),
            (20, 6.0, 15.0, 95.861),
            (30, 10.0, 21.0, 95.723),
            (50, 18.0, 33.0, 96.716),
            (100, 40.0, 61.0, 96.480),
        ] {
            let found = median(&first(runs)).unwrap();
            let interval = found.interval.unwrap();
            assert_eq!((interval.low, interval.high), (low, high), "{runs} runs");
            assert!((interval.coverage * 100.0 - percent).abs() < 0.001, "{runs}: {}", interval.coverage);
            assert!((found.value - (runs as f64 + 1.0) / 2.0).abs() < 1e-9);
        }
    }

    #[test]
    fn one_run_has_a_middle_and_no_interval_and_none_has_nothing() {
        assert_eq!(median(&[7.0]), Some(Median { value: 7.0, interval: None }));
        assert_eq!(median(&[]), None);
        assert_eq!(percentile_bound(&[], 0.95), PercentileBound::NotEnough { needed: 59 });
    }

    /// The numbers of runs with which the worst, the second worst, … bounds the 95th percentile (95 %/95 %):
    /// 59, 93, 124, 153, 181, 208 (Wilks; Hahn and Meeker, table A.16).
    #[test]
    fn bounds_of_percentiles_are_those_of_the_tables() {
        assert_eq!((runs_needed(0.95), runs_needed(0.99), runs_needed(0.9)), (59, 299, 29));
        assert_eq!(percentile_bound(&first(58), 0.95), PercentileBound::NotEnough { needed: 59 });
        for (place, runs) in [59, 93, 124, 153, 181, 208].into_iter().enumerate() {
            let rank = |runs| match percentile_bound(&first(runs), 0.95) {
                PercentileBound::AtMost { value, coverage } if coverage >= CONFIDENCE => value,
                other => panic!("{other:?}"),
            };
            assert_eq!(rank(runs), (runs - place) as f64, "{runs} runs");
            if place > 0 {
                assert_eq!(rank(runs - 1), (runs - place) as f64, "one run less takes a worse one");
            }
        }
    }

    #[test]
    fn many_tries_do_not_underflow() {
        assert!((binomial(5000, 0.5, 2499) - 0.494_358).abs() < 1e-6);
        assert_eq!(binomial(3, 0.5, 9), 1.0);
    }
}
