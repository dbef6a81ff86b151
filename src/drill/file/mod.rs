//! `drills/<name>.toml` → [`Drill`]: its shape, its references, and all rules for drills. All problems are
//! reported at once, before anything is done to a lab.

mod action;
mod check;
mod expect;
mod fault_schema;
mod faults;
mod limits;
mod load_schema;
mod load_table;
mod load_word;
mod loads;
mod measures;
mod ramps;
mod set;
mod step_table;
mod steps;
mod sweep;
mod tables;
mod targets;

use check::Checker;
pub use sweep::sweep;
use tables::DrillFile;

use crate::diagnostic::{Diagnostics, parse_toml, schema_of};
use crate::labfile::LabPart;
use crate::model::Lab;
use crate::model::drill::{Drill, Steady};

/// Reads and checks a drill of a lab.
///
/// # Errors
/// All problems, each with its place and a suggestion.
pub fn load(part: &LabPart, lab: &Lab) -> Result<Drill, Diagnostics> {
    let file: DrillFile = parse_toml(&part.label, &part.text)?;
    let found = Diagnostics::new(&part.label, part.text.as_ref());
    let mut checker = Checker { lab, scripts: &part.scripts, catalog: &part.catalog, file: &file, found };
    checker.header(&part.name);
    checker.limits();
    let loads = checker.loads();
    let steps = checker.steps();
    let measures = checker.measures();
    let ramps = checker.ramps();
    let expect = checker.expect();
    let invariants = checker.invariants();
    let expected_violations = checker.expected_violations();
    let handover = checker.handover();
    let found = checker.found;
    if found.has_errors() {
        return Err(found);
    }
    Ok(Drill {
        name: file.name.get_ref().clone(),
        title: file.title.clone(),
        steady: Steady { within: file.steady.within, baseline: *file.steady.baseline.get_ref() },
        loads,
        steps,
        settle: file.settle(),
        expect,
        invariants,
        expected_violations,
        handover,
        measures,
        ramps,
        soak: None,
        as_found: file.as_found,
    })
}

/// The JSON Schema of a drill file, generated from its types.
pub fn schema() -> serde_json::Value {
    schema_of::<DrillFile>()
}
