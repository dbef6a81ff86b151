//! `templates/<name>/stack.toml`: what a stack needs, what can be set, what it renders and runs.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::rule::Rule;
use crate::model::log::{LogPlace, LogRule, Meaning, Pattern};
use crate::model::spec::{After, When};
use crate::model::{Duty, Path, PathName, Protocol, Service, ServiceName, Value};

/// A stack file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "a stack")]
pub struct StackDefinition {
    /// The version of this format; 1.
    #[schemars(range(min = 1, max = 1))]
    pub schema: u32,
    /// The stack's name, equal to its folder's.
    pub name: String,
    /// One line on what it is.
    pub title: String,
    /// The fewest nodes that it works on.
    #[serde(default = "one")]
    pub min_nodes: usize,
    /// The most nodes that it works on.
    pub max_nodes: Option<usize>,
    /// Stacks that must be on the same nodes, by their names in the catalogue.
    #[serde(default)]
    pub requires: Vec<String>,
    /// Debian packages, baked into the image of its nodes.
    #[serde(default)]
    pub packages: Vec<String>,
    /// A script run in the image's root while the image is built (a file of the stack's folder, not a template).
    pub bake: Option<String>,
    /// What a lab can set, by name.
    #[serde(default)]
    pub param: BTreeMap<String, Parameter>,
    /// Named sets of parameter values, chosen by `--set profile=NAME`.
    #[serde(default)]
    pub profile: BTreeMap<String, BTreeMap<String, serde_json::Value>>,
    /// Files in the guest, by absolute path.
    #[serde(default)]
    pub file: BTreeMap<String, FileTemplate>,
    /// Rules between the parameters, which every use must keep.
    #[serde(default)]
    pub rule: Vec<Rule>,
    /// Resources that a cluster manager on the same nodes starts and stops in this order, such as
    /// `drbd::r0`; each is a template, and one that renders to nothing is left out.
    #[serde(default)]
    pub resources: Vec<String>,
    /// Whether it starts and stops the resources of the stacks on its nodes: a cluster manager. Each node that has resources
    /// needs one.
    #[serde(default)]
    pub starts_resources: bool,
    /// Set-up steps in order. Each is done on all its nodes before the next begins.
    #[serde(default)]
    pub step: Vec<StepTemplate>,
    /// Health checks; a lab is up when all of them have been seen healthy.
    #[serde(default)]
    pub health: Vec<HealthTemplate>,
    /// What it does that drills have to know of.
    #[serde(default)]
    pub duties: Vec<Duty>,
    /// The services that it runs, which faults can hit, by name.
    #[serde(default)]
    pub service: BTreeMap<ServiceName, Service>,
    /// The paths on which its nodes talk to each other, which faults can cut, by name.
    #[serde(default)]
    pub path: BTreeMap<PathName, PathDefinition>,
    /// What the lines mean that it writes into logs. The first that a line looks like counts.
    #[serde(default)]
    pub log: Vec<LogDefinition>,
}

/// What a line of a log means.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "the meaning of a log line")]
pub struct LogDefinition {
    /// The file that it is in, by its absolute path.
    pub file: Option<String>,
    /// The systemd unit whose journal it is in, instead.
    pub unit: Option<String>,
    /// How the whole line looks: `*` is any text, `{peer}` is a word without spaces that is captured.
    pub pattern: Pattern,
    /// What it means. `detected` and `late` need a `{peer}`, `mark` needs a `{name}`.
    pub means: Meaning,
}

impl LogDefinition {
    /// The rule; none if it does not say where the lines are.
    pub fn rule(&self) -> Option<LogRule> {
        let from = match (&self.file, &self.unit) {
            (Some(file), None) => LogPlace::File(file.clone()),
            (None, Some(unit)) => LogPlace::Unit(unit.clone()),
            _ => return None,
        };
        Some(LogRule { from, pattern: self.pattern.clone(), means: self.means })
    }
}

/// A path on which nodes talk to each other.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "a path")]
pub struct PathDefinition {
    /// The protocol.
    pub protocol: Protocol,
    /// The port, of UDP and TCP.
    pub port: Option<u16>,
    /// The parameter of kind `integer` that says the port, instead.
    pub port_param: Option<String>,
}

impl PathDefinition {
    /// The path of a use of the stack, with these values of its parameters.
    pub fn path(&self, params: &BTreeMap<String, Value>) -> Path {
        let named = self.port_param.as_ref().and_then(|name| params.get(name));
        let port = match named {
            Some(Value::Integer(port)) => u16::try_from(*port).ok(),
            _ => self.port,
        };
        Path { protocol: self.protocol, port }
    }
}

fn one() -> usize {
    1
}

/// A parameter.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "a parameter")]
pub struct Parameter {
    /// What kind of value it takes.
    #[serde(rename = "type")]
    pub kind: ParameterKind,
    /// Its value when nothing sets it; a parameter without one must be set by the lab.
    pub default: Option<serde_json::Value>,
    /// What it does.
    pub doc: String,
    /// The values that a `choice` may have.
    #[serde(default)]
    pub choices: Vec<String>,
    /// The smallest value: of an integer as it is, of a duration in milliseconds.
    pub min: Option<i64>,
    /// The largest value, in the same units.
    pub max: Option<i64>,
}

/// The kinds of parameters, written in TOML as text (`"800ms"`, `"data"`), numbers or true/false.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ParameterKind {
    /// Any text.
    Text,
    /// One of `choices`.
    Choice,
    /// A whole number.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// A span of time with its unit: `800ms`, `15s`, `2m`.
    Duration,
    /// An amount of memory or disk: `512MiB`.
    Size,
    /// The name of a secondary disk that every node of the stack has.
    Disk,
    /// The name of a network that every node of the stack is on.
    Network,
    /// A list of names of such networks.
    Networks,
    /// The name of a virtual address of the lab.
    Address,
    /// A list of names of nodes, each on a network with the nodes of the stack. A template has of each what it has of
    /// `node`.
    Nodes,
}

/// A file that the stack renders.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "a file")]
pub struct FileTemplate {
    /// The template, a file of the stack's folder, or of another's: `../lamp/www/health.php`. One whose name ends
    /// with `.sh` is a shell script: the values in it are quoted.
    pub template: String,
    /// Permission bits in octal, `"0644"` when not given.
    #[serde(default = "mode")]
    pub mode: String,
    /// Owner and group, `root:root` when not given.
    #[serde(default = "root")]
    pub owner: String,
}

fn mode() -> String {
    "0644".to_owned()
}

fn root() -> String {
    "root:root".to_owned()
}

/// Where a step or check runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Where {
    /// On every node of the stack, at the same time.
    #[default]
    All,
    /// On the first (preferred) node only.
    First,
    /// On every node but the first.
    Others,
}

/// When a step runs: each stage of all stacks of a lab, in the order of the lab file, comes before the next stage.
///
/// So a stack that is first in the order may start services that need what a later stack puts in place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Put things in place on each node.
    #[default]
    Prepare,
    /// Bring the nodes together, and put in place what they share: file systems, data.
    Share,
    /// Start what serves, or bring a change into force.
    Start,
}

impl Stage {
    /// The stages in their order.
    pub const ALL: [Stage; 3] = [Stage::Prepare, Stage::Share, Stage::Start];
}

/// A set-up step.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "a step")]
pub struct StepTemplate {
    /// Its name.
    pub id: String,
    /// What it does, in a few words.
    pub title: String,
    /// Where it runs.
    #[serde(default)]
    pub on: Where,
    /// When it runs.
    #[serde(default)]
    pub stage: Stage,
    /// Which of the steps before it it waits for.
    #[serde(default)]
    pub after: After,
    /// When it is due.
    #[serde(default)]
    pub when: When,
    /// The template of its shell script, a file of the stack's folder. Running it twice equals running it once.
    pub script: String,
}

/// A health check: a script that waits, or an HTTP request.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "a health check")]
pub struct HealthTemplate {
    /// Its name.
    pub id: String,
    /// What a person reads.
    pub title: String,
    /// Where a script runs.
    #[serde(default)]
    pub on: Where,
    /// The template of a script that ends with 0 as soon as the service is healthy.
    pub script: Option<String>,
    /// An HTTP request from outside instead.
    pub http: Option<HttpTemplate>,
}

/// An HTTP health check.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "an HTTP request")]
pub struct HttpTemplate {
    /// The parameter of kind `address` whose address is asked.
    pub address: String,
    /// The TCP port.
    #[serde(default = "http_port")]
    pub port: u16,
    /// The path.
    pub path: String,
    /// Text that the body must contain.
    pub expect: String,
}

fn http_port() -> u16 {
    80
}
