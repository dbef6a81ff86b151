//! Named tables in the order of the file.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Range;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use toml::Spanned;

use crate::diagnostic::At;

/// Named tables, in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named<N, T> {
    /// The tables with a valid name.
    pub entries: Vec<Entry<N, T>>,
    /// The invalid names, kept so that references to them are not reported again.
    pub broken: Vec<String>,
}

/// A table with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<N, T> {
    /// The name.
    pub name: N,
    /// The position of the name.
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

    /// Whether a name exists but is invalid.
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

impl<'de, N: FromStr, T: Deserialize<'de>> Deserialize<'de> for Named<N, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        named(deserializer, |table| table.value)
    }
}

/// Names with a value each, in the order of the file. Invalid values are `None`.
pub(super) fn values<'de, N, T, D>(deserializer: D) -> Result<Named<N, Option<At<T>>>, D::Error>
where
    N: FromStr,
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    named(deserializer, |value| Some(value.value.map(|sound| At { value: sound, span: value.span })))
}

/// The entries of a table in the order of the file.
pub(super) type Entries<T> = Vec<(At<String>, T)>;

/// Keys with a value each, in the order of the file. Invalid values are `None`.
pub(super) fn entries<'de, T, D>(deserializer: D) -> Result<Entries<Option<At<T>>>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    let value = |value: At<Sound<T>>| value.value.0.map(|sound| At { value: sound, span: value.span });
    Ok(in_order(deserializer)?.into_iter().map(|(name, sound)| (name, value(sound))).collect())
}

/// The entries of a table in the order of the file.
pub(super) fn in_order<'de, T, D>(deserializer: D) -> Result<Entries<At<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    let entries = BTreeMap::<Spanned<String>, Spanned<T>>::deserialize(deserializer)?;
    let mut entries: Entries<At<T>> =
        entries.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
    entries.sort_by_key(|(name, _)| name.span.start);
    Ok(entries)
}

fn named<'de, N, V, T, D>(
    deserializer: D,
    table: impl Fn(At<Option<V>>) -> Option<T>,
) -> Result<Named<N, T>, D::Error>
where
    N: FromStr,
    V: Deserialize<'de>,
    D: Deserializer<'de>,
{
    let mut all = Named::default();
    for (At { value: name, span }, At { value: Sound(sound), span: place }) in in_order(deserializer)? {
        match (name.parse(), table(At { value: sound, span: place })) {
            (Ok(name), Some(table)) => all.entries.push(Entry { name, span, table }),
            _ => all.broken.push(name),
        }
    }
    Ok(all)
}

/// A value; `None` where the front end has replaced an invalid one by an empty list.
struct Sound<T>(Option<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Sound<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SoundVisitor(PhantomData))
    }
}

struct SoundVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for SoundVisitor<T> {
    type Value = Sound<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text or a table")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Sound<T>, E> {
        T::deserialize(text.into_deserializer()).map(|value| Sound(Some(value)))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Sound<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(|value| Sound(Some(value)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<Sound<T>, A::Error> {
        Ok(Sound(None))
    }
}
