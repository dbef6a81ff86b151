//! The names of a class from a CSV file.

use std::fmt;

use crate::model::InstanceName;

/// Headings of the column of names, in English and Indonesian.
const HEADINGS: [&str; 2] = ["name", "nama"];

/// Other headings in lists of students. In a file that has one of these and no column of names, the column is
/// not guessed.
const OTHER_HEADINGS: [&str; 18] = [
    "id",
    "no",
    "nr",
    "nim",
    "nis",
    "student",
    "students",
    "participant",
    "user",
    "username",
    "login",
    "e-mail",
    "email",
    "mail",
    "class",
    "kelas",
    "group",
    "siswa",
];

/// The names of a roster.
#[derive(Debug, PartialEq, Eq)]
pub struct Roster {
    /// One for each row.
    pub names: Vec<InstanceName>,
    /// The column that they come from.
    pub column: String,
}

/// The error of a roster, and its line.
#[derive(Debug, PartialEq, Eq)]
pub struct RosterError {
    line: u64,
    what: String,
}

impl fmt::Display for RosterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.line, self.what)
    }
}

/// Reads the names of a CSV text: of its column `name`, or of its only column.
///
/// # Errors
/// The first line that is invalid or ambiguous.
pub fn read(text: &str) -> Result<Roster, RosterError> {
    // Spreadsheets put a byte-order mark before the first heading.
    let rows = rows(text.strip_prefix('\u{feff}').unwrap_or(text))?;
    let mut rows = rows.into_iter().peekable();
    let Some((line, first)) = rows.peek() else {
        return Err(wrong(1, "there is no name in it"));
    };
    let (column, heading) = column(*line, first)?;
    let described = match &heading {
        Some(heading) => format!("column `{heading}`"),
        None => "only column".to_owned(),
    };
    if heading.is_some() {
        rows.next();
    }
    let mut names: Vec<InstanceName> = Vec::new();
    for (line, fields) in rows {
        let field = fields.get(column).map(|field| field.trim()).unwrap_or_default();
        if field.is_empty() {
            return Err(wrong(line, "there is no name in this line"));
        }
        if let Some(odd) = field.chars().find(|character| character.is_control()) {
            return Err(wrong(line, format!("a name cannot have the character {}", odd.escape_unicode())));
        }
        let name = slug(field)
            .parse()
            .map_err(|error| wrong(line, format!("`{field}` cannot be an instance: {error}")))?;
        if names.contains(&name) {
            return Err(wrong(line, format!("`{name}` is there twice")));
        }
        names.push(name);
    }
    match names.is_empty() {
        true => Err(wrong(1, "there is no name in it")),
        false => Ok(Roster { names, column: described }),
    }
}

fn wrong(line: u64, what: impl Into<String>) -> RosterError {
    RosterError { line, what: what.into() }
}

/// The rows with their lines, without empty ones.
fn rows(text: &str) -> Result<Vec<(u64, Vec<String>)>, RosterError> {
    let first = text.lines().next().unwrap_or_default();
    let delimiter =
        [b';', b'\t'].into_iter().find(|other| first.contains(char::from(*other))).unwrap_or(b',');
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .delimiter(delimiter)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let mut rows = Vec::new();
    for row in reader.records() {
        let row = row.map_err(|error| {
            let line = error.position().map_or(1, csv::Position::line);
            let what = match error.kind() {
                csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
                    format!("this line has {len} columns, the first has {expected_len}")
                }
                _ => error.to_string(),
            };
            wrong(line, what)
        })?;
        let line = row.position().map_or(1, csv::Position::line);
        // An unclosed quote swallows the lines after it.
        if row.iter().any(|field| field.contains(['\n', '\r', '"'])) {
            return Err(wrong(line, "a quote is not closed, or is inside a name"));
        }
        rows.push((line, row.iter().map(str::to_owned).collect()));
    }
    Ok(rows)
}

/// The column of the names, and its heading if there is one.
fn column(line: u64, first: &[String]) -> Result<(usize, Option<String>), RosterError> {
    let is = |field: &str, words: &[&str]| words.contains(&field.trim().to_lowercase().as_str());
    let found: Vec<usize> =
        first.iter().enumerate().filter(|(_, field)| is(field, &HEADINGS)).map(|(at, _)| at).collect();
    match (found.as_slice(), first) {
        ([one], _) => Ok((*one, first.get(*one).cloned())),
        ([], [only]) if !is(only, &OTHER_HEADINGS) => Ok((0, None)),
        ([], _) => Err(wrong(
            line,
            format!(
                "it is not clear which column has the names: write the heading `name` above it ({})",
                first.join(", ")
            ),
        )),
        _ => Err(wrong(line, "two columns are called `name`")),
    }
}

/// A person's name as an instance's: `Ada Lovelace` is `ada-lovelace`, `Änne` is `anne`.
fn slug(text: &str) -> String {
    let mut slug = String::new();
    for character in deunicode::deunicode(text).chars() {
        let lower = character.to_ascii_lowercase();
        if lower.is_ascii_lowercase() || lower.is_ascii_digit() {
            slug.push(lower);
        } else if character == '\'' {
            // O'Brien is one word.
        } else if !slug.ends_with('-') && !slug.is_empty() {
            slug.push('-');
        }
    }
    slug.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Result<Vec<String>, String> {
        let names = |roster: Roster| roster.names.iter().map(ToString::to_string).collect();
        read(text).map(names).map_err(|error| error.to_string())
    }

    #[test]
    fn one_column_or_the_one_that_is_called_name() {
        assert_eq!(names("alice\nbob\n\n").unwrap(), ["alice", "bob"]);
        assert_eq!(names("id;Name\n1;\"Lovelace, Ada\"\n2;Bob  B.\n").unwrap(), ["lovelace-ada", "bob-b"]);
        assert_eq!(names("\u{feff}Nama\tkelas\nSiti\tA\n").unwrap(), ["siti"]);
        assert_eq!(names("\u{feff}name\r\nalice\r\n").unwrap(), ["alice"]);
        assert_eq!(read("id;Name\n1;Ada\n").unwrap().column, "column `Name`");
        assert_eq!(read("Ada\n").unwrap().column, "only column");
    }

    #[test]
    fn letters_of_all_alphabets_become_plain_ones() {
        assert_eq!(
            names("Änne Müller\nÉtienne\nJosé Nuñez\nŁukasz\nO'Brien\nДмитрий\n").unwrap(),
            ["anne-muller", "etienne", "jose-nunez", "lukasz", "obrien", "dmitrii"]
        );
    }

    #[test]
    fn what_is_not_clear_is_refused_with_its_line() {
        for (text, part) in [
            ("name\nalice\n4you\n", "3: `4you` cannot be"),
            ("alice\nAlice\n", "2: `alice` is there twice"),
            ("Anne\nÄnne\n", "2: `anne` is there twice"),
            ("name\n", "1: there is no name"),
            ("", "1: there is no name"),
            ("student\nalice\n", "1: it is not clear which column"),
            ("Alice,A\nBob,B\n", "1: it is not clear which column"),
            ("id,name,Nama\n1,a,b\n", "1: two columns"),
            ("name\n\"alice\nbob\n", "2: a quote is not closed"),
            ("id,name\n1,alice\n2\n", "3: this line has 1 columns, the first has 2"),
            ("id,name\n1,alice\n2,\n", "3: there is no name in this line"),
            ("name\nal\u{7}ice\n", "2: a name cannot have"),
        ] {
            let error = names(text).unwrap_err();
            assert!(error.starts_with(part), "{text:?}: {error}");
        }
    }
}
