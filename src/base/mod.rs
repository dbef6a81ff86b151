//! Helpers that every module may use and that do not depend on labs: files, descriptors, threads, namespaces,
//! archives, shell quoting, HTTP, and formatting for people.

pub mod apart;
pub mod archive;
pub mod budget;
pub mod cgroup;
pub mod chain;
pub mod columns;
pub mod confined;
pub mod cpio;
pub mod descriptors;
pub mod failure;
pub mod folder;
pub mod growing;
pub mod http;
pub mod limit;
pub mod lock;
pub mod mirror;
pub mod netns;
pub mod nonces;
pub mod passing;
pub mod peer;
pub mod process;
pub mod random;
pub mod raw;
pub mod regular;
pub mod shell;
pub mod socket;
pub mod space;
pub mod terminal;
pub mod text;
pub mod text_file;
pub mod threads;
pub mod user;
pub mod words;
pub mod write;
