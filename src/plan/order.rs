//! Waves: the order in which a plan's steps would run if every step took equally long.

use super::{Plan, StepId};

impl Plan {
    /// The steps in waves: each step is in the first wave after all steps that it needs.
    ///
    /// This is for display. When a plan runs, each step begins as soon as the steps that it needs are done.
    pub fn waves(&self) -> Vec<Vec<StepId>> {
        let mut wave_of: Vec<usize> = Vec::with_capacity(self.steps.len());
        let mut waves: Vec<Vec<StepId>> = Vec::new();
        for step in &self.steps {
            let wave = step.needs.iter().map(|need| wave_of[*need] + 1).max().unwrap_or(0);
            wave_of.push(wave);
            if waves.len() <= wave {
                waves.resize(wave + 1, Vec::new());
            }
            waves[wave].push(step.id);
        }
        waves
    }
}
