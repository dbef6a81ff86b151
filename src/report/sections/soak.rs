//! A soak: a load without faults.

use super::super::document::{Answer, Section, Tone};
use super::super::numbers::{number, seconds};
use super::super::soak::SoakSummary;
use super::super::statistics::{CONFIDENCE, Rate};
use crate::base::words::several;

/// The question that a soak answers.
pub const FALSE_FAILOVERS: &str = "How often did it fail over without a fault?";

pub fn section(soak: &SoakSummary) -> Section {
    Section::new(format!("Soak: {} without a fault", seconds(soak.length))).notes([
        format!("{}: {}.", several(soak.takeovers.events, "false failover"), rate(&soak.takeovers)),
        format!("{} that did not cause a failover.", several(soak.late, "late heartbeat")),
        format!(
            "{} of {} failed, in {} of the service.",
            soak.failed,
            several(soak.requests, "request"),
            several(soak.outages, "outage")
        ),
    ])
}

pub fn answer(soak: &SoakSummary) -> Answer {
    let events = soak.takeovers.events;
    Answer {
        question: FALSE_FAILOVERS,
        headline: several(events, "time"),
        caption: format!("in {}", seconds(soak.length)),
        tone: if events == 0 { Tone::Pass } else { Tone::Fail },
        details: vec![rate(&soak.takeovers)],
    }
}

/// `0 per hour, at most 90 with 95 % confidence (rule of three)`.
pub fn rate(rate: &Rate) -> String {
    let how = if rate.events == 0 { "rule of three" } else { "Poisson" };
    let (seen, most, sure) = (number(rate.per_hour), number(rate.at_most), CONFIDENCE * 100.0);
    format!("{seen} per hour, at most {most} with {sure:.0} % confidence ({how})")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::statistics;

    #[test]
    fn a_rate_has_its_limit() {
        let text = |events| rate(&statistics::rate(events, 0.5));
        assert_eq!(text(0), "0 per hour, at most 6 with 95 % confidence (rule of three)");
        assert_eq!(text(1), "2 per hour, at most 9.49 with 95 % confidence (Poisson)");
    }
}
