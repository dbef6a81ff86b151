//! Brings a lab up, cuts the power of its active node, and prints what its clients saw.
//!
//! `cargo run --example failover` uses simulated guests; with `--real`, as root, real ones.

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;

use halab::app::drill::{ReadReport, Run};
use halab::app::{Cancel, Down, Event, Halab, LabWish, Level, Request, Up, What};

/// Shows the progress of an operation.
fn show(event: &Event) {
    if let What::Note { level: Level::Info | Level::Warning, text } = &event.what
        && !event.background
    {
        println!("{:>3}  {text}", event.number);
    }
}

/// Brings the lab up, runs the drill and takes the lab down.
///
/// # Errors
/// An operation fails.
pub fn main() -> Result<(), Box<dyn Error>> {
    let state = tempfile::tempdir()?;
    let real = std::env::args().any(|word| word == "--real");
    let halab = if real { Halab::at("/var/lib/halab") } else { Halab::at(state.path()).simulated() };

    let lab = Some("drbd-heartbeat".to_owned());
    let up = run(&halab, &Up { wish: LabWish { lab, ..LabWish::default() }, ..Up::default() })?;
    println!("{} is up after {:.1} s", up.instance, up.took.as_secs_f64());

    let instance = Some(up.instance.clone());
    let drill = Run { drill: "power-cut".to_owned(), instance, seed: Some(7), capture: false };
    let drilled = run(&halab, &drill)?;
    let report = run(&halab, &ReadReport::of(&drilled.record))?;
    println!("{}", report.text);

    run(&halab, &Down { instances: vec![up.instance], purge: true, ..Down::default() })?;
    Ok(())
}

/// Runs a request and shows its events.
fn run<R: Request>(halab: &Halab, request: &R) -> Result<R::Outcome, Box<dyn Error>> {
    Ok(halab.run(request, &Cancel::default(), Box::new(show))?)
}
