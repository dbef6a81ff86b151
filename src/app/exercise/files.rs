//! Files of a saved state, from the disks of a copy of it that is off.

use std::collections::BTreeMap;

use super::copy::Copy;
use super::{attempt, power};
use crate::app::drill::program;
use crate::app::error::AppError;
use crate::app::job::Job;
use crate::app::locked::Locked;
use crate::base::raw::Raw;
use crate::checkpoint::Checkpoint;
use crate::disk::{Content, Taken};
use crate::model::{FilePattern, InstanceName, NodeName};

/// The most bytes of all files of a node together. Each group of patterns has the limits of [`Taken`].
const MOST_OF_NODE: usize = 16 << 20;

/// The files of each node of a saved state. The patterns are read in groups; a group that is more or larger
/// than allowed is left out, and a remark says so.
///
/// # Errors
/// When the copy cannot be made or switched off, or the operation is cancelled.
pub fn of(
    job: &Job,
    instance: &InstanceName,
    from: &Checkpoint,
    groups: impl Fn(&NodeName) -> Vec<Vec<FilePattern>>,
) -> Result<BTreeMap<NodeName, Taken>, AppError> {
    let mut copy = Copy::of(job, instance, from, &attempt::records(&job.state, instance))?;
    let locked = copy.fresh()?;
    for node in power::all_off(job, locked)? {
        job.warn(format!("{node} did not shut down, so its power was cut"));
    }
    let nodes = locked.instance.desired.nodes.iter().map(|node| node.name.clone());
    nodes.map(|node| Ok((node.clone(), of_node(job, locked, &node, &groups(&node))?))).collect()
}

fn of_node(
    job: &Job,
    locked: &Locked,
    node: &NodeName,
    groups: &[Vec<FilePattern>],
) -> Result<Taken, AppError> {
    let program = program()?;
    let (mut all, mut bytes) = (Taken::default(), 0);
    for group in groups {
        let names = || group.iter().map(FilePattern::as_str).collect::<Vec<_>>().join(", ");
        let taken = match locked.provider.read_files(node, group, &program, job.cancel()) {
            Ok(taken) => taken,
            Err(_) if job.asked_to_stop() => return Err(AppError::stopped()),
            Err(error) => {
                all.left_out.push(format!("{}: {}", names(), AppError::from(error).line()));
                continue;
            }
        };
        bytes += taken.files.values().map(|file| length(&file.content)).sum::<usize>();
        if bytes > MOST_OF_NODE {
            all.left_out.push(format!("{}: the node has more than {} MiB", names(), MOST_OF_NODE >> 20));
            break;
        }
        all.files.extend(taken.files);
        all.left_out.extend(taken.left_out);
    }
    Ok(all)
}

fn length(content: &Content) -> usize {
    match content {
        Content::File(Raw(bytes)) => bytes.len(),
        Content::Link(_) | Content::Folder => 0,
    }
}
