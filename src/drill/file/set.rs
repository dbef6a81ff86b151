//! Steps that configure a stack with other parameters.

use super::action::ActionWord;
use super::check::Checker;
use super::step_table::StepTable;
use crate::model::NodeName;
use crate::model::drill::{StackSetting, Target};
use crate::stack;

impl Checker<'_> {
    /// Reports the keys of `set` in a step of another kind.
    pub fn sets_nothing(&mut self, table: &StepTable) {
        if *table.action.get_ref() == ActionWord::Set {
            return;
        }
        let stack = table.stack.as_ref().map(|stack| (stack.span(), "stack"));
        let with = table.with.as_ref().map(|with| (with.span(), "with"));
        for (span, key) in stack.into_iter().chain(with) {
            let help = "write `action = \"set\"`, or leave it out";
            self.error(span, format!("this action configures no stack, so it has no `{key}`"), help);
        }
    }

    /// The stack and the parameters of a step that sets them.
    pub fn setting(&mut self, table: &StepTable, target: Option<&Target>) -> Option<StackSetting> {
        let (Some(stack), Some(with)) = (&table.stack, &table.with) else {
            let help = "write `stack = \"ha\"` and `with = { deadtime = \"400ms\" }`";
            self.error(table.action.span(), "it does not say what is set", help);
            return None;
        };
        let known = self.lab.stacks.iter().map(|used| used.name.as_str());
        let known = self.refer("stack", stack, known);
        let used = self.lab.stacks.iter().find(|used| known && used.name == *stack.get_ref())?;
        for node in target.map(|target| self.candidates(target)).unwrap_or_default() {
            if !used.on.contains(&node) {
                let nodes: Vec<&str> = used.on.iter().map(NodeName::as_str).collect();
                let help = format!("name one of {}", nodes.join(", "));
                self.error(table.target.span(), format!("`{}` is not on {node}", used.name), help);
                return None;
            }
        }
        match stack::other_values(used, with.get_ref(), self.lab, self.catalog) {
            Ok(with) => Some(StackSetting { stack: used.name.clone(), with }),
            Err(problems) => {
                problems.into_iter().for_each(|problem| self.found.push(problem));
                None
            }
        }
    }
}
