//! Records as tables for other programs: all requests of a run, or all runs of a series.

use super::answerers::{answered_by, rounds_for};
use super::clients::kind;
use super::index::{Index, Round, packets};
use super::series::{RunRow, SeriesReport};
use crate::model::drill::Figure;
use crate::record::{Answer, Nanos, Record, Sample};

/// One line for each request of each load, in the order of their due times, including those not sent. Times
/// are seconds since the start of the record. The latency counts from when the request was due. `node_told`
/// is the node that the answer names, `node_seen` the one that held the address.
pub fn csv(record: &Record) -> String {
    let packets = packets(record);
    let index = Index::new(record, &packets);
    let mut rows: Vec<(Nanos, Vec<String>)> = Vec::new();
    for (load, samples) in &index.samples {
        let load = record.header.drill.loads.iter().find(|own| own.name == **load);
        let rounds = load.map_or(&[][..], |load| rounds_for(&index, load));
        rows.extend(samples.iter().map(|sample| (sample.due, row(sample, rounds))));
    }
    for (load, drops) in &index.drops {
        for drop in drops {
            let outcome = format!("not sent: {}", drop.reason);
            let [none, load] = [String::new(), load.to_string()];
            let row = [&none, &load, &none, &time(drop.due), &none, &none, &outcome, &none, &none];
            rows.push((drop.due, row.map(Clone::clone).to_vec()));
        }
    }
    rows.sort();
    let heads =
        ["done_s", "load", "seq", "due_s", "sent_s", "latency_ms", "outcome", "node_told", "node_seen"];
    table(&heads, rows.into_iter().map(|(_, row)| row))
}

fn row(sample: &Sample, rounds: &[Round<'_>]) -> Vec<String> {
    let outcome = match &sample.answer {
        Answer::Status { code } => format!("status {code}"),
        Answer::Other { message } => message.clone(),
        answer => kind(answer).unwrap_or("ok").to_owned(),
    };
    vec![
        time(sample.done),
        sample.load.to_string(),
        sample.seq.to_string(),
        time(sample.due),
        time(sample.sent),
        format!("{:.3}", sample.done.since(sample.due).seconds() * 1000.0),
        outcome,
        sample.node.as_ref().map_or_else(String::new, ToString::to_string),
        answered_by(rounds, sample).map_or_else(String::new, ToString::to_string),
    ]
}

/// One line for each run. Figures are in seconds, and empty where nothing was measured. `told` lists what its
/// verdict rests on although only nodes tell it.
pub fn series_csv(report: &SeriesReport) -> String {
    let heads = [
        "run",
        "seed",
        "record",
        "verdict",
        "failover_s",
        "failback_s",
        "write_outage_s",
        "redundancy_s",
        "outage_s",
        "lost",
        "double",
        "reason",
        "told",
    ];
    let row = |run: &RunRow| {
        let verdict = format!("{:?}", run.verdict).to_lowercase();
        let mut row = vec![run.number.to_string(), run.seed.to_string(), run.record.clone(), verdict];
        let figure = |figure: &Figure| run.figures.get(figure).map(|measured| time(measured.value));
        row.extend(Figure::ALL.iter().map(|one| figure(one).unwrap_or_default()));
        let times = [run.lost, run.doubles];
        row.extend(times.map(|times| times.map_or_else(String::new, |times| times.to_string())));
        row.push(run.reason.clone().unwrap_or_default());
        row.push(run.grading.as_ref().map_or_else(String::new, |grading| grading.told.join("; ")));
        row
    };
    table(&heads, report.runs.iter().map(row))
}

/// Rows as CSV (RFC 4180), preceded by the column heads.
pub fn table(heads: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    // Flexible row lengths, so no row is refused; writing to memory does not fail.
    let mut out = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    let _ = out.write_record(heads);
    for row in rows {
        let _ = out.write_record(row);
    }
    String::from_utf8_lossy(&out.into_inner().unwrap_or_default()).into_owned()
}

/// Seconds, to the microsecond.
pub fn time(at: Nanos) -> String {
    format!("{:.6}", at.seconds())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_quoted_where_they_must_be() {
        let row = ["no route", "a \"b\", c", "", "two\nlines"].map(str::to_owned).to_vec();
        let text = table(&["one", "two", "three", "four"], std::iter::once(row));
        assert_eq!(text, "one,two,three,four\nno route,\"a \"\"b\"\", c\",,\"two\nlines\"\n");
    }
}
