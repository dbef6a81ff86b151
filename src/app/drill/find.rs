//! The drills of an instance: those of the exercise that goes on on it, and the present ones beside its lab,
//! else those of the time when it was brought up.

use std::borrow::Cow;
use std::path::Path;

use crate::app::error::{AppError, ErrorKind};
use crate::app::exercise;
use crate::app::job::Job;
use crate::app::lab;
use crate::base::folder::{Access, Folder};
use crate::catalog::Catalog;
use crate::diagnostic::suggestion;
use crate::drill;
use crate::instance::Instance;
use crate::labfile::LabPart;
use crate::model::Scripts;
use crate::model::drill::Drill;

/// All drills of an instance, not yet read. A drill of the exercise that goes on on it takes the place of one
/// of the lab with its name, as it does in the checks of the exercise.
///
/// # Errors
/// When the lab's folder is there and cannot be read.
pub fn all(job: &Job, instance: &Instance, access: Access) -> Result<Vec<LabPart>, AppError> {
    let of_exercise = exercise::open_drills(job, &instance.name);
    let mut parts = of_lab(job, instance, access)?;
    parts.retain(|part| of_exercise.iter().all(|own| own.name != part.name));
    parts.extend(of_exercise);
    Ok(parts)
}

fn of_lab(job: &Job, instance: &Instance, access: Access) -> Result<Vec<LabPart>, AppError> {
    match lab::find(&instance.origin.argument(), &job.state, access) {
        Ok(source) => return lab::drills(&source),
        // A lab whose folder is gone or was moved does not prevent a drill: the instance has copies of its
        // drills.
        Err(error) if error.kind == ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let kept = instance.drills.iter().map(|(name, text)| LabPart {
        name: name.to_string(),
        label: format!("drills/{name}.toml (as it was brought up)"),
        text: Cow::Owned(text.clone()),
        scripts: instance.scripts.clone(),
        catalog: Catalog::of_state(&job.state),
    });
    Ok(kept.collect())
}

/// One drill of an instance, by its name or the path of its file, checked against the lab.
///
/// # Errors
/// When there is none, or something is wrong with it.
pub fn one(job: &Job, instance: &Instance, wanted: &str) -> Result<Drill, AppError> {
    let access = job.trusted();
    let beside = || beside(job, instance, access);
    let part = part(wanted, instance.lab.name.as_str(), access, beside, || all(job, instance, access))?;
    drill::load(&part, &instance.lab).map_err(|wrong| AppError::bad_file(&wrong))
}

/// The scripts and stacks of an instance: the present ones beside its lab, else those of the time when it was
/// brought up.
fn beside(job: &Job, instance: &Instance, access: Access) -> Result<(Scripts, Catalog), AppError> {
    match lab::find(&instance.origin.argument(), &job.state, access) {
        Ok(source) => Ok((lab::scripts(&source)?, source.catalog)),
        Err(error) if error.kind == ErrorKind::NotFound => {
            Ok((instance.scripts.clone(), Catalog::of_state(&job.state)))
        }
        Err(error) => Err(error),
    }
}

/// The text of a drill, by its name among those of a lab or the path of its file.
///
/// # Errors
/// When there is none.
pub fn part(
    wanted: &str,
    lab: &str,
    access: Access,
    beside: impl FnOnce() -> Result<(Scripts, Catalog), AppError>,
    parts: impl FnOnce() -> Result<Vec<LabPart>, AppError>,
) -> Result<LabPart, AppError> {
    if let Some(part) = from_file(wanted, access)? {
        let (scripts, catalog) = beside()?;
        return Ok(LabPart { scripts, catalog, ..part });
    }
    let parts = parts()?;
    parts.iter().find(|part| part.name == wanted).cloned().ok_or_else(|| {
        let names: Vec<&str> = parts.iter().map(|part| part.name.as_str()).collect();
        AppError::not_found(format!("`{lab}` has no drill `{wanted}`"))
            .hint(suggestion(wanted, "drill", names))
    })
}

/// Refuses the path of a drill file that cannot be read.
///
/// # Errors
/// When it cannot be.
pub fn readable(wanted: &str, access: Access) -> Result<(), AppError> {
    from_file(wanted, access).map(|_| ())
}

/// A drill that is in none of the lab's folders.
fn from_file(wanted: &str, access: Access) -> Result<Option<LabPart>, AppError> {
    let path = Path::new(wanted);
    if path.extension().is_none_or(|extension| extension != "toml") {
        return Ok(None);
    }
    let read = || {
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        Folder::open(path.parent().unwrap_or(path), access)?.text(&file)
    };
    let text = read().map_err(|error: std::io::Error| {
        let missing = error.kind() == std::io::ErrorKind::NotFound;
        let kind = if missing { ErrorKind::NotFound } else { ErrorKind::BadFile };
        AppError::new(kind, format!("the drill `{wanted}` cannot be read"))
            .because(error)
            .hint("name a file, or a drill of `lab drill list`")
    })?;
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let (label, scripts, catalog) = (wanted.to_owned(), Scripts::default(), Catalog::bundled());
    Ok(Some(LabPart { name, label, text: Cow::Owned(text), scripts, catalog }))
}
