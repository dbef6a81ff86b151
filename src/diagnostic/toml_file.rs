//! Reading a TOML file into a type, with everything that is wrong with it at once.
//!
//! For stacks, images and drills. serde stops at the first problem, so the offending key is taken out and the rest
//! is tried again until nothing is left to find.

use std::collections::BTreeSet;
use std::ops::Range;

use serde::de::DeserializeOwned;
use toml::de::{DeArray, DeTable, DeValue};

use super::document;
use super::meant;
use super::{Diagnostic, Diagnostics};

/// More problems than this in one file help nobody.
const MOST: usize = 50;

/// Reads a TOML file into a type.
///
/// # Errors
/// Every problem found, with its place and a suggestion.
pub fn parse_toml<T: DeserializeOwned>(label: &str, text: &str) -> Result<T, Diagnostics> {
    let mut found = Diagnostics::new(label, text);
    let mut table = document(text, &mut found);
    if found.has_errors() {
        return Err(found);
    }
    let mut removed: BTreeSet<String> = BTreeSet::new();
    for _ in 0..MOST {
        match T::deserialize(toml::de::Deserializer::from(table.clone())) {
            Ok(value) if found.is_empty() => return Ok(value),
            Ok(_) => break,
            Err(error) => {
                let problem = Problem::of(&error);
                let known = matches!(&problem, Problem::Missing(key) if removed.contains(key));
                if !known {
                    found.push(problem.diagnostic(&error));
                }
                match remove(table.get_mut(), &error.span().unwrap_or_default()) {
                    Some(key) => removed.insert(key),
                    None => break,
                };
            }
        }
    }
    Err(found)
}

/// What serde found, read back from its words.
enum Problem {
    Unknown { what: &'static str, word: String, known: Vec<String> },
    Missing(String),
    Other,
}

impl Problem {
    fn of(error: &toml::de::Error) -> Self {
        let words = quoted(error.message());
        let known = || words.iter().skip(1).cloned().collect();
        match (error.message(), words.first()) {
            (m, Some(word)) if m.starts_with("unknown field ") => {
                Self::Unknown { what: "key", word: word.clone(), known: known() }
            }
            (m, Some(word)) if m.starts_with("unknown variant ") => {
                Self::Unknown { what: "value", word: word.clone(), known: known() }
            }
            (m, Some(word)) if m.starts_with("missing field ") => Self::Missing(word.clone()),
            _ => Self::Other,
        }
    }

    fn diagnostic(&self, error: &toml::de::Error) -> Diagnostic {
        let span = error.span().unwrap_or_default();
        match self {
            Self::Unknown { what, word, known } => unknown(span, what, word, known),
            Self::Missing(key) => Diagnostic::error(span, format!("the key `{key}` is missing")),
            Self::Other => {
                let message = error.message();
                let parts =
                    message.strip_prefix("invalid type: ").or(message.strip_prefix("invalid value: "));
                match parts.and_then(|parts| parts.split_once(", expected ")) {
                    Some((found, wanted)) => {
                        Diagnostic::error(span, format!("expected {wanted}, found {found}"))
                            .label(format!("not {wanted}"))
                    }
                    None => Diagnostic::error(span, "this value is not valid").label(message),
                }
            }
        }
    }
}

fn unknown(span: Range<usize>, what: &str, word: &str, known: &[String]) -> Diagnostic {
    let problem = Diagnostic::error(span, format!("unknown {what} `{word}`"));
    meant(problem, word, what, known.iter().map(String::as_str))
}

/// The words between backquotes.
fn quoted(message: &str) -> Vec<String> {
    message.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Takes out the entry whose key or value is at a place, and says its key.
fn remove(table: &mut DeTable<'_>, span: &Range<usize>) -> Option<String> {
    let here = table.iter().find(|(key, value)| {
        key.span() == *span || (value.span() == *span && !has_inside(value.get_ref(), span))
    });
    if let Some(key) = here.map(|(key, _)| key.get_ref().clone().into_owned()) {
        table.remove(key.as_str());
        return Some(key);
    }
    table.iter_mut().find_map(|(_, value)| remove_in(value.get_mut(), span))
}

fn remove_in(value: &mut DeValue<'_>, span: &Range<usize>) -> Option<String> {
    match value {
        DeValue::Table(table) => remove(table, span),
        DeValue::Array(array) => {
            if array.iter().any(|item| item.span() == *span) {
                let mut rest = DeArray::new();
                for item in array.iter().filter(|item| item.span() != *span) {
                    rest.push(item.clone());
                }
                *array = rest;
                return Some(String::new());
            }
            array.iter_mut().find_map(|item| remove_in(item.get_mut(), span))
        }
        _ => None,
    }
}

/// Whether something inside a value is at the same place (a dotted key: `a.b = 1` makes a table `a` at `a`).
fn has_inside(value: &DeValue<'_>, span: &Range<usize>) -> bool {
    match value {
        DeValue::Table(table) => {
            table.iter().any(|(key, value)| key.span() == *span || has_inside(value.get_ref(), span))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::render;
    use crate::stack::StackDefinition;

    #[test]
    fn all_problems_of_a_file_are_found() {
        let text = "schema = 1\nname = 3\ntitel = \"x\"\n[param.disk]\ntype = \"disc\"\n[[step]]\nid = \"a\"\n\
                    title = \"t\"\nscript = \"s\"\non = \"frist\"\n[file]\n";
        let found = parse_toml::<StackDefinition>("stack.toml", text).unwrap_err();
        insta::assert_snapshot!(render::text(&found, false));
    }

    #[test]
    fn what_is_not_toml_is_reported_once_a_line() {
        let found =
            parse_toml::<StackDefinition>("stack.toml", "schema = \nname = \"x\ntitle = 'y'\n").unwrap_err();
        insta::assert_snapshot!(render::text(&found, false));
    }

    #[test]
    fn a_good_file_is_read() {
        let text = "schema = 1\nname = \"drbd\"\ntitle = \"Replicated disk\"\n";
        assert_eq!(parse_toml::<StackDefinition>("stack.toml", text).unwrap().name, "drbd");
    }
}
