//! Rare events, and the upper bounds of their frequency.

use serde::Serialize;

use super::CONFIDENCE;

/// The upper bound, with 95 % confidence, of the share of runs in which an event happens that happened in
/// none of these: about 3/n, because 0.05 = (1 − p)ⁿ ≈ e⁻ⁿᵖ and ln 0.05 ≈ −3. Thirty clean runs only prove
/// that it is at most one in ten. Below four runs it is 1, which is no bound.
pub fn rule_of_three(runs: usize) -> f64 {
    if runs < 4 { 1.0 } else { 3.0 / runs as f64 }
}

/// The rate of an event.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Rate {
    /// The number of events observed.
    pub events: usize,
    /// The observed hours.
    pub hours: f64,
    /// The observed rate per hour.
    pub per_hour: f64,
    /// The upper bound of the rate per hour, with [`CONFIDENCE`]; for no events, the rule of three.
    pub at_most: f64,
}

/// The rate of independent events, given their number and the hours (above 0).
pub fn rate(events: usize, hours: f64) -> Rate {
    Rate { events, hours, per_hour: events as f64 / hours, at_most: most_expected(events) / hours }
}

/// The largest expectation for which at most this many events are observed with a probability of at least 1 −
/// [`CONFIDENCE`] (Poisson; Garwood's upper limit). For none it is 3, the rule of three.
fn most_expected(events: usize) -> f64 {
    if events == 0 {
        return 3.0;
    }
    let (mut low, mut high) = (events as f64, 2.0 * events as f64 + 10.0);
    // Bisected until no published digit changes.
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if so_few(events, middle) > 1.0 - CONFIDENCE { low = middle } else { high = middle }
    }
    high
}

/// The probability of at most this many events, given their expectation.
fn so_few(events: usize, expected: f64) -> f64 {
    let mut logarithm = -expected;
    let mut sum = logarithm.exp();
    for number in 1..=events {
        logarithm += expected.ln() - (number as f64).ln();
        sum += logarithm.exp();
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One-sided 95 % upper limits of a Poisson mean: Garwood (1936), as in every table of them.
    #[test]
    fn limits_of_rates_are_those_of_the_tables() {
        for (events, limit) in [(1, 4.744), (2, 6.296), (3, 7.754), (5, 10.513), (10, 16.962), (50, 63.287)] {
            let found = most_expected(events);
            assert!((found - limit).abs() < 0.001, "{events} events: {found}, not {limit}");
        }
        let seen = rate(2, 0.5);
        assert_eq!((seen.per_hour, (seen.at_most * 100.0).round()), (4.0, 1259.0));
        assert_eq!(rate(0, 1.5).at_most, 2.0);
    }

    /// Hanley and Lippman-Hand: the rule is above the exact bound 1 − 0.05^(1/n), and within one percent of
    /// it from 30 on.
    #[test]
    fn the_rule_is_never_below_the_exact_bound() {
        for runs in 1..2000_usize {
            let exact = 1.0 - 0.05_f64.powf(1.0 / runs as f64);
            let rule = rule_of_three(runs);
            assert!(rule >= exact, "{runs} runs: {rule} < {exact}");
            assert!(runs < 30 || rule - exact < 0.01);
        }
        assert_eq!((rule_of_three(30), rule_of_three(100), rule_of_three(0)), (0.1, 0.03, 1.0));
    }
}
