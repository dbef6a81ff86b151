//! `lab token create`

use jiff::{SignedDuration, Timestamp};

use crate::app::AppError;
use crate::cli::choice::choice;
use crate::cli::cmd::Outcome;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::web::{Grant, Kind, Role, Scope, Tokens};

/// The longest name of a token, in characters.
const LONGEST_NAME: usize = 40;

/// Make a token, and print its secret
///
/// The secret is printed once and not kept. A program sends it as `Authorization: Bearer SECRET`; a person
/// types it into the page. A token replaces one of the same name.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lab token create ann
  lab token create monitor --role viewer --days 365
  lab token create ben --role operator --scope /instance/s01")]
pub struct Args {
    /// The name of the person or the program, for the history
    name: String,
    /// What it may do
    #[arg(long, value_parser = choice::<Role>(), value_name = "ROLE", default_value = "viewer")]
    role: Role,
    /// Where: `/`, or `/instance/NAME`
    #[arg(long, value_name = "SCOPE", default_value = "/")]
    scope: Scope,
    /// For how many days
    #[arg(long, value_name = "DAYS", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=3650))]
    days: u32,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let Args { name, role, scope, days } = args;
    let fits = (1..=LONGEST_NAME).contains(&name.chars().count());
    if !fits || name.chars().any(char::is_control) {
        let message = format!("a name has 1 to {LONGEST_NAME} characters, and no control characters");
        return Err(AppError::usage(message).into());
    }
    let until = Timestamp::now() + SignedDuration::from_hours(i64::from(days) * 24);
    let secret =
        Tokens::of(&context.app.state).make(Kind::Token, Grant { name, role, scope, until, seat: None })?;
    context.ui.data(secret)?;
    Ok(Exit::OK)
}
