//! `lab exercise new`: an exercise beside a lab, which works as it is.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::app::error::AppError;
use crate::app::job::Job;
use crate::app::lab;
use crate::app::request::Request;
use crate::base::folder::Access;
use crate::exercise::EXERCISES;
use crate::labfile::LAB_FILE;
use crate::model::drill::{Drill, Step, Target};
use crate::model::fault::Fault;
use crate::model::{ExerciseName, Lab, NodeName, ServiceRole, StackUse};

/// The files of a new exercise, with `@NAME@` and the like where the lab decides.
const FILES: [(&str, &str); 9] = [
    ("exercise.toml", include_str!("exercise.toml")),
    ("task.md", include_str!("task.md")),
    ("task.id.md", include_str!("task.id.md")),
    ("drills/break.toml", include_str!("break.toml")),
    ("drills/solve.toml", include_str!("solve.toml")),
    ("drills/only-started.toml", include_str!("only-started.toml")),
    ("steps/break.sh", include_str!("break.sh")),
    ("steps/solve.sh", include_str!("solve.sh")),
    ("steps/only-started.sh", include_str!("only-started.sh")),
];

/// Writes a new exercise beside a lab in a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct New {
    /// Its name.
    pub name: ExerciseName,
    /// The folder of the lab.
    pub lab: PathBuf,
}

impl Request for New {
    /// The folder of the exercise.
    type Outcome = PathBuf;
    const NAME: &'static str = "exercise new";

    fn perform(&self, job: &Job) -> Result<PathBuf, AppError> {
        let argument = self.lab.join(LAB_FILE).display().to_string();
        let found = lab::read(job, &argument, Vec::new(), Access::Any)?;
        let folder = self.lab.join(EXERCISES).join(self.name.as_str());
        if folder.exists() {
            return Err(AppError::failed(format!("{} is already there", folder.display()))
                .hint("choose another name"));
        }
        let words = words(&self.name, &found.loaded.lab, &power_cuts(&found)?)?;
        let unwritable = |error| AppError::failed("the exercise cannot be written").because(error);
        let aside = folder.with_extension("new");
        for (name, text) in FILES {
            let file = aside.join(name);
            let filled = words.iter().fold(text.to_owned(), |text, (word, value)| text.replace(word, value));
            fs_err::create_dir_all(file.parent().unwrap_or(&aside)).map_err(unwritable)?;
            fs_err::write(&file, filled).map_err(unwritable)?;
        }
        fs_err::rename(&aside, &folder).map_err(unwritable)?;
        Ok(folder)
    }
}

/// The drills of a lab that cut the power of the active node and do nothing else: the exercise measures with
/// one of them.
fn power_cuts(found: &lab::Found) -> Result<Vec<Drill>, AppError> {
    let cuts = |drill: &Drill| {
        let mut faults = drill.steps.iter().filter(|step| step.action.fault().is_some());
        let cut = |step: &Step| {
            let word = step.action.fault().map(Fault::word);
            word == Some("power-cut") && matches!(step.target, Target::Holder(_))
        };
        faults.next().is_some_and(cut) && faults.next().is_none()
    };
    let parts = lab::drills(&found.source)?;
    let read = parts.iter().filter_map(|part| crate::drill::load(part, &found.loaded.lab).ok());
    Ok(read.filter(cuts).collect())
}

/// What stands for the words of the files.
fn words(name: &ExerciseName, lab: &Lab, drills: &[Drill]) -> Result<Vec<(&'static str, String)>, AppError> {
    let manager = |stack: &&StackUse| {
        stack.on.len() > 1
            && stack.services.values().any(|service| service.role == Some(ServiceRole::ClusterManager))
    };
    let missing = |what: &str| {
        AppError::failed(format!("the lab has no {what}, with which a new exercise could begin"))
            .hint("copy an exercise of a bundled lab: `lab new LAB --from drbd-heartbeat` brings some along")
    };
    let stack = lab.stacks.iter().find(manager).ok_or_else(|| missing("cluster manager on two nodes"))?;
    let unit = stack.services.values().find(|service| service.role.is_some()).map(|service| &service.unit);
    let drill = drills.first().ok_or_else(|| missing("drill that cuts the power of a node"))?;
    let nodes: Vec<&NodeName> = stack.on.iter().collect();
    Ok(vec![
        ("@NAME@", name.to_string()),
        ("@LAB@", lab.name.to_string()),
        ("@STACK@", stack.name.to_string()),
        ("@UNIT@", unit.cloned().unwrap_or_default()),
        ("@STANDBY@", nodes[1].to_string()),
        ("@DRILL@", drill.name.to_string()),
    ])
}
