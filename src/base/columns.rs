//! Text in columns.

/// The alignment of a column's cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Text.
    Left,
    /// Numbers.
    Right,
}

/// Lays rows out as lines, with two spaces between columns. Each column is as wide as its widest cell,
/// counted in characters. A row may have fewer cells than the others.
pub fn lines(rows: &[Vec<String>], columns: &[Align]) -> Vec<String> {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns.len()).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).zip(columns).map(|((cell, width), align)| match align {
            Align::Left => format!("{cell:<width$}"),
            Align::Right => format!("{cell:>width$}"),
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

/// Wraps text into lines of at most `width` characters; a longer word gets a line of its own. The first line
/// is indented by `indent`, the others by two more spaces.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let rows = [["a", "1"], ["long", "23"]].map(|row| row.map(str::to_owned).to_vec());
        assert_eq!(lines(&rows, &[Align::Left, Align::Right]), ["a      1", "long  23"]);
        assert_eq!(lines(&rows, &[Align::Left, Align::Left]), ["a     1", "long  23"]);
    }

    #[test]
    fn long_text_is_broken_between_words() {
        assert_eq!(paragraph("one two three", "> ", 9), "> one two\n>   three\n");
    }
}
