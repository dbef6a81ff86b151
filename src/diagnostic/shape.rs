//! Checks a file against its schema: kinds of values, ranges, unknown and missing keys. Invalid parts are
//! reported and removed, so that the rest can be read.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeArray, DeInteger, DeTable, DeValue};

use super::form::{Form, Slip};
use super::suggest::meant;
use super::wanted::ExpectedForm;
use super::{Diagnostic, Diagnostics};

/// Checks the tables of a file, removing what is invalid. An invalid value under a name that the file chose
/// becomes an empty list instead, so that references to the name still resolve.
pub(super) fn check(table: &mut DeTable<'_>, wanted: ExpectedForm<'_>, found: &mut Diagnostics) {
    Shape { found }.table(table, wanted, 0..0);
}

struct Shape<'f> {
    found: &'f mut Diagnostics,
}

impl Shape<'_> {
    /// Checks a table whose name is at `place`.
    fn table(&mut self, table: &mut DeTable<'_>, wanted: ExpectedForm<'_>, place: Range<usize>) {
        let mut keys: Vec<(String, Range<usize>)> =
            table.keys().map(|key| (key.get_ref().clone().into_owned(), key.span())).collect();
        keys.sort_by_key(|(_, span)| span.start);
        for (key, span) in &keys {
            let Some(value) = table.get_mut(key.as_str()) else { continue };
            let sound = match (wanted.property(key), wanted.named()) {
                (Some(property), _) => self.value(value, property, key, span),
                (None, Some(named)) => {
                    let known = self.name(key, span, wanted, named);
                    if !self.value(value, named, key, span) {
                        *value.get_mut() = DeValue::Array(DeArray::new());
                    }
                    known
                }
                (None, None) => {
                    self.unknown_key(key, span, wanted);
                    false
                }
            };
            if !sound {
                table.remove(key.as_str());
            }
        }
        for key in wanted.required().filter(|key| !keys.iter().any(|(known, _)| known == key)) {
            self.missing(key, wanted, place.clone());
        }
    }

    /// Checks a name that the file chose. Malformed names stay, unknown ones are removed.
    fn name(
        &mut self,
        key: &str,
        span: &Range<usize>,
        table: ExpectedForm<'_>,
        named: ExpectedForm<'_>,
    ) -> bool {
        let words = table.name_words();
        if !words.is_empty() && !words.contains(&key) {
            self.found.push(meant(
                Diagnostic::error(span.clone(), format!("unknown key `{key}`")),
                key,
                "key",
                words.iter().copied(),
            ));
            return false;
        }
        let form = table.name_pattern().and_then(Form::of_pattern);
        if let Some(Err(slip)) = form.map(|form| form.judge(key, named.what())) {
            // Keys have no quotes unless they need them.
            self.slip(slip, span.clone(), form, span.len() != key.len());
        }
        true
    }

    fn unknown_key(&mut self, key: &str, span: &Range<usize>, wanted: ExpectedForm<'_>) {
        let problem = Diagnostic::error(span.clone(), format!("unknown key `{key}`"))
            .label(format!("not a key of {}", wanted.what().unwrap_or("this table")));
        self.found.push(meant(problem, key, "key", wanted.keys()));
    }

    fn missing(&mut self, key: &str, wanted: ExpectedForm<'_>, place: Range<usize>) {
        let property = wanted.property(key);
        let example =
            property.and_then(|property| property.example().or_else(|| Some(only(property)?.to_string())));
        let about = property.and_then(|property| property.about());
        let tables = property.and_then(|property| property.named()).and_then(|named| named.what());
        let help = match (example, about, tables) {
            (Some(example), ..) => format!("add `{key} = {example}`"),
            (None, _, Some(_)) => format!("add a table such as `[{key}.NAME]`"),
            (None, Some(about), None) => format!("add `{key}`: {}", lowercase(about)),
            (None, None, None) => format!("add `{key}`"),
        };
        let what = wanted.what().unwrap_or("this table");
        self.found.push(
            Diagnostic::error(place, format!("{what} needs the key `{key}`"))
                .label("not complete")
                .help(help),
        );
    }

    /// Checks a value; returns whether to keep it.
    fn value(
        &mut self,
        value: &mut Spanned<DeValue<'_>>,
        wanted: ExpectedForm<'_>,
        key: &str,
        name: &Range<usize>,
    ) -> bool {
        let (span, kinds) = (value.span(), wanted.kinds());
        let may = |kind: &str| kinds.contains(&kind);
        match value.get_mut() {
            DeValue::Table(table) if may("object") => {
                self.table(table, wanted, name.clone());
                true
            }
            DeValue::Array(items) if may("array") => {
                if let Some(wanted) = wanted.item().filter(|_| kinds.len() == 1) {
                    let sound =
                        std::mem::replace(items, DeArray::new()).into_iter().filter_map(|mut item| {
                            let place = item.span();
                            self.value(&mut item, wanted, key, &place).then_some(item)
                        });
                    *items = sound.collect();
                }
                true
            }
            DeValue::String(text) if may("string") => self.text(text, span, wanted),
            DeValue::Integer(number) if may("integer") => self.integer(number, span, wanted, key),
            DeValue::Integer(_) | DeValue::Float(_) if may("number") => true,
            DeValue::Boolean(_) if may("boolean") => true,
            // Where several kinds are allowed, the type itself checks the value.
            _ if kinds.is_empty() || (may("array") && kinds.len() > 1) => true,
            other => {
                let message = format!("expected {}, found {}", expected(wanted), kind_of(other));
                let problem = Diagnostic::error(span, message);
                self.found.push(match wanted.what().filter(|_| may("object")) {
                    Some(what) => problem.label(format!("{what} is a table")),
                    None => problem.help(format!("write {}", to_write(wanted, key))),
                });
                false
            }
        }
    }

    fn text(&mut self, text: &str, span: Range<usize>, wanted: ExpectedForm<'_>) -> bool {
        let words = wanted.words();
        if !words.is_empty() {
            if !words.contains(&text) {
                let problem = Diagnostic::error(span, format!("unknown value `{text}`"));
                self.found.push(meant(problem, text, "value", words.iter().copied()));
            }
            return words.contains(&text);
        }
        let Some(form) = Form::of(&wanted) else { return true };
        match form.judge(text, wanted.what()) {
            Ok(()) => true,
            Err(slip) => {
                self.slip(slip, span, Some(form), true);
                false
            }
        }
    }

    fn slip(&mut self, slip: Slip, span: Range<usize>, form: Option<Form>, quoted: bool) {
        let problem = Diagnostic::error(span, slip.message).label(slip.label);
        self.found.push(match (slip.instead, form) {
            (Some(right), _) => problem.help(format!("did you mean `{right}`?")).replace_with(if quoted {
                format!("\"{right}\"")
            } else {
                right
            }),
            // For names, the label has this already.
            (None, Some(form)) if !matches!(form, Form::Name(_)) => {
                problem.help(format!("write {}", form.example()))
            }
            (None, _) => problem,
        });
    }

    fn integer(
        &mut self,
        number: &DeInteger<'_>,
        span: Range<usize>,
        wanted: ExpectedForm<'_>,
        key: &str,
    ) -> bool {
        let (least, most) = wanted.range();
        let known = i128::from_str_radix(number.as_str(), number.radix()).ok();
        if known.is_some_and(|number| (least..=most).contains(&number)) {
            return true;
        }
        let message = format!("`{number}` is out of range for `{key}`");
        self.found.push(Diagnostic::error(span, message).help(format!("write {}", to_write(wanted, key))));
        false
    }
}

/// The value, if the schema allows exactly one number.
fn only(wanted: ExpectedForm<'_>) -> Option<i128> {
    let (least, most) = wanted.range();
    (wanted.kinds() == ["integer"] && least == most).then_some(least)
}

/// Describes the expected value.
fn expected(wanted: ExpectedForm<'_>) -> String {
    if let Some(form) = Form::of(&wanted) {
        return form.kind().to_owned();
    }
    let words: Vec<&str> = wanted
        .kinds()
        .into_iter()
        .map(|kind| match kind {
            "string" => "text",
            "integer" => "a whole number",
            "number" => "a number",
            "boolean" => "`true` or `false`",
            "array" => "a list",
            _ => "a table",
        })
        .collect();
    words.join(" or ")
}

/// What to write, to follow the word "write".
fn to_write(wanted: ExpectedForm<'_>, key: &str) -> String {
    let such = |what: &str| match wanted.example() {
        Some(example) => format!("{what}, such as `{example}`"),
        None => what.to_owned(),
    };
    let words = wanted.words();
    if !words.is_empty() {
        let words: Vec<String> = words.iter().map(|word| format!("`\"{word}\"`")).collect();
        return format!("one of {}", words.join(", "));
    }
    match Form::of(&wanted) {
        Some(form @ Form::Name(_)) => return such(form.example()),
        Some(form) => return form.example().to_owned(),
        None => {}
    }
    match *wanted.kinds().as_slice() {
        ["string"] => such("text in quotes"),
        ["integer"] => match wanted.range() {
            (least, most) if least == most => format!("`{key} = {least}`"),
            (least, most) if most == i128::from(i64::MAX) && least == 0 => {
                "a whole number, without quotes".to_owned()
            }
            (least, most) => format!("a whole number from {least} to {most}, without quotes"),
        },
        ["number"] => such("a number without quotes"),
        ["boolean"] => "`true` or `false`, without quotes".to_owned(),
        ["array"] if wanted.item().is_some_and(|item| item.kinds() == ["object"]) => {
            format!("a table for each, such as `[[{key}]]`")
        }
        ["array"] => such("a list in brackets"),
        ["object"] => match wanted.named().and_then(|named| named.what()) {
            Some(what) => format!("a table for each, such as `[{key}.NAME]` for {what}"),
            None => such("a table"),
        },
        _ => such(&expected(wanted)),
    }
}

/// A sentence with its first letter in lowercase, to follow a colon.
fn lowercase(sentence: &str) -> String {
    let mut rest = sentence.chars();
    rest.next().map_or_else(String::new, |first| first.to_lowercase().chain(rest).collect())
}

/// Describes the kind of a value.
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
