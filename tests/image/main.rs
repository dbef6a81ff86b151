//! Images with their real environment: an HTTP server and qemu-img. Building them is in `e2e_images.rs`.

mod fetch;
mod limits;
mod manage;
mod server;
mod store;
