//! The settings of the command line as a text, so that diagnostics can mark positions in it.

use std::ops::Range;

use super::params::Used;
use crate::diagnostic::suggestion;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::labfile::file::LabFile;
use crate::labfile::setting::{OPTION, Setting};

/// The settings, one on each line.
pub(super) struct Settings<'a> {
    /// Each with the positions of its key and value.
    pub(super) all: Vec<Placed<'a>>,
    /// The index of this text in the sources of the diagnostics.
    pub(super) source: usize,
}

/// A setting with its positions in the text.
pub(super) struct Placed<'a> {
    pub(super) setting: &'a Setting,
    pub(super) key: Range<usize>,
    pub(super) value: Range<usize>,
}

impl<'a> Settings<'a> {
    pub(super) fn new(given: &'a [Setting], found: &mut Diagnostics) -> Self {
        let mut text = String::new();
        let mut all = Vec::new();
        for setting in given {
            let start = text.len();
            let key = start..start + setting.key().len();
            let value = key.end + 1..key.end + 1 + setting.value.len();
            text.push_str(&setting.to_string());
            text.push('\n');
            all.push(Placed { setting, key, value });
        }
        let source = if given.is_empty() { 0 } else { found.add_source(OPTION, text) };
        Self { all, source }
    }

    /// The setting of the profile; the last one applies.
    pub(super) fn profile(&self) -> Option<&Placed<'a>> {
        self.all.iter().rfind(|placed| placed.setting.is_profile())
    }

    /// The setting of the image; the last one applies.
    pub(super) fn image(&self) -> Option<&Placed<'a>> {
        self.all.iter().rfind(|placed| placed.setting.is_image())
    }

    /// Assigns each setting to a use of a stack, as an index into `used`. Settings that fit none or several
    /// are reported; if a stack is unknown, those that fit none are not.
    pub(super) fn targets(
        &self,
        file: &LabFile,
        used: &[Used<'_>],
        all_known: bool,
        found: &mut Diagnostics,
    ) -> Vec<(usize, &Placed<'a>)> {
        let mut all = Vec::new();
        let of_lab = |setting: &Setting| setting.is_profile() || setting.is_image();
        for placed in self.all.iter().filter(|placed| !of_lab(placed.setting)) {
            let has = |one: &Used<'_>| {
                placed.is_for(one) && one.definition.param.contains_key(&placed.setting.name)
            };
            let candidates: Vec<(usize, &Used<'_>)> =
                used.iter().enumerate().filter(|(_, one)| has(one)).collect();
            match candidates.as_slice() {
                [(only, _)] => all.push((*only, placed)),
                [] if !all_known => {}
                [] => found.push_in(self.source, placed.for_none(file, used)),
                several => found.push_in(self.source, placed.for_several(several)),
            }
        }
        all
    }
}

impl Placed<'_> {
    /// Whether it can belong to a use of a stack, given the name before the dot.
    fn is_for(&self, used: &Used<'_>) -> bool {
        self.setting.stack.as_deref().is_none_or(|stack| used.entry.name.as_str() == stack)
    }

    fn for_none(&self, file: &LabFile, used: &[Used<'_>]) -> Diagnostic {
        let name = &self.setting.name;
        let message = match &self.setting.stack {
            Some(stack) if file.stack.get(stack).is_none() => {
                let help = suggestion(stack, "stack", file.stack.names());
                return Diagnostic::error(self.key.clone(), format!("the lab has no stack `{stack}`"))
                    .help(help);
            }
            Some(stack) => format!("stack `{stack}` has no parameter `{name}`"),
            None => format!("no stack of the lab has a parameter `{name}`"),
        };
        let here = used.iter().filter(|one| self.is_for(one));
        let mut known: Vec<&str> =
            here.flat_map(|one| one.definition.param.keys().map(String::as_str)).collect();
        known.sort_unstable();
        known.dedup();
        Diagnostic::error(self.key.clone(), message).help(suggestion(name, "parameter", known))
    }

    fn for_several(&self, several: &[(usize, &Used<'_>)]) -> Diagnostic {
        let name = &self.setting.name;
        let ways: Vec<String> = several
            .iter()
            .map(|(_, one)| format!("`{}.{name}={}`", one.entry.name, self.setting.value))
            .collect();
        Diagnostic::error(self.key.clone(), format!("several stacks have a parameter `{name}`"))
            .help(format!("write {}", ways.join(" or ")))
    }
}
