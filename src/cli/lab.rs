//! From what the command line calls a lab to a lab that may be made.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::Zoned;

use super::context::Context;
use super::error::CliError;
use super::exit::Exit;
use crate::catalog::Catalog;
use crate::desired::{Desired, desired};
use crate::diagnostic::{Diagnostic, Diagnostics, render};
use crate::image::{Recipe, image_spec};
use crate::instance::{Instance, Origin};
use crate::labfile::{self, FindError, HostFigures, LAB_FILE, LabPart, LabSource, Loaded, OPTION, Setting};
use crate::model::{DrillName, Lab};
use crate::stack;
use crate::state::StateDir;

/// A lab as it was found and read.
#[derive(Debug, Clone)]
pub struct Found {
    /// Its file.
    pub source: LabSource,
    /// Where it came from.
    pub origin: Origin,
    /// What `--set` set.
    pub settings: Vec<Setting>,
    /// What it means.
    pub loaded: Loaded,
}

impl Found {
    /// The lab as objects on a host: its stacks rendered, its images named.
    ///
    /// # Errors
    /// When a stack or an image of the catalogue is wrong.
    pub fn desired(&self) -> Result<Desired, CliError> {
        objects(&self.loaded.lab, &self.source.catalog)
    }

    /// The texts of its drills.
    ///
    /// # Errors
    /// When one cannot be read, or is named as no drill may be.
    pub fn drills(&self) -> Result<BTreeMap<DrillName, String>, CliError> {
        let parts = self.source.drills().map_err(|error| {
            CliError::new(Exit::BAD_FILE, "the lab's drills cannot be read").because(error)
        })?;
        let named = |part: LabPart| match part.name.parse::<DrillName>() {
            Ok(name) => Ok((name, part.text.into_owned())),
            Err(error) => {
                Err(CliError::new(Exit::BAD_FILE, format!("{} is named wrong", part.label)).because(error))
            }
        };
        parts.into_iter().map(named).collect()
    }
}

/// The drills beside a lab, not yet read.
///
/// # Errors
/// When its folder is there and cannot be read.
pub fn drills(source: &LabSource) -> Result<Vec<LabPart>, CliError> {
    let unreadable = |error| CliError::new(Exit::BAD_FILE, "the lab's drills cannot be read").because(error);
    source.drills().map_err(unreadable)
}

/// A lab as objects on a host: its stacks rendered, its images named.
///
/// # Errors
/// When a stack or an image of the catalogue is wrong.
pub fn objects(lab: &Lab, catalog: &Catalog) -> Result<Desired, CliError> {
    let rendering = stack::render(lab, catalog)?;
    Ok(desired(lab, &rendering, |name, node| image_spec(name, &node.packages, &node.bake, catalog))?)
}

/// Finds a lab, reads it and says what is worth a look.
///
/// # Errors
/// When there is no such lab, or something is wrong with it: then all of it is said.
pub fn read(context: &Context, argument: &str, settings: Vec<Setting>) -> Result<Found, CliError> {
    let source = find(argument, &context.state)?;
    let loaded = load(&source, &settings, &context.state).map_err(|wrong| bad_file(&wrong))?;
    if !loaded.warnings.is_empty() {
        context.ui.say(render::text(&loaded.warnings, true).trim_end());
    }
    let origin = match &source.folder {
        Some(_) => Origin::File(absolute(&source.label)),
        None => Origin::Bundled(argument.to_owned()),
    };
    Ok(Found { source, origin, settings, loaded })
}

/// Finds a lab's file.
///
/// # Errors
/// When there is none.
pub fn find(argument: &str, state: &StateDir) -> Result<LabSource, CliError> {
    let mut source = labfile::find(argument).map_err(|error| {
        let help = error.help();
        let told = match error {
            FindError::Read(_) => {
                CliError::new(Exit::BAD_FILE, format!("`{argument}` cannot be read")).because(error)
            }
            FindError::Unknown { .. } | FindError::NotALab(_) => CliError::not_found(error.to_string()),
        };
        told.maybe_hint(help)
    })?;
    source.catalog = source.catalog.in_state(state);
    Ok(source)
}

/// Reads a lab and compares it with the machine; the warnings of both are in the result.
///
/// # Errors
/// Everything that is wrong.
pub fn load(source: &LabSource, settings: &[Setting], state: &StateDir) -> Result<Loaded, Diagnostics> {
    let mut loaded = labfile::load(source, settings)?;
    // A machine that does not tell its figures is no reason to refuse a lab; the host will when it lacks memory.
    if let Ok(figures) = HostFigures::read(state.root()) {
        loaded.warnings.append(labfile::capacity(source, &loaded, &figures));
    }
    loaded.warnings.append(past_support(source, settings, &loaded.lab));
    if loaded.warnings.has_errors() { Err(loaded.warnings) } else { Ok(loaded) }
}

/// Warns of images whose releases get no more security updates, where they are chosen.
fn past_support(source: &LabSource, settings: &[Setting], lab: &Lab) -> Diagnostics {
    let mut found = Diagnostics::new(&source.label, &source.text);
    let today = Zoned::now().date();
    for image in lab.nodes.iter().map(|node| &node.image).collect::<BTreeSet<_>>() {
        // One that cannot be read is an error elsewhere.
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

/// The lab that is meant when none is named: that of the current folder.
pub fn here() -> Option<String> {
    Path::new(LAB_FILE).is_file().then(|| LAB_FILE.to_owned())
}

/// The lab to show: the named one, that of the current folder, or that of the instance that stands.
///
/// # Errors
/// When there is none, or it is wrong.
pub fn shown(context: &Context, argument: Option<&str>) -> Result<Lab, CliError> {
    match argument.map(str::to_owned).or_else(here) {
        Some(argument) => Ok(read(context, &argument, Vec::new())?.loaded.lab),
        None => {
            let Instance { lab, .. } = context.describe(&context.choose(None)?)?;
            Ok(lab)
        }
    }
}

/// All that is wrong with a file, as an error.
pub fn bad_file(wrong: &Diagnostics) -> CliError {
    CliError::rendered(Exit::BAD_FILE, render::text(wrong, true))
}

fn absolute(path: &str) -> std::path::PathBuf {
    // Without a current folder nothing better is known than what was written.
    std::path::absolute(path).unwrap_or_else(|_| path.into())
}
