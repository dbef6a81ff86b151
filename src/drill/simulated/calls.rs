//! Calls, moment by moment.

use super::Simulation;
use super::loads::Kind;
use crate::model::NodeName;
use crate::model::drill::{CallPlan, CallTo, Load};
use crate::provider::cluster::Served;
use crate::record::{Answer, CallPhase, MediaRun, Medium, Nanos, PacketRun, Way, What};

/// How long it takes to register and call.
const SET_UP: Nanos = Nanos::millis(60);

/// After how long an attempt that is not answered is made again.
const AGAIN: Nanos = Nanos::millis(1000);

/// The phones of a load.
#[derive(Debug)]
pub struct Phones {
    redial: Nanos,
    lines: Vec<Line>,
    moments: PacketRun,
}

/// A line, with a call on it or not.
#[derive(Debug)]
struct Line {
    call: u32,
    /// The exchange that has the call, and the number of its life; none while no call is up.
    exchange: Option<(NodeName, u32)>,
    /// Since when nothing is heard.
    silent: Option<Nanos>,
    /// When the next attempt to call is made.
    attempt: Nanos,
    media: Vec<MediaRun>,
}

impl Phones {
    /// Phones that have not called yet.
    pub fn new(load: &Load, plan: &CallPlan, first_due: Nanos) -> Self {
        let ways = match plan.to {
            CallTo::Echo => vec![Way::Around],
            CallTo::Phone => vec![Way::There, Way::Back],
        };
        let line = |line: u32| Line {
            call: 0,
            exchange: None,
            silent: None,
            attempt: first_due,
            media: ways
                .iter()
                .map(|way| {
                    let packets = PacketRun::begin(load, 0, first_due);
                    MediaRun { line, way: *way, medium: Medium::Voice, packets }
                })
                .collect(),
        };
        Self {
            redial: plan.redial_after.into(),
            lines: (0..plan.calls).map(line).collect(),
            moments: PacketRun::begin(load, 0, first_due),
        }
    }

    /// One moment: what is answered by an exchange now, if one is there. Whether every voice came through.
    fn moment(
        &mut self,
        load: &Load,
        now: Nanos,
        (seq, due): (u64, Nanos),
        served: Option<&Served>,
    ) -> Vec<What> {
        let mut told = Vec::new();
        let here = served.and_then(|served| served.makers.first());
        let (next, next_due) = (seq + 1, due.plus(Nanos(load.interval_ns())));
        let took = served.map(|served| Nanos::from(served.after));
        let mut all = true;
        for (line, number) in self.lines.iter_mut().zip(0..) {
            let heard = line.exchange.is_some() && line.exchange.as_ref() == here;
            all &= heard;
            let up = line.exchange.is_some();
            for media in &mut line.media {
                if up {
                    media.packets.push(Nanos(0), took.filter(|_| heard));
                }
                if (!up || media.packets.len() >= load.rate as usize)
                    && let Some(packets) = media.packets.take(next, next_due)
                {
                    told.push(What::Media(MediaRun { packets, ..*media }));
                }
            }
            let phase = line.turn(now, heard, here, self.redial);
            let call = |phase| What::Call { load: load.name.clone(), line: number, call: line.call, phase };
            told.extend(phase.map(call));
        }
        self.moments.push(Nanos(0), took.filter(|_| all));
        if self.moments.len() >= load.rate as usize {
            told.extend(self.moments.take(next, next_due).map(What::Packets));
        }
        told
    }

    /// What is left to tell at the end.
    pub fn end(&mut self, load: &Load, next: u64, next_due: Nanos) -> Vec<What> {
        let mut told: Vec<What> = self.moments.take(next, next_due).map(What::Packets).into_iter().collect();
        for (line, number) in self.lines.iter_mut().zip(0..) {
            for media in &mut line.media {
                let packets = media.packets.take(next, next_due);
                told.extend(packets.map(|packets| What::Media(MediaRun { packets, ..*media })));
            }
            if line.exchange.take().is_some() {
                let (load, call) = (load.name.clone(), line.call);
                told.push(What::Call { load, line: number, call, phase: CallPhase::Ended });
            }
        }
        told
    }
}

impl Line {
    /// What becomes of the line at this moment.
    fn turn(
        &mut self,
        now: Nanos,
        heard: bool,
        here: Option<&(NodeName, u32)>,
        redial: Nanos,
    ) -> Option<CallPhase> {
        if self.exchange.is_some() {
            if heard {
                self.silent = None;
                return None;
            }
            let since = *self.silent.get_or_insert(now);
            if now.since(since) < redial {
                return None;
            }
            (self.exchange, self.silent, self.attempt) = (None, None, now);
            return Some(CallPhase::Silent);
        }
        if now < self.attempt {
            return None;
        }
        match here {
            Some(exchange) => {
                self.call += 1;
                self.exchange = Some(exchange.clone());
                Some(CallPhase::Answered { took: SET_UP })
            }
            None => {
                self.attempt = now.plus(AGAIN);
                Some(CallPhase::Failed { request: "REGISTER".to_owned(), answer: Answer::Timeout })
            }
        }
    }
}

impl Simulation<'_> {
    /// A moment of a load of calls.
    pub fn moment(&mut self, place: usize, due: Nanos) {
        let served = self.ask_now(place, None);
        let now = self.now;
        let Some(own) = self.generators.get_mut(place) else { return };
        let seq = own.next - 1;
        let Kind::Calls(phones) = &mut own.kind else { return };
        let told = phones.moment(&own.load, now, (seq, due), served.as_ref());
        told.into_iter().for_each(|what| self.emit(what));
    }
}
