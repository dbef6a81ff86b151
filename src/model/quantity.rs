//! Numbers with a unit in files and on the command line: `512MiB`, `800ms`. Sizes and durations share this
//! grammar: a whole number and a unit, without a space.

/// A unit and its factor to the smallest unit.
pub(super) type Unit = (&'static str, u64);

/// Parses a whole number with one of the units.
pub(super) fn parse(text: &str, units: &[Unit]) -> Option<u64> {
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
    let (_, factor) = units.iter().find(|(name, _)| *name == unit)?;
    number.parse::<u64>().ok()?.checked_mul(*factor)
}

/// Formats a number with the largest unit that divides it. The units are sorted from large to small.
pub(super) fn show(number: u64, units: &[Unit], zero: &str) -> String {
    let fits = |(_, factor): &&Unit| number >= *factor && number.is_multiple_of(*factor);
    let (name, factor) = units.iter().find(fits).copied().unwrap_or((zero, 1));
    format!("{}{name}", number / factor)
}

/// The quantity that an invalid text probably means: one with a fraction, a space, or another name of a unit
/// (`1.5GiB`, `15 s`, `512MB`).
pub(super) fn meant(text: &str, unit: impl Fn(&str) -> Option<u64>) -> Option<u64> {
    let text = text.trim();
    let (number, word) = text.split_at(text.find(|c: char| !(c.is_ascii_digit() || c == '.'))?);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    // Longer numbers are not typing errors.
    if whole.is_empty() || whole.len() > 12 || fraction.len() > 6 {
        return None;
    }
    let factor = u128::from(unit(&word.trim().to_lowercase())?);
    let scale = 10_u128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let digits: u128 = format!("{whole}{fraction}").parse().ok()?;
    let scaled = digits.checked_mul(factor)?;
    u64::try_from(scaled / scale).ok().filter(|_| scaled.is_multiple_of(scale))
}
