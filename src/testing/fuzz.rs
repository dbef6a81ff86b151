//! The parsers of foreign bytes, each as a function of bytes.
//!
//! `make fuzz` looks for inputs that break one (`fuzz/`), and `tests/fuzz.rs` runs each on the inputs in
//! `tests/corpus/<name>/`. A function panics when a parser does, or when a promise of the parser is broken.

mod files;
mod guests;
mod network;

/// A parser, or several that read the same input.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name, which is that of its folder of inputs.
    pub name: &'static str,
    /// Gives it an input.
    pub run: fn(&[u8]),
    /// The most memory that it may take for an input of a few kilobytes, in bytes.
    pub memory: usize,
}

const fn target(name: &'static str, run: fn(&[u8])) -> Target {
    Target { name, run, memory: 16 << 20 }
}

/// One that has to unpack or to compute much.
const fn large(name: &'static str, run: fn(&[u8]), memory: usize) -> Target {
    Target { name, run, memory }
}

/// All of them.
pub const TARGETS: &[Target] = &[
    target("answers", guests::answers),
    target("console", guests::console),
    target("line", guests::line),
    target("log", guests::log),
    target("terminal", guests::terminal),
    target("copy", guests::copy),
    target("arp", network::arp),
    target("http", network::http),
    target("packets", network::packets),
    target("page", network::page),
    target("sip", network::sip),
    target("workers", network::workers),
    target("xmpp", network::xmpp),
    target("descriptions", files::descriptions),
    large("disk", files::disk, 64 << 20),
    large("drill", files::drill, 64 << 20),
    large("kernel", files::kernel, 600 << 20),
    large("lab", files::lab, 64 << 20),
    large("memory", files::memory, 64 << 20),
    target("packages", files::packages),
    large("qcow2", files::qcow2, 64 << 20),
    target("recipe", files::recipe),
    large("record", files::record, 256 << 20),
    large("groups", files::groups, 64 << 20),
    target("roster", files::roster),
    large("stack", files::stack, 256 << 20),
    target("wire", files::wire),
    #[cfg(feature = "libvirt")]
    target("machines", files::machines),
];

/// Runs a function on an input in pieces: in two, with the first byte of the input as the place of the cut.
fn cut(input: &[u8]) -> (&[u8], &[u8]) {
    let Some((at, rest)) = input.split_first() else { return (input, input) };
    rest.split_at(usize::from(*at).min(rest.len()))
}
