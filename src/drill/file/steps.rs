//! The steps of a drill file.

use toml::Spanned;

use super::check::Checker;
use super::tables::{StepTable, TargetTable};
use crate::model::drill::{Step, StepAction, Target, Trigger};
use crate::model::{Manager, Millis, StepName};

impl Checker<'_> {
    /// All steps, in the order of the file. Those that are wrong are left out and reported.
    pub fn steps(&mut self) -> Vec<Step> {
        let tables = self.step_tables();
        let mut steps = Vec::new();
        for (place, (name, table)) in tables.iter().enumerate() {
            // A step refers to earlier ones only, so no two can wait for each other.
            let earlier = &tables[..place];
            let trigger = self.trigger(name, table, earlier);
            let target = self.target(&table.target, table, earlier);
            if let (Some(trigger), Some(target)) = (trigger, target) {
                let (name, action) = (name.get_ref().clone(), *table.action.get_ref());
                steps.push(Step { name, trigger, jitter: table.jitter, action, target });
            }
        }
        steps
    }

    fn trigger(
        &mut self,
        name: &Spanned<StepName>,
        table: &StepTable,
        earlier: &[(&Spanned<StepName>, &StepTable)],
    ) -> Option<Trigger> {
        let delay = table.delay.as_ref().map_or(Millis(0), |delay| *delay.get_ref());
        let given = [table.at.is_some(), table.after.is_some(), table.when.is_some()];
        if given.iter().filter(|given| **given).count() != 1 {
            let message = format!("the step `{}` must have one of `at`, `after` and `when`", name.get_ref());
            self.error(
                name.span(),
                message,
                "`at = \"5s\"`, `after = \"cut\"` or `when = \"service-restored\"`",
            );
            return None;
        }
        if let Some(delay) = table.delay.as_ref().filter(|_| table.at.is_some()) {
            self.error(delay.span(), "a step with `at` has no `delay`", "add it to the time of `at`");
        }
        if let Some(within) = table.within.as_ref().filter(|_| table.when.is_none()) {
            self.error(within.span(), "only a step with `when` has `within`", "leave it out");
        }
        if let Some(at) = &table.at {
            return Some(Trigger::At(*at.get_ref()));
        }
        if let Some(after) = &table.after {
            let known = earlier.iter().map(|(name, _)| name.get_ref().as_str());
            let step = self.refer("earlier step", after, known).then(|| after.get_ref().clone())?;
            return Some(Trigger::After { step, delay });
        }
        let when = table.when.as_ref()?;
        if earlier.is_empty() {
            let help = "what it waits for happens after a step before it; write `at` instead";
            self.error(when.span(), "the first step has nothing to wait for", help);
        }
        let Some(within) = &table.within else {
            let help = "add how long it waits, such as `within = \"60s\"`";
            self.error(when.span(), format!("the step `{}` would wait for ever", name.get_ref()), help);
            return None;
        };
        Some(Trigger::When { signal: *when.get_ref(), delay, within: *within.get_ref() })
    }

    fn target(
        &mut self,
        table: &Spanned<TargetTable>,
        step: &StepTable,
        earlier: &[(&Spanned<StepName>, &StepTable)],
    ) -> Option<Target> {
        let TargetTable { holder, preferred, step: other, node } = table.get_ref();
        let given = [holder.is_some(), preferred.is_some(), other.is_some(), node.is_some()];
        if given.iter().filter(|given| **given).count() != 1 {
            let help = "write one of `{ holder = \"web\" }`, `{ preferred = \"web\" }`, `{ step = \"cut\" }` and \
                        `{ node = \"node1\" }`";
            self.error(table.span(), "a target has one role", help);
            return None;
        }
        if let Some(holder) = holder {
            if *step.action.get_ref() == StepAction::PowerOn {
                let help = "switch on the node that was cut: `{ step = \"cut\" }`";
                self.error(table.span(), "the holder of an address is on already", help);
            }
            return self.address(holder).map(Target::Holder);
        }
        if let Some(preferred) = preferred {
            let address = self.address(preferred)?;
            if Manager::of(self.lab, &address).is_none() {
                let help = "name the node: `{ node = \"node1\" }`";
                self.error(preferred.span(), format!("no stack says which node `{address}` prefers"), help);
            }
            return Some(Target::Preferred(address));
        }
        if let Some(other) = other {
            let known = earlier.iter().map(|(name, _)| name.get_ref().as_str());
            return self.refer("earlier step", other, known).then(|| Target::Step(other.get_ref().clone()));
        }
        let node = node.as_ref()?;
        let known = self.lab.nodes.iter().map(|node| node.name.as_str());
        self.refer("node", node, known).then(|| Target::Node(node.get_ref().clone()))
    }
}
