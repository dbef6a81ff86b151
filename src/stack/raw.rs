//! A parameter's value as written in a file or on the command line.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::ParameterKind;
use crate::diagnostic::At;

/// A parameter's value as written, before it is converted to the parameter's kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Raw {
    /// Text in quotes, or any value of `--set`.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// Yes or no.
    Boolean(bool),
    /// A list.
    List(Vec<At<Raw>>),
    /// Any other kind, as TOML names it: `table`, `float`…
    Other(&'static str),
}

impl Raw {
    /// A value of `--set`, which is always text, interpreted by the parameter's kind.
    pub fn from_word(kind: ParameterKind, word: &str) -> Self {
        let text = || Self::Text(word.to_owned());
        match kind {
            ParameterKind::Integer => word.parse().map_or_else(|_| text(), Self::Integer),
            ParameterKind::Boolean => word.parse().map_or_else(|_| text(), Self::Boolean),
            ParameterKind::Duration => word.parse().map_or_else(|_| text(), Self::Integer),
            ParameterKind::Networks | ParameterKind::Nodes => {
                let items = word.split(',').map(str::trim).filter(|item| !item.is_empty());
                Self::List(items.map(|item| At { value: Self::Text(item.to_owned()), span: 0..0 }).collect())
            }
            _ => text(),
        }
    }

    /// A value in a stack's own file: a default, or one of a profile.
    pub fn from_json(value: &serde_json::Value) -> Self {
        match value {
            serde_json::Value::String(text) => Self::Text(text.clone()),
            serde_json::Value::Bool(yes) => Self::Boolean(*yes),
            serde_json::Value::Number(number) => {
                number.as_i64().map_or(Self::Other("a number with a fraction"), Self::Integer)
            }
            serde_json::Value::Array(items) => {
                Self::List(items.iter().map(|item| At { value: Self::from_json(item), span: 0..0 }).collect())
            }
            serde_json::Value::Object(_) => Self::Other("a table"),
            serde_json::Value::Null => Self::Other("nothing"),
        }
    }
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Raw, E> {
        Ok(Raw::Text(text.to_owned()))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Raw, E> {
        Ok(Raw::Integer(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Raw, E> {
        Ok(i64::try_from(number).map_or(Raw::Other("a number that is too large"), Raw::Integer))
    }

    fn visit_i128<E: Error>(self, _: i128) -> Result<Raw, E> {
        Ok(Raw::Other("a number that is too large"))
    }

    fn visit_u128<E: Error>(self, _: u128) -> Result<Raw, E> {
        Ok(Raw::Other("a number that is too large"))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Raw, E> {
        Ok(Raw::Other("a number with a fraction"))
    }

    fn visit_bool<E: Error>(self, yes: bool) -> Result<Raw, E> {
        Ok(Raw::Boolean(yes))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Raw, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element::<At<Raw>>()? {
            list.push(item);
        }
        Ok(Raw::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Raw, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Raw::Other("a table"))
    }
}

impl JsonSchema for Raw {
    fn schema_name() -> Cow<'static, str> {
        Cow::Borrowed("ParameterValue")
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({
            "description": "Text (names, times such as \"800ms\", sizes), a whole number, true or false, or a list of names.",
            "type": ["string", "integer", "boolean", "array"],
            "items": { "type": "string" }
        })
    }
}
