//! halab: high-availability clusters as real machines, broken on purpose and measured.
//!
//! A program uses [`app`], whose requests do everything that the command `lab` does, in the terms of
//! [`model`]. [`report`] computes figures from a [`record`], and [`diagnostic`] says what is wrong with a
//! file that a person wrote. All other modules are the inside.
//!
//! The modules are the pipeline, and data flows one way through it:
//!
//! ```text
//! labfile → model ─┐
//!                  ├→ plan → apply → provider (host, guest, image) → drill → record → report
//! inventory ───────┘
//! ```

#![cfg_attr(
    not(feature = "libvirt"),
    expect(
        dead_code,
        unused_imports,
        reason = "what only real guests use; the build with them finds what is dead"
    )
)]

pub mod app;
pub mod diagnostic;
pub mod model;
pub mod record;
pub mod report;

mod apply;
mod base;
mod catalog;
mod checkpoint;
mod class;
mod cli;
mod course;
mod desired;
mod disk;
mod drill;
mod exercise;
mod fault;
mod guest;
mod host;
mod image;
mod injection;
mod instance;
mod inventory;
mod labfile;
mod plan;
mod probe;
mod provider;
mod rehearsal;
mod seed;
mod stack;
mod state;
#[doc(hidden)]
pub mod testing;
mod web;
mod work;

/// The command `lab`: all that the binary calls, and no part of the library's interface.
#[doc(hidden)]
pub fn main() -> std::process::ExitCode {
    // An embedded host's first process is this program too; it must be alone in its process, so it comes
    // first.
    let arguments: Vec<_> = std::env::args_os().collect();
    let hidden = host::supervise::intercept(&arguments);
    hidden
        .or_else(|| host::starve::intercept(&arguments))
        .or_else(|| image::intercept(&arguments))
        .or_else(|| guest::keeper::intercept(&arguments))
        .or_else(|| guest::fetch::intercept(&arguments))
        .or_else(|| probe::intercept(&arguments))
        .or_else(|| drill::arp::intercept(&arguments))
        .or_else(|| disk::intercept(&arguments))
        .or_else(|| web::intercept(&arguments))
        .unwrap_or_else(cli::main)
}
