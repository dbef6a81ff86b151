//! The bounds of theory, from the parameters of the lab.

use super::analysis::Bound;
use crate::model::{Liveness, Manager, NodeName, vrrp_priority};
use crate::record::Nanos;

/// UCARP reads the network through libpcap with this time-out (`CAPTURE_TIMEOUT`), and the kernel passes
/// captured packets on only when it has elapsed: an advertisement is read up to this long after it arrived.
const UCARP_CAPTURE: Nanos = Nanos::millis(1000);

/// Heartbeat checks for silent peers when it wakes, but not more often than this (`POLL_INTERVAL`).
const HEARTBEAT_POLL: Nanos = Nanos::millis(250);

/// Corosync measures its time-outs with timers of its own loop, and the remaining nodes have to agree on the
/// new membership, in some rounds over a local network. An allowance, not a figure from its sources.
const COROSYNC_WAKING: Nanos = Nanos::millis(50);

/// How long after the death of the holder of an address another node detects it; `by` is that node, or `None`
/// for the first to detect it.
pub fn detection(manager: &Manager, by: Option<&NodeName>) -> Bound {
    match manager.liveness {
        Liveness::Heartbeat { keepalive, deadtime } => heartbeat(keepalive.into(), deadtime.into()),
        Liveness::Vrrp { advert, priority } => {
            let place = by.and_then(|by| manager.place(by));
            // Without the first node, the second has the highest priority and the shortest wait.
            vrrp(advert.into(), vrrp_priority(priority, place.unwrap_or(1), manager.members.len()))
        }
        Liveness::Ucarp { base, skew, backup_skew, ratio } => {
            // The first takes over from one of the others, and they from the first.
            match by.and_then(|by| manager.place(by)) {
                Some(0) => ucarp(base, skew, ratio, backup_skew),
                _ => ucarp(base, backup_skew, ratio, skew),
            }
        }
        Liveness::Corosync { token, coefficient } => {
            corosync(token.into(), coefficient.into(), manager.members.len() as u64)
        }
    }
}

/// The last heartbeat was sent up to one interval before the death, and the silence is detected when the
/// program next wakes, for its own heartbeat at the latest.
fn heartbeat(keepalive: Nanos, deadtime: Nanos) -> Bound {
    Bound { low: deadtime.since(keepalive), high: Some(deadtime.plus(keepalive).plus(HEARTBEAT_POLL)) }
}

/// A backup waits for three advertisements, plus a time that grows as its priority falls (RFC 5798, section
/// 6.1). The last one was sent up to one interval before the death.
fn vrrp(advert: Nanos, priority: u64) -> Bound {
    let skew = Nanos(advert.0 * 256_u64.saturating_sub(priority) / 256);
    let down = Nanos(3 * advert.0).plus(skew);
    whole(down.since(advert), down)
}

/// A UCARP backup wakes when it would have sent an advertisement itself, and only then checks whether the
/// holder has been silent for `ratio` times the base and its own skew. It counts from when it read the last
/// advertisement, which was sent up to one interval of the holder before the death.
fn ucarp(base: u64, skew: u64, ratio: u64, holder_skew: u64) -> Bound {
    let part = |skew: u64| Nanos(skew * 1_000_000_000 / 256);
    let wakes = (1000 * base + 1000 * skew / 256).max(1) * 1_000_000;
    let dead = Nanos::millis(1000 * ratio * base).plus(part(skew));
    let silence = Nanos(dead.0.div_ceil(wakes) * wakes);
    let interval = Nanos::millis(1000 * base).plus(part(holder_skew));
    whole(silence.since(interval), silence.plus(UCARP_CAPTURE))
}

/// The loss of the token is detected after its time-out, which grows with each node above two; then the
/// remaining nodes wait for consensus, 1.2 times as long, before they continue without the dead one
/// (`corosync.conf(5)`: token, token_coefficient, consensus). In an idle cluster, one node holds the token
/// back for up to the hold time, and may die at its end: 0.8 of the retransmit time-out, of which 4.2 make a
/// token time-out, less 10 ms (238 and 180 ms of 1000 ms in its manual).
fn corosync(token: Nanos, coefficient: Nanos, nodes: u64) -> Bound {
    let token = Nanos(token.0 + coefficient.0 * nodes.saturating_sub(2));
    let hold = Nanos((token.0 * 10 / 42 * 8 / 10).saturating_sub(10_000_000));
    let whole_round = Nanos(token.0 + token.0 * 12 / 10);
    whole(whole_round.since(hold), whole_round.plus(COROSYNC_WAKING))
}

/// Rounds bounds to whole milliseconds, outwards.
fn whole(low: Nanos, high: Nanos) -> Bound {
    const MILLI: u64 = 1_000_000;
    Bound { low: Nanos(low.0 / MILLI * MILLI), high: Some(Nanos(high.0.div_ceil(MILLI) * MILLI)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Millis;

    fn manager(liveness: Liveness) -> Manager {
        let members = ["alpha", "beta", "charlie"].map(|name| name.parse().unwrap()).to_vec();
        Manager { members, fails_back: true, liveness }
    }

    fn millis(bound: Bound) -> (u64, u64) {
        (bound.low.0 / 1_000_000, bound.high.unwrap().0 / 1_000_000)
    }

    #[test]
    fn the_papers_own_figure_is_below_what_its_configuration_allows() {
        let liveness = Liveness::Heartbeat { keepalive: Millis::seconds(2), deadtime: Millis::seconds(15) };
        let bound = detection(&manager(liveness), None);
        assert_eq!((bound.low, bound.high), (Nanos::millis(13_000), Some(Nanos::millis(17_250))));
        assert!(Nanos::millis(3000) < bound.low);
    }

    #[test]
    fn a_backup_of_vrrp_waits_longer_the_lower_its_priority_is() {
        // The protocol's default: advertisements every second and a priority of 100 give 3.609 s.
        assert_eq!(millis(vrrp(Nanos::millis(1000), 100)), (2609, 3610));
        assert_eq!(millis(vrrp(Nanos::millis(100), 254)), (200, 301));
        let manager = |priority| manager(Liveness::Vrrp { advert: Millis::seconds(1), priority });
        let equal = detection(&manager(Some(100)), Some(&"beta".parse().unwrap()));
        assert_eq!(millis(equal), (2609, 3610));
        let manager = manager(None);
        let by = |node: &str| millis(detection(&manager, Some(&node.parse().unwrap())));
        assert_eq!((by("beta"), by("charlie")), ((2140, 3141), (2523, 3524)));
        assert_eq!(millis(detection(&manager, None)), by("beta"));
    }

    #[test]
    fn corosync_waits_for_its_token_and_then_for_consensus() {
        // The defaults of version 3: 3.0 + 3.6 s for two nodes, 3.65 + 4.38 s for three, to the hold time of
        // 561 and 685 ms.
        let (token, coefficient) = (Nanos::millis(3000), Nanos::millis(650));
        assert_eq!(millis(corosync(token, coefficient, 2)), (6038, 6650));
        assert_eq!(millis(corosync(token, coefficient, 3)), (7344, 8080));
        let liveness = Liveness::Corosync { token: Millis::seconds(1), coefficient: Millis(650) };
        assert_eq!(millis(detection(&manager(liveness), None)), (3325, 3680), "1.65 + 1.98 s for its three");
    }

    #[test]
    fn ucarp_looks_only_when_it_wakes() {
        // From an analysis of the program's own timers: base, skew, ratio, and the milliseconds of silence
        // after an advertisement that is read at once.
        for (base, skew, ratio, silence) in [
            (1, 0, 3, 3000),
            (1, 1, 3, 3009),
            (1, 20, 3, 3234),
            (1, 50, 3, 3585),
            (1, 100, 3, 4170),
            (1, 0, 1, 1000),
            (1, 100, 1, 2780),
        ] {
            let bound = millis(ucarp(base, skew, ratio, 0));
            assert_eq!(bound, (silence - 1000, silence + 1000), "{base} {skew} {ratio}");
        }
        let liveness = Liveness::Ucarp { base: 1, skew: 1, backup_skew: 100, ratio: 3 };
        let manager = manager(liveness);
        let by = |node: &str| millis(detection(&manager, Some(&node.parse().unwrap())));
        assert_eq!((by("beta"), by("alpha")), ((3166, 5170), (1618, 4009)));
    }
}
