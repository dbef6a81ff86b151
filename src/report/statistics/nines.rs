//! Availability as it is commonly stated: not measured, but projected from a measured repair time and an
//! assumption.

use serde::Serialize;

/// A year, in seconds: 365.25 days.
const YEAR: f64 = 31_557_600.0;

/// The availability that follows from a repair time. It depends on the assumption in it, which must
/// be printed beside it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Projection {
    /// The assumed time between two failures, in seconds.
    pub assumed_mtbf: f64,
    /// The downtime of each failure, in seconds.
    pub repair: f64,
    /// The share of time with service, 0 to 1: MTBF / (MTBF + repair).
    pub share: f64,
    /// The number of nines, 3 for 99.9 %: −log₁₀ of the unavailable share. `None` without downtime.
    pub nines: Option<f64>,
    /// The downtime per year, in seconds.
    pub per_year: f64,
}

/// Projects a repair time (not negative) with an assumed time between failures (above 0), both in seconds.
pub fn project(repair: f64, assumed_mtbf: f64) -> Projection {
    let away = repair / (assumed_mtbf + repair);
    Projection {
        assumed_mtbf,
        repair,
        share: 1.0 - away,
        nines: (away > 0.0).then(|| -away.log10()),
        per_year: away * YEAR,
    }
}

/// The time between failures, in seconds, needed for this number of nines with this repair time.
pub fn mtbf_for(repair: f64, nines: i32) -> f64 {
    repair * (10_f64.powi(nines) - 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 99.999 % is 315.6 s a year, compared with published failover times.
    #[test]
    fn five_nines_are_a_matter_of_the_assumption() {
        for (repair, hours) in [(0.692, 19.2), (1.622, 45.1), (1.701, 47.2), (3.0, 83.3), (5.0, 138.9)] {
            let mtbf = mtbf_for(repair, 5);
            assert!((mtbf / 3600.0 - hours).abs() < 0.06, "{repair} s: {} h", mtbf / 3600.0);
            let projection = project(repair, mtbf);
            assert!((projection.nines.unwrap() - 5.0).abs() < 1e-9);
            assert!((projection.per_year - 315.576).abs() < 0.001);
            assert!((projection.share - 0.99999).abs() < 1e-12);
        }
        assert_eq!(project(0.0, 1.0).nines, None);
        assert_eq!(project(1.0, 1.0).share, 0.5);
    }
}
