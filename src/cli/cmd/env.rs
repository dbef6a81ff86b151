//! `lab env`

use serde::Serialize;

use super::Outcome;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::options::{FormatOption, InstanceOption};
use crate::host::Host;

/// Print what virsh and other tools need to reach an instance
///
/// Each instance has a libvirt daemon and a network namespace of its own. The output is for a shell to evaluate.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  eval \"$(lab env)\" && virsh list
  lab env --format json")]
pub struct Args {
    #[command(flatten)]
    instance: InstanceOption,
    #[command(flatten)]
    format: FormatOption,
}

/// How an instance is reached from outside.
#[derive(Serialize)]
struct Reach {
    libvirt_uri: String,
    network_namespace: String,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let name = context.choose(args.instance.instance.as_ref())?;
    let host = Host::new(&context.state, &name);
    let reach = Reach { libvirt_uri: host.uri(), network_namespace: host.netns_name() };
    context.ui.value(args.format.format, &reach, || shell(&reach))?;
    Ok(Exit::OK)
}

fn shell(reach: &Reach) -> String {
    format!(
        "export LIBVIRT_DEFAULT_URI={}\nexport LAB_NETNS={}",
        quoted(&reach.libvirt_uri),
        quoted(&reach.network_namespace)
    )
}

/// A word of a POSIX shell that means exactly this text.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_folder_with_odd_characters_is_still_one_word() {
        assert_eq!(quoted("/it's here"), r"'/it'\''s here'");
    }
}
