//! `lab class rehearse`: a class of simulated students on the real server, to see whether this machine
//! carries the class.
//!
//! ```text
//! students, teacher ──HTTP, WebSocket──▶ lab serve ──▶ app ──▶ clusters
//!        └──▶ Tally ──▶ Report ◀── processor time and memory of the server
//! ```
//!
//! The server is that of `lab serve` in processes of its own, the class is one like others, and the students
//! do what the page of a student does. They run in this process, whose cost is not the server's.

mod browser;
mod deed;
mod desk;
mod dice;
mod lesson;
mod perform;
mod plan;
mod report;
mod server;
mod spread;
mod student;
mod tally;
mod teacher;
mod terminal;
mod usage;

pub use perform::{Wanted, perform};
pub use report::{Report, milliseconds};
pub use tally::Row;
