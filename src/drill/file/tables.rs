//! A drill file as it is written: its keys and their meanings. The JSON Schema is generated from these types.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use toml::Spanned;

use super::load_table::LoadTable;
use super::measures::MeasureTable;
use super::ramps::RampTable;
use super::step_table::StepTable;
use super::sweep::SweepTable;
use crate::model::drill::{Figure, Invariant, Settle, SettleGoal};
use crate::model::{DrillName, LoadName, Millis, StepName};

/// A drill: an experiment on a lab (`lab drill run`).
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "a drill")]
pub struct DrillFile {
    /// The version of this format: 1.
    #[schemars(range(min = 1, max = 1))]
    #[expect(dead_code, reason = "the front end has checked it")]
    pub schema: u32,
    /// The drill's name, equal to that of its file.
    #[schemars(with = "DrillName")]
    pub name: Spanned<DrillName>,
    /// A one-line description.
    pub title: String,
    /// Whether the drill takes the lab as it finds it: it waits for no steady state, needs no load, and ends
    /// after its last step. For drills that break a lab, repair a broken one, or look at it.
    #[serde(default)]
    pub as_found: bool,
    /// The state that must hold before the first step.
    #[serde(default)]
    pub steady: SteadyTable,
    /// The load of clients. Outages are measured on the first load that queries a service, and not only an
    /// address or a port.
    #[serde(default)]
    #[schemars(with = "BTreeMap<LoadName, LoadTable>")]
    pub load: BTreeMap<Spanned<LoadName>, LoadTable>,
    /// Throughput of nodes, measured before anything is done to the lab.
    #[serde(default)]
    #[schemars(with = "BTreeMap<StepName, MeasureTable>")]
    pub measure: BTreeMap<Spanned<StepName>, MeasureTable>,
    /// Requests at a rising rate, which find the capacity of the lab.
    #[serde(default)]
    #[schemars(with = "BTreeMap<LoadName, RampTable>")]
    pub ramp: BTreeMap<Spanned<LoadName>, RampTable>,
    /// The actions on the lab.
    #[serde(default)]
    #[schemars(with = "BTreeMap<StepName, StepTable>")]
    pub step: BTreeMap<Spanned<StepName>, StepTable>,
    /// The state to wait for after the last step; nothing for a drill that takes the lab as it finds it.
    pub settle: Option<SettleTable>,
    /// Bounds, and published values, by figure.
    #[serde(default)]
    #[schemars(schema_with = "by_figure")]
    pub expect: BTreeMap<Spanned<Figure>, ExpectTable>,
    /// Invariants, which must never be violated.
    #[serde(default)]
    #[schemars(with = "Vec<Invariant>")]
    pub invariants: Vec<Spanned<Invariant>>,
    /// The invariants that are expected to be violated; the drill fails if one of them is kept.
    #[serde(default)]
    #[schemars(with = "Vec<Invariant>")]
    pub expected_violations: Vec<Spanned<Invariant>>,
    /// How long two nodes may both answer for an address while it moves, and still count as one holder: under
    /// VRRP a holder stops once it receives the advertisement of the next. Up to `"500ms"`; 0 when not given.
    #[schemars(with = "Option<Millis>")]
    pub handover: Option<Spanned<Millis>>,
    /// The parameters that `lab drill sweep` varies.
    pub sweep: Option<SweepTable>,
}

impl DrillFile {
    /// The state to wait for after the last step.
    pub fn settle(&self) -> Settle {
        let table = match (&self.settle, self.as_found) {
            (Some(table), _) => table,
            (None, true) => &SettleTable { until: Vec::new(), calm: Millis(0), within: Millis::seconds(60) },
            (None, false) => &SettleTable::default(),
        };
        let SettleTable { until, calm, within } = table;
        Settle { until: until.clone(), calm: *calm, within: *within }
    }
}

/// A table whose keys are figures. The schema of [`BTreeMap`] would not list them.
fn by_figure(generator: &mut SchemaGenerator) -> Schema {
    let (figure, table) = (generator.subschema_for::<Figure>(), generator.subschema_for::<ExpectTable>());
    json_schema!({ "type": "object", "propertyNames": figure, "additionalProperties": table })
}

/// The steady state.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
#[schemars(title = "the steady state")]
pub struct SteadyTable {
    /// How long the health checks may take to become healthy: `"60s"` when not given.
    pub within: Millis,
    /// How long the loads must then run without a failure before the first step: `"10s"` when not given.
    #[schemars(with = "Millis")]
    pub baseline: Spanned<Millis>,
}

impl Default for SteadyTable {
    fn default() -> Self {
        Self { within: Millis::seconds(60), baseline: Spanned::new(0..0, Millis::seconds(10)) }
    }
}

/// The end of a drill.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
#[schemars(title = "the end of a drill")]
pub struct SettleTable {
    /// The goals to wait for: `["redundant", "failed-back"]` when not given.
    pub until: Vec<SettleGoal>,
    /// How long the service must then run without a failure: `"5s"` when not given.
    pub calm: Millis,
    /// The time limit for all of it: `"180s"` when not given.
    pub within: Millis,
}

impl Default for SettleTable {
    fn default() -> Self {
        Self {
            until: vec![SettleGoal::Redundant, SettleGoal::FailedBack],
            calm: Millis::seconds(5),
            within: Millis::seconds(180),
        }
    }
}

/// The expectation of a figure. At least one of the keys is given.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "an expectation")]
pub struct ExpectTable {
    /// The drill fails when the measured value is above this.
    pub max: Option<Millis>,
    /// The drill fails when the measured value is below this, as for a state that must last.
    #[schemars(with = "Option<Millis>")]
    pub min: Option<Spanned<Millis>>,
    /// The value in the paper that the lab reproduces.
    pub paper: Option<Millis>,
}
