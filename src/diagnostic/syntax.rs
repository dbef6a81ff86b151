//! Parses a TOML file into tables, or reports its syntax errors.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Diagnostic, Diagnostics};

/// The largest number of syntax errors examined: each costs a scan of the text before it.
const MOST_SLIPS: usize = 200;

/// The tables of a file. Syntax errors become diagnostics.
pub fn document<'a>(text: &'a str, found: &mut Diagnostics) -> Spanned<DeTable<'a>> {
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut last: Option<Slip> = None;
    for error in errors.into_iter().take(MOST_SLIPS) {
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

/// One syntax error.
struct Slip {
    span: Range<usize>,
    line: usize,
    /// Whether it is a duplicate name.
    duplicate: bool,
    /// Whether it is in a table header such as `[node.node1]`.
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

    /// Whether this error follows from the last one. One typing error causes several errors: only the first
    /// on a line is reported, and for a duplicate table its duplicate keys are not.
    fn follows_from(&self, last: &Slip, text: &str) -> bool {
        let between = text.get(last.span.start..self.span.start).unwrap_or_default();
        let same_table = !between.lines().skip(1).any(|line| line.trim_start().starts_with('['));
        self.line == last.line
            || (last.header && last.duplicate && self.duplicate && same_table && !self.header)
    }

    fn diagnostic(&self, message: &str, text: &str, table: &DeTable<'_>) -> Diagnostic {
        let span = self.span.clone();
        if !self.duplicate {
            return match unquoted(text, &span) {
                Some(word) => {
                    let right = format!("\"{}\"", text.get(word.clone()).unwrap_or_default());
                    Diagnostic::error(word, "text stands in quotes")
                        .help(format!("write `{right}`"))
                        .replace_with(right)
                }
                None => Diagnostic::error(span, "this is not valid TOML").label(message),
            };
        }
        let name = text.get(span.clone()).unwrap_or_default();
        let problem = Diagnostic::error(span.clone(), format!("the name `{name}` is given twice"))
            .help("rename one of the two, or put them together");
        let mut earlier = Vec::new();
        same_names(table, name.trim_matches(['"', '\'']), &mut earlier);
        earlier.retain(|place| place.start < span.start);
        // The duplicate is unambiguous if only one such name precedes it.
        match earlier.as_slice() {
            [first] => problem.label("again here").related(first.clone(), "first here"),
            _ => problem.label("again here"),
        }
    }
}

/// An unquoted word around a position where a value is expected: `subnet = 10.0.0.0/24`.
fn unquoted(text: &str, span: &Range<usize>) -> Option<Range<usize>> {
    let of_word = |c: char| c.is_ascii_alphanumeric() || "._:/+%-".contains(c);
    let before = text.get(..span.start)?;
    let start = before.trim_end_matches(of_word).len();
    let rest = text.get(start..)?;
    let end = start + rest.find(|c: char| !of_word(c)).unwrap_or(rest.len());
    let line = before.get(..start)?.rsplit('\n').next()?.trim_end();
    let a_value = line.ends_with(['=', ',', '[']) && line.contains('=');
    let closed = text.get(end..)?.trim_start_matches([' ', '\t', '\r']);
    let ends = closed.is_empty() || closed.starts_with(['\n', ',', ']', '}', '#']);
    (start < end && a_value && ends).then_some(start..end)
}

/// The positions of all keys with a name.
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
