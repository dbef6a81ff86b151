//! Stacks: reusable parts of a cluster (`templates/<name>/`), rendered into files, steps and health checks.
//!
//! [`load`] reads a stack of the catalogue and checks it in itself; [`render`] makes of a [`crate::model::Lab`] what its
//! guests get and run. Both touch nothing. The result goes into [`crate::desired`] and from there into a plan.

mod check;
mod context;
mod definition;
mod engine;
mod load;
mod render;
mod shell;

use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use crate::model::NodeName;

pub use definition::{
    After, FileTemplate, HealthTemplate, HttpTemplate, Parameter, ParameterKind, StackDefinition, Stage,
    StepTemplate, When, Where,
};
pub use load::{LoadError, SCHEMA, Stack, load};
pub use render::{RenderError, render};

/// A file in a guest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuestFile {
    /// Its absolute path.
    pub path: String,
    /// Its permission bits.
    pub mode: u32,
    /// Its owner and group, `root:root`.
    pub owner: String,
    /// What is in it.
    pub content: String,
}

/// A shell script (`/bin/sh`), run as root.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Script {
    /// What it does, in a few words: shown while it runs.
    pub title: String,
    /// Its text.
    pub text: String,
}

/// How the health of a service is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Probe {
    /// A script in a guest that ends with status 0 as soon as the service is healthy. It waits by itself, for
    /// events and not by sleeping; the time limit is the caller's.
    Exec {
        /// The script.
        script: Script,
    },
    /// An HTTP request from the embedded host that must be answered with status 200 and this text in the body.
    Http {
        /// Where to.
        ip: Ipv4Addr,
        /// The TCP port.
        port: u16,
        /// The path, starting with `/`.
        path: String,
        /// The text that the body must contain.
        expect: String,
    },
}

/// A health check of a stack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthCheck {
    /// The lab's name of the stack.
    pub stack: String,
    /// The check's name in the stack.
    pub id: String,
    /// What a person reads: `DRBD up to date on both nodes`.
    pub title: String,
    /// The node that it runs on; none for a check from outside.
    pub node: Option<NodeName>,
    /// How it is asked.
    pub probe: Probe,
}
