//! The kinds of checks: their words, and the keys that each has.

use schemars::JsonSchema;
use serde::Deserialize;

/// What a check looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum KindWord {
    /// The health checks of the lab hold.
    Health,
    /// Exactly one node answers for an address.
    Holder,
    /// An invariant of drills holds while clients ask.
    Invariant,
    /// Few requests of a load fail.
    Load,
    /// All writes that the start drill had acknowledged are there.
    Kept,
    /// No takeover and no failed request happen while nothing is done to the lab.
    Soak,
    /// The lab becomes healthy after the power of all nodes was cut.
    Reboot,
    /// A drill passes.
    Drill,
    /// Drills of the pool pass.
    Hidden,
    /// The files of a stack on a node are as these parameters write them.
    Config,
    /// A script ends with 0.
    Script,
    /// The student answers a question.
    Answer,
    /// The student predicts a figure.
    Guess,
}

impl KindWord {
    /// Its word in a file.
    pub fn word(self) -> &'static str {
        match self {
            Self::Health => "health",
            Self::Holder => "holder",
            Self::Invariant => "invariant",
            Self::Load => "load",
            Self::Kept => "kept",
            Self::Soak => "soak",
            Self::Reboot => "reboot",
            Self::Drill => "drill",
            Self::Hidden => "hidden",
            Self::Config => "config",
            Self::Script => "script",
            Self::Answer => "answer",
            Self::Guess => "guess",
        }
    }

    /// The keys that it needs.
    pub fn needs(self) -> &'static [&'static str] {
        match self {
            Self::Health | Self::Reboot => &[],
            Self::Holder => &["address"],
            Self::Invariant => &["is"],
            Self::Load | Self::Kept => &["load"],
            Self::Soak | Self::Drill => &["drill"],
            Self::Hidden => &["pick"],
            Self::Config => &["stack", "with", "node"],
            Self::Script => &["run", "node"],
            Self::Answer => &["question", "is"],
            Self::Guess => &["of", "question"],
        }
    }

    /// The keys that it may have in addition.
    pub fn may(self) -> &'static [&'static str] {
        match self {
            Self::Health => &["stack", "within"],
            Self::Reboot => &["within"],
            Self::Holder => &["node", "for"],
            Self::Invariant | Self::Soak => &["for"],
            Self::Load => &["errors", "for"],
            Self::Drill => &["figure", "full", "none", "runs"],
            Self::Answer => &["among", "tries"],
            Self::Kept | Self::Hidden | Self::Config | Self::Script | Self::Guess => &[],
        }
    }
}
