//! A grading on the terminal: each check with a mark as soon as it is known.

use std::collections::BTreeSet;
use std::sync::Arc;

use owo_colors::Style;

use super::progress::ProgressLine;
use super::ui::{Ui, dim, paint};
use crate::app::exercise::words::{self, Phrase};
use crate::app::exercise::{Language, Localized, Outcome, State};
use crate::model::{CheckName, Origin};

/// Shows a grading while it goes on.
pub struct GradeProgress {
    ui: Arc<Ui>,
    language: Language,
    /// The checks that are being performed.
    open: BTreeSet<CheckName>,
    line: Option<ProgressLine>,
}

impl GradeProgress {
    /// A grading begins.
    pub fn new(ui: Arc<Ui>, language: Language) -> Self {
        ui.say(words::phrase(Phrase::Grading, language));
        Self { ui, language, open: BTreeSet::new(), line: None }
    }

    /// A check begins.
    pub fn begins(&mut self, check: &CheckName) {
        self.open.insert(check.clone());
        self.show();
    }

    /// A check ended.
    pub fn ended(&mut self, title: &Localized, outcome: &Outcome) {
        self.open.remove(&outcome.check);
        self.line = None;
        self.ui.say(lines(title, outcome, self.language));
        self.show();
    }

    fn show(&mut self) {
        let names: Vec<&str> = self.open.iter().map(CheckName::as_str).collect();
        let text = names.join(", ");
        self.line = (!names.is_empty()).then(|| ProgressLine::new(self.ui.clone(), text, None));
    }
}

/// A check with its mark and points, and below it what was seen.
pub fn lines(title: &Localized, outcome: &Outcome, language: Language) -> String {
    let Outcome { state, points, of, seen, origin, .. } = outcome;
    let whole = points == of;
    let (mark, style) = match state {
        State::Passed if whole => ("✓", Style::new().green().bold()),
        State::Passed => ("~", Style::new().yellow().bold()),
        State::Failed => ("✗", Style::new().red().bold()),
        State::Inconclusive => ("?", Style::new().yellow().bold()),
        State::Open => ("·", Style::new().dimmed()),
    };
    let score = words::phrase(Phrase::Points { points: *points, of: *of }, language);
    let title = title.get(language);
    let gap = " ".repeat(60_usize.saturating_sub(title.chars().count()));
    let mut text = format!("{} {title}{gap}  {score}", paint(mark, style));
    for seen in seen {
        let told = match (origin, state) {
            (Origin::Told, State::Passed | State::Failed) => {
                format!(" ({})", words::phrase(Phrase::Told, language))
            }
            _ => String::new(),
        };
        text.push_str(&format!("\n    {}", dim(format!("{}{told}", words::seen(seen, language)))));
    }
    text
}
