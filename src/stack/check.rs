//! Whether a stack is sound in itself, whatever lab uses it.

use std::collections::BTreeSet;
use std::ops::Range;

use super::context::{self, NAMES};
use super::engine::Language;
use super::load::{SCHEMA, Stack, place};
use super::{ParameterKind, StackDefinition, shell};
use crate::diagnostic::suggestion;
use crate::diagnostic::{Diagnostic, Diagnostics};

/// Adds all that is wrong with a stack; `text` is that of its `stack.toml`, the first source of `problems`.
pub(super) fn check(name: &str, stack: &Stack, text: &str, problems: &mut Diagnostics) {
    definition(name, &stack.definition, text, problems);
    let declared: BTreeSet<String> = stack.definition.param.keys().map(|name| context::key(name)).collect();
    let bake = stack.definition.bake.as_deref();
    for (file, found) in stack.files.iter().filter(|(file, _)| Some(file.as_str()) != bake) {
        let source = problems.add_source(&found.label, &*found.text);
        for problem in template(Language::of(file), &found.text, &declared) {
            problems.push_in(source, problem);
        }
    }
    for resource in &stack.definition.resources {
        let start = place(text, resource).start + 1;
        for mut problem in template(Language::Plain, resource, &declared) {
            problem.span = problem.span.start + start..problem.span.end + start;
            problems.push(problem);
        }
    }
}

/// What can be wrong in the definition although its shape is right.
fn definition(name: &str, stack: &StackDefinition, text: &str, problems: &mut Diagnostics) {
    let mut error = |at: Range<usize>, message: String| problems.push(Diagnostic::error(at, message));
    if stack.schema != SCHEMA {
        let message =
            format!("this program reads version {SCHEMA} of stack files, this is version {}", stack.schema);
        error(key_place(text, "schema"), message);
    }
    if stack.name != name {
        error(
            place(text, &stack.name),
            format!("the stack is in the folder `{name}`, so that must be its name"),
        );
    }
    for (profile, values) in &stack.profile {
        for value in values.keys().filter(|value| !stack.param.contains_key(*value)) {
            let known = stack.param.keys().map(String::as_str);
            let message = format!(
                "the profile `{profile}` sets `{value}`, which is not a parameter of the stack: {}",
                suggestion(value, "parameter", known)
            );
            error(key_place(text, value), message);
        }
    }
    for duty in &stack.duties {
        let takes = duty.parameters().iter().filter(|name| !stack.param.contains_key(**name));
        for missing in takes {
            let message = format!("what the stack says that it does takes a parameter `{missing}`");
            error(key_place(text, "duties"), message);
        }
    }
    for (name, path) in &stack.path {
        let at = || place(text, &format!("[path.{name}]"));
        let param = path.port_param.as_ref();
        if let Some(param) = param
            .filter(|param| stack.param.get(*param).is_none_or(|found| found.kind != ParameterKind::Integer))
        {
            error(at(), format!("`{param}` is not a parameter of the kind `integer`"));
        }
        let ports = usize::from(path.port.is_some()) + usize::from(param.is_some());
        if ports != usize::from(path.protocol.has_ports()) {
            error(
                at(),
                format!(
                    "the path `{name}` needs one of `port` and `port-param` with UDP and TCP, and none else"
                ),
            );
        }
        if name.as_str() == crate::model::CLIENT_PATH {
            error(at(), format!("`{name}` is the path of clients, which every lab has"));
        }
    }
    for health in &stack.health {
        let at = || place(text, &health.id);
        match (&health.script, &health.http) {
            (Some(_), None) => {}
            (None, Some(http)) => {
                let kind = stack.param.get(&http.address).map(|param| param.kind);
                if kind != Some(ParameterKind::Address) {
                    error(at(), format!("`{}` is not a parameter of the kind `address`", http.address));
                }
            }
            _ => error(at(), "a health check is either a script or an HTTP request".to_owned()),
        }
    }
}

/// Where a key is assigned in the stack file, or the file's start.
fn key_place(text: &str, key: &str) -> Range<usize> {
    let lines = text.split_inclusive('\n').scan(0, |at, line| {
        let start = *at;
        *at += line.len();
        Some((start, line))
    });
    lines
        .filter(|(_, line)| line.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with('=')))
        .map(|(start, _)| start..start + key.len())
        .next()
        .unwrap_or(0..0)
}

/// What is wrong with one template, with places in its own text.
fn template(language: Language, text: &str, declared: &BTreeSet<String>) -> Vec<Diagnostic> {
    let mut tera = language.engine();
    if let Err(error) = tera.add_raw_template("template", text) {
        return vec![syntax(&error)];
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
    if language == Language::Shell {
        found.extend(shell::unsound(text).into_iter().map(|place| Diagnostic::error(place.span, place.why)));
    }
    found
}

/// An error of the engine as a diagnostic.
fn syntax(error: &tera::Error) -> Diagnostic {
    match error.kind() {
        tera::ErrorKind::SyntaxError(report) | tera::ErrorKind::RenderingError(report) => {
            Diagnostic::error(report.span().range.clone(), "this template cannot be read")
                .label(report.message())
        }
        other => Diagnostic::error(0..0, "this template cannot be read").label(other.to_string()),
    }
}

/// The first place where a word stands by itself inside a tag.
fn word(text: &str, name: &str) -> Range<usize> {
    tags(text)
        .flat_map(|tag| words(text, tag))
        .find(|span| text.get(span.clone()) == Some(name))
        .unwrap_or(0..0)
}

/// Every `param.NAME` with the place of the name.
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

/// The words of a tag that are not in quotes: names of variables, of their fields, and of the language.
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
