//! Reports as text for a terminal: understandable without colour.

mod drawing;

use super::analysis::Analysis;
use super::document::{Answer, Block, Cell, ColumnStyle, Document, Drawing, Section, Statement, Table};
use super::series::SeriesReport;
use super::sweep::SweepReport;
use crate::base::columns::{Align, lines, paragraph};

/// The narrowest report, in characters; a narrower terminal wraps its lines.
const NARROWEST: usize = 72;

/// The widest report, in characters: longer lines are hard to read.
const WIDEST: usize = 110;

/// The indentation below a title.
const INDENT: &str = "  ";

/// The report of a run, for a terminal with this many columns.
pub fn text(analysis: &Analysis, width: usize) -> String {
    let draw = |drawing, width| match drawing {
        Drawing::Run => drawing::whole(analysis, width),
        Drawing::Timeline(number) => {
            let timeline = analysis.timelines.get(number);
            timeline.map_or_else(String::new, |timeline| drawing::timeline(analysis, timeline, width))
        }
        Drawing::Spread(_) | Drawing::Settings => String::new(),
    };
    render(&super::sections::document(analysis), width, draw)
}

/// The report of a series, for a terminal with this many columns.
pub fn series_text(report: &SeriesReport, width: usize) -> String {
    render(&super::series::document(report), width, |_, _| String::new())
}

/// The report of a sweep, for a terminal with this many columns.
pub fn sweep_text(report: &SweepReport, width: usize) -> String {
    render(&super::sweep::document(report), width, |_, _| String::new())
}

/// The width, limited to that of a report.
pub fn clamp(width: usize) -> usize {
    width.clamp(NARROWEST, WIDEST)
}

fn render(document: &Document, width: usize, draw: impl Fn(Drawing, usize) -> String) -> String {
    let width = clamp(width);
    let mut out = paragraph(&document.title, "", width);
    out += &paragraph(&document.subtitle, "", width);
    out += &paragraph(&document.facts.join(", "), "", width);
    out += &format!("\n{}\n", document.verdict.word);
    out += &statements(&document.reasons, width);
    out.push('\n');
    out.extend(document.answers.iter().map(|answer| answered(answer, width)));
    out.extend(document.sections.iter().map(|part| format!("\n{}", section(part, width, &draw))));
    let provenance: Vec<String> =
        document.provenance.iter().map(|[name, value]| format!("{name} {value}")).collect();
    out + &format!("\nProvenance\n{}", paragraph(&provenance.join(", "), INDENT, width))
}

fn answered(answer: &Answer, width: usize) -> String {
    let caption = if answer.caption.is_empty() { String::new() } else { format!(", {}", answer.caption) };
    let mut out = paragraph(&format!("{} {}{caption}", answer.question, answer.headline), "", width);
    out.extend(answer.details.iter().map(|detail| paragraph(detail, INDENT, width)));
    out
}

/// Sections alone, without drawings.
pub fn sections(sections: &[Section], width: usize) -> String {
    let parts: Vec<String> =
        sections.iter().map(|part| section(part, width, &|_, _| String::new())).collect();
    parts.join("\n")
}

fn section(section: &Section, width: usize, draw: &dyn Fn(Drawing, usize) -> String) -> String {
    let mut out = paragraph(&section.title, "", width);
    for block in &section.blocks {
        out += &match block {
            Block::Text { text } => paragraph(text, INDENT, width),
            Block::Notes { notes } => notes.iter().map(|note| paragraph(note, INDENT, width)).collect(),
            Block::Statements { statements: all } => statements(all, width),
            Block::Table(rows) => table(rows, width),
            Block::Drawing { drawing } => draw(*drawing, width),
        };
    }
    out
}

fn statements(all: &[Statement], width: usize) -> String {
    let line = |said: &Statement| paragraph(&format!("{}: {}", said.badge.word, said.text), INDENT, width);
    all.iter().map(line).collect()
}

/// A table within the width of the terminal. A wider one is split into parts below each other, each with the
/// first column.
fn table(table: &Table, width: usize) -> String {
    let table = table.without_bars();
    let cells = |place: usize| {
        let head = std::iter::once(table.columns[place].head.as_str());
        head.chain(table.rows.iter().filter_map(move |row| Some(row.get(place)?.text.as_str())))
    };
    let widths: Vec<usize> = (0..table.columns.len())
        .map(|place| cells(place).map(|cell| cell.chars().count()).max().unwrap_or(0) + INDENT.len())
        .collect();
    let parts = parts(&widths, width);
    parts.iter().map(|part| rows(&table, part)).collect::<Vec<_>>().join("\n")
}

/// Groups of columns, each of which fits unless it has only two.
fn parts(widths: &[usize], width: usize) -> Vec<Vec<usize>> {
    let mut parts: Vec<Vec<usize>> = Vec::new();
    let mut taken = usize::MAX;
    for (place, own) in widths.iter().enumerate() {
        match parts.last_mut() {
            Some(part) if part.len() < 2 || taken + own <= width => part.push(place),
            Some(_) => {
                parts.push(vec![0, place]);
                taken = widths[0];
            }
            None => {
                parts.push(vec![place]);
                taken = 0;
            }
        }
        taken += own;
    }
    parts
}

fn rows(table: &Table, places: &[usize]) -> String {
    let align = |style| if style == ColumnStyle::Right { Align::Right } else { Align::Left };
    let columns: Vec<Align> = places.iter().map(|place| align(table.columns[*place].style)).collect();
    let heads: Vec<String> = places.iter().map(|place| table.columns[*place].head.clone()).collect();
    let head = heads.iter().any(|head| !head.is_empty()).then_some(heads);
    let text =
        |row: &Vec<Cell>, place: &usize| row.get(*place).map_or_else(String::new, |cell| cell.text.clone());
    let rows = table.rows.iter().map(|row| places.iter().map(|place| text(row, place)).collect());
    let all: Vec<Vec<String>> = head.into_iter().chain(rows).collect();
    lines(&all, &columns).iter().map(|line| format!("{INDENT}{line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_tables_are_continued_below() {
        assert_eq!(parts(&[10, 20, 20], 50), [vec![0, 1, 2]]);
        assert_eq!(parts(&[10, 20, 20, 20], 50), [vec![0, 1, 2], vec![0, 3]]);
        assert_eq!(parts(&[10, 60, 60], 50), [vec![0, 1], vec![0, 2]]);
        assert!(parts(&[], 50).is_empty());
    }
}
