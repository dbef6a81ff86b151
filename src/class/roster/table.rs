//! The rows of a CSV text, each with its line.
//!
//! The crate `csv` reads a quote that is never closed as a field with all later lines, and does not report
//! it. People type rosters by hand, so this reader reports it, and keeps the line of each row.

use std::iter::Peekable;
use std::str::Chars;

use super::fields::clean;
use super::problem::{Problem, RosterError, RosterErrors};

/// A row that has a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The line in which it begins, from 1.
    pub line: u64,
    /// Its fields as they are in the file, without their quotes.
    pub fields: Vec<String>,
    /// The character between its fields.
    pub delimiter: char,
}

/// All rows that have at least one field with a text.
///
/// # Errors
/// All quotes that are not closed, or have text after them.
pub fn rows(text: &str) -> Result<Vec<Row>, RosterErrors> {
    let (declared, text, line) = declared(text);
    let delimiter = declared.unwrap_or_else(|| delimiter(text));
    let mut reader = Reader { rest: text.chars().peekable(), line, delimiter, errors: Vec::new() };
    let mut rows = Vec::new();
    while reader.rest.peek().is_some() {
        let row = reader.row();
        if row.fields.iter().any(|field| !clean(field).is_empty()) {
            rows.push(row);
        }
    }
    match reader.errors.is_empty() {
        true => Ok(rows),
        false => Err(RosterErrors(reader.errors)),
    }
}

/// The delimiter that a first line `sep=;` declares, the text after that line, and the number of its first
/// line.
fn declared(text: &str) -> (Option<char>, &str, u64) {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let line = clean(first).replace('"', "").to_lowercase();
    match line.strip_prefix("sep=") {
        Some(";") => (Some(';'), rest, 2),
        Some(",") => (Some(','), rest, 2),
        Some("|") => (Some('|'), rest, 2),
        // The tab itself is trimmed away.
        Some("" | "\\t") => (Some('\t'), rest, 2),
        _ => (None, text, 1),
    }
}

/// The delimiter of the first line that has one outside quotes: the one that it has most often.
fn delimiter(text: &str) -> char {
    let most = |line: &str| {
        let outside: String = line.split('"').step_by(2).collect();
        let count = |delimiter: char| (outside.matches(delimiter).count(), delimiter);
        // Of equal ones the last counts.
        [';', '\t', ',']
            .map(count)
            .into_iter()
            .max_by_key(|(count, _)| *count)
            .filter(|(count, _)| *count > 0)
    };
    text.split(['\n', '\r']).find_map(most).map_or(',', |(_, delimiter)| delimiter)
}

struct Reader<'a> {
    rest: Peekable<Chars<'a>>,
    line: u64,
    delimiter: char,
    errors: Vec<RosterError>,
}

impl Reader<'_> {
    /// The next row, and its end.
    fn row(&mut self) -> Row {
        let (line, delimiter) = (self.line, self.delimiter);
        let mut fields = Vec::new();
        loop {
            fields.push(self.field());
            match self.rest.next() {
                Some(sign) if sign == delimiter => {}
                Some('\r') => {
                    self.rest.next_if_eq(&'\n');
                    break;
                }
                _ => break,
            }
        }
        self.line += 1;
        Row { line, fields, delimiter }
    }

    /// A field, up to its delimiter or line end.
    fn field(&mut self) -> String {
        let mut field = String::new();
        while let Some(space) = self.rest.next_if_eq(&' ') {
            field.push(space);
        }
        if self.rest.next_if_eq(&'"').is_none() {
            self.plain(&mut field);
            return field;
        }
        let line = self.line;
        let mut quoted = String::new();
        if !self.quoted(&mut quoted) {
            self.errors.push(RosterError::of_line(line, Problem::OpenQuote));
            return quoted;
        }
        let mut after = String::new();
        self.plain(&mut after);
        if !after.trim().is_empty() {
            self.errors.push(RosterError::of_line(self.line, Problem::AfterQuote));
        }
        quoted
    }

    /// The rest of a field without quotes.
    fn plain(&mut self, field: &mut String) {
        let delimiter = self.delimiter;
        while let Some(sign) = self.rest.next_if(|sign| *sign != delimiter && !matches!(sign, '\n' | '\r')) {
            field.push(sign);
        }
    }

    /// The rest of a field between quotes. Returns whether they are closed.
    fn quoted(&mut self, field: &mut String) -> bool {
        while let Some(sign) = self.rest.next() {
            match sign {
                '"' if self.rest.next_if_eq(&'"').is_none() => return true,
                '\n' => self.line += 1,
                // With a line feed after it, that one counts.
                '\r' if self.rest.peek() != Some(&'\n') => self.line += 1,
                _ => {}
            }
            field.push(sign);
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fields(text: &str) -> Vec<(u64, Vec<String>)> {
        rows(text).unwrap().into_iter().map(|row| (row.line, row.fields)).collect()
    }

    fn all(lines: &[(u64, &[&str])]) -> Vec<(u64, Vec<String>)> {
        lines
            .iter()
            .map(|(line, row)| (*line, row.iter().map(|field| (*field).to_owned()).collect()))
            .collect()
    }

    #[test]
    fn the_first_line_decides_the_delimiter() {
        for (text, second) in [
            ("a,b\n1,2", "2"),
            ("a;b\n1;2", "2"),
            ("a\tb\n1\t2", "2"),
            ("\n\n\"x, y; z\"\tb\n1\t2", "2"),
            ("title\n\na;b\n1;2", "2"),
            ("a,b,c;d\n1,2", "2"),
            ("sep=;\r\na,b\r\n1;2", "2"),
            ("\"SEP=|\"\na,b\n1|2", "2"),
            ("sep=\t\na,b\n1\t2", "2"),
        ] {
            let rows = fields(text);
            assert_eq!(rows.last().unwrap().1.get(1).map(String::as_str), Some(second), "{text:?}");
        }
        assert_eq!(fields("sep=;\nAda"), all(&[(2, &["Ada"])]));
    }

    #[test]
    fn every_row_has_its_line() {
        let text = "a,b\r\n\r\n,,\r\n\"x\ny\",\"say \"\"hi\"\"\"\n 1 , \"2\" \r3,4";
        assert_eq!(
            fields(text),
            all(&[(1, &["a", "b"]), (4, &["x\ny", "say \"hi\""]), (6, &[" 1 ", "2"]), (7, &["3", "4"])])
        );
        assert_eq!(fields("\"a\rb\r\nc\"\nd"), all(&[(1, &["a\rb\r\nc"]), (4, &["d"])]));
        assert_eq!(
            fields("Budi \"Bud\" S,1\n"),
            all(&[(1, &["Budi \"Bud\" S", "1"])]),
            "a quote inside is text"
        );
        assert_eq!(fields(""), []);
        assert_eq!(fields("\n , \n\u{feff}\n\u{a0},'\n"), []);
    }

    #[test]
    fn quotes_that_do_not_fit_are_reported() {
        let problems = |text: &str| {
            let errors = rows(text).unwrap_err().0.into_iter();
            errors.map(|error| (error.line, error.problem)).collect::<Vec<_>>()
        };
        assert_eq!(problems("a\n\"b\nc\n"), [(2, Problem::OpenQuote)]);
        let both = problems("\"a\" b,c\n\"d\"\"\",\"e\"f\n\"");
        assert_eq!(both, [(1, Problem::AfterQuote), (2, Problem::AfterQuote), (3, Problem::OpenQuote)]);
    }

    proptest! {
        /// All that the crate `csv` writes is read back.
        #[test]
        fn what_a_spreadsheet_writes_is_read(
            table in proptest::collection::vec(proptest::collection::vec("[a-z \",;\n\ré]{0,6}", 2..4), 1..6)
        ) {
            let table: Vec<Vec<String>> =
                table.into_iter().map(|row| [vec!["k".to_owned()], row].concat()).collect();
            let head = vec!["h".to_owned(); 4];
            let mut out = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
            for row in std::iter::once(&head).chain(&table) {
                out.write_record(row).unwrap();
            }
            let text = String::from_utf8(out.into_inner().unwrap()).unwrap();
            let read = rows(&text).unwrap().into_iter().skip(1);
            let read: Vec<Vec<String>> = read.map(|row| row.fields).collect();
            prop_assert_eq!(read, table);
        }

        #[test]
        fn no_text_breaks_it(text in "[a\",;\t\n\r é]{0,40}") {
            let _ = rows(&text);
        }
    }
}
