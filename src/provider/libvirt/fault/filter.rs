//! Filters on the bridges, and frames that verify them.

use std::net::{Ipv4Addr, UdpSocket};
use std::time::{Duration, Instant};

use crate::fault::proof::{Counted, enough_frames, is_limited, is_share};
use crate::fault::{Filter, Goal, How, InjectionId, Look, Scope, rules};
use crate::host::HostError;
use crate::model::Bytes;
use crate::provider::libvirt::LibvirtProvider;
use crate::work::ProviderError;

/// No program listens on this port; a frame to it is dropped, or answered with a refusal.
const DISCARD: u16 = 9;

/// The payload that verifies a loss of frames.
const SMALL: usize = 32;

/// The payload that verifies a rate limit: it fills a frame.
const LARGE: usize = 1400;

/// The longest payload.
const SENDING: Duration = Duration::from_secs(3);

impl LibvirtProvider {
    pub(super) fn filter(&self, id: &InjectionId, filter: &Filter) -> Result<String, ProviderError> {
        self.unfilter(id)?;
        self.must(&["nft".to_owned(), "-f".to_owned(), "-".to_owned()], &rules::ruleset(id, filter))?;
        Ok("nft bridge".to_owned())
    }

    pub(super) fn unfilter(&self, id: &InjectionId) -> Result<(), ProviderError> {
        if self.counted(id)?.is_some() {
            self.must(&nft(rules::removal(id)), "")?;
        }
        Ok(())
    }

    /// The counters of the rules; none if the rules do not exist.
    fn counted(&self, id: &InjectionId) -> Result<Option<Vec<Counted>>, ProviderError> {
        Ok(match self.tool(&nft(rules::listing(id)), "")? {
            (true, listing) => rules::counted(&listing),
            (false, said) if said.contains("No such file") => None,
            (false, said) => {
                return Err(HostError::Command { command: nft(rules::listing(id)).join(" "), said }.into());
            }
        })
    }

    /// The presence of rules in the kernel proves nothing; the proof is what they dropped, and out of how
    /// much.
    pub(super) fn look_at_filter(
        &self,
        id: &InjectionId,
        filter: &Filter,
        wanted: Goal,
    ) -> Result<Look, ProviderError> {
        let Some(counted) = self.counted(id)? else {
            let seen = "the rules are not in the kernel".to_owned();
            return Ok(Look { holds: wanted == Goal::Healed, seen });
        };
        if wanted == Goal::Healed {
            return Ok(Look { holds: false, seen: "the rules are in the kernel".to_owned() });
        }
        let seen: u64 = counted.iter().map(|rule| rule.seen.packets).sum();
        let dropped: u64 = counted.iter().map(|rule| rule.dropped.packets).sum();
        let (holds, seen) = match filter.how {
            How::All => {
                if dropped == 0 && matches!(filter.scope, Scope::Everybody | Scope::Clients) {
                    self.provoke(filter, SMALL, 1)?;
                }
                (dropped > 0, format!("{dropped} frames were dropped"))
            }
            How::Percent(percent) => {
                if seen < enough_frames(percent) {
                    self.provoke(filter, SMALL, enough_frames(percent))?;
                }
                (is_share(seen, dropped, percent), format!("{dropped} of {seen} frames were dropped"))
            }
            How::Above(limit) => return self.look_at_rate(id, filter, limit, &counted),
        };
        Ok(Look { holds, seen })
    }

    /// Sends more than the limit allows, and checks what passed.
    fn look_at_rate(
        &self,
        id: &InjectionId,
        filter: &Filter,
        limit: Bytes,
        before: &[Counted],
    ) -> Result<Look, ProviderError> {
        let begun = Instant::now();
        let too_much = 3 * (limit.0 + rules::burst(limit)) / 2;
        self.provoke(filter, LARGE, too_much.div_ceil(LARGE as u64))?;
        let after = self.counted(id)?.unwrap_or_default();
        let time = begun.elapsed();
        let rules = || before.iter().zip(&after).map(|(before, after)| *after - *before);
        let full = rules().filter(|rule| rule.dropped.packets > 0);
        let holds = rules().any(|rule| rule.dropped.packets > 0)
            && full.clone().all(|rule| is_limited(rule, limit, time));
        let passed: u64 = full.clone().map(|rule| (rule.seen - rule.dropped).bytes).sum();
        let dropped: u64 = full.map(|rule| rule.dropped.bytes).sum();
        let millis = time.as_millis();
        Ok(Look { holds, seen: format!("{passed} bytes passed in {millis} ms and {dropped} were dropped") })
    }

    /// Sends a number of datagrams to each address of the node.
    fn provoke(&self, filter: &Filter, size: usize, times: u64) -> Result<(), ProviderError> {
        let netns = self.host.netns();
        let addresses: Vec<Ipv4Addr> = filter.ports.iter().map(|port| port.address).collect();
        let sent = std::thread::spawn(move || {
            crate::base::netns::enter(&netns)?;
            let socket = UdpSocket::bind("0.0.0.0:0")?;
            let (payload, until) = (vec![0; size], Instant::now() + SENDING);
            for _ in (0..times).take_while(|_| Instant::now() < until) {
                for address in &addresses {
                    // A network that cannot be reached at all does not end the check: others may be
                    // reachable.
                    drop(socket.send_to(&payload, (*address, DISCARD)));
                }
            }
            Ok::<_, std::io::Error>(())
        });
        match sent.join() {
            Ok(sent) => Ok(sent.map_err(HostError::from)?),
            Err(_) => Ok(()),
        }
    }
}

fn nft(words: Vec<String>) -> Vec<String> {
    std::iter::once("nft".to_owned()).chain(words).collect()
}
