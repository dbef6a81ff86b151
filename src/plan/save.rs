//! The plan that saves an instance.

use super::{Action, Plan, PlanStep, Purpose};
use crate::checkpoint::CheckpointSpec;

/// The plan that saves an instance. It has one step, because a failed save is undone as a whole.
pub fn save(spec: CheckpointSpec, why: &str) -> Plan {
    let action = Action::SaveCheckpoint(Box::new(spec));
    let step = PlanStep { id: 0, action, needs: Vec::new(), why: why.to_owned() };
    Plan { purpose: Purpose::Standing, changes: Vec::new(), steps: vec![step] }
}
