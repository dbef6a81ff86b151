//! halab: high-availability clusters as real machines, broken on purpose and measured.
//!
//! The modules are the pipeline, and data flows one way through it:
//!
//! ```text
//! labfile → model ─┐
//!                  ├→ plan → apply → provider (host, guest, image) → drill → record → report
//! inventory ───────┘
//! ```

pub mod app;
pub mod apply;
pub mod base;
pub mod catalog;
pub mod checkpoint;
pub mod cli;
pub mod desired;
pub mod diagnostic;
pub mod drill;
pub mod fault;
pub mod guest;
pub mod host;
pub mod image;
pub mod injection;
pub mod instance;
pub mod inventory;
pub mod labfile;
pub mod model;
pub mod plan;
pub mod provider;
pub mod record;
pub mod report;
pub mod seed;
pub mod stack;
pub mod state;
pub mod work;
