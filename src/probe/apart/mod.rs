//! Loads in processes without rights.
//!
//! A probe reads what servers send, in six protocols. Each load runs in a process of its own (`lab __load`,
//! internal) that is started in the network of the lab's clients. It opens what the probe needs, gives up its
//! rights ([`confined`](crate::base::confined)), and only then sends the first request. Its standard input is
//! a socket ([`crate::base::apart`]): it gets a [`Job`](wire::Job), and events come back as lines. The writes of
//! a load are read back in such a process, too, and scripts of steps run beside one.

mod script;
mod starter;
pub(crate) mod wire;
mod worker;

pub use starter::{read_ledger_apart, run_script_apart};
pub use wire::Ledger;
pub use worker::intercept;

/// The hidden subcommand.
const SUBCOMMAND: &str = "__load";
