//! Students who cannot be distinguished.

use super::fields::Draft;
use super::headings::{Column, Layout};
use super::problem::{Problem, RosterError};

type Field = fn(&Draft) -> Option<&str>;

/// The fields that distinguish students.
const UNIQUE: [(Column, Field); 2] =
    [(Column::Id, |draft| draft.id.as_deref()), (Column::Email, |draft| draft.email.as_deref())];

/// An error for each student who has the id or address of one before, or the same name without anything that
/// distinguishes them. Capitals make no difference.
pub fn check(drafts: &[&Draft], layout: &Layout) -> Vec<RosterError> {
    let mut errors = Vec::new();
    for (place, own) in drafts.iter().enumerate() {
        let found = problems(&drafts[..place], own).into_iter();
        errors.extend(found.map(|(column, problem)| RosterError {
            line: own.line,
            column: layout.heading(column),
            problem,
        }));
    }
    errors
}

fn problems(before: &[&Draft], own: &Draft) -> Vec<(Column, Problem)> {
    let mut found = Vec::new();
    for (column, field) in UNIQUE {
        let same = |other: &&&Draft| field(own).is_some() && alike(field(other), field(own));
        if let Some(other) = before.iter().find(same) {
            let text = field(own).unwrap_or_default().to_owned();
            found.push((column, Problem::Twice { text, line: other.line }));
        }
    }
    let same = |other: &&&Draft| alike(Some(&other.name), Some(&own.name)) && !distinguished(other, own);
    // A line that is there twice is one error.
    if found.is_empty()
        && let Some(other) = before.iter().find(same)
    {
        found.push((Column::Name, Problem::SameName { name: own.name.clone(), line: other.line }));
    }
    found
}

/// Whether both have an id, or both have an address, and these differ.
fn distinguished(one: &Draft, two: &Draft) -> bool {
    UNIQUE
        .iter()
        .any(|(_, field)| field(one).is_some() && field(two).is_some() && !alike(field(one), field(two)))
}

fn alike(one: Option<&str>, two: Option<&str>) -> bool {
    one.map(str::to_lowercase) == two.map(str::to_lowercase)
}
