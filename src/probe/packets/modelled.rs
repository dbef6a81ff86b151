//! A stream of packets on a model of a cluster.

use crate::model::drill::Load;
use crate::probe::modelled::{Became, Due, Modelled, Reached};
use crate::record::{Nanos, PacketRun, What};

/// Known fates of packets that were not reported yet.
#[derive(Debug)]
pub struct Stream(PacketRun);

impl Stream {
    /// The first is due at this time.
    pub fn begin(load: &Load, first_due: Nanos) -> Self {
        Self(PacketRun::begin(load, 0, first_due))
    }
}

impl Modelled for Stream {
    fn turn(&mut self, load: &Load, due: &Due, reached: Option<&Reached>) -> Became {
        self.0.push(due.now.since(due.due), reached.map(|reached| reached.after));
        let full = self.0.len() >= load.rate as usize;
        let run = full.then(|| self.0.take(due.seq + 1, due.next_due)).flatten();
        Became { told: run.map(What::Packets).into_iter().collect(), request: None }
    }

    fn end(&mut self, _load: &Load, next: u64, next_due: Nanos) -> Vec<What> {
        self.0.take(next, next_due).map(What::Packets).into_iter().collect()
    }
}
