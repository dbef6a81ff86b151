//! The JSON Schema of a lab file, for completion and checks in editors (`lab schema`).

use serde_json::Value;

use super::file::LabFile;
use crate::diagnostic::schema_of;

/// The JSON Schema of a lab file, generated from its types.
pub fn schema() -> Value {
    schema_of::<LabFile>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_documented_and_what_is_missing_is_named() {
        let schema = schema();
        let definitions = schema.get("definitions").and_then(Value::as_object).unwrap();
        for (name, table) in definitions.iter().chain([(&"the lab".to_owned(), &schema)]) {
            let Some(properties) = table.get("properties").and_then(Value::as_object) else { continue };
            assert_eq!(table.get("additionalProperties"), Some(&Value::Bool(false)), "{name}");
            for (key, property) in properties {
                assert!(property.get("description").is_some(), "`{key}` of {name} has no description");
            }
        }
        assert_eq!(schema.get("required"), Some(&serde_json::json!(["schema", "name", "node"])));
        let required = schema.pointer("/definitions/StackTable/required");
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
