//! How long a node waits for a heartbeat before it declares a peer dead.

use std::time::Duration;

use super::dice::Dice;
use crate::model::{Liveness, vrrp_priority};

/// How often Heartbeat checks for silent peers, at most (`POLL_INTERVAL`).
const HEARTBEAT_POLL: Duration = Duration::from_millis(250);

/// How long UCARP's capture may delay an advertisement.
const UCARP_CAPTURE: Duration = Duration::from_millis(900);

/// The maximum delay of Corosync's own timers.
const COROSYNC_WAKING: Duration = Duration::from_millis(40);

/// The timeout of a node for a peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// The interval of heartbeats: the last one was sent up to this long before the silence began.
    interval: Duration,
    /// The timeout, from the last heartbeat.
    silence: Duration,
    /// The additional delay until the timeout is detected.
    waking: Duration,
}

impl Patience {
    /// The timeout of the member in one place for the member in another, given the number of members.
    pub fn of(liveness: &Liveness, by: usize, peer: usize, members: usize) -> Self {
        match *liveness {
            Liveness::Heartbeat { keepalive, deadtime } => Self {
                interval: keepalive.duration(),
                silence: deadtime.duration(),
                waking: keepalive.duration().min(HEARTBEAT_POLL),
            },
            Liveness::Vrrp { advert, priority } => {
                let advert = advert.duration();
                let priority = vrrp_priority(priority, by, members);
                let skew = u32::try_from(256_u64.saturating_sub(priority)).unwrap_or(256);
                Self { interval: advert, silence: advert * 3 + advert * skew / 256, waking: Duration::ZERO }
            }
            Liveness::Ucarp { base, skew, backup_skew, ratio } => {
                let own = if by == 0 { skew } else { backup_skew };
                let other = if peer == 0 { skew } else { backup_skew };
                let part = |skew: u64| Duration::from_nanos(skew * 1_000_000_000 / 256);
                let wakes = Duration::from_millis((1000 * base + 1000 * own / 256).max(1));
                let dead = Duration::from_secs(ratio * base) + part(own);
                let times = u32::try_from(dead.as_nanos().div_ceil(wakes.as_nanos())).unwrap_or(u32::MAX);
                let interval = Duration::from_secs(base) + part(other);
                Self { interval, silence: wakes * times, waking: UCARP_CAPTURE }
            }
            Liveness::Corosync { token, coefficient } => {
                let more = u32::try_from(members.saturating_sub(2)).unwrap_or_default();
                let token = token.duration() + coefficient.duration() * more;
                let hold = (token * 10 / 42 * 8 / 10).saturating_sub(Duration::from_millis(10));
                Self { interval: hold, silence: token * 11 / 5, waking: COROSYNC_WAKING }
            }
        }
    }

    /// The interval of heartbeats.
    pub fn interval(self) -> Duration {
        self.interval
    }

    /// The time from the beginning of a silence to its detection.
    pub fn draw(&self, dice: &mut Dice) -> Duration {
        // The last moment before the next heartbeat is excluded: the detection would come later than the
        // limits allow.
        let sent_before = self.interval / 16 + dice.up_to(self.interval * 15 / 16);
        let late = dice.up_to(self.waking);
        self.silence.saturating_sub(sent_before) + late
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Millis;

    fn drawn(liveness: &Liveness) -> (u128, u128) {
        let patience = Patience::of(liveness, 1, 0, 2);
        let all: Vec<u128> = (0..2000).map(|seed| patience.draw(&mut Dice(seed)).as_millis()).collect();
        (all.iter().copied().min().unwrap(), all.iter().copied().max().unwrap())
    }

    #[test]
    fn a_peer_is_missed_within_what_the_settings_allow() {
        let (low, high) =
            drawn(&Liveness::Heartbeat { keepalive: Millis(500), deadtime: Millis::seconds(2) });
        assert!((1500..1600).contains(&low) && (2100..=2250).contains(&high), "{low} {high}");
        let (low, high) = drawn(&Liveness::Vrrp { advert: Millis::seconds(1), priority: None });
        assert!((2140..2200).contains(&low) && (3000..=3141).contains(&high), "{low} {high}");
        let (low, high) = drawn(&Liveness::Ucarp { base: 1, skew: 1, backup_skew: 20, ratio: 3 });
        assert!((2200..2400).contains(&low) && (3700..=4234).contains(&high), "{low} {high}");
        let (low, high) = drawn(&Liveness::Corosync { token: Millis::seconds(1), coefficient: Millis(650) });
        assert!((2020..2060).contains(&low) && (2200..=2250).contains(&high), "{low} {high}");
    }
}
