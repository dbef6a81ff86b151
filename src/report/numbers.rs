//! Number formats of all reports.

use super::analysis::{Bound, Estimate};
use super::series::Span;
use crate::record::Nanos;

/// `16.421 s`
pub fn seconds(span: Nanos) -> String {
    format!("{span} s")
}

/// A configured or published figure, without spurious digits: `3 s`, `0.8 s`.
pub fn plain(span: Nanos) -> String {
    format!("{} s", span.seconds())
}

/// `± 0.024 s`, or that there is no upper bound.
pub fn error(estimate: Estimate) -> String {
    match estimate.error() {
        Some(error) => format!("± {error} s"),
        None => "or more".to_owned(),
    }
}

/// `4.160 s ± 0.024 s`
pub fn estimate(estimate: Estimate) -> String {
    format!("{} {}", seconds(estimate.value), error(estimate))
}

/// `0.8 s to 1.45 s`, `over 0.8 s`
pub fn bound(bound: Bound) -> String {
    match bound.high {
        Some(high) => format!("{} to {}", plain(bound.low), plain(high)),
        None => format!("over {}", plain(bound.low)),
    }
}

/// An interval with its confidence: `3.900 to 6.220 s (93.75 %)`.
pub fn interval(span: Span) -> String {
    format!("{} to {} s ({})", span.low, span.high, percent(span.coverage))
}

/// A response time: `4.1 ms`, `2.00 s`.
pub fn response(span: Nanos) -> String {
    let millis = span.seconds() * 1000.0;
    if millis < 1000.0 { format!("{millis:.1} ms") } else { format!("{:.2} s", span.seconds()) }
}

/// `93.75 %`, `95 %`, without trailing zeros.
pub fn percent(share: f64) -> String {
    let text = format!("{:.2}", share * 100.0);
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

/// Three significant digits, without zeros at the end: `1234`, `9.49`, `6`.
pub fn number(value: f64) -> String {
    let text = three_digits(value);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// Millions of bytes per second with three significant digits.
pub fn megabytes(rate: f64) -> String {
    three_digits(rate / 1e6)
}

fn three_digits(value: f64) -> String {
    let digits = if value >= 100.0 {
        0
    } else if value >= 10.0 {
        1
    } else {
        2
    };
    format!("{value:.digits$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_digits_that_count() {
        assert_eq!([1234.5, 120.0, 9.494, 6.0].map(number), ["1234", "120", "9.49", "6"]);
        assert_eq!([45e6, 200e6].map(megabytes), ["45.0", "200"]);
        assert_eq!([0.9375, 0.5].map(percent), ["93.75 %", "50 %"]);
    }
}
