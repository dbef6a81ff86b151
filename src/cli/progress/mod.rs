//! The events of a running plan as bars on a terminal, as lines elsewhere, and as nothing when quiet.

mod line;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

pub use line::ProgressLine;

use super::ui::{Ui, Verbosity, dim};
use crate::app::{Plan, PlanEvent as Event, PlanStep as Step, StepId};
use crate::base::words::{seconds, several};

/// A step that takes this long has lines of its own; the others are shown only with `--verbose`.
const WORTH_TELLING: Duration = Duration::from_secs(1);

/// The message of a step that was cancelled.
const CANCELLED: &str = "cancelled";

/// Follows one plan.
pub struct PlanProgress {
    ui: Arc<Ui>,
    plan: Option<Plan>,
    running: BTreeMap<StepId, ProgressLine>,
    overall: Option<ProgressBar>,
}

impl PlanProgress {
    /// Shows progress on this terminal.
    pub fn new(ui: Arc<Ui>) -> Self {
        Self { ui, plan: None, running: BTreeMap::new(), overall: None }
    }

    /// Shows an event.
    pub fn event(&mut self, event: &Event) {
        match event {
            Event::PlanStarted { plan } => self.start(plan),
            Event::StepStarted { id } => {
                let line = ProgressLine::new(self.ui.clone(), self.title(*id), self.why(*id));
                self.running.insert(*id, line);
            }
            Event::StepProgress { id, progress } => {
                if let Some(line) = self.running.get_mut(id) {
                    line.progress(progress);
                }
            }
            Event::StepFinished { id, elapsed } => self.finished(*id, *elapsed),
            Event::StepFailed { id, error, elapsed } => {
                self.end(*id);
                let cancelled = error.first().is_some_and(|first| first == CANCELLED);
                let how = if cancelled { "stopped" } else { "failed" };
                self.ui.say(format!("{:>8}  {}: {how}", seconds(*elapsed), self.title(*id)));
            }
            Event::StepSkipped { id } => self.ui.explain(format!("{:>8}  {}", "skipped", self.title(*id))),
            Event::Unwinding { steps } => {
                self.clear();
                self.ui.say(format!("taking back what was made: {}", several(*steps, "step")));
            }
            Event::Undone { action, .. } => self.ui.explain(format!("{:>8}  {action}", "undone")),
            Event::UndoFailed { action, error, .. } => {
                self.ui.warn(format!("could not {action}: {}", error.join(": ")));
            }
            Event::Finished { .. } => self.clear(),
        }
    }

    fn start(&mut self, plan: &Plan) {
        self.plan = Some(plan.clone());
        let steps = plan.steps.len() as u64;
        if self.ui.bars() && steps > 0 {
            let style = ProgressStyle::with_template("{elapsed:>8}  {pos} of {len} steps done");
            let bar =
                ProgressBar::new(steps).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            let bar = self.ui.multi().add(bar);
            bar.enable_steady_tick(Duration::from_millis(100));
            self.overall = Some(bar);
        }
    }

    fn finished(&mut self, id: StepId, elapsed: Duration) {
        self.end(id);
        let text = format!("{}  {}", dim(format!("{:>8}", seconds(elapsed))), self.title(id));
        match elapsed >= WORTH_TELLING {
            true => self.ui.say(text),
            false => self.ui.explain(text),
        }
    }

    fn end(&mut self, id: StepId) {
        self.running.remove(&id);
        if let Some(bar) = &self.overall {
            bar.inc(1);
        }
    }

    fn clear(&mut self) {
        self.running.clear();
        if let Some(bar) = self.overall.take() {
            bar.finish_and_clear();
        }
    }

    fn title(&self, id: StepId) -> String {
        self.step(id).map(|step| step.action.to_string()).unwrap_or_default()
    }

    fn why(&self, id: StepId) -> Option<&str> {
        let told = self.ui.verbosity() >= Verbosity::Verbose;
        self.step(id).filter(|_| told).map(|step| step.why.as_str())
    }

    fn step(&self, id: StepId) -> Option<&Step> {
        self.plan.as_ref()?.steps.get(id)
    }
}

impl Drop for PlanProgress {
    fn drop(&mut self) {
        self.clear();
    }
}
