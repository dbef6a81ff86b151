//! `lab token revoke`

use crate::app::AppError;
use crate::cli::cmd::Outcome;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::web::Tokens;

/// End a token, and the sessions of its name
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab token revoke ann")]
pub struct Args {
    /// The name
    name: String,
}

pub fn run(args: &Args, context: &Context) -> Outcome {
    if Tokens::of(&context.app.state).revoke(&args.name)? {
        return Ok(Exit::OK);
    }
    Err(AppError::not_found(format!("there is no token `{}`", args.name))
        .hint("`lab token list` shows them")
        .into())
}
