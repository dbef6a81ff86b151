//! A report as plain data: answers first, then titled sections of text, tables and drawings.
//!
//! The contents are built once (`sections`, `series`, `sweep`); `text` and `html` only format them.

use std::fmt;

use serde::{Serialize, Serializer};

use super::analysis::Reason;
use super::terms::{marked, verdict_title};
use crate::model::drill::Figure;
use crate::record::Verdict;

/// A whole report.
#[derive(Debug, Clone, Serialize)]
pub struct Document {
    pub title: String,
    pub subtitle: String,
    /// When, where and with which settings.
    pub facts: Vec<String>,
    pub verdict: Badge,
    /// The reasons for the verdict, the gravest first.
    pub reasons: Vec<Statement>,
    pub answers: Vec<Answer>,
    pub sections: Vec<Section>,
    /// The data needed to repeat it: names and values.
    pub provenance: Vec<[String; 2]>,
}

/// The answer to one of the main questions.
#[derive(Debug, Clone, Serialize)]
pub struct Answer {
    pub question: &'static str,
    pub headline: String,
    /// The subject of the headline.
    pub caption: String,
    pub tone: Tone,
    pub details: Vec<String>,
}

/// A titled part of a report.
#[derive(Debug, Clone, Serialize, PartialEq)]
pub struct Section {
    pub title: String,
    pub blocks: Vec<Block>,
}

/// What a section consists of.
#[derive(Debug, Clone, Serialize, PartialEq)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Block {
    Text { text: String },
    Notes { notes: Vec<String> },
    Statements { statements: Vec<Statement> },
    Table(Table),
    Drawing { drawing: Drawing },
}

/// A drawing; each renderer draws it in its own way, or omits it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drawing {
    /// A whole run.
    Run,
    /// The timeline with this number.
    Timeline(usize),
    /// A figure over the runs of a series.
    Spread(Figure),
    /// The settings of a sweep.
    Settings,
}

impl fmt::Display for Drawing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Run => f.write_str("run"),
            Self::Timeline(number) => write!(f, "timeline-{number}"),
            Self::Spread(figure) => write!(f, "spread-{figure:?}"),
            Self::Settings => f.write_str("settings"),
        }
    }
}

impl Serialize for Drawing {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A tone, from good to bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tone {
    Pass,
    Unsure,
    Fail,
    Neutral,
}

impl From<Verdict> for Tone {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Pass => Self::Pass,
            Verdict::Inconclusive => Self::Unsure,
            Verdict::Fail | Verdict::Error => Self::Fail,
        }
    }
}

/// A word with a tone. It says all by itself: a terminal has no colour.
#[derive(Debug, Clone, Serialize, PartialEq)]
pub struct Badge {
    pub word: String,
    pub tone: Tone,
}

impl From<Verdict> for Badge {
    fn from(verdict: Verdict) -> Self {
        Self { word: verdict_title(verdict).to_owned(), tone: verdict.into() }
    }
}

/// A sentence with a badge.
#[derive(Debug, Clone, Serialize, PartialEq)]
pub struct Statement {
    pub badge: Badge,
    pub text: String,
}

impl From<&Reason> for Statement {
    fn from(reason: &Reason) -> Self {
        Self { badge: reason.verdict.into(), text: marked(&reason.text, reason.origin) }
    }
}

/// Rows under heads.
#[derive(Debug, Clone, Serialize, PartialEq)]
pub struct Table {
    pub columns: Vec<Column>,
    pub rows: Vec<Vec<Cell>>,
}

/// A column of a table.
#[derive(Debug, Clone, Serialize, PartialEq)]
pub struct Column {
    pub head: String,
    pub style: ColumnStyle,
}

/// The alignment of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ColumnStyle {
    /// Names and words.
    Left,
    /// Numbers.
    Right,
    /// Sentences, which may be wrapped.
    Wide,
    /// Bars.
    Bar,
}

/// Parses columns from their heads, separated by ` | `: `name`, `number>`, `sentence*`, and `=` for bars.
pub fn columns(heads: &str) -> Vec<Column> {
    let column = |head: &str| {
        let styles = [('>', ColumnStyle::Right), ('*', ColumnStyle::Wide), ('=', ColumnStyle::Bar)];
        let styled = styles.into_iter().find_map(|(sign, style)| Some((head.strip_suffix(sign)?, style)));
        let (head, style) = styled.unwrap_or((head, ColumnStyle::Left));
        Column { head: head.to_owned(), style }
    };
    heads.split(" | ").map(column).collect()
}

/// A cell of a table.
#[derive(Debug, Clone, Default, Serialize, PartialEq)]
pub struct Cell {
    pub text: String,
    /// The CSS class of its text: `strong`, `soft` or empty.
    pub class: &'static str,
    /// The tone of its badge in a page.
    pub badge: Option<Tone>,
    /// The start and the length of a bar, in percent of the column.
    pub bar: Option<[f64; 2]>,
}

impl<T: ToString> From<T> for Cell {
    fn from(text: T) -> Self {
        Self { text: text.to_string(), ..Self::default() }
    }
}

impl Cell {
    pub fn strong(text: impl Into<String>) -> Self {
        Self { text: text.into(), class: "strong", ..Self::default() }
    }

    pub fn soft(text: impl Into<String>) -> Self {
        Self { text: text.into(), class: "soft", ..Self::default() }
    }

    pub fn badge(word: impl Into<String>, tone: Tone) -> Self {
        Self { text: word.into(), badge: Some(tone), ..Self::default() }
    }

    pub fn bar(from: f64, length: f64) -> Self {
        Self { bar: Some([from, length]), ..Self::default() }
    }

    /// A number, or an empty cell for zero: an empty column is left out.
    pub fn unless_zero(number: usize) -> Self {
        if number == 0 { Self::default() } else { number.into() }
    }

    fn is_empty(&self) -> bool {
        self.text.is_empty() && self.bar.is_none()
    }
}

impl Table {
    /// A table without the columns that are empty in every row.
    pub fn new(columns: Vec<Column>, rows: Vec<Vec<Cell>>) -> Self {
        let used = |place: usize| rows.iter().any(|row| row.get(place).is_some_and(|cell| !cell.is_empty()));
        let kept: Vec<bool> = (0..columns.len()).map(used).collect();
        let (heads, cells) = (keep(columns, &kept), rows.into_iter().map(|row| keep(row, &kept)));
        Self { columns: heads, rows: cells.collect() }
    }

    /// The table without columns of bars.
    pub fn without_bars(&self) -> Self {
        let kept: Vec<bool> = self.columns.iter().map(|column| column.style != ColumnStyle::Bar).collect();
        let rows = self.rows.iter().map(|row| keep(row.clone(), &kept)).collect();
        Self { columns: keep(self.columns.clone(), &kept), rows }
    }
}

fn keep<T>(all: Vec<T>, kept: &[bool]) -> Vec<T> {
    all.into_iter().zip(kept).filter(|(_, kept)| **kept).map(|(one, _)| one).collect()
}

impl Section {
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), blocks: Vec::new() }
    }

    /// Adds a paragraph.
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.blocks.push(Block::Text { text: text.into() });
        self
    }

    /// Adds notes, if there are any.
    pub fn notes(mut self, notes: impl IntoIterator<Item = String>) -> Self {
        let notes: Vec<String> = notes.into_iter().collect();
        if !notes.is_empty() {
            self.blocks.push(Block::Notes { notes });
        }
        self
    }

    /// Adds statements, if there are any.
    pub fn statements(mut self, statements: Vec<Statement>) -> Self {
        if !statements.is_empty() {
            self.blocks.push(Block::Statements { statements });
        }
        self
    }

    /// Adds a table, if it has a row.
    pub fn table(mut self, columns: Vec<Column>, rows: Vec<Vec<Cell>>) -> Self {
        if !rows.is_empty() {
            self.blocks.push(Block::Table(Table::new(columns, rows)));
        }
        self
    }

    /// Adds a drawing.
    pub fn drawing(mut self, drawing: Drawing) -> Self {
        self.blocks.push(Block::Drawing { drawing });
        self
    }

    /// The section, or `None` if it has only a title.
    pub fn unless_empty(self) -> Option<Self> {
        (!self.blocks.is_empty()).then_some(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_with_nothing_in_them_are_left_out() {
        let rows = vec![vec![Cell::from("a"), Cell::default(), Cell::bar(0.0, 50.0), Cell::from(1)]];
        let table = Table::new(columns("x | empty | = | n>"), rows);
        let heads =
            |table: &Table| table.columns.iter().map(|column| column.head.clone()).collect::<Vec<_>>();
        assert_eq!((heads(&table), table.rows[0].len()), (vec!["x".into(), String::new(), "n".into()], 3));
        assert_eq!(heads(&table.without_bars()), ["x", "n"]);
    }
}
