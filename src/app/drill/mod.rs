//! Drills on an instance: finds them, performs them once or repeatedly, sweeps them, and reads their records.

mod calibration;
mod compare;
mod find;
mod group;
mod last;
mod list;
mod list_records;
mod node_access;
mod perform;
mod records;
mod report;
mod run;
mod series;
pub(super) mod service;
mod slot;
mod sweep;

pub use crate::drill::{LONGEST_SOAK, SHORTEST_SOAK};
pub use crate::record::{Ending, Event as DrillEvent, Nanos, Stage, StepPhase, What as DrillWhat};
pub use calibration::{Calibrate, Calibrated};
pub use compare::{Compare, Compared, DiffRuns, Difference, Shift};
pub use last::Last;
pub use list::{List, Row};
pub use list_records::{ListRecords, RecordRow};
pub(super) use node_access::NodeAccess;
pub(super) use perform::{Order, perform, program};
pub use report::{ReadReport, ReportFormat, Reported};
pub(super) use run::any_seed;
pub use run::{Drilled, Run, Series, Soak};
pub use service::News;
pub(super) use slot::Turn;
pub use sweep::RunSweep;
