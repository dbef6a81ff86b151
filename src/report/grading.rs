//! Whether a verdict may give a mark: whose word it is.
//!
//! A student is root in the nodes, and a node can tell anything. So a verdict gives a mark only if it rests
//! on what was seen from outside. This is the one place that decides that.

use serde::Serialize;

use super::analysis::{Analysis, FigureRow};
pub use super::answerers::FalseName;
use super::terms::{name, word};
use crate::model::Origin;
use crate::record::Verdict;

/// Whether a verdict may give a mark.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Grading {
    /// Whether it may: a pass that rests on nothing that nodes tell, or a failure of which at least one
    /// reason was seen. What is inconclusive proves nothing, and never gives a mark.
    pub safe: bool,
    /// What the verdict rests on although only nodes tell it.
    pub told: Vec<String>,
}

/// Decides whether a verdict may give a mark. All other fields of the analysis must be final. `redundant` is
/// whose word it is that the lab became redundant again, if the drill waits for that.
pub fn grading(analysis: &Analysis, redundant: Option<Origin>) -> Grading {
    let told = told(analysis, redundant);
    let safe = match analysis.verdict {
        Verdict::Pass => told.is_empty(),
        Verdict::Fail => analysis
            .reasons
            .iter()
            .any(|reason| reason.verdict == Verdict::Fail && reason.origin == Origin::Seen),
        Verdict::Inconclusive | Verdict::Error => false,
    };
    Grading { safe, told }
}

/// All that a pass would rest on and that only nodes tell.
fn told(analysis: &Analysis, redundant: Option<Origin>) -> Vec<String> {
    let is_told = |origin| origin == Origin::Told;
    let mut found = Vec::new();
    let steps = analysis.steps.iter().filter(|step| step.kind.is_fault() && is_told(step.origin));
    found.extend(steps.map(|step| format!("the proof of step {}", step.step)));
    let invariants = analysis.invariants.iter().filter(|result| is_told(result.origin));
    found.extend(invariants.map(|result| format!("invariant {}", word(result.invariant))));
    let has_limit = |row: &&FigureRow| row.min.is_some() || row.max.is_some();
    let figures = analysis.figures.iter().filter(has_limit).filter(|row| is_told(row.origin));
    found.extend(figures.map(|row| name(row.figure).to_owned()));
    found.extend(redundant.filter(|origin| is_told(*origin)).map(|_| "goal redundant".to_owned()));
    found.extend(analysis.measures.iter().map(|measure| format!("measurement {}", measure.name)));
    let names = analysis.false_names.iter();
    found.extend(names.map(|one| format!("{} answered in the name of {}", one.answered, one.named)));
    found
}
