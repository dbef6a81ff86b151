//! The solution of an exercise of the middle level on real guests, which measures for minutes.
//! `make test-exercises` tests all exercises, in all variants.

#[expect(dead_code, reason = "each target uses a part of it")]
#[path = "guests/sandbox.rs"]
mod sandbox;

use sandbox::Sandbox;

#[test]
#[ignore = "needs root, and boots guests"]
fn a_medium_exercise_is_solved_as_its_author_says() {
    let sandbox = Sandbox::enter();
    let words =
        ["exercise", "test", "always-well", "--first-variant-only", "--only", "solution", "--format", "json"];
    let tested = sandbox.lab(words).ok().json();
    let steps = tested["exercises"][0]["steps"].as_array().expect("steps");
    assert_eq!(steps.len(), 2, "{tested:#}");
}
