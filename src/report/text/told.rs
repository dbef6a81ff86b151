//! How long things took that only the lab itself can time, as text.

use super::layout::{Column, response, table};
use crate::report::told::{ToldSummary, ToldWhen};

/// Heads of the columns of [`rows`].
pub const HEADS: [&str; 7] = ["", "", "", "times", "p50", "p99", "slowest"];

/// What the table is.
pub const TITLE: &str = "What pages timed: nothing took longer than this";

pub fn text(told: &[ToldSummary]) -> String {
    let rows: Vec<Vec<String>> = told.iter().flat_map(rows).map(|row| row.to_vec()).collect();
    if rows.is_empty() {
        return String::new();
    }
    let mut columns = [Column::Right; 7];
    columns[..3].fill(Column::Left);
    format!("\n{TITLE}\n{}", table(&HEADS, &rows, &columns))
}

/// A row for each part of the drill.
pub fn rows(told: &ToldSummary) -> impl Iterator<Item = [String; 7]> {
    told.times.iter().map(|(when, times)| {
        let when = match when {
            ToldWhen::Before => "before",
            ToldWhen::Ramp => "under rising load",
            ToldWhen::After => "after",
        };
        [
            told.load.to_string(),
            told.word.clone(),
            when.to_owned(),
            times.count.to_string(),
            response(times.p50),
            response(times.p99),
            response(times.max),
        ]
    })
}
