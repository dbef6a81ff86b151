//! Shows the events of an operation on the terminal: plans as bars and lines, drills with times, notes, and
//! the output of nodes.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use super::drill_progress::DrillProgress;
use super::grade_progress::GradeProgress;
use super::interrupt;
use super::progress::{PlanProgress, ProgressLine};
use super::ui::{Ui, Verbosity, bold, versioned};
use super::watching;
use crate::app::class::Board;
use crate::app::exercise::Language;
use crate::app::{Event, Level, Status, What};
use crate::base::terminal::Screener;
use crate::base::text::{self, one_line};
use crate::diagnostic::render;
use crate::model::{InstanceName, NodeName};

/// How the output of nodes is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Output {
    /// As it is; on a terminal, without what acts outside of the screen.
    #[default]
    Bare,
    /// As it is.
    Raw,
    /// Line by line, without what a terminal would act on.
    Lines,
    /// The same, each line with its node in front.
    Named,
    /// Not shown, because it is in the result. A watched instance is shown as JSON.
    Hidden,
}

/// The error of writing the output, for the caller that waits for the operation.
#[derive(Debug, Clone, Default)]
pub struct Unwritable(Arc<Mutex<Option<io::Error>>>);

impl Unwritable {
    /// The first error, if there was one.
    pub fn take(&self) -> Option<io::Error> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn note(&self, result: io::Result<()>) {
        if let Err(error) = result {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
            // The reader has gone, so the operation can stop.
            interrupt::cancel().ask();
        }
    }
}

/// The most bytes of a node's line that are kept until it ends.
const LONGEST_LINE: usize = 64 * 1024;

/// Shows the events of one operation.
pub struct Screen {
    ui: Arc<Ui>,
    output: Output,
    /// Whether Ctrl-C is handled while something is at risk.
    listens: bool,
    plans: BTreeMap<InstanceName, PlanProgress>,
    works: BTreeMap<String, ProgressLine>,
    drill: Option<DrillProgress>,
    grading: Option<GradeProgress>,
    language: Language,
    /// Lines of nodes that are not complete yet.
    lines: BTreeMap<NodeName, Vec<u8>>,
    /// The filter of what is shown as it is, on a terminal.
    screener: Option<Screener>,
    /// The last status that was shown of a watched instance.
    watched: Option<Status>,
    /// How a watched class is shown.
    board: Option<BoardText>,
    unwritable: Unwritable,
}

/// The text of a class.
type BoardText = Box<dyn Fn(&Board) -> String + Send>;

impl Screen {
    /// A screen that shows the output of nodes as it is.
    pub fn new(ui: Arc<Ui>) -> Self {
        let screener = ui.is_terminal().then(Screener::default);
        Self {
            ui,
            output: Output::Bare,
            listens: true,
            plans: BTreeMap::new(),
            works: BTreeMap::new(),
            drill: None,
            grading: None,
            language: Language::default(),
            lines: BTreeMap::new(),
            screener,
            watched: None,
            board: None,
            unwritable: Unwritable::default(),
        }
    }

    /// A screen for an operation of another process: Ctrl-C in this process puts nothing at risk there.
    pub fn of_history(ui: Arc<Ui>) -> Self {
        let mut screen = Self::new(ui);
        screen.listens = false;
        screen
    }

    /// The same, with another way to show the output of nodes.
    pub fn with_output(mut self, output: Output) -> Self {
        self.output = output;
        self
    }

    /// The same, with feedback in this language.
    pub fn in_language(mut self, language: Language) -> Self {
        self.language = language;
        self
    }

    /// The same, on which a watched class is shown as this text.
    pub fn with_board(mut self, text: impl Fn(&Board) -> String + Send + 'static) -> Self {
        self.board = Some(Box::new(text));
        self
    }

    /// Holds the error of writing the output, if any, when the operation has ended.
    pub fn unwritable(&self) -> Unwritable {
        self.unwritable.clone()
    }

    /// Shows an event.
    pub fn hear(&mut self, event: &Event) {
        // Steps of several instances at once would be unreadable.
        if event.background
            && self.ui.verbosity() < Verbosity::Verbose
            && !matches!(event.what, What::AtRisk { .. })
        {
            return;
        }
        match &event.what {
            What::Note { level: Level::Detail, text } => self.ui.explain(lines_of(text)),
            What::Note { level: Level::Info, text } => self.ui.say(lines_of(text)),
            What::Note { level: Level::Warning, text } => self.ui.warn(lines_of(text)),
            What::Diagnostics { problems } => self.ui.say(render::text(problems, true).trim_end()),
            What::Problem { error } => self.ui.problem(error),
            What::AtRisk { left } if self.listens => interrupt::listen(left),
            What::AtRisk { .. } => {}
            What::Plan { instance, event } => {
                let ui = &self.ui;
                let new = || PlanProgress::new(ui.clone());
                self.plans.entry(instance.clone()).or_insert_with(new).event(event);
            }
            What::Work { title, progress: None } => {
                self.works.insert(title.clone(), ProgressLine::new(self.ui.clone(), title.clone(), None));
            }
            What::Work { title, progress: Some(progress) } => {
                if let Some(line) = self.works.get_mut(title) {
                    line.progress(progress);
                }
            }
            What::WorkEnded { title } => {
                self.works.remove(title);
            }
            What::DrillBegins { drill, title, .. } => {
                self.drill = Some(DrillProgress::new(self.ui.clone(), drill, title));
            }
            What::Drill { event } => self.on_drill(|drill| drill.event(event)),
            What::Service { at, news } => self.on_drill(|drill| drill.service(*at, *news)),
            What::Requests { answered, failed, away, .. } => {
                self.on_drill(|drill| drill.requests(*answered, *failed, *away));
            }
            What::DrillEnds { .. } => self.drill = None,
            What::GradingBegins { .. } => {
                self.grading = Some(GradeProgress::new(self.ui.clone(), self.language));
            }
            What::CheckBegins { check } => {
                self.grading.iter_mut().for_each(|grading| grading.begins(check));
            }
            What::Checked { title, outcome } => {
                self.grading.iter_mut().for_each(|grading| grading.ended(title, outcome));
            }
            What::Listening { local, target, web } => {
                let result = self.ui.print(if *web { format!("http://{local}/") } else { local.clone() });
                self.unwritable.note(result);
                self.ui.say(format!("forwards to {target} until you press Ctrl-C"));
            }
            // A descriptor is for programs.
            What::Connected { target, .. } => self.ui.explain(format!("connected to {target}")),
            What::ClientOutput { error, bytes } => self.client(*error, &bytes.0),
            What::Status { status } => self.status(event.at, status),
            What::Board { board } => self.board(board),
            What::Output { node, bytes } => self.output(node, &bytes.0),
        }
    }

    /// Lines of a node as they are shown.
    fn shown(&self, node: &NodeName, lines: &[u8]) -> String {
        let prefix = match self.output {
            Output::Named => format!("{} ", bold(format!("{node}:"))),
            _ => String::new(),
        };
        lines_after(&prefix, lines)
    }

    fn on_drill(&mut self, tell: impl FnOnce(&mut DrillProgress)) {
        if let Some(drill) = &mut self.drill {
            tell(drill);
        }
    }

    /// What a client printed, on the same stream.
    fn client(&mut self, error: bool, bytes: &[u8]) {
        match error {
            _ if self.output == Output::Hidden => {}
            true => self.ui.complain(String::from_utf8_lossy(bytes).trim_end()),
            false => self.unwritable.note(self.ui.print_bytes(bytes)),
        }
    }

    /// Shows a watched instance: its whole status first, then its changes; as JSON the whole status each
    /// time, as one line.
    fn status(&mut self, at: jiff::Timestamp, status: &Status) {
        let time = at.to_zoned(jiff::tz::TimeZone::system()).strftime("%H:%M:%S%.3f").to_string();
        let lines = match self.output {
            Output::Hidden => as_line(status).into_iter().collect(),
            _ => watching::news(self.watched.as_ref(), status),
        };
        for line in lines {
            let timed = self.watched.is_some() && self.output != Output::Hidden;
            let line = if timed { format!("{time}  {line}") } else { line };
            self.unwritable.note(self.ui.print(line));
        }
        self.watched = Some(status.clone());
    }

    /// Shows a watched class; as JSON, one line each time.
    fn board(&mut self, board: &Board) {
        let shown = match (&self.board, self.output) {
            (_, Output::Hidden) => as_line(board).map_or(Ok(()), |line| self.ui.print(line)),
            (Some(text), _) => self.ui.redraw(&text(board)),
            (None, _) => Ok(()),
        };
        self.unwritable.note(shown);
    }

    fn output(&mut self, node: &NodeName, bytes: &[u8]) {
        match self.output {
            Output::Hidden => {}
            Output::Raw => self.unwritable.note(self.ui.print_bytes(bytes)),
            Output::Bare => {
                let screened = self.screener.as_mut().map(|screener| screener.pass(bytes));
                self.unwritable.note(self.ui.print_bytes(screened.as_deref().unwrap_or(bytes)));
            }
            Output::Lines | Output::Named => {
                let rest = self.lines.entry(node.clone()).or_default();
                rest.extend_from_slice(bytes);
                // A line without an end is shown in pieces.
                let end = rest.iter().rposition(|byte| *byte == b'\n');
                if let Some(end) = end.or((rest.len() > LONGEST_LINE).then(|| rest.len() - 1)) {
                    let whole: Vec<u8> = rest.drain(..=end).collect();
                    self.unwritable.note(self.ui.print(self.shown(node, &whole)));
                }
            }
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // A last line without an end is a line, too.
        for (node, rest) in std::mem::take(&mut self.lines) {
            if !rest.is_empty() {
                self.unwritable.note(self.ui.print(self.shown(&node, &rest)));
            }
        }
    }
}

/// A state that is watched, as one line of JSON.
fn as_line(state: &impl serde::Serialize) -> Option<String> {
    let line = versioned(serde_json::to_value(state).ok()?).to_string();
    Some(text::json(&line).into_owned())
}

/// The lines of a note, which may quote a guest.
fn lines_of(text: &str) -> String {
    text.lines().map(one_line).collect::<Vec<_>>().join("\n")
}

/// Lines without control characters, each after this prefix.
fn lines_after(prefix: &str, lines: &[u8]) -> String {
    let text = String::from_utf8_lossy(lines);
    let lines = text.trim_end_matches('\n').split('\n');
    lines.map(|line| format!("{prefix}{}", one_line(line))).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_nodes_do_not_control_the_terminal() {
        assert_eq!(
            lines_after("node1: ", b"one\n\x1b]0;title\x07two\n"),
            "node1: one\nnode1: \\x1b]0;title\\x07two"
        );
    }
}
