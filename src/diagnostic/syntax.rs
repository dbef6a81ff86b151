//! The tables of a TOML file, or where it is not TOML.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Diagnostic, Diagnostics};

/// The tables of a file; whatever is not TOML becomes a diagnostic.
pub fn document<'a>(text: &'a str, found: &mut Diagnostics) -> Spanned<DeTable<'a>> {
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut last: Option<Slip> = None;
    for error in errors {
        let span = error.span().unwrap_or(text.len()..text.len());
        let slip = Slip::new(text, span, error.message().starts_with("duplicate key"));
        if last.as_ref().is_some_and(|last| slip.follows_from(last, text)) {
            continue;
        }
        found.push(slip.diagnostic(error.message(), text, table.get_ref()));
        last = Some(slip);
    }
    table
}

/// One place where the file is not TOML.
struct Slip {
    span: Range<usize>,
    line: usize,
    /// Whether a name is given twice.
    duplicate: bool,
    /// Whether it is in a line such as `[node.node1]`.
    header: bool,
}

impl Slip {
    fn new(text: &str, span: Range<usize>, duplicate: bool) -> Self {
        let before = text.get(..span.start).unwrap_or_default();
        let line = before.rsplit('\n').next().unwrap_or_default();
        Self {
            line: before.matches('\n').count(),
            duplicate,
            header: line.trim_start().starts_with('['),
            span,
        }
    }

    /// One slip of the pen makes several errors: the first of a line is the one to read, and a table that is there
    /// twice has its keys twice.
    fn follows_from(&self, last: &Slip, text: &str) -> bool {
        let between = text.get(last.span.start..self.span.start).unwrap_or_default();
        let same_table = !between.lines().skip(1).any(|line| line.trim_start().starts_with('['));
        self.line == last.line
            || (last.header && last.duplicate && self.duplicate && same_table && !self.header)
    }

    fn diagnostic(&self, message: &str, text: &str, table: &DeTable<'_>) -> Diagnostic {
        let span = self.span.clone();
        if !self.duplicate {
            return Diagnostic::error(span, "this is not valid TOML").label(message);
        }
        let name = text.get(span.clone()).unwrap_or_default();
        let problem = Diagnostic::error(span.clone(), format!("the name `{name}` is given twice"))
            .help("rename one of the two, or put them together");
        let mut earlier = Vec::new();
        same_names(table, name.trim_matches(['"', '\'']), &mut earlier);
        earlier.retain(|place| place.start < span.start);
        // With one such name before it there is no doubt which is meant.
        match earlier.as_slice() {
            [first] => problem.label("again here").related(first.clone(), "first here"),
            _ => problem.label("again here"),
        }
    }
}

/// The places of all keys of a name.
fn same_names(table: &DeTable<'_>, name: &str, places: &mut Vec<Range<usize>>) {
    for (key, value) in table {
        if key.get_ref() == name {
            places.push(key.span());
        }
        if let DeValue::Table(inner) = value.get_ref() {
            same_names(inner, name, places);
        }
    }
}
