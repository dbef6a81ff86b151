//! Ramps: requests at a rate that rises step by step, until too few are answered in time.

use std::sync::atomic::{AtomicBool, Ordering};

use super::engine::{Engine, LEAD, asked};
use crate::model::drill::Load;
use crate::model::{Ramp, keeps_up};
use crate::probe::{Clients, Here};
use crate::record::{Ending, Nanos, What};

/// How long the service must answer without a failure before the next action.
const REST: Nanos = Nanos::millis(2000);

impl<'env> Engine<'_, '_, 'env> {
    /// Performs all ramps one after the other.
    pub fn ramps(&mut self) -> Result<(), Ending> {
        for ramp in &self.setup.drill.ramps {
            for rate in ramp.rates() {
                if !self.ramp_step(ramp, rate)? {
                    break;
                }
            }
            self.rest()?;
        }
        Ok(())
    }

    /// Waits until the service has recovered.
    fn rest(&mut self) -> Result<(), Ending> {
        let begun = self.pump.clock.now();
        let deadline = begun.plus(self.setup.drill.steady.within.into());
        match self.pump.wait(Some(deadline), |live| (live.calm_since(begun) >= REST).then_some(()))? {
            Some(()) => Ok(()),
            None => Err(Ending::GivenUp { reason: "the service did not recover from a ramp".to_owned() }),
        }
    }

    /// One step of a ramp, until its last request has ended. Returns whether the lab kept up.
    fn ramp_step(&mut self, ramp: &Ramp, rate: u32) -> Result<bool, Ending> {
        let load = Load { rate, ..ramp.load.clone() };
        let ip = asked(self.setup, &load)?;
        let stop: &'env AtomicBool = &self.flags.ramp;
        let (clock, events) = (self.pump.clock, self.sender.clone());
        let first_due = clock.now().plus(LEAD);
        let (name, worker) = (load.name.clone(), format!("ramp {}", load.name));
        let program = self.setup.program;
        stop.store(false, Ordering::Relaxed);
        self.pump.live.count(&name);
        self.pump.emit(What::RampStep { ramp: name, rate, first_due });
        self.start(worker.clone(), move || {
            let (first_id, nonces, sockets) = (0, None, &Here);
            let clients =
                Clients { load: &load, ip, first_due, first_id, nonces, clock, stop, events, sockets };
            clients.run_apart(program)
        });
        let result = self.pump.wait(Some(first_due.plus(ramp.every.into())), |_| None::<()>);
        stop.store(true, Ordering::Relaxed);
        self.pump.end_workers(|name| name == worker);
        result?;
        let (answered, offered) = self.pump.live.counted();
        Ok(keeps_up(answered, offered))
    }
}
