//! Calls on a model of a cluster, moment by moment.

use super::facts::{CallEvent, MediaRun, Medium, Phase, Way};
use super::plan::{Callee, Plan};
use crate::model::NodeName;
use crate::model::drill::Load;
use crate::probe::modelled::{Became, Due, Modelled, Reached};
use crate::record::{Answer, Nanos, PacketRun, What};

/// How long registering and calling takes.
const SET_UP: Nanos = Nanos::millis(60);

/// The time between an unanswered attempt and the next.
const AGAIN: Nanos = Nanos::millis(1000);

/// The phones of a load.
#[derive(Debug)]
pub struct Phones {
    redial: Nanos,
    lines: Vec<ModelledLine>,
    moments: PacketRun,
}

/// A line, with or without a call.
#[derive(Debug)]
struct ModelledLine {
    call: u32,
    /// The exchange of the call and its boot number; none while no call is up.
    exchange: Option<(NodeName, u32)>,
    /// The start of the silence.
    silent: Option<Nanos>,
    /// The time of the next attempt to call.
    attempt: Nanos,
    media: Vec<MediaRun>,
}

impl Phones {
    /// Phones that have not called yet.
    pub fn new(load: &Load, plan: &Plan, first_due: Nanos) -> Self {
        let ways = match plan.to {
            Callee::Echo => vec![Way::Around],
            Callee::Phone => vec![Way::There, Way::Back],
        };
        let line = |line: u32| ModelledLine {
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
}

impl Modelled for Phones {
    fn turn(&mut self, load: &Load, due: &Due, reached: Option<&Reached>) -> Became {
        let mut told = Vec::new();
        let here = reached.map(|reached| &reached.node);
        let took = reached.map(|reached| reached.after);
        let Due { seq, next_due, now, .. } = *due;
        let next = seq + 1;
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
                    told.push(MediaRun { packets, ..*media }.told());
                }
            }
            let phase = line.turn(now, heard, here, self.redial);
            let call = |phase| CallEvent { line: number, call: line.call, phase }.told(&load.name);
            told.extend(phase.map(call));
        }
        self.moments.push(Nanos(0), took.filter(|_| all));
        if self.moments.len() >= load.rate as usize {
            told.extend(self.moments.take(next, next_due).map(What::Packets));
        }
        Became { told, request: None }
    }

    fn end(&mut self, load: &Load, next: u64, next_due: Nanos) -> Vec<What> {
        let mut told: Vec<What> = self.moments.take(next, next_due).map(What::Packets).into_iter().collect();
        for (line, number) in self.lines.iter_mut().zip(0..) {
            for media in &mut line.media {
                let packets = media.packets.take(next, next_due);
                told.extend(packets.map(|packets| MediaRun { packets, ..*media }.told()));
            }
            if line.exchange.take().is_some() {
                told.push(CallEvent { line: number, call: line.call, phase: Phase::Ended }.told(&load.name));
            }
        }
        told
    }
}

impl ModelledLine {
    /// Advances the line by one moment.
    fn turn(
        &mut self,
        now: Nanos,
        heard: bool,
        here: Option<&(NodeName, u32)>,
        redial: Nanos,
    ) -> Option<Phase> {
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
            return Some(Phase::Silent);
        }
        if now < self.attempt {
            return None;
        }
        match here {
            Some(exchange) => {
                self.call += 1;
                self.exchange = Some(exchange.clone());
                Some(Phase::Answered { took: SET_UP })
            }
            None => {
                self.attempt = now.plus(AGAIN);
                Some(Phase::Failed { request: "REGISTER".to_owned(), answer: Answer::Timeout })
            }
        }
    }
}
