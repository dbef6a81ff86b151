//! The example of the library: it is compiled, and run on simulated guests.

#[path = "../examples/failover.rs"]
mod failover;

#[test]
fn a_program_brings_a_lab_up_drills_it_and_takes_it_down() {
    failover::main().expect("it runs on the simulated provider");
}
