//! A bundled lab comes up, runs a drill, and is removed without a trace.

#![expect(clippy::print_stderr, reason = "the report of each drill is shown")]

use crate::sandbox::{Ran, Sandbox};

/// The exit status of a drill that is inconclusive (`lab help`).
const INCONCLUSIVE: i32 = 11;

/// The messages of a report on a machine that was too slow for the drill; in any case, no promise was broken.
const TOO_SLOW: [&str; 3] =
    ["it can hardly carry this load", "an overloaded machine may", "requests were sent late"];

/// Maximum number of runs of a drill that is inconclusive on a machine that is too slow at the moment.
const RUNS: usize = 3;

/// Whether a drill was inconclusive because the machine was too slow.
fn too_slow(ran: &Ran) -> bool {
    let report = ran.json();
    let reasons = report["reasons"].as_array().expect("reasons");
    let says = |reason: &serde_json::Value| {
        TOO_SLOW.iter().any(|text| reason["text"].as_str().expect("a text").contains(text))
    };
    ran.status == Some(INCONCLUSIVE) && reasons.iter().any(says)
}

/// Brings a lab up, runs one of its drills, and takes it down. A run that is inconclusive, because a shared
/// machine stalled or is too slow at the moment, may be followed by others.
#[track_caller]
pub fn drilled(sandbox: &mut Sandbox, lab: &str, settings: &[&str], drill: &str) -> Ran {
    let name = sandbox.instance(lab);
    let mut up = vec!["up", lab, "--as", &name, "--no-checkpoint"];
    up.extend(settings.iter().flat_map(|setting| ["--set", setting]));
    sandbox.lab(up).ok();
    let run = |sandbox: &Sandbox| {
        let ran = sandbox.lab(["drill", "run", drill, "--lab", &name, "--format", "json"]);
        eprintln!("{}", sandbox.lab(["drill", "report", "--lab", &name]).stdout);
        ran
    };
    let mut ran = run(sandbox);
    for _ in 1..RUNS {
        if ran.status == Some(INCONCLUSIVE) {
            ran = run(sandbox);
        }
    }
    sandbox.lab(["down", &name]).ok();
    assert_eq!(sandbox.traces(&name), Vec::<String>::new());
    ran
}

/// The same, where the drill must pass.
#[track_caller]
pub fn passes(lab: &str, settings: &[&str], drill: &str) {
    let mut sandbox = Sandbox::enter();
    let ran = drilled(&mut sandbox, lab, settings, drill);
    passed(&ran);
}

/// A drill passes. On a machine that is too slow this is not proven, and that is not a failure of the lab.
#[track_caller]
pub fn passed(ran: &Ran) {
    if too_slow(ran) {
        eprintln!("not proved, the machine is too slow: {}", ran.command);
    } else {
        assert_eq!(ran.status, Some(0), "{}\n{}", ran.stdout, ran.stderr);
    }
}
