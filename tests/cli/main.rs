//! The `lab` command as a user meets it: arguments in; data, messages and an exit status out.
//!
//! Every test has a folder of its own as home, state and working directory, and no other environment. No test
//! here needs root, libvirt or a guest: the simulated provider replaces the host.

mod basics;
mod bundled_exercises;
mod checkpoints;
mod courses;
mod drills;
mod ergonomics;
mod exercises;
mod faults;
mod files;
mod help;
mod history;
mod hostile;
mod images;
mod life;
mod look;
mod nodes;
mod own;
mod private;
mod rehearsal;
mod sandbox;
mod shells;
mod simulated;
mod stacks;
mod sweeps;
#[path = "../drill/synthetic.rs"]
#[expect(dead_code, reason = "the tests of drills use the rest of it")]
mod synthetic;
mod tools;
mod trouble;
