//! Inspects the nodes before the first step and after the last, and records their answers.

use jiff::Timestamp;

use super::ask::{Said, shown};
use super::engine::Engine;
use crate::model::NodeName;
use crate::model::drill::Invariant;
use crate::record::{Deviation, Ending, Facts, Moment, Nanos, What};

/// Prints a line for each fact, its kind first. The clock is read first, because any later command would
/// delay it.
const LOOK: &str = "\
echo \"clock $(date +%s.%N)\"
ip -4 -o address show | while read -r _ _ _ address _; do echo \"address ${address%/*}\"; done
while read -r device _; do case $device in /dev/drbd*) echo \"mounted $device\" ;; esac; done </proc/mounts
dmesg | grep -E 'Out of memory|oom-kill|I/O error|EXT4-fs error|segfault at|general protection|BUG:|Oops:|blocked for more than' | sed 's/^/complaint /'
df -P -l -x tmpfs -x devtmpfs | while read -r _ _ _ free _ mount; do [ \"$free\" != 0 ] || echo \"full $mount\"; done";

/// Whether an invariant is judged by the inspection, and whether the state before the drill counts.
pub fn judged(invariant: Invariant, moment: Moment) -> bool {
    match invariant {
        Invariant::NoCollateral => true,
        Invariant::Released => moment == Moment::After,
        _ => false,
    }
}

impl<'env> Engine<'_, '_, 'env> {
    /// Inspects all nodes, if an invariant of the drill is judged by that.
    pub fn inspect(&mut self, moment: Moment) -> Result<(), Ending> {
        let setup = self.setup;
        if !setup.drill.invariants.iter().any(|invariant| judged(*invariant, moment)) {
            return Ok(());
        }
        let nodes: Vec<&'env NodeName> = setup.lab.nodes.iter().map(|node| &node.name).collect();
        let said = self.ask_nodes(&nodes, LOOK, "looking at a node")?;
        for (node, said) in nodes.into_iter().zip(said) {
            let (facts, failure) = match said.and_then(|said| facts(&said)) {
                Ok(facts) => (Some(facts), None),
                Err(failure) => (None, Some(failure)),
            };
            self.pump.emit(What::Inspected { node: node.clone(), moment, facts, failure });
        }
        Ok(())
    }
}

/// Parses the answer of a node.
pub(crate) fn facts(said: &Said) -> Result<Facts, String> {
    let (mut facts, mut clock) = (Facts::default(), None);
    for line in said.text.lines() {
        let strange = || format!("it said `{}`", shown(line));
        let (kind, value) = line.split_once(' ').ok_or_else(strange)?;
        match kind {
            "clock" => clock = Some(deviation(said, value).ok_or_else(strange)?),
            "address" => facts.addresses.push(value.parse().map_err(|_| strange())?),
            "mounted" => facts.mounted.push(value.to_owned()),
            "complaint" => facts.complaints.push(value.to_owned()),
            "full" => facts.full.push(value.to_owned()),
            _ => return Err(strange()),
        }
    }
    facts.clock = clock.ok_or("its clock is missing")?;
    Ok(facts)
}

/// The node read its clock at some time between the query and the answer.
fn deviation(said: &Said, clock: &str) -> Option<Deviation> {
    let (seconds, nanos) = clock.split_once('.')?;
    let theirs = Timestamp::new(seconds.parse().ok()?, nanos.parse().ok()?).ok()?.as_nanosecond();
    let error = Nanos(said.answered.since(said.asked).0 / 2);
    let ours = said.wall.as_nanosecond() - i128::from(error.0);
    let distance = Nanos(u64::try_from((theirs - ours).unsigned_abs()).unwrap_or(u64::MAX));
    // A node may say any time, and a record has limits.
    let distance = distance.min(Nanos::LATEST);
    Some(Deviation { distance, error })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Said {
        let wall = Timestamp::new(1_000_000_000, 500_000_000).unwrap();
        Said { text: text.to_owned(), asked: Nanos::millis(100), answered: Nanos::millis(140), wall }
    }

    #[test]
    fn each_line_is_a_fact() {
        let text = "clock 1000000003.000000000\naddress 127.0.0.1\naddress 192.168.0.100\nmounted /dev/drbd0\n\
                    complaint [ 71.2] Out of memory: Killed process 811 (mariadbd)\nfull /srv/data\n";
        let facts = facts(&said(text)).unwrap();
        assert_eq!(facts.addresses.len(), 2);
        assert_eq!(facts.mounted, ["/dev/drbd0"]);
        assert_eq!(facts.complaints, ["[ 71.2] Out of memory: Killed process 811 (mariadbd)"]);
        assert_eq!(facts.full, ["/srv/data"]);
        // Queried 40 ms before the answer: the clock was read 20 ms before it, ± 20 ms.
        assert_eq!(facts.clock, Deviation { distance: Nanos::millis(2520), error: Nanos::millis(20) });
    }

    #[test]
    fn a_clock_of_another_age_does_not_make_the_record_unreadable() {
        for clock in ["clock 99999999999.0\n", "clock 0.0\n"] {
            let facts = facts(&said(clock)).unwrap();
            let json = serde_json::to_string(&facts.clock).unwrap();
            assert_eq!(serde_json::from_str::<Deviation>(&json).unwrap(), facts.clock, "{clock}");
        }
    }

    #[test]
    fn what_is_not_understood_is_no_fact() {
        for strange in
            ["", "address 1.2.3.4\n", "clock now\n", "clock 1.0\naddress none\n", "clock 1.0\nsh: no\n"]
        {
            facts(&said(strange)).unwrap_err();
        }
    }
}
