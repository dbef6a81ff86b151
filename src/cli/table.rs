//! Columns for people.

use super::ui::bold;
use crate::base::columns::{Align, lines};

/// Rows under headings, as wide as needed.
#[derive(Debug)]
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these headings.
    pub fn new<const N: usize>(headings: [&str; N]) -> Self {
        Self { rows: vec![headings.map(str::to_owned).to_vec()] }
    }

    /// Adds a row.
    pub fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.to_vec());
    }

    /// The table as text. Cells are plain text, so that their width is their number of characters.
    pub fn render(&self) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let mut text = String::new();
        for (index, line) in lines(&self.rows, &vec![Align::Left; columns]).into_iter().enumerate() {
            text.push_str(&if index == 0 { bold(line) } else { line });
            text.push('\n');
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let mut table = Table::new(["NODE", "STATE"]);
        table.row(["node1".to_owned(), "running".to_owned()]);
        table.row(["db".to_owned(), "off".to_owned()]);
        let plain = anstream::adapter::strip_str(&table.render()).to_string();
        assert_eq!(plain, "NODE   STATE\nnode1  running\ndb     off\n");
    }
}
