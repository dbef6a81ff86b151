//! Faults without machines: their parameters, their effects on a lab, and that healing leaves none,
//! regardless of failures on the way.

mod catalogue;
mod healing;
mod page;
#[path = "../sketch/mod.rs"]
mod sketch;

use halab::model::{Lab, NodeName};
use halab::testing::fault::{Injection, InjectionId, Need, Row, Said, build, mechanism};
use halab::testing::labfile;

/// The lab of the affected nodes.
fn lab() -> Lab {
    labfile::load(&labfile::find("drbd-heartbeat").unwrap(), &[]).unwrap().lab
}

fn node(number: u8) -> NodeName {
    format!("node{number}").parse().unwrap()
}

/// The fault with this name.
fn row(word: &str) -> &'static Row {
    Row::find(word).unwrap()
}

/// The keys that a fault needs, each with the value of its example.
fn said(row: &Row) -> Said {
    let mut said = Said::default();
    for takes in row.takes.iter().filter(|takes| takes.need == Need::Required) {
        said.set(takes.key, takes.key.parse(takes.key.example).unwrap());
    }
    said
}

/// A fault on a node, with a number of its own.
fn injection(row: &Row, on: u8, taken: &[InjectionId]) -> Injection {
    let (lab, node) = (lab(), node(on));
    let fault = build(row, &said(row)).unwrap();
    let mechanism = mechanism(&lab, &node, &fault).unwrap();
    Injection { id: InjectionId::by_hand(&fault, &node, taken), node, fault, mechanism }
}
