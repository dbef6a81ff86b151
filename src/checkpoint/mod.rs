//! Checkpoints: a whole running lab, with its memories and disks at one moment, kept in files.
//!
//! A checkpoint is a folder with a description, which is written last; without it the folder is incomplete
//! and ignored. Its disks are part of an overlay chain, and guests restored from it map its memories
//! copy-on-write, so any number of instances can share them. Therefore its files are never written again.
//! A memory may be packed later: kept as the difference from that of another checkpoint ([`packed`]), and
//! unpacked for each use.
//!
//! There are three kinds: the *baseline checkpoint* of a lab, made automatically after a cold `lab up` and
//! named by the digest of its [`Inputs`], those that a user names, and those of exercises.

/// The file in an instance's folder that marks a save in progress.
pub const PENDING: &str = "saving.json";

mod digest;
mod inputs;
mod manifest;
mod memories;
pub mod packed;
mod store;
mod verified;

pub use digest::of_file;
pub use inputs::{Inputs, Platform};
pub use manifest::{
    Checkpoint, CheckpointSpec, Kind, PackedRam, SavedDisk, SavedFile, SavedImage, SavedMemory, SavedNode,
    VERSION,
};
pub use memories::{MemoryError, Packing, Ready};
pub use store::{CheckpointStore, Damage, StoreError, stands_upon};
