//! Faults of the simulated host itself: an action that fails, before or after its effect, or never ends; and
//! deliberate errors of its cluster.

use std::str::FromStr;

use super::cluster::Planted;

/// A fault, written `after:start node1`, `before:#7`, `before:once start node1` or `hang:wait for node1 to
/// answer`; or `plant:two-holders`, `plant:lost-write`, `plant:false-takeover`, `plant:stalled-probe` or
/// `plant:no-detection`, each of which a report must detect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimFault {
    /// Where it occurs.
    pub at: At,
    /// What it does.
    pub how: How,
}

/// The action at which a fault occurs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum At {
    /// The action with this number, from 0; only that one.
    Nth(usize),
    /// Every action with this text.
    Named(String),
    /// The first action with this text.
    First(String),
    /// No action at all: the fault occurs in drills.
    Drills(Planted),
}

/// What a fault does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// The action fails and nothing has happened.
    Before,
    /// The action fails although all of it has happened.
    After,
    /// Nothing happens, until the user cancels.
    Hang,
    /// The cluster makes a deliberate error.
    Plant,
}

/// Why a text is not a fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a fault such as `after:start node1`, `before:#7`, `hang:start node1` or `plant:two-holders`"
)]
pub struct FaultError(String);

impl FromStr for SimFault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let bad = || FaultError(text.to_owned());
        let (how, at) = text.split_once(':').ok_or_else(bad)?;
        if how == "plant" {
            let planted = at.parse().map_err(|()| bad())?;
            return Ok(Self { at: At::Drills(planted), how: How::Plant });
        }
        let how = match how {
            "before" => How::Before,
            "after" => How::After,
            "hang" => How::Hang,
            _ => return Err(bad()),
        };
        let at = match at.strip_prefix('#') {
            Some(number) => At::Nth(number.parse().map_err(|_| bad())?),
            None => match at.strip_prefix("once ") {
                Some(name) => At::First(name.to_owned()),
                None => At::Named(at.to_owned()),
            },
        };
        Ok(Self { at, how })
    }
}

impl SimFault {
    /// The deliberate error of the cluster, if this is one.
    pub fn planted(&self) -> Option<Planted> {
        match self.at {
            At::Drills(planted) => Some(planted),
            _ => None,
        }
    }

    /// The effect on action `number`, given the number of actions with the same text `before` it.
    pub(super) fn on(&self, number: usize, what: &str, before: usize) -> Option<How> {
        let hit = match &self.at {
            At::Nth(nth) => *nth == number,
            At::Named(name) => name == what,
            At::First(name) => name == what && before == 0,
            At::Drills(_) => false,
        };
        hit.then_some(self.how)
    }
}
