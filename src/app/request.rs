//! The requests of the application: one plain struct for each operation, and all of them as one enum for a
//! byte stream.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::cancel::Cancel;
use super::error::AppError;
use super::event::Listener;
use super::job::Job;
use super::{Halab, checkpoint, class, course, cp, drill, exercise, fault, image, logs, node};
use super::{
    ansible, check, client, connect, console, df, doctor, down, env, exec, fetch, forward, gc, graph,
    install, list, new_lab, new_stack, notes, plan_only, render, reset, schema, ssh_config, stack, status,
    sync, terminal, up,
};

/// What an operation changes: instances, checkpoints or images. For its entry in the history.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Subject(pub Vec<String>);

impl Subject {
    /// These instances, checkpoints or images; the only instance if none is named.
    pub fn named<T: ToString>(names: &[T]) -> Self {
        Self(names.iter().map(ToString::to_string).collect())
    }
}

/// One operation: plain data that describes a request.
pub trait Request: Serialize + DeserializeOwned + JsonSchema {
    /// Its result, as plain data.
    type Outcome: Serialize + DeserializeOwned;

    /// Its name in the history and over the wire, as the command line has it: `checkpoint save`.
    const NAME: &'static str;

    /// Whether it makes large files, so that it is refused when the disk is nearly full.
    const GROWS: bool = false;

    /// What it changes; none if it only reads. An operation that changes something has an entry in the
    /// history.
    fn changes(&self) -> Option<Subject> {
        None
    }

    /// Performs the operation.
    ///
    /// # Errors
    /// When it fails, or is cancelled.
    fn perform(&self, job: &Job) -> Result<Self::Outcome, AppError>;
}

/// A request that can be sent over a byte stream.
pub trait Wired: Request + Clone + Into<AnyRequest> {
    /// The outcome of such a request, if this is one.
    fn outcome(any: AnyOutcome) -> Option<Self::Outcome>;
}

macro_rules! requests {
    ($($variant:ident($request:ty),)*) => {
        /// Any request, as it is sent over a byte stream: `{"request": "down", "arguments": {…}}`.
        #[derive(Debug, Clone, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case", tag = "request", content = "arguments")]
        pub enum AnyRequest {
            $(#[doc = concat!("See [`", stringify!($request), "`].")] $variant($request),)*
        }

        /// The outcome of any request.
        #[derive(Debug, Clone, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case", tag = "request", content = "outcome")]
        pub enum AnyOutcome {
            $(#[doc = concat!("Of [`", stringify!($request), "`].")] $variant(<$request as Request>::Outcome),)*
        }

        $(impl From<$request> for AnyRequest {
            fn from(request: $request) -> Self {
                Self::$variant(request)
            }
        }

        impl Wired for $request {
            fn outcome(any: AnyOutcome) -> Option<Self::Outcome> {
                match any {
                    AnyOutcome::$variant(outcome) => Some(outcome),
                    _ => None,
                }
            }
        })*

        impl AnyRequest {
            /// The name of each wanted request over the wire, with the schema of its arguments.
            pub fn schemas(
                generator: &mut SchemaGenerator,
                wanted: impl Fn(&str) -> bool,
            ) -> Vec<(String, Schema)> {
                let mut all = Vec::new();
                $(
                    let name = kebab(stringify!($variant));
                    if wanted(&name) {
                        all.push((name, generator.subschema_for::<$request>()));
                    }
                )*
                all
            }

            /// Whether it changes something.
            pub fn changes(&self) -> bool {
                match self {
                    $(Self::$variant(request) => request.changes().is_some(),)*
                }
            }

            /// Performs it, as [`Halab::run`] does. `began` is called with the id of the operation as soon as
            /// it has an entry in the history.
            ///
            /// # Errors
            /// Those of the request.
            pub fn run(
                &self,
                halab: &Halab,
                cancel: &Cancel,
                listener: Listener,
                began: impl FnOnce(&str),
            ) -> Result<AnyOutcome, AppError> {
                match self {
                    $(Self::$variant(request) => {
                        halab.run_told(request, cancel, listener, began).map(AnyOutcome::$variant)
                    })*
                }
            }
        }
    };
}

/// `DrillRun` as `drill-run`, as serde writes it.
fn kebab(variant: &str) -> String {
    let mut name = String::new();
    for letter in variant.chars() {
        if letter.is_ascii_uppercase() && !name.is_empty() {
            name.push('-');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}

requests! {
    Up(up::Up),
    UpCopies(up::UpCopies),
    Plan(plan_only::PlanOnly),
    Reset(reset::Reset),
    Down(down::Down),
    Status(status::GetStatus),
    Watch(status::Watch),
    List(list::List),
    ListBundled(list::ListBundled),
    Exec(exec::Exec),
    Console(console::Console),
    Forward(forward::Forward),
    Connect(connect::Connect),
    Terminal(terminal::Terminal),
    Fetch(fetch::Fetch),
    Notes(notes::ShowNotes),
    NotesWrite(notes::WriteNotes),
    Client(client::Client),
    Env(env::Env),
    SshConfig(ssh_config::SshConfig),
    AnsibleInventory(ansible::AnsibleInventory),
    CheckpointSave(checkpoint::Save),
    CheckpointRestore(checkpoint::Restore),
    CheckpointList(checkpoint::List),
    CheckpointRemove(checkpoint::Remove),
    CheckpointVerify(checkpoint::Verify),
    Inject(fault::Inject),
    HealFaults(fault::HealFaults),
    FaultList(fault::List),
    Heal(fault::Heal),
    NodeStart(node::Start),
    NodeStop(node::Stop),
    NodeReboot(node::Reboot),
    Copy(cp::Copy),
    Sync(sync::Sync),
    Logs(logs::Logs),
    DrillRun(drill::Run),
    DrillSeries(drill::Series),
    DrillSoak(drill::Soak),
    DrillSweep(drill::RunSweep),
    DrillList(drill::List),
    DrillRecords(drill::ListRecords),
    DrillReport(drill::ReadReport),
    DrillDiff(drill::DiffRuns),
    DrillCompare(drill::Compare),
    Calibrate(drill::Calibrate),
    ExerciseList(exercise::List),
    ExerciseShow(exercise::Show),
    ExerciseNew(exercise::New),
    ExerciseTest(exercise::Test),
    ClassAutosave(class::Autosave),
    ClassHold(class::Hold),
    ClassBegin(class::Begin),
    ClassCards(class::MakeCards),
    ClassClose(class::Close),
    ClassDeadline(class::Deadline),
    ClassDiff(class::Diff),
    ClassExport(class::Export),
    ClassExtend(class::Extend),
    ClassFreeze(class::Freeze),
    ClassGrade(class::GradeAll),
    ClassHand(class::RaiseHand),
    ClassJump(class::Jump),
    ClassKey(class::GiveKey),
    ClassMe(class::ShowMe),
    ClassNew(class::New),
    ClassOpen(class::Open),
    ClassPack(class::Pack),
    ClassRecordings(class::Recordings),
    ClassPlan(class::PlanClass),
    ClassPurge(class::Purge),
    ClassRegrade(class::Regrade),
    ClassReopen(class::Reopen),
    ClassRehearse(class::Rehearse),
    ClassRehearseEnd(class::EndRehearsal),
    ClassReseed(class::Reseed),
    ClassRevive(class::Revive),
    ClassSay(class::Say),
    ClassShow(class::ShowStudent),
    ClassStatus(class::ShowBoard),
    ClassSubmit(class::Submit),
    ClassVerify(class::Verify),
    ClassWatch(class::WatchBoard),
    CourseList(course::List),
    CourseShow(course::Show),
    Start(exercise::Start),
    Task(exercise::ShowTask),
    Grade(exercise::Grade),
    Hint(exercise::TakeHint),
    Answer(exercise::Answer),
    Undo(exercise::Undo),
    Save(exercise::Save),
    Load(exercise::Load),
    Finish(exercise::Finish),
    Score(exercise::ShowScore),
    Check(check::Check),
    Render(render::Render),
    Graph(graph::ShowLab),
    Schema(schema::Schema),
    NewLab(new_lab::NewLab),
    NewStack(new_stack::NewStack),
    StackList(stack::List),
    StackShow(stack::Show),
    Install(install::Install),
    Uninstall(install::Uninstall),
    ImageBuild(image::Build),
    ImageAdd(image::Add),
    ImageList(image::List),
    ImageRemove(image::Remove),
    Df(df::Df),
    Gc(gc::Gc),
    Doctor(doctor::Doctor),
}
