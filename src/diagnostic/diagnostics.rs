//! The problems of one or more files, in order, with the texts of these files.

use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::{Diagnostic, Severity};

/// A text with problems.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Its name in messages: a path, `<bundled>/templates/drbd/stack.toml`, `--set`.
    pub label: String,
    /// Its text.
    pub text: String,
}

impl Source {
    /// The nearest range that is inside the text, on character boundaries.
    pub fn clamp(&self, span: &Range<usize>) -> Range<usize> {
        let start = floor(&self.text, span.start);
        start..ceil(&self.text, span.end).max(start)
    }

    /// The line and column of a byte, both from 1; columns are counted in characters.
    pub fn position(&self, byte: usize) -> (usize, usize) {
        let before = &self.text[..floor(&self.text, byte)];
        let line_start = before.rfind('\n').map_or(0, |end| end + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }
}

fn floor(text: &str, byte: usize) -> usize {
    (0..=byte.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

fn ceil(text: &str, byte: usize) -> usize {
    (byte.min(text.len())..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len())
}

/// The largest number of problems that is kept; more are no help.
pub(super) const MOST: usize = 50;

fn place(severity: Severity) -> usize {
    match severity {
        Severity::Error => 0,
        Severity::Warning => 1,
    }
}

/// All problems of one or more files, in the order of the files and of the positions in them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Diagnostics {
    sources: Vec<Source>,
    items: Vec<Diagnostic>,
    /// The number of further errors and warnings, which are not kept.
    #[serde(default)]
    more: [usize; 2],
}

impl Diagnostics {
    /// An empty list for this file.
    pub fn new(label: impl Into<String>, text: impl Into<String>) -> Self {
        let mut all = Self::default();
        all.add_source(label, text);
        all
    }

    /// Adds a file, and returns its index for [`Diagnostics::push_in`].
    pub fn add_source(&mut self, label: impl Into<String>, text: impl Into<String>) -> usize {
        self.sources.push(Source { label: label.into(), text: text.into() });
        self.sources.len() - 1
    }

    /// Adds a problem of the first file.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.push_in(0, diagnostic);
    }

    /// Adds a problem in a file that [`Diagnostics::add_source`] returned. Duplicates are dropped.
    pub fn push_in(&mut self, source: usize, mut diagnostic: Diagnostic) {
        diagnostic.shorten();
        let key = |d: &Diagnostic| (d.source, d.span.start, d.severity);
        diagnostic.source = source;
        if let Some(source) = self.sources.get(source) {
            diagnostic.span = source.clamp(&diagnostic.span);
            for (span, _) in &mut diagnostic.related {
                *span = source.clamp(span);
            }
        }
        if !self.items.contains(&diagnostic) {
            let at = self.items.partition_point(|item| key(item) <= key(&diagnostic));
            self.items.insert(at, diagnostic);
        }
        if self.items.len() > MOST {
            // Drop a warning to make room for an error.
            let last = self.items.iter().rposition(|item| item.severity == Severity::Warning);
            let left = self.items.remove(last.unwrap_or(MOST));
            self.more[place(left.severity)] += 1;
        }
    }

    /// Appends the files and problems of another list.
    pub fn append(&mut self, other: Diagnostics) {
        for source in &other.sources {
            if !self.sources.contains(source) {
                self.sources.push(source.clone());
            }
        }
        for (more, others) in self.more.iter_mut().zip(other.more) {
            *more += others;
        }
        for item in other.items {
            let place = other.sources.get(item.source).and_then(|s| self.sources.iter().position(|o| o == s));
            self.push_in(place.unwrap_or_default(), item);
        }
    }

    /// The files.
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// The number of problems beyond [`Diagnostics::items`].
    pub fn more(&self) -> usize {
        self.more.iter().sum()
    }

    /// The first 50 problems.
    pub fn items(&self) -> &[Diagnostic] {
        &self.items
    }

    /// Whether there are no problems.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The number of problems of a severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.items.iter().filter(|item| item.severity == severity).count() + self.more[place(severity)]
    }

    /// Whether at least one problem is an error.
    pub fn has_errors(&self) -> bool {
        self.count(Severity::Error) > 0
    }
}

/// `2 errors and 1 warning in lab.toml`; the problems themselves are for [`crate::diagnostic::render`].
impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let some = |count: usize, what: &str| match count {
            0 => None,
            1 => Some(format!("1 {what}")),
            _ => Some(format!("{count} {what}s")),
        };
        let counts =
            [some(self.count(Severity::Error), "error"), some(self.count(Severity::Warning), "warning")];
        let counts: Vec<String> = counts.into_iter().flatten().collect();
        let mut files: Vec<&str> = Vec::new();
        for item in &self.items {
            if let Some(source) = self.sources.get(item.source)
                && !files.contains(&source.label.as_str())
            {
                files.push(&source.label);
            }
        }
        match counts.as_slice() {
            [] => f.write_str("no problems"),
            counts => write!(f, "{} in {}", counts.join(" and "), files.join(", ")),
        }
    }
}

impl std::error::Error for Diagnostics {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fifty_problems_are_kept_and_all_are_counted() {
        let mut all = Diagnostics::new("lab.toml", "x".repeat(200));
        for at in 0..120 {
            all.push(Diagnostic::warning(at..at + 1, "worth a look"));
        }
        all.push(Diagnostic::error(150..151, "wrong"));
        assert_eq!((all.items().len(), all.more()), (50, 71));
        assert_eq!((all.count(Severity::Error), all.count(Severity::Warning)), (1, 120));
        assert_eq!(all.items().last().map(|item| item.severity), Some(Severity::Error), "errors stay");
        assert_eq!(all.to_string(), "1 error and 120 warnings in lab.toml");
    }

    #[test]
    fn values_are_shown_up_to_eighty_characters() {
        let long = "ä".repeat(500);
        let mut all = Diagnostics::new("lab.toml", "");
        all.push(Diagnostic::error(0..0, format!("`{long}` is not `x`")).help(format!("write `{long}`")));
        let shown = format!("`{}…`", "ä".repeat(79));
        assert_eq!(all.items()[0].message, format!("{shown} is not `x`"));
        assert_eq!(all.items()[0].help.as_deref(), Some(format!("write {shown}").as_str()));
    }

    #[test]
    fn positions_count_characters_from_one() {
        let source = Source { label: "lab.toml".to_owned(), text: "a\nγ = 1\n".to_owned() };
        assert_eq!(source.position(0), (1, 1));
        assert_eq!(source.position(2), (2, 1));
        assert_eq!(source.position(4), (2, 2));
        assert_eq!(source.position(99), (3, 1));
        assert_eq!(source.clamp(&(3..99)), 2..9, "a range that begins inside a character begins before it");
    }

    #[test]
    fn problems_are_kept_in_order_and_once() {
        let mut one = Diagnostics::new("one.toml", "abcdef");
        one.push(Diagnostic::error(4..5, "late"));
        one.push(Diagnostic::warning(1..2, "early"));
        one.push(Diagnostic::error(4..5, "late"));
        let mut other = Diagnostics::new("zero.toml", "abc");
        other.push(Diagnostic::error(0..9, "elsewhere"));
        one.append(other);
        let messages: Vec<&str> = one.items().iter().map(|item| item.message.as_str()).collect();
        assert_eq!(messages, ["early", "late", "elsewhere"]);
        assert_eq!(one.items()[2].span, 0..3, "a range is kept inside its file");
        assert_eq!(one.to_string(), "2 errors and 1 warning in one.toml, zero.toml");
    }
}
