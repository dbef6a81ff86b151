//! What a step does, as one word.

use std::borrow::Cow;

use clap::ValueEnum;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error};

use crate::fault::Word;

/// The word of a step's action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActionWord {
    /// A fault of the catalogue.
    Fault(Word),
    /// What another step did is taken back.
    Heal,
    /// The node is switched on.
    PowerOn,
}

/// All words, the catalogue first.
const WORDS: [&str; 27] = [
    "power-cut",
    "power-cycle",
    "graceful-stop",
    "kernel-panic",
    "pause",
    "cpu-starvation",
    "clock-jump",
    "service-kill",
    "service-hang",
    "service-stop",
    "cluster-kill",
    "cluster-hang",
    "link-down",
    "silent-cut",
    "partition",
    "one-way",
    "path-cut",
    "loss",
    "rate",
    "delay",
    "reorder",
    "disk-error",
    "slow-disk",
    "full-disk",
    "split-brain",
    "heal",
    "power-on",
];

impl ActionWord {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "heal" => Some(Self::Heal),
            "power-on" => Some(Self::PowerOn),
            word => Word::from_str(word, false).ok().map(Self::Fault),
        }
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
        let about = |word: &str| match Self::parse(word) {
            Some(Self::Fault(word)) => word.about(),
            Some(Self::PowerOn) => "The node is switched on.".to_owned(),
            Some(Self::Heal) | None => "What another step did to the node is taken back.".to_owned(),
        };
        let one = |word: &&str| serde_json::json!({ "const": word, "description": about(word) });
        json_schema!({ "oneOf": WORDS.iter().map(one).collect::<Vec<_>>() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_the_catalogue_and_two_more() {
        let catalogue = Word::value_variants().iter().map(ToString::to_string);
        let all: Vec<String> = catalogue.chain(["heal".to_owned(), "power-on".to_owned()]).collect();
        assert_eq!(all, WORDS);
        assert!(WORDS.iter().all(|word| ActionWord::parse(word).is_some()));
    }
}
