//! Checks parameter values that do not depend on a lab: kind, range, choices.

use super::{Parameter, ParameterKind, Raw, Refusal};
use crate::diagnostic::{nearest, suggestion};
use crate::model::{Bytes, GuestPath, Millis, Value};

/// The longest text of a parameter, in bytes: templates combine texts.
const LONGEST_TEXT: usize = 1000;

/// Converts a written value; `None` when it refers to something in a lab.
///
/// # Errors
/// When it is not valid for the parameter.
pub fn scalar(parameter: &Parameter, raw: &Raw) -> Result<Option<Value>, Refusal> {
    use ParameterKind as Kind;
    let value = match (parameter.kind, raw) {
        (Kind::Text, Raw::Text(text)) => {
            if text.len() > LONGEST_TEXT {
                let refusal = Refusal::new(format!("a text of {} characters is too long", text.len()));
                return Err(refusal.help(format!("write at most {LONGEST_TEXT}")));
            }
            Value::Text(text.clone())
        }
        (Kind::Choice, Raw::Text(text)) => choice(parameter, text)?,
        (Kind::Folder, Raw::Text(text)) => folder(text)?,
        (Kind::Integer, Raw::Integer(number)) => {
            in_range(parameter, *number, |number| number.to_string())?;
            Value::Integer(*number)
        }
        (Kind::Boolean, Raw::Boolean(yes)) => Value::Boolean(*yes),
        (Kind::Duration, Raw::Text(text)) => span_of_time(parameter, text)?,
        (Kind::Size, Raw::Text(text)) => size(text)?,
        (Kind::Disk | Kind::Network | Kind::Address, Raw::Text(_)) => return Ok(None),
        (Kind::Networks | Kind::Nodes, Raw::List(_)) => return Ok(None),
        (kind, raw) => return Err(wrong_kind(kind, raw)),
    };
    Ok(Some(value))
}

/// The refusal of a value of the wrong kind.
pub fn wrong_kind(kind: ParameterKind, raw: &Raw) -> Refusal {
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
        ParameterKind::Duration => "a duration",
        ParameterKind::Size => "a size",
        ParameterKind::Folder => "the path of a folder",
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
            .help(format!("write a duration with its unit, such as `\"{number}s\"` or `\"{number}ms\"`")),
        (ParameterKind::Duration, _) => refusal.help("write a duration with its unit, such as `\"15s\"`"),
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

/// The path of a folder: one word in the files of any program.
fn folder(text: &str) -> Result<Value, Refusal> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    if GuestPath::try_from(text.to_owned()).is_ok() && text.chars().all(plain) {
        return Ok(Value::Text(text.to_owned()));
    }
    Err(Refusal::new(format!("`{text}` is not the path of a folder"))
        .help("write an absolute path of letters, digits, `.`, `_` and `-`, such as `\"/srv/data\"`"))
}

fn size(text: &str) -> Result<Value, Refusal> {
    text.parse::<Bytes>().map(Value::Size).map_err(|_| {
        let refusal = Refusal::new(format!("`{text}` is not a size"));
        match Bytes::meant(text).map(|right| right.to_string()) {
            Some(right) => refusal.help(format!("did you mean `{right}`?")).instead(Some(right)),
            None => refusal.help("write a whole number with its unit, such as `\"512MiB\"`"),
        }
    })
}

fn span_of_time(parameter: &Parameter, text: &str) -> Result<Value, Refusal> {
    let span: Millis = text.parse().map_err(|_| {
        let refusal = Refusal::new(format!("`{text}` is not a duration"));
        match Millis::meant(text).map(|right| right.to_string()) {
            Some(right) => refusal.help(format!("did you mean `{right}`?")).instead(Some(right)),
            None => {
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
