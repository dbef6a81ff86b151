//! What is wrong with a roster, where, and what to write instead.

use std::fmt;

use super::bytes::Encoding;
use super::headings::Column;
use super::{LARGEST, MOST};

/// All errors of a roster, in the order of their lines. There is at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RosterErrors(pub Vec<RosterError>);

impl fmt::Display for RosterErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, error) in self.0.iter().enumerate() {
            let end = if place == 0 { "" } else { "\n" };
            write!(f, "{end}{error}")?;
        }
        Ok(())
    }
}

impl std::error::Error for RosterErrors {}

impl From<RosterError> for RosterErrors {
    fn from(error: RosterError) -> Self {
        Self(vec![error])
    }
}

/// An error of a roster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RosterError {
    /// Its line, from 1.
    pub line: u64,
    /// The heading of its column, as it is written in the file; none if it has no heading, or the error is
    /// not about a column.
    pub column: Option<String>,
    /// What is wrong.
    pub problem: Problem,
}

impl RosterError {
    /// An error of the file as a whole.
    pub(super) fn of_file(problem: Problem) -> Self {
        Self::of_line(1, problem)
    }

    /// An error of a line.
    pub(super) fn of_line(line: u64, problem: Problem) -> Self {
        Self { line, column: None, problem }
    }
}

impl fmt::Display for RosterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, column, problem } = self;
        match column {
            Some(column) => write!(f, "line {line}, column `{column}`: {problem}"),
            None => write!(f, "line {line}: {problem}"),
        }
    }
}

impl std::error::Error for RosterError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        None
    }
}

/// What is wrong, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The file is too large.
    #[error("the file is larger than {} KiB: give a list with a short line for each student", LARGEST >> 10)]
    TooLarge,
    /// The file is no text.
    #[error("this is no text: save the sheet as `CSV UTF-8` in the spreadsheet, and give that file")]
    NoText,
    /// The bytes are not in the encoding that the file declares.
    #[error("the file says that it is {0}, and it is not: save it again as `CSV UTF-8`")]
    NotEncoded(Encoding),
    /// There is no student.
    #[error("there is no student in it: write one line for each")]
    Empty,
    /// There are too many students; the number of lines.
    #[error("it has {0} students, a class has at most {MOST}: make several classes of it")]
    TooMany(usize),
    /// A quote is not closed.
    #[error(
        "the quote that opens in this line is not closed: write `\"` at the end of its field, or delete it"
    )]
    OpenQuote,
    /// Text follows the end of a quote.
    #[error(
        "text follows a closing quote: put the whole field between quotes, and write a quote in it twice"
    )]
    AfterQuote,
    /// A line has more columns than the first one.
    #[error(
        "the line has {found} columns, the first one has {expected}: put a field with a {delimiter} in it \
             between quotes, or write a heading above the column"
    )]
    TooManyColumns {
        /// The columns of the line.
        found: usize,
        /// The columns of the first line.
        expected: usize,
        /// The character that ends a column.
        delimiter: &'static str,
    },
    /// No column is known to have names; all headings.
    #[error("it is not clear which column has the names: write the heading `name` above it (there are: {})",
            .0.join(", "))]
    NoNameColumn(Vec<String>),
    /// Two columns could have the same meaning.
    #[error("`{first}` and `{second}` could both be the column of the {column}: rename one of them")]
    TwoColumns {
        /// The meaning.
        column: Column,
        /// The first heading.
        first: String,
        /// The second heading.
        second: String,
    },
    /// The headings are not in the first line.
    #[error("the headings are in this line: delete the lines above it")]
    HeadingsBelow,
    /// The name is missing.
    #[error("there is no name: write one, or delete the line")]
    NoName,
    /// The name has no letter.
    #[error("`{0}` has no letter: write the name of the student")]
    NoLetter(String),
    /// The field would run in a spreadsheet.
    #[error("`{text}` begins with `{sign}`, and a spreadsheet would run it: begin with a letter or a digit")]
    Formula {
        /// The field.
        text: String,
        /// Its first character.
        sign: char,
    },
    /// The field has a character that controls the display.
    #[error("the field has the character {}, which is not shown: type the field again", .0.escape_unicode())]
    Control(char),
    /// The field is too long.
    #[error("the field has {found} characters, at most {limit} are possible: shorten it")]
    TooLong {
        /// Its characters.
        found: usize,
        /// The most characters.
        limit: usize,
    },
    /// A spreadsheet has rounded the number.
    #[error(
        "the spreadsheet has rounded this number to `{0}`: format the column as text, and enter the \
             numbers again"
    )]
    Rounded(String),
    /// The text is no e-mail address.
    #[error("`{0}` is no e-mail address: write it like `name@example.org`, or leave it out")]
    NoEmail(String),
    /// Another student has the same id or address.
    #[error("line {line} has `{text}` too: give each student a different one")]
    Twice {
        /// The id or address.
        text: String,
        /// The line of the other student.
        line: u64,
    },
    /// Another student has the same name, and no id distinguishes them.
    #[error("line {line} has `{name}` too: add a column `id`, and give each of them a different id")]
    SameName {
        /// The name.
        name: String,
        /// The line of the other student.
        line: u64,
    },
}
