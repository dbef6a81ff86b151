//! Reads what the rules for the ports have dropped.

use std::collections::BTreeMap;
use std::process::Command;

use super::rules::{TABLE, flood, forged};
use crate::host::{Host, HostError};
use crate::model::NodeName;
use crate::model::guard::{Dropped, Guard};

impl Host {
    /// The frames of each node that its ports have dropped since the rules came into force. A node of which
    /// none was dropped is absent.
    ///
    /// # Errors
    /// When there are no rules, or `nft` is missing.
    pub fn dropped(&self) -> Result<BTreeMap<NodeName, Dropped>, HostError> {
        let Some(Some(spec)) = self.read_mark()? else { return Ok(BTreeMap::new()) };
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.netns_name()]);
        command.args(["nft", "-j", "list", "counters", "table", "bridge", TABLE]);
        Ok(of_nodes(&spec.guard, &crate::host::output(&mut command)?))
    }
}

/// The sums for each node, from nft's JSON. The names of the counters are those of [`super::rules`].
fn of_nodes(guard: &Guard, listing: &str) -> BTreeMap<NodeName, Dropped> {
    let json: serde_json::Value = serde_json::from_str(listing).unwrap_or_default();
    let counters = json["nftables"].as_array().into_iter().flatten().map(|entry| &entry["counter"]);
    let counted: BTreeMap<&str, u64> = counters
        .filter_map(|counter| Some((counter["name"].as_str()?, counter["packets"].as_u64()?)))
        .collect();
    let count = |name: String| counted.get(name.as_str()).copied().unwrap_or(0);
    let mut dropped: BTreeMap<NodeName, Dropped> = BTreeMap::new();
    for port in guard.networks.iter().flat_map(|network| &network.ports) {
        let sum = dropped.entry(port.node.clone()).or_default();
        sum.forged += count(forged(port));
        sum.flood += count(flood(port));
    }
    dropped.retain(|_, sum| *sum != Dropped::default());
    dropped
}

#[cfg(test)]
mod tests {
    use super::super::rules;
    use super::*;

    #[test]
    fn the_ports_of_a_node_are_summed() {
        let guard = rules::example();
        let ports: Vec<_> = guard.networks.iter().flat_map(|network| &network.ports).collect();
        let node = &ports[0].node;
        let of_node: Vec<_> = ports.iter().filter(|port| port.node == *node).collect();
        assert!(of_node.len() > 1 && of_node.len() < ports.len(), "{ports:?}");
        let counter = |name: String, packets: u64| {
            let family = "bridge";
            serde_json::json!({"counter": {
                "family": family, "name": name, "table": TABLE, "handle": 1, "packets": packets, "bytes": 60 * packets
            }})
        };
        let mut all = vec![serde_json::json!({"metainfo": {"version": "1.0.6"}})];
        for port in &ports {
            let packets = u64::from(port.node == *node);
            all.push(counter(forged(port), 1000 * packets));
            all.push(counter(flood(port), 3 * packets));
        }
        let found = of_nodes(&guard, &serde_json::json!({ "nftables": all }).to_string());
        let each = of_node.len() as u64;
        let expected = Dropped { forged: 1000 * each, flood: 3 * each };
        assert_eq!(found.into_iter().collect::<Vec<_>>(), [(node.clone(), expected)]);
        assert!(of_nodes(&guard, "no list").is_empty());
    }
}
