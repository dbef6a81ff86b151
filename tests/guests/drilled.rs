//! A bundled lab comes up, runs a drill, and is gone without a trace.

#![expect(clippy::print_stderr, reason = "the report of each drill is told")]

use crate::sandbox::{Ran, Sandbox};

/// The exit status of a drill that proves nothing (`lab help`).
const INCONCLUSIVE: i32 = 11;

/// Brings a lab up, runs one of its drills, and takes it down. A run that proves nothing, because a shared machine
/// stalled, may be followed by a second.
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
    if ran.status == Some(INCONCLUSIVE) {
        ran = run(sandbox);
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
    assert_eq!(ran.status, Some(0), "{}\n{}", ran.stdout, ran.stderr);
}
