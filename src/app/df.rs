//! `lab df`: the disk space of images, checkpoints, instances and records.

use serde::{Deserialize, Serialize};

use super::baseline::bad_store;
use super::error::AppError;
use super::job::Job;
use super::request::Request;
use super::usage::{self, unreadable};
use crate::checkpoint::CheckpointStore;
use crate::image;

/// Lists what takes disk space. Holes in sparse files are not counted.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Df {}

/// An entry of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// `image`, `checkpoint`, `instance`, `records`, `history` or `cache`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its size.
    pub bytes: u64,
}

impl Request for Df {
    type Outcome = Vec<Row>;
    const NAME: &'static str = "df";

    fn perform(&self, job: &Job) -> Result<Vec<Row>, AppError> {
        rows(job)
    }
}

fn rows(job: &Job) -> Result<Vec<Row>, AppError> {
    let state = &job.state;
    let size = |path: &std::path::Path| usage::of_tree(path).map_err(unreadable);
    let mut rows = Vec::new();
    for image in image::ImageStore::new(state).list()? {
        let name = format!("{} ({})", image.manifest.name, image.manifest.digest.short());
        rows.push(Row { kind: "image".to_owned(), name, bytes: size(&image.folder)? });
    }
    let store = CheckpointStore::new(state);
    for one in store.list().map_err(bad_store)? {
        rows.push(Row {
            kind: "checkpoint".to_owned(),
            name: one.id().to_string(),
            bytes: size(&store.folder(one.id()))?,
        });
    }
    for id in store.half_made().map_err(bad_store)? {
        rows.push(Row {
            kind: "checkpoint".to_owned(),
            name: format!("{id} (incomplete)"),
            bytes: size(&store.folder(&id))?,
        });
    }
    for name in job.instances()? {
        rows.push(Row {
            kind: "instance".to_owned(),
            name: name.to_string(),
            bytes: usage::of_instance(state, &name).map_err(unreadable)?,
        });
    }
    for name in records(job)? {
        let bytes = size(&state.records_root().join(&name))?;
        rows.push(Row { kind: "records".to_owned(), name, bytes });
    }
    rows.push(Row {
        kind: "history".to_owned(),
        name: "of operations".to_owned(),
        bytes: size(&state.operations())?,
    });
    let cache = size(&state.root().join("cache"))? + size(&state.images().join(".roots"))?;
    rows.push(Row { kind: "cache".to_owned(), name: "of builds".to_owned(), bytes: cache });
    Ok(rows)
}

/// The instances with records, whether they still exist or not.
fn records(job: &Job) -> Result<Vec<String>, AppError> {
    let entries = match fs_err::read_dir(job.state.records_root()) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unreadable(error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        // Other files there do not belong to an instance.
        if entry.file_type().map_err(unreadable)?.is_dir()
            && name.parse::<crate::model::InstanceName>().is_ok()
        {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}
