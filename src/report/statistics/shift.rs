//! The shift between two samples.

use serde::Serialize;

use super::CONFIDENCE;
use super::order::{Interval, middle, sorted};

/// The largest sample for which the distribution of the rank test is computed exactly; above it, the normal
/// approximation is close enough.
const MOST_COUNTED: usize = 60;

/// The 97.5th percentile of the normal distribution.
const NORMAL: f64 = 1.959_963_985;

/// By how much the second of two samples is larger than the first.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Shift {
    /// The Hodges-Lehmann estimate: the median of all differences between a value of the second sample and
    /// one of the first. It can differ from the difference of the medians.
    pub value: f64,
    /// The confidence interval of the shift.
    pub interval: Interval,
    /// Whether the coverage is exact; if not, it is that of the normal approximation.
    pub exact: bool,
}

impl Shift {
    /// Whether there are enough runs for an interval with [`CONFIDENCE`]; four on each side are.
    pub fn is_covered(&self) -> bool {
        self.interval.coverage >= CONFIDENCE
    }
}

/// The shift from the first sample to the second, with Moses' interval for the rank test of Mann, Whitney and
/// Wilcoxon. If the samples are too small for [`CONFIDENCE`], the interval is the widest possible, with its
/// actual coverage. Ties make it wider than necessary, never narrower. `None` if a sample is empty.
pub fn shift(first: &[f64], second: &[f64]) -> Option<Shift> {
    let differences = sorted(
        &second.iter().flat_map(|after| first.iter().map(move |before| after - before)).collect::<Vec<_>>(),
    );
    let value = middle(&differences)?;
    let exact = first.len().max(second.len()) <= MOST_COUNTED;
    let (rank, coverage) = if exact {
        counted(first.len(), second.len())
    } else {
        approximate(first.len() as f64, second.len() as f64)
    };
    let (low, high) = (differences[rank - 1], differences[differences.len() - rank]);
    Some(Shift { value, interval: Interval { low, high, coverage }, exact })
}

/// The rank of the interval's ends among the differences, from 1, and its coverage.
fn counted(first: usize, second: usize) -> (usize, f64) {
    let counts = distribution(first, second);
    let all: f64 = counts.iter().sum();
    let mut best = (1, 1.0 - 2.0 * counts[0] / all);
    let mut below = 0.0;
    for (rank, count) in (1..).zip(&counts) {
        below += count;
        let coverage = 1.0 - 2.0 * below / all;
        if coverage < CONFIDENCE {
            break;
        }
        best = (rank, coverage);
    }
    best
}

/// The distribution of U: the number of orders of two samples for each count of pairs in which the second
/// sample's value precedes the first's. The `f64` counts are whole numbers and are only added.
fn distribution(first: usize, second: usize) -> Vec<f64> {
    let top = first * second;
    // orders[taken][u]: the ways in which `taken` of the ranks so far belong to the first sample, with this
    // U.
    let mut orders = vec![vec![0.0; top + 1]; first + 1];
    orders[0][0] = 1.0;
    for rank in 0..first + second {
        for taken in (1..=first.min(rank + 1)).rev() {
            // The number of values of the second sample before this value of the first.
            let before = rank + 1 - taken;
            if before > second {
                continue;
            }
            let (fewer, more) = orders.split_at_mut(taken);
            let (from, into) = (&fewer[taken - 1], &mut more[0]);
            for u in before..=top {
                into[u] += from[u - before];
            }
        }
    }
    orders.swap_remove(first)
}

fn approximate(first: f64, second: f64) -> (usize, f64) {
    let deviation = (first * second * (first + second + 1.0) / 12.0).sqrt();
    let rank = (first * second / 2.0 - NORMAL * deviation).floor().max(1.0);
    (rank as usize, CONFIDENCE)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Critical values of the Mann-Whitney test, two-sided 5 %, from textbook tables; the rank is the next
    /// number, as in Campbell and Gardner's table of K.
    #[test]
    fn ranks_are_those_of_the_tables() {
        for (first, second, critical) in [
            (4, 4, 0),
            (5, 5, 2),
            (5, 8, 6),
            (6, 8, 8),
            (8, 8, 13),
            (10, 10, 23),
            (10, 20, 55),
            (20, 20, 127),
        ] {
            let (rank, coverage) = counted(first, second);
            assert_eq!(rank, critical + 1, "{first} and {second}");
            assert!((CONFIDENCE..1.0).contains(&coverage));
            assert_eq!(counted(second, first).0, rank);
        }
        // Three and three: one order of twenty at each end, so 90 % is the maximum.
        assert_eq!(counted(3, 3), (1, 0.9));
        assert!(approximate(60.0, 60.0).0.abs_diff(counted(60, 60).0) <= 2);
    }

    #[test]
    fn all_orders_are_counted() {
        assert_eq!(distribution(2, 2), [1.0, 1.0, 2.0, 1.0, 1.0]);
        assert_eq!(distribution(5, 7).iter().sum::<f64>(), 792.0);
    }

    /// Permeability of the chorioamnion at term and at 12 to 26 weeks: Hollander and Wolfe, examples 4.1 to
    /// 4.4. They give 0.305 for the shift.
    #[test]
    fn a_textbooks_example() {
        let term = [0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46];
        let early = [1.15, 0.88, 0.90, 0.74, 1.21];
        let found = shift(&early, &term).unwrap();
        assert!((found.value - 0.305).abs() < 1e-9, "{found:?}");
        assert!((found.interval.low - -0.15).abs() < 1e-9, "{found:?}");
        assert!((found.interval.high - 0.76).abs() < 1e-9, "{found:?}");
        assert!(found.exact && found.is_covered());
        let back = shift(&term, &early).unwrap();
        assert!((back.value + found.value).abs() < 1e-9 && (back.interval.low + 0.76).abs() < 1e-9);
    }

    #[test]
    fn few_runs_say_so_and_many_are_approximated() {
        let few = shift(&[1.0, 2.0, 3.0], &[11.0, 12.0, 13.0]).unwrap();
        assert_eq!((few.value, few.is_covered()), (10.0, false));
        let many = |from: u32| (from..from + 100).map(f64::from).collect::<Vec<_>>();
        let shifted = shift(&many(0), &many(40)).unwrap();
        assert!(!shifted.exact && shifted.value == 40.0 && shifted.interval.low > 25.0, "{shifted:?}");
        assert_eq!(shift(&[], &[1.0]), None);
    }
}
