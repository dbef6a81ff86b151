//! `exercise.toml` → [`Exercise`]: its shape, its references, and the rules for exercises. All problems are
//! reported at once, with those of the drills that it uses.

mod checks;
mod kinds;
mod measured;
mod replay;
mod rules;
mod tables;

use std::collections::BTreeMap;

use toml::Spanned;

pub use tables::VaryTable;

use tables::{CheckTable, ExerciseFile};

use super::language::{Localized, missing_language};
use super::model::{Exercise, Hint, ScoreRule, Start, Wrong};
use super::source::ExerciseSource;
use super::vary::Values;
use crate::diagnostic::{Diagnostic, Diagnostics, nearest, read_toml, schema_of, suggestion};
use crate::drill;
use crate::model::drill::Drill;
use crate::model::{CheckName, DrillName, Lab};

/// Reads and checks an exercise with these values of its variables; the result includes the warnings.
///
/// # Errors
/// All problems, each with its place and a suggestion; the file is shown with the values in it.
pub fn load(
    source: &ExerciseSource,
    lab: &Lab,
    values: &Values,
) -> Result<(Exercise, Diagnostics), Diagnostics> {
    let text = source.filled(values);
    let mut found = Diagnostics::new(&source.label, text.as_str());
    let Some(file) = read_toml::<ExerciseFile>(&text, &mut found) else { return Err(found) };
    let mut reader = Reader { source, lab, values, file: &file, found, drills: BTreeMap::new() };
    reader.header();
    let watch = file.watch.as_ref().and_then(|name| reader.drill(name));
    let checks = reader.checks(watch.as_ref());
    let pool = reader.pool();
    let start = reader.start();
    let hints = reader.hints();
    let solution = reader.drill(&file.solution.drill);
    let wrong = reader.wrong();
    let replay = reader.replay(&checks);
    reader.rules(&checks);
    let found = reader.found;
    match solution {
        Some(solution) if !found.has_errors() => {
            let exercise = Exercise {
                name: file.name.get_ref().clone(),
                title: file.title.get_ref().clone(),
                level: file.level,
                time: file.time,
                least_time: file.least_time.as_ref().map(|least| *least.get_ref()),
                languages: file.languages.get_ref().clone(),
                skills: file.skills.clone(),
                after: file.after.clone(),
                sources: file.sources.clone(),
                settings: file.settings.iter().map(|setting| setting.get_ref().clone()).collect(),
                tasks: tasks(source, values),
                watch,
                start,
                checks,
                pool,
                hints,
                score: ScoreRule { pass: file.score.pass, hints_at_most: file.score.hints_at_most },
                replay,
                solution,
                wrong,
            };
            Ok((exercise, found))
        }
        _ => Err(found),
    }
}

/// The JSON Schema of an exercise file, generated from its types.
pub fn schema() -> serde_json::Value {
    schema_of::<ExerciseFile>()
}

/// The tasks, with the values of the variables.
fn tasks(source: &ExerciseSource, values: &Values) -> BTreeMap<super::Language, String> {
    let fill = |(language, text): (&super::Language, &String)| (*language, super::vary::filled(text, values));
    source.tasks.iter().map(fill).collect()
}

/// An exercise file that is being checked against its lab.
struct Reader<'a> {
    source: &'a ExerciseSource,
    lab: &'a Lab,
    values: &'a Values,
    file: &'a ExerciseFile,
    found: Diagnostics,
    /// The drills that were read; none for one with problems, which were reported.
    drills: BTreeMap<DrillName, Option<Drill>>,
}

impl<'a> Reader<'a> {
    /// Reports a problem at a place in the file.
    fn error(&mut self, span: std::ops::Range<usize>, message: impl Into<String>, help: impl Into<String>) {
        self.found.push(Diagnostic::error(span, message).help(help));
    }

    /// Reports an unknown name; returns whether it is known.
    fn refer<'k>(
        &mut self,
        what: &str,
        name: &Spanned<impl AsRef<str>>,
        known: impl IntoIterator<Item = &'k str> + Clone,
    ) -> bool {
        let word = name.get_ref().as_ref();
        if known.clone().into_iter().any(|known| known == word) {
            return true;
        }
        let problem = Diagnostic::error(name.span(), format!("there is no {what} `{word}`"))
            .label(format!("unknown {what}"))
            .help(suggestion(word, what, known.clone()));
        self.found.push(match nearest(word, known) {
            Some(near) => problem.replace_with(format!("\"{near}\"")),
            None => problem,
        });
        false
    }

    /// A drill by its name. Its own problems are reported once.
    fn drill(&mut self, name: &Spanned<DrillName>) -> Option<Drill> {
        if let Some(read) = self.drills.get(name.get_ref()) {
            return read.clone();
        }
        let Some(part) = self.source.drill(name.get_ref().as_str(), self.values) else {
            let known = self.source.drills();
            self.refer("drill", name, known);
            return None;
        };
        let read = match drill::load(&part, self.lab) {
            Ok(drill) => Some(drill),
            Err(problems) => {
                self.found.append(problems);
                None
            }
        };
        self.drills.insert(name.get_ref().clone(), read.clone());
        read
    }

    /// Reports a text that lacks a language, or has another one.
    fn localized(&mut self, text: &Spanned<Localized>) -> Localized {
        if let Some((message, help)) = missing_language(text.get_ref(), self.file.languages.get_ref()) {
            self.error(text.span(), message, help);
        }
        text.get_ref().clone()
    }

    fn start(&mut self) -> Start {
        let table = &self.file.start;
        let drill = table.drill.as_ref().and_then(|name| {
            let drill = self.drill(name)?;
            self.as_found(name, &drill);
            Some(drill)
        });
        Start { drill, works: self.names(&table.works), broken: self.names(&table.broken) }
    }

    /// Names of checks; unknown ones are reported.
    fn names(&mut self, names: &[Spanned<CheckName>]) -> Vec<CheckName> {
        let file = self.file;
        let known = || file.check.keys().map(|name| name.get_ref().as_str());
        let mut found = Vec::new();
        for name in names {
            if self.refer("check", name, known().collect::<Vec<_>>()) {
                found.push(name.get_ref().clone());
            }
        }
        found
    }

    fn hints(&mut self) -> Vec<Hint> {
        let mut hints = Vec::new();
        for table in &self.file.hint {
            let text = self.localized(&table.text);
            let when = match table.when.as_ref().map(|when| (when, when.get_ref().parse())) {
                None => None,
                Some((_, Ok(condition))) => Some(condition),
                Some((when, Err(error))) => {
                    let error: super::hint::ConditionError = error;
                    self.error(when.span(), error.to_string(), "`members fails and page holds`");
                    None
                }
            };
            for name in when.iter().flat_map(super::Condition::checks) {
                let known: Vec<&str> = self.file.check.keys().map(|name| name.get_ref().as_str()).collect();
                let span = table.when.as_ref().map_or(0..0, Spanned::span);
                self.refer("check", &Spanned::new(span, name.clone()), known);
            }
            hints.push(Hint { cost: table.cost, when, text });
        }
        hints
    }

    fn wrong(&mut self) -> Vec<Wrong> {
        let mut all = Vec::new();
        for (name, table) in &self.file.wrong {
            let fails = self.names(&table.fails);
            let most = self.file.hint.len();
            let hint = table.hint.as_ref().map(|hint| *hint.get_ref());
            if let Some(hint) = table.hint.as_ref().filter(|hint| !(1..=most).contains(hint.get_ref())) {
                self.error(hint.span(), format!("there is no hint {}", hint.get_ref()), "count from 1");
            }
            if let Some(drill) = self.drill(&table.drill) {
                self.as_found(&table.drill, &drill);
                all.push(Wrong { name: name.get_ref().clone(), drill, fails, points: table.points, hint });
            }
        }
        all
    }

    /// The tables of the checks in the order of the file.
    fn check_tables(&self) -> Vec<(&'a Spanned<CheckName>, &'a CheckTable)> {
        let mut tables: Vec<_> = self.file.check.iter().collect();
        tables.sort_by_key(|(name, _)| name.span().start);
        tables
    }
}
