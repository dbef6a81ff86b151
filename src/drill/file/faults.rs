//! The faults of steps: their keys, the names in them, and whether a node supports them.

use super::action::ActionWord;
use super::check::Checker;
use super::step_table::StepTable;
use crate::diagnostic::{Diagnostic, nearest, suggestion};
use crate::fault::{Unknown, build, mechanism, unknown_names};
use crate::model::Millis;
use crate::model::drill::{StepAction, StepScript, Target};

impl Checker<'_> {
    /// The action of a step.
    pub fn action(&mut self, table: &StepTable, target: Option<&Target>) -> Option<StepAction> {
        if let Some(run) = table.run.as_ref().filter(|_| *table.action.get_ref() != ActionWord::Run) {
            self.error(run.span(), "this action runs no script", "write `action = \"run\"`, or leave it out");
        }
        self.sets_nothing(table);
        let said = table.said();
        let row = match *table.action.get_ref() {
            ActionWord::Fault(row) => row,
            action => {
                for key in said.given() {
                    let help = "leave it out: it says something about a fault";
                    self.error(table.place(key), format!("this action has no `{key}`"), help);
                }
                return match action {
                    ActionWord::Run => self.script(table, target).map(StepAction::Run),
                    ActionWord::Set => self.setting(table, target).map(StepAction::Set),
                    ActionWord::PowerOn => Some(StepAction::PowerOn),
                    ActionWord::Heal | ActionWord::Fault(_) => Some(StepAction::Heal),
                };
            }
        };
        let unknown = unknown_names(self.lab, &said);
        unknown.iter().for_each(|unknown| self.unknown(table, unknown));
        let fault = match build(row, &said) {
            Ok(fault) => fault,
            Err(problems) => {
                for problem in problems {
                    let place = if problem.missing { table.action.span() } else { table.place(problem.key) };
                    self.error(place, problem.message, problem.help);
                }
                return None;
            }
        };
        if !unknown.is_empty() {
            return None;
        }
        for node in target.map(|target| self.candidates(target)).unwrap_or_default() {
            if let Err(unfit) = mechanism(self.lab, &node, &fault) {
                let help = "name a node that has it, or leave the step out";
                self.error(table.target.span(), format!("`{row}` cannot be done to {node}: {unfit}"), help);
                return None;
            }
        }
        Some(StepAction::Inject(fault))
    }

    /// The script of a step.
    fn script(&mut self, table: &StepTable, target: Option<&Target>) -> Option<StepScript> {
        let known = self.scripts.steps.keys().map(String::as_str);
        let Some(run) = &table.run else {
            self.error(table.action.span(), "it runs no script", "add its file: `run = \"rows.sh\"`");
            return None;
        };
        if self.scripts.steps.is_empty() {
            let help = format!("put the script into the file `steps/{}` of the lab", run.get_ref());
            self.error(run.span(), "the lab has no scripts", help);
            return None;
        }
        let file = self.refer("script in `steps/`", run, known).then(|| run.get_ref().clone())?;
        let text = self.scripts.steps.get(&file)?.clone();
        if target == Some(&Target::Client) && !text.starts_with("#!/") {
            let message = format!("`steps/{file}` names no interpreter, which a script of a client needs");
            self.error(
                run.span(),
                message,
                "begin its first line with `#!/bin/sh`, or another program of `/usr`",
            );
            return None;
        }
        Some(StepScript { file, text })
    }

    /// The duration of a fault, if it ends by itself.
    pub fn hold(&mut self, table: &StepTable) -> Option<Millis> {
        match (table.action.get_ref(), &table.hold) {
            (ActionWord::Fault(row), hold) => match (row.ends, hold) {
                (Some(ends), Some(hold)) => {
                    let message = format!("`{row}` ends by itself");
                    self.error(hold.span(), message, format!("write `{}` instead", ends.after));
                    None
                }
                (Some(_), None) => row.lasts(&table.said()),
                (None, hold) => hold.as_ref().map(|hold| *hold.get_ref()),
            },
            (_, Some(hold)) => {
                self.error(hold.span(), "only a fault has `hold`", "leave it out");
                None
            }
            (_, None) => None,
        }
    }

    fn unknown(&mut self, table: &StepTable, unknown: &Unknown<'_>) {
        let Unknown { key, what, name, known } = unknown;
        let problem = Diagnostic::error(table.place(key), format!("there is no {what} `{name}`"))
            .label(format!("unknown {what}"))
            .help(suggestion(name, what, known.iter().copied()));
        self.found.push(match nearest(name, known.iter().copied()) {
            Some(near) => problem.replace_with(format!("\"{near}\"")),
            None => problem,
        });
    }
}
