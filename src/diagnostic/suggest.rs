//! "Did you mean": the known word that is nearest to an unknown one.

use super::Diagnostic;

/// The known word nearest to this one, if it is near enough.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = word.to_lowercase();
    known
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| {
            let longer = word.chars().count().max(candidate.chars().count());
            let starts = !lower.is_empty() && candidate.starts_with(&lower);
            (*distance <= (longer / 3).max(1) && *distance < longer) || starts
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The suggestion for an unknown word: the nearest known one, or a list of all, or that there are none.
pub fn suggestion<'a>(word: &str, what: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> String {
    if let Some(near) = nearest(word, known.clone()) {
        return format!("did you mean `{near}`?");
    }
    let all: Vec<String> = known.into_iter().map(|word| format!("`{word}`")).collect();
    match all.as_slice() {
        [] => format!("there is no {what} to choose from"),
        all => format!("known: {}", all.join(", ")),
    }
}

/// Adds a suggestion to the report of an unknown word.
pub fn meant<'a>(
    problem: Diagnostic,
    word: &str,
    what: &str,
    known: impl IntoIterator<Item = &'a str> + Clone,
) -> Diagnostic {
    // Keys have no quotes, values do.
    let quoted = problem.span.len() != word.len();
    let problem = problem.help(suggestion(word, what, known.clone()));
    match nearest(word, known) {
        Some(near) if quoted => problem.replace_with(format!("\"{near}\"")),
        Some(near) => problem.replace_with(near),
        None => problem,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_near_words_are_meant() {
        let known = ["debian-12", "debian-13", "keepalive", "on"];
        assert_eq!(nearest("debain-12", known), Some("debian-12"));
        assert_eq!(nearest("Debian-12", known), Some("debian-12"));
        assert_eq!(nearest("keep", known), Some("keepalive"));
        assert_eq!(nearest("no", known), Some("on"));
        assert_eq!(nearest("ubuntu", known), None);
        assert_eq!(nearest("", known), None);
        assert_eq!(nearest("D", ["A", "B"]), None, "one letter is no hint of another");
        assert_eq!(suggestion("x", "network", []), "there is no network to choose from");
        assert_eq!(suggestion("ubuntu", "image", ["a", "b"]), "known: `a`, `b`");
    }
}
