//! How a plan's steps lie in time: the waves in which they could run if every step took equally long.

use super::{Plan, StepId};

impl Plan {
    /// The steps in waves: each step is in the first wave after all that it needs.
    ///
    /// A run does not wait for whole waves, each step begins when its own needs are done; this is for reading.
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
