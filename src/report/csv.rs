//! Records as tables for other programs: every request of a run, or every run of a series.

use std::fmt::Write as _;

use super::clients::kind;
use super::index::{Index, packets};
use super::series::SeriesReport;
use crate::model::drill::Figure;
use crate::record::{Answer, Nanos, Record, Sample};

/// One line for each request of each load, in the order in which they were due; of those that were not sent, too. Times
/// are seconds since the beginning of the record. The latency counts from when the request was due.
pub fn csv(record: &Record) -> String {
    let packets = packets(record);
    let index = Index::new(record, &packets);
    let mut lines: Vec<(Nanos, String)> = Vec::new();
    for sample in index.samples.values().flatten() {
        lines.push((sample.due, line(sample)));
    }
    for (load, drops) in &index.drops {
        for drop in drops {
            let outcome = field(&format!("not sent: {}", drop.reason));
            lines.push((drop.due, format!(",{load},,{},,,{outcome},", time(drop.due))));
        }
    }
    lines.sort();
    let mut out = "done_s,load,seq,due_s,sent_s,latency_ms,outcome,node\n".to_owned();
    for (_, line) in lines {
        out += &line;
        out.push('\n');
    }
    out
}

fn line(sample: &Sample) -> String {
    let outcome = match &sample.answer {
        Answer::Status { code } => format!("status {code}"),
        Answer::Other { message } => message.clone(),
        answer => kind(answer).unwrap_or("ok").to_owned(),
    };
    let node = sample.node.as_ref().map_or("", |node| node.as_str());
    format!(
        "{},{},{},{},{},{:.3},{},{node}",
        time(sample.done),
        sample.load,
        sample.seq,
        time(sample.due),
        time(sample.sent),
        sample.done.since(sample.due).seconds() * 1000.0,
        field(&outcome),
    )
}

/// One line for each run. Figures are seconds, and empty where nothing was measured.
pub fn series_csv(report: &SeriesReport) -> String {
    let mut out =
        "run,seed,record,verdict,failover_s,failback_s,write_outage_s,redundancy_s,outage_s,lost,double,reason\n"
            .to_owned();
    for run in &report.runs {
        let verdict = format!("{:?}", run.verdict).to_lowercase();
        let _ = write!(out, "{},{},{},{verdict}", run.number, run.seed, field(&run.record));
        for figure in Figure::ALL {
            let value = run.figures.get(&figure).map_or_else(String::new, |measured| time(measured.value));
            let _ = write!(out, ",{value}");
        }
        for times in [run.lost, run.doubles] {
            let _ = write!(out, ",{}", times.map_or_else(String::new, |times| times.to_string()));
        }
        let _ = writeln!(out, ",{}", field(run.reason.as_deref().unwrap_or_default()));
    }
    out
}

/// Seconds to the microsecond.
pub fn time(at: Nanos) -> String {
    format!("{:.6}", at.seconds())
}

/// A text as one field, in quotes where it needs them (RFC 4180).
pub fn field(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_quoted_where_they_must_be() {
        assert_eq!(field("no route"), "no route");
        assert_eq!(field("a \"b\", c"), "\"a \"\"b\"\", c\"");
    }
}
