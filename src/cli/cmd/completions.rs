//! `lab completions`

use clap_complete::Shell;
use clap_complete::env::Shells;

use super::Outcome;
use crate::app::AppError;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;

/// Print a script that completes `lab` in a shell
///
/// The script calls `lab` while you type, so it also completes the names of labs, instances, nodes, drills
/// and images. With --static it completes only commands and options, and does not call `lab`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  echo 'source <(lab completions bash)' >> ~/.bashrc
  lab completions fish > ~/.config/fish/completions/lab.fish
  lab completions zsh --static > /usr/share/zsh/site-functions/_lab")]
pub struct Args {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
    /// A script that completes commands and options only
    #[arg(long = "static")]
    fixed: bool,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let mut script = Vec::new();
    if args.fixed {
        clap_complete::generate(args.shell, &mut crate::cli::tree(), "lab", &mut script);
    } else {
        let name = args.shell.to_string();
        let shells = Shells::builtins();
        let shell = shells
            .completer(&name)
            .ok_or_else(|| CliError::usage(format!("{name} can only be completed with --static")))?;
        shell
            .write_registration("COMPLETE", "lab", "lab", "lab", &mut script)
            .map_err(|error| AppError::failed("the script cannot be made").because(error))?;
    }
    context.ui.print_bytes(&script).map_err(CliError::Output)?;
    Ok(Exit::OK)
}
