//! Faults of networks. None affects the management network.

use super::{FaultEffect, Need, Row, Takes, needs, takes};
use crate::fault::keys::{DIRECTION, LATENCY, LIMIT, NETWORK, PATH, PERCENT, VARIATION};
use crate::fault::range::latency_from;
use crate::fault::{How, Mechanism, Netem, Scope, Traffic};
use crate::model::fault::Direction;
use crate::model::{CLIENT_PATH, Millis};

const EVERY_NETWORK: Takes = Takes {
    key: &NETWORK,
    need: Need::Without("every network of the lab that the node is on"),
    range: None,
    at_most: None,
};

const FILTER: &str = "Rules of nftables' bridge family drop the frames on the host.";
const COUNTED: &str = "The kernel's counters of the rules say that frames were dropped.";
const RULES_GONE: &str = "The rules are deleted.";
const QUEUE: &str =
    "netem delays frames on the host's end of the interface, or in the guest where the host has no netem.";
const QUEUE_GONE: &str = "netem is taken away.";

pub static ROWS: &[Row] = &[
    Row {
        word: "link-down",
        about: "The interface of the node loses its carrier, as when a cable is pulled.",
        takes: &[EVERY_NETWORK],
        effect: FaultEffect::Contact,
        ends: None,
        mechanism: |site| Ok(Mechanism::Unplug { plugs: site.plugs()? }),
        how: "QEMU takes the link of the interface down.",
        proof: "The guest says that the interface has no carrier.",
        healing: "QEMU brings the link up.",
    },
    Row {
        word: "silent-cut",
        about: "The interface of the node passes no frames, but its carrier stays, as when a cable is pulled beyond the switch.",
        takes: &[EVERY_NETWORK],
        effect: FaultEffect::Contact,
        ends: None,
        mechanism: |site| site.filter(Scope::Everybody, None, How::All),
        how: FILTER,
        proof: COUNTED,
        healing: RULES_GONE,
    },
    Row {
        word: "partition",
        about: "The node and the other nodes cannot reach each other; clients reach all of them.",
        takes: &[EVERY_NETWORK],
        effect: FaultEffect::Contact,
        ends: None,
        mechanism: |site| site.filter(Scope::Nodes, None, How::All),
        how: FILTER,
        proof: COUNTED,
        healing: RULES_GONE,
    },
    Row {
        word: "one-way",
        about: "Between the node and the other nodes one direction is lost; clients reach all of them.",
        takes: &[takes(&DIRECTION, "out"), EVERY_NETWORK],
        effect: FaultEffect::Contact,
        ends: None,
        mechanism: |site| {
            let scope = match site.choice(&DIRECTION)? {
                Direction::Out => Scope::ToNodes,
                Direction::In => Scope::FromNodes,
            };
            site.filter(scope, None, How::All)
        },
        how: FILTER,
        proof: COUNTED,
        healing: RULES_GONE,
    },
    Row {
        word: "path-cut",
        about: "One path between the node and the others is cut, such as that of the heartbeats; or that of its clients.",
        takes: &[needs(&PATH)],
        effect: FaultEffect::Contact,
        ends: None,
        mechanism: |site| match site.text(&PATH)? {
            CLIENT_PATH => site.filter(Scope::Clients, None, How::All),
            name => {
                let path = site.path(name)?;
                let traffic = Traffic { protocol: path.protocol, port: path.port };
                site.filter(Scope::Nodes, Some(traffic), How::All)
            }
        },
        how: FILTER,
        proof: COUNTED,
        healing: RULES_GONE,
    },
    Row {
        word: "loss",
        about: "A share of all frames is lost at random.",
        takes: &[needs(&PERCENT), EVERY_NETWORK],
        effect: FaultEffect::Contact,
        ends: None,
        mechanism: |site| site.filter(Scope::Everybody, None, How::Percent(site.number(&PERCENT)?)),
        how: FILTER,
        proof: "The kernel's counters of the rules show that this share of the frames was dropped, apart from random deviation.",
        healing: RULES_GONE,
    },
    Row {
        word: "rate",
        about: "Frames above a rate are dropped, in each direction.",
        takes: &[needs(&LIMIT), EVERY_NETWORK],
        effect: FaultEffect::Contact,
        ends: None,
        mechanism: |site| site.filter(Scope::Everybody, None, How::Above(site.size(&LIMIT)?)),
        how: FILTER,
        proof: "The kernel's counters of the rules say that frames were dropped and that no more than the limit passed.",
        healing: RULES_GONE,
    },
    Row {
        word: "delay",
        about: "Frames are delayed, so that each answer takes longer.",
        takes: &[needs(&LATENCY), takes(&VARIATION, "0ms").at_most(&LATENCY), EVERY_NETWORK],
        effect: FaultEffect::Contact,
        ends: None,
        mechanism: |site| {
            let (latency, variation) = (site.time(&LATENCY)?, site.time(&VARIATION)?);
            let netem = Netem { latency, variation, overtake: None };
            Ok(Mechanism::Netem { plugs: site.plugs()?, netem })
        },
        how: QUEUE,
        proof: "Pings of the guest take that much longer.",
        healing: QUEUE_GONE,
    },
    Row {
        word: "reorder",
        about: "A share of all frames overtakes the others.",
        // Overtaking frames must be distinguishable from delayed ones on a machine whose own response takes
        // one or two milliseconds.
        takes: &[needs(&PERCENT), takes(&LATENCY, "20ms").within(latency_from(5)), EVERY_NETWORK],
        effect: FaultEffect::Contact,
        ends: None,
        mechanism: |site| {
            let (latency, percent) = (site.time(&LATENCY)?, site.number(&PERCENT)?);
            let netem = Netem { latency, variation: Millis(0), overtake: Some(percent) };
            Ok(Mechanism::Netem { plugs: site.plugs()?, netem })
        },
        how: QUEUE,
        proof: "That share of the replies to the guest's pings comes at once, before answers to earlier pings.",
        healing: QUEUE_GONE,
    },
];
