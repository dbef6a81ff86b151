//! Single values of a TOML file: the right kind, or a report of what is wrong and what to write.

use std::fmt::Display;
use std::ops::Range;
use std::str::FromStr;

use toml::de::DeValue;

use super::file::At;
use crate::diagnostic::{Diagnostic, Diagnostics};

/// What a value should be.
pub(super) struct Wanted {
    /// With its article: "a size".
    pub(super) kind: &'static str,
    /// What to write, after the word "write".
    pub(super) example: &'static str,
    /// What was probably meant by a text that is not one.
    pub(super) instead: fn(&str) -> Option<String>,
}

impl Wanted {
    /// Any text.
    pub(super) const fn text(example: &'static str) -> Self {
        Self { kind: "text", example, instead: |_| None }
    }
}

/// Text, or a report that it is not.
pub(super) fn text(
    value: &DeValue<'_>,
    span: Range<usize>,
    wanted: &Wanted,
    found: &mut Diagnostics,
) -> Option<At<String>> {
    if let Some(text) = value.as_str() {
        return Some(At { value: text.to_owned(), span });
    }
    found.push(wrong_kind(value, span, wanted.kind).help(format!("write {}", wanted.example)));
    None
}

/// Text that is parsed, or a report of what is wrong with it.
pub(super) fn parsed<T: FromStr>(
    value: &DeValue<'_>,
    span: Range<usize>,
    wanted: &Wanted,
    found: &mut Diagnostics,
) -> Option<At<T>> {
    let text = text(value, span, wanted, found)?;
    if let Ok(value) = text.value.parse() {
        return Some(At { value, span: text.span });
    }
    let problem = Diagnostic::error(text.span, format!("`{}` is not {}", text.value, wanted.kind));
    found.push(match (wanted.instead)(&text.value) {
        Some(right) => problem.help(format!("did you mean `{right}`?")).replace_with(format!("\"{right}\"")),
        None => problem.help(format!("write {}", wanted.example)),
    });
    None
}

/// A name, or a report of what is wrong with it. `what` is the thing that it would be the name of.
pub(super) fn name<N>(text: &str, span: Range<usize>, what: &str, found: &mut Diagnostics) -> Option<At<N>>
where
    N: FromStr<Err: Display>,
{
    let error = match text.parse() {
        Ok(value) => return Some(At { value, span }),
        Err(error) => error,
    };
    let message = match text {
        "" => format!("the name of {what} is empty"),
        text => format!("`{text}` cannot be the name of {what}"),
    };
    // A key of a table stands without quotes, a value with them.
    let quoted = span.len() != text.len();
    let problem = Diagnostic::error(span, message).label(error.to_string());
    found.push(match tidy(text).filter(|right| right.parse::<N>().is_ok()) {
        Some(right) => problem.help(format!("did you mean `{right}`?")).replace_with(if quoted {
            format!("\"{right}\"")
        } else {
            right
        }),
        None => problem,
    });
    None
}

/// The nearest text that has only characters of names.
fn tidy(text: &str) -> Option<String> {
    let lower = text.trim().to_lowercase();
    let plain: String = lower.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let plain = plain.trim_start_matches(|c: char| !c.is_ascii_lowercase()).trim_end_matches('-');
    (!plain.is_empty()).then(|| plain.to_owned())
}

/// The size that a text with another unit was meant to be: `512MB`, `2g`.
pub(super) fn size_instead(text: &str) -> Option<String> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(digits);
    let letter = unit.trim_start().to_lowercase().chars().next()?;
    let unit = match letter {
        'k' => "KiB",
        'm' => "MiB",
        'g' => "GiB",
        't' => "TiB",
        _ => return None,
    };
    (!number.is_empty()).then(|| format!("{number}{unit}"))
}

/// What a value is, in words.
pub(super) fn kind_of(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// The report of a value of another kind.
pub(super) fn wrong_kind(value: &DeValue<'_>, span: Range<usize>, wanted: &str) -> Diagnostic {
    Diagnostic::error(span, format!("expected {wanted}, found {}", kind_of(value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_meant() {
        for (text, right) in [("512MB", "512MiB"), ("2g", "2GiB"), ("1 TB", "1TiB"), ("7KB", "7KiB")] {
            assert_eq!(size_instead(text).as_deref(), Some(right));
        }
        for text in ["", "512", "GB", "5 apples", "2.5GiB"] {
            assert_eq!(size_instead(text), None, "{text}");
        }
        assert_eq!(tidy("My Lab").as_deref(), Some("my-lab"));
        assert_eq!(tidy("1_node_").as_deref(), Some("node"));
        assert_eq!(tidy("42"), None);
    }
}
