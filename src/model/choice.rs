//! Enums whose values have a name in files and on the command line.

use std::str::FromStr;

/// A closed set of values, each with a name.
pub trait Choice: Copy + FromStr<Err = UnknownChoice> + 'static {
    /// All values, in the order in which they are shown.
    const ALL: &'static [Self];

    /// The name in files and on the command line.
    fn name(self) -> &'static str;
}

/// Why a text names no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not one of {}", .known.join(", "))]
pub struct UnknownChoice {
    /// The text.
    pub text: String,
    /// The known names.
    pub known: Vec<&'static str>,
}

/// The value with this name.
///
/// # Errors
/// When there is none.
pub fn parse<T: Choice>(text: &str) -> Result<T, UnknownChoice> {
    let found = T::ALL.iter().find(|value| value.name() == text).copied();
    found.ok_or_else(|| UnknownChoice {
        text: text.to_owned(),
        known: T::ALL.iter().map(|value| value.name()).collect(),
    })
}

/// Names the values of an enum. The names must be those that serde uses.
macro_rules! choice {
    ($type:ident { $($variant:ident = $name:literal),+ $(,)? }) => {
        impl $type {
            /// All of them, in the order in which they are shown.
            pub const ALL: [Self; [$($name),+].len()] = [$(Self::$variant),+];
        }

        impl $crate::model::Choice for $type {
            const ALL: &'static [Self] = &Self::ALL;

            fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name),+
                }
            }
        }

        impl std::str::FromStr for $type {
            type Err = $crate::model::UnknownChoice;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $crate::model::choice::parse(text)
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad($crate::model::Choice::name(*self))
            }
        }
    };
}

pub(crate) use choice;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instance::ProviderKind;
    use crate::model::Source;
    use crate::model::drill::Figure;
    use crate::model::fault::{Direction, DiskIo, PauseClock};

    fn names_are_those_of_serde<T: Choice + serde::Serialize + PartialEq + std::fmt::Debug>() {
        for value in T::ALL {
            assert_eq!(serde_json::to_value(value).unwrap(), value.name());
            assert_eq!(value.name().parse::<T>().as_ref(), Ok(value));
        }
        assert!("nothing".parse::<T>().unwrap_err().to_string().contains("not one of"));
    }

    #[test]
    fn every_choice_has_one_name() {
        names_are_those_of_serde::<PauseClock>();
        names_are_those_of_serde::<Direction>();
        names_are_those_of_serde::<DiskIo>();
        names_are_those_of_serde::<Figure>();
        names_are_those_of_serde::<ProviderKind>();
        names_are_those_of_serde::<Source>();
    }
}
