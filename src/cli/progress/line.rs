//! The progress of one long task: a bar on a terminal, else a line at its beginning and one for each phase.

use std::sync::Arc;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::WORTH_TELLING;
use crate::app::Progress;
use crate::base::text::one_line;
use crate::cli::ui::Ui;

const SPINNER: &str = "{elapsed:>8}  {msg}";
const BYTES: &str = "{elapsed:>8}  {msg}  {bytes}, {bytes_per_sec}";
const BYTES_OF: &str = "{elapsed:>8}  {msg}  {wide_bar} {bytes} of {total_bytes}, {bytes_per_sec}";

/// Without bars, a phase of which only the figures change is shown again after this time.
const REPEAT: Duration = Duration::from_secs(10);

/// The text that is shown now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Spinner,
    Bytes,
    BytesOf,
}

/// A running task.
pub struct ProgressLine {
    ui: Arc<Ui>,
    title: String,
    phase: String,
    since: Instant,
    /// The last phase that was printed as a line, without its figures, and when.
    told: Option<(String, Instant)>,
    bar: Option<ProgressBar>,
    shape: Shape,
}

impl ProgressLine {
    /// The task has begun.
    pub fn new(ui: Arc<Ui>, title: String, why: Option<&str>) -> Self {
        let title = one_line(&title).into_owned();
        match why {
            Some(why) => ui.explain(format!("{:>8}  {title} ({why})", "begin")),
            None => ui.explain(format!("{:>8}  {title}", "begin")),
        }
        let bar = ui.bars().then(|| {
            let bar = ui.multi().insert_from_back(1, ProgressBar::no_length());
            bar.set_style(style(Shape::Spinner));
            bar.set_message(title.clone());
            bar.enable_steady_tick(Duration::from_millis(100));
            bar
        });
        Self {
            ui,
            title,
            phase: String::new(),
            since: Instant::now(),
            told: None,
            bar,
            shape: Shape::Spinner,
        }
    }

    /// The task made progress.
    pub fn progress(&mut self, progress: &Progress) {
        match progress {
            Progress::Phase(phase) if *phase != self.phase && !self.title.contains(phase.as_str()) => {
                self.phase.clone_from(phase);
                self.phase_changed();
            }
            Progress::Phase(_) => {}
            Progress::Bytes { done, total } => self.bytes(*done, *total),
            Progress::Warning(warning) => self.ui.warn(warning),
        }
    }

    fn phase_changed(&mut self) {
        // Phases are words of guests.
        let text = format!("{}: {}", self.title, one_line(&self.phase));
        if let Some(bar) = &self.bar {
            bar.set_message(text);
            self.reshape(Shape::Spinner);
        } else if self.since.elapsed() >= WORTH_TELLING && self.is_news() {
            self.ui.say(format!("{:>8}  {text}", ""));
        } else {
            self.ui.explain(format!("{:>8}  {text}", ""));
        }
    }

    /// Whether the phase differs from the last printed one by more than its figures, or that one is old.
    fn is_news(&mut self) -> bool {
        let words: String = self.phase.chars().filter(|c| !c.is_ascii_digit()).collect();
        let old = |(told, at): &(String, Instant)| *told == words && at.elapsed() < REPEAT;
        if self.told.as_ref().is_some_and(old) {
            return false;
        }
        self.told = Some((words, Instant::now()));
        true
    }

    fn bytes(&mut self, done: u64, total: Option<u64>) {
        self.reshape(if total.is_some() { Shape::BytesOf } else { Shape::Bytes });
        if let Some(bar) = &self.bar {
            if let Some(total) = total {
                bar.set_length(total);
            }
            bar.set_position(done);
        }
    }

    fn reshape(&mut self, shape: Shape) {
        if self.shape != shape
            && let Some(bar) = &self.bar
        {
            bar.set_style(style(shape));
            self.shape = shape;
        }
    }
}

impl Drop for ProgressLine {
    fn drop(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
            self.ui.multi().remove(&bar);
        }
    }
}

fn style(shape: Shape) -> ProgressStyle {
    let template = match shape {
        Shape::Spinner => SPINNER,
        Shape::Bytes => BYTES,
        Shape::BytesOf => BYTES_OF,
    };
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_is_understood() {
        for template in [SPINNER, BYTES, BYTES_OF] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }
}
