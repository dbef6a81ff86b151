//! Which step may begin: the bookkeeping of a run, without threads or time.

use crate::plan::{Action, Plan, Purpose, StepId};

/// Where a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Not begun.
    Waiting,
    /// Begun.
    Running,
    /// Done.
    Done,
    /// Begun, and ended with an error or cancelled: how much of it happened is not known.
    Failed,
    /// Never to be begun.
    Skipped,
}

/// The states of all steps of a plan.
#[derive(Debug)]
pub(super) struct Schedule<'a> {
    plan: &'a Plan,
    states: Vec<State>,
}

impl<'a> Schedule<'a> {
    /// Nothing begun.
    pub(super) fn new(plan: &'a Plan) -> Self {
        Self { plan, states: vec![State::Waiting; plan.steps.len()] }
    }

    /// The first step that may begin now.
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

    /// Ending the host of a lab that is taken down ends everything in it, so it is tried even if parts of that
    /// could not be ended one by one.
    fn whatever_happens(&self, id: StepId) -> bool {
        self.plan.purpose == Purpose::Down && matches!(self.plan.steps[id].action, Action::DestroyHost)
    }

    /// Notes that a step begins.
    pub(super) fn begin(&mut self, id: StepId) {
        self.states[id] = State::Running;
    }

    /// Notes that a step is done.
    pub(super) fn done(&mut self, id: StepId) {
        self.states[id] = State::Done;
    }

    /// Notes that a step failed. Gives the steps that will not be begun therefore: of a lab that is taken down only
    /// those that need it, else all.
    pub(super) fn failed(&mut self, id: StepId) -> Vec<StepId> {
        self.states[id] = State::Failed;
        if self.plan.purpose != Purpose::Down {
            return self.stop();
        }
        let mut skipped = Vec::new();
        // Needs point backwards, so one pass in order sees every step after all that it needs.
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

    /// Gives up all steps that are not begun.
    pub(super) fn stop(&mut self) -> Vec<StepId> {
        let waiting: Vec<StepId> = self.with(State::Waiting).collect();
        for id in &waiting {
            self.states[*id] = State::Skipped;
        }
        waiting
    }

    /// How many steps run.
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

    /// What takes back all that was begun, last first. A step that failed may have happened in part, so it is taken
    /// back too.
    pub(super) fn undo(&self) -> Vec<(StepId, Action)> {
        let begun = |id: &StepId| matches!(self.states[*id], State::Done | State::Failed);
        let ids = (0..self.states.len()).rev().filter(begun);
        ids.filter_map(|id| Some((id, self.plan.steps[id].action.undo()?))).collect()
    }

    fn with(&self, state: State) -> impl Iterator<Item = StepId> {
        (0..self.states.len()).filter(move |id| self.states[*id] == state)
    }
}
