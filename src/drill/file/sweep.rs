//! The table `sweep` of a drill file: the settings of the lab that the drill is repeated with. Each value is
//! tried on the lab itself, so errors in it are the same as those of `lab up --set`.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};
use toml::Spanned;

use super::tables::DrillFile;
use crate::diagnostic::{Diagnostic, Diagnostics, Severity, parse_toml};
use crate::drill::soak::{LONGEST_SOAK, SHORTEST_SOAK};
use crate::labfile::{self, LabPart, LabSource, Setting, SettingError};
use crate::model::{Axis, Millis, Sweep};

/// The largest number of settings in a sweep: each takes a cluster of its own, and many failovers.
pub const MOST_SETTINGS: usize = 50;

/// The parameters that `lab drill sweep` varies.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "a sweep")]
pub struct SweepTable {
    /// Parameters of the lab's stacks as in `lab up --set`, each with its values. Every combination is a
    /// setting; a parameter with one value is the same in all: `over.deadtime = ["1s", "3s"]`.
    #[schemars(with = "BTreeMap<String, Vec<Written>>", example = serde_json::json!({ "deadtime": ["1s", "3s"] }))]
    pub over: Spanned<BTreeMap<Spanned<String>, Values>>,
    /// The number of runs with each setting: 5 when not given.
    #[schemars(with = "Option<u32>", range(min = 1, max = 1000))]
    pub repeat: Option<Spanned<u32>>,
    /// How long the lab then runs under load without faults, to count false failovers: at least `"5s"`, none
    /// when not given.
    #[schemars(with = "Option<Millis>")]
    pub soak: Option<Spanned<Millis>>,
}

/// The values of a parameter.
type Values = Spanned<Vec<Spanned<Written>>>;

/// A setting's text with the places of its key and its value.
type Placed = (Range<usize>, Range<usize>, String);

/// A value of a parameter: text, a whole number, or true or false.
#[derive(Debug)]
pub struct Written(String);

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl Visitor<'_> for Any {
            type Value = Written;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text, a whole number, or true or false")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Written, E> {
                Ok(Written(text.to_owned()))
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Written, E> {
                Ok(Written(number.to_string()))
            }

            fn visit_bool<E: Error>(self, yes: bool) -> Result<Written, E> {
                Ok(Written(yes.to_string()))
            }
        }
        deserializer.deserialize_any(Any)
    }
}

impl JsonSchema for Written {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "SweepValue".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "integer", "boolean"] })
    }
}

/// Reads the settings of a drill's sweep and tries each value on the lab; none if the drill has no such
/// table.
///
/// # Errors
/// All problems.
pub fn sweep(part: &LabPart, source: &LabSource) -> Result<Option<Sweep>, Diagnostics> {
    let file: DrillFile = parse_toml(&part.label, &part.text)?;
    let Some(table) = &file.sweep else { return Ok(None) };
    let mut checker = SweepChecker { source, found: Diagnostics::new(&part.label, part.text.as_ref()) };
    let over = checker.over(table);
    let repeat = table.repeat.as_ref().map_or(5, |repeat| *repeat.get_ref());
    let soak = checker.soak(table);
    if checker.found.has_errors() { Err(checker.found) } else { Ok(Some(Sweep { over, repeat, soak })) }
}

/// A sweep that is being checked against its lab.
struct SweepChecker<'a> {
    source: &'a LabSource,
    found: Diagnostics,
}

impl SweepChecker<'_> {
    fn error(&mut self, span: Range<usize>, message: impl Into<String>, help: impl Into<String>) {
        self.found.push(Diagnostic::error(span, message).help(help));
    }

    fn over(&mut self, table: &SweepTable) -> Vec<Axis> {
        let mut axes: Vec<_> = table.over.get_ref().iter().collect();
        axes.sort_by_key(|(key, _)| key.span().start);
        if axes.is_empty() {
            self.error(
                table.over.span(),
                "nothing is varied",
                "write a parameter and its values: `over.deadtime = [\"1s\", \"3s\"]`",
            );
        }
        let lengths = axes.iter().map(|(_, values)| values.get_ref().len());
        let count = lengths.fold(1, usize::saturating_mul);
        if count > MOST_SETTINGS {
            let message = format!("these are {count} settings, and {MOST_SETTINGS} are the most");
            self.error(
                table.over.span(),
                message,
                "each is a cluster of its own that comes up: leave values out",
            );
        }
        let known = axes.iter().map(|(key, values)| self.axis(key, values)).collect();
        if count <= MOST_SETTINGS && !self.found.has_errors() {
            let mut settings = vec![Vec::new()];
            for (key, values) in axes {
                let with = |before: &Vec<Placed>, value: &Spanned<Written>| -> Vec<Placed> {
                    let placed =
                        (key.span(), value.span(), format!("{}={}", key.get_ref(), value.get_ref().0));
                    before.iter().cloned().chain([placed]).collect()
                };
                let longer = |before| values.get_ref().iter().map(move |value| with(before, value));
                settings = settings.iter().flat_map(longer).collect();
            }
            settings.iter().for_each(|setting| self.try_on(setting));
        }
        known
    }

    fn axis(&mut self, key: &Spanned<String>, values: &Values) -> Axis {
        let mut known: Vec<String> = Vec::new();
        if values.get_ref().is_empty() {
            let message = format!("`{}` has no value", key.get_ref());
            self.error(values.span(), message, "write one or more");
        }
        for value in values.get_ref() {
            let Written(text) = value.get_ref();
            if known.contains(text) {
                self.error(value.span(), format!("{text} is there twice"), "leave one of them out");
            } else {
                known.push(text.clone());
            }
        }
        Axis { key: key.get_ref().clone(), values: known }
    }

    /// Reads the lab with all values of a setting together. An error is then caused by one of them, or was
    /// there before.
    fn try_on(&mut self, placed: &[Placed]) {
        let mut settings: Vec<Setting> = Vec::new();
        for (key, _, text) in placed {
            match text.parse() {
                Ok(setting) => settings.push(setting),
                Err(error) => {
                    let error: SettingError = error;
                    let help = "write it as for `lab up --set`: `deadtime` or `ha.deadtime`";
                    return self.error(key.clone(), error.to_string(), help);
                }
            }
        }
        let Err(wrong) = labfile::load(self.source, &settings) else { return };
        for item in wrong.items().iter().filter(|item| item.severity == Severity::Error) {
            let span = place(placed, &settings, item);
            let problem = Diagnostic::error(span, item.message.clone()).label(item.label.clone());
            self.found.push(problem.maybe_help(item.help.clone()));
        }
    }

    fn soak(&mut self, table: &SweepTable) -> Option<Millis> {
        let soak = table.soak.as_ref()?;
        if *soak.get_ref() < SHORTEST_SOAK {
            let message = format!("a soak of {} shows nothing", soak.get_ref());
            self.error(soak.span(), message, format!("write \"{SHORTEST_SOAK}\" or more"));
        } else if *soak.get_ref() > LONGEST_SOAK {
            let message = format!("a soak of {} is too long", soak.get_ref());
            self.error(soak.span(), message, format!("write \"{LONGEST_SOAK}\" at most"));
        }
        Some(*soak.get_ref())
    }
}

/// The place in the drill file of a problem of the lab with a setting: the key or the value that it concerns.
/// The settings are a source text of their own, a line each: the key, `=`, the value.
fn place(placed: &[Placed], settings: &[Setting], item: &Diagnostic) -> Range<usize> {
    let mut start = 0;
    for ((key, value, _), setting) in placed.iter().zip(settings) {
        let end = start + setting.to_string().len() + 1;
        if item.source > 0 && (start..end).contains(&item.span.start) {
            let of_key = item.span.start < start + setting.key().len();
            return if of_key { key.clone() } else { value.clone() };
        }
        start = end;
    }
    placed.first().map_or(0..0, |(key, ..)| key.clone())
}
