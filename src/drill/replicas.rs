//! Compares all replicas of the data at the end, by their content and not by their reported state.

use std::collections::BTreeMap;

use super::ask::shown;
use super::engine::Engine;
use crate::model::drill::Invariant;
use crate::model::{Duty, Lab, NodeName};
use crate::record::{Ending, Nanos, What};

/// Runs the programs that replicating stacks install. Each prints the content of a node's replica, a line for
/// each part: its name and a checksum. A node that has lost its peer may hang, so each has a limit.
const DIGEST: &str = "for one in /usr/local/lib/halab/replicas/*; do timeout 20 \"$one\" || exit 1; done";

/// How long replicas may take to become equal after the last write.
const CATCH_UP: Nanos = Nanos::millis(15_000);

/// The content of a replica, or why it is not known.
pub(crate) type Copy = Result<BTreeMap<String, String>, String>;

/// The nodes of a lab that have replicas of the same data.
pub fn keepers(lab: &Lab) -> Vec<&NodeName> {
    let keeps = |node: &&NodeName| lab.stacks_on(node).any(|stack| stack.does(Duty::Copies));
    lab.nodes.iter().map(|node| &node.name).filter(keeps).collect()
}

impl<'env> Engine<'_, '_, 'env> {
    /// Queries the replica of every node repeatedly until all are equal or the time is up, and records the
    /// last answers. The clients have ended.
    pub fn compare_replicas(&mut self) -> Result<(), Ending> {
        if !self.setup.drill.invariants.contains(&Invariant::ReplicasEqual) {
            return Ok(());
        }
        let nodes = keepers(self.setup.lab);
        let deadline = self.pump.clock.now().plus(CATCH_UP);
        loop {
            let copies = self.ask_replicas(&nodes)?;
            let equal = copies.windows(2).all(|pair| pair[0].is_ok() && pair[0] == pair[1]);
            if equal || self.pump.clock.now() >= deadline {
                for (node, copy) in nodes.into_iter().zip(copies) {
                    let (parts, failure) = match copy {
                        Ok(parts) => (parts, None),
                        Err(failure) => (BTreeMap::new(), Some(failure)),
                    };
                    self.pump.emit(What::Replica { node: node.clone(), parts, failure });
                }
                return Ok(());
            }
        }
    }

    fn ask_replicas(&mut self, nodes: &[&'env NodeName]) -> Result<Vec<Copy>, Ending> {
        let said = self.ask_nodes(nodes, DIGEST, "reading a replica")?;
        Ok(said.into_iter().map(|said| parse(&said?.text)).collect())
    }
}

/// Parses the output: a name, a tab and a checksum on each line.
pub(crate) fn parse(parts: &str) -> Copy {
    let part = |line: &str| {
        let (name, sum) = line.split_once('\t').ok_or_else(|| format!("it said `{}`", shown(line)))?;
        Ok((name.to_owned(), sum.to_owned()))
    };
    let parts: BTreeMap<_, _> = parts.lines().map(part).collect::<Result<_, String>>()?;
    if parts.is_empty() { Err("it is empty".to_owned()) } else { Ok(parts) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_its_parts() {
        let parts = parse("halab.ledger\t17\nhalab.visits\tNULL\n").unwrap();
        assert_eq!(parts.get("halab.ledger").map(String::as_str), Some("17"));
        assert_eq!(parts.len(), 2);
        for broken in ["", "ERROR 2002\n"] {
            parse(broken).unwrap_err();
        }
    }
}
