//! `lab token list`

use serde_json::json;

use crate::cli::cmd::Outcome;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::options::FormatOption;
use crate::cli::table::Table;
use crate::model::Choice as _;
use crate::web::{Kind, Tokens};

/// List the tokens, and the sessions of browsers
#[derive(Debug, clap::Args)]
#[command(
    visible_alias = "ls",
    after_help = "\
Examples:
  lab token list
  lab token list --format json"
)]
pub struct Args {
    #[command(flatten)]
    format: FormatOption,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let all = Tokens::of(&context.app.state).list()?;
    let rows: Vec<_> =
        all.iter().map(|(kind, made, grant)| json!({ "kind": kind, "made": made, "grant": grant })).collect();
    if rows.is_empty() {
        context.ui.say("there is no token");
    }
    context.ui.list(args.format.format, "tokens", &rows, || {
        let mut table = Table::new(["NAME", "KIND", "ROLE", "SCOPE", "MADE", "UNTIL"]);
        for (kind, made, grant) in &all {
            let kind = match kind {
                Kind::Token => "token",
                Kind::Session => "session",
            };
            table.row([
                grant.name.clone(),
                kind.to_owned(),
                grant.role.name().to_owned(),
                grant.scope.to_string(),
                made.strftime("%Y-%m-%d %H:%M UTC").to_string(),
                grant.until.strftime("%Y-%m-%d %H:%M UTC").to_string(),
            ]);
        }
        table.render()
    })?;
    Ok(Exit::OK)
}
