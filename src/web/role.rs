//! Who may do what, and where.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::app::class::Seat;
use crate::model::choice::choice;
use crate::model::{InstanceName, NameError};

/// What a person may do. Each role includes the ones before it, but for that of a student: it has a list of
/// its own, on one instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Work on the exercises of a class, on the own instance.
    Student,
    /// Look.
    Viewer,
    /// Also act on instances that stand: drills, faults, terminals, checkpoints, power.
    Operator,
    /// Everything that the page offers: also bring instances up and take them down.
    Administrator,
}

choice!(Role { Student = "student", Viewer = "viewer", Operator = "operator", Administrator = "administrator" });

/// Where a role holds: everywhere (`/`), or on one instance (`/instance/s01`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub enum Scope {
    /// Everywhere.
    All,
    /// On this instance only.
    Instance(InstanceName),
}

impl Scope {
    /// Whether an instance lies in it.
    pub fn covers(&self, instance: &InstanceName) -> bool {
        match self {
            Self::All => true,
            Self::Instance(only) => only == instance,
        }
    }
}

/// A text is no scope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoScope {
    /// It has another form.
    #[error("a scope is `/` or `/instance/NAME`")]
    Form,
    /// The name is none.
    #[error("a scope is `/` or `/instance/NAME`")]
    Name(#[source] NameError),
}

impl FromStr for Scope {
    type Err = NoScope;

    fn from_str(text: &str) -> Result<Self, NoScope> {
        if text == "/" {
            return Ok(Self::All);
        }
        let name = text.strip_prefix("/instance/").ok_or(NoScope::Form)?;
        name.parse().map(Self::Instance).map_err(NoScope::Name)
    }
}

impl TryFrom<String> for Scope {
    type Error = NoScope;

    fn try_from(text: String) -> Result<Self, NoScope> {
        text.parse()
    }
}

impl From<Scope> for String {
    fn from(scope: Scope) -> String {
        scope.to_string()
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("/"),
            Self::Instance(name) => write!(f, "/instance/{name}"),
        }
    }
}

/// What a credential grants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Grant {
    /// The name of the person or the program, for the history.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// Where.
    pub scope: Scope,
    /// Until when.
    #[schemars(with = "String")]
    pub until: Timestamp,
    /// The seat of a student: others may share the instance. None for all others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub seat: Option<Seat>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_read_as_it_is_written() {
        for text in ["/", "/instance/s01"] {
            assert_eq!(text.parse::<Scope>().unwrap().to_string(), text);
        }
        for text in ["", "s01", "/instance/", "/instance/../x", "/instances/s01", "/instance/S 1"] {
            assert!(text.parse::<Scope>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_scope_covers_its_instance_only() {
        let name: InstanceName = "s01".parse().unwrap();
        assert!(Scope::All.covers(&name));
        assert!(Scope::Instance(name.clone()).covers(&name));
        assert!(!Scope::Instance("s02".parse().unwrap()).covers(&name));
    }
}
