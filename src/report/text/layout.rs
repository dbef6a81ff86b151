//! Columns, lines and numbers.

use super::super::analysis::Estimate;
use crate::record::Nanos;

/// How a column of a table is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// Text.
    Left,
    /// Numbers.
    Right,
}

/// A head, which may be empty, and rows as lines. Each column is as wide as its widest cell; columns without any text
/// but their head are left out.
pub fn table(head: &[&str], rows: &[Vec<String>], columns: &[Column]) -> String {
    let head: Vec<String> = head.iter().map(|cell| (*cell).to_owned()).collect();
    let widest = |rows: &[Vec<String>], place: usize| {
        rows.iter().filter_map(|row| row.get(place)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let mut widths = Vec::new();
    for place in 0..columns.len() {
        let rows = widest(rows, place);
        let head = head.get(place).map_or(0, |cell| cell.chars().count());
        widths.push(if rows == 0 { 0 } else { rows.max(head) });
    }
    let mut out = String::new();
    for row in std::iter::once(&head).filter(|head| !head.is_empty()).chain(rows) {
        let cells = row.iter().zip(&widths).zip(columns).filter(|((_, width), _)| **width > 0);
        let line: String = cells
            .map(|((cell, width), column)| match column {
                Column::Left => format!("  {cell:<width$}"),
                Column::Right => format!("  {cell:>width$}"),
            })
            .collect();
        out += line.trim_end();
        out.push('\n');
    }
    out
}

/// Text in lines that fit, each indented.
pub fn paragraph(text: &str, indent: &str, width: usize) -> String {
    let mut out = String::new();
    let mut line = indent.to_owned();
    for word in text.split_whitespace() {
        let begun = line.len() > indent.len();
        if begun && line.chars().count() + 1 + word.chars().count() > width {
            out += line.trim_end();
            out.push('\n');
            line = format!("{indent}  ");
        } else if begun {
            line.push(' ');
        }
        line += word;
    }
    out + line.trim_end() + "\n"
}

/// `16.421 s`
pub fn seconds(span: Nanos) -> String {
    format!("{span} s")
}

/// A figure that was not measured but set or published, without digits that it does not have: `3 s`, `0.8 s`.
pub fn plain(span: Nanos) -> String {
    format!("{} s", span.seconds())
}

/// `± 0.024 s`, or that there is no upper bound.
pub fn error(estimate: Estimate) -> String {
    match estimate.error() {
        Some(error) => format!("± {error} s"),
        None => "or more".to_owned(),
    }
}

/// A response time: `4.1 ms`, `2.00 s`.
pub fn response(span: Nanos) -> String {
    let millis = span.seconds() * 1000.0;
    if millis < 1000.0 { format!("{millis:.1} ms") } else { format!("{:.2} s", span.seconds()) }
}

/// `1 request`, `2 requests`.
pub fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_leave_out_what_is_empty() {
        let rows = [["a", "", "1"], ["long", "", "23"]].map(|row| row.map(str::to_owned).to_vec());
        let columns = [Column::Left, Column::Left, Column::Right];
        assert_eq!(table(&[], &rows, &columns), "  a      1\n  long  23\n");
        assert_eq!(table(&["x", "empty", "n"], &rows, &columns), "  x      n\n  a      1\n  long  23\n");
    }

    #[test]
    fn long_reasons_are_broken_between_words() {
        assert_eq!(paragraph("one two three", "> ", 9), "> one two\n>   three\n");
    }
}
