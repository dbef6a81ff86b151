//! Reads disks of machines that are off, without a program of the machine's and without mounting anything.
//!
//! Root of a guest chooses every byte of its disks. So they are read in a process without rights
//! ([`apart`]), which has nothing but the files of the disk, open for reading. What it says is taken for
//! hostile: [`Taken::check`] accepts only what was asked for.

mod apart;
mod layers;
mod taken;
#[cfg(test)]
mod tests;
mod walk;

pub use apart::{intercept, read_files};
pub use layers::{Format, Layer};
pub use taken::{Content, DiskFile, Taken};

pub(crate) use apart::Disk;
pub(crate) use layers::stack;
pub(crate) use walk::walk;
