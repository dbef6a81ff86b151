//! The common parts of all checks of a drill file.

use std::ops::Range;

use toml::Spanned;

use super::step_table::StepTable;
use super::tables::DrillFile;
use crate::catalog::Catalog;
use crate::diagnostic::{Diagnostic, Diagnostics, nearest, suggestion};
use crate::model::{AddressName, Lab, Scripts, StepName};

/// A drill file that is being checked against its lab.
pub struct Checker<'a> {
    pub lab: &'a Lab,
    pub scripts: &'a Scripts,
    pub catalog: &'a Catalog,
    pub file: &'a DrillFile,
    pub found: Diagnostics,
}

impl<'a> Checker<'a> {
    /// Checks the name.
    pub fn header(&mut self, file_name: &str) {
        let name = &self.file.name;
        if name.get_ref().as_str() != file_name {
            let problem = Diagnostic::error(
                name.span(),
                format!("the drill is not called `{file_name}` as its file is"),
            );
            self.found.push(problem.help(format!("write `name = \"{file_name}\"`, or rename the file")));
        }
    }

    /// Reports a problem at a place in the file.
    pub fn error(&mut self, span: Range<usize>, message: impl Into<String>, help: impl Into<String>) {
        self.found.push(Diagnostic::error(span, message).help(help));
    }

    /// The virtual address with this name; reports a missing one.
    pub fn address(&mut self, name: &Spanned<AddressName>) -> Option<AddressName> {
        let known = self.lab.addresses.iter().map(|address| address.name.as_str());
        self.refer("virtual address", name, known).then(|| name.get_ref().clone())
    }

    /// Whether a name is among the known ones; reports it if not.
    pub fn refer<'k>(
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

    /// The steps in the order of the file.
    pub fn step_tables(&self) -> Vec<(&'a Spanned<StepName>, &'a StepTable)> {
        let mut tables: Vec<_> = self.file.step.iter().collect();
        tables.sort_by_key(|(name, _)| name.span().start);
        tables
    }
}
