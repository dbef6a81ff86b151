//! The part of the JSON Schema of a load that depends on the kinds.

use schemars::Schema;
use serde_json::{Map, Value, json};

use crate::model::Millis;
use crate::probe::keys::{Key, Values};
use crate::probe::{KINDS, Patience, Probe, Row};

/// Adds the keys of all kinds to the schema of a load, and lists the kinds of each common key.
pub fn complete(schema: &mut Schema) {
    let properties = schema.ensure_object().entry("properties").or_insert_with(|| json!({}));
    let Some(properties) = properties.as_object_mut() else { return };
    let connects = |row: &&Row| row.patience.keys().contains(&"connect-timeout");
    add(properties, "node", words(|row| row.node));
    add(properties, "port", defaults(|row| row.port.map(|port| port.to_string())));
    add(properties, "rate", words(|row| row.rate.is_none()));
    add(properties, "connect-timeout", words(|row| connects(&row)));
    add(
        properties,
        "timeout",
        defaults(|row| match row.patience {
            Patience::Packet(usual) => Some(format!("\"{usual}\"")),
            Patience::Request | Patience::Connection => None,
        }),
    );
    for (word, key) in
        KINDS.into_iter().flat_map(|kind| kind.row().keys.iter().map(|key| (kind.row().word, key)))
    {
        let known = properties.entry(key.name).or_insert_with(|| of(key));
        describe(known, &format!("`{word}`: {}", key.about));
    }
}

fn rows() -> impl Iterator<Item = &'static Row> {
    KINDS.into_iter().map(Probe::row)
}

/// `` `http`, `tcp` ``
fn words(has: impl Fn(&Row) -> bool) -> String {
    let words: Vec<String> = rows().filter(|row| has(row)).map(|row| format!("`{}`", row.word)).collect();
    format!("Of {}.", words.join(", "))
}

/// `` When not given 80 of `http`, 7 of `udp`. ``
fn defaults(of: impl Fn(&Row) -> Option<String>) -> String {
    let all: Vec<String> = rows().filter_map(|row| Some(format!("{} of `{}`", of(row)?, row.word))).collect();
    format!("When not given {}.", all.join(", "))
}

fn add(properties: &mut Map<String, Value>, key: &str, text: String) {
    if let Some(property) = properties.get_mut(key) {
        describe(property, &text);
    }
}

/// Appends a sentence to the present description.
fn describe(property: &mut Value, text: &str) {
    let before = property.get("description").and_then(Value::as_str).map(|before| format!("{before} "));
    if let Some(object) = property.as_object_mut() {
        object.insert("description".to_owned(), json!(before.unwrap_or_default() + text));
    }
}

/// The schema of a key's values.
fn of(key: &Key) -> Value {
    match key.values {
        Values::Text => json!({ "type": "string" }),
        Values::Number(least, most) => json!({ "type": "integer", "minimum": least, "maximum": most }),
        Values::Time => super::fault_schema::whole::<Millis>(),
        Values::Choice(choices) => {
            let one = |(word, about): &(&str, &str)| json!({ "const": word, "description": about });
            json!({ "oneOf": choices.iter().map(one).collect::<Vec<_>>() })
        }
    }
}
