//! Choices and faults as values of arguments; clap takes their names from the tables of the library.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Arg, ArgAction, ArgMatches, Command};
use clap_complete::ArgValueCompleter;

use super::complete;
use crate::app::fault::{self, KEYS, Key, Kind, Row, Said};
use crate::model::Choice;
use crate::model::fault::Value;

/// Reads one of the values of a choice.
pub fn choice<T: Choice + Send + Sync>() -> impl TypedValueParser<Value = T> {
    let names = T::ALL.iter().map(|value| PossibleValue::new(value.name()));
    PossibleValuesParser::new(names).try_map(|text| text.parse::<T>())
}

/// Reads the word of a fault.
pub fn fault() -> impl TypedValueParser<Value = &'static Row> {
    let words = fault::all().map(|row| PossibleValue::new(row.word).help(row.about));
    PossibleValuesParser::new(words)
        .try_map(|word| Row::find(&word).ok_or_else(|| format!("there is no fault `{word}`")))
}

/// The parameters of a fault: one option for each key of the catalogue.
#[derive(Debug, Clone, Default)]
pub struct KeyOptions {
    pub said: Said,
}

impl clap::Args for KeyOptions {
    fn augment_args(command: Command) -> Command {
        KEYS.into_iter().fold(command, |command, key| command.arg(option(key)))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl clap::FromArgMatches for KeyOptions {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut options = Self::default();
        options.update_from_arg_matches(matches)?;
        Ok(options)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        for key in KEYS {
            if let Some(value) = matches.get_one::<Value>(key.name) {
                self.said.set(key, value.clone());
            }
        }
        Ok(())
    }
}

fn option(key: &'static Key) -> Arg {
    let arg = Arg::new(key.name).long(key.name).help(key.help());
    let arg = match key.kind {
        Kind::Network => arg.add(ArgValueCompleter::new(complete::networks)),
        Kind::Service => arg.add(ArgValueCompleter::new(complete::services)),
        Kind::Path => arg.add(ArgValueCompleter::new(complete::paths)),
        Kind::Disk => arg.add(ArgValueCompleter::new(complete::disks)),
        _ => arg,
    };
    match key.kind {
        Kind::Flag => arg
            .num_args(0)
            .default_missing_value("true")
            .action(ArgAction::Set)
            .value_parser(move |text: &str| key.parse(text)),
        Kind::Choice(choices) => {
            let words = choices.iter().map(|(word, about)| PossibleValue::new(*word).help(*about));
            let words = PossibleValuesParser::new(words);
            arg.value_name(key.kind.placeholder()).value_parser(words.map(Value::Text))
        }
        _ => arg.value_name(key.kind.placeholder()).value_parser(move |text: &str| key.parse(text)),
    }
}
