//! Writes a [`Gradebook`] for other programs: spreadsheets, learning platforms and CI servers.
//!
//! Each format is a module with one function. In all of them an exercise that was not handed in is empty and
//! never zero, and points that a teacher still has to decide are marked. A format that can not hold such a
//! mark leaves the cell empty and says so in [`Export::notes`].

mod canvas;
mod csv;
#[cfg(test)]
pub(super) mod fixture;
mod gradescope;
mod html;
mod json;
mod junit;
mod lti;
mod moodle;
mod words;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::gradebook::{ExerciseColumn, GradeRow, Gradebook};
use super::roster::Names;
use crate::base::text::one_line;
use crate::exercise::Language;
use crate::model::choice::choice;

/// A format of exports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// All that is known, one line for each check.
    Csv,
    /// The grades of a Moodle course.
    Moodle,
    /// The gradebook of a Canvas course.
    Canvas,
    /// All that is known, for programs.
    Json,
    /// Test suites, for CI servers.
    Junit,
    /// A page to look at and to print.
    Html,
    /// Scores of LTI's Assignment and Grade Services.
    Lti,
    /// Results of Gradescope's autograders.
    Gradescope,
}

choice!(Format {
    Csv = "csv",
    Moodle = "moodle",
    Canvas = "canvas",
    Json = "json",
    Junit = "junit",
    Html = "html",
    Lti = "lti",
    Gradescope = "gradescope",
});

impl Format {
    /// The ending of its files.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Csv | Self::Moodle | Self::Canvas => "csv",
            Self::Json | Self::Gradescope => "json",
            Self::Lti => "jsonl",
            Self::Junit => "xml",
            Self::Html => "html",
        }
    }

    /// Whether its reader finds students by their ids, so that it cannot be without them.
    pub fn needs_names(self) -> bool {
        matches!(self, Self::Moodle | Self::Canvas | Self::Lti | Self::Gradescope)
    }
}

/// A written gradebook.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Export {
    /// The text of the file.
    pub text: String,
    /// What a teacher has to know of it, as sentences in English: who is left out, and which points are not
    /// in it yet.
    pub notes: Vec<String>,
}

/// A gradebook cannot be exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The format needs ids, and names were to be hidden.
    #[error("the format `{0}` finds students by their ids, so their names cannot be hidden in it")]
    NeedsNames(Format),
    /// It cannot be written as JSON.
    #[error("the gradebook cannot be written as JSON")]
    Json(#[from] serde_json::Error),
}

/// Writes a gradebook. The language is that of its titles; the words between them are in it too.
///
/// # Errors
/// When names are to be hidden and the format needs them.
pub fn export(
    gradebook: &Gradebook,
    format: Format,
    language: Language,
    names: Names,
) -> Result<Export, ExportError> {
    let anonymous;
    let gradebook = match names {
        Names::Shown => gradebook,
        Names::Hidden if format.needs_names() => return Err(ExportError::NeedsNames(format)),
        Names::Hidden => {
            anonymous = gradebook.anonymous();
            &anonymous
        }
    };
    let plain = |text| Export { text, notes: Vec::new() };
    Ok(match format {
        Format::Csv => plain(csv::csv(gradebook)),
        Format::Moodle => moodle::moodle(gradebook, language),
        Format::Canvas => canvas::canvas(gradebook),
        Format::Json => plain(json::json(gradebook)?),
        Format::Junit => plain(junit::junit(gradebook, language)),
        Format::Html => plain(html::html(gradebook, language, names)),
        Format::Lti => lti::lti(gradebook, language)?,
        Format::Gradescope => gradescope::gradescope(gradebook, language)?,
    })
}

/// A note for each result whose points a teacher still has to decide, with what the file has instead of them.
fn open<'a>(
    rows: impl IntoIterator<Item = &'a GradeRow>,
    exercises: &'a [ExerciseColumn],
    instead: &str,
) -> impl Iterator<Item = String> {
    let of_row = move |row: &'a GradeRow| {
        let results = row.results(exercises).filter(|(_, cell)| cell.is_some_and(|cell| cell.open));
        results.map(move |(exercise, _)| {
            let (seat, name) = (row.student.seat, one_line(&row.student.name));
            format!(
                "{seat} {name}, {}: the points are open and {instead}; export again when a teacher has \
                 decided",
                exercise.name
            )
        })
    };
    rows.into_iter().flat_map(of_row)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_names_are_in_no_format() {
        let mut gradebook = fixture::gradebook();
        gradebook.rows[0].student.id = Some("NIM7".to_owned());
        for format in Format::ALL {
            match export(&gradebook, format, Language::En, Names::Hidden) {
                Ok(export) => {
                    assert!(!format.needs_names());
                    for part in ["Siti", "Lovelace", "siti@", "Group", "NIM7"] {
                        assert!(!export.text.contains(part), "{format}: {part}");
                    }
                    assert!(export.text.contains("s01"), "{format}");
                }
                Err(error) => assert!(format.needs_names(), "{error}"),
            }
        }
    }

    #[test]
    fn every_format_has_a_name_and_a_file() {
        for format in Format::ALL {
            assert_eq!(format.to_string().parse(), Ok(format));
            assert!(!format.extension().is_empty());
        }
    }
}
