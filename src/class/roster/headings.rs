//! The columns of a roster.

use std::fmt;

use super::fields::clean;
use super::problem::{Problem, RosterError};
use super::table::Row;
use crate::base::text::one_line;

/// The lines in which headings are looked for if the first one has none.
const LOOKED_AT: usize = 20;

/// What a column has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// The whole name.
    Name,
    /// The first name.
    Given,
    /// The last name.
    Family,
    /// The number or login of the student.
    Id,
    /// The e-mail address.
    Email,
    /// The group.
    Group,
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Name => "names",
            Self::Given => "first names",
            Self::Family => "last names",
            Self::Id => "ids",
            Self::Email => "e-mail addresses",
            Self::Group => "groups",
        })
    }
}

/// The headings of columns in English and Indonesian, without capitals, spaces and signs. Of several headings
/// of ids the first one here counts: learning platforms export their own numbers beside the school's.
const KNOWN: [(Column, &str); 6] = [
    (
        Column::Name,
        "name nama fullname namalengkap student siswa mahasiswa peserta students studentname namasiswa \
         namamahasiswa namapeserta pesertadidik namapesertadidik participant participants",
    ),
    (Column::Given, "firstname givenname forename namadepan"),
    (Column::Family, "surname lastname familyname namabelakang namakeluarga"),
    (
        Column::Id,
        "idnumber nim npm nisn nis nomorinduk noinduk nomorindukmahasiswa nomorinduksiswa studentid \
         studentnumber sisuserid sisloginid username namapengguna login loginid userid id",
    ),
    (Column::Email, "email emailaddress mail surel alamatemail alamatsurel"),
    (Column::Group, "group groupname kelompok namakelompok grup team tim"),
];

/// Other headings in lists of students. A file with one column under one of these has no names.
const OTHERS: &str = "no nr nomor number class kelas section role user phone telepon hp";

/// Where the fields of a roster are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// Whether the first row has headings.
    pub has_headings: bool,
    /// The columns that are read, each with its place.
    pub columns: Vec<(Column, usize)>,
    /// The headings as they are written; of a file without headings, an empty one for each column.
    pub headings: Vec<String>,
}

impl Layout {
    /// The place of a column.
    pub fn place(&self, column: Column) -> Option<usize> {
        self.columns.iter().find(|(own, _)| *own == column).map(|(_, place)| *place)
    }

    /// The heading of a column; none if it has none. That of the names if they are in two columns: both.
    pub fn heading(&self, column: Column) -> Option<String> {
        let own = |column| self.place(column).and_then(|place| self.headings.get(place)).cloned();
        let heading = match column {
            Column::Name => own(Column::Name).or_else(|| match (own(Column::Given), own(Column::Family)) {
                (Some(given), Some(family)) => Some(format!("{given} + {family}")),
                (given, family) => given.or(family),
            }),
            other => own(other),
        };
        heading.filter(|heading| !heading.is_empty())
    }

    /// The headings of the columns that are read.
    pub fn read(&self) -> Vec<String> {
        self.with(|place| self.columns.iter().any(|(_, own)| *own == place))
    }

    /// The headings of the other columns.
    pub fn left_out(&self) -> Vec<String> {
        self.with(|place| !self.columns.iter().any(|(_, own)| *own == place))
    }

    fn with(&self, wanted: impl Fn(usize) -> bool) -> Vec<String> {
        let all = self.headings.iter().enumerate();
        all.filter(|(place, heading)| wanted(*place) && !heading.is_empty())
            .map(|(_, own)| own.clone())
            .collect()
    }
}

/// Finds the columns. A file without headings has one column, with names.
///
/// # Errors
/// When it has no row, or it is not clear which column has what.
pub fn layout(rows: &[Row]) -> Result<Layout, RosterError> {
    let Some(first) = rows.first() else { return Err(RosterError::of_file(Problem::Empty)) };
    if has_name(&columns(first)?) {
        return with_headings(first);
    }
    let several = |row: &&Row| filled(row) > 1;
    let below = rows.iter().skip(1).take(LOOKED_AT).filter(several);
    for row in below {
        if has_name(&columns(row).unwrap_or_default()) {
            return Err(RosterError::of_line(row.line, Problem::HeadingsBelow));
        }
    }
    let only = first.fields.iter().map(|field| key(field)).find(|key| !key.is_empty()).unwrap_or_default();
    let is_heading =
        KNOWN.iter().any(|(_, words)| rank(words, &only).is_some()) || rank(OTHERS, &only).is_some();
    if filled(first) == 1 && !is_heading {
        let place = first.fields.iter().position(|field| !clean(field).is_empty()).unwrap_or_default();
        let headings = vec![String::new(); place + 1];
        return Ok(Layout { has_headings: false, columns: vec![(Column::Name, place)], headings });
    }
    let shown = first.fields.iter().map(|field| heading(field)).filter(|field| !field.is_empty());
    Err(RosterError::of_line(first.line, Problem::NoNameColumn(shown.collect())))
}

fn with_headings(first: &Row) -> Result<Layout, RosterError> {
    let headings: Vec<String> = first.fields.iter().map(|field| heading(field)).collect();
    let mut columns = columns(first)?;
    // In a list with the columns `name` and `surname`, the first is the given name only.
    let has = |column| columns.iter().any(|(own, _)| *own == column);
    let short = |place: usize| matches!(key(&headings[place]).as_str(), "name" | "nama");
    let split = has(Column::Family) && !has(Column::Given);
    let has_name = has(Column::Name);
    for (column, place) in &mut columns {
        if *column == Column::Name && split && short(*place) {
            *column = Column::Given;
        }
    }
    // A whole name is enough.
    let whole = has_name && columns.iter().any(|(own, _)| *own == Column::Name);
    columns.retain(|(own, _)| !(whole && matches!(own, Column::Given | Column::Family)));
    Ok(Layout { has_headings: true, columns, headings })
}

/// The known columns of a row of headings, each with its place.
fn columns(row: &Row) -> Result<Vec<(Column, usize)>, RosterError> {
    let keys: Vec<String> = row.fields.iter().map(|field| key(field)).collect();
    let mut found = Vec::new();
    for (column, words) in KNOWN {
        let mut own: Vec<(usize, usize)> =
            keys.iter().enumerate().filter_map(|(place, key)| Some((rank(words, key)?, place))).collect();
        own.sort_unstable();
        let ambiguous = match own.as_slice() {
            // Ids have an order; two columns with the same word still are ambiguous.
            [one, two, ..] if column != Column::Id || one.0 == two.0 => Some((one.1, two.1)),
            _ => None,
        };
        if let Some((one, two)) = ambiguous {
            let shown = |place: usize| row.fields.get(place).map(|field| heading(field)).unwrap_or_default();
            let (first, second) = (shown(one.min(two)), shown(one.max(two)));
            return Err(RosterError::of_line(row.line, Problem::TwoColumns { column, first, second }));
        }
        found.extend(own.first().map(|(_, place)| (column, *place)));
    }
    Ok(found)
}

/// The place of a heading among known ones.
fn rank(words: &str, key: &str) -> Option<usize> {
    words.split(' ').position(|word| word == key)
}

fn has_name(columns: &[(Column, usize)]) -> bool {
    columns.iter().any(|(column, _)| matches!(column, Column::Name | Column::Given | Column::Family))
}

/// The number of fields with a text.
fn filled(row: &Row) -> usize {
    row.fields.iter().filter(|field| !clean(field).is_empty()).count()
}

/// A heading as it is shown.
fn heading(field: &str) -> String {
    one_line(&clean(field)).into_owned()
}

/// A heading without capitals, spaces and signs.
fn key(field: &str) -> String {
    field.chars().filter(|sign| sign.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
