//! The terminals of students: what a node prints passes through here, on its way to the student's front, to
//! the recording of an exam, and to those who look.
//!
//! ```text
//!                       ┌──▶ the student's front ──▶ browser
//! pseudo-terminal ──pump┼──▶ the fronts of those who look
//!                       └──▶ the recording
//! ```
//!
//! A [`window::Window`] is what the threads of one terminal share, and [`open::Terminals`] lists the windows
//! of students. Terminals of others have a window, too, but no pump: their front gets the pseudo-terminal
//! itself.

pub mod look;
pub mod open;
mod pump;
pub mod show;
mod tail;
pub mod window;
