//! Values with their places, and tables with names in the order of the file.

use std::borrow::Cow;
use std::ops::Range;

use schemars::{JsonSchema, Schema, SchemaGenerator};

/// A value and the bytes of the file that it stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct At<T> {
    /// The value.
    pub value: T,
    /// Its place, with its quotes.
    pub span: Range<usize>,
}

impl<T: JsonSchema> JsonSchema for At<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

/// Tables with names, in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named<N, T> {
    /// The tables whose name is right.
    pub entries: Vec<Entry<N, T>>,
    /// The other names: reported once, so that what refers to them is not reported again.
    pub broken: Vec<String>,
}

/// A table with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<N, T> {
    /// The name.
    pub name: N,
    /// Where the name stands.
    pub span: Range<usize>,
    /// The table.
    pub table: T,
}

impl<N, T> Default for Named<N, T> {
    fn default() -> Self {
        Self { entries: Vec::new(), broken: Vec::new() }
    }
}

impl<N: AsRef<str>, T> Named<N, T> {
    /// The table of this name.
    pub fn get(&self, name: &str) -> Option<&Entry<N, T>> {
        self.entries.iter().find(|entry| entry.name.as_ref() == name)
    }

    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.entries.iter().map(|entry| entry.name.as_ref())
    }

    /// Whether a name is there but wrong.
    pub fn is_broken(&self, name: &str) -> bool {
        self.broken.iter().any(|broken| broken == name)
    }
}

impl<N: JsonSchema, T: JsonSchema> JsonSchema for Named<N, T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        Cow::Owned(format!("{}ByName", T::schema_name()))
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        std::collections::BTreeMap::<N, T>::json_schema(generator)
    }
}
