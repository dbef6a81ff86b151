//! One file per command: its arguments, whose doc comments are its help, and the function that performs it.

mod ansible_inventory;
mod answer;
mod check;
mod checkpoint;
mod class;
mod client;
mod completions;
mod console;
mod course;
mod cp;
mod df;
mod doctor;
mod down;
mod drill;
mod env;
mod exec;
mod exercise;
mod fault;
mod finish;
mod forward;
mod gc;
mod grade;
mod graph;
mod heal;
mod hint;
mod history;
mod image;
mod install;
mod list;
mod load;
mod logs;
mod man;
mod new;
mod node;
mod notes;
mod pipe;
mod plan;
mod render;
mod reset;
mod save;
mod schema;
mod score;
mod serve;
mod ssh;
mod ssh_config;
mod stack;
mod start;
mod status;
mod sync;
mod task;
mod token;
mod undo;
mod uninstall;
mod up;
mod wire;

use super::context::Context;
use super::error::CliError;
use super::exit::Exit;
use crate::app::ssh_config::PIPE;

/// The result of a command.
type Outcome = Result<Exit, CliError>;

/// The commands, in the order of the help.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    Up(up::Args),
    Plan(plan::Args),
    Reset(reset::Args),
    Down(down::Args),
    Status(status::Args),
    List(list::Args),
    Ssh(ssh::Args),
    Exec(exec::Args),
    Console(console::Args),
    Logs(logs::Args),
    Cp(cp::Args),
    Sync(sync::Args),
    Node(node::Args),
    Client(client::Args),
    Forward(forward::Args),
    Env(env::Args),
    SshConfig(ssh_config::Args),
    AnsibleInventory(ansible_inventory::Args),
    Serve(serve::Args),
    Token(token::Args),
    Checkpoint(checkpoint::Args),
    Drill(drill::Args),
    Exercise(exercise::Args),
    Course(course::Args),
    Class(class::Args),
    Start(start::Args),
    Task(task::Args),
    Grade(grade::Args),
    Hint(hint::Args),
    Answer(answer::Args),
    Undo(undo::Args),
    Save(save::Args),
    Load(load::Args),
    Score(score::Args),
    Finish(finish::Args),
    Fault(fault::Args),
    Heal(heal::Args),
    History(history::Args),
    Notes(notes::Args),
    New(new::Args),
    Install(install::Args),
    Uninstall(uninstall::Args),
    Check(check::Args),
    Render(render::Args),
    Graph(graph::Args),
    Schema(schema::Args),
    Stack(stack::Args),
    Image(image::Args),
    Df(df::Args),
    Gc(gc::Args),
    Doctor(doctor::Args),
    Completions(completions::Args),
    Man(man::Args),
    #[command(name = "__app", hide = true)]
    Wire(wire::Args),
    #[command(name = PIPE, hide = true)]
    Pipe(pipe::Args),
}

impl Command {
    /// Performs the command.
    pub fn run(self, context: &Context) -> Outcome {
        if !matches!(self, Command::Completions(_) | Command::Man(_)) {
            context.app.check_state()?;
        }
        match self {
            Command::Up(args) => up::run(args, context),
            Command::Plan(args) => plan::run(args, context),
            Command::Reset(args) => reset::run(args, context),
            Command::Down(args) => down::run(args, context),
            Command::Status(args) => status::run(args, context),
            Command::List(args) => list::run(args, context),
            Command::Ssh(args) => ssh::run(args, context),
            Command::Exec(args) => exec::run(args, context),
            Command::Console(args) => console::run(args, context),
            Command::Logs(args) => logs::run(args, context),
            Command::Cp(args) => cp::run(args, context),
            Command::Sync(args) => sync::run(args, context),
            Command::Node(args) => node::run(args, context),
            Command::Client(args) => client::run(args, context),
            Command::Forward(args) => forward::run(args, context),
            Command::Env(args) => env::run(args, context),
            Command::SshConfig(args) => ssh_config::run(args, context),
            Command::AnsibleInventory(args) => ansible_inventory::run(args, context),
            Command::Serve(args) => serve::run(args, context),
            Command::Token(args) => token::run(args, context),
            Command::Checkpoint(args) => checkpoint::run(args, context),
            Command::Drill(args) => drill::run(args, context),
            Command::Exercise(args) => exercise::run(args, context),
            Command::Course(args) => course::run(args, context),
            Command::Class(args) => class::run(args, context),
            Command::Start(args) => start::run(args, context),
            Command::Task(args) => task::run(args, context),
            Command::Grade(args) => grade::run(args, context),
            Command::Hint(args) => hint::run(args, context),
            Command::Answer(args) => answer::run(args, context),
            Command::Undo(args) => undo::run(args, context),
            Command::Save(args) => save::run(args, context),
            Command::Load(args) => load::run(args, context),
            Command::Score(args) => score::run(args, context),
            Command::Finish(args) => finish::run(args, context),
            Command::Fault(args) => fault::run(args, context),
            Command::Heal(args) => heal::run(args, context),
            Command::History(args) => history::run(args, context),
            Command::Notes(args) => notes::run(args, context),
            Command::New(args) => new::run(args, context),
            Command::Install(args) => install::run(args, context),
            Command::Uninstall(args) => uninstall::run(args, context),
            Command::Check(args) => check::run(args, context),
            Command::Render(args) => render::run(args, context),
            Command::Graph(args) => graph::run(args, context),
            Command::Schema(args) => schema::run(args, context),
            Command::Stack(args) => stack::run(args, context),
            Command::Image(args) => image::run(args, context),
            Command::Df(args) => df::run(args, context),
            Command::Gc(args) => gc::run(args, context),
            Command::Doctor(args) => doctor::run(args, context),
            Command::Completions(args) => completions::run(args, context),
            Command::Man(args) => man::run(args, context),
            Command::Wire(args) => wire::run(args, context),
            Command::Pipe(args) => pipe::run(args, context),
        }
    }
}
