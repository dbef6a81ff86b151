//! An exercise as plain data, complete and checked against its lab.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::hint::Condition;
use super::language::{Language, Localized};
use crate::model::choice::choice;
use crate::model::drill::{Drill, Figure, Invariant};
use crate::model::{
    AddressName, CheckName, DrillName, ExerciseName, FilePattern, LoadName, Millis, NodeName, StackName,
    Value,
};

/// How hard an exercise is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// One cause, one change.
    Easy,
    /// The cause is away from the sign, or the change has consequences.
    Medium,
    /// Several causes, or data at stake.
    Hard,
}

choice!(Level { Easy = "easy", Medium = "medium", Hard = "hard" });

/// An exercise, with the values of its variables. Classes keep those that they graded with, so a field that
/// is added later needs a default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Exercise {
    /// Its name.
    pub name: ExerciseName,
    /// Its title.
    pub title: Localized,
    /// How hard it is.
    pub level: Level,
    /// The planned time.
    pub time: Millis,
    /// The least time in which a student can solve it, if its author says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub least_time: Option<Millis>,
    /// The languages of all its texts.
    pub languages: Vec<Language>,
    /// What a student learns, in one or two words each.
    pub skills: Vec<String>,
    /// Exercises to do before.
    pub after: Vec<ExerciseName>,
    /// The public cases that it is made from, as addresses.
    pub sources: Vec<String>,
    /// Parameters of the lab, as for `lab up --set`.
    pub settings: Vec<String>,
    /// The task in each language, as Markdown.
    pub tasks: BTreeMap<Language, String>,
    /// The drill whose loads the checks use that only look; none if no check does.
    pub watch: Option<Drill>,
    /// How the start is made and proven.
    pub start: Start,
    /// The checks, in the order of the file.
    pub checks: Vec<Check>,
    /// The drills of hidden checks.
    pub pool: Vec<PoolDrill>,
    /// The hints, in order.
    pub hints: Vec<Hint>,
    /// How points become a pass.
    pub score: ScoreRule,
    /// What is taken from a hand-in into a fresh lab, which is graded; none if a copy of the hand-in is.
    pub replay: Option<Replay>,
    /// The drill that solves it.
    pub solution: Drill,
    /// Wrong solutions.
    pub wrong: Vec<Wrong>,
}

/// The part of the planned time in which no one solves an exercise whose author says nothing about it.
const LEAST: u64 = 10;

impl Exercise {
    /// The least time in which a student can solve it: what its author says, else a tenth of the planned
    /// time.
    pub fn least_time(&self) -> Millis {
        self.least_time.unwrap_or(Millis(self.time.0 / LEAST))
    }

    /// The check of this name.
    pub fn check(&self, name: &CheckName) -> Option<&Check> {
        self.checks.iter().find(|check| check.name == *name)
    }

    /// The drills that its checks perform or watch with, which a student may perform, too: not those that
    /// break the lab, solve the exercise or solve it wrongly, nor those of the pool.
    pub fn open_drills(&self) -> BTreeSet<&DrillName> {
        let performed = self.checks.iter().filter_map(|check| match &check.kind {
            CheckKind::Drill(measured) => Some(&measured.drill),
            CheckKind::Soak { drill, .. } => Some(drill),
            _ => None,
        });
        let mut open: BTreeSet<_> = performed.chain(&self.watch).map(|drill| &drill.name).collect();
        let wrong = self.wrong.iter().map(|wrong| &wrong.drill);
        for told in wrong.chain(&self.start.drill).chain([&self.solution]) {
            open.remove(&told.name);
        }
        open
    }

    /// The sum of all points.
    pub fn points(&self) -> u32 {
        self.checks.iter().map(|check| check.points).sum()
    }
}

/// The files that are taken from a hand-in.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Replay {
    /// Those of every node.
    pub all: Vec<FilePattern>,
    /// Those of single nodes.
    pub nodes: BTreeMap<NodeName, Vec<FilePattern>>,
}

impl Replay {
    /// The files of a node.
    pub fn of(&self, node: &NodeName) -> Vec<FilePattern> {
        self.all.iter().chain(self.nodes.get(node).into_iter().flatten()).cloned().collect()
    }
}

/// How the start of an exercise is made and proven.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Start {
    /// The drill that breaks the healthy lab; none if the lab stays healthy.
    pub drill: Option<Drill>,
    /// Checks that pass at the start.
    pub works: Vec<CheckName>,
    /// Checks that fail at the start.
    pub broken: Vec<CheckName>,
}

/// A check of the student's cluster or answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Check {
    /// Its name.
    pub name: CheckName,
    /// What holds when it passes.
    pub title: Localized,
    /// Its points.
    pub points: u32,
    /// What is checked.
    pub kind: CheckKind,
}

/// What a check looks at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckKind {
    /// The health checks of the lab hold.
    Health {
        /// Those of this stack only.
        stack: Option<StackName>,
        /// How long they may take.
        within: Millis,
    },
    /// Exactly one node answers for an address.
    Holder {
        /// The address.
        address: AddressName,
        /// The node that has to be the one.
        node: Option<NodeName>,
        /// For how long.
        length: Millis,
    },
    /// An invariant holds while clients ask.
    Invariant {
        /// The invariant.
        is: Invariant,
        /// For how long.
        length: Millis,
    },
    /// Few requests of a load fail.
    Load {
        /// The load of the watch drill.
        load: LoadName,
        /// The most requests that may fail.
        errors: usize,
        /// For how long.
        length: Millis,
    },
    /// All writes that the start drill had acknowledged are there.
    Kept {
        /// The load of the start drill that wrote them.
        load: LoadName,
    },
    /// No takeover and no failed request happen while nothing is done to the lab.
    Soak {
        /// The drill with the loads.
        drill: Drill,
        /// For how long.
        length: Millis,
    },
    /// The lab becomes healthy after the power of all nodes was cut.
    Reboot {
        /// How long it may take after the power returned.
        within: Millis,
    },
    /// A drill passes.
    Drill(Measured),
    /// Drills of the pool pass.
    Hidden {
        /// How many of them, drawn from the seed.
        pick: usize,
    },
    /// The files of a stack on a node are as these parameters write them.
    Config {
        /// The stack.
        stack: StackName,
        /// The parameters that differ from those of the lab.
        with: BTreeMap<String, Value>,
        /// The node.
        node: NodeName,
    },
    /// A script ends with 0.
    Script {
        /// The node.
        node: NodeName,
        /// Its file in `steps/`.
        file: String,
        /// Its text.
        text: String,
    },
    /// The student answers a question.
    Answer {
        /// The question.
        question: Localized,
        /// The answer.
        is: String,
        /// The words to choose from; none if any text is an answer.
        among: Vec<String>,
        /// How many answers are judged.
        tries: u32,
    },
    /// The student predicts a figure.
    Guess {
        /// The check that measures it.
        of: CheckName,
        /// The question.
        question: Localized,
    },
}

/// A drill of a check, and the figure that gives its points.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Measured {
    /// The drill.
    pub drill: Drill,
    /// The figure with its bounds; none if only the verdict counts.
    pub figure: Option<(Figure, Bound, Bound)>,
    /// How often it is performed; the median counts.
    pub runs: u32,
}

/// A bound of a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bound {
    /// A duration.
    Fixed(Millis),
    /// A multiple of the solution's figure on this machine, in hundredths.
    Relative(u32),
}

impl Bound {
    /// The duration, if the solution reaches this figure.
    pub fn at(self, reference: Option<Millis>) -> Option<Millis> {
        match self {
            Self::Fixed(duration) => Some(duration),
            Self::Relative(hundredths) => {
                reference.map(|reference| Millis(reference.0.saturating_mul(hundredths.into()) / 100))
            }
        }
    }
}

/// A drill that a hidden check may draw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct PoolDrill {
    /// Its name in the file.
    pub name: CheckName,
    /// The drill.
    pub measured: Measured,
    /// The property that is broken when it fails.
    pub says: Localized,
}

/// A hint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Hint {
    /// Its price, in percent of all points.
    pub cost: u32,
    /// What has to be true of the last results.
    pub when: Option<Condition>,
    /// The hint.
    pub text: Localized,
}

/// How points become a pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ScoreRule {
    /// The share of all points that passes, in percent.
    pub pass: u32,
    /// The most that hints cost, in percent.
    pub hints_at_most: u32,
}

/// A wrong solution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Wrong {
    /// Its name.
    pub name: CheckName,
    /// The drill that performs it.
    pub drill: Drill,
    /// The checks that fail after it.
    pub fails: Vec<CheckName>,
    /// The points that it gets.
    pub points: u32,
    /// The number of the hint that a student gets first then, from 1; none if it is not said.
    pub hint: Option<usize>,
}
