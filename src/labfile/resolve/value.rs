//! Converts a parameter's written value into a typed [`Value`], or reports why it is invalid.

use super::reference::{Scope, address, disk, network, networks, nodes};
use crate::model::Value;
use crate::stack::{Parameter, ParameterKind, Raw, Refusal, scalar, wrong_kind};

/// Converts a written value for a parameter.
pub(super) fn convert(parameter: &Parameter, raw: &Raw, scope: &Scope<'_>) -> Result<Value, Refusal> {
    if let Some(value) = scalar(parameter, raw)? {
        return Ok(value);
    }
    match (parameter.kind, raw) {
        (ParameterKind::Disk, Raw::Text(text)) => disk(text, scope),
        (ParameterKind::Network, Raw::Text(text)) => network(text, scope).map(Value::Network),
        (ParameterKind::Networks, Raw::List(items)) => networks(items, scope),
        (ParameterKind::Address, Raw::Text(text)) => address(text, scope),
        (ParameterKind::Nodes, Raw::List(items)) => nodes(items, scope),
        (kind, raw) => Err(wrong_kind(kind, raw)),
    }
}
