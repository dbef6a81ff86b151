//! English.

use super::{Figure, Invariant, Language, Millis, Phrase, Score, Seen, State, Words, percent, seconds};

/// English sentences.
pub struct English;

impl Words for English {
    fn seen(&self, seen: &Seen) -> String {
        match seen {
            Seen::Healthy => "all health checks hold".to_owned(),
            Seen::Unhealthy { title } => format!("this does not hold: {title}"),
            Seen::OneHolder { address, node } => format!("{node} alone answers for {address}"),
            Seen::NoHolder { address } => format!("no node answers for {address}"),
            Seen::OtherHolder { address, node, wanted } => {
                format!("{node} answers for {address}, and not {wanted}")
            }
            Seen::SeveralHolders { address, nodes } => {
                format!("{nodes} answer for {address} at the same time")
            }
            Seen::Held { invariant } => held(*invariant).to_owned(),
            Seen::Violated { invariant } => violated(*invariant).to_owned(),
            Seen::Requests { failed, sent, allowed } => {
                format!("{failed} of {sent} requests failed; {allowed} may fail")
            }
            Seen::Measured { figure, value, full, none } => format!(
                "{} {} s; all points up to {} s, none from {} s",
                name(*figure),
                seconds(*value),
                seconds(*full),
                seconds(*none)
            ),
            Seen::DrillPassed { outage: None } => "the drill passed".to_owned(),
            Seen::DrillPassed { outage: Some(Millis(0)) } => {
                "the drill passed; the service was never away".to_owned()
            }
            Seen::DrillPassed { outage: Some(outage) } => {
                format!("the drill passed; the service was away for at most {} s", seconds(*outage))
            }
            Seen::DrillFailed { what } => what.clone(),
            Seen::Property { says } => says.get(Language::En).to_owned(),
            Seen::AllOfPool { count } => format!("{count} of {count} hidden drills passed"),
            Seen::Unsteady => "the cluster was not healthy, so there was nothing to try".to_owned(),
            Seen::Takeovers { count: 0 } => "no takeover and no failed request".to_owned(),
            Seen::Takeovers { count } => {
                format!("{count} takeovers although nothing was done to the cluster")
            }
            Seen::Writes { lost: 0, of } => format!("all {of} acknowledged writes are there"),
            Seen::Writes { lost, of } => format!("{lost} of {of} acknowledged writes are missing"),
            Seen::ConfigAsWanted => "the configuration says what it should".to_owned(),
            Seen::ConfigDiffers { path } => format!("{path} does not say what it should"),
            Seen::ScriptEnded => "it works".to_owned(),
            Seen::ScriptFailed { text } => format!("it does not work: {text}"),
            Seen::RightAnswer => "right".to_owned(),
            Seen::WrongAnswer { left } => format!("wrong; {left} more answers are judged"),
            Seen::NoAnswer => "not answered yet: `lab answer`".to_owned(),
            Seen::Guessed { guess, measured } => {
                format!("predicted {} s, measured {} s", seconds(*guess), seconds(*measured))
            }
            Seen::Unclear { why } => format!("the measurement proves nothing: {why}"),
        }
    }

    fn state(&self, state: State) -> &'static str {
        match state {
            State::Passed => "passed",
            State::Failed => "failed",
            State::Inconclusive => "inconclusive",
            State::Open => "open",
        }
    }

    fn phrase(&self, phrase: Phrase) -> String {
        match phrase {
            Phrase::Grading => "grading a copy of your cluster; yours goes on as it is".to_owned(),
            Phrase::Points { points, of } => format!("{points} of {of}"),
            Phrase::Score(score) => total(&score),
            Phrase::Pass => "passed".to_owned(),
            Phrase::NoPass => "not passed yet".to_owned(),
            Phrase::LeftOpen => "some checks are neither passed nor failed: grade again".to_owned(),
            Phrase::Told => "in part as the nodes say themselves".to_owned(),
            Phrase::NoHint => "there is no further hint".to_owned(),
            Phrase::Hint { number, cost } => format!("hint {number} (costs {cost} %)"),
            Phrase::AnswerTaken => "written down; `lab grade` judges it".to_owned(),
            Phrase::Ready => "the cluster is ready".to_owned(),
            Phrase::Next => "`lab task` shows this again, `lab grade` checks your work".to_owned(),
            Phrase::AtStart => "the cluster is as it was at the start".to_owned(),
            Phrase::Saved => "saved".to_owned(),
            Phrase::Loaded => "the cluster is as it was saved".to_owned(),
            Phrase::Finished => "finished; the cluster goes on, `lab down` takes it away".to_owned(),
            Phrase::Time(time) => format!("planned time: {time}"),
            Phrase::Questions => "Questions".to_owned(),
            Phrase::Checks { pass } => format!("Points ({pass} % pass)"),
            Phrase::OnlyFiles => "Only these files count: they are put into a fresh cluster".to_owned(),
            Phrase::Hints(1) => "1 hint: `lab hint`".to_owned(),
            Phrase::Hints(count) => format!("{count} hints: `lab hint`"),
            Phrase::Verified => "every point follows from the records".to_owned(),
        }
    }
}

fn total(score: &Score) -> String {
    let Score { points, of, hints, pass, .. } = score;
    let hints = if *hints > 0 { format!(", less {hints} % for hints") } else { String::new() };
    format!("{points} of {of} points{hints}: {} %; {pass} % passes", percent(score.hundredths()))
}

fn name(figure: Figure) -> &'static str {
    match figure {
        Figure::Failover => "failover took",
        Figure::Failback => "failback took",
        Figure::WriteOutage => "writes were refused for",
        Figure::Redundancy => "redundant again after",
        Figure::Outage => "the service was away for",
    }
}

fn held(invariant: Invariant) -> &'static str {
    match invariant {
        Invariant::OneHolder => "one node at a time answered for the address",
        Invariant::AcknowledgedWrites => "every acknowledged write is there",
        Invariant::FailbackAsDeclared => "the address is where the settings put it",
        Invariant::ReplicasEqual => "the copies of the data are equal",
        Invariant::OnePrimary => "one node at a time was DRBD's primary",
        Invariant::NoSplitBrain => "DRBD found no split brain",
        Invariant::DisksEqual => "both disks are equal",
        Invariant::Released => "the standby has released address and disk",
        Invariant::NoCollateral => "no node took damage",
        Invariant::FencedTakeover => "no node took over from one that was still on",
    }
}

fn violated(invariant: Invariant) -> &'static str {
    match invariant {
        Invariant::OneHolder => "two nodes answered for the address at the same time",
        Invariant::AcknowledgedWrites => "acknowledged writes are missing",
        Invariant::FailbackAsDeclared => "the address is not where the settings put it",
        Invariant::ReplicasEqual => "the copies of the data differ",
        Invariant::OnePrimary => "both nodes were DRBD's primary at the same time",
        Invariant::NoSplitBrain => "DRBD found a split brain",
        Invariant::DisksEqual => "the disks differ",
        Invariant::Released => "the standby still has the address or the disk",
        Invariant::NoCollateral => "a node took damage",
        Invariant::FencedTakeover => "a node took over from one that was still on",
    }
}
