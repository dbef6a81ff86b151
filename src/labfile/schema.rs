//! The JSON Schema of a lab file, for completion and checks in editors (`lab schema`).

use schemars::generate::SchemaSettings;
use schemars::transform::{RecursiveTransform, Transform};
use serde_json::Value;

use super::file::LabFile;

/// The JSON Schema of a lab file, made from the types that it is read into.
pub fn schema() -> Value {
    let mut schema = SchemaSettings::draft07().into_generator().into_root_schema_for::<LabFile>();
    RecursiveTransform(without_null).transform(&mut schema);
    schema.to_value()
}

/// TOML has no null: a key that may be absent is simply not required.
fn without_null(schema: &mut schemars::Schema) {
    let Some(object) = schema.as_object_mut() else { return };
    if let Some(Value::Array(types)) = object.get_mut("type") {
        types.retain(|kind| kind != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            object.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(any)) = object.get_mut("anyOf") {
        any.retain(|one| one.get("type").is_none_or(|kind| kind != "null"));
        if let [Value::Object(only)] = any.as_slice() {
            let only = only.clone();
            object.remove("anyOf");
            // Draft 7 ignores whatever stands beside a reference, so it goes into a list of one.
            if only.contains_key("$ref") && object.contains_key("description") {
                object.insert("allOf".to_owned(), Value::Array(vec![Value::Object(only)]));
            } else {
                for (key, value) in only {
                    object.entry(key).or_insert(value);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labfile::read::keys;

    /// The definition of a type in the schema.
    fn definition<'a>(schema: &'a Value, name: &str) -> &'a Value {
        schema.pointer(&format!("/definitions/{name}")).unwrap_or_else(|| panic!("no {name} in {schema:#}"))
    }

    /// The schema says exactly these keys, each with its doc, and no others.
    fn assert_keys(table: &Value, expected: &[&str]) {
        let properties = table.get("properties").and_then(Value::as_object).unwrap();
        let mut found: Vec<&str> = properties.keys().map(String::as_str).collect();
        let mut expected = expected.to_vec();
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected);
        assert_eq!(table.get("additionalProperties"), Some(&Value::Bool(false)));
        for (key, property) in properties {
            assert!(property.get("description").is_some(), "`{key}` has no description: {property:#}");
        }
    }

    #[test]
    fn the_schema_and_the_reader_know_the_same_keys() {
        let schema = schema();
        assert_keys(&schema, keys::LAB);
        assert_keys(definition(&schema, "Defaults"), keys::DEFAULTS);
        assert_keys(definition(&schema, "NetworkTable"), keys::NETWORK);
        assert_keys(definition(&schema, "NodeTable"), keys::NODE);
        assert_keys(definition(&schema, "AddressTable"), keys::ADDRESS);
        assert_keys(definition(&schema, "StackTable"), keys::STACK);
        assert_eq!(schema.get("required"), Some(&serde_json::json!(["schema", "name", "node"])));
        let required = definition(&schema, "StackTable").get("required");
        assert_eq!(required, Some(&serde_json::json!(["use", "on"])));
    }

    #[test]
    fn nothing_may_be_null() {
        let text = schema().to_string();
        assert!(!text.contains("null"), "{text}");
    }

    #[test]
    fn the_whole_schema() {
        insta::assert_snapshot!(format!("{:#}", schema()));
    }
}
