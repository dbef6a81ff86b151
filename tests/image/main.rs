//! Images with what is real about them: an HTTP server, qemu-img, and where it is allowed, mmdebstrap.

mod fetch;
mod manage;
mod server;
mod store;
