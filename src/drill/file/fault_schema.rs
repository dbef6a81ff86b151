//! The JSON Schema of the parameters of faults, from the catalogue.

use serde_json::{Value, json};

use crate::fault::{Key, Kind};
use crate::model::{Bytes, DiskName, Millis, NetworkName, PathName, ServiceName};

/// The schema of a key's values.
pub fn of(key: &Key) -> Value {
    let mut schema = match key.kind {
        Kind::Time => whole::<Millis>(),
        Kind::Size => whole::<Bytes>(),
        Kind::Network => whole::<NetworkName>(),
        Kind::Service => whole::<ServiceName>(),
        Kind::Path => whole::<PathName>(),
        Kind::Disk => whole::<DiskName>(),
        Kind::Number | Kind::Percent => match key.range.most {
            Some(most) => json!({ "type": "integer", "minimum": key.range.least, "maximum": most }),
            None => json!({ "type": "integer", "minimum": key.range.least }),
        },
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::Choice(choices) => {
            let one = |(word, about): &(&str, &str)| json!({ "const": word, "description": about });
            json!({ "oneOf": choices.iter().map(one).collect::<Vec<_>>() })
        }
        Kind::Folder => json!({ "type": "string" }),
    };
    if let Some(object) = schema.as_object_mut() {
        object.insert("description".to_owned(), json!(format!("{}.", key.help())));
    }
    schema
}

/// The schema of a type, without the parts of a whole file.
pub fn whole<T: schemars::JsonSchema>() -> Value {
    let settings = schemars::generate::SchemaSettings::draft07();
    let mut schema = settings.into_generator().into_root_schema_for::<T>().to_value();
    if let Some(object) = schema.as_object_mut() {
        object.remove("$schema");
        object.remove("title");
        object.remove("description");
    }
    schema
}
