//! A class: its students, their codes and cards, what happened, what is now, and its gradebook.
//!
//! [`file`] reads a class, [`roster`] the list of its students; [`code`] and [`cards`] let them join.
//! [`store`] is the folder of a class, [`log`] what happened in it, and [`register`] what follows from that.
//! [`export`] writes a [`gradebook`] for other programs. [`recording`] is the form of what terminals showed
//! in an exam.

pub mod cards;
pub mod code;
pub mod export;
pub mod file;
pub mod gradebook;
pub mod log;
mod markup;
pub mod moment;
pub mod recording;
pub mod register;
pub mod roster;
mod sheet;
pub mod store;
