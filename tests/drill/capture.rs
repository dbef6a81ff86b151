//! A capture of a network, in a file for other programs.

use std::time::{Duration, SystemTime};

use halab::model::drill::{Drill, Settle, SettleGoal};
use halab::record::{Ending, What};
use halab::testing::drill::capture::SNAP;

use super::alone;
use super::cluster::{Cluster, Faults};
use super::engine::{hurried, perform_in};

/// A frame of a capture: its time, the kept bytes, and its original length.
struct Frame {
    at: SystemTime,
    bytes: Vec<u8>,
    length: usize,
}

/// Reads a capture file by the specification of its format.
fn read(bytes: &[u8]) -> Vec<Frame> {
    let number = |at: usize| u32::from_ne_bytes(bytes[at..at + 4].try_into().unwrap());
    assert_eq!((number(0), number(4), number(16), number(20)), (0xa1b2_3c4d, 0x0004_0002, SNAP, 1));
    let (mut at, mut frames) = (24, Vec::new());
    while at < bytes.len() {
        let (kept, length) = (number(at + 8) as usize, number(at + 12) as usize);
        let came = Duration::new(number(at).into(), number(at + 4));
        let bytes = bytes[at + 16..at + 16 + kept].to_vec();
        frames.push(Frame { at: SystemTime::UNIX_EPOCH + came, bytes, length });
        at += 16 + kept;
    }
    frames
}

#[test]
#[ignore = "needs root: it makes network namespaces"]
fn what_passes_on_the_network_can_be_read_again() {
    let _alone = alone();
    let cluster = Cluster::new(Faults::default());
    let settle = Settle { until: vec![SettleGoal::Redundant], ..hurried().settle };
    // Loads without faults, for the length of the baseline and the calm period.
    let drill = Drill { steps: Vec::new(), expect: Vec::new(), settle, ..hurried() };
    let (folder, begun) = (tempfile::tempdir().unwrap(), SystemTime::now());
    let run = perform_in(&folder, Some(folder.path()), &cluster, &drill, true, &mut |_, _| {});
    assert_eq!(run.ending, Ending::Completed);
    let frames = read(&fs_err::read(folder.path().join("public.pcap")).unwrap());
    let told = run.record.events.iter().find_map(|event| match &event.what {
        What::Captured { network, file, frames, dropped, failure: None } => {
            Some((network.as_str(), file.as_str(), *frames, *dropped))
        }
        _ => None,
    });
    assert_eq!(told, Some(("public", "public.pcap", frames.len() as u64, 0)));
    assert!(frames.iter().all(|frame| frame.at >= begun && frame.at <= SystemTime::now()));
    assert!(frames.iter().all(|frame| frame.bytes.len() == frame.length.min(SNAP as usize)));
    let with = |text: &[u8]| {
        frames.iter().filter(|frame| frame.bytes.windows(text.len()).any(|at| at == text)).count()
    };
    let of_web = |what: &What| matches!(what, What::Sample(sample) if sample.load.as_str() == "web");
    let asked = run.record.events.iter().filter(|event| of_web(&event.what)).count();
    let seen = with(b"GET /health.php");
    assert!(asked > 40 && seen == asked, "{seen} of {asked}");
    assert!(with(b"database ok") >= asked, "answers pass the bridge, too");
    assert!(frames.iter().any(|frame| frame.bytes[12..14] == [0x08, 0x06]), "ARP is there");
}
