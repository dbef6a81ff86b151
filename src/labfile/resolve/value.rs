//! A parameter's value: from what was written to a typed [`Value`], or what is wrong with it.

use super::reference::{Scope, address, disk, network, networks, nodes};
use super::refusal::Refusal;
use crate::diagnostic::{nearest, suggestion};
use crate::labfile::file::{At, Raw};
use crate::labfile::scalar::size_instead;
use crate::model::{Bytes, Millis, Value};
use crate::stack::{Parameter, ParameterKind};

/// Converts what was written into a value of a parameter.
pub(super) fn convert(parameter: &Parameter, raw: &Raw, scope: &Scope<'_>) -> Result<Value, Refusal> {
    match (parameter.kind, raw) {
        (ParameterKind::Text, Raw::Text(text)) => Ok(Value::Text(text.clone())),
        (ParameterKind::Choice, Raw::Text(text)) => choice(parameter, text),
        (ParameterKind::Integer, Raw::Integer(number)) => {
            in_range(parameter, *number, |number| number.to_string()).map(|()| Value::Integer(*number))
        }
        (ParameterKind::Boolean, Raw::Boolean(yes)) => Ok(Value::Boolean(*yes)),
        (ParameterKind::Duration, Raw::Text(text)) => span_of_time(parameter, text),
        (ParameterKind::Size, Raw::Text(text)) => size(text),
        (ParameterKind::Disk, Raw::Text(text)) => disk(text, scope),
        (ParameterKind::Network, Raw::Text(text)) => network(text, scope).map(Value::Network),
        (ParameterKind::Networks, Raw::List(items)) => networks(items, scope),
        (ParameterKind::Address, Raw::Text(text)) => address(text, scope),
        (ParameterKind::Nodes, Raw::List(items)) => nodes(items, scope),
        (kind, raw) => Err(wrong_kind(kind, raw)),
    }
}

/// A value of `--set` is always text; it is read as the parameter's kind asks.
pub(super) fn from_word(kind: ParameterKind, word: &str) -> Raw {
    let text = || Raw::Text(word.to_owned());
    match kind {
        ParameterKind::Integer => word.parse().map_or_else(|_| text(), Raw::Integer),
        ParameterKind::Boolean => word.parse().map_or_else(|_| text(), Raw::Boolean),
        ParameterKind::Duration => word.parse().map_or_else(|_| text(), Raw::Integer),
        ParameterKind::Networks | ParameterKind::Nodes => {
            let items = word.split(',').map(str::trim).filter(|item| !item.is_empty());
            Raw::List(items.map(|item| At { value: Raw::Text(item.to_owned()), span: 0..0 }).collect())
        }
        _ => text(),
    }
}

/// A value of a stack's own file: a default, or one of a profile.
pub(super) fn from_json(value: &serde_json::Value) -> Raw {
    match value {
        serde_json::Value::String(text) => Raw::Text(text.clone()),
        serde_json::Value::Bool(yes) => Raw::Boolean(*yes),
        serde_json::Value::Number(number) => {
            number.as_i64().map_or(Raw::Other("a number with a fraction"), Raw::Integer)
        }
        serde_json::Value::Array(items) => {
            Raw::List(items.iter().map(|item| At { value: from_json(item), span: 0..0 }).collect())
        }
        serde_json::Value::Object(_) => Raw::Other("a table"),
        serde_json::Value::Null => Raw::Other("nothing"),
    }
}

pub(super) fn wrong_kind(kind: ParameterKind, raw: &Raw) -> Refusal {
    let found = match raw {
        Raw::Text(_) => "text",
        Raw::Integer(_) => "a whole number",
        Raw::Boolean(_) => "true or false",
        Raw::List(_) => "a list",
        Raw::Other(what) => what,
    };
    let wanted = match kind {
        ParameterKind::Text | ParameterKind::Choice => "text",
        ParameterKind::Integer => "a whole number",
        ParameterKind::Boolean => "`true` or `false`",
        ParameterKind::Duration => "a span of time",
        ParameterKind::Size => "a size",
        ParameterKind::Disk => "the name of a disk",
        ParameterKind::Network => "the name of a network",
        ParameterKind::Networks => "a list of names of networks",
        ParameterKind::Address => "the name of a virtual address",
        ParameterKind::Nodes => "a list of names of nodes",
    };
    let refusal = Refusal::new(format!("expected {wanted}, found {found}"));
    let boolean = |text: &str| match text {
        "on" | "yes" | "true" | "1" => Some("true"),
        "off" | "no" | "false" | "0" => Some("false"),
        _ => None,
    };
    match (kind, raw) {
        (ParameterKind::Duration, Raw::Integer(number)) => refusal
            .label("in which unit?")
            .help(format!("write a span of time with its unit, such as `\"{number}s\"` or `\"{number}ms\"`")),
        (ParameterKind::Duration, _) => refusal.help("write a span of time with its unit, such as `\"15s\"`"),
        (ParameterKind::Size, _) => refusal.help("write a size with its unit, such as `\"512MiB\"`"),
        (ParameterKind::Boolean, Raw::Text(text)) => match boolean(text) {
            Some(right) => refusal.help(format!("write `{right}`, without quotes")),
            None => refusal.help("write `true` or `false`, without quotes"),
        },
        (ParameterKind::Integer, Raw::Text(text)) if text.parse::<i64>().is_ok() => {
            refusal.help(format!("write `{text}`, without quotes"))
        }
        (ParameterKind::Networks | ParameterKind::Nodes, Raw::Text(text)) => {
            refusal.help(format!("write `[\"{text}\"]`"))
        }
        _ => refusal,
    }
}

fn choice(parameter: &Parameter, text: &str) -> Result<Value, Refusal> {
    if parameter.choices.iter().any(|choice| choice == text) {
        return Ok(Value::Text(text.to_owned()));
    }
    let choices = || parameter.choices.iter().map(String::as_str);
    Err(Refusal::new(format!("`{text}` is not one of the choices"))
        .help(suggestion(text, "choice", choices().collect::<Vec<_>>()))
        .instead(nearest(text, choices())))
}

fn size(text: &str) -> Result<Value, Refusal> {
    text.parse::<Bytes>().map(Value::Size).map_err(|_| {
        let refusal = Refusal::new(format!("`{text}` is not a size"));
        match size_instead(text) {
            Some(right) => refusal.help(format!("did you mean `{right}`?")).instead(Some(right)),
            None => refusal.help("write a whole number with its unit, such as `\"512MiB\"`"),
        }
    })
}

fn span_of_time(parameter: &Parameter, text: &str) -> Result<Value, Refusal> {
    let span: Millis = text.parse().map_err(|_| {
        let refusal = Refusal::new(format!("`{text}` is not a span of time"));
        let close: String = text.split_whitespace().collect();
        match (close.parse::<u64>(), close.parse::<Millis>()) {
            (Ok(number), _) => {
                refusal.help(format!("did you mean `{number}s`?")).instead(Some(format!("{number}s")))
            }
            (_, Ok(_)) => refusal.help(format!("write `{close}`")).instead(Some(close)),
            _ => {
                refusal.help("write a whole number with its unit, such as `\"800ms\"`, `\"15s\"` or `\"2m\"`")
            }
        }
    })?;
    let form = |limit: i64| Millis(u64::try_from(limit).unwrap_or_default()).to_string();
    in_range(parameter, i64::try_from(span.0).unwrap_or(i64::MAX), form)?;
    Ok(Value::Milliseconds(span.0))
}

fn in_range(parameter: &Parameter, number: i64, form: impl Fn(i64) -> String) -> Result<(), Refusal> {
    let out = |limit: i64, word: &str, bound: &str| {
        Err(Refusal::new(format!("{} is too {word}", form(number)))
            .label(format!("{bound} {}", form(limit)))
            .instead(Some(form(limit))))
    };
    match (parameter.min, parameter.max) {
        (Some(min), _) if number < min => out(min, "little", "at least"),
        (_, Some(max)) if number > max => out(max, "much", "at most"),
        _ => Ok(()),
    }
}
