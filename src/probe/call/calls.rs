//! A load of calls.

use std::io;

use mio::{Events, Registry};

use super::line::Line;
use super::moments::Moments;
use super::plan::Plan;
use crate::probe::clients::Clients;
use crate::probe::kind::{Next, Session};
use crate::record::Nanos;

/// The longest wait between two turns, so that lines meet their deadlines.
const NAP: Nanos = Nanos::millis(20);

/// The largest number of packets of a stream that are sent back to back.
const BURST: usize = 64;

/// How long all calls may take to come up at the start. After that, moments are counted whether calls are up
/// or not.
const FIRST_CALLS: Nanos = Nanos::millis(10_000);

/// All lines of a load.
pub struct Calls<'a> {
    clients: &'a Clients<'a>,
    lines: Vec<Line>,
    /// None until the first moment is due.
    moments: Option<Moments>,
}

impl<'a> Calls<'a> {
    /// Creates the lines; no phone has sent anything yet.
    ///
    /// # Errors
    /// No route to the exchange, or no sockets.
    pub fn new(clients: &'a Clients<'a>, registry: &Registry, plan: &Plan) -> io::Result<Self> {
        let line = |number| Line::new(clients, registry, plan, number);
        Ok(Self { clients, lines: (0..plan.calls).map(line).collect::<io::Result<_>>()?, moments: None })
    }

    /// Starts the moments once all calls are up, because a call that is not up cannot break. The lines start
    /// at staggered times, so that their packets are not sent in one burst.
    fn begin(&mut self) {
        let (clients, now) = (self.clients, self.clients.clock.now());
        let ready = self.lines.iter().all(Line::is_up) || now >= clients.first_due.plus(FIRST_CALLS);
        if self.moments.is_some() || !ready {
            return;
        }
        let share = clients.load.interval_ns() / self.lines.len().max(1) as u64;
        for (place, line) in (0..).zip(&mut self.lines) {
            line.begin(now.plus(Nanos(share * place)));
        }
        self.moments = Some(Moments::begin(clients.load, now));
    }

    fn send(&mut self) {
        if self.moments.is_none() {
            return;
        }
        let mut packet = Vec::new();
        for line in &mut self.lines {
            for stream in 0..line.streams.len() {
                for _ in 0..BURST {
                    let own = &line.streams[stream];
                    if own.is_full() || own.due() > self.clients.clock.now() {
                        break;
                    }
                    line.send(stream, self.clients, &mut packet);
                }
            }
        }
    }

    fn settle(&mut self) {
        let now = self.clients.clock.now();
        for stream in self.lines.iter_mut().flat_map(|line| &mut line.streams) {
            stream.settle(now, &mut |run| self.clients.tell(run.told()));
        }
        if let Some(moments) = &mut self.moments {
            moments.take(&mut self.lines, self.clients);
        }
    }

    fn end(&mut self) {
        for stream in self.lines.iter_mut().flat_map(|line| &mut line.streams) {
            stream.end(&mut |run| self.clients.tell(run.told()));
        }
        if let Some(moments) = &mut self.moments {
            moments.tell(self.clients);
        }
        self.lines.iter_mut().for_each(|line| line.end(self.clients));
    }
}

impl Session for Calls<'_> {
    fn turn(&mut self, _ready: &Events) -> io::Result<Next> {
        let stopping = self.clients.stopping();
        for line in &mut self.lines {
            line.step(self.clients, stopping)?;
        }
        self.begin();
        if !stopping {
            self.send();
        }
        self.settle();
        let settled = self.lines.iter().flat_map(|line| &line.streams).all(|stream| stream.is_settled());
        if stopping && settled {
            self.end();
            return Ok(Next::Over);
        }
        let next = self.lines.iter().flat_map(|line| &line.streams).map(|stream| stream.due()).min();
        let due = next.filter(|_| self.moments.is_some() && !stopping);
        let soon = self.clients.clock.now().plus(NAP);
        Ok(Next::At(due.map_or(soon, |due| due.min(soon))))
    }
}
