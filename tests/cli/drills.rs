//! Drills as far as they go without machines: lists, errors, and records that are read again.

use halab::record::Nanos;
use insta::assert_snapshot;

use crate::sandbox::Sandbox;
use crate::synthetic::{Truth, lab};

/// The record of an instance with a drill that was stopped before anything was done to it, and a series of
/// one such run.
fn with_series(sandbox: &Sandbox) -> std::path::PathBuf {
    use halab::record::{SeriesHeader, SeriesLine, SeriesRun, SeriesWriter, Verdict, read};
    let folder = with_record(sandbox);
    let header = read(&folder.join("record.jsonl")).unwrap().header;
    let series = SeriesHeader::begin(&header, 1);
    let mut writer = SeriesWriter::create(folder.parent().unwrap(), &series).unwrap();
    let record = folder.file_name().unwrap().to_string_lossy().into_owned();
    let run = SeriesRun { number: 1, seed: 9, record, verdict: Verdict::Inconclusive };
    writer.write(&SeriesLine::Run(run)).unwrap();
    writer.write(&SeriesLine::Completed).unwrap();
    writer.path().to_owned()
}

/// The record of an instance with a drill that was stopped before anything was done to it, and its folder.
fn with_record(sandbox: &Sandbox) -> std::path::PathBuf {
    use halab::record::{Clock, Ending, Event, Header, What, Writer};
    use halab::testing::labfile::{self, LabPart};
    let source = labfile::find("drbd-heartbeat").unwrap();
    let lab = labfile::load(&source, &[]).unwrap().lab;
    let part: LabPart = source.drills().unwrap().into_iter().find(|part| part.name == "power-cut").unwrap();
    let drill = halab::testing::drill::load(&part, &lab).unwrap();
    let name = "drbd-heartbeat".parse().unwrap();
    let (header, clock): (Header, Clock) = Header::begin(&name, &lab, &drill, &[], "tcg", 7);
    let state = halab::testing::state::StateDir::at(sandbox.path().join("state"));
    let folder = halab::record::create_folder(&state.records(&name), &header).unwrap();
    let mut writer = Writer::create(&folder, &header).unwrap();
    let ending = Ending::GivenUp { reason: "the lab was not healthy before the drill".to_owned() };
    writer.write(&Event { t: clock.now(), what: What::Ended { ending } });
    writer.finish().unwrap();
    folder
}

#[test]
fn drills_are_listed() {
    let sandbox = Sandbox::new();
    let list = sandbox.json(&["drill", "list", "drbd-heartbeat", "--format", "json"]);
    let names: Vec<&str> =
        list["drills"].as_array().unwrap().iter().map(|row| row["drill"].as_str().unwrap()).collect();
    assert!(names.contains(&"power-cut") && names.contains(&"failback"), "{names:?}");
    sandbox.ok(&["up", "drbd-heartbeat"]);
    assert_eq!(sandbox.json(&["drill", "list", "--format", "json"]), list);
    assert_snapshot!(sandbox.complete(&["drill", "run", "pow"]), @"power-cut");
}

#[test]
fn drills_that_cannot_be_run() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["up", "drbd-heartbeat"]);
    assert_snapshot!(sandbox.run(&["drill", "run", "power-cutt"]), @r#"
    ------- stderr -------
    error: `drbd-heartbeat` has no drill `power-cutt`

    hint: did you mean `power-cut`?
    [exit status: 6]
    "#);
    assert_snapshot!(sandbox.run(&["drill", "run", "power-cut", "--repeat", "0"]), @r#"
    ------- stderr -------
    error: invalid value '0' for '--repeat <RUNS>': 0 is not in 1..=4294967295

    For more information, try '--help'.
    [exit status: 2]
    "#);
    sandbox.write("mine.toml", "schema = 1\nname = \"mine\"\ntitle = \"Mine\"\nsteps = 1\n");
    let wrong = sandbox.run(&["drill", "run", "mine.toml"]);
    assert!(wrong.contains("mine.toml:4:1") && wrong.ends_with("[exit status: 3]"), "{wrong}");
    assert_snapshot!(sandbox.run(&["heal"]), @r#"
    ------- stderr -------
    nothing to do: no fault is in force
    [exit status: 0]
    "#);
}

#[test]
fn a_record_is_reported_again() {
    let sandbox = Sandbox::new();
    assert_snapshot!(sandbox.run(&["drill", "report"]), @r#"
    ------- stderr -------
    error: there are no instances

    hint: there is no state folder $SANDBOX/state yet

    hint: `lab up LAB` brings one up; `lab list --bundled` shows which labs there are
    [exit status: 6]
    "#);
    with_record(&sandbox);
    let text = sandbox.run(&["drill", "report"]);
    assert!(text.contains("INCONCLUSIVE") && text.ends_with("[exit status: 11]"), "{text}");
    let by_name = sandbox.run(&["drill", "report", "power-cut", "--lab", "drbd-heartbeat"]);
    assert_eq!(by_name, text);
    let output = sandbox.command(&["drill", "report", "--format", "json"]).output().unwrap();
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["verdict"], "inconclusive");
    assert_snapshot!(sandbox.run(&["drill", "report", "failback"]), @r#"
    ------- stderr -------
    error: `drbd-heartbeat` has no record `failback`

    hint: `lab drill run` makes one
    [exit status: 6]
    "#);
    sandbox.write("not-a-record.jsonl", "{}\n");
    assert_snapshot!(sandbox.run(&["drill", "report", "not-a-record.jsonl"]), @r#"
    ------- stderr -------
    error: not-a-record.jsonl is not a record that can be reported
      caused by: not-a-record.jsonl is not a record of a drill
    [exit status: 1]
    "#);
}

#[test]
fn a_series_is_reported_while_it_is_the_newest() {
    let sandbox = Sandbox::new();
    let path = with_series(&sandbox);
    let text = sandbox.run(&["drill", "report"]);
    assert!(text.contains("1 of 1 runs") && text.contains("runs: 1 inconclusive\n\nINCONCLUSIVE"), "{text}");
    assert!(text.ends_with("[exit status: 11]"), "{text}");
    let stem = path.file_name().unwrap().to_string_lossy().replace(".jsonl", "");
    for name in [path.to_str().unwrap(), &stem] {
        let words = ["drill", "report", name, "--lab", "drbd-heartbeat"];
        assert_eq!(sandbox.run(&words), text);
    }
    let output = sandbox.command(&["drill", "report", "--format", "json"]).output().unwrap();
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&report["runs"][0]["seed"], &report["counted"]), (&9.into(), &0.into()));
    for (format, begins) in [("html", "<!doctype html>"), ("junit", "<?xml"), ("csv", "run,seed,")] {
        let text = sandbox.run(&["drill", "report", "--format", format]);
        assert!(text.starts_with(begins) && text.ends_with("[exit status: 11]"), "{text}");
        let words = ["drill", "report", "power-cut", "--lab", "drbd-heartbeat", "--format", format];
        assert_eq!(sandbox.run(&words), text, "the drill's newest is the same series");
    }
    sandbox.ok(&["up", "drbd-heartbeat"]);
    assert!(sandbox.complete(&["drill", "report", "2"]).contains(&stem));
    let list = sandbox.json(&["drill", "list", "--format", "json"]);
    let last = |drill: &str| {
        let mut rows = list["drills"].as_array().unwrap().iter();
        rows.find(|row| row["drill"] == drill).unwrap()["last"].clone()
    };
    assert_eq!(
        (&last("power-cut")["verdict"], &last("power-cut")["runs"]),
        (&"inconclusive".into(), &1.into())
    );
    assert!(last("failback").is_null());
    let text = sandbox.run(&["drill", "list"]);
    assert!(text.contains("LAST") && text.contains("inconclusive $DAY"), "{text}");
    // A single run after it.
    with_record(&sandbox);
    let text = sandbox.run(&["drill", "report"]);
    assert!(text.contains("INCONCLUSIVE") && !text.contains("of 1 runs"), "{text}");
    for (format, begins) in [("html", "<!doctype html>"), ("junit", "<?xml"), ("csv", "done_s,load,")] {
        assert!(sandbox.run(&["drill", "report", "--format", format]).starts_with(begins));
    }
    assert_snapshot!(sandbox.run(&["drill", "report", "--mtbf", "0s"]), @r#"
    ------- stderr -------
    error: invalid value '0s' for '--mtbf <TIME>': the time between failures must be longer than 0

    For more information, try '--help'.
    [exit status: 2]
    "#);
}

/// Records of runs with a setting with the given outages of the service after the cut, in milliseconds.
fn with_runs(sandbox: &Sandbox, setting: &str, away: &[u64]) {
    with_runs_of(sandbox, "pair", "pair", setting, away);
}

/// The same in the records of an instance, performed on one of that name or of another.
fn with_runs_of(sandbox: &Sandbox, records: &str, instance: &str, setting: &str, away: &[u64]) {
    let state = halab::testing::state::StateDir::at(sandbox.path().join("state"));
    for away in away {
        let mut truth = Truth::typical();
        let back = Nanos::millis(10_030 + away);
        (truth.away[0].1, truth.held[1].1) = (back, back);
        let mut record = truth.record(&lab(200, 1000, true));
        record.header.settings = vec![setting.to_owned()];
        record.header.instance = instance.parse().unwrap();
        let folder =
            halab::record::create_folder(&state.records(&records.parse().unwrap()), &record.header).unwrap();
        let mut writer = halab::record::Writer::create(&folder, &record.header).unwrap();
        record.events.iter().for_each(|event| writer.write(event));
        writer.finish().unwrap();
    }
}

#[test]
fn settings_are_compared_and_can_be_a_gate() {
    let sandbox = Sandbox::new();
    with_runs(&sandbox, "deadtime=2s", &[4170, 4900, 4410, 5020]);
    with_runs(&sandbox, "deadtime=1s", &[3170, 3900, 3410, 3230]);
    let ends = |before: &str, after: &str, gate: &str| {
        let text = sandbox.run(&["drill", "diff", before, after, "--lab", "pair", "--fail-if", gate]);
        let status = text.rsplit("exit status: ").next().unwrap().trim_end_matches(']').to_owned();
        (status, text)
    };
    let (slow, fast) = ("deadtime=2s", "deadtime=1s");
    let (status, text) = ends(slow, fast, "slower");
    assert!(status == "0" && text.contains("FASTER by "), "{text}");
    assert_eq!(ends(slow, fast, "faster").0, "10");
    assert_eq!(ends(fast, slow, "slower").0, "10");
    assert_eq!(ends("20260102T030405Z-power-cut", fast, "slower").0, "11");
    let words = ["drill", "diff", slow, fast, "--lab", "pair", "--figure", "failback", "--format", "json"];
    let json = sandbox.json(&words);
    assert_eq!((&json["change"], &json["figure"]), (&"no-difference".into(), &"failback".into()));
    assert_snapshot!(sandbox.run(&["drill", "diff", slow, "deadtime=9s", "--lab", "pair"]), @r#"
    ------- stderr -------
    error: there is no run of `deadtime=9s`
    [exit status: 6]
    "#);
}

#[test]
fn labs_are_compared_by_their_newest_records() {
    let sandbox = Sandbox::new();
    with_runs(&sandbox, "deadtime=2s", &[4170, 4900]);
    with_runs_of(&sandbox, "other", "other", "default", &[3000]);
    // The later records of a sweep exist, too.
    with_runs_of(&sandbox, "pair", "pair-sweep", "deadtime=9s", &[9000]);
    let compared = sandbox.json(&["drill", "compare", "pair", "other", "--format", "json"]);
    let rows = compared["drills"].as_array().unwrap();
    let told: Vec<_> = rows.iter().map(|row| (row["instance"].as_str(), row["drill"].as_str())).collect();
    assert_eq!(told, [(Some("pair"), Some("power-cut")), (Some("other"), Some("power-cut"))]);
    assert!(
        rows[0]["record"].as_str().unwrap().ends_with("-power-cut.2"),
        "the newest: {}",
        rows[0]["record"]
    );
    assert_snapshot!(sandbox.run(&["drill", "compare", "pair", "pair"]), @r#"
    ------- stderr -------
    error: `pair` is there twice
    [exit status: 2]
    "#);
    assert_snapshot!(sandbox.run(&["drill", "compare", "pair", "absent"]), @r#"
    ------- stderr -------
    error: `absent` has no record of a drill

    hint: `lab drill run` makes one, and `lab df` shows whose there are
    [exit status: 6]
    "#);
    let one = sandbox.run(&["drill", "compare", "pair"]);
    assert!(one.contains("[exit status: 2]"), "{one}");
}

#[test]
fn a_broken_drill_is_found_by_the_check_of_its_lab() {
    let sandbox = Sandbox::with_pair();
    sandbox.write("pair/drills/cut.toml", "schema = 1\nname = \"cut\"\n");
    let check = sandbox.run(&["check", "./pair"]);
    assert!(check.contains("pair/drills/cut.toml") && check.ends_with("[exit status: 3]"), "{check}");
}
