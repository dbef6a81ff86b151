//! A soak as text.

use super::layout::{count, paragraph, seconds};
use crate::report::soak::SoakSummary;
use crate::report::statistics::{CONFIDENCE, Rate};

pub fn text(soak: &SoakSummary, width: usize) -> String {
    let lines: String = often(soak).iter().map(|line| paragraph(line, "  ", width)).collect();
    format!("\nNothing was done for {}, and meanwhile\n{lines}", seconds(soak.length))
}

/// What happened in a soak, a line for each kind.
pub fn often(soak: &SoakSummary) -> [String; 3] {
    [
        format!("{}: {}", count(soak.takeovers.events, "false failover"), rate_words(&soak.takeovers)),
        format!("signs of life that came late, and in time all the same: {}", soak.late),
        format!(
            "{} of {} failed, in {} of the service",
            soak.failed,
            count(soak.requests, "request"),
            count(soak.outages, "outage")
        ),
    ]
}

/// `0 an hour, at most 90 (rule of three)`.
pub fn rate_words(rate: &Rate) -> String {
    let how = if rate.events == 0 { "rule of three" } else { "Poisson" };
    let sure = CONFIDENCE * 100.0;
    format!(
        "{} an hour, at most {} with {sure:.0} % confidence ({how})",
        number(rate.per_hour),
        number(rate.at_most)
    )
}

/// Three digits that count.
pub fn number(value: f64) -> String {
    let digits = if value >= 100.0 {
        0
    } else if value >= 10.0 {
        1
    } else {
        2
    };
    let text = format!("{value:.digits$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::statistics::rate;

    #[test]
    fn rates_have_the_digits_that_count() {
        assert_eq!(rate_words(&rate(0, 0.5)), "0 an hour, at most 6 with 95 % confidence (rule of three)");
        assert_eq!(rate_words(&rate(1, 0.5)), "2 an hour, at most 9.49 with 95 % confidence (Poisson)");
        assert_eq!(number(1234.5), "1234");
        assert_eq!(number(120.0), "120");
    }
}
