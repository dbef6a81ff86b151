//! What was last seen of the health of each instance while a person looked at it. No instance is watched for
//! it: each watch asks the nodes again and again.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::app::{Listed, Status};
use crate::model::InstanceName;

/// The health of an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Seen {
    healthy: bool,
    /// When it was seen; none while it is watched.
    as_of: Option<Timestamp>,
}

/// That of all instances.
#[derive(Default)]
pub struct LastSeen(Mutex<BTreeMap<InstanceName, Seen>>);

impl LastSeen {
    fn all(&self) -> MutexGuard<'_, BTreeMap<InstanceName, Seen>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes the status of an instance that is watched. While a check has no answer and none has failed, the
    /// health is not known.
    pub fn note(&self, instance: &InstanceName, status: &Status) {
        let failed = status.checks.iter().any(|check| !check.healthy && !check.pending);
        let waits = status.checks.iter().any(|check| check.pending);
        if status.healthy || failed || !waits {
            self.all().insert(instance.clone(), Seen { healthy: status.healthy, as_of: None });
        }
    }

    /// The last one who watched an instance has left.
    pub fn leave(&self, instance: &InstanceName) {
        if let Some(seen) = self.all().get_mut(instance) {
            seen.as_of = Some(Timestamp::now());
        }
    }

    /// Forgets the instances that are gone, or were made again since.
    pub fn keep(&self, listed: &[Listed]) {
        self.all().retain(|name, seen| {
            let found = listed.iter().find(|one| one.instance == *name);
            found.is_some_and(|one| seen.as_of.zip(one.created).is_none_or(|(seen, made)| seen >= made))
        });
    }

    /// The rows of instances, each with what was last seen of it.
    pub fn with(&self, listed: &[Listed]) -> Vec<Value> {
        let all = self.all();
        let row = |one: &Listed| {
            let mut row = serde_json::to_value(one).unwrap_or_default();
            if let (Some(fields), Some(seen)) = (row.as_object_mut(), all.get(&one.instance)) {
                fields.insert("health".to_owned(), serde_json::to_value(seen).unwrap_or_default());
            }
            row
        };
        listed.iter().map(row).collect()
    }
}
