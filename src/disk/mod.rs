//! Reads disks of machines that are off, without a program of the machine's and without mounting anything.
//!
//! Root of a guest chooses every byte of its disks. So they are read in a process without rights
//! ([`apart`]), which has nothing but the files of the disk, open for reading. What it says is taken for
//! hostile: only what was asked for is accepted ([`Taken::check`]).

mod apart;
mod layers;
mod search;
mod taken;
#[cfg(test)]
mod tests;
mod walk;

pub use apart::{find_texts, intercept, read_files};
pub use layers::{Format, Layer};
pub use taken::{Content, DiskFile, Taken};

pub(crate) use apart::Disk;
pub(crate) use layers::stack;
#[cfg(test)]
pub(crate) use search::search;
pub(crate) use walk::walk;
