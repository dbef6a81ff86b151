//! The loads of a drill: what its clients do.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::fault::Value;
use super::{AddressName, LoadName, Millis, NodeName};

/// A stream of requests to a virtual address, open loop: request *k* is due at a fixed time, independent of
/// earlier requests, and its response time counts from then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Load {
    /// Its name.
    pub name: LoadName,
    /// The virtual address to which requests go.
    pub address: AddressName,
    /// A node to query instead, at its own address in the same network: this shows whether clients can reach
    /// the node even when it does not hold the virtual address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<NodeName>,
    /// The TCP or UDP port; 0 for a ping, which has none.
    pub port: u16,
    /// Requests or packets per second, at least 1.
    pub rate: u32,
    /// How long a connection may take to open. At most 500 ms: the kernel repeats a lost SYN after 1 s, and a
    /// probe that waited for that would round every outage up to whole seconds. For packets, which have no
    /// connection, it is the time-out.
    pub connect_timeout: Millis,
    /// How long a request may take in total, from when it is sent. A packet that is answered later counts as
    /// lost.
    pub timeout: Millis,
    /// The kind of request.
    pub kind: LoadKind,
}

impl Load {
    /// The time between two requests, in nanoseconds.
    pub fn interval_ns(&self) -> u64 {
        1_000_000_000 / u64::from(self.rate.max(1))
    }
}

/// The request of a load, as plain data: the name of its kind, the traits of the kind that matter for judging
/// the load, and the values of the kind's own keys. [`crate::probe`] defines the kinds; each checks its
/// values and fills in defaults.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadKind {
    word: String,
    traits: BTreeSet<LoadTrait>,
    values: BTreeMap<String, Value>,
}

/// A trait of a kind of load.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LoadTrait {
    /// It queries the service of the lab, so that outages can be measured on it. The presence of an address
    /// or a port is not a service, and writes have figures of their own.
    Service,
    /// It is a stream of packets instead of requests: answered or lost, at up to 1000 a second.
    Packets,
    /// It requests pages, so that an overloaded lab answers late.
    Pages,
    /// It writes unique numbers, and a page lists all numbers present.
    Writes,
    /// Its requests go over connections that stay open.
    KeepsConnections,
}

impl LoadKind {
    /// A kind with all its values.
    pub fn new<'v>(
        word: &str,
        traits: impl IntoIterator<Item = LoadTrait>,
        values: impl IntoIterator<Item = (&'v str, Value)>,
    ) -> Self {
        let values = values.into_iter().map(|(key, value)| (key.to_owned(), value));
        Self { word: word.to_owned(), traits: traits.into_iter().collect(), values: values.collect() }
    }

    /// Its name in a drill file.
    pub fn word(&self) -> &str {
        &self.word
    }

    /// Whether it has this trait.
    pub fn has(&self, known: LoadTrait) -> bool {
        self.traits.contains(&known)
    }

    /// Whether it queries the service of the lab ([`LoadTrait::Service`]).
    pub fn is_service(&self) -> bool {
        self.has(LoadTrait::Service)
    }

    /// Whether it is a stream of packets instead of requests ([`LoadTrait::Packets`]).
    pub fn is_packets(&self) -> bool {
        self.has(LoadTrait::Packets)
    }

    /// Whether it writes values that are read back at the end ([`LoadTrait::Writes`]).
    pub fn is_writes(&self) -> bool {
        self.has(LoadTrait::Writes)
    }

    /// Whether its requests go over connections that stay open ([`LoadTrait::KeepsConnections`]).
    pub fn keeps_connections(&self) -> bool {
        self.has(LoadTrait::KeepsConnections)
    }

    /// The value of a key.
    pub fn value(&self, key: &str) -> Option<&Value> {
        self.values.get(key)
    }

    /// The text of a key.
    pub fn text(&self, key: &str) -> Option<&str> {
        match self.value(key)? {
            Value::Text(text) => Some(text),
            Value::Flag(_) | Value::Number(_) => None,
        }
    }

    /// The whole number of a key.
    pub fn number(&self, key: &str) -> Option<u64> {
        match self.value(key)? {
            Value::Number(number) => Some(*number),
            Value::Flag(_) | Value::Text(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_plain_data() {
        let kind = LoadKind::new(
            "page",
            [LoadTrait::Service],
            [("path", Value::from("/")), ("depth", Value::Number(3))],
        );
        let text = r#"{"word":"page","traits":["service"],"values":{"depth":3,"path":"/"}}"#;
        assert_eq!(serde_json::to_string(&kind).unwrap(), text);
        assert_eq!(serde_json::from_str::<LoadKind>(text).unwrap(), kind);
        assert_eq!(
            (kind.text("path"), kind.number("depth"), kind.number("path")),
            (Some("/"), Some(3), None)
        );
        assert!(kind.is_service() && !kind.is_packets());
    }
}
