//! Plans: as people read them, against the golden files in `tests/golden/plans/`, and as their checker judges
//! them.
//!
//! `HALAB_GOLDEN=write cargo test --test plans` writes the golden files anew; read the difference before
//! committing it.

mod checker;
mod fixture;
#[path = "../plan_rules/mod.rs"]
mod plan_rules;
mod stories;
