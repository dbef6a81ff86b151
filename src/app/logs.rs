//! `lab logs`: the logs of the stacks on nodes.

use std::collections::BTreeSet;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::error::AppError;
use super::event::{Raw, What};
use super::exec::DAY_S;
use super::instances::node;
use super::job::Job;
use super::request::Request;
use super::{provider, reach, simulated};
use crate::base::shell::quote;
use crate::guest::Limits;
use crate::instance::Instance;
use crate::model::{InstanceName, LogPlace, Node, NodeName};
use crate::provider::Provider;

/// The longest time for which logs are followed.
const LIMIT: Duration = Duration::from_secs(DAY_S);

/// The most bytes of last lines of a node.
const MOST: u64 = 64 << 20;

/// Emits the lines of nodes' logs as output events: of the files and units that their stacks declare, or else
/// of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Logs {
    /// The instance. Default: the only one.
    #[serde(default)]
    pub instance: Option<InstanceName>,
    /// The node; all nodes at once when not given.
    #[serde(default)]
    pub node: Option<NodeName>,
    /// Only the journal of this systemd unit.
    #[serde(default)]
    #[schemars(regex(pattern = r"^[^\x00-\x1f\x7f-\x9f]+$"))]
    pub unit: Option<String>,
    /// Number of last lines of each log to begin with.
    pub lines: usize,
    /// Follow the logs.
    #[serde(default)]
    pub follow: bool,
}

impl Request for Logs {
    type Outcome = ();
    const NAME: &'static str = "logs";

    fn perform(&self, job: &Job) -> Result<(), AppError> {
        if self.unit.as_ref().is_some_and(|unit| unit.is_empty() || unit.chars().any(char::is_control)) {
            return Err(AppError::usage("this is not the name of a unit").hint("write `--unit apache2`"));
        }
        let instance = job.describe(&job.choose(self.instance.as_ref())?)?;
        let nodes: Vec<&Node> = match &self.node {
            Some(wanted) => vec![node(&instance, wanted)?],
            None => instance.lab.nodes.iter().collect(),
        };
        let provider = provider::of(job, &instance)?;
        let on = |node: &Node| {
            let result = self.of_one(job, &instance, provider.as_ref(), node);
            // A node that is off must not hide the logs of the others.
            match (result, self.node.is_some() || job.asked_to_stop()) {
                (Err(error), false) => {
                    job.problem(&error);
                    Ok(false)
                }
                (result, _) => result.map(|()| true),
            }
        };
        let on = &on;
        let done: Vec<Result<bool, AppError>> = std::thread::scope(|scope| {
            let asked: Vec<_> = nodes.into_iter().map(|node| scope.spawn(move || on(node))).collect();
            let panicked = |_| Err(AppError::failed("a thread of `lab logs` panicked"));
            asked.into_iter().map(|thread| thread.join().unwrap_or_else(panicked)).collect()
        });
        let answered = done.into_iter().collect::<Result<Vec<_>, _>>()?;
        match answered.contains(&true) {
            true => Ok(()),
            false => Err(AppError::failed("no node answers").hint("`lab status` says which run")),
        }
    }
}

impl Logs {
    fn of_one(
        &self,
        job: &Job,
        instance: &Instance,
        provider: &dyn Provider,
        node: &Node,
    ) -> Result<(), AppError> {
        let mut tell = |bytes: &[u8]| {
            job.emit(What::Output { node: node.name.clone(), bytes: Raw(bytes.to_vec()) });
        };
        let places = self.places(instance, node);
        if let Some(model) = provider.model() {
            let script = self.script(&places, false);
            return simulated::shell(job, model, &node.name, &script, LIMIT, &mut tell).map(|_| ());
        }
        let shell = reach::shell(provider, node)?;
        let limits = Limits::within(LIMIT, job.cancel());
        let limits = if self.follow { limits } else { limits.at_most(MOST) };
        let script = format!("set +eu\n{}", self.script(&places, self.follow));
        match shell.stream(&script, limits, &mut tell) {
            // Only cancellation ends following.
            Err(_) if self.follow && job.asked_to_stop() => Ok(()),
            result => result.map(|_| ()).map_err(|error| reach::unreachable(node, error)),
        }
    }

    /// The logs of a node.
    fn places(&self, instance: &Instance, node: &Node) -> BTreeSet<LogPlace> {
        match &self.unit {
            Some(unit) => BTreeSet::from([LogPlace::Unit(unit.clone())]),
            None => instance.lab.log_rules(&node.name).map(|rule| rule.from.clone()).collect(),
        }
    }

    /// Prints the last lines of each log, and follows them on request.
    fn script(&self, places: &BTreeSet<LogPlace>, follow: bool) -> String {
        let lines = self.lines;
        let (tail, journal) =
            if follow { ("tail -qF", "journalctl -qf") } else { ("tail -q", "journalctl -q") };
        let mut commands: Vec<String> = places
            .iter()
            .map(|place| match place {
                LogPlace::File(path) => format!("{tail} -n {lines} {}", quote(path)),
                LogPlace::Unit(unit) => format!("{journal} --no-pager -n {lines} -u {}", quote(unit)),
            })
            .collect();
        if commands.is_empty() {
            commands.push(format!("{journal} --no-pager -n {lines}"));
        }
        match follow {
            true => format!("{} &\nwait", commands.join(" &\n")),
            false => commands.join("; "),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_asks_every_place() {
        let logs = Logs { instance: None, node: None, unit: None, lines: 5, follow: false };
        let places = BTreeSet::from([LogPlace::File("/var/log/it's".into()), LogPlace::Unit("web".into())]);
        assert_eq!(
            logs.script(&places, false),
            r"tail -q -n 5 '/var/log/it'\''s'; journalctl -q --no-pager -n 5 -u 'web'"
        );
        assert_eq!(
            logs.script(&places, true),
            "tail -qF -n 5 '/var/log/it'\\''s' &\njournalctl -qf --no-pager -n 5 -u 'web' &\nwait"
        );
        assert_eq!(logs.script(&BTreeSet::new(), false), "journalctl -q --no-pager -n 5");
    }
}
