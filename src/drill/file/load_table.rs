//! A load in a drill file.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, Unexpected, Visitor};
use toml::Spanned;

use super::load_schema;
use super::load_word::LoadWord;
use crate::model::fault::Value;
use crate::model::{AddressName, Millis, NodeName};
use crate::probe::KINDS;
use crate::probe::keys::{Key, Values};

/// A load. It has the keys that its kind takes.
#[derive(Debug, JsonSchema)]
#[schemars(title = "a load", deny_unknown_fields, rename_all = "kebab-case", transform = load_schema::complete)]
pub struct LoadTable {
    /// The kind of its requests.
    pub kind: LoadWord,
    /// The virtual address that is queried.
    #[schemars(with = "AddressName")]
    pub address: Spanned<AddressName>,
    /// The node that is queried instead, at its own address in the same network. Writes are still read back
    /// through the virtual address.
    #[schemars(with = "Option<NodeName>")]
    pub node: Option<Spanned<NodeName>>,
    /// The port.
    #[schemars(with = "Option<u16>", range(min = 1))]
    pub port: Option<Spanned<u16>>,
    /// Requests or packets per second, 1 to 1000.
    #[schemars(with = "Option<u32>", range(min = 1, max = 1000))]
    pub rate: Option<Spanned<u32>>,
    /// How long a connection may take to open: `"400ms"` when not given, at most `"500ms"`, because the
    /// kernel retransmits a lost SYN after a second.
    #[schemars(with = "Option<Millis>")]
    pub connect_timeout: Option<Spanned<Millis>>,
    /// The time-out of a whole request: `"2s"` when not given. For a packet or datagram, the time after which
    /// it counts as lost, at most `"2s"`.
    #[schemars(with = "Option<Millis>")]
    pub timeout: Option<Spanned<Millis>>,
    /// The values of the keys of the kinds.
    #[schemars(skip)]
    pub said: BTreeMap<&'static str, Spanned<Value>>,
}

/// The keys of a load that do not depend on its kind.
const COMMON_KEYS: [&str; 7] = ["kind", "address", "node", "port", "rate", "connect-timeout", "timeout"];

/// All keys that a load can have.
static ALL_KEYS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let mut keys = COMMON_KEYS.to_vec();
    keys.extend(kind_keys().map(|key| key.name).filter(|name| !COMMON_KEYS.contains(name)));
    keys
});

/// The keys of all kinds, in their order. A key of several kinds is repeated.
fn kind_keys() -> impl Iterator<Item = &'static Key> {
    KINDS.into_iter().flat_map(|kind| kind.row().keys)
}

impl LoadTable {
    /// The values of the keys of the kinds, without their places.
    pub fn values(&self) -> BTreeMap<&'static str, Value> {
        self.said.iter().map(|(key, value)| (*key, value.get_ref().clone())).collect()
    }

    /// The given keys that depend on the kind, and their places.
    pub fn given(&self) -> Vec<(&'static str, Range<usize>)> {
        fn place<T>(name: &'static str, key: &Option<Spanned<T>>) -> Option<(&'static str, Range<usize>)> {
            Some((name, key.as_ref()?.span()))
        }
        let common = [
            place("rate", &self.rate),
            place("node", &self.node),
            place("port", &self.port),
            place("connect-timeout", &self.connect_timeout),
            place("timeout", &self.timeout),
        ];
        let own = self.said.iter().map(|(name, value)| (*name, value.span()));
        common.into_iter().flatten().chain(own).collect()
    }
}

impl<'de> Deserialize<'de> for LoadTable {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(LoadVisitor)
    }
}

struct LoadVisitor;

impl<'de> Visitor<'de> for LoadVisitor {
    type Value = LoadTable;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<LoadTable, A::Error> {
        let (mut kind, mut address, mut node, mut port) = (None, None, None, None);
        let (mut rate, mut connect_timeout, mut timeout) = (None, None, None);
        let mut said = BTreeMap::new();
        while let Some(name) = map.next_key_seed(LoadKey)? {
            match name {
                "kind" => kind = Some(map.next_value()?),
                "address" => address = Some(map.next_value()?),
                "node" => node = Some(map.next_value()?),
                "port" => port = Some(map.next_value()?),
                "rate" => rate = Some(map.next_value()?),
                "connect-timeout" => connect_timeout = Some(map.next_value()?),
                "timeout" => timeout = Some(map.next_value()?),
                name => {
                    let key = kind_keys().find(|key| key.name == name);
                    let key = key.ok_or_else(|| A::Error::unknown_field(name, &ALL_KEYS))?;
                    said.insert(key.name, map.next_value_seed(KeyValue(key.values))?);
                }
            }
        }
        Ok(LoadTable {
            kind: kind.ok_or_else(|| A::Error::missing_field("kind"))?,
            address: address.ok_or_else(|| A::Error::missing_field("address"))?,
            node,
            port,
            rate,
            connect_timeout,
            timeout,
            said,
        })
    }
}

/// The name of a key of a load. Errors in it are reported here, where its place is known.
struct LoadKey;

impl<'de> DeserializeSeed<'de> for LoadKey {
    type Value = &'static str;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<&'static str, D::Error> {
        let name = String::deserialize(deserializer)?;
        let known = ALL_KEYS.iter().find(|known| **known == name).copied();
        known.ok_or_else(|| D::Error::unknown_field(&name, &ALL_KEYS))
    }
}

/// The value of a key of a kind.
struct KeyValue(Values);

impl<'de> DeserializeSeed<'de> for KeyValue {
    type Value = Spanned<Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Spanned<Value>, D::Error> {
        let found = Spanned::<Value>::deserialize(deserializer)?;
        let (place, value) = (found.span(), found.into_inner());
        let wrong = |unexpected| Err(D::Error::invalid_type(unexpected, &self.0.expected()));
        match (self.0, &value) {
            (Values::Text, Value::Text(_)) => {}
            (Values::Time, Value::Text(text)) => drop(text.parse::<Millis>().map_err(D::Error::custom)?),
            (Values::Number(least, most), Value::Number(number)) => {
                if !(u64::from(least)..=u64::from(most)).contains(number) {
                    return Err(D::Error::custom(format!("expected {least} to {most}, found {number}")));
                }
            }
            (Values::Choice(choices), Value::Text(text)) => {
                if !choices.iter().any(|(word, _)| word == text) {
                    let known: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
                    // In the words of serde, which readers of TOML know.
                    let known = known.join("`, `");
                    let message = format!("unknown variant `{text}`, expected one of `{known}`");
                    return Err(D::Error::custom(message));
                }
            }
            (_, Value::Flag(flag)) => return wrong(Unexpected::Bool(*flag)),
            (_, Value::Number(number)) => return wrong(Unexpected::Unsigned(*number)),
            (_, Value::Text(text)) => return wrong(Unexpected::Str(text)),
        }
        Ok(Spanned::new(place, value))
    }
}
