//! Random choices that are reproducible from a seed.

/// The generator SplitMix64: small, and good enough to choose a phase.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// The generator for this seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below this one; 0 if it is 0.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        mixed.checked_rem(limit).unwrap_or(0)
    }
}

/// The seed of a run of a series, with which the run can be repeated alone. It is less than 2⁵³, the largest
/// range of exact integers in many JSON readers.
pub fn seed_of_run(series: u64, number: u32) -> u64 {
    Random::new(series.wrapping_add(u64::from(number))).below(1 << 53)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_its_choices_and_they_are_spread() {
        let (mut one, mut two) = (Random::new(7), Random::new(7));
        let mut bins = [0; 10];
        for _ in 0..10_000 {
            let choice = one.below(10);
            assert_eq!(choice, two.below(10));
            bins[choice as usize] += 1;
        }
        assert!(bins.iter().all(|count| (900..1100).contains(count)), "{bins:?}");
        assert_eq!(Random::new(7).below(0), 0);
    }

    #[test]
    fn runs_of_a_series_have_seeds_of_their_own() {
        let mut seeds: Vec<u64> = (1..=100).map(|number| seed_of_run(7, number)).collect();
        assert!(seeds.iter().all(|seed| *seed < 1 << 53));
        seeds.sort_unstable();
        seeds.dedup();
        assert_eq!(seeds.len(), 100);
    }
}
