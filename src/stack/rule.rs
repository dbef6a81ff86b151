//! Rules between the parameters of a stack: `[[rule]]` in `stack.toml`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tera::Context;

use super::context::{key, plain};
use super::engine::Language;
use super::{Raw, StackDefinition, scalar};
use crate::model::Value;

/// A rule between parameters, which every use of the stack must satisfy.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "a rule")]
pub struct Rule {
    /// The condition, in the language of the templates: `param.deadtime.ms > 2 * param.keepalive.ms`.
    #[schemars(example = &"param.deadtime.ms > 2 * param.keepalive.ms")]
    pub holds: String,
    /// The message when the condition is false, as a lowercase fragment. `{NAME}` stands for the value of a
    /// parameter.
    #[schemars(example = &"a deadtime of {deadtime} must be more than twice keepalive ({keepalive})")]
    pub message: String,
    /// Whether a lab that violates it is refused.
    #[serde(default)]
    pub level: Level,
}

/// What the violation of a rule is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// The software does not work so: the lab is refused.
    #[default]
    Error,
    /// It works, but hardly as meant. A profile of the stack may do it, the defaults may not.
    Warning,
}

impl Rule {
    /// Whether these values satisfy the rule. A rule with missing parameters counts as satisfied, because
    /// missing parameters are reported separately.
    ///
    /// # Errors
    /// The template engine's error, when it cannot evaluate the rule.
    pub fn kept(&self, params: &BTreeMap<String, Value>) -> Result<bool, Box<tera::Error>> {
        let has = |name: &str| params.keys().any(|param| key(param) == name);
        if !self.parameters().iter().all(|name| has(name)) {
            return Ok(true);
        }
        let values: BTreeMap<String, serde_json::Value> =
            params.iter().map(|(name, value)| (key(name), plain(value))).collect();
        let mut context = Context::new();
        context.insert("param", &values);
        let answer = Language::Plain.render("rule", &self.template(), &context).map_err(Box::new)?;
        Ok(answer == "kept")
    }

    /// The parameters in the condition, under their names in templates.
    pub fn parameters(&self) -> Vec<&str> {
        let name =
            |rest: &'_ str| rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
        self.holds.split("param.").skip(1).map(|rest| rest.get(..name(rest)).unwrap_or_default()).collect()
    }

    /// The message, with the values of the parameters that it names.
    pub fn say(&self, params: &BTreeMap<String, Value>) -> String {
        let mut said = String::new();
        let mut rest = self.message.as_str();
        while let Some((before, name, after)) = placeholder(rest) {
            let value = params.get(name).map_or_else(|| format!("{{{name}}}"), ToString::to_string);
            said += before;
            said += &value;
            rest = after;
        }
        said + rest
    }

    /// The parameters that the message names.
    pub(super) fn shown(&self) -> Vec<&str> {
        let mut names = Vec::new();
        let mut rest = self.message.as_str();
        while let Some((_, name, after)) = placeholder(rest) {
            names.push(name);
            rest = after;
        }
        names
    }

    /// The rule as a template, for [`Rule::kept`] and for the checks of templates.
    pub(super) fn template(&self) -> String {
        format!("{}{}{}", Self::BEFORE, self.holds, " %}kept{% endif %}")
    }

    /// The text before the condition in its template.
    pub(super) const BEFORE: &str = "{% if ";
}

/// The first `{NAME}` of a text, with what is before and after it.
fn placeholder(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('{')?;
    let (name, after) = rest.split_once('}')?;
    Some((before, name, after))
}

impl StackDefinition {
    /// The values of parameters in a profile, or by default, without those that depend on a lab.
    pub(super) fn values(&self, profile: Option<&str>) -> BTreeMap<String, Value> {
        let profile = profile.and_then(|profile| self.profile.get(profile));
        let value = |name: &String| {
            let parameter = self.param.get(name)?;
            let given = profile.and_then(|values| values.get(name)).or(parameter.default.as_ref())?;
            scalar(parameter, &Raw::from_json(given)).ok().flatten()
        };
        self.param.keys().filter_map(|name| Some((name.clone(), value(name)?))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_kept_or_not() {
        let rule = Rule {
            holds: "param.dead_time.ms > 2 * param.keepalive.ms".to_owned(),
            message: "{dead-time} is too short for {keepalive}, {it} is".to_owned(),
            level: Level::Error,
        };
        let kept = |dead: u64, keep: u64| {
            let params = BTreeMap::from([
                ("dead-time".to_owned(), Value::Milliseconds(dead)),
                ("keepalive".to_owned(), Value::Milliseconds(keep)),
            ]);
            rule.kept(&params).unwrap()
        };
        assert_eq!(rule.parameters(), ["dead_time", "keepalive"]);
        assert!(kept(1001, 500));
        assert!(!kept(1000, 500));
        assert!(rule.kept(&BTreeMap::new()).unwrap(), "a missing value is reported elsewhere");
        let values = [("dead-time", 1000), ("keepalive", 500)];
        let params = values.map(|(name, value)| (name.to_owned(), Value::Milliseconds(value)));
        assert_eq!(rule.say(&params.into()), "1s is too short for 500ms, {it} is");
        assert_eq!(rule.shown(), ["dead-time", "keepalive", "it"]);
        let wrong = Rule { holds: "param.keepalive.ms >".to_owned(), ..rule };
        assert!(wrong.kept(&BTreeMap::from([("keepalive".to_owned(), Value::Integer(1))])).is_err());
    }
}
