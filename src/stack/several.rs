//! Several uses of a stack on one node: `[several]` in `stack.toml`.

use schemars::JsonSchema;
use serde::Deserialize;

/// The stack can be used several times on a node. Each use renders the files that they share with all of them
/// (`uses` in templates), so that the texts are equal.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "several uses on a node")]
pub struct Several {
    /// Parameters of which each use on a node needs a value of its own.
    #[serde(default)]
    pub differ: Vec<String>,
    /// Parameters that stand once in the files, so that all uses on a node need the same value.
    #[serde(default)]
    pub equal: Vec<String>,
}

impl Several {
    /// Its parameters, each with the key that names it and its place there.
    pub(super) fn named(&self) -> impl Iterator<Item = (&'static str, usize, &String)> {
        let differ = self.differ.iter().enumerate().map(|(index, name)| ("differ", index, name));
        differ.chain(self.equal.iter().enumerate().map(|(index, name)| ("equal", index, name)))
    }
}
