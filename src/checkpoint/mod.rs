//! Checkpoints: a whole running lab, its memories and disks of one moment, kept in files.
//!
//! A checkpoint is a folder with a description, written last; without it the folder is half-made and counts for
//! nothing. Its disks are links of an overlay chain and its memories are mapped by whoever is restored from it, copy on
//! write, so that any number of instances share them. Therefore nothing in it is ever written again.
//!
//! Two kinds: the *start* of a lab, made by itself after a cold `lab up` and named by the digest of everything that
//! made it ([`Inputs`]), and those that a user names and keeps.

/// The file in an instance's folder that notes a save in hand.
pub const PENDING: &str = "saving.json";

mod digest;
mod inputs;
mod manifest;
mod store;

pub use digest::of_file;
pub use inputs::{Inputs, Platform};
pub use manifest::{
    Checkpoint, CheckpointSpec, Kind, SavedDisk, SavedFile, SavedImage, SavedMemory, SavedNode, VERSION,
};
pub use store::{Store, StoreError, stands_upon};
