//! The expectations of a drill file, which may only name figures that the drill measures.

use super::action::ActionWord;
use super::check::Checker;
use crate::drill::replicas::keepers;
use crate::model::drill::{Expectation, Figure, Invariant, LoadTrait, SettleGoal};
use crate::model::{Manager, Millis};

/// The longest time in which two nodes may answer for an address that moves: a substantial part of the
/// shortest failover time.
const LONGEST_HANDOVER: Millis = Millis(500);

impl Checker<'_> {
    /// The expectations, by figure.
    pub fn expect(&mut self) -> Vec<Expectation> {
        let file = self.file;
        let mut expectations = Vec::new();
        for (figure, table) in &file.expect {
            if table.max.is_none() && table.min.is_none() && table.paper.is_none() {
                self.error(
                    figure.span(),
                    "nothing is expected of this figure",
                    "write `max`, `min`, `paper` or several of them",
                );
            }
            let min = table.min.as_ref().map(|min| *min.get_ref());
            if let (Some(min), Some(max)) = (&table.min, table.max)
                && *min.get_ref() > max
            {
                let message = format!("at least {} and at most {max} cannot both hold", min.get_ref());
                self.error(min.span(), message, format!("write {max} or less"));
            }
            if let Some(missing) = self.unmeasured(*figure.get_ref()) {
                self.error(figure.span(), "the drill does not measure this figure", missing);
            }
            let (figure, max, paper) = (*figure.get_ref(), table.max, table.paper);
            expectations.push(Expectation { figure, max, min, paper });
        }
        expectations
    }

    /// What the drill lacks in order to measure a figure.
    fn unmeasured(&self, figure: Figure) -> Option<&'static str> {
        let word = |step: &super::step_table::StepTable| *step.action.get_ref();
        let mut steps = self.file.step.values();
        let (measured, missing) = match figure {
            Figure::Failover | Figure::Outage => {
                let fault = steps.any(|step| matches!(word(step), ActionWord::Fault(_)));
                (fault, "it takes a step that injects a fault")
            }
            Figure::Failback => {
                let back = steps.any(|step| {
                    let own = matches!(word(step), ActionWord::Fault(row) if row.ends.is_some());
                    own || step.hold.is_some() || matches!(word(step), ActionWord::PowerOn | ActionWord::Heal)
                });
                (back, "it takes a step that heals a fault or switches power on")
            }
            Figure::WriteOutage => (self.writes(), "it takes a load of kind `ledger`"),
            Figure::Redundancy => {
                let waits = self.file.settle().until.contains(&SettleGoal::Redundant);
                (waits, "it takes `redundant` in `settle.until`")
            }
        };
        (!measured).then_some(missing)
    }

    fn writes(&self) -> bool {
        self.file.load.values().any(|load| load.kind.0.row().has(LoadTrait::Writes))
    }

    /// The invariants, without duplicates.
    pub fn invariants(&mut self) -> Vec<Invariant> {
        let file = self.file;
        let mut invariants = Vec::new();
        for invariant in &file.invariants {
            let (span, invariant) = (invariant.span(), *invariant.get_ref());
            match invariant {
                Invariant::AcknowledgedWrites if !self.writes() => {
                    self.error(span, "the drill has no writes", "it takes a load of kind `ledger`");
                }
                Invariant::FailbackAsDeclared if !self.knows_managers() => {
                    let help = "it takes a stack that moves the address and says whether it moves it back";
                    self.error(span, "no stack of the lab declares a failback", help);
                }
                Invariant::ReplicasEqual if keepers(self.lab).len() < 2 => {
                    let help = "it takes a stack that keeps copies of the data on two nodes";
                    self.error(span, "no stack of the lab keeps copies that could be compared", help);
                }
                Invariant::OnePrimary | Invariant::NoSplitBrain | Invariant::DisksEqual
                    if self.lab.mirrors().is_empty() =>
                {
                    self.error(
                        span,
                        "no stack of the lab mirrors a disk",
                        "it takes the stack `drbd` on two nodes",
                    );
                }
                Invariant::OneHolder
                | Invariant::AcknowledgedWrites
                | Invariant::FailbackAsDeclared
                | Invariant::ReplicasEqual
                | Invariant::OnePrimary
                | Invariant::NoSplitBrain
                | Invariant::DisksEqual
                | Invariant::Released
                | Invariant::NoCollateral
                | Invariant::FencedTakeover => {}
            }
            if !invariants.contains(&invariant) {
                invariants.push(invariant);
            }
        }
        invariants
    }

    /// How long two nodes may hold an address.
    pub fn handover(&mut self) -> Option<Millis> {
        let file = self.file;
        let handover = file.handover.as_ref()?;
        if !file.invariants.iter().any(|watched| *watched.get_ref() == Invariant::OneHolder) {
            let help = "add `one-holder` to `invariants`, or leave `handover` out";
            self.error(handover.span(), "no invariant watches the holder of the address", help);
        }
        if *handover.get_ref() > LONGEST_HANDOVER {
            let help = "two nodes that answer for longer are two holders, not a handover";
            self.error(handover.span(), format!("a handover takes at most {LONGEST_HANDOVER}"), help);
        }
        Some(*handover.get_ref())
    }

    /// The invariants that are expected to be violated, without duplicates.
    pub fn expected_violations(&mut self) -> Vec<Invariant> {
        let file = self.file;
        let mut expected = Vec::new();
        for violation in &file.expected_violations {
            let invariant = *violation.get_ref();
            if !file.invariants.iter().any(|watched| *watched.get_ref() == invariant) {
                let help = "add it to `invariants`: only a watched invariant can be found violated";
                self.error(violation.span(), "the drill does not watch this invariant", help);
            }
            if !expected.contains(&invariant) {
                expected.push(invariant);
            }
        }
        expected
    }

    fn knows_managers(&self) -> bool {
        self.file.load.values().all(|load| {
            let address = load.address.get_ref();
            self.lab.address(address).is_none() || Manager::of(self.lab, address).is_some()
        })
    }
}
