//! Records of calls that never took place, generated from a known truth.

use halab::model::Millis;
use halab::model::drill::{Drill, Load};
use halab::record::{Answer, Event, Nanos, PacketRun, What};
use halab::testing::probe::call::{CallEvent, Callee, MediaRun, Medium, Phase, Plan, Way};

use super::calls::{plan, talk};
use super::synthetic;

/// The planted truth.
#[derive(Debug, Clone)]
pub struct Talk {
    pub load: Load,
    pub plan: Plan,
    /// When the first packet is due, and the last.
    pub begin: Nanos,
    pub end: Nanos,
    /// Periods in which the exchange is away, each from and to. In the first of them it loses its calls.
    pub away: Vec<(Nanos, Nanos)>,
    /// When users hang up, and when they are connected again.
    pub hung_up: Nanos,
    pub again: Nanos,
    /// The transmission time of a packet.
    pub took: Nanos,
}

impl Talk {
    /// Two calls from phone to phone, and the exchange away as in [`synthetic::Truth::typical`].
    pub fn typical() -> Self {
        let at = Nanos::millis;
        let plan = Plan { redial_after: Millis(3000), ..plan(2, Callee::Phone) };
        Self {
            load: talk(5060, plan.clone()),
            plan,
            begin: at(2000),
            end: at(40_000),
            away: vec![(at(10_030), at(14_200)), (at(30_000), at(32_500))],
            hung_up: at(13_040),
            again: at(14_330),
            took: at(1),
        }
    }

    /// The events of the load.
    pub fn events(&self) -> Vec<Event> {
        let mut events = Vec::new();
        for line in 0..self.plan.calls {
            let mut say = |t, call, phase| {
                let load = self.load.name.clone();
                events.push(Event { t, what: CallEvent { line, call, phase }.told(&load) });
            };
            let took = Nanos::millis(40);
            say(Nanos::millis(1900), 1, Phase::Answered { took });
            say(self.hung_up, 1, Phase::Silent);
            let answer = Answer::Timeout;
            say(
                self.hung_up.plus(Nanos::millis(1000)),
                1,
                Phase::Failed { request: "REGISTER".to_owned(), answer },
            );
            say(self.again, 2, Phase::Answered { took });
            say(self.end.plus(Nanos::millis(500)), 2, Phase::Ended);
            for way in [Way::There, Way::Back] {
                for (from, to) in [(self.begin, self.hung_up), (self.again, self.end)] {
                    events.extend(self.media(line, way, from, to));
                }
            }
        }
        let mut run = PacketRun::begin(&self.load, 0, self.begin);
        for (number, due) in self.dues(self.begin, self.end) {
            let talking = due < self.hung_up || due >= self.again;
            run.push(Nanos(0), Some(self.took).filter(|_| talking && self.up(due)));
            if run.len() == 50 {
                let next = PacketRun::begin(&self.load, number + 1, due.plus(Nanos::millis(20)));
                let what = What::Packets(std::mem::replace(&mut run, next));
                events.push(Event { t: due, what });
            }
        }
        events
    }

    fn media(&self, line: u32, way: Way, from: Nanos, to: Nanos) -> Vec<Event> {
        let mut events = Vec::new();
        let all: Vec<(u64, Nanos)> = self.dues(from, to).collect();
        for second in all.chunks(50) {
            let mut packets = PacketRun::begin(&self.load, second[0].0, second[0].1);
            for (_, due) in second {
                packets.push(Nanos(0), Some(self.took).filter(|_| self.up(*due)));
            }
            let what = MediaRun { line, way, medium: Medium::Voice, packets }.told();
            events.push(Event { t: second[second.len() - 1].1, what });
        }
        events
    }

    /// The packets that are due in a period.
    fn dues(&self, from: Nanos, to: Nanos) -> impl Iterator<Item = (u64, Nanos)> {
        let begin = self.begin;
        (0..)
            .map(move |number| (number, begin.plus(Nanos::millis(20 * number))))
            .skip_while(move |(_, due)| *due < from)
            .take_while(move |(_, due)| *due < to)
    }

    fn up(&self, time: Nanos) -> bool {
        !self.away.iter().any(|(from, to)| time >= *from && time < *to)
    }
}

/// The drill of the records, with a load of calls only.
pub fn drill(talk: &Talk) -> Drill {
    let mut drill = synthetic::drill(50);
    drill.loads = vec![talk.load.clone()];
    drill.invariants.retain(|invariant| *invariant != halab::model::drill::Invariant::AcknowledgedWrites);
    drill
}
