//! A drill file as it is written: what keys there are and what they mean. The JSON Schema is made from these
//! types.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use toml::Spanned;

use super::load_table::LoadTable;
use super::measures::MeasureTable;
use super::ramps::RampTable;
use super::step_table::StepTable;
use super::sweep::SweepTable;
use crate::model::drill::{Figure, Invariant, SettleGoal};
use crate::model::{DrillName, LoadName, Millis, StepName};

/// A drill: an experiment on a lab (`lab drill run`).
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "a drill")]
pub struct DrillFile {
    /// The version of this format: 1.
    #[schemars(range(min = 1, max = 1))]
    #[expect(dead_code, reason = "the front end has looked at it")]
    pub schema: u32,
    /// The drill's name, equal to its file's.
    #[schemars(with = "DrillName")]
    pub name: Spanned<DrillName>,
    /// One line on what it is.
    pub title: String,
    /// What must hold before the first step.
    #[serde(default)]
    pub steady: SteadyTable,
    /// What clients do. The first load that asks a service, and not only whether a port or an address is
    /// there, is the one whose outages are measured.
    #[schemars(with = "BTreeMap<LoadName, LoadTable>")]
    pub load: BTreeMap<Spanned<LoadName>, LoadTable>,
    /// What a node measures, before anything is done to the lab.
    #[serde(default)]
    #[schemars(with = "BTreeMap<StepName, MeasureTable>")]
    pub measure: BTreeMap<Spanned<StepName>, MeasureTable>,
    /// What is asked more and more often, to see how much the lab can serve.
    #[serde(default)]
    #[schemars(with = "BTreeMap<LoadName, RampTable>")]
    pub ramp: BTreeMap<Spanned<LoadName>, RampTable>,
    /// What is done to the lab.
    #[serde(default)]
    #[schemars(with = "BTreeMap<StepName, StepTable>")]
    pub step: BTreeMap<Spanned<StepName>, StepTable>,
    /// What is waited for after the last step.
    #[serde(default)]
    pub settle: SettleTable,
    /// Bounds, and what a paper published, by figure.
    #[serde(default)]
    #[schemars(schema_with = "by_figure")]
    pub expect: BTreeMap<Spanned<Figure>, ExpectTable>,
    /// What may never be broken.
    #[serde(default)]
    #[schemars(with = "Vec<Invariant>")]
    pub invariants: Vec<Spanned<Invariant>>,
    /// Those of the invariants that are broken when all goes as expected; the drill fails when one of them is
    /// kept.
    #[serde(default)]
    #[schemars(with = "Vec<Invariant>")]
    pub expected_violations: Vec<Spanned<Invariant>>,
    /// How long two nodes may answer for an address when it moves, and count as one holder all the same:
    /// under VRRP a holder stops once it hears of the next one. Up to `"500ms"`; nothing when not given.
    #[schemars(with = "Option<Millis>")]
    pub handover: Option<Spanned<Millis>>,
    /// What of the lab is varied by `lab drill sweep`.
    pub sweep: Option<SweepTable>,
}

/// A table whose keys are figures. [`BTreeMap`]'s own schema would not say which there are.
fn by_figure(generator: &mut SchemaGenerator) -> Schema {
    let (figure, table) = (generator.subschema_for::<Figure>(), generator.subschema_for::<ExpectTable>());
    json_schema!({ "type": "object", "propertyNames": figure, "additionalProperties": table })
}

/// The steady state.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
#[schemars(title = "the steady state")]
pub struct SteadyTable {
    /// How long the health checks have to become healthy: `"60s"` when not given.
    pub within: Millis,
    /// How long the loads then run without a failure, before the first step: `"10s"` when not given.
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
    /// What has to hold: `["redundant", "failed-back"]` when not given.
    pub until: Vec<SettleGoal>,
    /// How long the service must then go on without a failure: `"5s"` when not given.
    pub calm: Millis,
    /// How long all of it may take: `"180s"` when not given.
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

/// What is expected of a figure. At least one of the keys is given.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "an expectation")]
pub struct ExpectTable {
    /// The drill fails when the measured value is above this.
    pub max: Option<Millis>,
    /// The drill fails when the measured value is below this: what is to last that does not end earlier.
    #[schemars(with = "Option<Millis>")]
    pub min: Option<Spanned<Millis>>,
    /// What the paper that the lab reproduces published.
    pub paper: Option<Millis>,
}
