//! What each request of the application needs: a closed list. What is not in it is not offered.

use serde_json::Value;

use super::role::{Grant, Role, Scope};
use crate::app::{AnyRequest, LabWish, Terminal, TerminalKind};
use crate::model::{Choice as _, InstanceName};

/// What a request needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    role: Role,
    on: On,
    /// Whether a student may, too, on the own instance.
    student: bool,
}

/// What a request is about.
#[derive(Debug, Clone, PartialEq, Eq)]
enum On {
    /// More than one instance, or what instances share.
    Everything,
    /// An instance; the only one if it names none.
    One(Option<InstanceName>),
    /// Nothing that belongs to an instance.
    Nothing,
}

impl Need {
    /// Why a grant is not enough; none if it is.
    pub fn refuses(&self, grant: &Grant) -> Option<String> {
        let own = |instance: &InstanceName| grant.scope == Scope::Instance(instance.clone());
        if grant.role == Role::Student {
            let may = self.student && matches!(&self.on, On::One(Some(instance)) if own(instance));
            return (!may).then(|| "students may not, or not there".to_owned());
        }
        if grant.role < self.role {
            return Some(format!(
                "it needs the role {}, and this is {}",
                self.role.name(),
                grant.role.name()
            ));
        }
        let covered = match (&grant.scope, &self.on) {
            (Scope::All, _) | (_, On::Nothing) => true,
            (scope, On::One(Some(instance))) => scope.covers(instance),
            // The only instance may be another one a moment later.
            (Scope::Instance(_), On::One(None) | On::Everything) => false,
        };
        (!covered).then(|| format!("it is outside of {}", grant.scope))
    }

    /// To look at an instance.
    pub fn to_look_at(instance: &InstanceName) -> Self {
        Self { role: Role::Viewer, on: On::One(Some(instance.clone())), student: true }
    }

    /// To act on an instance.
    pub fn to_act_on(instance: Option<&InstanceName>) -> Self {
        Self { role: Role::Operator, on: On::One(instance.cloned()), student: true }
    }

    /// To open a terminal: logs only show.
    pub fn of_terminal(terminal: &Terminal) -> Self {
        let role = match terminal.kind {
            TerminalKind::Shell | TerminalKind::Console => Role::Operator,
            TerminalKind::Logs => Role::Viewer,
        };
        Self { role, on: On::One(terminal.instance.clone()), student: true }
    }

    /// To look into the terminal of a student, or to type in it. Students may not, also not into their own.
    pub fn to_look_into(instance: Option<&InstanceName>) -> Self {
        let on = instance.map_or(On::Nothing, |instance| On::One(Some(instance.clone())));
        Self { role: Role::Operator, on, student: false }
    }

    /// To see what students' terminals showed in an exam.
    pub fn to_see_recordings() -> Self {
        Self { role: Role::Operator, on: On::Everything, student: false }
    }

    /// To look at everything.
    pub fn to_look_everywhere() -> Self {
        Self { role: Role::Viewer, on: On::Everything, student: false }
    }
}

/// The names of the requests that are offered, over the wire. Some of them are offered only with names in
/// place of paths.
pub const OFFERED: &[&str] = &[
    "answer",
    "checkpoint-list",
    "checkpoint-remove",
    "checkpoint-restore",
    "checkpoint-save",
    "checkpoint-verify",
    "class-begin",
    "class-cards",
    "class-close",
    "class-deadline",
    "class-diff",
    "class-export",
    "class-extend",
    "class-freeze",
    "class-grade",
    "class-hand",
    "class-key",
    "class-me",
    "class-plan",
    "class-recordings",
    "class-regrade",
    "class-reopen",
    "class-reseed",
    "class-revive",
    "class-say",
    "class-show",
    "class-status",
    "class-submit",
    "class-verify",
    "course-list",
    "df",
    "doctor",
    "down",
    "drill-compare",
    "drill-diff",
    "drill-list",
    "drill-records",
    "drill-report",
    "drill-run",
    "drill-series",
    "drill-soak",
    "exercise-list",
    "exercise-show",
    "fault-list",
    "fetch",
    "finish",
    "gc",
    "grade",
    "graph",
    "heal",
    "heal-faults",
    "hint",
    "image-list",
    "image-remove",
    "inject",
    "list",
    "list-bundled",
    "load",
    "logs",
    "node-reboot",
    "node-start",
    "node-stop",
    "notes",
    "notes-write",
    "plan",
    "render",
    "reset",
    "save",
    "score",
    "start",
    "status",
    "task",
    "undo",
    "up",
];

/// A request of the application by its name and its fields; none if it is not offered.
///
/// # Errors
/// When the fields are not those of the request.
pub fn offered(name: &str, arguments: &Value) -> Option<serde_json::Result<AnyRequest>> {
    let wire = || serde_json::json!({ "request": name, "arguments": arguments });
    OFFERED.contains(&name).then(|| serde_json::from_value(wire()))
}

/// What a request needs; none if it is not offered: it takes paths of the machine, runs a program on it, or
/// has a door of its own.
pub fn need(request: &AnyRequest) -> Option<Need> {
    let look = |instance: &Option<InstanceName>| Some((Role::Viewer, On::One(instance.clone())));
    let act = |instance: &Option<InstanceName>| Some((Role::Operator, On::One(instance.clone())));
    let found = match request {
        AnyRequest::Status(status) => Some((Role::Viewer, several(&status.instances))),
        AnyRequest::List(list) => Some((Role::Viewer, several(&list.instances))),
        AnyRequest::FaultList(list) => look(&list.instance),
        AnyRequest::Logs(logs) if !logs.follow => look(&logs.instance),
        AnyRequest::Graph(graph) if graph.lab.as_deref().is_none_or(is_name) => match &graph.lab {
            Some(_) => Some((Role::Viewer, On::Nothing)),
            None => look(&graph.instance),
        },
        AnyRequest::DrillList(list) if list.lab.is_none() => look(&list.instance),
        AnyRequest::DrillReport(report) if report.record.as_deref().is_none_or(is_name) => {
            look(&report.instance)
        }
        AnyRequest::DrillDiff(diff) if is_name(&diff.before) && is_name(&diff.after) => look(&diff.instance),
        AnyRequest::DrillRecords(records) => look(&records.instance),
        AnyRequest::Fetch(fetch) => look(&fetch.instance),
        AnyRequest::Notes(notes) => look(&notes.instance),
        AnyRequest::Task(task) => look(&task.instance),
        AnyRequest::Score(score) => look(&score.instance),
        AnyRequest::DrillCompare(compare) => Some((Role::Viewer, several(&compare.instances))),
        AnyRequest::ListBundled(_)
        | AnyRequest::ImageList(_)
        | AnyRequest::CheckpointList(_)
        | AnyRequest::CourseList(_)
        | AnyRequest::ExerciseList(_) => Some((Role::Viewer, On::Nothing)),
        AnyRequest::ExerciseShow(show) if is_name(&show.exercise) => {
            // Only its author sees where an exercise comes from.
            Some((if show.author { Role::Administrator } else { Role::Viewer }, On::Nothing))
        }

        AnyRequest::ClassMe(me) => look(&Some(me.instance.clone())),
        AnyRequest::ClassBegin(begin) => act(&Some(begin.instance.clone())),
        AnyRequest::ClassSubmit(submit) => act(&Some(submit.instance.clone())),
        AnyRequest::ClassHand(hand) => act(&Some(hand.instance.clone())),
        AnyRequest::ClassJump(jump) => act(&Some(jump.instance.clone())),
        AnyRequest::ClassKey(key) => act(&Some(key.instance.clone())),
        AnyRequest::ClassRevive(revive) => act(&Some(revive.instance.clone())),
        AnyRequest::ClassPlan(plan) if plan.file.is_none() => Some((Role::Viewer, On::Everything)),
        AnyRequest::ClassStatus(_)
        | AnyRequest::ClassShow(_)
        | AnyRequest::ClassVerify(_)
        | AnyRequest::ClassExport(_) => Some((Role::Viewer, On::Everything)),
        AnyRequest::ClassCards(_)
        | AnyRequest::ClassClose(_)
        | AnyRequest::ClassDeadline(_)
        | AnyRequest::ClassDiff(_)
        | AnyRequest::ClassExtend(_)
        | AnyRequest::ClassFreeze(_)
        | AnyRequest::ClassGrade(_)
        | AnyRequest::ClassRecordings(_)
        | AnyRequest::ClassRegrade(_)
        | AnyRequest::ClassReopen(_)
        | AnyRequest::ClassReseed(_)
        | AnyRequest::ClassSay(_) => Some((Role::Operator, On::Everything)),

        AnyRequest::Reset(reset) => Some((Role::Operator, several(&reset.instances))),
        AnyRequest::CheckpointSave(save) => act(&save.instance),
        AnyRequest::CheckpointRestore(restore) => act(&restore.instance),
        AnyRequest::Inject(inject) => act(&inject.instance),
        AnyRequest::HealFaults(heal) => act(&heal.instance),
        AnyRequest::Heal(heal) => act(&heal.instance),
        AnyRequest::NotesWrite(notes) => act(&notes.instance),
        AnyRequest::NodeStart(node) => act(&node.instance),
        AnyRequest::NodeStop(node) => act(&node.instance),
        AnyRequest::NodeReboot(node) => act(&node.instance),
        AnyRequest::DrillRun(run) if is_name(&run.drill) => act(&run.instance),
        AnyRequest::DrillSeries(series) if is_name(&series.run.drill) => act(&series.run.instance),
        AnyRequest::DrillSoak(soak) if is_name(&soak.run.drill) => act(&soak.run.instance),
        AnyRequest::Start(start) if is_name(&start.exercise) => act(&start.instance),
        AnyRequest::Grade(grade) => act(&grade.instance),
        AnyRequest::Hint(hint) => act(&hint.instance),
        AnyRequest::Answer(answer) => act(&answer.instance),
        AnyRequest::Undo(undo) => act(&undo.instance),
        AnyRequest::Save(save) => act(&save.instance),
        AnyRequest::Load(load) => act(&load.instance),
        AnyRequest::Finish(finish) => act(&finish.instance),

        // Files have secrets of the cluster, which root of a node can read, too.
        AnyRequest::Render(render) if render.lab.as_deref().is_some_and(is_name) => {
            act(&render.lab.as_ref().and_then(|lab| lab.parse().ok()))
        }
        AnyRequest::Up(up) if is_installed(&up.wish) => Some((Role::Administrator, On::Everything)),
        AnyRequest::Plan(plan) if is_installed(&plan.wish) => Some((Role::Administrator, On::Everything)),
        AnyRequest::Down(_)
        | AnyRequest::CheckpointRemove(_)
        | AnyRequest::CheckpointVerify(_)
        | AnyRequest::ImageRemove(_)
        | AnyRequest::Df(_)
        | AnyRequest::Gc(_)
        | AnyRequest::Doctor(_) => Some((Role::Administrator, On::Everything)),
        _ => None,
    };
    found.map(|(role, on)| Need { role, on, student: is_for_students(request) })
}

/// Whether a request that changes something is answered by its outcome, not by an operation: one that has
/// secrets or files of students, which are kept nowhere.
pub fn is_answered_at_once(request: &AnyRequest) -> bool {
    matches!(request, AnyRequest::ClassCards(_) | AnyRequest::ClassDiff(_))
}

/// What students may ask about the own instance. Checkpoints are not among it: those of others are of the
/// same lab, and a hand-in is a checkpoint.
fn is_for_students(request: &AnyRequest) -> bool {
    matches!(
        request,
        AnyRequest::Answer(_)
            | AnyRequest::ClassBegin(_)
            | AnyRequest::ClassHand(_)
            | AnyRequest::ClassJump(_)
            | AnyRequest::ClassKey(_)
            | AnyRequest::ClassMe(_)
            | AnyRequest::ClassRevive(_)
            | AnyRequest::ClassSubmit(_)
            | AnyRequest::DrillDiff(_)
            | AnyRequest::DrillList(_)
            | AnyRequest::DrillRecords(_)
            | AnyRequest::DrillReport(_)
            | AnyRequest::DrillRun(_)
            | AnyRequest::FaultList(_)
            | AnyRequest::Fetch(_)
            | AnyRequest::Grade(_)
            | AnyRequest::Graph(_)
            | AnyRequest::Heal(_)
            | AnyRequest::HealFaults(_)
            | AnyRequest::Hint(_)
            | AnyRequest::Inject(_)
            | AnyRequest::List(_)
            | AnyRequest::Load(_)
            | AnyRequest::Logs(_)
            | AnyRequest::NodeReboot(_)
            | AnyRequest::NodeStart(_)
            | AnyRequest::NodeStop(_)
            | AnyRequest::Save(_)
            | AnyRequest::Score(_)
            | AnyRequest::Status(_)
            | AnyRequest::Task(_)
            | AnyRequest::Undo(_)
    )
}

fn several(instances: &[InstanceName]) -> On {
    match instances {
        [one] => On::One(Some(one.clone())),
        _ => On::Everything,
    }
}

/// Whether a lab is named, and not a path.
fn is_installed(wish: &LabWish) -> bool {
    wish.lab.as_deref().is_none_or(is_name) && (wish.lab.is_some() || wish.instance.is_some())
}

/// Whether a word is a name, and no path, no file beside the server, and no option.
pub fn is_name(word: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    word.starts_with(|c: char| c.is_ascii_alphanumeric()) && word.chars().all(allowed) && word.len() <= 100
}

#[cfg(test)]
mod tests {
    use schemars::SchemaGenerator;

    use super::*;

    #[test]
    fn all_that_is_offered_exists() {
        let all = AnyRequest::schemas(&mut SchemaGenerator::default(), |_| true);
        for name in OFFERED {
            assert!(all.iter().any(|(known, _)| known == name), "{name}");
        }
        assert!(OFFERED.is_sorted());
    }
}
