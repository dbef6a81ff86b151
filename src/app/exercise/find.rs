//! Finds exercises: by their names beside all known labs, or by the path of their folder.

use std::path::Path;

use crate::app::error::{AppError, ErrorKind};
use crate::app::job::Job;
use crate::app::lab;
use crate::base::folder::Access;
use crate::base::threads;
use crate::base::words::join;
use crate::catalog::Catalog;
use crate::diagnostic::{Diagnostics, suggestion};
use crate::exercise::{self, EXERCISES, Exercise, ExerciseSource, Unfit, Values, every_edge};
use crate::labfile::{self, LabSource, Loaded, bundled_labs, is_path};
use crate::model::Lab;

/// An exercise that was found.
pub struct Found {
    /// Its files.
    pub source: ExerciseSource,
    /// The argument with which its lab is found again.
    pub lab: String,
}

/// An exercise that was read, with its lab.
pub struct Read {
    /// The exercise.
    pub exercise: Exercise,
    /// The lab with the settings of the exercise.
    pub loaded: Loaded,
}

impl Found {
    /// Reads the exercise with these values of its variables.
    ///
    /// # Errors
    /// All problems of the lab, or of the exercise and its drills.
    pub fn read(&self, values: &Values) -> Result<Read, AppError> {
        let loaded = self.source.loaded_lab().map_err(|wrong| AppError::bad_file(&wrong))?;
        let read = exercise::load(&self.source, &loaded.lab, values);
        let (exercise, _) = read.map_err(|wrong| AppError::bad_file(&wrong))?;
        Ok(Read { exercise, loaded })
    }
}

/// The problems of all exercises beside a lab, with every value of their variables. `plain` is the lab
/// without settings, if it was loaded already.
///
/// # Errors
/// When a file of an exercise cannot be read.
pub fn problems(lab: &LabSource, plain: Option<&Lab>) -> Result<Vec<Diagnostics>, AppError> {
    let one = |name: &String| {
        let source = of_lab(lab, String::new(), name)?.source;
        Ok(match plain.filter(|_| source.settings().is_empty()) {
            Some(plain) => of_variants(&source, plain),
            None => match source.loaded_lab() {
                Ok(loaded) => of_variants(&source, &loaded.lab),
                Err(wrong) => Some(wrong),
            },
        })
    };
    let found: Result<Vec<_>, AppError> = threads::map(&names(lab), one).into_iter().collect();
    Ok(found?.into_iter().flatten().collect())
}

/// The errors of the first variant that has some, else the warnings of the first.
fn of_variants(source: &ExerciseSource, lab: &Lab) -> Option<Diagnostics> {
    let mut warnings = None;
    for values in every_edge(&source.variables()) {
        match exercise::load(source, lab, &values) {
            Err(wrong) => return Some(wrong),
            Ok((_, found)) => drop(warnings.get_or_insert(found)),
        }
    }
    warnings
}

/// Finds an exercise: `NAME`, or the path of its folder, `./my-lab/exercises/NAME`.
///
/// # Errors
/// When there is none, several labs have one of this name, or its files cannot be read.
pub fn find(job: &Job, argument: &str, access: Access) -> Result<Found, AppError> {
    if is_path(argument) {
        return by_path(job, argument, access);
    }
    let mut having: Vec<(String, LabSource)> =
        labs(job, access).into_iter().filter(|(_, lab)| has(lab, argument)).collect();
    match having.len() {
        1 => {
            let (argument_of_lab, lab) = having.remove(0);
            of_lab(&lab, argument_of_lab, argument)
        }
        0 => {
            let names: Vec<String> = labs(job, access).iter().flat_map(|(_, lab)| names(lab)).collect();
            Err(AppError::not_found(format!("there is no exercise `{argument}`")).hint(suggestion(
                argument,
                "exercise",
                names.iter().map(String::as_str),
            )))
        }
        _ => {
            let labs: Vec<&String> = having.iter().map(|(lab, _)| lab).collect();
            Err(AppError::usage(format!("several labs have an exercise `{argument}`: {}", join(&labs)))
                .hint(format!("name its folder: `./LAB/{EXERCISES}/{argument}`")))
        }
    }
}

/// Finds the exercise of an attempt again.
///
/// # Errors
/// When its lab or its files are gone.
pub fn again(job: &Job, lab: &str, name: &str) -> Result<Found, AppError> {
    of_lab(&lab::find(lab, &job.state, job.trusted())?, lab.to_owned(), name)
}

/// All exercises of all known labs.
pub fn all(job: &Job) -> Vec<(String, Result<Found, AppError>)> {
    let mut found = Vec::new();
    for (argument, lab) in labs(job, Access::Any) {
        for name in names(&lab) {
            found.push((name.clone(), of_lab(&lab, argument.clone(), &name)));
        }
    }
    found
}

fn names(lab: &LabSource) -> Vec<String> {
    lab.folders(EXERCISES).unwrap_or_default()
}

fn has(lab: &LabSource, name: &str) -> bool {
    names(lab).iter().any(|known| known == name)
}

/// The labs whose exercises are known by name: that of the current folder, the installed and the bundled
/// ones. One that cannot be read has none.
fn labs(job: &Job, access: Access) -> Vec<(String, LabSource)> {
    let catalog = Catalog::of_state(&job.state);
    let installed = catalog.installed_labs().unwrap_or_default();
    let arguments = job.here.clone().into_iter().chain(installed).chain(bundled_labs());
    let mut found: Vec<(String, LabSource)> = Vec::new();
    for argument in arguments {
        if let Ok(lab) = labfile::find(&argument, &catalog, access)
            && found.iter().all(|(known, _)| *known != argument)
        {
            found.push((argument, lab));
        }
    }
    found
}

fn by_path(job: &Job, argument: &str, access: Access) -> Result<Found, AppError> {
    let path = lab::absolute(argument);
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let folder = path.parent().filter(|folder| folder.file_name().is_some_and(|name| name == EXERCISES));
    let Some(lab) = folder.and_then(Path::parent) else {
        return Err(AppError::usage(format!("`{argument}` is not the folder of an exercise")).hint(format!(
            "an exercise is a folder in `{EXERCISES}/` of a lab: `./my-lab/{EXERCISES}/{name}`"
        )));
    };
    let lab = lab.display().to_string();
    of_lab(&lab::find(&lab, &job.state, access)?, lab, &name)
}

fn of_lab(lab: &LabSource, argument: String, name: &str) -> Result<Found, AppError> {
    match exercise::find(lab, name) {
        Ok(source) => Ok(Found { source, lab: argument }),
        Err(Unfit::Unknown { suggestion, .. }) => {
            Err(AppError::not_found(format!("`{argument}` has no exercise `{name}`")).hint(suggestion))
        }
        Err(unfit @ Unfit::Read(_)) => {
            Err(AppError::new(ErrorKind::BadFile, unfit.to_string()).because_sources(&unfit))
        }
    }
}
