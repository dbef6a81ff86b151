//! Determines which step may start: the bookkeeping of a run, without threads or time.

use crate::plan::{Action, Plan, Purpose, StepId};

/// The state of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Not started.
    Waiting,
    /// Running.
    Running,
    /// Done.
    Done,
    /// Failed or cancelled; it may have been partly performed.
    Failed,
    /// Never to be started.
    Skipped,
}

/// The states of all steps of a plan.
#[derive(Debug)]
pub(super) struct Schedule<'a> {
    plan: &'a Plan,
    states: Vec<State>,
}

impl<'a> Schedule<'a> {
    /// All steps waiting.
    pub(super) fn new(plan: &'a Plan) -> Self {
        Self { plan, states: vec![State::Waiting; plan.steps.len()] }
    }

    /// The first step that may start now.
    pub(super) fn ready(&self) -> Option<StepId> {
        let ready = |id: &StepId| {
            let needs = &self.plan.steps[*id].needs;
            if self.whatever_happens(*id) {
                needs.iter().all(|need| !matches!(self.states[*need], State::Waiting | State::Running))
            } else {
                needs.iter().all(|need| self.states[*need] == State::Done)
            }
        };
        self.with(State::Waiting).find(ready)
    }

    /// Destroying the host of a lab destroys everything in it, so it is attempted even if parts could not be
    /// deleted one by one.
    fn whatever_happens(&self, id: StepId) -> bool {
        self.plan.purpose == Purpose::Down && matches!(self.plan.steps[id].action, Action::DestroyHost)
    }

    /// Marks a step as running.
    pub(super) fn begin(&mut self, id: StepId) {
        self.states[id] = State::Running;
    }

    /// Marks a step as done.
    pub(super) fn done(&mut self, id: StepId) {
        self.states[id] = State::Done;
    }

    /// Marks a step as failed. Returns the steps that are skipped as a result: when taking a lab down only
    /// those that need it, else all.
    pub(super) fn failed(&mut self, id: StepId) -> Vec<StepId> {
        self.states[id] = State::Failed;
        if self.plan.purpose != Purpose::Down {
            return self.stop();
        }
        let mut skipped = Vec::new();
        // Needs point backwards, so one pass in order visits every step after all steps that it needs.
        for step in &self.plan.steps {
            let hopeless =
                step.needs.iter().any(|need| matches!(self.states[*need], State::Failed | State::Skipped));
            if self.states[step.id] == State::Waiting && hopeless && !self.whatever_happens(step.id) {
                self.states[step.id] = State::Skipped;
                skipped.push(step.id);
            }
        }
        skipped
    }

    /// Skips all steps that have not started.
    pub(super) fn stop(&mut self) -> Vec<StepId> {
        let waiting: Vec<StepId> = self.with(State::Waiting).collect();
        for id in &waiting {
            self.states[*id] = State::Skipped;
        }
        waiting
    }

    /// The number of running steps.
    pub(super) fn running(&self) -> usize {
        self.with(State::Running).count()
    }

    /// Whether every step is done.
    pub(super) fn is_done(&self) -> bool {
        self.states.iter().all(|state| *state == State::Done)
    }

    /// The steps that are not done.
    pub(super) fn left(&self) -> Vec<StepId> {
        (0..self.states.len()).filter(|id| self.states[*id] != State::Done).collect()
    }

    /// The actions that undo all started steps, last first. A failed step may have been partly performed, so
    /// it is undone too.
    pub(super) fn undo(&self) -> Vec<(StepId, Action)> {
        let begun = |id: &StepId| matches!(self.states[*id], State::Done | State::Failed);
        let ids = (0..self.states.len()).rev().filter(begun);
        ids.filter_map(|id| Some((id, self.plan.steps[id].action.undo()?))).collect()
    }

    fn with(&self, state: State) -> impl Iterator<Item = StepId> {
        (0..self.states.len()).filter(move |id| self.states[*id] == state)
    }
}
