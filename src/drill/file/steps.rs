//! The steps of a drill file.

use toml::Spanned;

use super::check::Checker;
use super::step_table::StepTable;
use crate::model::drill::{Step, StepAction, Target, Trigger};
use crate::model::{Millis, StepName};

impl Checker<'_> {
    /// All steps, in the order of the file. Wrong ones are reported and left out.
    pub fn steps(&mut self) -> Vec<Step> {
        let tables = self.step_tables();
        let mut steps = Vec::new();
        for (place, (name, table)) in tables.iter().enumerate() {
            // A step refers to earlier ones only, so there are no cycles.
            let earlier = &tables[..place];
            let trigger = self.trigger(name, table, earlier);
            let target = self.target(table, earlier);
            let action = self.action(table, target.as_ref());
            let healing = self.healing(name, table, &tables);
            if let (Some(trigger), Some(target), Some(action)) = (trigger, target, action) {
                let name = name.get_ref().clone();
                steps.push(Step { name, trigger, jitter: table.jitter, action, target });
                steps.extend(healing);
            }
        }
        steps
    }

    /// The step that ends a fault after its duration.
    fn healing(
        &mut self,
        name: &Spanned<StepName>,
        table: &StepTable,
        all: &[(&Spanned<StepName>, &StepTable)],
    ) -> Option<Step> {
        let hold = self.hold(table)?;
        let own = format!("{}-healed", name.get_ref());
        if let Some((other, _)) = all.iter().find(|(other, _)| other.get_ref().as_str() == own) {
            let message = format!("`{own}` is the name of the end of the step `{}`", name.get_ref());
            self.error(other.span(), message, "give it another name");
            return None;
        }
        let step = match own.parse() {
            Ok(step) => step,
            Err(_) => {
                let message = "the name is too long for a step with an end of its own";
                self.error(name.span(), message, "take one of at most 25 characters");
                return None;
            }
        };
        let hit = name.get_ref().clone();
        Some(Step {
            name: step,
            trigger: Trigger::After { step: hit.clone(), delay: hold },
            jitter: Millis(0),
            action: StepAction::Heal,
            target: Target::Step(hit),
        })
    }

    fn trigger(
        &mut self,
        name: &Spanned<StepName>,
        table: &StepTable,
        earlier: &[(&Spanned<StepName>, &StepTable)],
    ) -> Option<Trigger> {
        let delay = table.delay.as_ref().map_or(Millis(0), |delay| *delay.get_ref());
        let given = [table.at.is_some(), table.after.is_some(), table.when.is_some()];
        if self.file.as_found && given == [false; 3] {
            return Some(match earlier.last() {
                Some((before, _)) => Trigger::After { step: before.get_ref().clone(), delay },
                None => Trigger::At(delay),
            });
        }
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
            let help = "a step with `when` waits for an event after an earlier step; write `at` instead";
            self.error(when.span(), "the first step has no event to wait for", help);
        }
        let Some(within) = &table.within else {
            let help = "add the longest wait, such as `within = \"60s\"`";
            self.error(
                when.span(),
                format!("the step `{}` would wait without a limit", name.get_ref()),
                help,
            );
            return None;
        };
        Some(Trigger::When { signal: *when.get_ref(), delay, within: *within.get_ref() })
    }
}
