//! Checks a template of a stack: it parses, uses only declared variables, quotes values for the shell, and
//! terminates.

use std::collections::BTreeSet;
use std::ops::Range;

use super::context::NAMES;
use super::engine::Language;
use super::shell;
use crate::diagnostic::{Diagnostic, suggestion};

/// The deepest nesting of loops.
const DEEPEST: usize = 3;

/// The problems of a template, with positions in its own text.
pub(super) fn template(language: Language, text: &str, declared: &BTreeSet<String>) -> Vec<Diagnostic> {
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
    for (span, name) in parameters(text).into_iter().filter(|(_, name)| !declared.contains(*name)) {
        let known = suggestion(name, "parameter", declared.iter().map(String::as_str));
        let problem = Diagnostic::error(span, format!("the stack declares no parameter `{name}`"));
        found.push(problem.label("unknown parameter").help(known));
    }
    found.extend(loops(text));
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

/// Reports loops nested too deeply and values that grow in a loop, which together could take practically
/// endless time.
fn loops(text: &str) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut depth = 0_usize;
    for span in tags(text).filter_map(|tag| words(text, tag).next()) {
        match text.get(span.clone()).unwrap_or_default() {
            "for" => depth += 1,
            "endfor" => depth = depth.saturating_sub(1),
            "set_global" => {
                let problem =
                    Diagnostic::error(span, "`set_global` cannot be used in the templates of stacks");
                found.push(
                    problem.help("use `set`: a value that grows with each turn of a loop has no limit"),
                );
                continue;
            }
            _ => continue,
        }
        if depth > DEEPEST {
            let message = format!("at most {DEEPEST} loops may stand inside one another");
            found.push(Diagnostic::error(span, message));
        }
    }
    found
}

/// The first position where a word stands alone inside a tag.
fn word(text: &str, name: &str) -> Range<usize> {
    tags(text)
        .flat_map(|tag| words(text, tag))
        .find(|span| text.get(span.clone()) == Some(name))
        .unwrap_or(0..0)
}

/// Every `param.NAME`, with the position of the name.
fn parameters(text: &str) -> Vec<(Range<usize>, &str)> {
    let mut found = Vec::new();
    for tag in tags(text) {
        let mut after_param = false;
        for span in words(text, tag) {
            let name = text.get(span.clone()).unwrap_or_default();
            let dot = text.get(..span.start).is_some_and(|before| before.ends_with("param."));
            if after_param && dot {
                found.push((span, name));
            }
            after_param = name == "param";
        }
    }
    found
}

/// The insides of `{{ }}` and `{% %}`.
fn tags(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let start = at + text.get(at..)?.find('{')?;
            let close = match text.get(start + 1..start + 2)? {
                "{" => "}}",
                "%" => "%}",
                "#" => "#}",
                _ => {
                    at = start + 1;
                    continue;
                }
            };
            let end = start + text.get(start..)?.find(close)?;
            at = end + close.len();
            if close != "#}" {
                return Some(start + 2..end);
            }
        }
    })
}

/// The words in a tag outside quotes: variables, their fields, and keywords.
fn words(text: &str, tag: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let mut at = tag.start;
    std::iter::from_fn(move || {
        loop {
            let rest = text.get(at..tag.end)?;
            let first = rest.chars().next()?;
            if first == '"' || first == '\'' || first == '`' {
                at += rest.get(1..)?.find(first)? + 2;
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

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(language: Language, text: &str) -> Vec<String> {
        let declared = BTreeSet::from(["keepalive".to_owned(), "auto_failback".to_owned()]);
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
