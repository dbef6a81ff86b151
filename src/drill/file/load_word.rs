//! The kind of a load, as one word.

use std::borrow::Cow;
use std::fmt;
use std::sync::LazyLock;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error};

use crate::probe::{KINDS, Probe, find};

/// The kind of a load.
#[derive(Clone, Copy)]
pub struct LoadWord(pub &'static dyn Probe);

/// All words.
static WORDS: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| KINDS.into_iter().map(|kind| kind.row().word).collect());

impl fmt::Debug for LoadWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.row().word)
    }
}

impl<'de> Deserialize<'de> for LoadWord {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        find(&text).map(Self).ok_or_else(|| D::Error::unknown_variant(&text, &WORDS))
    }
}

impl JsonSchema for LoadWord {
    fn schema_name() -> Cow<'static, str> {
        "LoadWord".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let rows = KINDS.into_iter().map(Probe::row);
        let one =
            |row: &crate::probe::Row| serde_json::json!({ "const": row.word, "description": row.about });
        json_schema!({ "oneOf": rows.map(one).collect::<Vec<_>>() })
    }
}
