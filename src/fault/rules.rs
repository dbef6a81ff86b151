//! Translates a filter into rules of nftables' bridge family: one table for each injection, so that healing
//! deletes it.

use super::proof::{Counted, Frames};
use super::{Filter, How, InjectionId, Port, Scope, Traffic};
use crate::model::{Bytes, Protocol};

/// The burst of a limited rate, as a fraction of the bytes per second; at least a frame of every size.
const BURST_PART: u64 = 10;
const LEAST_BURST: u64 = 16 * 1024;

/// The protocol number of VRRP and CARP.
const VRRP: &str = "ip protocol 112";

/// The name of an injection's table.
pub fn table(id: &InjectionId) -> String {
    format!("halab-{id}")
}

/// The input of `nft -f` that puts a filter in force.
pub fn ruleset(id: &InjectionId, filter: &Filter) -> String {
    let mut chains = Chains::default();
    for port in &filter.ports {
        for matched in matches(filter.traffic) {
            chains.add(port, filter.scope, &matched, &verdict(filter.how));
        }
    }
    format!("table bridge {} {{\n{}}}\n", plain(&table(id)), chains.text())
}

/// The arguments of `nft` that delete an injection's table.
pub fn removal(id: &InjectionId) -> Vec<String> {
    ["delete", "table", "bridge"].into_iter().map(str::to_owned).chain([plain(&table(id))]).collect()
}

/// The arguments of `nft` that list an injection's table as JSON.
pub fn listing(id: &InjectionId) -> Vec<String> {
    ["-j", "list", "table", "bridge"].into_iter().map(str::to_owned).chain([plain(&table(id))]).collect()
}

/// The counters of a table's rules, one for each rule, from the output of [`listing`]; `None` if it is not
/// such a list.
///
/// The first counter of a rule counts the matched frames, the last the dropped ones; a rule that drops all
/// has only one.
pub fn counted(listing: &str) -> Option<Vec<Counted>> {
    let json: serde_json::Value = serde_json::from_str(listing).ok()?;
    let rules = json["nftables"].as_array()?.iter().filter_map(|entry| entry["rule"]["expr"].as_array());
    let of_rule = |parts: &Vec<serde_json::Value>| {
        let counters: Vec<Frames> = parts.iter().filter_map(|part| Frames::read(&part["counter"])).collect();
        Some(Counted { seen: *counters.first()?, dropped: *counters.last()? })
    };
    Some(rules.filter_map(of_rule).collect())
}

/// The burst of a limited rate, beyond the bytes of a whole second: the kernel counts this way.
pub fn burst(limit: Bytes) -> u64 {
    (limit.0 / BURST_PART).max(LEAST_BURST)
}

/// A name that nft accepts without quotes.
fn plain(name: &str) -> String {
    name.replace('.', "_")
}

fn matches(traffic: Option<Traffic>) -> Vec<String> {
    let Some(Traffic { protocol, port }) = traffic else { return vec![String::new()] };
    let name = match protocol {
        Protocol::Udp => "udp",
        Protocol::Tcp => "tcp",
        Protocol::Vrrp => return vec![VRRP.to_owned()],
    };
    match port {
        // The port can be the destination or, in the other direction, the source.
        Some(port) => {
            vec![format!("{name} dport {port}"), format!("{name} sport {port} {name} dport != {port}")]
        }
        None => vec![format!("meta l4proto {name}")],
    }
}

fn verdict(how: How) -> String {
    match how {
        How::All => "counter drop".to_owned(),
        How::Percent(percent) => format!("counter numgen random mod 100 < {percent} counter drop"),
        How::Above(limit) => {
            let (rate, burst) = (limit.0, burst(limit));
            format!("counter limit rate over {rate} bytes/second burst {burst} bytes counter drop")
        }
    }
}

#[derive(Default)]
struct Chains {
    /// Frames from a port, to any destination.
    from: Vec<String>,
    /// Frames to a port, from any source.
    to: Vec<String>,
    /// Frames from a port to another.
    between: Vec<String>,
    /// Frames from a port to the host itself.
    host_in: Vec<String>,
    /// Frames from the host itself to a port.
    host_out: Vec<String>,
}

impl Chains {
    fn add(&mut self, port: &Port, scope: Scope, matched: &str, verdict: &str) {
        let Port { tap, others, .. } = port;
        let rule = |ends: String| format!("{ends} {matched} {verdict}").replace("  ", " ");
        let others = others.iter().map(|other| format!("\"{other}\"")).collect::<Vec<_>>().join(", ");
        let (out, back) = (format!("iifname \"{tap}\""), format!("oifname \"{tap}\""));
        let with_nodes = |chain: &mut Vec<String>, ends: String| {
            if !others.is_empty() {
                chain.push(rule(ends));
            }
        };
        match scope {
            Scope::Everybody => {
                self.from.push(rule(out));
                self.to.push(rule(back));
            }
            Scope::Nodes | Scope::ToNodes | Scope::FromNodes => {
                if scope != Scope::FromNodes {
                    with_nodes(&mut self.between, format!("{out} oifname {{ {others} }}"));
                }
                if scope != Scope::ToNodes {
                    with_nodes(&mut self.between, format!("iifname {{ {others} }} {back}"));
                }
            }
            Scope::Clients => {
                self.host_in.push(rule(out.clone()));
                self.host_out.push(rule(back.clone()));
                let (no_node_out, no_node_in) = if others.is_empty() {
                    (out, back)
                } else {
                    (format!("{out} oifname != {{ {others} }}"), format!("iifname != {{ {others} }} {back}"))
                };
                self.between.extend([rule(no_node_out), rule(no_node_in)]);
            }
        }
    }

    fn text(&self) -> String {
        let chains = [
            ("from", "prerouting", &self.from),
            ("to", "postrouting", &self.to),
            ("between", "forward", &self.between),
            ("host-in", "input", &self.host_in),
            ("host-out", "output", &self.host_out),
        ];
        let mut text = String::new();
        for (name, hook, rules) in chains.into_iter().filter(|(_, _, rules)| !rules.is_empty()) {
            text += &format!("  chain {name} {{\n    type filter hook {hook} priority 0; policy accept;\n");
            rules.iter().for_each(|rule| text += &format!("    {rule}\n"));
            text += "  }\n";
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fault::Fault;

    fn id() -> InjectionId {
        InjectionId::by_hand(&Fault::new("power-cut", []), &"node1".parse().unwrap(), &[])
    }

    fn port() -> Port {
        Port {
            tap: "node1-eth0".to_owned(),
            others: vec!["node2-eth0".to_owned(), "node3-eth0".to_owned()],
            address: std::net::Ipv4Addr::new(192, 168, 0, 1),
        }
    }

    #[test]
    fn the_rules_of_every_scope() {
        let mut all = String::new();
        let traffic = Some(Traffic { protocol: Protocol::Udp, port: Some(694) });
        for (scope, traffic, how) in [
            (Scope::Everybody, None, How::Percent(20)),
            (Scope::Everybody, None, How::Above(Bytes::mib(1))),
            (Scope::Nodes, traffic, How::All),
            (Scope::ToNodes, None, How::All),
            (Scope::FromNodes, None, How::All),
            (Scope::Clients, None, How::All),
        ] {
            all += &ruleset(&id(), &Filter { ports: vec![port()], scope, traffic, how });
        }
        insta::assert_snapshot!(all);
    }

    #[test]
    fn frames_are_counted_rule_by_rule() {
        let counter =
            |packets: u64| format!(r#"{{"counter":{{"packets":{packets},"bytes":{}}}}}"#, packets * 60);
        let all = format!(r#"{{"rule":{{"expr":[{{"match":{{}}}},{},{{"drop":null}}]}}}}"#, counter(5));
        let (seen, dropped) = (counter(9), counter(2));
        let some = format!(r#"{{"rule":{{"expr":[{seen},{{"match":{{}}}},{dropped},{{"drop":null}}]}}}}"#);
        let listing = format!(r#"{{"nftables":[{{"metainfo":{{}}}},{all},{some}]}}"#);
        let frames = |packets| Frames { packets, bytes: packets * 60 };
        let counts = [
            Counted { seen: frames(5), dropped: frames(5) },
            Counted { seen: frames(9), dropped: frames(2) },
        ];
        assert_eq!(counted(&listing).as_deref(), Some(&counts[..]));
        assert_eq!(counted("no"), None);
    }
}
