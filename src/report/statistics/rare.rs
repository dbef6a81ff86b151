//! What never happened, and how often it may all the same.

/// The largest share of all runs in which something may happen that happened in none of these, with 95 % confidence:
/// about 3/n, because 0.05 = (1 − p)ⁿ ≈ e⁻ⁿᵖ and ln 0.05 ≈ −3. Thirty clean runs only prove that it is at most one in
/// ten. 1, which is to say nothing, below four runs.
pub fn rule_of_three(runs: usize) -> f64 {
    if runs < 4 { 1.0 } else { 3.0 / runs as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hanley and Lippman-Hand: the rule is above the exact bound 1 − 0.05^(1/n), and from 30 on within one in a hundred.
    #[test]
    fn the_rule_is_never_below_the_exact_bound() {
        for runs in 1..2000_usize {
            let exact = 1.0 - 0.05_f64.powf(1.0 / runs as f64);
            let rule = rule_of_three(runs);
            assert!(rule >= exact, "{runs} runs: {rule} < {exact}");
            assert!(runs < 30 || rule - exact < 0.01);
        }
        assert_eq!((rule_of_three(30), rule_of_three(100), rule_of_three(0)), (0.1, 0.03, 1.0));
    }
}
