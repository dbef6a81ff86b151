//! The kind `program`: requests of a program that the lab's author wrote, for protocols that no other kind
//! speaks.
//!
//! The program is a script in `loads/` of the lab. It runs without rights ([`crate::base::confined`]), reads
//! requests from its standard input and writes their outcomes to its standard output, one JSON object a line
//! ([`wire`]). The schedule, the times and the time-outs are ours: a request is sent when it is due,
//! regardless of earlier ones, and its response time counts from then.

mod session;
pub mod wire;

use std::io::{self, Read as _, Write as _};
use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use mio::Registry;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::ioctl_fionbio;

use super::clients::Clients;
use super::keys::{Key, Said, Values, text};
use super::kind::{Patience, Probe, Row, Session};
use crate::base::confined::{self, Streams};
use crate::model::demand::Demand;
use crate::model::drill::{Load, LoadKind, LoadTrait};

/// The kind.
#[derive(Debug)]
pub struct Program;

/// The name of the kind.
pub const WORD: &str = "program";

/// The name of the program in its file system.
const PATH: &str = "/load";

/// The memory of each process of a program, in bytes of address space.
const MEMORY: u64 = 2 << 30;

/// The longest argument, in bytes.
const LONGEST_ARGUMENT: usize = 1000;

static ROW: Row = Row {
    word: WORD,
    about: "Requests of a program in `loads/` of the lab.",
    traits: &[LoadTrait::Service],
    keys: &[
        Key::needed("run", Values::Text, "The file in `loads/` of the lab: `\"query.py\"`."),
        Key::optional(
            "argument",
            Values::Text,
            "A text for the program, at most 1000 bytes: a table, a user.",
        ),
    ],
    node: true,
    port: Some(0),
    rate: None,
    patience: Patience::Request,
    facts: &[],
};

/// A kind with this program: the name of its file, its text, and the text that is passed to it.
pub fn kind(file: &str, script: &str, argument: &str) -> LoadKind {
    ROW.kind([("run", file.into()), ("script", script.into()), ("argument", argument.into())])
}

/// The program of a load; none if its kind has none.
///
/// # Errors
/// The load has no text for it, as in a record that was edited by hand.
pub fn of(load: &Load) -> io::Result<Option<confined::Program<'_>>> {
    if load.kind.word() != WORD {
        return Ok(None);
    }
    Ok(Some(confined::Program { path: PATH, content: text(&load.kind, "script")?, memory: MEMORY }))
}

/// How long a program may take to begin: an interpreter on a busy machine takes seconds.
const BEGINNING: Duration = Duration::from_secs(20);

/// Tells a program what to query, and waits for its first line, `{"ready": true}`.
///
/// # Errors
/// It ends before, prints something else, or takes too long.
pub fn begin(load: &Load, ip: Ipv4Addr, streams: &Streams) -> io::Result<()> {
    let file = load.kind.text("run").unwrap_or_default();
    let failed = |what: String| io::Error::other(format!("`loads/{file}` {what}"));
    // A program that closes its output and lives on must not be waited for.
    ioctl_fionbio(&streams.errors, true)?;
    let mut line = serde_json::to_vec(&wire::Begin::of(load, ip))?;
    line.push(b'\n');
    // A program that has ended already says why in its last words.
    let _ = (&streams.input).write_all(&line);
    let until = Instant::now() + BEGINNING;
    let (mut line, mut byte) = (Vec::new(), [0]);
    while line.last() != Some(&b'\n') {
        let left = until.saturating_duration_since(Instant::now());
        let left = Timespec { tv_sec: left.as_secs().cast_signed(), tv_nsec: left.subsec_nanos().into() };
        if poll(&mut [PollFd::new(&streams.output, PollFlags::IN)], Some(&left))? == 0 {
            return Err(failed(format!("was not ready within {} s", BEGINNING.as_secs())));
        }
        if (&streams.output).read(&mut byte)? == 0 {
            return Err(failed(format!("did not start: {}", session::last_words(&streams.errors))));
        }
        line.extend_from_slice(&byte);
        if line.len() > wire::LONGEST {
            break;
        }
    }
    match wire::Reply::read(&line) {
        Ok(reply) if reply.ready => Ok(()),
        _ => Err(failed("did not begin with the line `{\"ready\": true}`".to_owned())),
    }
}

impl Probe for Program {
    fn row(&self) -> &'static Row {
        &ROW
    }

    fn plan(&self, said: &mut Said<'_>) -> Option<LoadKind> {
        let file = said.text("run")?;
        let Some(script) = said.programs.get(file) else {
            let known: Vec<_> = said.programs.keys().map(|name| format!("`{name}`")).collect();
            let help = match known.as_slice() {
                [] => format!("put the program into the file `loads/{file}` of the lab"),
                known => format!("it has {}", known.join(", ")),
            };
            said.wrong("run", format!("the lab has no program `loads/{file}`"), help);
            return None;
        };
        if !script.starts_with("#!/") {
            let help = "its first line names its interpreter, such as `#!/usr/bin/python3`";
            said.wrong("run", format!("`loads/{file}` is no script"), help);
            return None;
        }
        let argument = said.text("argument").unwrap_or_default();
        if argument.len() > LONGEST_ARGUMENT {
            let message = format!("the argument has {} bytes", argument.len());
            said.wrong("argument", message, format!("write {LONGEST_ARGUMENT} bytes at most"));
        }
        Some(kind(file, script, argument))
    }

    fn open<'l>(&self, clients: &'l Clients<'l>, registry: Registry) -> io::Result<Box<dyn Session + 'l>> {
        Ok(Box::new(session::Requests::open(clients, &registry)?))
    }

    fn demand<'k>(&self, _kind: &'k LoadKind) -> Demand<'k> {
        Demand::Kernel
    }
}
