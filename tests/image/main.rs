//! Images with what is real about them: an HTTP server, qemu-img, and where it is allowed, mmdebstrap.

#![expect(clippy::print_stderr, reason = "who runs them is told which were skipped")]

mod build;
mod fetch;
mod manage;
mod server;
mod store;
