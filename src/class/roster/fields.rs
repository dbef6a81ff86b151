//! The fields of a student: cleaned of what spreadsheets leave in them, and checked.

use icu_normalizer::ComposingNormalizerBorrowed;

use super::headings::{Column, Layout};
use super::problem::{Problem, RosterError};
use super::table::Row;
use crate::base::text::one_line;
use crate::class::sheet::runs;

/// The longest name, id and group, in characters.
pub const LONGEST: usize = 100;

/// The longest e-mail address, in characters (RFC 5321).
const LONGEST_EMAIL: usize = 254;

/// A student without a seat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The line.
    pub line: u64,
    /// Whether it has no error.
    pub sound: bool,
    /// The name.
    pub name: String,
    /// The id.
    pub id: Option<String>,
    /// The e-mail address.
    pub email: Option<String>,
    /// The group.
    pub group: Option<String>,
}

/// The student of a row. Adds all errors of its fields.
pub fn draft(row: &Row, layout: &Layout, errors: &mut Vec<RosterError>) -> Draft {
    let line = row.line;
    let before = errors.len();
    let parts = [Column::Name, Column::Given, Column::Family];
    let parts = parts.map(|column| field(row, layout, column, errors));
    let name = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
    if errors.len() == before
        && let Some(problem) = problem_of_name(&name)
    {
        errors.push(RosterError { line, column: layout.heading(Column::Name), problem });
    }
    let [id, email, group] =
        [Column::Id, Column::Email, Column::Group].map(|column| field(row, layout, column, errors));
    let expected = layout.headings.len();
    let found = row.fields.iter().rposition(|field| !clean(field).is_empty()).map_or(0, |last| last + 1);
    if found > expected {
        let delimiter = word(row.delimiter);
        errors.push(RosterError::of_line(line, Problem::TooManyColumns { found, expected, delimiter }));
    }
    Draft { line, sound: errors.len() == before, name, id, email, group }
}

/// A field of a row; none if it is empty. Adds its error.
fn field(row: &Row, layout: &Layout, column: Column, errors: &mut Vec<RosterError>) -> Option<String> {
    let text = clean(row.fields.get(layout.place(column)?)?);
    if text.is_empty() {
        return None;
    }
    if let Some(problem) = problem(column, &text) {
        let column = layout.headings.get(layout.place(column)?).cloned().filter(|own| !own.is_empty());
        errors.push(RosterError { line: row.line, column, problem });
    }
    Some(text)
}

/// A field without the marks that spreadsheets and copied text leave in it, in composed form (NFC). A lone
/// dash is how sheets write that there is nothing.
pub fn clean(field: &str) -> String {
    let mut text = String::with_capacity(field.len());
    for sign in field.chars() {
        match sign {
            // Spaces that do not break, which web pages and word processors write.
            '\u{a0}' | '\u{2007}' | '\u{202f}' => text.push(' '),
            // Zero-width characters, soft hyphens, marks of direction without text, and byte-order marks.
            '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{ad}' | '\u{61c}' => {}
            sign => text.push(sign),
        }
    }
    let text = text.trim();
    // The mark of a spreadsheet for a number that is text.
    let text = text.strip_prefix('\'').unwrap_or(text).trim();
    if text.chars().all(|sign| matches!(sign, '-' | '–' | '—')) {
        return String::new();
    }
    let words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
    ComposingNormalizerBorrowed::new_nfc().normalize(&words.join(" ")).into_owned()
}

/// What is wrong with a field that is not empty.
fn problem(column: Column, text: &str) -> Option<Problem> {
    let shown = || one_line(text).into_owned();
    let controls =
        |sign: char| sign.is_control() || matches!(sign, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if let Some(sign) = text.chars().find(|sign| controls(*sign)) {
        return Some(Problem::Control(sign));
    }
    if let Some(sign) = text.chars().next().filter(|sign| runs(*sign)) {
        return Some(Problem::Formula { text: shown(), sign });
    }
    let limit = if column == Column::Email { LONGEST_EMAIL } else { LONGEST };
    let found = text.chars().count();
    if found > limit {
        return Some(Problem::TooLong { found, limit });
    }
    match column {
        Column::Id if is_rounded(text) => Some(Problem::Rounded(shown())),
        Column::Email if !is_email(text) => Some(Problem::NoEmail(shown())),
        _ => None,
    }
}

/// What is wrong with a name whose parts are sound.
fn problem_of_name(name: &str) -> Option<Problem> {
    match name.chars().count() {
        0 => Some(Problem::NoName),
        found if found > LONGEST => Some(Problem::TooLong { found, limit: LONGEST }),
        _ if !name.contains(char::is_alphabetic) => Some(Problem::NoLetter(name.to_owned())),
        _ => None,
    }
}

/// Whether a spreadsheet wrote a long number in its short form, as `1.23E+11`.
fn is_rounded(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let Some((number, power)) = text.split_once(['E', 'e']) else { return false };
    let (whole, part) = number.split_once(['.', ',']).unwrap_or((number, "0"));
    power.strip_prefix('+').is_some_and(digits) && digits(whole) && digits(part)
}

/// Whether a text has the form of an address. Only the mail server knows more.
fn is_email(text: &str) -> bool {
    let odd = |sign: char| sign.is_whitespace() || matches!(sign, '<' | '>' | ',' | ';' | '"' | '(' | ')');
    match text.split_once('@') {
        Some((user, host)) => {
            !user.is_empty() && !host.is_empty() && !host.contains('@') && !text.contains(odd)
        }
        None => false,
    }
}

/// The name of a delimiter.
fn word(delimiter: char) -> &'static str {
    match delimiter {
        ';' => "semicolon",
        '\t' => "tab",
        '|' => "vertical bar",
        _ => "comma",
    }
}
