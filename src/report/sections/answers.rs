//! The first screen: how long was it down, was anything lost, was it safe.

use super::super::analysis::{Analysis, FigureRow, OutageLabel};
use super::super::counts::{InvariantResult, WritesSummary};
use super::super::document::{Answer, Tone};
use super::super::numbers::{error, estimate, plain, seconds};
use super::super::terms::name;
use super::super::verdict::bound_of;
use super::{ramps, safety, soak};
use crate::base::words::several;
use crate::model::Origin;
use crate::model::drill::{Figure, Invariant};
use crate::record::{Nanos, Verdict};

pub const DOWN: &str = "How long was it down?";
pub const LOST: &str = "Was anything lost?";
pub const SAFE: &str = "Was it safe?";

/// The answers to the three questions, and to those that only some drills have.
pub fn answers(analysis: &Analysis) -> Vec<Answer> {
    let mut all = vec![down(analysis), lost(analysis), safe(analysis)];
    all.extend(analysis.ramps.iter().map(ramps::answer));
    all.extend(analysis.soak.iter().map(soak::answer));
    all
}

fn down(analysis: &Analysis) -> Answer {
    let answer = |headline: String, caption: String, tone| Answer {
        question: DOWN,
        headline,
        caption,
        tone,
        details: downtime(analysis),
    };
    let Some(availability) = analysis.availability else {
        return answer("not measured".to_owned(), String::new(), Tone::Neutral);
    };
    let of = |figure| analysis.figures.iter().find(|row| row.figure == figure && row.measured.is_some());
    let main = of(Figure::Failover).or_else(|| of(Figure::Outage));
    let Some((row, measured)) = main.and_then(|row| Some((row, row.measured?))) else {
        return match availability.down {
            Nanos(0) => answer("0 s".to_owned(), "no outage".to_owned(), Tone::Pass),
            down => answer(seconds(down), "downtime without a failover".to_owned(), Tone::Unsure),
        };
    };
    let least = if measured.high.is_none() { "≥ " } else { "" };
    let mut answer = answer(
        format!("{least}{}", seconds(measured.value)),
        format!("{} {}", name(row.figure), error(measured)),
        bounded(row),
    );
    let mut first: Vec<String> = phases(analysis).into_iter().collect();
    first.extend(row.max.map(|max| format!("objective (RTO): at most {}", plain(max))));
    first.append(&mut answer.details);
    answer.details = first;
    answer
}

fn bounded(row: &FigureRow) -> Tone {
    match bound_of(row) {
        Some(reason) => reason.verdict.into(),
        None if row.max.is_some() || row.min.is_some() => Tone::Pass,
        None => Tone::Neutral,
    }
}

/// The phases of the failover time, if there was one failover and all its phases were seen.
fn phases(analysis: &Analysis) -> Option<String> {
    let mut failovers = analysis.timelines.iter().filter(|timeline| timeline.label == OutageLabel::Failover);
    let (first, None) = (failovers.next()?, failovers.next()) else { return None };
    let phases = first.phases?;
    let (detection, takeover, recovery) = (phases.detection, phases.takeover, phases.recovery);
    Some(format!("detection {detection} s + takeover {takeover} s + recovery {recovery} s"))
}

fn downtime(analysis: &Analysis) -> Vec<String> {
    let back = analysis.figures.iter().filter(|row| row.figure == Figure::Failback);
    let back = back.filter_map(|row| Some(format!("{} {}", name(row.figure), estimate(row.measured?))));
    let all = analysis.availability.map(|all| {
        format!("downtime in all {} s of {} s, availability {:.3} %", all.down, all.period, all.share * 100.0)
    });
    back.chain(all).collect()
}

fn lost(analysis: &Analysis) -> Answer {
    let asked: Vec<&WritesSummary> = analysis.writes.iter().filter(|writes| writes.attempted > 0).collect();
    let answer = |headline: &str, caption: String, tone| {
        let details = asked.iter().flat_map(|writes| doubtful(writes)).collect();
        Answer { question: LOST, headline: headline.to_owned(), caption, tone, details }
    };
    let sum = |of: fn(&WritesSummary) -> usize| asked.iter().map(|writes| of(writes)).sum::<usize>();
    let (acknowledged, lost) = (sum(|writes| writes.acknowledged), sum(|writes| writes.lost.len()));
    if asked.is_empty() {
        return answer("not measured", "no load writes to a ledger".to_owned(), Tone::Neutral);
    }
    if lost > 0 {
        let tone = if expected(analysis) { Tone::Unsure } else { Tone::Fail };
        let when: Vec<String> = asked.iter().filter_map(|writes| safety::lost_when(writes)).collect();
        let headline = several(lost, "write");
        return answer(&headline, format!("acknowledged and lost: {}", when.join("; ")), tone);
    }
    if asked.iter().any(|writes| writes.unread.is_some()) {
        return answer("unknown", "the ledger could not be read".to_owned(), Tone::Unsure);
    }
    match acknowledged {
        0 => answer("unknown", "no write was acknowledged".to_owned(), Tone::Unsure),
        _ => answer(
            "nothing",
            format!("all {acknowledged} acknowledged writes are there (RPO 0 s), as nodes tell"),
            Tone::Pass,
        ),
    }
}

fn expected(analysis: &Analysis) -> bool {
    let writes = |result: &&InvariantResult| result.invariant == Invariant::AcknowledgedWrites;
    analysis.invariants.iter().find(writes).is_none_or(|result| result.verdict == Verdict::Pass)
}

/// The unknown outcomes among the writes of a load.
fn doubtful(writes: &WritesSummary) -> Option<String> {
    if let Some(reason) = &writes.unread {
        return Some(format!("{}: {reason}", writes.load));
    }
    let (unknown, executed) = (several(writes.unknown, "write"), writes.unknown_present);
    (writes.unknown > 0).then(|| {
        format!("load {}: {unknown} ended without an answer, {executed} of them executed", writes.load)
    })
}

/// How many invariants only nodes tell.
fn told_ones(analysis: &Analysis) -> String {
    let told = analysis.invariants.iter().filter(|result| result.origin == Origin::Told).count();
    if told > 0 { format!(", {told} of them as nodes tell") } else { String::new() }
}

fn safe(analysis: &Analysis) -> Answer {
    let all = analysis.invariants.len();
    let of = |wanted: fn(&InvariantResult) -> bool| {
        analysis.invariants.iter().filter(|result| wanted(result)).collect::<Vec<_>>()
    };
    let broken = of(|result| result.verdict == Verdict::Fail);
    let unknown = of(|result| matches!(result.verdict, Verdict::Inconclusive | Verdict::Error));
    let expected = of(|result| result.expected_violation && result.verdict == Verdict::Pass);
    let alarms = analysis.false_takeovers.len();
    let (headline, caption, tone, told) = if !broken.is_empty() {
        (
            "no",
            format!("{} of {} not as the drill demands", broken.len(), several(all, "invariant")),
            Tone::Fail,
            broken,
        )
    } else if !unknown.is_empty() {
        (
            "unknown",
            format!("{} of {} could not be checked", unknown.len(), several(all, "invariant")),
            Tone::Unsure,
            unknown,
        )
    } else if all == 0 {
        ("not checked", "the drill demands no invariant".to_owned(), Tone::Neutral, Vec::new())
    } else if !expected.is_empty() {
        (
            "no, as expected",
            format!("{} of {} violated", expected.len(), several(all, "invariant")),
            Tone::Unsure,
            expected,
        )
    } else {
        ("yes", format!("{all} of {all} invariants hold{}", told_ones(analysis)), Tone::Pass, Vec::new())
    };
    let mut details: Vec<String> = told.iter().map(|result| result.text.clone()).collect();
    if alarms > 0 {
        details.push(format!("{}: no fault of the drill explains it", several(alarms, "false failover")));
    }
    let tone = if alarms > 0 && tone == Tone::Pass { Tone::Unsure } else { tone };
    Answer { question: SAFE, headline: headline.to_owned(), caption, tone, details }
}
