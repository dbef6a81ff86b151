//! Pauses the cluster of a student that fills the disk of the server, and tells the student.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::find::Room;
use crate::app::error::AppError;
use crate::app::job::Job;
use crate::app::provider;
use crate::app::request::{Request, Subject};
use crate::app::usage::size;
use crate::class::log::Event;
use crate::model::InstanceName;

/// What the student reads, in both languages.
const TOLD: &str = "The disk of the server is nearly full, and your cluster filled it fastest: it is paused. Go \
                    back to the start or to a save point, hand in, or ask the teacher. / Disk server hampir \
                    penuh, dan klaster Anda paling cepat mengisinya: klaster dijeda. Kembalilah ke awal atau \
                    ke titik simpan, kumpulkan, atau mintalah bantuan pengajar.";

/// Pauses the machines of an instance whose disks grow while the disk of the server is nearly full, also
/// while another command works on it. Its student gets a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Hold {
    /// The instance.
    pub instance: InstanceName,
    /// By how much its disks have grown in the last minute, in bytes.
    pub grown: u64,
}

impl Request for Hold {
    type Outcome = ();
    const NAME: &'static str = "class hold";

    fn changes(&self) -> Option<Subject> {
        Some(Subject(vec![self.instance.to_string()]))
    }

    fn perform(&self, job: &Job) -> Result<(), AppError> {
        let (room, place) = Room::around(&job.state, &self.instance)?;
        let instance = job.describe(&self.instance)?;
        provider::of(job, &instance)?.hold_because(&self.why())?;
        let told = Event::Said { seat: Some(place.bench.seat), text: TOLD.to_owned() };
        room.folder.append(|_| Ok::<_, AppError>(vec![told]))?;
        Ok(())
    }
}

impl Hold {
    /// The reason, for the teacher.
    pub fn why(&self) -> String {
        format!(
            "the machine's disk is nearly full, and its disks grew by {} in the last minute",
            size(self.grown)
        )
    }
}
