//! Finds the positions of keys and values in a TOML file.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A TOML file whose keys and values can be looked up.
pub struct Places<'t> {
    file: Spanned<DeTable<'t>>,
}

impl<'t> Places<'t> {
    /// Parses a text. A text that is not TOML has no positions.
    pub fn new(text: &'t str) -> Self {
        Self { file: DeTable::parse_recoverable(text).0 }
    }

    /// The position of a key, or of the innermost table on its path that exists. Items of a list are numbered
    /// from 0.
    pub fn key(&self, path: &[&str]) -> Range<usize> {
        self.look_up(path).0
    }

    /// The position of a value, or of the innermost table on its path that exists.
    pub fn value(&self, path: &[&str]) -> Range<usize> {
        self.look_up(path).1
    }

    fn look_up(&self, path: &[&str]) -> (Range<usize>, Range<usize>) {
        let (mut key, mut place, mut value) = (0..0, 0..0, None::<&DeValue<'t>>);
        for (depth, word) in path.iter().enumerate() {
            let table =
                if depth == 0 { Some(self.file.get_ref()) } else { value.and_then(DeValue::as_table) };
            let item =
                value.and_then(DeValue::as_array).and_then(|items| items.get(word.parse::<usize>().ok()?));
            if let Some((name, inner)) = table.and_then(|table| table.get_key_value(*word)) {
                (key, place, value) = (name.span(), inner.span(), Some(inner.get_ref()));
            } else if let Some(item) = item {
                (key, place, value) = (item.span(), item.span(), Some(item.get_ref()));
            } else {
                return (key.clone(), key);
            }
        }
        (key, place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_values_and_what_is_not_there() {
        let text =
            "name = \"x\"\n[param.deadtime]\ndefault = 3\n[[step]]\nid = \"a\"\n[[step]]\nid = \"b\"\n";
        let places = Places::new(text);
        let at = |range: Range<usize>| &text[range];
        assert_eq!(at(places.value(&["name"])), "\"x\"");
        assert_eq!(at(places.value(&["param", "deadtime", "default"])), "3");
        assert_eq!(at(places.key(&["param", "deadtime"])), "deadtime");
        assert_eq!(at(places.key(&["param", "deadtime", "max"])), "deadtime");
        assert_eq!(at(places.value(&["step", "1", "id"])), "\"b\"");
        assert_eq!(at(places.key(&["nothing"])), "");
    }
}
