//! `lab class`: a class with its students, hand-ins and grades.

mod cards;
mod close;
mod deadline;
mod diff;
mod export;
mod extend;
mod freeze;
mod grade;
mod new;
mod open;
mod pack;
mod plan;
mod purge;
mod recordings;
mod regrade;
mod rehearse;
mod reopen;
mod reseed;
mod say;
mod show;
mod status;
mod verify;
mod watch;

use super::Outcome;
use crate::cli::context::Context;
use crate::model::ClassName;

/// A class: students who each work on a cluster of their own, hand-ins, and grades
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    New(new::Args),
    Plan(plan::Args),
    Rehearse(rehearse::Args),
    Open(open::Args),
    Cards(cards::Args),
    Status(status::Args),
    Watch(watch::Args),
    Show(show::Args),
    Say(say::Args),
    Extend(extend::Args),
    Freeze(freeze::Args),
    Reseed(reseed::Args),
    Deadline(deadline::Args),
    Grade(grade::Args),
    Regrade(regrade::Args),
    Reopen(reopen::Args),
    Diff(diff::Args),
    Export(export::Args),
    Verify(verify::Args),
    Pack(pack::Args),
    Recordings(recordings::Args),
    Close(close::Args),
    Purge(purge::Args),
}

/// Which class a command is about.
#[derive(Debug, clap::Args)]
struct ClassOption {
    /// The class; not needed while one is open
    #[arg(long = "class", value_name = "CLASS")]
    class: Option<ClassName>,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    match args.command {
        Command::New(args) => new::run(args, context),
        Command::Plan(args) => plan::run(args, context),
        Command::Rehearse(args) => rehearse::run(args, context),
        Command::Open(args) => open::run(args, context),
        Command::Cards(args) => cards::run(args, context),
        Command::Status(args) => status::run(args, context),
        Command::Watch(args) => watch::run(args, context),
        Command::Show(args) => show::run(args, context),
        Command::Say(args) => say::run(args, context),
        Command::Extend(args) => extend::run(args, context),
        Command::Freeze(args) => freeze::run(args, context),
        Command::Reseed(args) => reseed::run(args, context),
        Command::Deadline(args) => deadline::run(args, context),
        Command::Grade(args) => grade::run(args, context),
        Command::Regrade(args) => regrade::run(args, context),
        Command::Reopen(args) => reopen::run(args, context),
        Command::Diff(args) => diff::run(args, context),
        Command::Export(args) => export::run(args, context),
        Command::Verify(args) => verify::run(args, context),
        Command::Pack(args) => pack::run(args, context),
        Command::Recordings(args) => recordings::run(args, context),
        Command::Close(args) => close::run(args, context),
        Command::Purge(args) => purge::run(args, context),
    }
}
