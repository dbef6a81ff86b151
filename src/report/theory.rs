//! What theory allows, from the parameters that the lab runs with.

use super::analysis::Bound;
use crate::model::Manager;
use crate::record::Nanos;

/// Heartbeat looks for peers that went silent when it wakes, but not more often than this (`POLL_INTERVAL`).
const HEARTBEAT_POLL: Nanos = Nanos::millis(250);

/// How long after the death of a node its peer notices. The last heartbeat was sent up to one interval before the
/// death, and the silence is noticed when the program next wakes, for its own heartbeat at the latest.
pub fn detection(manager: &Manager) -> Bound {
    let (keepalive, deadtime) = (Nanos::from(manager.keepalive), Nanos::from(manager.deadtime));
    Bound { low: deadtime.since(keepalive), high: Some(deadtime.plus(keepalive).plus(HEARTBEAT_POLL)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Millis;

    #[test]
    fn the_papers_own_figure_is_below_what_its_configuration_allows() {
        let manager = Manager {
            preferred: "node1".parse().unwrap(),
            fails_back: true,
            keepalive: Millis::seconds(2),
            deadtime: Millis::seconds(15),
        };
        let bound = detection(&manager);
        assert_eq!((bound.low, bound.high), (Nanos::millis(13_000), Some(Nanos::millis(17_250))));
        assert!(Nanos::millis(3000) < bound.low);
    }
}
