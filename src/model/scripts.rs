//! The scripts in a lab's folder that its drills use.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Texts of scripts by the names of their files.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scripts {
    /// Programs of loads (`loads/`).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub loads: BTreeMap<String, String>,
    /// Scripts that steps run in nodes (`steps/`).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub steps: BTreeMap<String, String>,
}

impl Scripts {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.loads.is_empty() && self.steps.is_empty()
    }
}
