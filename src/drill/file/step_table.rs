//! A step in a drill file.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::LazyLock;

use schemars::{JsonSchema, Schema};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, Unexpected, Visitor};
use toml::Spanned;

use super::action::ActionWord;
use super::fault_schema;
use crate::fault::{BadValue, KEYS, Key, Said};
use crate::model::drill::Signal;
use crate::model::fault::Value;
use crate::model::{AddressName, Millis, NodeName, StackName, StepName};
use crate::stack::{Raw, Written};

/// A step. It has one of `at`, `after` and `when`, and the keys that its action takes (`lab fault list`). In
/// a drill that takes the lab as it finds it, a step without any of them follows the step before it.
#[derive(Debug, JsonSchema)]
#[schemars(title = "a step", deny_unknown_fields, rename_all = "kebab-case", transform = add_fault_keys)]
pub struct StepTable {
    /// The time of the step after the baseline.
    #[schemars(with = "Option<Millis>")]
    pub at: Option<Spanned<Millis>>,
    /// The step that it follows.
    #[schemars(with = "Option<StepName>")]
    pub after: Option<Spanned<StepName>>,
    /// The event that it waits for, after the step before it.
    #[schemars(with = "Option<Signal>")]
    pub when: Option<Spanned<Signal>>,
    /// The delay after that (`after`, `when`): none when not given.
    #[schemars(with = "Option<Millis>")]
    pub delay: Option<Spanned<Millis>>,
    /// The longest wait (`when`). If the event does not happen in time, the drill is inconclusive.
    #[schemars(with = "Option<Millis>")]
    pub within: Option<Spanned<Millis>>,
    /// The largest random delay in addition: none when not given.
    #[schemars(default)]
    pub jitter: Millis,
    /// The action: a fault, `heal`, `power-on`, `run`, or `set`.
    #[schemars(with = "ActionWord")]
    pub action: Spanned<ActionWord>,
    /// The node that it is done to, or the client that does it.
    #[schemars(with = "TargetTable")]
    pub target: Spanned<TargetTable>,
    /// The duration of a fault: until a step heals it, or to the end of the drill, when not given.
    #[schemars(with = "Option<Millis>")]
    pub hold: Option<Spanned<Millis>>,
    /// The file in `steps/` of the lab that `run` runs: `"rows.sh"`.
    #[schemars(with = "Option<String>")]
    pub run: Option<Spanned<String>>,
    /// The stack that `set` configures, by the lab's name of it.
    #[schemars(with = "Option<StackName>")]
    pub stack: Option<Spanned<StackName>>,
    /// The parameters of the stack that `set` changes: `{ deadtime = "400ms" }`.
    #[schemars(with = "Option<BTreeMap<String, Raw>>")]
    pub with: Option<Spanned<Written>>,
    /// The parameters of the fault, by key.
    #[schemars(skip)]
    pub said: BTreeMap<&'static str, Spanned<Value>>,
}

/// The keys of a step other than those of its fault.
const OWN_KEYS: [&str; 12] =
    ["at", "after", "when", "delay", "within", "jitter", "action", "target", "hold", "run", "stack", "with"];

/// All keys that a step can have.
static ALL_KEYS: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| OWN_KEYS.into_iter().chain(KEYS.into_iter().map(|key| key.name)).collect());

impl StepTable {
    /// The parameters of the fault.
    pub fn said(&self) -> Said {
        let mut said = Said::default();
        for key in KEYS {
            if let Some(value) = self.said.get(key.name) {
                said.set(key, value.get_ref().clone());
            }
        }
        said
    }

    /// The place of a key; that of the action if the key is not given.
    pub fn place(&self, key: &Key) -> Range<usize> {
        self.said.get(key.name).map_or_else(|| self.action.span(), Spanned::span)
    }
}

impl<'de> Deserialize<'de> for StepTable {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(StepVisitor)
    }
}

struct StepVisitor;

impl<'de> Visitor<'de> for StepVisitor {
    type Value = StepTable;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<StepTable, A::Error> {
        let (mut at, mut after, mut when, mut delay, mut within) = (None, None, None, None, None);
        let (mut jitter, mut action, mut target, mut hold, mut run) = (None, None, None, None, None);
        let (mut stack, mut with) = (None, None);
        let mut said = BTreeMap::new();
        while let Some(name) = map.next_key_seed(StepKey)? {
            match name {
                "at" => at = Some(map.next_value()?),
                "after" => after = Some(map.next_value()?),
                "when" => when = Some(map.next_value()?),
                "delay" => delay = Some(map.next_value()?),
                "within" => within = Some(map.next_value()?),
                "jitter" => jitter = Some(map.next_value()?),
                "action" => action = Some(map.next_value()?),
                "target" => target = Some(map.next_value()?),
                "hold" => hold = Some(map.next_value()?),
                "run" => run = Some(map.next_value()?),
                "stack" => stack = Some(map.next_value()?),
                "with" => with = Some(map.next_value()?),
                name => {
                    let key = Key::find(name).ok_or_else(|| A::Error::unknown_field(name, &ALL_KEYS))?;
                    said.insert(key.name, map.next_value_seed(KeyValue(key))?);
                }
            }
        }
        Ok(StepTable {
            at,
            after,
            when,
            delay,
            within,
            jitter: jitter.unwrap_or_default(),
            action: action.ok_or_else(|| A::Error::missing_field("action"))?,
            target: target.ok_or_else(|| A::Error::missing_field("target"))?,
            hold,
            run,
            stack,
            with,
            said,
        })
    }
}

/// The name of a key of a step. Errors in it are reported here, where its place is known.
struct StepKey;

impl<'de> DeserializeSeed<'de> for StepKey {
    type Value = &'static str;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<&'static str, D::Error> {
        let name = String::deserialize(deserializer)?;
        let known = ALL_KEYS.iter().find(|known| **known == name).copied();
        known.ok_or_else(|| D::Error::unknown_field(&name, &ALL_KEYS))
    }
}

/// The value of a key of a fault.
struct KeyValue(&'static Key);

impl<'de> DeserializeSeed<'de> for KeyValue {
    type Value = Spanned<Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Spanned<Value>, D::Error> {
        let found = Spanned::<Value>::deserialize(deserializer)?;
        let (place, value) = (found.span(), found.into_inner());
        let wrong = |bad| match bad {
            BadValue::Kind(expected) => D::Error::invalid_type(unexpected(&value), &expected),
            // In the words of serde, which readers of TOML know.
            BadValue::Choice(words) => {
                let known = words.join("`, `");
                D::Error::custom(format!("unknown variant `{value}`, expected one of `{known}`"))
            }
            BadValue::Text(message) => D::Error::custom(message),
        };
        Ok(Spanned::new(place, self.0.read(value.clone()).map_err(wrong)?))
    }
}

fn unexpected(value: &Value) -> Unexpected<'_> {
    match value {
        Value::Flag(flag) => Unexpected::Bool(*flag),
        Value::Number(number) => Unexpected::Unsigned(*number),
        Value::Text(text) => Unexpected::Str(text),
    }
}

/// Adds the keys of faults to the schema of a step.
fn add_fault_keys(schema: &mut Schema) {
    let properties = schema.ensure_object().entry("properties").or_insert_with(|| serde_json::json!({}));
    if let Some(properties) = properties.as_object_mut() {
        properties.extend(KEYS.into_iter().map(|key| (key.name.to_owned(), fault_schema::of(key))));
    }
}

/// Nodes by their role, or a client. One of the keys is given.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "a target")]
pub struct TargetTable {
    /// The node that holds this virtual address at that time.
    #[schemars(with = "Option<AddressName>")]
    pub holder: Option<Spanned<AddressName>>,
    /// The preferred node of this virtual address.
    #[schemars(with = "Option<AddressName>")]
    pub preferred: Option<Spanned<AddressName>>,
    /// The first standby node for this virtual address at that time.
    #[schemars(with = "Option<AddressName>")]
    pub standby: Option<Spanned<AddressName>>,
    /// A random node among those that can hold this virtual address.
    #[schemars(with = "Option<AddressName>")]
    pub random: Option<Spanned<AddressName>>,
    /// The nodes that were hit by this other step.
    #[schemars(with = "Option<StepName>")]
    pub step: Option<Spanned<StepName>>,
    /// All nodes that were not hit by this other step.
    #[schemars(with = "Option<StepName>")]
    pub others: Option<Spanned<StepName>>,
    /// This node.
    #[schemars(with = "Option<NodeName>")]
    pub node: Option<Spanned<NodeName>>,
    /// `true`: no node. The script of `run` runs on this machine, in the network of the lab's clients.
    #[schemars(with = "Option<bool>")]
    pub client: Option<Spanned<bool>>,
}
