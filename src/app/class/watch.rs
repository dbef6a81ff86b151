//! `lab class watch`: how a class is doing, emitted whenever it changes.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::board::{Board, ShowBoard};
use super::find::Room;
use super::stamp::{self, Stamp};
use crate::app::error::AppError;
use crate::app::event::What;
use crate::app::job::Job;
use crate::app::request::Request;
use crate::model::ClassName;

/// How often it is looked whether something has changed: as often as the page does. It is in the logs of all
/// instances, of which there may be more than the system has watches.
const TICK: Duration = Duration::from_millis(400);

/// Watches a class until it is cancelled: emits [`What::Board`] at the beginning and whenever it changes.
/// Returns how it was doing last.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct WatchBoard {
    /// The class. Default: the one that is open.
    pub class: Option<ClassName>,
}

impl Request for WatchBoard {
    type Outcome = Board;
    const NAME: &'static str = "class watch";

    fn perform(&self, job: &Job) -> Result<Board, AppError> {
        let name = Room::of(&job.state, self.class.as_ref())?.class.name;
        let request = ShowBoard { class: Some(name.clone()) };
        let mut last: Option<(Stamp, Board)> = None;
        loop {
            // What changes after this look has another stamp.
            let room = Room::of(&job.state, Some(&name))?;
            let stamp = stamp::of_room(&job.state, &room).with(&room.folder.figures());
            let before = last.as_ref();
            if before.is_none_or(|(known, _)| *known != stamp) {
                let board = request.perform(job)?;
                if before.is_none_or(|(_, before)| differs(before, &board)) {
                    job.emit(What::Board { board: Box::new(board.clone()) });
                }
                last = Some((stamp, board));
            }
            if job.asked_to_stop() {
                return last.map_or_else(|| request.perform(job), |(_, board)| Ok(board));
            }
            std::thread::sleep(TICK);
        }
    }
}

/// Whether something is different, apart from the time of the day.
fn differs(before: &Board, board: &Board) -> bool {
    Board { now: before.now, ..board.clone() } != *before
}
