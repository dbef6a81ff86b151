//! The tags of a template: `{{ value }}`, `{% statement %}`, `{# comment #}`.

use std::ops::Range;

/// The kind of a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `{{ }}`
    Value,
    /// `{% %}`
    Statement,
    /// `{# #}`
    Comment,
}

/// A tag, by its bytes in the template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tag {
    pub(super) kind: Kind,
    /// With its braces.
    pub(super) whole: Range<usize>,
    /// Without them, and without the signs that remove white space.
    pub(super) inside: Range<usize>,
    /// Whether it removes the white space before it (`{{-`), and after it (`-}}`).
    pub(super) trims: (bool, bool),
}

/// The tags of a template, in order.
pub(super) fn tags(text: &str) -> impl Iterator<Item = Tag> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let start = at + text.get(at..)?.find('{')?;
            let (kind, close) = match text.get(start + 1..start + 2)? {
                "{" => (Kind::Value, "}}"),
                "%" => (Kind::Statement, "%}"),
                "#" => (Kind::Comment, "#}"),
                _ => {
                    at = start + 1;
                    continue;
                }
            };
            let inside = start + 2;
            let end = inside + text.get(inside..)?.find(close)?;
            at = end + close.len();
            let content = text.get(inside..end)?;
            let (before, after) = (content.starts_with('-'), content.len() > 1 && content.ends_with('-'));
            return Some(Tag {
                kind,
                whole: start..at,
                inside: inside + usize::from(before)..end - usize::from(after),
                trims: (before, after),
            });
        }
    })
}

/// The words in a tag outside quotes: variables, their fields, filters and keywords.
pub(super) fn words(text: &str, tag: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let mut at = tag.start;
    std::iter::from_fn(move || {
        loop {
            let rest = text.get(at..tag.end)?;
            let first = rest.chars().next()?;
            if is_quote(first) {
                at += quoted(rest)?;
            } else if first.is_alphabetic() || first == '_' {
                let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
                at += end;
                return Some(at - end..at);
            } else {
                at += first.len_utf8();
            }
        }
    })
}

/// The filters of a tag: the words after `|`.
pub(super) fn filters<'t>(text: &'t str, tag: &Tag) -> impl Iterator<Item = &'t str> {
    let inside = if tag.kind == Kind::Comment { 0..0 } else { tag.inside.clone() };
    words(text, inside).filter_map(move |span| {
        let piped = text.get(..span.start)?.trim_end().ends_with('|');
        text.get(span).filter(|_| piped)
    })
}

/// Whether every text in quotes in a tag ends in it. The engine looks for the end of a tag outside of quotes
/// only, so a text with `}}` in it would make the tag longer than it looks.
pub(super) fn closed(text: &str, tag: &Tag) -> bool {
    if tag.kind == Kind::Comment {
        return true;
    }
    let mut rest = text.get(tag.inside.clone()).unwrap_or_default();
    while let Some(open) = rest.find(is_quote) {
        let Some(length) = quoted(&rest[open..]) else { return false };
        rest = &rest[open + length..];
    }
    true
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\'' | '`')
}

/// The length of the quoted text at the start; none if it does not end.
fn quoted(text: &str) -> Option<usize> {
    let mut letters = text.char_indices();
    let (_, open) = letters.next()?;
    while let Some((at, c)) = letters.next() {
        match c {
            '\\' => drop(letters.next()),
            c if c == open => return Some(at + c.len_utf8()),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_end_where_the_engine_ends_them() {
        let text = "a {{- b -}} {# c #}{#}#}{% d %}{{}}";
        let found: Vec<_> =
            tags(text).map(|tag| (tag.kind, &text[tag.inside], &text[tag.whole], tag.trims)).collect();
        assert_eq!(
            found,
            [
                (Kind::Value, " b ", "{{- b -}}", (true, true)),
                (Kind::Comment, " c ", "{# c #}", (false, false)),
                (Kind::Comment, "}", "{#}#}", (false, false)),
                (Kind::Statement, " d ", "{% d %}", (false, false)),
                (Kind::Value, "", "{{}}", (false, false)),
            ]
        );
    }

    #[test]
    fn quotes_hide_words_and_have_to_end() {
        let text = r#"{{ a["b c"] ~ 'd\'e' ~ f }}{{ "}}" ~ g }}"#;
        let all: Vec<Tag> = tags(text).collect();
        let found: Vec<&str> = words(text, all[0].inside.clone()).map(|span| &text[span]).collect();
        assert_eq!(found, ["a", "f"]);
        assert!(closed(text, &all[0]) && !closed(text, &all[1]));
    }
}
