//! A drill file as it is written: what keys there are and what they mean. The JSON Schema is made from these types.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use toml::Spanned;

use super::measures::MeasureTable;
use super::ramps::RampTable;
use super::step_table::StepTable;
use super::sweep::SweepTable;
use crate::model::drill::{CallTo, Connection, Figure, Invariant, SettleGoal, SipMethod};
use crate::model::{AddressName, DrillName, LoadName, Millis, NodeName, StepName};

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
    /// What clients do. The first load of kind `http`, `sip`, `call` or `xmpp` is the service whose outages are measured.
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
    /// Those of the invariants that are broken when all goes as expected; the drill fails when one of them is kept.
    #[serde(default)]
    #[schemars(with = "Vec<Invariant>")]
    pub expected_violations: Vec<Spanned<Invariant>>,
    /// How long two nodes may answer for an address when it moves, and count as one holder all the same: under VRRP a holder
    /// stops once it hears of the next one. Up to `"500ms"`; nothing when not given.
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

/// The kinds of loads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LoadWord {
    /// Requests of a page.
    Http,
    /// Requests of a page that tells how long something took.
    Told,
    /// Writes that are read back at the end.
    Ledger,
    /// Connections that are opened and closed.
    Tcp,
    /// Echo requests (ICMP).
    Ping,
    /// Numbered packets that the stack `echo` sends back.
    Udp,
    /// Requests to a telephone exchange.
    Sip,
    /// Telephone calls.
    Call,
    /// Chat messages.
    Xmpp,
}

/// A load.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "a load")]
pub struct LoadTable {
    /// What is asked: `http`, a page; `told`, a page that measures something itself and tells how long that took; `ledger`, writes that are read back at the end; `tcp`, a connection that opens;
    /// `ping`, an echo; `udp`, numbered packets that the stack `echo` sends back; `sip`, requests to a telephone exchange;
    /// `call`, telephone calls through one; `xmpp`, chat messages.
    pub kind: LoadWord,
    /// The virtual address that is asked.
    #[schemars(with = "AddressName")]
    pub address: Spanned<AddressName>,
    /// The node that is asked instead, at its own address in the same network (`told`, `ledger`,
    /// `tcp`, `ping`, `udp`, `sip`, `call`, `xmpp`). What was written is read through the virtual address all the same.
    #[schemars(with = "Option<NodeName>")]
    pub node: Option<Spanned<NodeName>>,
    /// The port: 80 when not given, 7 of `udp`, 5060 of `sip` and `call`, 5222 of
    /// `xmpp`. A `ping` has none.
    #[schemars(with = "Option<u16>", range(min = 1))]
    pub port: Option<Spanned<u16>>,
    /// Requests or packets per second, 1 to 1000. Only a `call` has none: its packets are of 20 ms.
    #[schemars(with = "Option<u32>", range(min = 1, max = 1000))]
    pub rate: Option<Spanned<u32>>,
    /// How long a connection may take to open (`http`, `told`, `ledger`, `tcp`, `xmpp`): `"400ms"` when not given, at most `"500ms"`,
    /// because the kernel repeats a lost SYN after a second.
    #[schemars(with = "Option<Millis>")]
    pub connect_timeout: Option<Spanned<Millis>>,
    /// How long a request may take in all: `"2s"` when not given. Of a packet (`ping`, `udp`), after how long it is lost:
    /// `"200ms"` when not given, at most `"2s"`. Of a `sip` request and a packet of a `call` `"500ms"` when not
    /// given, at most `"2s"`.
    #[schemars(with = "Option<Millis>")]
    pub timeout: Option<Spanned<Millis>>,
    /// Whether each request has a connection of its own (`http`): `"new"` when not given, or `"kept"`.
    #[schemars(with = "Option<Connection>")]
    pub connection: Option<Spanned<Connection>>,
    /// The path of the page (`http`, `told`).
    #[schemars(with = "Option<String>")]
    pub path: Option<Spanned<String>>,
    /// The text that the page must contain (`http`).
    #[schemars(with = "Option<String>")]
    pub expect: Option<Spanned<String>>,
    /// What the line begins with in which the page tells a time (`told`): `"replicated"`, for `replicated 3.1 to 4.7 ms …`.
    #[schemars(with = "Option<String>")]
    pub word: Option<Spanned<String>>,
    /// The path that a number is appended to (`ledger`): `"/append.php?id="`.
    #[schemars(with = "Option<String>")]
    pub append: Option<Spanned<String>>,
    /// The path of the page that lists all writes (`ledger`): `"/ledger.php"`.
    #[schemars(with = "Option<String>")]
    pub read: Option<Spanned<String>>,
    /// What is asked (`sip`): `"options"` when not given, or `"register"`. Each request is sent once and never repeated,
    /// so that no outage is hidden.
    #[schemars(with = "Option<SipMethod>")]
    pub method: Option<Spanned<SipMethod>>,
    /// The account that asks (`sip`) or sends (`xmpp`), or that of the first phone, the others having the numbers after it
    /// (`call`): `"100"` when not given.
    #[schemars(with = "Option<String>")]
    pub user: Option<Spanned<String>>,
    /// How many calls are up at a time (`call`): 1 to 10, 1 when not given. More would take more phones than a lab has accounts.
    #[schemars(with = "Option<u32>", range(min = 1, max = 10))]
    pub calls: Option<Spanned<u32>>,
    /// Who is called (`call`): `"echo"`, a number at which the exchange sends back what it hears, when not given; or
    /// `"phone"`, a second phone for each call, which answers.
    #[schemars(with = "Option<CallTo>")]
    pub to: Option<Spanned<CallTo>>,
    /// The number of the echo (`call`): `"600"` when not given.
    #[schemars(with = "Option<String>")]
    pub number: Option<Spanned<String>>,
    /// After how long without a voice users hang up and call again (`call`): `"5s"` when not given, `"500ms"` to `"60s"`.
    #[schemars(with = "Option<Millis>")]
    pub redial_after: Option<Spanned<Millis>>,
    /// For how long a phone keeps voice before it is heard, to even out how it comes (`call`): `"60ms"` when not given, at
    /// most the time-out. What comes later is lost to its user; the wait is part of the delay that the quality is reckoned from.
    #[schemars(with = "Option<Millis>")]
    pub buffer: Option<Spanned<Millis>>,
    /// The rate of a video that goes with each voice, in thousands of bits a second (`call`): 64 to 2000, no video when
    /// not given.
    #[schemars(with = "Option<u32>", range(min = 64, max = 2000))]
    pub video_kbps: Option<Spanned<u32>>,
    /// The account that messages are for (`xmpp`): `"101"` when not given.
    #[schemars(with = "Option<String>")]
    pub peer: Option<Spanned<String>>,
    /// The domain that accounts are in (`xmpp`): `"lab"` when not given.
    #[schemars(with = "Option<String>")]
    pub domain: Option<Spanned<String>>,
    /// The password of both accounts (`xmpp`): `"lab"` when not given.
    #[schemars(with = "Option<String>")]
    pub password: Option<Spanned<String>>,
    /// After how long without a message users give a connection up and log in again (`xmpp`): `"3s"` when not given,
    /// `"500ms"` to `"60s"`. A server that is gone does not say so.
    #[schemars(with = "Option<Millis>")]
    pub reconnect_after: Option<Spanned<Millis>>,
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
