//! The holder of an address, queried on a real bridge.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::time::Duration;

use halab::model::VirtualAddress;
use halab::record::{Clock, Event, HolderAnswer, Nanos, What};
use halab::testing::drill::arp::{self, Holders, Watched};

use super::namespace::{Net, WEB, run};
use super::synthetic::node;
use super::{alone, program};

fn address() -> VirtualAddress {
    VirtualAddress { name: "web".parse().unwrap(), network: "public".parse().unwrap(), ip: WEB }
}

/// Stops the watcher when it is dropped, so that a failing test does not wait for it.
struct StopAtTheEnd<'a>(&'a AtomicBool);

impl Drop for StopAtTheEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Watches during an action.
pub fn watch(net: &Net, act: impl FnOnce(&Clock, &Holders)) -> Vec<Event> {
    let (clock, stop, holders, address) =
        (Clock::start(), AtomicBool::new(false), Holders::default(), address());
    let (events, received) = channel();
    std::thread::scope(|scope| {
        let interface = address.network.to_string();
        let watched = Watched { address, interface, nodes: Net::nodes() };
        let (stop, holders) = (&stop, &holders);
        let thread = scope.spawn(move || {
            halab::testing::base::netns::enter(&Net::path(&net.host())).unwrap();
            arp::watch(program(), &watched, clock, stop, &events, holders).unwrap();
        });
        {
            let _stop = StopAtTheEnd(stop);
            act(&clock, holders);
        }
        thread.join().unwrap();
    });
    received.into_iter().collect()
}

fn rounds(events: &[Event]) -> Vec<(Nanos, &[HolderAnswer])> {
    events.iter().filter_map(round_of).collect()
}

fn round_of(event: &Event) -> Option<(Nanos, &[HolderAnswer])> {
    match &event.what {
        What::Holder { asked, answers, .. } => Some((*asked, answers)),
        _ => None,
    }
}

fn pause(millis: u64) {
    std::thread::sleep(Duration::from_millis(millis));
}

#[test]
#[ignore = "needs root: it makes network namespaces"]
fn holders_are_seen_one_none_the_other_and_both() {
    let _alone = alone();
    let net = Net::new();
    net.take(1);
    let mut marks = Vec::new();
    let events = watch(&net, |clock, holders| {
        pause(400);
        assert_eq!(holders.of(&address().name).unwrap().0, node(1));
        for act in [
            |net: &Net| {
                net.give_up(1);
            },
            |net: &Net| {
                net.take(2);
            },
            |net: &Net| {
                net.take(1);
            },
        ] {
            let begun = clock.now();
            act(&net);
            marks.push((begun, clock.now()));
            pause(400);
        }
        assert_eq!(marks.len(), 3);
    });
    let rounds = rounds(&events);
    assert!(rounds.len() > 25, "{}", rounds.len());
    let between = |from: Nanos, to: Nanos| {
        let names =
            rounds.iter().filter(move |(asked, _)| *asked > from && *asked < to).map(|(_, answers)| {
                let mut names: Vec<_> = answers.iter().map(|answer| answer.node.clone().unwrap()).collect();
                names.sort();
                names
            });
        let mut seen: Vec<_> = names.collect();
        assert!(seen.len() > 8, "{}", seen.len());
        seen.dedup();
        seen
    };
    let margin = Nanos::millis(2);
    assert_eq!(between(Nanos(0), marks[0].0), [[node(1)]]);
    assert_eq!(between(marks[0].1.plus(margin), marks[1].0), [[]; 1]);
    assert_eq!(between(marks[1].1.plus(margin), marks[2].0), [[node(2)]]);
    assert_eq!(between(marks[2].1.plus(margin), Nanos(u64::MAX)), [[node(1), node(2)]]);
}

#[test]
#[ignore = "needs root: it makes network namespaces"]
fn nobody_learns_from_being_asked() {
    let _alone = alone();
    let net = Net::new();
    net.take(1);
    watch(&net, |_, holders| {
        pause(300);
        assert!(holders.of(&address().name).is_some());
    });
    for name in [net.host(), net.guest(1)] {
        let known = std::process::Command::new("ip").args(["-n", &name, "neigh"]).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&known.stdout), "", "the caches of {name}");
    }
}

#[test]
#[ignore = "needs root: it makes network namespaces; and arping (package iputils-arping)"]
fn announcements_are_heard() {
    let _alone = alone();
    let net = Net::new();
    net.take(2);
    let events = watch(&net, |_, _| {
        pause(100);
        run(&format!("ip netns exec {} arping -q -c 1 -w 1 -U -I eth0 {WEB}", net.guest(2)));
    });
    let by = events.iter().find_map(|event| match &event.what {
        What::Announced { node, .. } => Some(node.clone()),
        _ => None,
    });
    assert_eq!(by, Some(Some(node(2))));
}

#[test]
#[ignore = "needs root: it makes network namespaces"]
fn a_bridge_that_is_not_there_is_named() {
    let _alone = alone();
    let (clock, stop, holders) = (Clock::start(), AtomicBool::new(false), Holders::default());
    let address = VirtualAddress { network: "elsewhere".parse().unwrap(), ..address() };
    let (events, _received) = channel();
    let interface = address.network.to_string();
    let watched = Watched { address, interface, nodes: Net::nodes() };
    let error = arp::watch(program(), &watched, clock, &stop, &events, &holders).unwrap_err();
    assert!(error.to_string().contains("elsewhere"), "{error}");
}
