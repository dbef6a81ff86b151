//! A class of simulated students on simulated clusters: what the server costs with thirty of them, compared
//! with one.

use serde_json::Value;

use crate::Row;
use crate::run::Lab;

/// The most students.
const MANY: usize = 30;

/// How long they work, in minutes.
const MINUTES: &str = "2";

pub fn rows() -> Vec<Row> {
    // Simulated instances must not be among real ones.
    let lab = Lab::new("/var/tmp/halab-bench-rehearsal");
    // Consecutive measurements are compared, because a shared machine changes its speed within minutes.
    let (one, many) = (rehearsed(&lab, 1), rehearsed(&lab, MANY));
    let (alone, among) = (p95(&one, "key"), p95(&many, "key"));
    let failures = |report: &Value| -> u64 {
        let rows = report["actions"].as_array().into_iter().flatten();
        rows.filter_map(|row| row["failures"].as_u64()).sum()
    };
    vec![
        Row {
            what: "key to echo, p95, with 30 students / with 1",
            measured: format!("{:.1} ({among:.1} ms / {alone:.1} ms)", among / alone),
            promised: "at most 100 ms with 30",
        },
        Row {
            what: "slowest p95 of the other actions with 30 students",
            measured: format!("{:.0} ms, {} failures", slowest(&many), failures(&many)),
            promised: "at most 1 s, no failures",
        },
        Row { what: "1 student: processor, memory of the server", measured: server(&one), promised: "" },
        Row {
            what: "30 students: processor, memory of the server",
            measured: server(&many),
            promised: "under 50 % with 30",
        },
    ]
}

/// The report of a rehearsal on simulated clusters.
fn rehearsed(lab: &Lab, students: usize) -> Value {
    let number = students.to_string();
    let words = ["class", "rehearse", "--exercise", "who-am-i", "--students", &number, "--minutes", MINUTES];
    let mut command = lab.command(&words);
    command.args(["--seed", "1", "--format", "json"]).env("HALAB_PROVIDER", "sim");
    let output = command.output().expect("the command starts");
    let said = String::from_utf8_lossy(&output.stderr);
    // A class that does not fit has figures as well.
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("lab class rehearse: {said}"))
}

fn p95(report: &Value, what: &str) -> f64 {
    let mut rows = report["actions"].as_array().into_iter().flatten();
    let row = rows.find(|row| row["what"] == what);
    row.and_then(|row| row["answer"]["p95-ms"].as_f64()).unwrap_or(f64::NAN)
}

/// The longest p95 of all actions but the preparation of clusters.
fn slowest(report: &Value) -> f64 {
    let rows = report["actions"].as_array().into_iter().flatten();
    let rows = rows.filter(|row| row["what"] != "cluster" && row["what"] != "key");
    rows.filter_map(|row| row["answer"]["p95-ms"].as_f64()).fold(0.0, f64::max)
}

fn server(report: &Value) -> String {
    let server = &report["server"];
    let number = |name: &str| server[name].as_f64().unwrap_or(f64::NAN);
    let memory = server["resident"].as_u64().unwrap_or_default() >> 20;
    format!("{:.1} % of one, {memory} MiB", number("processor-percent"))
}
