//! The moments of a load of calls: a moment is good if every voice packet arrived.

use super::facts::Medium;
use super::line::Line;
use super::stream::{Became, Stream};
use crate::model::drill::Load;
use crate::probe::clients::Clients;
use crate::record::{Nanos, PacketRun, What};

/// Moments whose outcome is known but not reported yet.
#[derive(Debug)]
pub struct Moments {
    run: PacketRun,
}

impl Moments {
    /// Starts with the first moment due at this time.
    pub fn begin(load: &Load, due: Nanos) -> Self {
        Self { run: PacketRun::begin(load, 0, due) }
    }

    /// Takes in the known fates of all voice packets, and reports moments in runs.
    pub fn take(&mut self, lines: &mut [Line], clients: &Clients<'_>) {
        loop {
            let voice = |stream: &&mut Stream| stream.medium() == Medium::Voice;
            let mut voices: Vec<&mut Stream> =
                lines.iter_mut().flat_map(|line| &mut line.streams).filter(voice).collect();
            if voices.is_empty() || !voices.iter().all(|stream| stream.next_known()) {
                return;
            }
            let became: Vec<Became> = voices.iter_mut().map(|stream| stream.take_known()).collect();
            match became.into_iter().collect::<Option<Vec<(Nanos, Nanos)>>>() {
                Some(packets) => {
                    let latest = packets.iter().map(|(late, _)| *late).max().unwrap_or_default();
                    self.run.push(latest, packets.iter().map(|(_, took)| *took).max());
                }
                None => self.run.push(Nanos(0), None),
            }
            if self.run.len() >= clients.load.rate as usize {
                self.tell(clients);
            }
        }
    }

    /// Reports all known moments.
    pub fn tell(&mut self, clients: &Clients<'_>) {
        let next = self.run.first + self.run.len() as u64;
        let due = self.run.due.plus(Nanos(self.run.interval.0 * self.run.len() as u64));
        if let Some(run) = self.run.take(next, due) {
            clients.tell(What::Packets(run));
        }
    }
}
