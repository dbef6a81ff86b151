//! The parser for all TOML files that people write: labs, drills, stacks and images.
//!
//! It checks a file against the schema of its type, which finds all errors of shape at once and reports them
//! with ranges and examples; the remainder is then deserialised.

use std::any::TypeId;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use toml::Spanned;
use toml::de::DeValue;

use super::shape;
use super::syntax::document;
use super::wanted::{ExpectedForm, schema_of};
use super::{Diagnostic, Diagnostics};

/// Reads a TOML file into a type.
///
/// # Errors
/// All problems found, with positions and suggestions.
pub fn parse_toml<T: DeserializeOwned + JsonSchema + 'static>(
    label: &str,
    text: &str,
) -> Result<T, Diagnostics> {
    let mut found = Diagnostics::new(label, text);
    match read_toml(text, &mut found) {
        Some(value) if !found.has_errors() => Ok(value),
        _ => Err(found),
    }
}

/// Reads the valid parts of a TOML file and reports the others. `None` when nothing can be read: the text is
/// not TOML, has another version, or lacks a key that the type requires.
pub fn read_toml<T: DeserializeOwned + JsonSchema + 'static>(
    text: &str,
    found: &mut Diagnostics,
) -> Option<T> {
    let mut document = document(text, found);
    let schema = known_schema::<T>();
    let wanted = ExpectedForm::file(&schema);
    if found.has_errors() || !version_is_known(document.get_ref().get("schema"), wanted, found) {
        return None;
    }
    shape::check(document.get_mut(), wanted, found);
    match T::deserialize(toml::de::Deserializer::from(document)) {
        Ok(value) => Some(value),
        Err(_) if found.has_errors() => None,
        Err(error) => {
            let problem = Diagnostic::error(error.span().unwrap_or_default(), "this value is not valid");
            found.push(problem.label(error.message()));
            None
        }
    }
}

/// The schema of a type, generated once: a sweep reads the same few types hundreds of times.
fn known_schema<T: JsonSchema + 'static>() -> Arc<Json> {
    static KNOWN: Mutex<BTreeMap<TypeId, Arc<Json>>> = Mutex::new(BTreeMap::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(known.entry(TypeId::of::<T>()).or_insert_with(|| Arc::new(schema_of::<T>())))
}

/// Checks the version. In a file of a newer version nothing else is checked, because any key may have
/// changed.
fn version_is_known(
    schema: Option<&Spanned<DeValue<'_>>>,
    wanted: ExpectedForm<'_>,
    found: &mut Diagnostics,
) -> bool {
    let Some(known) = wanted.property("schema").map(|schema| schema.range().1) else { return true };
    let Some(schema) = schema else { return true };
    let version = schema.get_ref().as_integer().and_then(|version| version.as_str().parse::<i128>().ok());
    let Some(version) = version.filter(|version| *version > known) else { return true };
    found.push(
        Diagnostic::error(schema.span(), format!("the file is written in version {version} of the format"))
            .label(format!("this program reads version {known}"))
            .help("use a newer `lab`"),
    );
    false
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
    fn thousands_of_mistakes_on_one_line_are_counted_and_not_all_drawn() {
        let line = "1, ".repeat(20_000);
        let text = format!("schema = 1\nname = \"x\"\ntitle = \"y\"\npackages = [{line}]\n");
        let found = parse_toml::<StackDefinition>("stack.toml", &text).unwrap_err();
        assert_eq!((found.items().len(), found.more()), (50, 19_950));
        let shown = render::text(&found, false);
        assert!(shown.len() < 100_000 && shown.ends_with("19950 more are not shown: fix these first\n"));
    }

    #[test]
    fn a_good_file_is_read() {
        let text = "schema = 1\nname = \"drbd\"\ntitle = \"Replicated disk\"\n";
        assert_eq!(parse_toml::<StackDefinition>("stack.toml", text).unwrap().name, "drbd");
    }
}
