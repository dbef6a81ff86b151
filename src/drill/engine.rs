//! Performs a drill: threads for clients, wire and logs, and the stages one after the other.

use std::io;
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, Scope};

use super::arp::{self, Holders, Watched};
use super::capture::Recorder;
use super::heal::Healer;
use super::lines::{Follower, feeds};
use super::live::Live;
use super::pump::Pump;
use super::random::Random;
use super::setup::Setup;
use crate::base::descriptors::raise_limit;
use crate::base::failure::chain;
use crate::base::nonces::Nonces;
use crate::injection::Healed;
use crate::model::drill::{Drill, Load};
use crate::model::{MANAGEMENT_NETWORK, Network, VirtualAddress};
use crate::probe::web::{ledger, most_under_way};
use crate::probe::{Clients, Here};
use crate::record::{Clock, Ending, Event, Moment, Nanos, Stage, What, Writer};

/// The delay from the start of the loads to the first request, so that its process is ready.
pub const LEAD: Nanos = Nanos::millis(400);

/// The largest number of files and sockets of a drill other than its clients' connections.
const OTHER_DESCRIPTORS: u64 = 200;

/// The range of write numbers that is reserved for each load.
pub const NUMBERS: u64 = 1_000_000;

/// Performs a drill on a running lab, and returns how it ended.
///
/// Every event goes into the record, and to `tell` for a live display. All faults are healed before this
/// returns, regardless of the ending.
pub fn run(setup: &Setup<'_>, clock: Clock, writer: &mut Writer, tell: &mut dyn FnMut(&Event)) -> Ending {
    let flags = Flags::default();
    let holders = Holders::default();
    if let Err(ending) = enough_descriptors(setup.drill, raise_limit()) {
        return ending;
    }
    let healer = match Healer::new(setup) {
        Ok(healer) => healer,
        Err(error) => return Ending::Failed { reason: error.to_string() },
    };
    thread::scope(|scope| {
        let (sender, events) = channel();
        let service = setup.drill.service().map(|load| load.name.clone());
        let live = Live::new(service).reading(setup.lab);
        let workers = Vec::new();
        let pump = Pump { clock, events, writer, tell, cancel: setup.cancel, live, workers };
        let mut engine = Engine {
            setup,
            scope,
            flags: &flags,
            holders: &holders,
            healer,
            random: Random::new(setup.seed),
            first_ids: Vec::new(),
            sender,
            stop: StopAll(&flags),
            pump,
        };
        let ending = engine.perform().err().unwrap_or(Ending::Completed);
        engine.finish(ending)
    })
}

/// Each request in flight has a connection. A drill that may need more connections than the process may open
/// would drop requests just when its service hangs, and be inconclusive.
fn enough_descriptors(drill: &Drill, allowed: u64) -> Result<(), Ending> {
    let ramps = drill.ramps.iter().map(|ramp| Load { rate: ramp.to, ..ramp.load.clone() });
    let loads = drill.loads.iter().map(most_under_way).chain(ramps.map(|load| most_under_way(&load)));
    let needed = OTHER_DESCRIPTORS + loads.sum::<usize>() as u64;
    if needed <= allowed {
        return Ok(());
    }
    let reason = format!(
        "its clients may need {needed} connections when nothing answers, and a process may open {allowed} files here \
         (`ulimit -Hn`)"
    );
    Err(Ending::Failed { reason })
}

/// The stop flags of the threads of a drill.
#[derive(Debug, Default)]
pub struct Flags {
    /// The clients.
    pub clients: AtomicBool,
    /// The clients of a step of a ramp.
    pub ramp: AtomicBool,
    /// Health checks whose result is no longer needed.
    pub checks: AtomicBool,
    /// The watchers of wire and logs.
    pub watching: AtomicBool,
}

/// Stops all threads when it is dropped, so that none survives a panic.
struct StopAll<'env>(&'env Flags);

impl StopAll<'_> {
    fn now(&self) {
        for flag in [&self.0.clients, &self.0.ramp, &self.0.checks, &self.0.watching] {
            flag.store(true, Ordering::Relaxed);
        }
    }
}

impl Drop for StopAll<'_> {
    fn drop(&mut self) {
        self.now();
    }
}

/// A drill in progress.
pub struct Engine<'a, 'scope, 'env> {
    pub setup: &'env Setup<'env>,
    pub scope: &'scope Scope<'scope, 'env>,
    pub flags: &'env Flags,
    pub holders: &'env Holders,
    pub healer: Healer<'env>,
    pub random: Random,
    /// The number of the first write of each load, and the nonces of its writes, in the order of loads.
    pub first_ids: Vec<(u64, Option<Nonces>)>,
    pub sender: Sender<Event>,
    stop: StopAll<'env>,
    pub pump: Pump<'a, 'scope>,
}

impl<'scope, 'env> Engine<'_, 'scope, 'env> {
    fn perform(&mut self) -> Result<(), Ending> {
        self.stage(Stage::Steady);
        self.capture();
        self.watch()?;
        let as_found = self.setup.drill.as_found;
        if !as_found {
            self.steady()?;
        }
        self.inspect(Moment::Before)?;
        self.stage(Stage::Baseline);
        self.start_clients()?;
        match (as_found, self.setup.drill.soak) {
            (false, _) => self.baseline()?,
            (true, Some(_)) => self.settle_in()?,
            (true, None) => {}
        }
        match self.setup.drill.soak {
            Some(length) => {
                self.stage(Stage::Soak);
                self.soak(length)?;
            }
            None => {
                if !self.setup.drill.measures.is_empty() {
                    self.stage(Stage::Measure);
                    self.measure()?;
                }
                if !self.setup.drill.ramps.is_empty() {
                    self.stage(Stage::Ramp);
                    self.ramps()?;
                }
                self.stage(Stage::Steps);
                self.steps()?;
                self.stage(Stage::Settle);
                let deadline = self.settle()?;
                self.stage(Stage::Calm);
                self.calm(deadline)?;
            }
        }
        self.stage(Stage::Final);
        self.read_ledgers()?;
        self.compare_replicas()?;
        self.inspect(Moment::After)?;
        self.compare_mirrors()
    }

    /// The end of every drill, successful or not.
    fn finish(mut self, ending: Ending) -> Ending {
        // Faults are healed first. Events of clients are still recorded during this time.
        let mut healer = self.healer;
        let healing = self.scope.spawn(move || {
            let told = |healed: Healed| What::Healed {
                node: healed.injection.node,
                fault: Some(healed.injection.fault),
                failure: healed.result.err().map(|error| chain(&error)),
            };
            healer.heal().into_iter().map(told).collect::<Vec<What>>()
        });
        let ending = match self.pump.join(healing, "healing") {
            Ok(told) => {
                told.into_iter().for_each(|healed| self.pump.emit(healed));
                ending
            }
            Err(failed) => failed,
        };
        self.stop.now();
        self.pump.end_workers(|_| true);
        self.pump.emit(What::Ended { ending: ending.clone() });
        ending
    }

    fn stage(&mut self, stage: Stage) {
        self.pump.emit(What::Stage { stage });
    }

    /// Starts a thread in the network of the lab's clients.
    pub fn start(&mut self, name: String, work: impl FnOnce() -> io::Result<()> + Send + 'scope) {
        let provider = self.setup.provider;
        let thread = self.scope.spawn(move || {
            provider.enter()?;
            work()
        });
        self.pump.workers.push((name, thread));
    }

    /// Starts the capture of the lab's own networks, if it was requested.
    fn capture(&mut self) {
        let Some(folder) = self.setup.capture else { return };
        let own = |network: &&Network| network.name.as_str() != MANAGEMENT_NETWORK;
        for network in self.setup.lab.networks.iter().filter(own) {
            let recorder = Recorder {
                network: network.name.clone(),
                interface: self.setup.provider.interface(&network.name),
                file: folder.join(format!("{}.pcap", network.name)),
                clock: self.pump.clock,
                stop: &self.flags.watching,
                events: self.sender.clone(),
            };
            self.start(format!("capturing {}", network.name), || recorder.run());
        }
    }

    /// Starts watching wire and logs.
    fn watch(&mut self) -> Result<(), Ending> {
        let clock = self.pump.clock;
        for name in self.setup.drill.addresses() {
            let address = address(self.setup, name)?;
            let on_network = |node: &crate::model::Node| {
                node.nic(&address.network).map(|_| (node.mark(), node.name.clone()))
            };
            let watched = Watched {
                address: address.clone(),
                interface: self.setup.provider.interface(&address.network),
                nodes: self.setup.lab.nodes.iter().filter_map(on_network).collect(),
            };
            let (program, stop) = (self.setup.program, &self.flags.watching);
            let (events, holders) = (self.sender.clone(), self.holders);
            let watch = move || arp::watch(program, &watched, clock, stop, &events, holders);
            self.start(format!("watching {name}"), watch);
        }
        for (node, feeds) in feeds(self.setup.lab) {
            let (stop, events) = (&self.flags.watching, self.sender.clone());
            let follower = Follower { node, feeds, follow: self.setup.follow, clock, stop, events };
            self.start(format!("reading from {node}"), || {
                follower.run();
                Ok(())
            });
        }
        Ok(())
    }

    /// Starts the loads, each with a phase of its own.
    fn start_clients(&mut self) -> Result<(), Ending> {
        // Numbers that no other drill on this ledger uses: milliseconds of the wall clock, with a range after
        // each.
        let base = u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap_or_default();
        for (place, load) in (0..).zip(&self.setup.drill.loads) {
            let phase = Nanos(self.random.below(load.interval_ns()));
            let clients = Clients {
                load,
                ip: asked(self.setup, load)?,
                first_due: self.pump.clock.now().plus(LEAD).plus(phase),
                first_id: (base + place) * NUMBERS,
                nonces: nonces_of(load)?,
                clock: self.pump.clock,
                stop: &self.flags.clients,
                events: self.sender.clone(),
                sockets: &Here,
            };
            self.first_ids.push((clients.first_id, clients.nonces.clone()));
            let program = self.setup.program;
            self.start(name_of(load), || clients.run_apart(program));
        }
        Ok(())
    }

    /// Ends the loads and waits for their requests in flight.
    pub fn end_clients(&mut self) {
        self.flags.clients.store(true, Ordering::Relaxed);
        let names: Vec<String> = self.setup.drill.loads.iter().map(name_of).collect();
        self.pump.end_workers(|name| names.iter().any(|load| load == name));
    }
}

/// New nonces for the writes of a load, if they carry some.
fn nonces_of(load: &Load) -> Result<Option<Nonces>, Ending> {
    let drawn = ledger::has_nonces(&load.kind).then(Nonces::draw).transpose();
    drawn.map_err(|error| Ending::Failed { reason: format!("no random numbers: {error}") })
}

fn name_of(load: &Load) -> String {
    format!("load {}", load.name)
}

/// The address with this name. The drill was checked against the lab, so it is missing only if the two do not
/// belong together.
pub fn address<'env>(
    setup: &Setup<'env>,
    name: &crate::model::AddressName,
) -> Result<&'env VirtualAddress, Ending> {
    let missing = || Ending::Failed { reason: format!("the lab has no address {name}") };
    setup.lab.address(name).ok_or_else(missing)
}

/// The address that a load queries.
pub fn asked(setup: &Setup<'_>, load: &Load) -> Result<Ipv4Addr, Ending> {
    let address = address(setup, &load.address)?;
    let Some(name) = &load.node else { return Ok(address.ip) };
    let nic = setup.lab.node(name).and_then(|node| node.nic(&address.network));
    let missing = || Ending::Failed { reason: format!("{name} is not in the network {}", address.network) };
    nic.map(|nic| nic.ip).ok_or_else(missing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Millis;
    use crate::record::tests::header;

    #[test]
    fn a_drill_that_could_not_open_its_connections_does_not_begin() {
        let mut drill = header().drill;
        assert_eq!(enough_descriptors(&drill, 256), Ok(()));
        let timeout = Millis(1000);
        let (name, address) = ("web".parse().unwrap(), "web".parse().unwrap());
        let load = Load {
            name,
            address,
            node: None,
            port: 80,
            rate: 500,
            connect_timeout: timeout,
            timeout,
            kind: crate::probe::web::tcp::kind(),
        };
        drill.loads.push(load);
        assert_eq!(enough_descriptors(&drill, 1216), Ok(()));
        let Err(Ending::Failed { reason }) = enough_descriptors(&drill, 1024) else { panic!("it began") };
        assert!(reason.contains("1216 connections") && reason.contains("1024 files"), "{reason}");
    }
}
