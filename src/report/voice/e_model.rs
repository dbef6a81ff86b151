//! The conversational quality of a voice, as estimated by the E-model of ITU-T G.107. Pure.
//!
//! No listeners are involved. The result is a MOS-CQE (P.800.1), an estimate of conversational quality, not a
//! score given by listeners (P.800).

/// The rating of an undisturbed voice: all defaults of G.107.
const BEST: f64 = 93.2;

/// The equipment impairment of G.711 (G.113, Appendix I).
const IMPAIRMENT: f64 = 0.0;

/// The robustness of G.711 against packet loss with concealment (G.711, Appendix I), from G.113, Appendix I.
/// Without concealment it would be 4.3.
const ROBUSTNESS: f64 = 25.1;

/// The rating R, 0 to 100, of a G.711 voice with this mouth-to-ear delay in milliseconds and this percentage
/// of randomly lost packets.
///
/// The impairment by delay is the common simplified form (R. Cole and J. Rosenbluth, 2001), with the default
/// echo; the burst ratio is 1.
pub fn rating(delay: f64, loss: f64) -> f64 {
    let late = if delay > 177.3 { 0.11 * (delay - 177.3) } else { 0.0 };
    let by_delay = 0.024 * delay + late;
    let by_loss = IMPAIRMENT + (95.0 - IMPAIRMENT) * loss / (loss + ROBUSTNESS);
    (BEST - by_delay - by_loss).clamp(0.0, 100.0)
}

/// The mean opinion score for a rating, 1 to 4.5 (G.107, Annex B).
pub fn opinion(rating: f64) -> f64 {
    let score = 1.0 + 0.035 * rating + rating * (rating - 60.0) * (100.0 - rating) * 7e-6;
    // For ratings below 6.5 the curve is below the minimum score.
    score.clamp(1.0, 4.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_of_a_voice_that_loses_packets_are_those_of_the_published_parameters() {
        for (loss, score) in [
            (0.0, 4.409),
            (1.0, 4.328),
            (2.0, 4.235),
            (3.0, 4.134),
            (5.0, 3.923),
            (10.0, 3.411),
            (15.0, 2.978),
        ] {
            let found = opinion(rating(0.0, loss));
            assert!((found - score).abs() < 0.0006, "{loss} %: {found}, not {score}");
        }
    }

    #[test]
    fn delay_costs_what_the_simplified_form_says() {
        for (delay, cost) in [(0.0, 0.0), (150.0, 3.60), (200.0, 7.297), (300.0, 20.697), (400.0, 34.097)] {
            let found = BEST - rating(delay, 0.0);
            assert!((found - cost).abs() < 0.001, "{delay} ms: {found}, not {cost}");
        }
    }

    #[test]
    fn scores_stay_on_their_scale() {
        assert_eq!((opinion(0.0), opinion(5.0), opinion(100.0)), (1.0, 1.0, 4.5));
        assert_eq!((rating(5000.0, 0.0), rating(0.0, 100.0).round()), (0.0, 17.0));
        for (rating, score) in [(90.0, 4.34), (80.0, 4.03), (70.0, 3.60), (60.0, 3.10), (50.0, 2.58)] {
            assert!((opinion(rating) - score).abs() < 0.007, "Annex B has {score} at {rating}");
        }
    }
}
