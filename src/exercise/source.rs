//! An exercise as found beside a lab: its folder `exercises/<name>/`, not yet read.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io;

use serde::Deserialize;

use super::language::Language;
use super::vary::{Values, Variables, filled, uses, with_variables};
use crate::diagnostic::{Diagnostics, suggestion};
use crate::labfile::{self, LabPart, LabSource, Loaded, Setting};
use crate::model::Scripts;
use crate::model::spec::Digest;

/// The folder of a lab's exercises.
pub const EXERCISES: &str = "exercises";

/// The file that makes a folder an exercise.
const FILE: &str = "exercise.toml";

/// An exercise's files.
#[derive(Debug, Clone)]
pub struct ExerciseSource {
    /// The name of its folder.
    pub name: String,
    /// The name of its file in messages.
    pub label: String,
    /// The text of its file.
    pub text: String,
    /// The lab that it stands beside.
    pub lab: LabSource,
    /// The tasks, by language.
    pub tasks: BTreeMap<Language, String>,
    /// Its own drills, with its scripts.
    own: Vec<LabPart>,
    /// The drills of the lab.
    others: Vec<LabPart>,
}

/// Why an exercise cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Unfit {
    /// The lab has no such exercise.
    #[error("`{lab}` has no exercise `{name}`")]
    Unknown {
        /// The lab.
        lab: String,
        /// The name.
        name: String,
        /// `did you mean …?`, or the list of its exercises.
        suggestion: String,
    },
    /// A file cannot be read.
    #[error("the exercise cannot be read")]
    Read(#[from] io::Error),
}

/// The part of a file that the lab depends on.
#[derive(Deserialize)]
struct Set {
    #[serde(default)]
    settings: Vec<String>,
}

/// Finds an exercise beside a lab.
///
/// # Errors
/// When there is none of this name, or a file of it cannot be read.
pub fn find(lab: &LabSource, name: &str) -> Result<ExerciseSource, Unfit> {
    let known = lab.folders(EXERCISES)?;
    if !known.iter().any(|known| known == name) {
        let suggestion = suggestion(name, "exercise", known.iter().map(String::as_str));
        return Err(Unfit::Unknown { lab: lab.label.clone(), name: name.to_owned(), suggestion });
    }
    let folder = format!("{EXERCISES}/{name}");
    let missing = || io::Error::new(io::ErrorKind::NotFound, format!("`{folder}` has no {FILE}"));
    let file = lab.read(&format!("{folder}/{FILE}"))?.ok_or_else(missing)?;
    let mut tasks = BTreeMap::new();
    for language in Language::ALL {
        match lab.read(&format!("{folder}/{}", language.task_file())) {
            Ok(Some(task)) => drop(tasks.insert(language, task.text.into_owned())),
            Ok(None) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
    }
    let mut scripts = lab.scripts()?;
    scripts.loads.extend(lab.texts(&format!("{folder}/loads"))?);
    scripts.steps.extend(lab.texts(&format!("{folder}/steps"))?);
    Ok(ExerciseSource {
        name: name.to_owned(),
        label: file.label,
        text: file.text.into_owned(),
        tasks,
        own: lab.drills_in(&format!("{folder}/drills"), &scripts)?,
        others: lab.drills()?,
        lab: lab.clone(),
    })
}

impl ExerciseSource {
    /// Its variables.
    pub fn variables(&self) -> Variables {
        Variables::of(&self.text)
    }

    /// The lab with the settings of the exercise.
    ///
    /// # Errors
    /// The problems of the lab with these settings.
    pub fn loaded_lab(&self) -> Result<Loaded, Diagnostics> {
        labfile::load(&self.lab, &self.settings())
    }

    /// Its settings. Wrong ones are reported when the whole file is read.
    pub fn settings(&self) -> Vec<Setting> {
        let settings = toml::from_str::<Set>(&self.text).map(|file| file.settings).unwrap_or_default();
        settings.iter().filter_map(|text| text.parse().ok()).collect()
    }

    /// The text of its file with the values of its variables.
    pub fn filled(&self, values: &Values) -> String {
        filled(&self.text, values)
    }

    /// A drill by its name: its own, else the lab's.
    pub fn drill(&self, name: &str, values: &Values) -> Option<LabPart> {
        if let Some(part) = self.own.iter().find(|part| part.name == name) {
            let text = Cow::Owned(filled(&part.text, values));
            return Some(LabPart { text, scripts: with_values(&part.scripts, values), ..part.clone() });
        }
        self.others.iter().find(|part| part.name == name).cloned()
    }

    /// Whether it has a drill of this name of its own.
    pub fn has_own(&self, drill: &str) -> bool {
        self.own.iter().any(|part| part.name == drill)
    }

    /// The names of all drills.
    pub fn drills(&self) -> Vec<&str> {
        self.own.iter().chain(&self.others).map(|part| part.name.as_str()).collect()
    }

    /// The script of this name in `steps/`, with the values of the variables.
    pub fn script(&self, file: &str, values: &Values) -> Option<String> {
        let scripts = self.own.first().or(self.others.first()).map(|part| &part.scripts)?;
        scripts.steps.get(file).map(|text| with_variables(text, values))
    }

    /// The number of different starts: the combinations of the variables that a drill or its scripts use.
    pub fn starts(&self, drill: &str) -> u64 {
        let Some(part) = self.own.iter().find(|part| part.name == drill) else { return 1 };
        let texts = || std::iter::once(&*part.text).chain(part.scripts.steps.values().map(String::as_str));
        self.variables().combinations(|name| texts().any(|text| uses(text, name)))
    }

    /// The digest of everything that it consists of, the lab's drills included.
    pub fn digest(&self) -> Digest {
        let part = |part: &LabPart| (part.name.clone(), part.text.to_string(), part.scripts.clone());
        let parts: Vec<_> = self.own.iter().chain(&self.others).map(part).collect();
        let tasks: Vec<_> = self.tasks.iter().map(|(language, text)| (language.code(), text)).collect();
        Digest::of(&(&self.text, tasks, parts, &self.lab.text))
    }
}

fn with_values(scripts: &Scripts, values: &Values) -> Scripts {
    let filled = |texts: &BTreeMap<String, String>| {
        texts.iter().map(|(name, text)| (name.clone(), with_variables(text, values))).collect()
    };
    Scripts { loads: scripts.loads.clone(), steps: filled(&scripts.steps) }
}
