//! Checks a stack by itself, independent of any lab.

mod parts;

use std::collections::BTreeSet;

use super::engine::Language;
use super::load::Stack;
use super::template::{Declared, template};
use super::{Level, Parameter, ParameterKind, Raw, Rule, StackDefinition, context, scalar};
use crate::diagnostic::{Diagnostic, Diagnostics, Places, suggestion};
use crate::model::GuestPath;

/// Adds all problems in the templates of a stack; `text` is its `stack.toml`, the first source of `problems`.
pub(super) fn templates(stack: &Stack, text: &str, problems: &mut Diagnostics) {
    let definition = &stack.definition;
    let params = params(definition);
    let scripts: BTreeSet<&str> = definition
        .step
        .iter()
        .map(|step| step.script.as_str())
        .chain(definition.health.iter().filter_map(|health| health.script.as_deref()))
        .chain(definition.role.iter().map(|role| role.script.as_str()))
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
        let declared = Declared { params: params.clone(), places: places_of(definition, file) };
        for problem in template(language, &found.text, &declared) {
            problems.push_in(source, problem);
        }
    }
    let places = Places::new(text);
    missing_places(stack, &places, problems);
    let declared = Declared { params, ..Declared::default() };
    for (index, resource) in stack.definition.resources.iter().enumerate() {
        let start = places.value(&["resources", &index.to_string()]).start + 1;
        for mut problem in template(Language::Plain, resource, &declared) {
            problem.span = problem.span.start + start..problem.span.end + start;
            problems.push(problem);
        }
    }
}

/// The parameters, under their names in templates.
fn params(definition: &StackDefinition) -> BTreeSet<String> {
    definition.param.keys().map(|name| context::key(name)).collect()
}

/// The places in the files that a template renders, under their names in templates.
fn places_of(definition: &StackDefinition, template: &str) -> BTreeSet<String> {
    let renders = |path: &GuestPath| definition.file.get(path).is_some_and(|file| file.template == template);
    let places = definition.extra.iter().filter(|(_, place)| renders(&place.file));
    places.map(|(name, _)| context::key(name.as_str())).collect()
}

/// Reports places that the template of their file does not have: the text of a lab would be lost.
fn missing_places(stack: &Stack, places: &Places<'_>, problems: &mut Diagnostics) {
    for (name, place) in &stack.definition.extra {
        let Some(file) = stack.definition.file.get(&place.file) else { continue };
        let Some(found) = stack.files.get(&file.template) else { continue };
        let word = context::key(name.as_str());
        if !super::template::places(&found.text).contains(word.as_str()) {
            let message = format!("the template `{}` does not have this place", file.template);
            let at = places.key(&["extra", name.as_str()]);
            problems.push(Diagnostic::error(at, message).help(format!(
                "write `{{{{- extra.{word} }}}}` at the beginning of the line after the one that the text follows"
            )));
        }
    }
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

    /// Checks that a rule can be evaluated and that the defaults and each profile satisfy it.
    fn rule(&mut self, index: &str, rule: &Rule) {
        let start = self.places.value(&["rule", index, "holds"]).start + 1;
        let template = rule.template();
        let declared = Declared { params: params(self.stack), ..Declared::default() };
        let unsound = self::template(Language::Plain, &template, &declared);
        if let Some(mut problem) = unsound.into_iter().next() {
            let place = |byte: usize| start + byte.saturating_sub(Rule::BEFORE.len()).min(rule.holds.len());
            problem.span = place(problem.span.start)..place(problem.span.end);
            self.problems.push(problem);
            return;
        }
        for name in rule.shown().into_iter().filter(|name| !self.stack.param.contains_key(*name)) {
            let known = suggestion(name, "parameter", self.stack.param.keys().map(String::as_str));
            let problem = Diagnostic::error(
                self.places.value(&["rule", index, "message"]),
                format!("the message names `{{{name}}}`, which is not a parameter of the stack"),
            );
            self.problems.push(problem.help(known));
        }
        // A profile may do what is worth a warning: a paper did it.
        let profiles = self.stack.profile.keys().filter(|_| rule.level == Level::Error);
        let profiles = profiles.map(|name| Some(name.as_str()));
        for profile in std::iter::once(None).chain(profiles) {
            let values = self.stack.values(profile);
            match rule.kept(&values) {
                Ok(true) => {}
                Ok(false) => {
                    let (place, which) = match profile {
                        None => {
                            (self.places.value(&["rule", index, "holds"]), "the defaults violate".to_owned())
                        }
                        Some(name) => {
                            (self.places.key(&["profile", name]), format!("the profile `{name}` violates"))
                        }
                    };
                    let message = format!("{which} a rule of the stack: {}", rule.say(&values));
                    self.problems.push(Diagnostic::error(place, message));
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
