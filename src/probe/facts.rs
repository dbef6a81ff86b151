//! Facts that only one kind of probe reports, and their columns.

use std::borrow::Cow;

use crate::model::{LoadName, Source};
use crate::record::{Columns, ProbeFact, Quantity, What};

/// A fact that loads of a kind report.
#[derive(Debug)]
pub struct FactRow {
    /// Its name in the record: `login`.
    pub name: &'static str,
    /// Where it is observed.
    pub source: Source,
    /// Its possible columns, in the order of the values.
    pub columns: &'static [&'static str],
}

impl FactRow {
    /// The fact as an event. Columns without a value are left out.
    pub fn told<const N: usize>(&self, load: &LoadName, values: [Option<Quantity>; N]) -> What {
        let columns = columns(self.columns, values);
        What::Fact(ProbeFact { load: load.clone(), fact: self.name.into(), source: self.source, columns })
    }

    /// The load and the columns of an event, if the event is this fact.
    pub fn read<'e>(&self, what: &'e What) -> Option<(&'e LoadName, &'e Columns)> {
        match what {
            What::Fact(fact) if fact.fact == self.name => Some((&fact.load, &fact.columns)),
            _ => None,
        }
    }
}

/// Columns with these names. Those without a value are left out.
pub fn columns<const N: usize>(names: &[&'static str], values: [Option<Quantity>; N]) -> Columns {
    let named = names.iter().zip(values).filter_map(|(name, value)| Some((Cow::from(*name), value?)));
    named.collect()
}
