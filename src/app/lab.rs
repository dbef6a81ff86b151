//! Turns the name of a lab on the command line into a lab that was read and checked.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::Zoned;

use super::error::{AppError, ErrorKind};
use super::event::What;
use super::job::Job;
use crate::base::folder::Access;
use crate::catalog::Catalog;
use crate::desired::{Desired, desired};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::image::{Recipe, image_spec};
use crate::instance::{Instance, LabOrigin};
use crate::labfile::{
    self, FindError, HostFigures, LAB_FILE, LabPart, LabPlace, LabSource, Loaded, OPTION, Setting,
};
use crate::model::{DrillName, Lab, Scripts};
use crate::stack;
use crate::state::StateDir;

/// A lab that was found and read.
#[derive(Debug, Clone)]
pub struct Found {
    /// Its file.
    pub source: LabSource,
    /// Where it comes from.
    pub origin: LabOrigin,
    /// The parameters of `--set`.
    pub settings: Vec<Setting>,
    /// Its content.
    pub loaded: Loaded,
}

impl Found {
    /// The lab as objects on a host: its stacks rendered, its images named.
    ///
    /// # Errors
    /// When a stack or an image of the catalogue is wrong.
    pub fn desired(&self) -> Result<Desired, AppError> {
        objects(&self.loaded, &self.source.catalog)
    }

    /// The texts of its drills.
    ///
    /// # Errors
    /// When one cannot be read, or its name is not valid for a drill.
    pub fn drills(&self) -> Result<BTreeMap<DrillName, String>, AppError> {
        let parts = self.source.drills().map_err(|error| {
            AppError::new(ErrorKind::BadFile, "the lab's drills cannot be read").because(error)
        })?;
        let named = |part: LabPart| match part.name.parse::<DrillName>() {
            Ok(name) => Ok((name, part.text.into_owned())),
            Err(error) => {
                Err(AppError::new(ErrorKind::BadFile, format!("{} is named wrong", part.label))
                    .because(error))
            }
        };
        parts.into_iter().map(named).collect()
    }
}

/// The catalogue of an instance: with the files beside its lab, as long as they are there.
pub fn catalog_of(instance: &Instance, job: &Job) -> Catalog {
    match find(&instance.origin.argument(), &job.state, job.trusted()) {
        Ok(source) => source.catalog,
        Err(_) => Catalog::of_state(&job.state),
    }
}

/// The drills beside a lab, not yet read.
///
/// # Errors
/// When its folder is there and cannot be read.
pub fn drills(source: &LabSource) -> Result<Vec<LabPart>, AppError> {
    let unreadable =
        |error| AppError::new(ErrorKind::BadFile, "the lab's drills cannot be read").because(error);
    source.drills().map_err(unreadable)
}

/// The scripts beside a lab that its drills use.
///
/// # Errors
/// When one cannot be read.
pub fn scripts(source: &LabSource) -> Result<Scripts, AppError> {
    let unreadable =
        |error| AppError::new(ErrorKind::BadFile, "the lab's scripts cannot be read").because(error);
    source.scripts().map_err(unreadable)
}

/// A lab as objects on a host: its stacks rendered, its images named.
///
/// # Errors
/// When a stack or an image of the catalogue is wrong.
pub fn objects(loaded: &Loaded, catalog: &Catalog) -> Result<Desired, AppError> {
    let rendering = stack::render(&loaded.lab, &loaded.own, catalog)?;
    Ok(desired(&loaded.lab, &rendering, |name, node| image_spec(name, &node.packages, &node.bake, catalog))?)
}

/// Finds and reads a lab, and reports its warnings.
///
/// # Errors
/// When there is no such lab, or it has errors: then all of them are reported.
pub fn read(job: &Job, argument: &str, settings: Vec<Setting>, access: Access) -> Result<Found, AppError> {
    let source = find(argument, &job.state, access)?;
    let loaded = load(&source, &settings, &job.state)?;
    if !loaded.warnings.is_empty() {
        job.emit(What::Diagnostics { problems: Box::new(loaded.warnings.clone()) });
    }
    let origin = match source.place {
        LabPlace::Bundled => LabOrigin::Bundled(argument.to_owned()),
        LabPlace::Installed => LabOrigin::Installed(argument.to_owned()),
        LabPlace::Folder | LabPlace::Text => LabOrigin::File(absolute(&source.label)),
    };
    Ok(Found { source, origin, settings, loaded })
}

/// A lab file from an editor; relative names in it refer to a folder.
///
/// # Errors
/// When the folder cannot be opened.
pub fn piped(folder: &str, text: &str, state: &StateDir) -> Result<LabSource, AppError> {
    let catalog = Catalog::of_state(state).beside_path(Path::new(folder)).map_err(|error| {
        AppError::not_found(format!("the folder `{folder}` cannot be opened")).because(error)
    })?;
    Ok(LabSource::from_text("<stdin>", text, catalog))
}

/// Finds a lab's file.
///
/// # Errors
/// When there is none, or it may not be used with this access.
pub fn find(argument: &str, state: &StateDir, access: Access) -> Result<LabSource, AppError> {
    labfile::find(argument, &Catalog::of_state(state), access).map_err(|error| {
        let help = error.help();
        let told = match error {
            FindError::Read(_) => {
                AppError::new(ErrorKind::BadFile, format!("`{argument}` cannot be read")).because(error)
            }
            FindError::Unknown { .. } | FindError::NoPath(_) | FindError::NotALab(_) => {
                AppError::not_found(error.to_string())
            }
        };
        told.maybe_hint(help)
    })
}

/// The problems that prevent a lab.
#[derive(Debug)]
pub struct Wrong {
    /// All problems.
    pub problems: Diagnostics,
    /// Whether the lab is right, and only this machine is too small for it.
    pub too_small: bool,
}

impl From<Wrong> for AppError {
    fn from(wrong: Wrong) -> Self {
        let error = AppError::bad_file(&wrong.problems);
        if wrong.too_small { AppError { kind: ErrorKind::Host, ..error } } else { error }
    }
}

/// Reads a lab and compares it with the machine; the result includes the warnings of both.
///
/// # Errors
/// All problems.
pub fn load(source: &LabSource, settings: &[Setting], state: &StateDir) -> Result<Loaded, Wrong> {
    let wrong = |problems| Wrong { problems, too_small: false };
    let mut loaded = labfile::load(source, settings).map_err(wrong)?;
    // A machine whose size is unknown is no reason to refuse a lab; the host will refuse it if memory is
    // missing.
    if let Ok(figures) = HostFigures::read(state.root()) {
        loaded.warnings.append(labfile::capacity(source, &loaded, &figures));
    }
    let too_small = loaded.warnings.has_errors();
    loaded.warnings.append(past_support(source, settings, &loaded.lab));
    if too_small { Err(Wrong { problems: loaded.warnings, too_small }) } else { Ok(loaded) }
}

/// Warns of images whose releases get no more security updates, at the places where they are chosen.
fn past_support(source: &LabSource, settings: &[Setting], lab: &Lab) -> Diagnostics {
    let mut found = Diagnostics::new(&source.label, &source.text);
    let today = Zoned::now().date();
    for image in lab.nodes.iter().map(|node| &node.image).collect::<BTreeSet<_>>() {
        // An image that cannot be read is reported elsewhere.
        let recipe = Recipe::load(image, &source.catalog).ok();
        let Some(last) = recipe.and_then(|recipe| recipe.past_support(today)) else { continue };
        let setting = settings.iter().rfind(|setting| setting.is_image() && setting.value == image.as_str());
        let (place, span) = match setting {
            Some(setting) => {
                let text = setting.to_string();
                let value = text.len() - image.as_str().len()..text.len();
                (found.add_source(OPTION, text), value)
            }
            None => {
                let written = format!("\"{image}\"");
                (0, source.text.find(&written).map_or(0..0, |at| at..at + written.len()))
            }
        };
        let warning = Diagnostic::warning(span, format!("`{image}` gets no security updates any more"))
            .label(format!("its support ended on {last}"))
            .help("keep what runs on it to the lab's own networks");
        found.push_in(place, warning);
    }
    found
}

/// The lab of the current folder of this process, if there is one: user interfaces set it as
/// [`super::Halab::here`].
pub fn of_current_folder() -> Option<String> {
    Path::new(LAB_FILE).is_file().then(|| LAB_FILE.to_owned())
}

/// The lab to show: the named one, that of the current folder, or that of the existing instance.
///
/// # Errors
/// When there is none, or it has errors.
pub fn shown(job: &Job, argument: Option<&str>) -> Result<Lab, AppError> {
    match argument.map(str::to_owned).or_else(|| job.here.clone()) {
        Some(argument) => Ok(read(job, &argument, Vec::new(), Access::Any)?.loaded.lab),
        None => {
            let Instance { lab, .. } = job.describe(&job.choose(None)?)?;
            Ok(lab)
        }
    }
}

pub(super) fn absolute(path: &str) -> std::path::PathBuf {
    // Without a current folder, the path is left as it was written.
    std::path::absolute(path).unwrap_or_else(|_| path.into())
}
