//! A plan under construction: steps can only need existing steps, so there are no cycles by construction.

use super::{Action, PlanStep, StepId};

/// The steps so far.
#[derive(Debug, Default)]
pub(super) struct Draft {
    steps: Vec<PlanStep>,
    first: Option<StepId>,
}

impl Draft {
    /// Lets each later step wait for this one, if it waits for no other.
    pub(super) fn begin_with(&mut self, first: Option<StepId>) {
        self.first = first;
    }

    /// Adds a step and returns its position.
    pub(super) fn add(
        &mut self,
        action: Action,
        needs: impl IntoIterator<Item = StepId>,
        why: impl Into<String>,
    ) -> StepId {
        let id = self.steps.len();
        let mut needs: Vec<StepId> = needs.into_iter().collect();
        if needs.is_empty() {
            needs.extend(self.first);
        }
        needs.sort_unstable();
        needs.dedup();
        debug_assert!(needs.iter().all(|need| *need < id), "step {id} needs a later one: {needs:?}");
        self.steps.push(PlanStep { id, action, needs, why: why.into() });
        id
    }

    /// The steps so far whose action satisfies `like`.
    pub(super) fn which(&self, like: impl Fn(&Action) -> bool) -> Vec<StepId> {
        self.steps.iter().filter(|step| like(&step.action)).map(|step| step.id).collect()
    }

    /// The steps so far that no other step needs; a step that needs these needs all.
    pub(super) fn ends(&self) -> Vec<StepId> {
        let mut needed = vec![false; self.steps.len()];
        for need in self.steps.iter().flat_map(|step| &step.needs) {
            needed[*need] = true;
        }
        (0..self.steps.len()).filter(|id| !needed[*id]).collect()
    }

    /// The steps, finished.
    pub(super) fn into_steps(self) -> Vec<PlanStep> {
        self.steps
    }
}
