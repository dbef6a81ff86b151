//! Drills on a simulated cluster: the same stages, steps and records as on real guests, on virtual time.
//!
//! One thread, one queue of tasks ([`Agenda`]) and the pure model of a cluster
//! ([`crate::provider::cluster::Cluster`]). The queue determines the time, so a drill of minutes takes
//! milliseconds and the same seed gives the same record; in real time the thread waits for each moment.

mod agenda;
mod ending;
mod loads;
mod requests;
mod stages;
mod steps;
mod watch;

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use agenda::{Agenda, Task};
use loads::Generator;

use super::heal::Healer;
use super::live::Live;
use super::random::Random;
use super::setup::Setup;
use super::soak::SETTLING;
use crate::model::drill::Load;
use crate::model::{AddressName, NodeName};
use crate::provider::Model;
use crate::provider::cluster::{Cluster, Dice, Planted};
use crate::record::{Ending, Event, HolderAnswer, Nanos, Stage, What, Writer};

/// How fast a simulated drill goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Pace {
    /// As fast as it can be computed.
    #[default]
    Virtual,
    /// A second takes a second.
    Real,
}

/// The longest sleep between two checks for a stop.
const NAP: Duration = Duration::from_millis(20);

/// Performs a drill on a simulated lab, and returns how it ended. All faults are healed before this returns,
/// regardless of the ending, and the cluster keeps its resulting state.
pub fn simulate(
    setup: &Setup<'_>,
    model: &dyn Model,
    pace: Pace,
    writer: &mut Writer,
    tell: &mut dyn FnMut(&Event),
) -> Ending {
    let healer = match Healer::new(setup) {
        Ok(healer) => healer,
        Err(error) => return Ending::Failed { reason: error.to_string() },
    };
    let mut cluster = model.lend(setup.lab);
    let number = cluster.begin_drill(setup.seed);
    let mut simulation = Simulation {
        setup,
        base: cluster.now(),
        cluster,
        number,
        now: Nanos(0),
        begun: Instant::now(),
        pace,
        agenda: Agenda::default(),
        generators: Vec::new(),
        first_ids: Vec::new(),
        holders: BTreeMap::new(),
        rounds: VecDeque::new(),
        watching: true,
        open: Vec::new(),
        live: Live::new(setup.drill.service().map(|load| load.name.clone())).reading(setup.lab),
        random: Random::new(setup.seed),
        dice: Dice(setup.seed.rotate_left(17)),
        planted: model.planted(),
        healer,
        writer,
        tell,
    };
    let ending = simulation.perform().err().unwrap_or(Ending::Completed);
    let ending = simulation.finish(ending);
    match model.take_back(simulation.cluster) {
        Ok(()) => ending,
        Err(error) => Ending::Failed { reason: crate::base::failure::chain(&error) },
    }
}

/// A query for the holder of an address whose answers are still being collected.
struct Round {
    address: AddressName,
    asked: Nanos,
    answers: Vec<HolderAnswer>,
}

/// A drill on a simulated cluster.
struct Simulation<'a> {
    setup: &'a Setup<'a>,
    cluster: Cluster,
    /// The cluster's own time at the start of the drill.
    base: Duration,
    /// The number of the drill on this cluster.
    number: u64,
    now: Nanos,
    begun: Instant,
    pace: Pace,
    agenda: Agenda,
    generators: Vec<Generator>,
    /// The number of the first write of each load, in the order of loads.
    first_ids: Vec<u64>,
    /// The node that answered last for each address, and when.
    holders: BTreeMap<AddressName, (NodeName, Nanos)>,
    rounds: VecDeque<Round>,
    /// Whether the wire is watched.
    watching: bool,
    /// The nodes whose logs are read.
    open: Vec<NodeName>,
    live: Live,
    random: Random,
    dice: Dice,
    planted: Vec<Planted>,
    healer: Healer<'a>,
    writer: &'a mut Writer,
    tell: &'a mut dyn FnMut(&Event),
}

impl Simulation<'_> {
    fn perform(&mut self) -> Result<(), Ending> {
        let setup = self.setup;
        self.stage(Stage::Steady);
        self.watch();
        if !setup.drill.as_found {
            self.steady()?;
        }
        self.inspect(crate::record::Moment::Before);
        self.stage(Stage::Baseline);
        self.start_clients()?;
        self.plant();
        match (setup.drill.as_found, setup.drill.soak) {
            (false, _) => self.baseline()?,
            (true, Some(_)) => self.pass_time(SETTLING)?,
            (true, None) => {}
        }
        match setup.drill.soak {
            Some(length) => {
                self.stage(Stage::Soak);
                self.pass_time(length.into())?;
                self.end_clients();
            }
            None => {
                if !setup.drill.measures.is_empty() {
                    self.stage(Stage::Measure);
                    self.measure()?;
                }
                if !setup.drill.ramps.is_empty() {
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
        self.read_ledgers();
        self.compare_replicas()?;
        self.inspect(crate::record::Moment::After);
        self.compare_mirrors();
        Ok(())
    }

    fn stage(&mut self, stage: Stage) {
        self.emit(What::Stage { stage });
    }

    /// Records an event with the current time.
    fn emit(&mut self, what: What) {
        self.pass(&Event { t: self.now, what });
    }

    fn pass(&mut self, event: &Event) {
        self.live.hear(event);
        self.writer.write(event);
        (self.tell)(event);
    }

    /// Converts a time of the drill to the cluster's clock.
    fn cluster_time(&self, at: Nanos) -> Duration {
        self.base + at.duration()
    }

    /// Converts a time of the cluster to the drill's clock.
    fn drill_time(&self, at: Duration) -> Nanos {
        Nanos::from(at.saturating_sub(self.base))
    }

    /// Advances until a condition yields a value, or until a deadline (then none).
    ///
    /// # Errors
    /// The user stops the drill.
    fn wait<T>(
        &mut self,
        until: Option<Nanos>,
        mut ready: impl FnMut(&mut Self) -> Option<T>,
    ) -> Result<Option<T>, Ending> {
        loop {
            if self.setup.cancel.load(Ordering::Relaxed) {
                return Err(Ending::Cancelled);
            }
            if let Some(value) = ready(self) {
                return Ok(Some(value));
            }
            if until.is_some_and(|until| self.now >= until) || !self.step(until) {
                return Ok(None);
            }
        }
    }

    /// Lets this time pass.
    ///
    /// # Errors
    /// The user stops the drill.
    fn pass_time(&mut self, span: Nanos) -> Result<(), Ending> {
        let end = self.now.plus(span);
        self.wait(Some(end), |_| None::<()>).map(drop)
    }

    /// Performs the next task that is due by this time; returns whether there was one.
    fn step(&mut self, until: Option<Nanos>) -> bool {
        let own = self.cluster.next().map(|at| self.drill_time(at));
        let times = [own, self.agenda.next(), until];
        let Some(next) = times.into_iter().flatten().min() else { return false };
        let next = next.max(self.now);
        self.wait_for_real(next);
        self.now = next;
        for said in self.cluster.advance(self.cluster_time(next)) {
            let at = self.drill_time(said.at);
            self.hear(at, said.what);
        }
        if let Some(task) = self.agenda.take(next) {
            self.act_on(task);
        }
        true
    }

    /// In real time: sleeps until a moment of the drill, or until the user stops it.
    fn wait_for_real(&self, moment: Nanos) {
        if self.pace == Pace::Virtual {
            return;
        }
        while !self.setup.cancel.load(Ordering::Relaxed) {
            let left = moment.duration().saturating_sub(self.begun.elapsed());
            if left.is_zero() {
                return;
            }
            std::thread::sleep(left.min(NAP));
        }
    }

    fn act_on(&mut self, task: Task) {
        match task {
            Task::Ask(address) => self.ask_on_the_wire(&address),
            Task::Close => self.close_round(),
            Task::Open(node) => self.open_streams(&node),
            Task::Tell(event) => self.pass(&Event { t: self.now, ..*event }),
            Task::Due(place) => self.due(place),
            Task::Answered(place, pending) => self.answered(place, *pending),
            Task::Mistake => self.mistake(),
            Task::Double => self.cluster.double(Duration::from_secs(1)),
        }
    }

    /// The address that a load queries; the drill was checked against the lab.
    fn address_of(&self, load: &Load) -> Result<std::net::Ipv4Addr, Ending> {
        super::engine::asked(self.setup, load)
    }
}
