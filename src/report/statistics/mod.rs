//! Statistics of small samples. Pure functions of numbers in any one unit.
//!
//! Failover times are not normally distributed: they have a floor (detection), steps (timers) and a long
//! tail. So nothing here assumes a shape; every interval comes from ranks alone, states the coverage that it
//! really has, and asks for more runs instead of guessing. The sources of the formulas:
//!
//! | what | source |
//! | --- | --- |
//! | interval of a median | W. R. Thompson, Annals of Mathematical Statistics 7 (1936); David and Nagaraja, *Order Statistics*, 7.1 |
//! | upper bound of a percentile | S. S. Wilks, Annals of Mathematical Statistics 12 (1941); Hahn and Meeker, *Statistical Intervals*, 5.3 |
//! | shift of two samples, its interval | Hodges and Lehmann, ibid. 34 (1963); Moses in Walker and Lev (1953); Hollander and Wolfe, *Nonparametric Statistical Methods*, 4.2 and 4.3 |
//! | none in *n* runs | Hanley and Lippman-Hand, JAMA 249 (1983): "If nothing goes wrong, is everything all right?" |
//! | a number of events in a time | F. Garwood, Biometrika 28 (1936): limits of a Poisson mean |
//! | availability from repair time | the alternating renewal process; Trivedi and Bobbio, *Reliability and Availability Engineering* |

mod nines;
mod order;
mod rare;
mod shift;

pub use nines::{Projection, mtbf_for, project};
pub use order::{Interval, Median, PercentileBound, median, percentile_bound, runs_needed};
pub use rare::{Rate, rate, rule_of_three};
pub use shift::{Shift, shift};

/// The minimum coverage of an interval, where there are enough runs for it.
pub const CONFIDENCE: f64 = 0.95;
