//! What verdicts, figures and times are called on a page.

use serde::Serialize;

use crate::model::drill::Figure;
use crate::record::{Nanos, Verdict};
use crate::report::analysis::{Bound, Reason};
use crate::report::text::layout::plain;
use crate::report::text::verdict_title;

/// A verdict as a badge: its word, and the class that colours it.
#[derive(Debug, Clone, Serialize)]
pub struct Badge {
    pub word: &'static str,
    pub class: &'static str,
}

pub fn badge(verdict: Verdict) -> Badge {
    let class = match verdict {
        Verdict::Pass => "pass",
        Verdict::Inconclusive => "unsure",
        Verdict::Fail | Verdict::Error => "fail",
    };
    Badge { word: verdict_title(verdict), class }
}

/// A reason with its badge.
#[derive(Debug, Clone, Serialize)]
pub struct Said {
    pub badge: Badge,
    pub text: String,
}

pub fn said(reason: &Reason) -> Said {
    Said { badge: badge(reason.verdict), text: reason.text.clone() }
}

/// The title of a figure.
pub fn figure(figure: Figure) -> &'static str {
    match figure {
        Figure::Failover => "Failover",
        Figure::Failback => "Failback",
        Figure::WriteOutage => "First write",
        Figure::Redundancy => "Redundancy",
        Figure::Outage => "Outage",
    }
}

/// What a figure measures.
pub fn meaning(figure: Figure) -> &'static str {
    match figure {
        Figure::Failover => "without service after the cut",
        Figure::Failback => "without service on the way back",
        Figure::WriteOutage => "from the cut to an acknowledged write",
        Figure::Redundancy => "from the cut until every check holds",
        Figure::Outage => "without service, and nobody took over",
    }
}

pub fn bound(bound: Bound) -> String {
    match bound.high {
        Some(high) => format!("{} to {}", plain(bound.low), plain(high)),
        None => format!("over {}", plain(bound.low)),
    }
}

/// Seconds to the millisecond, without the unit.
pub fn bare(span: Nanos) -> String {
    span.to_string()
}
