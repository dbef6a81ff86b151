//! The lab of the golden plans: a real lab file, changed by replacing its text, on the simulated host.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use halab::diagnostic::render;
use halab::model::spec::{Digest, ImageSpec};
use halab::testing::apply::{ApplyError, Options, Summary, run};
use halab::testing::catalog::Catalog;
use halab::testing::desired::{Desired, desired};
use halab::testing::labfile::{LabSource, load};
use halab::testing::plan::{Plan, Refusal, UpOptions, down, up};
use halab::testing::provider::Machines;
use halab::testing::provider::sim::Sim;

use crate::plan_rules::check;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/plans")
}

/// The lab, with parts of its file replaced.
pub fn lab(changes: &[(&str, &str)]) -> Desired {
    let mut text = fs_err::read_to_string(folder().join("lab/lab.toml")).unwrap();
    for (from, to) in changes {
        assert!(text.contains(from), "{from:?} is not in the file");
        text = text.replace(from, to);
    }
    let catalog = Catalog::bundled().beside_path(&folder().join("lab")).unwrap();
    let source = LabSource::from_text("lab.toml", text, catalog.clone());
    let loaded = load(&source, &[]).unwrap_or_else(|found| panic!("{}", render::text(&found, false)));
    let rendering = halab::testing::stack::render(&loaded.lab, &loaded.own, &catalog).unwrap();
    let image = |name: &halab::model::ImageName, node: &halab::testing::desired::NodeRendering| {
        let digest = Digest::of(&(name, &node.packages));
        let packages = node.packages.clone();
        Ok::<_, Infallible>(ImageSpec { name: name.clone(), digest, packages, bake: Vec::new() })
    };
    let Ok(desired) = desired(&loaded.lab, &rendering, image);
    desired
}

/// Plans and applies.
pub fn bring_up(sim: &Sim, desired: &Desired) {
    let plan = up(desired, &sim.inventory().unwrap(), &UpOptions::default()).unwrap();
    apply(sim, &plan).unwrap();
}

/// Applies it and keeps the result.
pub fn apply(sim: &Sim, plan: &Plan) -> Result<Summary, ApplyError> {
    let options = Options { workers: 1, keep: true, cancel: &AtomicBool::new(false), journal: None };
    run(plan, sim, options, &mut |_| {})
}

/// The plan for the state of a host, in which the checker finds no violation.
pub fn plan(sim: &Sim, desired: &Desired, recreate: &[&str]) -> Result<Plan, Refusal> {
    let recreate: BTreeSet<_> = recreate.iter().map(|node| node.parse().unwrap()).collect();
    let inventory = sim.inventory().unwrap();
    let plan = up(desired, &inventory, &UpOptions { recreate })?;
    assert_eq!(check(&plan, &inventory), []);
    Ok(plan)
}

/// The plan that removes the state of a host, in which the checker finds no violation.
pub fn plan_down(sim: &Sim) -> Plan {
    let inventory = sim.inventory().unwrap();
    let plan = down(&inventory).unwrap();
    assert_eq!(check(&plan, &inventory), []);
    plan
}

/// Compares a text with a golden file, or rewrites it.
pub fn golden(file: &str, text: &str) {
    let path = folder().join(file);
    if std::env::var_os("HALAB_GOLDEN").is_some_and(|value| value == "write") {
        fs_err::write(path, text).unwrap();
        return;
    }
    let golden = fs_err::read_to_string(&path).unwrap();
    assert_eq!(text, golden, "the plan differs from {file}");
}
