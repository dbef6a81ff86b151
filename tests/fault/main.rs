//! Faults without machines: what can be said about them, what they come to on a lab, and that healing leaves nothing,
//! whatever fails on the way.

mod catalogue;
mod healing;
#[path = "../sketch/mod.rs"]
mod sketch;

use halab::fault::{Injection, InjectionId, Keys, Word, build, measure};
use halab::labfile;
use halab::model::{Lab, NodeName};

/// The lab whose nodes are hit.
fn lab() -> Lab {
    labfile::load(&labfile::find("drbd-heartbeat").unwrap(), &[]).unwrap().lab
}

fn node(number: u8) -> NodeName {
    format!("node{number}").parse().unwrap()
}

/// What makes each fault complete.
fn keys(word: Word) -> Keys {
    let mut keys = Keys::default();
    match word {
        Word::PowerCycle => keys.off = Some("3s".parse().unwrap()),
        Word::ClockJump => keys.by = Some("60s".parse().unwrap()),
        Word::ServiceKill | Word::ServiceHang | Word::ServiceStop => {
            keys.service = Some("web".parse().unwrap());
        }
        Word::PathCut => keys.path = Some("heartbeat".parse().unwrap()),
        Word::Loss | Word::Reorder => keys.percent = Some(20),
        Word::Rate => keys.limit = Some("1MiB".parse().unwrap()),
        Word::Delay => keys.latency = Some("50ms".parse().unwrap()),
        Word::DiskError | Word::SlowDisk => keys.disk = Some("data".parse().unwrap()),
        Word::FullDisk => keys.folder = Some("/srv/data".to_owned()),
        _ => {}
    }
    keys
}

/// A fault on a node, with a number of its own.
fn injection(word: Word, on: u8, taken: &[InjectionId]) -> Injection {
    let (lab, node) = (lab(), node(on));
    let fault = build(word, &keys(word)).unwrap();
    let measure = measure(&lab, &node, &fault).unwrap();
    Injection { id: InjectionId::by_hand(&fault, &node, taken), node, fault, measure }
}
