//! What probes tell that only their kind does: which facts there are, and which columns they have.

use std::borrow::Cow;

use crate::model::{LoadName, Source};
use crate::record::{Columns, ProbeFact, Quantity, What};

/// A fact that loads of a kind tell.
#[derive(Debug)]
pub struct FactRow {
    /// Its name in the record: `login`.
    pub name: &'static str,
    /// Where it is seen.
    pub source: Source,
    /// The columns that it can have, in the order in which they are given.
    pub columns: &'static [&'static str],
}

impl FactRow {
    /// The fact as an event. A column that is none is left out.
    pub fn told<const N: usize>(&self, load: &LoadName, values: [Option<Quantity>; N]) -> What {
        let columns = columns(self.columns, values);
        What::Fact(ProbeFact { load: load.clone(), fact: self.name.into(), source: self.source, columns })
    }

    /// The load and the columns of an event, if it is this fact.
    pub fn read<'e>(&self, what: &'e What) -> Option<(&'e LoadName, &'e Columns)> {
        match what {
            What::Fact(fact) if fact.fact == self.name => Some((&fact.load, &fact.columns)),
            _ => None,
        }
    }
}

/// Columns of these names. One that is none is left out.
pub fn columns<const N: usize>(names: &[&'static str], values: [Option<Quantity>; N]) -> Columns {
    let named = names.iter().zip(values).filter_map(|(name, value)| Some((Cow::from(*name), value?)));
    named.collect()
}
