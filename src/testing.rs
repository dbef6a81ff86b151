//! What the integration tests and benchmarks need of the inside. No part of the library's interface: it
//! changes with them.
//!
//! Each item is named, so that the compiler finds code inside that neither the library nor a test uses.

pub mod fuzz;

pub mod apply {
    pub use crate::apply::{
        Aftermath, ApplyError, Event, InstanceLock, LockError, Options, PlanJournal, RunHeader, Summary,
        interrupted, run,
    };
}
pub mod base {
    pub use crate::base::{cgroup, descriptors, netns, process};
}
pub mod catalog {
    pub use crate::catalog::{Catalog, Shelf};
}
pub mod checkpoint {
    pub use crate::checkpoint::{Checkpoint, CheckpointSpec, Inputs, Kind, Platform};
}
pub mod desired {
    pub use crate::desired::{Desired, NodeRendering, Rendering, desired};
}
pub mod disk {
    pub use crate::disk::Taken;
}
pub mod drill {
    pub use crate::drill::{
        Event, Failure, Heard, Setup, arp, calibrate, capture, load, raw, run, soak, sweep,
    };
}
pub mod exercise {
    pub use crate::exercise::State;
    pub use crate::exercise::judge::Run;
}
pub mod fault {
    pub use crate::fault::{
        Goal, Injection, InjectionId, KEYS, Key, Kind, Look, Mechanism, Need, Range, Row, Said, Scripts,
        Takes, Unfit, all, build, mechanism, rules, words,
    };
}
pub mod guest {
    pub use crate::guest::Limits;
    pub mod keeper {
        pub use crate::guest::keeper::Shell;
    }
    pub mod health {
        pub use crate::guest::health::request;
    }
}
pub mod host {
    pub use crate::host::accel::Accelerator;
    pub use crate::host::{Host, guard_rules};
    pub mod process {
        pub use crate::host::process::{find_beside, running};
    }
}
pub mod image {
    pub use crate::image::{Boot, ImageError, ImageStore, StoredImage, ensure, image_spec, manage};
}
pub mod injection {
    pub use crate::injection::{FaultJournal, Healed, InjectionError, heal_all, inject};
}
pub mod instance {
    pub use crate::instance::{Instance, LabOrigin, ProviderKind, VERSION};
}
pub mod inventory {
    pub use crate::inventory::{GuestFound, GuestState, Inventory, Mark};
}
pub mod labfile {
    pub use crate::labfile::{LabPart, LabSource, Setting, load};

    /// Finds a bundled lab.
    ///
    /// # Errors
    /// When there is none.
    pub fn find(name: &str) -> Result<LabSource, crate::labfile::FindError> {
        let catalog = crate::catalog::Catalog::bundled();
        crate::labfile::find(name, &catalog, crate::base::folder::Access::Any)
    }
}
pub mod plan {
    pub use crate::plan::{
        Action, Plan, PlanStep, Purpose, Refusal, StepId, UpOptions, down, restore, save, text, up,
    };
}
pub mod probe {
    pub use crate::probe::{Clients, Here, run_script_apart};
    pub mod call {
        pub use crate::probe::call::{CallEvent, Callee, MediaRun, Medium, Phase, Plan, Way};
    }
    pub mod packets {
        pub mod ping {
            pub use crate::probe::packets::ping::kind;
        }
        pub mod udp {
            pub use crate::probe::packets::udp::kind;
        }
    }
    pub mod program {
        pub use crate::probe::program::kind;
    }
    pub mod sip {
        pub use crate::probe::sip::{Method, kind};
    }
    pub mod web {
        pub mod http {
            pub use crate::probe::web::http::{Connection, Page};
        }
        pub mod ledger {
            pub use crate::probe::web::ledger::{kind, read_ledger, written};
        }
        pub mod tcp {
            pub use crate::probe::web::tcp::kind;
        }
        pub mod told {
            pub use crate::probe::web::told::{Timed, kind};
        }
    }
    pub mod xmpp {
        pub use crate::probe::xmpp::{Phase, Plan};
    }
}
pub mod provider {
    pub use crate::provider::{
        Capabilities, Disks, Faults, Machines, Power, Provider, Reach, Snapshots, Tools, Vantage,
    };
    pub mod sim {
        pub use crate::provider::sim::{At, How, Sim, SimFault, SimGuest, World};
    }
}
pub mod stack {
    pub use crate::stack::{LoadError, LogDefinition, StackDefinition, StepTemplate, load, render};
}
pub mod state {
    pub use crate::state::StateDir;
}
pub mod work {
    pub use crate::work::{Context, Progress, ProviderError};
}
