//! The action of a step, as one word.

use std::borrow::Cow;
use std::sync::LazyLock;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error};

use crate::fault::{self, Row};

/// The action of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActionWord {
    /// A fault of the catalogue.
    Fault(&'static Row),
    /// Reverts the effect of another step.
    Heal,
    /// Switches the node on.
    PowerOn,
    /// Runs a script of the lab in the node, or as a client.
    Run,
    /// Configures a stack on the node with other parameters.
    Set,
}

/// The actions that are not faults, with their words and descriptions.
const OTHERS: [(&str, ActionWord, &str); 4] = [
    ("heal", ActionWord::Heal, "What another step did to the node is taken back."),
    ("power-on", ActionWord::PowerOn, "The node is switched on."),
    (
        "run",
        ActionWord::Run,
        "A script of the lab runs in the node, as root; or as a client, without rights.",
    ),
    ("set", ActionWord::Set, "A stack is configured on the node with other parameters."),
];

/// All words, those of the catalogue first.
static WORDS: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| fault::words().into_iter().chain(OTHERS.map(|(word, _, _)| word)).collect());

impl ActionWord {
    fn parse(text: &str) -> Option<Self> {
        let other = OTHERS.into_iter().find(|(word, _, _)| *word == text).map(|(_, action, _)| action);
        other.or_else(|| Row::find(text).map(Self::Fault))
    }
}

impl<'de> Deserialize<'de> for ActionWord {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::unknown_variant(&text, &WORDS))
    }
}

impl JsonSchema for ActionWord {
    fn schema_name() -> Cow<'static, str> {
        "Action".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let faults = fault::all().map(|row| (row.word, row.about));
        let all = faults.chain(OTHERS.map(|(word, _, about)| (word, about)));
        let one = |(word, about)| serde_json::json!({ "const": word, "description": about });
        json_schema!({ "oneOf": all.map(one).collect::<Vec<_>>() })
    }
}
