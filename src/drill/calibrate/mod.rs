//! Calibration of the probes: outages of known length are planted between them and a service that never
//! fails, and the measurements of each probe are compared with them.
//!
//! No guest takes part. Probes and service are in two private network namespaces, which exist as long as
//! their threads do; between the two is a [`wire`] that drops packets during a cut. The probes run as in a
//! drill, in processes without rights.

mod responder;
mod tunnel;
mod wire;

use std::io;
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, Scope, ScopedJoinHandle};
use std::time::Duration;

use responder::{BODY, Responder};
use tunnel::Tunnel;
use wire::{Cut, carry};

use super::random::Random;
use crate::base::descriptors::raise_limit;
use crate::base::netns;
use crate::model::Millis;
use crate::model::drill::{Load, LoadKind};
use crate::probe::packets::{ping, udp};
use crate::probe::web::http::{Connection, Page};
use crate::probe::web::tcp;
use crate::probe::{Clients, Here};
use crate::record::{Calibration, Clock, Event, Nanos};

/// The addresses of the probes and of the service, from a block for documentation (RFC 5737).
const PROBES: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
const SERVICE: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 2);

/// The ports of the service.
const WEB_PORT: u16 = 80;
const ECHO_PORT: u16 = 7;

/// The time before the first cut: enough to learn the duration of a good answer.
const BASELINE: Nanos = Nanos::millis(1500);

/// The delay from the start of the probes to the first request, so that everything is ready.
const LEAD: Nanos = Nanos::millis(500);

/// The offset between the starts of two probes.
const STAGGER: Nanos = Nanos(137_000);

/// The longest wait for an event before the user's stop request is checked again.
const TICK: Duration = Duration::from_millis(50);

/// The time between two cuts: longer than any time-out, so that no request sees two of them.
const PAUSE: Nanos = Nanos::millis(1600);

/// Cuts begin at a random offset below this, the longest interval of a probe, so that they have no fixed
/// phase to any probe.
const PHASE: Nanos = Nanos::millis(10);

/// The outages to plant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The lengths of the outages, in order.
    pub lengths: Vec<Millis>,
    /// The seed of their phases.
    pub seed: u64,
}

/// The largest number of outages in one calibration.
pub const MOST_LENGTHS: usize = 200;

/// The longest outage that is planted.
pub const LONGEST: Millis = Millis::seconds(600);

impl Plan {
    /// Checks whether it can be carried out.
    ///
    /// # Errors
    /// The reason why not, as a sentence.
    pub fn check(&self) -> Result<(), String> {
        let (none, longest) = (Millis(0), LONGEST);
        if self.lengths.is_empty() || self.lengths.len() > MOST_LENGTHS {
            return Err(format!("{} outages cannot be planted: 1 to {MOST_LENGTHS} can", self.lengths.len()));
        }
        match self.lengths.iter().find(|length| !(Millis(1)..=longest).contains(length)) {
            Some(length) if *length == none => {
                Err("an outage cannot have a length of 0: write `1ms` or more".to_owned())
            }
            Some(length) => Err(format!("an outage of {length} is too long: write `{longest}` at most")),
            None => Ok(()),
        }
    }
}

/// Why a calibration failed.
#[derive(Debug, thiserror::Error)]
pub enum CalibrateError {
    /// The simulated wire cannot be made.
    #[error("the wire between probes and service cannot be made")]
    Wire(#[source] io::Error),
    /// A thread failed.
    #[error("{what} failed")]
    Failed {
        /// The task of the thread.
        what: String,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The user stopped it.
    #[error("stopped")]
    Cancelled,
}

/// The calibrated probes, at the highest rates of drills: 100 requests and 1000 packets a second.
pub fn probes() -> Vec<Load> {
    let page = |connection| Page { path: "/".to_owned(), expect: BODY.to_owned(), connection }.kind();
    let probe = |name: &str, rate, kind: LoadKind| {
        let timeout = if kind.is_packets() { Millis(200) } else { Millis(1000) };
        let (name, address) = (word(name), word("calibration"));
        let port = if kind == udp::kind() { ECHO_PORT } else { WEB_PORT };
        let connect_timeout = Millis(400);
        Load { name, address, node: None, port, rate, connect_timeout, timeout, kind }
    };
    vec![
        probe("http", 100, page(Connection::New)),
        probe("http-kept", 100, page(Connection::Kept)),
        probe("tcp", 100, tcp::kind()),
        probe("ping", 1000, ping::kind()),
        probe("udp", 1000, udp::kind()),
    ]
}

#[expect(clippy::expect_used, reason = "the words are in this file")]
fn word<T: std::str::FromStr<Err: std::fmt::Debug>>(word: &str) -> T {
    word.parse().expect("it is a name")
}

/// Plants outages and has probes measure them, each in a process of its own of `program`, the executable of
/// `lab`. `tell` is called with the index of the next outage.
///
/// # Errors
/// The wire cannot be made (it requires root, `ip` and /dev/net/tun), a thread fails, or the flag is set.
pub fn calibrate(
    plan: &Plan,
    probes: Vec<Load>,
    program: &Path,
    cancel: &AtomicBool,
    tell: &mut dyn FnMut(usize),
) -> Result<Calibration, CalibrateError> {
    raise_limit();
    let (clock, flags) = (Clock::start(), Flags::default());
    thread::scope(|scope| {
        let _ended = Ended(&flags);
        let serve = || Responder::open(WEB_PORT, ECHO_PORT)?.run(&flags.service);
        let (far_end, _) = inside(scope, [SERVICE, PROBES], serve)?;
        let (events, received) = channel();
        let (loads, probing) = (&probes, &flags.probes);
        let (near_end, asking) =
            inside(scope, [PROBES, SERVICE], move || ask(loads, program, clock, probing, &events))?;
        let cuts = cuts(plan, clock.now().plus(BASELINE));
        let (edges, carrying) = (cuts.clone(), &flags.wire);
        let wire = scope.spawn(move || carry([&near_end, &far_end], &edges, clock, carrying));
        let mut run = Run { clock, cancel, received, events: Vec::new() };
        for (place, cut) in cuts.iter().enumerate() {
            tell(place);
            run.wait(cut.to.plus(PAUSE))?;
        }
        flags.probes.store(true, Ordering::Relaxed);
        result("the probes", asking.join())?;
        flags.wire.store(true, Ordering::Relaxed);
        let planted = result("the wire", wire.join())?;
        run.events.extend(run.received.try_iter());
        Ok(Calibration { planted, events: run.events, probes: probes.clone() })
    })
}

/// The stop flags of the threads.
#[derive(Debug, Default)]
struct Flags {
    probes: AtomicBool,
    wire: AtomicBool,
    service: AtomicBool,
}

/// Stops all threads when it is dropped, also after an error.
struct Ended<'a>(&'a Flags);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        for flag in [&self.0.probes, &self.0.wire, &self.0.service] {
            flag.store(true, Ordering::Relaxed);
        }
    }
}

/// A thread in a network namespace of its own.
type Worker<'scope> = ScopedJoinHandle<'scope, io::Result<()>>;

/// Starts a thread at one end of the wire, and returns the tunnel of that end.
fn inside<'scope>(
    scope: &'scope Scope<'scope, '_>,
    [own, peer]: [Ipv4Addr; 2],
    work: impl FnOnce() -> io::Result<()> + Send + 'scope,
) -> Result<(Tunnel, Worker<'scope>), CalibrateError> {
    let (sender, end) = channel();
    let thread = scope.spawn(move || {
        netns::create()?;
        let tunnel = Tunnel::open(own, peer)?;
        // The receiver waits for it.
        let _ = sender.send(tunnel);
        work()
    });
    match end.recv() {
        Ok(tunnel) => Ok((tunnel, thread)),
        Err(_) => match thread.join() {
            Ok(Err(error)) => Err(CalibrateError::Wire(error)),
            _ => Err(CalibrateError::Wire(io::Error::other("its thread panicked"))),
        },
    }
}

/// Runs all probes, each in a process of its own, until they are stopped.
fn ask(
    probes: &[Load],
    program: &Path,
    clock: Clock,
    stop: &AtomicBool,
    events: &Sender<Event>,
) -> io::Result<()> {
    let begin = clock.now().plus(LEAD);
    thread::scope(|scope| {
        let start = |(place, load): (u64, &'_ Load)| {
            // Slightly staggered, so that they do not all wake up at once.
            let first_due = begin.plus(Nanos(place * STAGGER.0));
            let (events, first_id, load) = (events.clone(), place + 1, load.clone());
            scope.spawn(move || {
                let ip = SERVICE;
                let (nonces, sockets) = (None, &Here);
                let clients =
                    Clients { load: &load, ip, first_due, first_id, nonces, clock, stop, events, sockets };
                clients.run_apart(program)
            })
        };
        let threads: Vec<_> = (0..).zip(probes).map(start).collect();
        threads
            .into_iter()
            .try_for_each(|thread| thread.join().unwrap_or_else(|_| Err(io::Error::other("it panicked"))))
    })
}

/// The result of a thread.
fn result<T>(what: &str, joined: thread::Result<io::Result<T>>) -> Result<T, CalibrateError> {
    let failed = |source| CalibrateError::Failed { what: what.to_owned(), source };
    joined.unwrap_or_else(|_| Err(io::Error::other("it panicked"))).map_err(failed)
}

/// The times of the cuts.
fn cuts(plan: &Plan, first: Nanos) -> Vec<Cut> {
    let (mut random, mut next) = (Random::new(plan.seed), first);
    let cut = |length: &Millis| {
        let from = next.plus(Nanos(random.below(PHASE.0)));
        let to = from.plus(Nanos::from(*length));
        next = to.plus(PAUSE);
        Cut { from, to }
    };
    plan.lengths.iter().map(cut).collect()
}

/// A calibration in progress.
struct Run<'a> {
    clock: Clock,
    cancel: &'a AtomicBool,
    received: Receiver<Event>,
    events: Vec<Event>,
}

impl Run<'_> {
    /// Processes events until this time.
    fn wait(&mut self, until: Nanos) -> Result<(), CalibrateError> {
        while self.clock.now() < until {
            if self.cancel.load(Ordering::Relaxed) {
                return Err(CalibrateError::Cancelled);
            }
            let left = until.since(self.clock.now()).duration();
            match self.received.recv_timeout(left.min(TICK)) {
                Ok(event) => self.events.push(event),
                Err(RecvTimeoutError::Timeout) => {}
                // The probes have ended; joining them returns the cause.
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_would_wait_for_is_refused() {
        let check = |lengths: &[Millis]| Plan { lengths: lengths.to_vec(), seed: 7 }.check();
        assert_eq!(check(&[Millis(1), LONGEST]), Ok(()));
        for (lengths, says) in [
            (vec![], "0 outages"),
            (vec![Millis(2); MOST_LENGTHS + 1], "201 outages"),
            (vec![Millis(2), Millis(0)], "a length of 0"),
            (vec![Millis(u64::MAX)], "too long: write `10m` at most"),
        ] {
            let why = check(&lengths).unwrap_err();
            assert!(why.contains(says), "{why}");
        }
    }

    #[test]
    fn cuts_are_as_long_as_planned_and_far_enough_apart() {
        let plan = Plan { lengths: [2, 500, 5000].map(Millis).to_vec(), seed: 7 };
        let cuts = cuts(&plan, Nanos::millis(100));
        let lengths: Vec<u64> = cuts.iter().map(|cut| cut.to.since(cut.from).0 / 1_000_000).collect();
        assert_eq!(lengths, [2, 500, 5000]);
        assert!(cuts.windows(2).all(|pair| pair[1].from >= pair[0].to.plus(PAUSE)));
        assert_ne!(cuts[0].from, Nanos::millis(100), "at a random phase");
    }
}
