//! Sweeps as far as they go without machines: requests that are refused before anything is made, and records
//! that are read again.

use std::path::{Path, PathBuf};

use halab::model::{Axis, Millis, Sweep};
use halab::record::{
    Event, Header, Nanos, Record, SeriesHeader, SeriesLine, SeriesRun, SeriesWriter, Stage, SweepHeader,
    SweepLine, SweepWriter, Verdict, What, Writer, create_folder,
};
use halab::testing::drill::soak;

use crate::sandbox::Sandbox;
use crate::synthetic::{Truth, drill, lab};

#[test]
fn what_cannot_be_swept_is_refused_before_anything_is_made() {
    let sandbox = Sandbox::new();
    let over =
        |words: &[&str]| sandbox.run(&[&["drill", "sweep", "power-cut", "drbd-heartbeat"], words].concat());
    let none = "has no parameters to vary";
    for (text, says, status) in [
        (over(&["--over", "deadtme=1s,3s"]), "did you mean `deadtime`?", 3),
        (over(&["--over", "deadtime=2s,3"]), "in which unit?", 3),
        (over(&["--over", "deadtime=1s,,3s"]), "has an empty value", 2),
        (over(&["--over", "deadtime=1s,1s"]), "has 1s twice", 2),
        (over(&["--over", "deadtime"]), "has no `=`", 2),
        (over(&["--soak", "1s"]), "a soak of 1s shows nothing", 2),
        (over(&["--repeat", "0"]), "0 is not in 1..=1000", 2),
        (over(&["--as", "a-name-that-is-as-long-as-can-be"]), "cannot be an instance", 2),
        (sandbox.run(&["drill", "sweep", "failback", "drbd-heartbeat"]), none, 2),
        (sandbox.run(&["drill", "sweep", "power", "drbd-heartbeat"]), "did you mean `power-cut`?", 6),
    ] {
        assert!(text.contains(says) && text.ends_with(&format!("[exit status: {status}]")), "{says}: {text}");
    }
    assert_eq!(
        sandbox.json(&["list", "--format", "json"])["instances"],
        serde_json::json!([]),
        "nothing was made"
    );
    sandbox.ok(&["up", "drbd-heartbeat", "--as", "drbd-heartbeat-sweep"]);
    let text = over(&[]);
    assert!(text.contains("exists already") && text.contains("`lab down drbd-heartbeat-sweep`"), "{text}");
}

#[test]
fn a_wrong_sweep_is_found_by_the_check_of_its_lab() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["new", "mine", "--from", "drbd-heartbeat"]);
    sandbox.ok(&["check", "./mine"]);
    let file = sandbox.path().join("mine/drills/power-cut.toml");
    let text = fs_err::read_to_string(&file).unwrap().replace("\"1500ms\"", "\"1500\"");
    fs_err::write(&file, text).unwrap();
    let check = sandbox.run(&["check", "mine/"]);
    assert!(check.contains("mine/drills/power-cut.toml:") && check.contains("in which unit?"), "{check}");
    assert!(check.ends_with("[exit status: 3]"), "{check}");
}

/// Puts a record among those of the instance `pair`, and returns the name of its folder.
fn put(records: &Path, record: &Record, started: &str) -> String {
    let header = Header { started: started.parse().unwrap(), ..record.header.clone() };
    let folder = create_folder(records, &header).unwrap();
    let mut writer = Writer::create(&folder, &header).unwrap();
    record.events.iter().for_each(|event| writer.write(event));
    writer.finish().unwrap();
    folder.file_name().unwrap().to_string_lossy().into_owned()
}

fn records(sandbox: &Sandbox, instance: &str) -> PathBuf {
    halab::testing::state::StateDir::at(sandbox.path().join("state")).records(&instance.parse().unwrap())
}

/// A sweep of two settings, of which the second could not be measured.
fn with_sweep(records: &Path) -> PathBuf {
    let run = Truth::typical().record(&lab(200, 1000, true));
    let mut calm =
        Truth { away: Vec::new(), held: vec![(1, Nanos(0), Nanos::millis(60_000))], ..Truth::typical() }
            .record(&lab(200, 1000, true));
    calm.header.drill = soak(&drill(50), Millis::seconds(30));
    calm.events.retain(|event| !matches!(event.what, What::Step { .. } | What::Goal { .. }));
    for (at, stage) in [(7000, Stage::Soak), (37_000, Stage::Final)] {
        calm.events.push(Event { t: Nanos::millis(at), what: What::Stage { stage } });
    }
    let over = vec![Axis { key: "deadtime".to_owned(), values: vec!["1s".to_owned(), "3s".to_owned()] }];
    let sweep = Sweep { over, repeat: 1, soak: Some(Millis::seconds(30)) };
    let mut writer = SweepWriter::create(records, &SweepHeader::begin(&run.header, sweep)).unwrap();
    let mut series = SeriesWriter::create(records, &SeriesHeader::begin(&run.header, 1)).unwrap();
    let record = put(records, &run, "2026-01-02T03:04:06Z");
    series.write(&SeriesLine::Run(SeriesRun { number: 1, seed: 1, record, verdict: Verdict::Pass })).unwrap();
    series.write(&SeriesLine::Completed).unwrap();
    let name = series.path().file_name().unwrap().to_string_lossy().into_owned();
    let soak = put(records, &calm, "2026-01-02T03:05:06Z");
    for line in [
        SweepLine::Began { number: 1, settings: vec!["deadtime=1s".to_owned()] },
        SweepLine::Runs { series: name },
        SweepLine::Soak { record: soak },
        SweepLine::Began { number: 2, settings: vec!["deadtime=3s".to_owned()] },
        SweepLine::Failed { reason: "node2 did not come up".to_owned() },
        SweepLine::Completed,
    ] {
        writer.write(&line).unwrap();
    }
    writer.path().to_owned()
}

#[test]
fn a_sweep_is_reported_from_its_records() {
    let sandbox = Sandbox::new();
    let records = records(&sandbox, "pair");
    let path = with_sweep(&records);
    let text = sandbox.run(&["drill", "report"]);
    assert!(
        text.contains("Sweep of drill power-cut of lab pair over deadtime") && text.contains("4.160 s"),
        "{text}"
    );
    assert!(text.contains("deadtime=3s: not measured to the end: node2 did not come up"), "{text}");
    assert!(text.ends_with("[exit status: 1]"), "a setting that could not be measured: {text}");
    let stem = path.file_name().unwrap().to_string_lossy().replace(".jsonl", "");
    for name in [path.to_str().unwrap(), &stem, "power-cut"] {
        assert_eq!(sandbox.run(&["drill", "report", name, "--lab", "pair"]), text, "{name}");
    }
    for (format, begins) in [("html", "<!doctype html>"), ("csv", "setting,verdict,")] {
        let told = sandbox.run(&["drill", "report", "--format", format]);
        assert!(told.starts_with(begins) && told.ends_with("[exit status: 1]"), "{told}");
    }
    let output = sandbox.command(&["drill", "report", "--format", "json"]).output().unwrap();
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let rate = &report["rows"][0]["soak"]["summary"]["takeovers"];
    assert_eq!((&rate["events"], &rate["at_most"]), (&0.into(), &360.0.into()));
    let junit = sandbox.run(&["drill", "report", "--format", "junit"]);
    assert!(junit.contains("has no test cases") && junit.ends_with("[exit status: 2]"), "{junit}");
    // The measurements can be read although the soak's record is gone.
    let soak = records.join("20260102T030506Z-soak");
    fs_err::remove_dir_all(soak).unwrap();
    let text = sandbox.run(&["drill", "report", &stem, "--lab", "pair"]);
    assert!(text.contains("its soak cannot be read") && text.contains("4.160 s"), "{text}");
}

#[test]
fn the_list_of_drills_knows_the_runs_of_a_sweep() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["up", "drbd-heartbeat"]);
    with_sweep(&records(&sandbox, "drbd-heartbeat"));
    let list = sandbox.json(&["drill", "list", "--format", "json"]);
    let mut rows = list["drills"].as_array().unwrap().iter();
    let last = &rows.find(|row| row["drill"] == "power-cut").unwrap()["last"];
    assert_eq!((&last["verdict"], &last["runs"]), (&"pass".into(), &1.into()), "{last}");
}
