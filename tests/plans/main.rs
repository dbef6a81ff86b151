//! Plans: in text form, against the golden files in `tests/golden/plans/`, and as judged by their checker.
//!
//! `HALAB_GOLDEN=write cargo test --test plans` rewrites the golden files; read the difference before
//! committing it.

mod checker;
mod fixture;
#[path = "../plan_rules/mod.rs"]
mod plan_rules;
mod stories;
