//! Checks a template of a stack: it parses, uses only declared variables, quotes values for the shell, and
//! terminates.

use std::collections::BTreeSet;
use std::ops::Range;

use super::context::NAMES;
use super::engine::Language;
use super::shell;
use super::tags::{Kind, Tag, closed, tags, words};
use crate::diagnostic::{Diagnostic, suggestion};

/// The deepest nesting of loops.
const DEEPEST: usize = 3;

/// The longest tag, in bytes.
const LONGEST_TAG: usize = 400;

/// The remark at a parameter that is not declared.
pub(super) const UNKNOWN_PARAMETER: &str = "unknown parameter";

/// The statements of templates, beside loops and `set`.
const STATEMENTS: [&str; 8] = ["if", "elif", "else", "endif", "break", "continue", "raw", "endraw"];

/// What a stack declares for a template, under the names that templates use.
#[derive(Debug, Clone, Default)]
pub(super) struct Declared {
    /// The parameters.
    pub(super) params: BTreeSet<String>,
    /// The places for text of a lab in the template's file.
    pub(super) places: BTreeSet<String>,
}

/// The problems of a template, with positions in its own text.
pub(super) fn template(language: Language, text: &str, declared: &Declared) -> Vec<Diagnostic> {
    let mut tera = language.engine();
    if let Err(error) = tera.add_raw_template("template", text) {
        return vec![broken(&error)];
    }
    let mut found = Vec::new();
    let mut used: Vec<&str> = tera
        .get_template_variables("template")
        .into_iter()
        .flatten()
        .filter(|name| !NAMES.contains(name))
        .collect();
    used.sort_unstable();
    for name in used {
        let known = suggestion(name, "variable", NAMES);
        let problem = Diagnostic::error(word(text, name), format!("there is no variable `{name}`"));
        found.push(problem.label("unknown variable").help(known));
    }
    for (span, name) in fields(text, "param", inner(text)) {
        if !declared.params.contains(name) {
            let known = suggestion(name, "parameter", declared.params.iter().map(String::as_str));
            let problem = Diagnostic::error(span, format!("the stack declares no parameter `{name}`"));
            found.push(problem.label(UNKNOWN_PARAMETER).help(known));
        }
    }
    for (span, name) in fields(text, "extra", inner(text)) {
        if language == Language::Shell {
            let message = format!("the text of the place `{name}` cannot stand in a script");
            let help = "places are for configuration files: a value in a script is one word";
            found.push(Diagnostic::error(span, message).help(help));
        } else if !declared.places.contains(name) {
            let known = suggestion(name, "place", declared.places.iter().map(String::as_str));
            let message = format!("the stack declares no place `{name}` in this file");
            found.push(Diagnostic::error(span, message).label("unknown place").help(known));
        }
    }
    found.extend(limits(text));
    if language == Language::Shell {
        found.extend(shell::unsound(text).into_iter().map(|place| Diagnostic::error(place.span, place.why)));
    }
    found
}

/// An error of the engine as a diagnostic, at its position in the template.
pub(super) fn broken(error: &tera::Error) -> Diagnostic {
    match error.kind() {
        tera::ErrorKind::SyntaxError(report) | tera::ErrorKind::RenderingError(report) => {
            Diagnostic::error(report.span().range.clone(), "this template cannot be read")
                .label(report.message())
        }
        other => Diagnostic::error(0..0, "this template cannot be read").label(other.to_string()),
    }
}

/// Reports everything that could take practically endless time or memory: loops nested too deeply, values
/// that grow from turn to turn or from one to the next, very long tags, and statements that no stack needs.
fn limits(text: &str) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut depth = 0_usize;
    let statements: Vec<(Tag, Vec<Range<usize>>)> = tags(text)
        .filter(|tag| tag.kind != Kind::Comment)
        .map(|tag| (tag.clone(), words(text, tag.inside).collect()))
        .collect();
    let word = |span: &Range<usize>| text.get(span.clone()).unwrap_or_default();
    let set: BTreeSet<&str> = statements
        .iter()
        .filter(|(_, words)| words.first().is_some_and(|first| word(first) == "set"))
        .filter_map(|(_, words)| words.get(1).map(word))
        .collect();
    for (tag, words) in &statements {
        if tag.whole.len() > LONGEST_TAG {
            let message = format!("a tag has at most {LONGEST_TAG} characters");
            found.push(Diagnostic::error(tag.whole.clone(), message));
        }
        if !closed(text, tag) {
            let message = "a text in this tag contains the end of a tag";
            found.push(Diagnostic::error(tag.whole.clone(), message));
        }
        if tag.kind != Kind::Statement {
            continue;
        }
        let Some(first) = words.first() else { continue };
        match word(first) {
            "for" => depth += 1,
            "endfor" => depth = depth.saturating_sub(1),
            "set" => {
                found.extend(grows(text, tag, words, &set));
                continue;
            }
            "set_global" => {
                let problem = Diagnostic::error(
                    first.clone(),
                    "`set_global` cannot be used in the templates of stacks",
                );
                found.push(
                    problem.help("use `set`: a value that grows with each turn of a loop has no limit"),
                );
                continue;
            }
            known if STATEMENTS.contains(&known) => continue,
            other => {
                let message = format!("`{other}` cannot be used in the templates of stacks");
                let help = "use `if`, `for` and `set`: each file of a stack is rendered by itself";
                found.push(Diagnostic::error(first.clone(), message).help(help));
                continue;
            }
        }
        if depth > DEEPEST {
            let message = format!("at most {DEEPEST} loops may stand inside one another");
            found.push(Diagnostic::error(first.clone(), message));
        }
    }
    found
}

/// Reports a `set` whose value is made of another one: after a few dozen such lines it fills any memory.
fn grows(text: &str, tag: &Tag, words: &[Range<usize>], set: &BTreeSet<&str>) -> Option<Diagnostic> {
    let inside = text.get(tag.inside.clone()).unwrap_or_default();
    let Some(equals) = inside.find('=') else {
        let message = "a `set` needs a value, as in `{% set name = value %}`";
        return Some(Diagnostic::error(tag.whole.clone(), message));
    };
    let value = tag.inside.start + equals;
    let other = words.iter().find(|span| {
        let field = text.get(..span.start).is_some_and(|before| before.ends_with('.'));
        span.start > value && !field && text.get((*span).clone()).is_some_and(|word| set.contains(word))
    })?;
    let message = "the value of a `set` cannot be made of that of another";
    Some(Diagnostic::error(other.clone(), message).help("write the whole value here, or in the text itself"))
}

/// The first position where a word stands alone inside a tag.
fn word(text: &str, name: &str) -> Range<usize> {
    inner(text)
        .flat_map(|tag| words(text, tag))
        .find(|span| text.get(span.clone()) == Some(name))
        .unwrap_or(0..0)
}

/// The insides of values and statements.
fn inner(text: &str) -> impl Iterator<Item = Range<usize>> {
    tags(text).filter(|tag| tag.kind != Kind::Comment).map(|tag| tag.inside)
}

/// The places whose text a template puts into its file.
pub(super) fn places(text: &str) -> BTreeSet<&str> {
    let values = tags(text).filter(|tag| tag.kind == Kind::Value).map(|tag| tag.inside);
    fields(text, "extra", values).into_iter().map(|(_, name)| name).collect()
}

/// Every `TABLE.NAME` in these tags, with the position of the name.
fn fields<'t>(
    text: &'t str,
    table: &str,
    tags: impl Iterator<Item = Range<usize>>,
) -> Vec<(Range<usize>, &'t str)> {
    let before = format!("{table}.");
    let mut found = Vec::new();
    for tag in tags {
        let mut after_table = false;
        for span in words(text, tag) {
            let name = text.get(span.clone()).unwrap_or_default();
            let dot = text.get(..span.start).is_some_and(|text| text.ends_with(&before));
            if after_table && dot {
                found.push((span, name));
            }
            after_table = name == table;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(language: Language, text: &str) -> Vec<String> {
        let declared = Declared {
            params: BTreeSet::from(["keepalive".to_owned(), "auto_failback".to_owned()]),
            places: BTreeSet::from(["virtual_host".to_owned()]),
        };
        template(language, text, &declared)
            .into_iter()
            .map(|problem| format!("{}: {}", &text[problem.span], problem.message))
            .collect()
    }

    #[test]
    fn what_a_template_may_use() {
        let sound = "{{ param.keepalive.text }}{% for n in nodes %}{{ n.name }} {{ node.nics[\"param.x\"].ip }}{% endfor %}";
        assert_eq!(messages(Language::Plain, sound), Vec::<String>::new());
        assert_eq!(
            messages(
                Language::Plain,
                "a\n{{ param.keepalife }} {% if foo %}{{ param.auto_failback }}{% endif %}"
            ),
            ["foo: there is no variable `foo`", "keepalife: the stack declares no parameter `keepalife`"],
        );
    }

    #[test]
    fn branches_that_are_not_taken_are_checked_too() {
        let text = "{% if param.keepalive %}{% else %}{{ param.deadtime }}{% endif %}";
        assert_eq!(messages(Language::Plain, text), ["deadtime: the stack declares no parameter `deadtime`"]);
    }

    #[test]
    fn loops_end() {
        let nested = |depth: usize| "{% for n in nodes %}".repeat(depth) + &"{% endfor %}".repeat(depth);
        assert_eq!(messages(Language::Plain, &nested(3)), Vec::<String>::new());
        assert_eq!(
            messages(Language::Plain, &nested(4)),
            ["for: at most 3 loops may stand inside one another"]
        );
        assert!(messages(Language::Plain, "{% set_global x = 1 %}")[0].starts_with("set_global: "));
    }

    #[test]
    fn values_do_not_grow_without_end() {
        for (text, says) in [
            ("{% set a = node.name ~ node.name %}{% set b = a ~ a %}", "cannot be made of that of another"),
            (
                "{% for n in nodes %}{% set a = lab.name %}{% set a = a ~ a %}{% endfor %}",
                "cannot be made of",
            ),
            ("{% set a %}{{ node.name }}{% endset %}", "a `set` needs a value"),
            ("{% filter upper %}x{% endfilter %}", "`filter` cannot be used"),
            ("{% block x %}{% endblock %}", "`block` cannot be used"),
            ("{{ \"}}\" ~ node.name }}", "contains the end of a tag"),
        ] {
            let found = messages(Language::Plain, text);
            assert!(found.iter().any(|found| found.contains(says)), "{text}: {found:?}");
        }
        let long = format!("{{{{ {} }}}}", ["node.name"; 100].join(" ~ "));
        assert!(messages(Language::Plain, &long)[0].ends_with("a tag has at most 400 characters"));
        let fine = "{% set a = node.name %}{% set b = node.a ~ lab.name %}{{ a }}{{ b }}";
        assert_eq!(messages(Language::Plain, fine), Vec::<String>::new());
    }

    #[test]
    fn a_broken_template_and_a_value_inside_quotes() {
        assert_eq!(
            messages(Language::Plain, "{{ node.name")[0].split(": ").nth(1),
            Some("this template cannot be read")
        );
        assert!(
            messages(Language::Shell, "echo \"{{ node.name }}\"")[0]
                .starts_with("{{ node.name }}: a value inside")
        );
        assert_eq!(messages(Language::Plain, "x \"{{ node.name }}\""), Vec::<String>::new());
    }
}
