//! An exercise file as it is written: its keys and their meanings. The JSON Schema is generated from these
//! types.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::kinds::KindWord;
use crate::exercise::language::{Language, Localized};
use crate::exercise::model::Level;
use crate::exercise::vary::Possible;
use crate::model::drill::{Figure, Invariant};
use crate::model::{AddressName, CheckName, DrillName, ExerciseName, LoadName, Millis, NodeName, StackName};
use crate::stack::{Raw, Written};

/// An exercise: what is broken, what is checked, hints, and solutions (`lab start`).
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "an exercise")]
pub struct ExerciseFile {
    /// The version of this format: 1.
    #[schemars(range(min = 1, max = 1))]
    #[expect(dead_code, reason = "the front end has checked it")]
    pub schema: u32,
    /// The exercise's name, equal to that of its folder.
    #[schemars(with = "ExerciseName")]
    pub name: Spanned<ExerciseName>,
    /// Its title, in each of its languages.
    #[schemars(with = "Localized")]
    pub title: Spanned<Localized>,
    /// How hard it is.
    pub level: Level,
    /// The planned time.
    pub time: Millis,
    /// The least time in which a student can solve it: who is faster is shown to the teacher of a class.
    /// Default: a tenth of `time`.
    #[schemars(with = "Option<Millis>")]
    pub least_time: Option<Spanned<Millis>>,
    /// The languages of its texts. Each has a file with the task: `task.md`, `task.id.md`.
    #[schemars(with = "Vec<Language>")]
    pub languages: Spanned<Vec<Language>>,
    /// What a student learns, in one or two words each.
    #[serde(default)]
    pub skills: Vec<String>,
    /// Exercises to do before.
    #[serde(default)]
    pub after: Vec<ExerciseName>,
    /// The public cases that it is made from, as addresses.
    #[serde(default)]
    pub sources: Vec<String>,
    /// Parameters of the lab, as for `lab up --set`: `"deadtime=3s"`.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub settings: Vec<Spanned<String>>,
    /// The drill whose loads the checks use that only look.
    #[schemars(with = "Option<DrillName>")]
    pub watch: Option<Spanned<DrillName>>,
    /// Variables: another value for each student. `{name}` stands for the value in all texts and drills, and
    /// `$name` in scripts.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, VaryTable>")]
    pub vary: BTreeMap<Spanned<String>, VaryTable>,
    /// The start.
    #[serde(default)]
    pub start: StartTable,
    /// The checks.
    #[schemars(with = "BTreeMap<CheckName, CheckTable>")]
    pub check: BTreeMap<Spanned<CheckName>, CheckTable>,
    /// The drills of hidden checks.
    #[serde(default)]
    #[schemars(with = "BTreeMap<CheckName, PoolTable>")]
    pub pool: BTreeMap<Spanned<CheckName>, PoolTable>,
    /// The hints, in order.
    #[serde(default)]
    pub hint: Vec<HintTable>,
    /// How points become a pass.
    #[serde(default)]
    pub score: ScoreTable,
    /// What is graded: `copy` when not given.
    #[serde(default)]
    pub grade: GradeWord,
    /// The files that are taken from a hand-in (`grade = "replay"`).
    #[schemars(with = "Option<ReplayTable>")]
    pub replay: Option<Spanned<ReplayTable>>,
    /// The solution.
    pub solution: SolutionTable,
    /// Wrong solutions, which have to fail as they say.
    #[serde(default)]
    #[schemars(with = "BTreeMap<CheckName, WrongTable>")]
    pub wrong: BTreeMap<Spanned<CheckName>, WrongTable>,
}

/// A variable: one of `nodes`, `values`, and `from` with `to`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "a variable")]
pub struct VaryTable {
    /// One of these nodes.
    pub nodes: Option<Vec<String>>,
    /// One of these texts.
    pub values: Option<Vec<String>>,
    /// A whole number, from this one
    pub from: Option<i64>,
    /// to this one,
    pub to: Option<i64>,
    /// but none of these.
    pub except: Option<BTreeSet<i64>>,
}

impl VaryTable {
    /// The possible values.
    ///
    /// # Errors
    /// What is wrong with the table.
    pub fn possible(&self) -> Result<Possible, &'static str> {
        match (&self.nodes, &self.values, self.from, self.to) {
            (Some(all), None, None, None) | (None, Some(all), None, None) => {
                if all.is_empty() || self.except.is_some() {
                    return Err("a list has at least one value, and no `except`");
                }
                Ok(Possible::Listed(all.clone()))
            }
            (None, None, Some(from), Some(to)) => {
                let except = self.except.clone().unwrap_or_default();
                let inside = except.iter().all(|number| (from..=to).contains(number));
                let possible = Possible::Range { from, to, except };
                match possible.count() {
                    0 => Err("there is no number in it"),
                    _ if !inside => Err("`except` has a number that is not between `from` and `to`"),
                    _ => Ok(possible),
                }
            }
            _ => Err("a variable has one of `nodes`, `values`, and `from` with `to`"),
        }
    }
}

/// The start of an exercise.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
#[schemars(title = "the start of an exercise")]
pub struct StartTable {
    /// The drill that breaks the healthy lab; none if it stays healthy.
    #[schemars(with = "Option<DrillName>")]
    pub drill: Option<Spanned<DrillName>>,
    /// Checks that pass at the start.
    #[schemars(with = "Vec<CheckName>")]
    pub works: Vec<Spanned<CheckName>>,
    /// Checks that fail at the start.
    #[schemars(with = "Vec<CheckName>")]
    pub broken: Vec<Spanned<CheckName>>,
}

/// A check. Its kind decides which keys it has.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "a check")]
pub struct CheckTable {
    /// What is checked.
    #[schemars(with = "KindWord")]
    pub kind: Spanned<KindWord>,
    /// Its points: 0 if it only informs.
    #[serde(default)]
    #[schemars(range(max = 1000))]
    pub points: u32,
    /// What holds when it passes, in each language.
    #[schemars(with = "Localized")]
    pub title: Spanned<Localized>,
    /// The stack (`health`: only its health checks; `config`: its files).
    #[schemars(with = "Option<StackName>")]
    pub stack: Option<Spanned<StackName>>,
    /// How long it may take (`health`, `reboot`).
    #[schemars(with = "Option<Millis>")]
    pub within: Option<Spanned<Millis>>,
    /// The address (`holder`).
    #[schemars(with = "Option<AddressName>")]
    pub address: Option<Spanned<AddressName>>,
    /// The node (`holder`, `config`, `script`).
    #[schemars(with = "Option<NodeName>")]
    pub node: Option<Spanned<NodeName>>,
    /// For how long (`holder`, `invariant`, `load`, `soak`).
    #[serde(rename = "for")]
    #[schemars(with = "Option<Millis>")]
    pub length: Option<Spanned<Millis>>,
    /// The invariant (`invariant`), or the answer (`answer`).
    #[schemars(with = "Option<String>")]
    pub is: Option<Spanned<String>>,
    /// The load (`load`, `kept`).
    #[schemars(with = "Option<LoadName>")]
    pub load: Option<Spanned<LoadName>>,
    /// The most requests that may fail (`load`).
    #[schemars(with = "Option<usize>")]
    pub errors: Option<Spanned<usize>>,
    /// The drill (`drill`, `soak`).
    #[schemars(with = "Option<DrillName>")]
    pub drill: Option<Spanned<DrillName>>,
    /// The figure that gives the points (`drill`).
    #[schemars(with = "Option<Figure>")]
    pub figure: Option<Spanned<Figure>>,
    /// Up to here the figure gives all points: a duration, or `"1.5x"` of the solution's (`drill`).
    #[schemars(with = "Option<String>")]
    pub full: Option<Spanned<String>>,
    /// From here on it gives none (`drill`).
    #[schemars(with = "Option<String>")]
    pub none: Option<Spanned<String>>,
    /// How often the drill is performed (`drill`).
    #[schemars(with = "Option<u32>", range(min = 1, max = 9))]
    pub runs: Option<Spanned<u32>>,
    /// How many drills of the pool are drawn (`hidden`).
    #[schemars(with = "Option<usize>")]
    pub pick: Option<Spanned<usize>>,
    /// The parameters that the files should have (`config`).
    #[schemars(with = "Option<BTreeMap<String, Raw>>")]
    pub with: Option<Spanned<Written>>,
    /// The script in `steps/` (`script`).
    #[schemars(with = "Option<String>")]
    pub run: Option<Spanned<String>>,
    /// The question (`answer`, `guess`), in each language.
    #[schemars(with = "Option<Localized>")]
    pub question: Option<Spanned<Localized>>,
    /// The words to choose from (`answer`).
    #[schemars(with = "Option<Vec<String>>")]
    pub among: Option<Spanned<Vec<String>>>,
    /// How many answers are judged (`answer`).
    #[schemars(with = "Option<u32>", range(min = 1, max = 9))]
    pub tries: Option<Spanned<u32>>,
    /// The check that measures the predicted figure (`guess`).
    #[schemars(with = "Option<CheckName>")]
    pub of: Option<Spanned<CheckName>>,
}

/// A drill that a hidden check may draw.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "a drill of the pool")]
pub struct PoolTable {
    /// The drill.
    #[schemars(with = "DrillName")]
    pub drill: Spanned<DrillName>,
    /// The figure that gives the points.
    #[schemars(with = "Option<Figure>")]
    pub figure: Option<Spanned<Figure>>,
    /// Up to here the figure gives all points.
    #[schemars(with = "Option<String>")]
    pub full: Option<Spanned<String>>,
    /// From here on it gives none.
    #[schemars(with = "Option<String>")]
    pub none: Option<Spanned<String>>,
    /// The property that is broken when it fails, in each language.
    #[schemars(with = "Localized")]
    pub says: Spanned<Localized>,
}

/// A hint.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "a hint")]
pub struct HintTable {
    /// Its price, in percent of all points.
    #[schemars(range(max = 100))]
    pub cost: u32,
    /// What has to be true of the last results: `"members fails and page holds"`.
    #[schemars(with = "Option<String>")]
    pub when: Option<Spanned<String>>,
    /// The hint, in each language.
    #[schemars(with = "Localized")]
    pub text: Spanned<Localized>,
}

/// How points become a pass.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
#[schemars(title = "the score")]
pub struct ScoreTable {
    /// The share of all points that passes, in percent: 70 when not given.
    #[schemars(range(min = 1, max = 100))]
    pub pass: u32,
    /// The most that hints cost, in percent: 30 when not given.
    #[schemars(range(max = 100))]
    pub hints_at_most: u32,
}

impl Default for ScoreTable {
    fn default() -> Self {
        Self { pass: 70, hints_at_most: 30 }
    }
}

/// What is graded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum GradeWord {
    /// Copies of the hand-in.
    #[default]
    Copy,
    /// A fresh lab with files of the hand-in, in which the student never was root.
    Replay,
}

/// The files that are taken from a hand-in: `"/etc/hosts"`, `"/etc/network/*.conf"`, or `"/etc/ha.d/**"`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
#[schemars(title = "a replay")]
pub struct ReplayTable {
    /// Files of every node.
    #[schemars(with = "Vec<String>")]
    pub files: Vec<Spanned<String>>,
    /// Further files of single nodes.
    #[schemars(with = "BTreeMap<NodeName, Vec<String>>")]
    pub nodes: BTreeMap<Spanned<NodeName>, Vec<Spanned<String>>>,
}

/// The solution.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "the solution")]
pub struct SolutionTable {
    /// The drill that performs it.
    #[schemars(with = "DrillName")]
    pub drill: Spanned<DrillName>,
}

/// A wrong solution.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "a wrong solution")]
pub struct WrongTable {
    /// The drill that performs it.
    #[schemars(with = "DrillName")]
    pub drill: Spanned<DrillName>,
    /// The checks that fail after it.
    #[schemars(with = "Vec<CheckName>")]
    pub fails: Vec<Spanned<CheckName>>,
    /// The points that it gets.
    pub points: u32,
    /// The number of the hint that a student gets first then, from 1.
    #[schemars(with = "Option<usize>")]
    pub hint: Option<Spanned<usize>>,
}

impl CheckTable {
    /// The keys that are given, other than those of all kinds, each with its place.
    pub fn given(&self) -> Vec<(&'static str, std::ops::Range<usize>)> {
        fn place<T>(
            key: &'static str,
            value: Option<&Spanned<T>>,
        ) -> Option<(&'static str, std::ops::Range<usize>)> {
            value.map(|value| (key, value.span()))
        }
        [
            place("stack", self.stack.as_ref()),
            place("within", self.within.as_ref()),
            place("address", self.address.as_ref()),
            place("node", self.node.as_ref()),
            place("for", self.length.as_ref()),
            place("is", self.is.as_ref()),
            place("load", self.load.as_ref()),
            place("errors", self.errors.as_ref()),
            place("drill", self.drill.as_ref()),
            place("figure", self.figure.as_ref()),
            place("full", self.full.as_ref()),
            place("none", self.none.as_ref()),
            place("runs", self.runs.as_ref()),
            place("pick", self.pick.as_ref()),
            place("with", self.with.as_ref()),
            place("run", self.run.as_ref()),
            place("question", self.question.as_ref()),
            place("among", self.among.as_ref()),
            place("tries", self.tries.as_ref()),
            place("of", self.of.as_ref()),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// The invariant of a word, for checks.
pub fn invariant(word: &str) -> Option<Invariant> {
    use crate::model::Choice;
    Invariant::ALL.iter().copied().find(|invariant| invariant.name() == word)
}
