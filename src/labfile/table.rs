//! Taking values out of a parsed TOML table, reporting whatever is not as it should be and going on.

use std::ops::Range;
use std::str::FromStr;

use toml::de::{DeTable, DeValue};

use super::file::{At, Entry, Named};
use super::scalar::{Wanted, name, parsed, text, wrong_kind};
use crate::diagnostic::meant;
use crate::diagnostic::{Diagnostic, Diagnostics};

/// A table that is being read.
pub(super) struct Table<'a> {
    table: &'a DeTable<'a>,
    /// Where the table's name stands, for what is missing in it.
    span: Range<usize>,
    /// What the table is, for messages: "a node".
    what: &'static str,
}

impl<'a> Table<'a> {
    /// Opens a table; keys that it should not have are reported at once.
    pub(super) fn open(
        table: &'a DeTable<'a>,
        span: Range<usize>,
        what: &'static str,
        keys: &[&str],
        found: &mut Diagnostics,
    ) -> Self {
        for key in table.keys() {
            let word = key.get_ref().as_ref();
            if !keys.contains(&word) {
                let problem = Diagnostic::error(key.span(), format!("unknown key `{word}`"))
                    .label(format!("not a key of {what}"));
                found.push(meant(problem, word, "key", keys.iter().copied()));
            }
        }
        Self { table, span, what }
    }

    fn get(&self, key: &str) -> Option<(&'a DeValue<'a>, Range<usize>)> {
        self.table.get(key).map(|value| (value.get_ref(), value.span()))
    }

    /// Reports a key that must be there and is not.
    pub(super) fn require(&self, key: &str, example: &str, found: &mut Diagnostics) {
        if self.table.get(key).is_none() {
            found.push(
                Diagnostic::error(self.span.clone(), format!("{} needs the key `{key}`", self.what))
                    .label("not complete")
                    .help(format!("add `{key} = {example}`")),
            );
        }
    }

    /// Text.
    pub(super) fn text(
        &self,
        key: &str,
        example: &'static str,
        found: &mut Diagnostics,
    ) -> Option<At<String>> {
        let (value, span) = self.get(key)?;
        text(value, span, &Wanted::text(example), found)
    }

    /// Text that is parsed.
    pub(super) fn parsed<T: FromStr>(
        &self,
        key: &str,
        wanted: &Wanted,
        found: &mut Diagnostics,
    ) -> Option<At<T>> {
        let (value, span) = self.get(key)?;
        parsed(value, span, wanted, found)
    }

    /// The table's own name for something, as a key: `name = "my-lab"`.
    pub(super) fn name<N>(&self, key: &str, example: &'static str, found: &mut Diagnostics) -> Option<At<N>>
    where
        N: FromStr<Err: std::fmt::Display>,
    {
        let text = self.text(key, example, found)?;
        name(&text.value, text.span, self.what, found)
    }

    /// A whole number in a range.
    pub(super) fn integer(
        &self,
        key: &str,
        range: std::ops::RangeInclusive<u32>,
        found: &mut Diagnostics,
    ) -> Option<At<u32>> {
        let (value, span) = self.get(key)?;
        let help = match (range.start(), range.end()) {
            (only, last) if only == last => format!("write `{key} = {only}`"),
            (first, last) => format!("write a whole number from {first} to {last}, without quotes"),
        };
        let Some(integer) = value.as_integer() else {
            found.push(wrong_kind(value, span, "a whole number").help(help));
            return None;
        };
        let number = i64::from_str_radix(integer.as_str(), integer.radix()).ok();
        match number.and_then(|n| u32::try_from(n).ok()).filter(|n| range.contains(n)) {
            Some(value) => Some(At { value, span }),
            None => {
                found.push(
                    Diagnostic::error(span, format!("`{integer}` is out of range for `{key}`")).help(help),
                );
                None
            }
        }
    }

    /// `true` or `false`.
    pub(super) fn boolean(&self, key: &str, found: &mut Diagnostics) -> Option<At<bool>> {
        let (value, span) = self.get(key)?;
        if let Some(value) = value.as_bool() {
            return Some(At { value, span });
        }
        found.push(
            wrong_kind(value, span, "`true` or `false`").help("write `true` or `false`, without quotes"),
        );
        None
    }

    /// A list of texts.
    pub(super) fn texts(
        &self,
        key: &str,
        wanted: &Wanted,
        found: &mut Diagnostics,
    ) -> Option<At<Vec<At<String>>>> {
        let (value, span) = self.get(key)?;
        let Some(array) = value.as_array() else {
            found.push(wrong_kind(value, span, wanted.kind).help(format!("write {}", wanted.example)));
            return None;
        };
        let item = Wanted::text(wanted.example);
        let texts = array.iter().filter_map(|one| text(one.get_ref(), one.span(), &item, found)).collect();
        Some(At { value: texts, span })
    }

    /// The entries of a table inside this one, in the order of the file, with the place of each name.
    pub(super) fn entries(
        &self,
        key: &str,
        example: &str,
        found: &mut Diagnostics,
    ) -> Vec<(At<&'a str>, &'a DeValue<'a>, Range<usize>)> {
        let Some((value, span)) = self.get(key) else { return Vec::new() };
        let Some(table) = value.as_table() else {
            found.push(wrong_kind(value, span, "a table").help(format!("write {example}")));
            return Vec::new();
        };
        let mut entries: Vec<_> = table
            .iter()
            .map(|(key, value)| {
                let name = At { value: key.get_ref().as_ref(), span: key.span() };
                (name, value.get_ref(), value.span())
            })
            .collect();
        entries.sort_by_key(|(name, ..)| name.span.start);
        entries
    }

    /// A table inside this one, opened.
    pub(super) fn table(
        &self,
        key: &str,
        what: &'static str,
        keys: &[&str],
        found: &mut Diagnostics,
    ) -> Option<Table<'a>> {
        let (value, span) = self.get(key)?;
        open(value, span.clone(), span, what, keys, found)
    }

    /// Named tables inside this one, each read by a function.
    pub(super) fn named<N, T>(
        &self,
        key: &str,
        what: &'static str,
        keys: &[&str],
        found: &mut Diagnostics,
        read: impl Fn(&Table<'_>, &mut Diagnostics) -> T,
    ) -> Named<N, T>
    where
        N: FromStr<Err: std::fmt::Display>,
    {
        let mut all = Named::default();
        for (key, value, span) in self.entries(key, &format!("`[{key}.NAME]`"), found) {
            let table =
                open(value, span, key.span.clone(), what, keys, found).map(|table| read(&table, found));
            match (name(key.value, key.span, what, found), table) {
                (Some(At { value: name, span }), Some(table)) => {
                    all.entries.push(Entry { name, span, table })
                }
                _ => all.broken.push(key.value.to_owned()),
            }
        }
        all
    }
}

fn open<'a>(
    value: &'a DeValue<'a>,
    span: Range<usize>,
    name: Range<usize>,
    what: &'static str,
    keys: &[&str],
    found: &mut Diagnostics,
) -> Option<Table<'a>> {
    let Some(table) = value.as_table() else {
        found.push(wrong_kind(value, span, "a table").label(format!("{what} is a table")));
        return None;
    };
    Some(Table::open(table, name, what, keys, found))
}
