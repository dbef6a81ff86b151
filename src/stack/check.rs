//! Checks a stack by itself, independent of any lab.

use std::collections::BTreeSet;

use super::engine::Language;
use super::load::Stack;
use super::template::template;
use super::{LogDefinition, Parameter, ParameterKind, Raw, Rule, StackDefinition, context, scalar};
use crate::diagnostic::{Diagnostic, Diagnostics, Places, suggestion};

/// Adds all problems in the templates of a stack; `text` is its `stack.toml`, the first source of `problems`.
pub(super) fn templates(stack: &Stack, text: &str, problems: &mut Diagnostics) {
    let declared = declared(&stack.definition);
    let definition = &stack.definition;
    let scripts: BTreeSet<&str> = definition
        .step
        .iter()
        .map(|step| step.script.as_str())
        .chain(definition.health.iter().filter_map(|health| health.script.as_deref()))
        .collect();
    let installed: BTreeSet<&str> = definition.file.values().map(|file| file.template.as_str()).collect();
    for (file, found) in &stack.files {
        let (runs, is_put) = (scripts.contains(file.as_str()), installed.contains(file.as_str()));
        // The script of the image is no template.
        if !runs && !is_put {
            continue;
        }
        // A file that is run is checked as a script, regardless of its name.
        let language = if runs { Language::Shell } else { Language::of_file(file, &found.text) };
        let source = problems.add_source(&found.label, &*found.text);
        for problem in template(language, &found.text, &declared) {
            problems.push_in(source, problem);
        }
    }
    let places = Places::new(text);
    for (index, resource) in stack.definition.resources.iter().enumerate() {
        let start = places.value(&["resources", &index.to_string()]).start + 1;
        for mut problem in template(Language::Plain, resource, &declared) {
            problem.span = problem.span.start + start..problem.span.end + start;
            problems.push(problem);
        }
    }
}

/// The parameters, under their names in templates.
fn declared(definition: &StackDefinition) -> BTreeSet<String> {
    definition.param.keys().map(|name| context::key(name)).collect()
}

/// Adds the problems of a definition that matches its schema.
pub(super) fn definition(name: &str, stack: &StackDefinition, text: &str, problems: &mut Diagnostics) {
    let mut checker = Checker { stack, places: Places::new(text), problems };
    if stack.name != name {
        let message = format!("the stack is in the folder `{name}`, so that must be its name");
        checker.value(&["name"], message);
    }
    for (name, parameter) in &stack.param {
        checker.parameter(name, parameter);
    }
    checker.profiles();
    checker.parts();
    for (index, log) in stack.log.iter().enumerate() {
        checker.log(&index.to_string(), log);
    }
    for health in stack.health.iter().enumerate() {
        checker.health(health);
    }
    // Rules are evaluated with the defaults, which must be valid first.
    if !checker.problems.has_errors() {
        for (index, rule) in stack.rule.iter().enumerate() {
            checker.rule(&index.to_string(), rule);
        }
    }
}

struct Checker<'a> {
    stack: &'a StackDefinition,
    places: Places<'a>,
    problems: &'a mut Diagnostics,
}

impl Checker<'_> {
    /// Reports a problem at a value.
    fn value(&mut self, path: &[&str], message: impl Into<String>) {
        self.problems.push(Diagnostic::error(self.places.value(path), message));
    }

    /// Reports a problem at a key or a table name.
    fn key(&mut self, path: &[&str], message: impl Into<String>) {
        self.problems.push(Diagnostic::error(self.places.key(path), message));
    }

    fn parameter(&mut self, name: &str, parameter: &Parameter) {
        let path = ["param", name];
        let at = |key| [path[0], path[1], key];
        if let (Some(min), Some(max)) = (parameter.min, parameter.max)
            && min > max
        {
            self.value(&at("max"), format!("no value is at least {min} and at most {max}"));
        }
        let ranged = matches!(parameter.kind, ParameterKind::Integer | ParameterKind::Duration);
        for (key, given) in [("min", parameter.min), ("max", parameter.max)] {
            if given.is_some() && !ranged {
                self.key(&at(key), format!("only an `integer` and a `duration` have `{key}`"));
            }
        }
        let is_choice = parameter.kind == ParameterKind::Choice;
        if is_choice && parameter.choices.is_empty() {
            self.key(&path, format!("the choice `{name}` has no `choices`"));
        } else if !is_choice && !parameter.choices.is_empty() {
            self.key(&at("choices"), "only a `choice` has `choices`");
        }
        if let Some(default) = &parameter.default {
            self.given(&at("default"), format!("the default of `{name}`"), parameter, default);
        }
    }

    /// Reports an invalid value in a default or a profile.
    fn given(&mut self, path: &[&str], what: String, parameter: &Parameter, value: &serde_json::Value) {
        let Err(refusal) = scalar(parameter, &Raw::from_json(value)) else { return };
        let problem = Diagnostic::error(self.places.value(path), format!("{what}: {}", refusal.message));
        self.problems.push(problem.label(refusal.label).maybe_help(refusal.help));
    }

    fn profiles(&mut self) {
        for (profile, values) in &self.stack.profile {
            for (name, value) in values {
                let path = ["profile", profile.as_str(), name.as_str()];
                if let Some(parameter) = self.stack.param.get(name) {
                    self.given(&path, format!("`{name}` of the profile `{profile}`"), parameter, value);
                    continue;
                }
                let known = self.stack.param.keys().map(String::as_str);
                let known = suggestion(name, "parameter", known);
                self.key(
                    &path,
                    format!(
                        "the profile `{profile}` sets `{name}`, which is not a parameter of the stack: {known}"
                    ),
                );
            }
        }
    }

    fn parts(&mut self) {
        for duty in &self.stack.duties {
            let takes = duty.parameters().iter().filter(|name| !self.stack.param.contains_key(**name));
            for missing in takes {
                let message = format!("this duty needs a parameter `{missing}`");
                self.key(&["duties"], message);
            }
        }
        if let Some(name) = self.stack.virtual_mac.as_ref().map(|mac| &mac.number) {
            let is_byte = |parameter: &Parameter| {
                parameter.kind == ParameterKind::Integer
                    && parameter.min.is_some_and(|min| min >= 0)
                    && parameter.max.is_some_and(|max| max <= 255)
            };
            if !self.stack.param.get(name).is_some_and(is_byte) {
                let message = format!("`{name}` is not a parameter of the kind `integer` from 0 to 255");
                self.value(&["virtual-mac", "number"], message);
            }
        }
        for (path, file) in &self.stack.file {
            if super::mode(&file.mode).is_none() {
                let message = format!("the mode `{}` is not permission bits in octal", file.mode);
                let at = self.places.value(&["file", path.as_str(), "mode"]);
                self.problems.push(Diagnostic::error(at, message).help("write them as in `\"0644\"`"));
            }
        }
        for (name, path) in &self.stack.path {
            let at = ["path", name.as_str()];
            let param = path.port_param.as_ref();
            let integer = |param: &&String| {
                self.stack.param.get(*param).is_some_and(|found| found.kind == ParameterKind::Integer)
            };
            if let Some(param) = param.filter(|param| !integer(param)) {
                self.value(
                    &["path", name.as_str(), "port-param"],
                    format!("`{param}` is not a parameter of the kind `integer`"),
                );
            }
            let ports = usize::from(path.port.is_some()) + usize::from(param.is_some());
            if ports != usize::from(path.protocol.has_ports()) {
                self.key(
                    &at,
                    format!(
                        "the path `{name}` needs one of `port` and `port-param` with UDP and TCP, and none else"
                    ),
                );
            }
            if name.as_str() == crate::model::CLIENT_PATH {
                self.key(&at, format!("`{name}` is the path of clients, which every lab has"));
            }
        }
    }

    fn log(&mut self, index: &str, log: &LogDefinition) {
        if log.rule().is_none() {
            self.value(&["log", index, "pattern"], "a log is either a `file` or the journal of a `unit`");
        }
        if let Some(name) = log.means.captures().filter(|name| !log.pattern.has(name)) {
            let message = format!("the pattern for this meaning has to capture `{{{name}}}`");
            self.value(&["log", index, "pattern"], message);
        }
    }

    fn health(&mut self, (index, health): (usize, &super::HealthTemplate)) {
        let index = index.to_string();
        match (&health.script, &health.http) {
            (Some(_), None) => {}
            (None, Some(http)) => {
                let kind = self.stack.param.get(&http.address).map(|param| param.kind);
                if kind != Some(ParameterKind::Address) {
                    let message = format!("`{}` is not a parameter of the kind `address`", http.address);
                    self.value(&["health", &index, "http", "address"], message);
                }
            }
            _ => {
                self.value(&["health", &index, "id"], "a health check is either a script or an HTTP request")
            }
        }
    }

    /// Checks that a rule can be evaluated and that the defaults and each profile satisfy it.
    fn rule(&mut self, index: &str, rule: &Rule) {
        let start = self.places.value(&["rule", index, "holds"]).start + 1;
        let template = rule.template();
        let unsound = self::template(Language::Plain, &template, &declared(self.stack));
        if let Some(mut problem) = unsound.into_iter().next() {
            let place = |byte: usize| start + byte.saturating_sub(Rule::BEFORE.len()).min(rule.holds.len());
            problem.span = place(problem.span.start)..place(problem.span.end);
            self.problems.push(problem);
            return;
        }
        let profiles = self.stack.profile.keys().map(|name| Some(name.as_str()));
        for profile in std::iter::once(None).chain(profiles) {
            match rule.kept(&self.stack.values(profile)) {
                Ok(true) => {}
                Ok(false) => {
                    let (place, which) = match profile {
                        None => (self.places.value(&["rule", index, "holds"]), "the defaults".to_owned()),
                        Some(name) => (self.places.key(&["profile", name]), format!("the profile `{name}`")),
                    };
                    let message = format!("{which} violates a rule of the stack: {}", rule.message);
                    self.problems.push(Diagnostic::error(
                        place,
                        message.replace("the defaults violates", "the defaults violate"),
                    ));
                }
                Err(error) => {
                    let message = "this rule cannot be evaluated";
                    let place = self.places.value(&["rule", index, "holds"]);
                    let label = super::template::broken(&error).label;
                    self.problems.push(Diagnostic::error(place, message).label(label));
                    return;
                }
            }
        }
    }
}
