//! The keys of faults: one row for each key, from which the options of `lab fault inject`, the keys of a step
//! in a drill file, their schema, and the manual are derived.

use std::fmt;

use super::range::{ANY, Range, at_least, latency_from, percent};
use crate::model::fault::Value;
use crate::model::{Bytes, DiskName, Millis, NetworkName, PathName, ServiceName};

/// A key of faults.
#[derive(Debug)]
pub struct Key {
    /// Its name in drill files and as an option: `percent`.
    pub name: &'static str,
    /// The kind of its values.
    pub kind: Kind,
    /// The allowed range; a fault can have another.
    pub range: Range,
    /// A phrase that describes it, without a full stop.
    pub about: &'static str,
    /// An example value on a command line.
    pub example: &'static str,
}

/// The kind of a key's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A duration: `50ms`.
    Time,
    /// Bytes: `1MiB`.
    Size,
    /// A whole number.
    Number,
    /// A percentage.
    Percent,
    /// Yes or no.
    Flag,
    /// One of these words, each with its meaning.
    Choice(&'static [(&'static str, &'static str)]),
    /// The name of a network of the lab.
    Network,
    /// The name of a service of a stack.
    Service,
    /// The name of a path of a stack, or `client`.
    Path,
    /// The name of a disk of a node.
    Disk,
    /// The absolute path of a folder in the guest, not `/`.
    Folder,
}

/// Why a text is not a value of a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadValue {
    /// It is of the wrong kind.
    #[error("it must be {0}")]
    Kind(&'static str),
    /// It is not one of the choices.
    #[error("it must be one of {}", .0.join(", "))]
    Choice(Vec<&'static str>),
    /// Its syntax is wrong.
    #[error("{0}")]
    Text(String),
}

const fn any(name: &'static str, kind: Kind, about: &'static str, example: &'static str) -> Key {
    Key { name, kind, range: ANY, about, example }
}

/// How long the power is off.
pub static OFF: Key = Key { range: at_least(1), ..any("off", Kind::Time, "How long the power is off", "3s") };
/// What the clock of a paused node does.
pub static CLOCK: Key = any(
    "clock",
    Kind::Choice(&[
        ("frozen", "It stops too: the resumed machine believes that no time has passed"),
        ("running", "It goes on: the resumed machine finds itself late"),
    ]),
    "What the clock of the node does during the pause",
    "frozen",
);
/// The remaining share of a processor.
pub static SHARE: Key = Key {
    range: percent(", in percent of a processor"),
    ..any("share", Kind::Percent, "The remaining share of a processor", "10")
};
/// The error of a clock.
pub static BY: Key =
    Key { range: at_least(1000), ..any("by", Kind::Time, "How far the clock is off", "60s") };
/// Whether a clock is set into the past.
pub static BACKWARD: Key = any("backward", Kind::Flag, "The clock is set into the past", "true");
/// A service.
pub static SERVICE: Key = any("service", Kind::Service, "The service, by its name in the stack", "web");
/// Whether the service manager may restart a killed service.
pub static RESTART: Key =
    any("restart", Kind::Flag, "The service manager may start it again, as its unit says", "true");
/// A network.
pub static NETWORK: Key = any("network", Kind::Network, "The network", "public");
/// A direction.
pub static DIRECTION: Key = any(
    "direction",
    Kind::Choice(&[("out", "What the node sends"), ("in", "What is sent to the node")]),
    "Which direction is lost, seen from the node",
    "out",
);
/// A path.
pub static PATH: Key =
    any("path", Kind::Path, "The path, by its name in the stack, or `client`", "heartbeat");
/// A percentage of all frames.
pub static PERCENT: Key = Key {
    range: percent("; for all frames take `silent-cut`"),
    ..any("percent", Kind::Percent, "How many of all frames", "20")
};
/// An upper limit of a rate. A frame must be able to pass.
pub static LIMIT: Key =
    Key { range: at_least(1 << 10), ..any("limit", Kind::Size, "Bytes in a second", "1MiB") };
/// The delay of frames.
pub static LATENCY: Key =
    Key { range: latency_from(1), ..any("latency", Kind::Time, "The delay of frames", "50ms") };
/// The variation of a latency.
pub static VARIATION: Key = any("variation", Kind::Time, "More or less by up to this, at random", "10ms");
/// A disk.
pub static DISK: Key = any("disk", Kind::Disk, "The secondary disk", "data");
/// Which operations of a disk fail.
pub static IO: Key = any(
    "io",
    Kind::Choice(&[("reads", "Reading"), ("writes", "Writing"), ("all", "Both")]),
    "What fails",
    "writes",
);
/// Disk operations per second.
pub static OPERATIONS: Key =
    Key { range: at_least(1), ..any("operations", Kind::Number, "Operations in a second", "20") };
/// A folder.
pub static FOLDER: Key =
    any("folder", Kind::Folder, "A folder of the file system, which is not the system's own", "/srv/data");

/// All keys, in the order in which they are shown.
pub static KEYS: [&Key; 18] = [
    &OFF,
    &CLOCK,
    &SHARE,
    &BY,
    &BACKWARD,
    &SERVICE,
    &RESTART,
    &NETWORK,
    &DIRECTION,
    &PATH,
    &PERCENT,
    &LIMIT,
    &LATENCY,
    &VARIATION,
    &DISK,
    &IO,
    &OPERATIONS,
    &FOLDER,
];

impl Kind {
    /// Describes the expected value.
    pub fn expected(self) -> &'static str {
        match self {
            Kind::Time => "a time such as `50ms` or `3s`",
            Kind::Size => "a size such as `1MiB`",
            Kind::Number | Kind::Percent => "a whole number",
            Kind::Flag => "true or false",
            Kind::Choice(_) => "a word",
            Kind::Network | Kind::Service | Kind::Path | Kind::Disk => "a name",
            Kind::Folder => "a folder such as `/srv/data`",
        }
    }

    /// The placeholder for a value in help: `TIME`.
    pub fn placeholder(self) -> &'static str {
        match self {
            Kind::Time => "TIME",
            Kind::Size => "SIZE",
            Kind::Number => "NUMBER",
            Kind::Percent => "PERCENT",
            Kind::Flag => "FLAG",
            Kind::Choice(_) => "WORD",
            Kind::Network | Kind::Service | Kind::Path | Kind::Disk => "NAME",
            Kind::Folder => "FOLDER",
        }
    }

    /// The kind of object that a name of this kind refers to: `network`; `None` for other values.
    pub fn names(self) -> Option<&'static str> {
        match self {
            Kind::Network => Some("network"),
            Kind::Service => Some("service"),
            Kind::Path => Some("path"),
            Kind::Disk => Some("disk"),
            _ => None,
        }
    }
}

impl Key {
    /// The key of this name.
    pub fn find(name: &str) -> Option<&'static Key> {
        KEYS.into_iter().find(|key| key.name == name)
    }

    /// Its meaning, the faults that take it, and its defaults.
    pub fn help(&self) -> String {
        let takers: Vec<_> = super::all().filter_map(|row| Some((row, row.takes(self)?))).collect();
        let words: Vec<&str> = takers.iter().map(|(row, _)| row.word).collect();
        let mut text = format!("{} ({})", self.about, words.join(", "));
        if let Some(range) = self.range.text(self.kind).filter(|_| self.kind != Kind::Folder) {
            text += &format!(": {}", range.replace(['"', '`'], ""));
        }
        let defaults: Vec<_> = takers.iter().map(|(_, takes)| takes.need.default()).collect();
        if let Some(default) = defaults.first().copied().flatten().filter(|_| self.kind != Kind::Flag)
            && defaults.iter().all(|other| *other == Some(default))
        {
            text += &format!("; {default} when not given");
        }
        text
    }

    /// Parses a value of the command line.
    ///
    /// # Errors
    /// When the text is not such a value. [`super::build`] checks its range.
    pub fn parse(&self, text: &str) -> Result<Value, BadValue> {
        let kind = || BadValue::Kind(self.kind.expected());
        self.read(match self.kind {
            Kind::Number | Kind::Percent => Value::Number(text.parse().map_err(|_| kind())?),
            Kind::Flag => Value::Flag(text.parse().map_err(|_| kind())?),
            _ => Value::from(text),
        })
    }

    /// Converts a value of a file to the form that faults use.
    ///
    /// # Errors
    /// When it is not a value of this kind.
    pub fn read(&self, value: Value) -> Result<Value, BadValue> {
        fn named<T: std::str::FromStr<Err: fmt::Display> + fmt::Display>(
            text: &str,
        ) -> Result<Value, BadValue> {
            let parsed: T = text.parse().map_err(|error: T::Err| BadValue::Text(error.to_string()))?;
            Ok(Value::Text(parsed.to_string()))
        }
        match (self.kind, value) {
            (Kind::Number | Kind::Percent, Value::Number(number)) if number <= u64::from(u32::MAX) => {
                Ok(Value::Number(number))
            }
            (Kind::Flag, Value::Flag(flag)) => Ok(Value::Flag(flag)),
            (Kind::Choice(choices), Value::Text(text)) => {
                let words: Vec<&'static str> = choices.iter().map(|(word, _)| *word).collect();
                match words.contains(&text.as_str()) {
                    true => Ok(Value::Text(text)),
                    false => Err(BadValue::Choice(words)),
                }
            }
            (Kind::Time, Value::Text(text)) => named::<Millis>(&text),
            (Kind::Size, Value::Text(text)) => named::<Bytes>(&text),
            (Kind::Network, Value::Text(text)) => named::<NetworkName>(&text),
            (Kind::Service, Value::Text(text)) => named::<ServiceName>(&text),
            (Kind::Path, Value::Text(text)) => named::<PathName>(&text),
            (Kind::Disk, Value::Text(text)) => named::<DiskName>(&text),
            (Kind::Folder, Value::Text(text)) => Ok(Value::Text(text)),
            (kind, _) => Err(BadValue::Kind(kind.expected())),
        }
    }

    /// A value in a drill file: `percent = 20`.
    pub fn in_file(&self, value: &str) -> String {
        match self.kind {
            Kind::Number | Kind::Percent | Kind::Flag => format!("{} = {value}", self.name),
            _ => format!("{} = \"{value}\"", self.name),
        }
    }

    /// A value on the command line: `--percent 20`.
    pub fn as_option(&self, value: &str) -> String {
        match self.kind {
            Kind::Flag => format!("--{}", self.name),
            _ => format!("--{} {value}", self.name),
        }
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Key {}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Choice;
    use crate::model::fault::{Direction, DiskIo, PauseClock};

    fn names<T: Choice>() -> Vec<&'static str> {
        T::ALL.iter().map(|value| value.name()).collect()
    }

    #[test]
    fn the_choices_are_those_of_the_types() {
        let choices = |key: &Key| match key.kind {
            Kind::Choice(choices) => choices.iter().map(|(word, _)| *word).collect(),
            _ => Vec::new(),
        };
        assert_eq!(choices(&CLOCK), names::<PauseClock>());
        assert_eq!(choices(&DIRECTION), names::<Direction>());
        assert_eq!(choices(&IO), names::<DiskIo>());
    }

    #[test]
    fn every_key_reads_its_example() {
        for key in KEYS {
            let value = key.parse(key.example).unwrap();
            assert!(key.range.holds(key.kind, &value), "{key}");
            assert_eq!(key.read(value.clone()), Ok(value), "{key}");
            assert!(
                key.about.chars().next().is_some_and(char::is_uppercase) && !key.about.ends_with('.'),
                "{key}"
            );
        }
        assert_eq!(LATENCY.parse("1000ms"), Ok(Value::from("1s")));
        assert_eq!(PERCENT.parse("many"), Err(BadValue::Kind("a whole number")));
        assert_eq!(IO.parse("none"), Err(BadValue::Choice(vec!["reads", "writes", "all"])));
        assert!(
            NETWORK.parse("No Network").is_err() && BY.parse("60").is_err() && BACKWARD.parse("1").is_err()
        );
    }
}
