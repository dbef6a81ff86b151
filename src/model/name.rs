//! Names: parsed once, trusted afterwards.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Why a text is not a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// The text is empty.
    #[error("a name cannot be empty")]
    Empty,
    /// The text is longer than the limit (in characters).
    #[error("a name has at most {limit} characters, this one has {actual}")]
    TooLong {
        /// The longest allowed length.
        limit: usize,
        /// The length found.
        actual: usize,
    },
    /// A character that names may not contain.
    #[error("`{0}` cannot be in a name: use lowercase letters, digits and `-`, starting with a letter")]
    BadCharacter(char),
}

/// Checks that a text is a name of at most `limit` characters. Names become host names, file names and parts
/// of interface names, so only characters valid in all of these are allowed.
///
/// # Errors
/// See [`NameError`].
pub fn check_name(text: &str, limit: usize) -> Result<(), NameError> {
    let first = text.chars().next().ok_or(NameError::Empty)?;
    if !first.is_ascii_lowercase() {
        return Err(NameError::BadCharacter(first));
    }
    if let Some(bad) = text.chars().find(|c| !(c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '-')) {
        return Err(NameError::BadCharacter(bad));
    }
    if text.len() > limit {
        return Err(NameError::TooLong { limit, actual: text.len() });
    }
    Ok(())
}

/// The pattern of a name for JSON Schema: the same rule as [`check_name`].
macro_rules! pattern {
    ($limit:literal) => {
        concat!("^[a-z][a-z0-9-]{0,", $limit, "}$")
    };
}

/// The pattern of a name of at most 32 characters.
pub const NAME: &str = pattern!(31);

/// The longest name that a pattern of names allows; `None` if it is not such a pattern.
pub fn name_limit(pattern: &str) -> Option<usize> {
    let rest = pattern.strip_prefix("^[a-z][a-z0-9-]{0,")?.strip_suffix("}$")?;
    rest.parse::<usize>().ok().map(|rest| rest + 1)
}

/// Defines a type of names. The number is the largest count of characters after the first.
macro_rules! name {
    ($(#[$doc:meta])* $type:ident, $rest:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(try_from = "String", into = "String")]
        #[schemars(with = "String", extend("pattern" = pattern!($rest)))]
        pub struct $type(String);

        impl $type {
            /// The longest allowed name, in characters.
            pub const MAX: usize = $rest + 1;

            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $type {
            type Err = NameError;

            fn from_str(text: &str) -> Result<Self, NameError> {
                check_name(text, Self::MAX)?;
                Ok(Self(text.to_owned()))
            }
        }

        impl TryFrom<String> for $type {
            type Error = NameError;

            fn try_from(text: String) -> Result<Self, NameError> {
                text.parse()
            }
        }

        impl From<$type> for String {
            fn from(name: $type) -> String {
                name.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl AsRef<str> for $type {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
    };
}

name!(
    /// The name of a lab, as in its file.
    LabName,
    31
);
name!(
    /// The name of a running instance of a lab: the lab's own, or the value of `--as`. It names the embedded
    /// host (`lab-<instance>`) and its folder.
    InstanceName,
    31
);
name!(
    /// The name of a node, also its host name, which limits it to one DNS label.
    NodeName,
    31
);
name!(
    /// The name of a network, also the name of its bridge, which limits it to 15 characters (`IFNAMSIZ` minus
    /// the terminator).
    NetworkName,
    14
);
name!(
    /// The name of a secondary disk of a node.
    DiskName,
    15
);
name!(
    /// The name of a virtual address.
    AddressName,
    31
);
name!(
    /// The name that a lab gives to one use of a stack.
    StackName,
    31
);
name!(
    /// The name of an image in the catalogue (`images/<name>.toml`).
    ImageName,
    47
);
name!(
    /// The name of a drill (`drills/<name>.toml`).
    DrillName,
    47
);
name!(
    /// The user's name for a checkpoint of a lab.
    CheckpointName,
    31
);
name!(
    /// The name of a load in a drill.
    LoadName,
    31
);
name!(
    /// The name of a step in a drill.
    StepName,
    31
);

name!(
    /// The name of a service of a stack (`[service.<name>]` in `stack.toml`).
    ServiceName,
    31
);
name!(
    /// The name of a path between nodes (`[path.<name>]` in `stack.toml`).
    PathName,
    31
);
name!(
    /// The name of a place in a stack's files for text of a lab (`[extra.<name>]` in `stack.toml`).
    PlaceName,
    31
);
name!(
    /// The name of an exercise (`exercises/<name>/` of a lab).
    ExerciseName,
    31
);
name!(
    /// The name of a course (`courses/<name>/`).
    CourseName,
    31
);
name!(
    /// The name of a class. Names of its instances are made of it: `NAME-s01`, and `NAME-s01-graded`.
    ClassName,
    19
);
name!(
    /// The name of a check of an exercise.
    CheckName,
    31
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked() {
        assert_eq!("node1".parse::<NodeName>().unwrap().as_str(), "node1");
        assert_eq!("".parse::<NodeName>(), Err(NameError::Empty));
        assert_eq!("1a".parse::<NodeName>(), Err(NameError::BadCharacter('1')));
        assert_eq!("Web".parse::<NodeName>(), Err(NameError::BadCharacter('W')));
        assert_eq!("a_b".parse::<NodeName>(), Err(NameError::BadCharacter('_')));
        assert_eq!(
            "replication-network".parse::<NetworkName>(),
            Err(NameError::TooLong { limit: 15, actual: 19 })
        );
        assert_eq!((NodeName::MAX, name_limit(pattern!(31)), name_limit("^[a-z]+$")), (32, Some(32), None));
    }
}
