//! `templates/<name>/stack.toml`: a stack's requirements, parameters, files and steps.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::place::Place;
use super::rule::Rule;
use super::several::Several;
use crate::model::log::{LogPlace, LogRule, Meaning, Pattern};
use crate::model::spec::{After, When};
use crate::model::{
    Duty, GuestPath, MacAddress, NAME, Path, PathName, PlaceName, Protocol, Service, ServiceName, Value, word,
};

/// A stack file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "a stack")]
pub struct StackDefinition {
    /// The version of this format; 1.
    #[schemars(range(min = 1, max = 1))]
    pub schema: u32,
    /// The stack's name, equal to its folder's.
    #[schemars(regex(pattern = NAME))]
    pub name: String,
    /// A one-line description.
    pub title: String,
    /// The smallest number of nodes.
    #[serde(default = "one")]
    pub min_nodes: usize,
    /// The largest number of nodes.
    pub max_nodes: Option<usize>,
    /// Stacks that must be on the same nodes, by their names in the catalogue.
    #[serde(default)]
    #[schemars(inner(regex(pattern = NAME)))]
    pub requires: Vec<String>,
    /// Debian packages, baked into the image of its nodes.
    #[serde(default)]
    #[schemars(inner(regex(pattern = word::PACKAGE_PATTERN)))]
    pub packages: Vec<String>,
    /// A script to run in the image's root during the build (a file in the stack's folder, not a template).
    #[schemars(regex(pattern = word::STACK_FILE_PATTERN))]
    pub bake: Option<String>,
    /// Parameters by name; a lab can set them.
    #[serde(default)]
    pub param: BTreeMap<String, Parameter>,
    /// Named sets of parameter values, chosen by `--set profile=NAME`.
    #[serde(default)]
    pub profile: BTreeMap<String, BTreeMap<String, serde_json::Value>>,
    /// Files in the guest, by absolute path.
    #[serde(default)]
    pub file: BTreeMap<GuestPath, FileTemplate>,
    /// Places in its files, by name, where a lab can put text of its own (`[stack.NAME.extra]`).
    #[serde(default)]
    pub extra: BTreeMap<PlaceName, Place>,
    /// Whether it can be used several times on a node, and with which parameters. Without: once.
    pub several: Option<Several>,
    /// The ports that its nodes listen on, by name. Two stacks on a node cannot have the same.
    #[serde(default)]
    pub listen: BTreeMap<PathName, PathDefinition>,
    /// Rules between the parameters, which every use must satisfy.
    #[serde(default)]
    pub rule: Vec<Rule>,
    /// Resources that a cluster manager on the same nodes starts and stops in this order, such as `drbd::r0`;
    /// each is a template, and one that renders to nothing is skipped.
    #[serde(default)]
    pub resources: Vec<String>,
    /// Whether it starts and stops the resources of the stacks on its nodes, as a cluster manager does. Each
    /// node with resources needs one such stack.
    #[serde(default)]
    pub starts_resources: bool,
    /// Set-up steps in order. Each finishes on all its nodes before the next begins.
    #[serde(default)]
    pub step: Vec<StepTemplate>,
    /// Health checks; a lab is up when each of them has passed.
    #[serde(default)]
    pub health: Vec<HealthTemplate>,
    /// What its nodes tell of their part in it: which of two mirrors is primary, whom a database follows.
    #[serde(default)]
    pub role: Vec<RoleTemplate>,
    /// Duties: what it does that drills depend on.
    #[serde(default)]
    pub duties: Vec<Duty>,
    /// An Ethernet address that its nodes send from, in addition to their own: that of a virtual router.
    pub virtual_mac: Option<VirtualMac>,
    /// The services that it runs, by name; faults can hit them.
    #[serde(default)]
    pub service: BTreeMap<ServiceName, Service>,
    /// The paths between its nodes, by name; faults can cut them.
    #[serde(default)]
    pub path: BTreeMap<PathName, PathDefinition>,
    /// The meaning of the log lines that it writes. The first matching rule applies.
    #[serde(default)]
    pub log: Vec<LogDefinition>,
}

/// The Ethernet address of a virtual router, as with VRRP and CARP.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "a virtual Ethernet address")]
pub struct VirtualMac {
    /// Its first five bytes: `00:00:5e:00:01` according to the standard.
    #[schemars(regex(pattern = "^[0-9a-f]{2}(:[0-9a-f]{2}){4}$"))]
    pub prefix: String,
    /// The parameter of kind `integer` with its last byte, the number of the virtual router.
    pub number: String,
}

impl VirtualMac {
    /// The address of a use of the stack with these parameter values.
    pub fn address(&self, params: &BTreeMap<String, Value>) -> Option<MacAddress> {
        let Value::Integer(number) = params.get(&self.number)? else { return None };
        MacAddress::try_from(format!("{}:{:02x}", self.prefix, u8::try_from(*number).ok()?)).ok()
    }
}

/// The meaning of a log line.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "the meaning of a log line")]
pub struct LogDefinition {
    /// The log file, by its absolute path.
    #[schemars(regex(pattern = word::LOG_FILE_PATTERN))]
    pub file: Option<String>,
    /// The systemd unit whose journal has the line, instead of a file.
    #[schemars(regex(pattern = word::UNIT_PATTERN))]
    pub unit: Option<String>,
    /// The pattern of the whole line: `*` matches any text, `{peer}` captures a word without spaces.
    pub pattern: Pattern,
    /// The meaning. `detected` and `late` need a `{peer}`, `mark` needs a `{name}`.
    pub means: Meaning,
}

impl LogDefinition {
    /// The rule; `None` if it has neither `file` nor `unit`.
    pub fn rule(&self) -> Option<LogRule> {
        let from = match (&self.file, &self.unit) {
            (Some(file), None) => LogPlace::File(file.clone()),
            (None, Some(unit)) => LogPlace::Unit(unit.clone()),
            _ => return None,
        };
        Some(LogRule { from, pattern: self.pattern.clone(), means: self.means })
    }
}

/// A path between nodes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "a path")]
pub struct PathDefinition {
    /// The protocol.
    pub protocol: Protocol,
    /// The port, for UDP and TCP.
    pub port: Option<u16>,
    /// The parameter of kind `integer` that contains the port, instead.
    pub port_param: Option<String>,
}

impl PathDefinition {
    /// The path of a use of the stack with these parameter values.
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
    /// The kind of its value.
    #[serde(rename = "type")]
    pub kind: ParameterKind,
    /// The default; a parameter without one must be set by the lab.
    pub default: Option<serde_json::Value>,
    /// Its effect.
    pub doc: String,
    /// The values of a `choice`.
    #[serde(default)]
    pub choices: Vec<String>,
    /// The smallest value: an integer as is, a duration in milliseconds.
    pub min: Option<i64>,
    /// The largest value, in the same unit.
    pub max: Option<i64>,
}

/// The kinds of parameters. TOML has them as text (`"800ms"`, `"data"`), numbers or true/false.
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
    /// A duration with its unit: `800ms`, `15s`, `2m`.
    Duration,
    /// An amount of memory or disk space: `512MiB`.
    Size,
    /// The name of a secondary disk that every node of the stack has.
    Disk,
    /// The name of a network that every node of the stack is on.
    Network,
    /// A list of names of such networks.
    Networks,
    /// The name of a virtual address of the lab.
    Address,
    /// The absolute path of a folder in the guest: `/srv/data`.
    Folder,
    /// A list of names of nodes, each on a network with the nodes of the stack. Templates get the same fields
    /// for each as for `node`.
    Nodes,
}

/// A file that the stack renders.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "a file")]
pub struct FileTemplate {
    /// The template: a file in the stack's folder or in another's (`../lamp/www/health.php`). In a template
    /// whose name ends with `.sh`, or whose first line names a shell, values are quoted for the shell.
    #[schemars(regex(pattern = word::STACK_FILE_PATTERN))]
    pub template: String,
    /// Permission bits in octal, default `"0644"`.
    #[serde(default = "mode")]
    pub mode: String,
    /// Owner and group, default `root:root`.
    #[serde(default = "root")]
    #[schemars(regex(pattern = word::OWNER_PATTERN))]
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
    /// On every node of the stack, concurrently.
    #[default]
    All,
    /// On the first (preferred) node only.
    First,
    /// On every node but the first.
    Others,
}

/// The stage of a step. Each stage of all stacks of a lab, in the order of the lab file, is finished before
/// the next stage begins.
///
/// So a stack that is early in the order can start services that need files of a later stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Install and configure on each node.
    #[default]
    Prepare,
    /// Connect the nodes, and create what they share: file systems, data.
    Share,
    /// Start the services, or apply a changed configuration.
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
    #[schemars(regex(pattern = NAME))]
    pub id: String,
    /// A short description.
    pub title: String,
    /// Where it runs.
    #[serde(default)]
    pub on: Where,
    /// Its stage.
    #[serde(default)]
    pub stage: Stage,
    /// Which earlier steps it waits for.
    #[serde(default)]
    pub after: After,
    /// When it runs.
    #[serde(default)]
    pub when: When,
    /// The template of its shell script, in the stack's folder. The script must be idempotent.
    #[schemars(regex(pattern = word::STACK_FILE_PATTERN))]
    pub script: String,
}

/// A health check: a script that waits, or an HTTP request.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "a health check")]
pub struct HealthTemplate {
    /// Its name.
    #[schemars(regex(pattern = NAME))]
    pub id: String,
    /// A title for people.
    pub title: String,
    /// Where a script runs.
    #[serde(default)]
    pub on: Where,
    /// The template of a script that exits with status 0 as soon as the service is healthy.
    #[schemars(regex(pattern = word::STACK_FILE_PATTERN))]
    pub script: Option<String>,
    /// An HTTP request from outside, instead.
    pub http: Option<HttpTemplate>,
}

/// What a node tells of its part in the stack, for people who look at the lab.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "a role")]
pub struct RoleTemplate {
    /// A title for people: `mirror of the disk`.
    pub title: String,
    /// Where it is asked.
    #[serde(default)]
    pub on: Where,
    /// The template of a script that prints the role in one line, at once. It is run every two seconds while
    /// the status is watched, so it must be cheap.
    #[schemars(regex(pattern = word::STACK_FILE_PATTERN))]
    pub script: String,
}

/// An HTTP health check.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "an HTTP request")]
pub struct HttpTemplate {
    /// The parameter of kind `address` that contains the server's address.
    pub address: String,
    /// The TCP port.
    #[serde(default = "http_port")]
    pub port: u16,
    /// The path.
    #[schemars(regex(pattern = word::URL_PATH_PATTERN))]
    pub path: String,
    /// Text that the body must contain.
    pub expect: String,
}

fn http_port() -> u16 {
    80
}
