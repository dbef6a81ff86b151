//! Rosters as people have them: CSV files of spreadsheets and learning platforms.
//!
//! `bytes` finds the encoding, `table` splits the text into fields, `headings` finds the columns, `fields`
//! cleans and checks each field, and `twice` finds students that cannot be told apart. All errors of a file
//! are reported at once. A name stays data: only [`Seat`]s become parts of paths.

mod bytes;
mod fields;
mod headings;
mod problem;
mod seat;
mod table;
mod twice;

use serde::{Deserialize, Serialize};

pub use bytes::Encoding;
pub use problem::{Problem, RosterError, RosterErrors};
pub use seat::Seat;

use fields::Draft;

/// The most students of a class.
pub const MOST: usize = 500;

/// The largest roster, in bytes.
pub const LARGEST: usize = 1 << 20;

/// Whether names of students are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Names {
    /// They are.
    #[default]
    Shown,
    /// Only the seats are.
    Hidden,
}

/// A student of a class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Student {
    /// The seat, which names all that belongs to the student.
    pub seat: Seat,
    /// The name as it was typed, in Unicode's composed form (NFC).
    pub name: String,
    /// The number or login that the school knows the student by.
    pub id: Option<String>,
    /// The e-mail address.
    pub email: Option<String>,
    /// The group, whose members work on one instance.
    pub group: Option<String>,
}

/// A roster that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roster {
    /// The students in the order of the file, at least one and at most [`MOST`].
    pub students: Vec<Student>,
    /// The headings of the columns that were read, as they are written in the file. Empty if it has none.
    pub read: Vec<String>,
    /// The headings of all other columns.
    pub left_out: Vec<String>,
    /// The encoding that the file was taken to have.
    pub encoding: Encoding,
}

/// The students who share one instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bench {
    /// The seat of the first of them, which names the instance.
    pub seat: Seat,
    /// The name of their group, as the first of them has it; none for a student without a group.
    pub group: Option<String>,
    /// All their seats, in the order of the roster.
    pub members: Vec<Seat>,
}

/// The instances that a class needs, in the order of the roster. Groups are equal if only capitals differ.
pub fn benches(students: &[Student]) -> Vec<Bench> {
    let key = |group: &Option<String>| group.as_ref().map(|group| group.to_lowercase());
    let mut benches: Vec<Bench> = Vec::new();
    for student in students {
        let own = key(&student.group);
        match benches.iter_mut().find(|bench| own.is_some() && key(&bench.group) == own) {
            Some(bench) => bench.members.push(student.seat),
            None => benches.push(Bench {
                seat: student.seat,
                group: student.group.clone(),
                members: vec![student.seat],
            }),
        }
    }
    benches
}

/// Reads a roster.
///
/// # Errors
/// All lines that are invalid or ambiguous; if the file as a whole cannot be read, only that.
pub fn read(bytes: &[u8]) -> Result<Roster, RosterErrors> {
    let (text, encoding) = bytes::decode(bytes)?;
    let rows = table::rows(&text)?;
    let layout = headings::layout(&rows)?;
    let rows = rows.get(usize::from(layout.has_headings)..).unwrap_or_default();
    match rows.len() {
        0 => return Err(RosterError::of_file(Problem::Empty).into()),
        1..=MOST => {}
        count => return Err(RosterError::of_file(Problem::TooMany(count)).into()),
    }
    let mut errors = Vec::new();
    let drafts: Vec<Draft> = rows.iter().map(|row| fields::draft(row, &layout, &mut errors)).collect();
    // A line that has an error is not compared: what is missing in it may be what distinguishes it.
    let sound: Vec<&Draft> = drafts.iter().filter(|draft| draft.sound).collect();
    errors.extend(twice::check(&sound, &layout));
    if !errors.is_empty() {
        errors.sort_by_key(|error| error.line);
        return Err(RosterErrors(errors));
    }
    let count = drafts.len();
    let students = (1..).zip(drafts).filter_map(|(number, draft)| {
        let seat = Seat::new(number, count)?;
        Some(Student { seat, name: draft.name, id: draft.id, email: draft.email, group: draft.group })
    });
    let students = students.collect();
    Ok(Roster { students, read: layout.read(), left_out: layout.left_out(), encoding })
}

#[cfg(test)]
mod tests;
