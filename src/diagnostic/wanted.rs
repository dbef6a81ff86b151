//! The expected shape of a value: a part of the JSON Schema generated from the type of the file.
//!
//! Editors complete and check with the same schema, so an editor and `lab` accept the same files.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use schemars::transform::{RecursiveTransform, Transform};
use serde_json::Value as Json;

/// The JSON Schema of a file, generated from its type.
pub fn schema_of<T: JsonSchema>() -> Json {
    let mut schema = SchemaSettings::draft07().into_generator().into_root_schema_for::<T>();
    RecursiveTransform(without_null).transform(&mut schema);
    schema.to_value()
}

/// Removes null from the schema: TOML has none, and an optional key is simply not required.
fn without_null(schema: &mut schemars::Schema) {
    let Some(object) = schema.as_object_mut() else { return };
    if let Some(Json::Array(types)) = object.get_mut("type") {
        types.retain(|kind| kind != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            object.insert("type".to_owned(), only);
        }
    }
    if let Some(Json::Array(any)) = object.get_mut("anyOf") {
        any.retain(|one| one.get("type").is_none_or(|kind| kind != "null"));
        if let [Json::Object(only)] = any.as_slice() {
            let only = only.clone();
            object.remove("anyOf");
            // Draft 7 ignores siblings of a reference, so the reference goes into a list of one.
            if only.contains_key("$ref") && object.contains_key("description") {
                object.insert("allOf".to_owned(), Json::Array(vec![Json::Object(only)]));
            } else {
                for (key, value) in only {
                    object.entry(key).or_insert(value);
                }
            }
        }
    }
}

/// A part of a schema: the expected shape of one value.
#[derive(Debug, Clone, Copy)]
pub(super) struct ExpectedForm<'s> {
    definitions: Option<&'s Json>,
    /// The schema of this value itself.
    own: &'s Json,
    /// The schema of its type.
    kind: &'s Json,
}

impl<'s> ExpectedForm<'s> {
    /// The expected shape of a whole file.
    pub(super) fn file(schema: &'s Json) -> Self {
        Self { definitions: schema.get("definitions"), own: schema, kind: schema }
    }

    fn part(&self, own: &'s Json) -> Self {
        let reference = own.get("$ref").or_else(|| own.pointer("/allOf/0/$ref")).and_then(Json::as_str);
        let kind = reference
            .and_then(|reference| self.definitions?.get(reference.strip_prefix("#/definitions/")?))
            .unwrap_or(own);
        Self { definitions: self.definitions, own, kind }
    }

    pub(super) fn get(&self, key: &str) -> Option<&'s Json> {
        self.own.get(key).or_else(|| self.kind.get(key))
    }

    pub(super) fn text(&self, key: &str) -> Option<&'s str> {
        self.get(key).and_then(Json::as_str)
    }

    /// The kinds of values, as JSON Schema names them; empty when any is allowed.
    pub(super) fn kinds(&self) -> Vec<&'s str> {
        match self.get("type") {
            Some(Json::String(kind)) => vec![kind],
            Some(Json::Array(kinds)) => kinds.iter().filter_map(Json::as_str).collect(),
            _ if !self.words().is_empty() => vec!["string"],
            _ => Vec::new(),
        }
    }

    /// The keys that a table can have.
    pub(super) fn keys(&self) -> impl Iterator<Item = &'s str> + Clone {
        self.get("properties")
            .and_then(Json::as_object)
            .into_iter()
            .flat_map(|all| all.keys())
            .map(String::as_str)
    }

    /// The keys that a table must have.
    pub(super) fn required(&self) -> impl Iterator<Item = &'s str> {
        self.get("required").and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str)
    }

    /// The expected value of a key.
    pub(super) fn property(&self, key: &str) -> Option<Self> {
        self.get("properties")?.get(key).map(|part| self.part(part))
    }

    /// The pattern of the names that the file chooses in a table.
    pub(super) fn name_pattern(&self) -> Option<&'s str> {
        self.get("patternProperties").and_then(Json::as_object)?.keys().next().map(String::as_str)
    }

    /// The expected values of those names.
    pub(super) fn named(&self) -> Option<Self> {
        let by_pattern =
            self.get("patternProperties").and_then(Json::as_object).and_then(|all| all.values().next());
        let any = self.get("additionalProperties").filter(|any| **any != Json::Bool(false));
        by_pattern.or(any).map(|part| self.part(part))
    }

    /// The allowed names, if the schema lists them.
    pub(super) fn name_words(&self) -> Vec<&'s str> {
        self.get("propertyNames").map(|part| self.part(part).words()).unwrap_or_default()
    }

    /// The expected items of a list.
    pub(super) fn item(&self) -> Option<Self> {
        self.get("items").map(|part| self.part(part))
    }

    /// The allowed texts; empty when any is allowed.
    pub(super) fn words(&self) -> Vec<&'s str> {
        let one = self.get("oneOf").and_then(Json::as_array).into_iter().flatten();
        one.chain([self.own, self.kind])
            .flat_map(|part| {
                part.get("enum").and_then(Json::as_array).into_iter().flatten().chain(part.get("const"))
            })
            .filter_map(Json::as_str)
            .fold(Vec::new(), |mut words, word| {
                if !words.contains(&word) {
                    words.push(word);
                }
                words
            })
    }

    /// The range of a whole number.
    pub(super) fn range(&self) -> (i128, i128) {
        let bound = |key| self.get(key).and_then(Json::as_i64).map(i128::from);
        let (least, most) = match self.text("format") {
            Some("uint8") => (0, i128::from(u8::MAX)),
            Some("uint16") => (0, i128::from(u16::MAX)),
            Some("uint32") => (0, i128::from(u32::MAX)),
            Some("uint" | "uint64") => (0, i128::from(i64::MAX)),
            _ => (i128::from(i64::MIN), i128::from(i64::MAX)),
        };
        (bound("minimum").unwrap_or(least), bound("maximum").unwrap_or(most))
    }

    /// The kind of table, with its article: "a node".
    pub(super) fn what(&self) -> Option<&'s str> {
        self.text("title")
    }

    /// An example of the value, as in a file.
    pub(super) fn example(&self) -> Option<String> {
        let given = self.get("examples").and_then(Json::as_array).and_then(|all| all.first()).map(toml);
        given.or_else(|| self.words().first().map(|word| format!("\"{word}\"")))
    }

    /// The purpose of the value: the first sentence of its documentation.
    pub(super) fn about(&self) -> Option<&'s str> {
        let text = self.text("description")?;
        Some(text.find(". ").map_or(text, |end| &text[..end]).trim_end_matches('.'))
    }
}

/// A value in TOML's inline form.
fn toml(value: &Json) -> String {
    match value {
        Json::Array(items) => format!("[{}]", items.iter().map(toml).collect::<Vec<_>>().join(", ")),
        Json::Object(entries) => {
            let entries = entries.iter().map(|(key, value)| format!("{key} = {}", toml(value)));
            format!("{{ {} }}", entries.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}
