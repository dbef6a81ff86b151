//! The syntax of what a lab itself puts on a node: files, and scripts.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, Visitor};

use crate::diagnostic::At;
use crate::model::word::{LAB_FILE_PATTERN, OWNER_PATTERN};

/// A file beside the lab, or a table that says more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileOr<T> {
    /// Its path in the lab's folder.
    File(String),
    /// The table.
    Table(T),
}

/// A file of a node.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "a file of a node")]
pub struct FileTable {
    /// The file beside the lab with its content: `"site.conf"`.
    #[schemars(with = "Option<String>", regex(pattern = LAB_FILE_PATTERN))]
    pub source: Option<At<String>>,
    /// The content itself, instead.
    pub content: Option<At<String>>,
    /// Permission bits in octal. Default: `"0644"`.
    #[schemars(example = &"0644")]
    pub mode: Option<At<String>>,
    /// Owner and group. Default: `"root:root"`.
    #[schemars(with = "Option<String>", regex(pattern = OWNER_PATTERN))]
    pub owner: Option<At<String>>,
    /// Whether the content is a template with the variables of a stack's templates: `lab`, `node`, `nodes`,
    /// `peers` and `resources`. Default: `false`.
    pub template: Option<At<bool>>,
}

/// A script of a node.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "a script of a node")]
pub struct ScriptTable {
    /// The script beside the lab: `"setup.sh"`. Its first line names the program that reads it.
    #[schemars(required, with = "String", regex(pattern = LAB_FILE_PATTERN))]
    pub script: Option<At<String>>,
    /// Whether it runs while the image is built, where it reaches neither a node nor the Internet. Default:
    /// `false`.
    pub bake: Option<At<bool>>,
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for FileOr<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FileOrVisitor(PhantomData))
    }
}

struct FileOrVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for FileOrVisitor<T> {
    type Value = FileOr<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the path of a file or a table")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<FileOr<T>, E> {
        Ok(FileOr::File(text.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<FileOr<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(FileOr::Table)
    }
}

/// The schema of the table, which also accepts the path of a file.
impl<T: JsonSchema> JsonSchema for FileOr<T> {
    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = T::json_schema(generator);
        schema.insert("type".to_owned(), serde_json::json!(["string", "object"]));
        schema.insert("pattern".to_owned(), LAB_FILE_PATTERN.into());
        schema
    }
}
