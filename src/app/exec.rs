//! `lab exec`: a command on a node, or on all of them at once.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::error::{AppError, ErrorKind};
use super::event::{Raw, What};
use super::instances::node;
use super::job::Job;
use super::provider;
use super::reach;
use super::request::Request;
use super::simulated;
use crate::guest::Limits;
use crate::guest::keeper::Shell;
use crate::model::{InstanceName, Node, NodeName};
use crate::provider::Model;

/// The default time limit of a command, which is practically none.
pub const DAY_S: u64 = 24 * 60 * 60;

/// The longest limit, in seconds: a year.
pub const LONGEST_S: u64 = 365 * DAY_S;

/// Output beyond this is emitted as events and left out of the outcome, in bytes for each node.
const KEPT: usize = 1 << 20;

/// Sessions run scripts that end at the first failure; the command of a user is not such a script.
const UNSTRICT: &str = "set +eu\n";

/// The status of a command on a node that did not answer, as OpenSSH has it.
pub const UNREACHED: i32 = 255;

/// Runs a command as root, without a terminal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Exec {
    /// The instance. Default: the only one.
    #[serde(default)]
    pub instance: Option<InstanceName>,
    /// The node; all nodes at once when not given.
    #[serde(default)]
    pub node: Option<NodeName>,
    /// The command: a single word is a line for the node's shell, several words are a command and its exact
    /// arguments.
    pub command: Vec<String>,
    /// The number of seconds after which the command is ended, at most [`LONGEST_S`].
    #[serde(default = "day")]
    pub timeout_s: u64,
}

fn day() -> u64 {
    DAY_S
}

/// The result of a command on one node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ran {
    /// The node.
    pub node: NodeName,
    /// The exit status; [`UNREACHED`] if the node did not answer.
    pub status: i32,
    /// Its output, both streams in the order in which they came, at most 1 MiB from the beginning.
    pub output: String,
    /// Whether it printed more than that.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
}

impl Request for Exec {
    type Outcome = Vec<Ran>;
    const NAME: &'static str = "exec";

    fn perform(&self, job: &Job) -> Result<Vec<Ran>, AppError> {
        if self.timeout_s > LONGEST_S {
            return Err(AppError::usage(format!("a limit of {} s is too long", self.timeout_s))
                .hint(format!("{LONGEST_S} s, a year, is the most")));
        }
        let name = job.choose(self.instance.as_ref())?;
        let instance = job.describe(&name)?;
        let nodes: Vec<&Node> = match &self.node {
            Some(wanted) => vec![node(&instance, wanted)?],
            None => instance.lab.nodes.iter().collect(),
        };
        let provider = provider::of(job, &instance)?;
        if let Some(model) = provider.model() {
            return self.on_model(job, model, &nodes);
        }
        let shells: Vec<Shell> =
            nodes.iter().map(|node| reach::shell(provider.as_ref(), node)).collect::<Result<_, _>>()?;
        job.at_risk("the command may go on running in the guest");
        let script = &format!("{UNSTRICT}{}", reach::line(&self.command));
        let limit = Duration::from_secs(self.timeout_s);
        std::thread::scope(|scope| {
            let on = |(node, shell)| scope.spawn(move || on_one(job, node, shell, script, limit));
            let running: Vec<_> = nodes.iter().copied().zip(&shells).map(on).collect();
            let end = |thread: std::thread::ScopedJoinHandle<'_, _>| {
                thread.join().unwrap_or_else(|_| Err(AppError::failed("a thread of `lab exec` panicked")))
            };
            self.of_all(job, nodes.iter().copied().zip(running.into_iter().map(end)))
        })
    }
}

impl Exec {
    /// The results of the nodes. Of all nodes, one that does not answer must not hide the results of the
    /// others: its result is [`UNREACHED`].
    fn of_all<'n>(
        &self,
        job: &Job,
        results: impl Iterator<Item = (&'n Node, Result<Ran, AppError>)>,
    ) -> Result<Vec<Ran>, AppError> {
        let keep = |(node, result): (&Node, Result<Ran, AppError>)| match result {
            Err(error) if self.node.is_none() && error.kind != ErrorKind::Interrupted => {
                job.problem(&error);
                Ok(Ran { node: node.name.clone(), status: UNREACHED, output: String::new(), cut: false })
            }
            result => result,
        };
        results.map(keep).collect()
    }

    fn on_model(&self, job: &Job, model: &dyn Model, nodes: &[&Node]) -> Result<Vec<Ran>, AppError> {
        let (line, limit) = (reach::line(&self.command), Duration::from_secs(self.timeout_s));
        let on_one = |node: &&Node| {
            let mut kept = Kept::default();
            let status = simulated::shell(job, model, &node.name, &line, limit, &mut |bytes| {
                kept.hear(job, node, bytes);
            })?;
            Ok(kept.ran(node, status))
        };
        self.of_all(job, nodes.iter().map(|node| (*node, on_one(node))))
    }
}

/// The output of a command, up to the limit.
#[derive(Default)]
struct Kept {
    output: Vec<u8>,
    cut: bool,
}

impl Kept {
    fn hear(&mut self, job: &Job, node: &Node, bytes: &[u8]) {
        let room = KEPT.saturating_sub(self.output.len()).min(bytes.len());
        self.output.extend_from_slice(bytes.get(..room).unwrap_or_default());
        self.cut |= room < bytes.len();
        job.emit(What::Output { node: node.name.clone(), bytes: Raw(bytes.to_vec()) });
    }

    fn ran(self, node: &Node, status: i32) -> Ran {
        let output = String::from_utf8_lossy(&self.output).into_owned();
        Ran { node: node.name.clone(), status, output, cut: self.cut }
    }
}

fn on_one(job: &Job, node: &Node, shell: &Shell, script: &str, limit: Duration) -> Result<Ran, AppError> {
    let mut kept = Kept::default();
    let limits = Limits::within(limit, job.cancel());
    let status = shell
        .stream(script, limits, &mut |bytes| kept.hear(job, node, bytes))
        .map_err(|error| reach::unreachable(node, error))?;
    Ok(kept.ran(node, status))
}
