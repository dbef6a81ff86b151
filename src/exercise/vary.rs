//! Variables of an exercise: a value for each student, drawn from a seed.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::file::VaryTable;

/// The values of all variables by name.
pub type Values = BTreeMap<String, String>;

/// The possible values of all variables by name, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Variables(BTreeMap<String, Possible>);

/// The possible values of a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Possible {
    /// These.
    Listed(Vec<String>),
    /// The whole numbers from the first to the last, except some.
    Range {
        /// The first.
        from: i64,
        /// The last.
        to: i64,
        /// Those that are left out.
        except: BTreeSet<i64>,
    },
}

/// The variables of a file, which cannot be read otherwise before they have values.
#[derive(Deserialize)]
struct Varying {
    #[serde(default)]
    vary: BTreeMap<String, VaryTable>,
}

impl Variables {
    /// The variables of an exercise file. One that cannot be read has none: its problems are reported when
    /// the whole file is read.
    pub fn of(text: &str) -> Self {
        let tables = toml::from_str::<Varying>(text).map(|file| file.vary).unwrap_or_default();
        let possible = |(name, table): (String, VaryTable)| table.possible().ok().map(|all| (name, all));
        Self(tables.into_iter().filter_map(possible).collect())
    }

    /// The number of combinations of the variables for which a condition holds.
    pub fn combinations(&self, used: impl Fn(&str) -> bool) -> u64 {
        let counts = self.0.iter().filter(|(name, _)| used(name)).map(|(_, all)| all.count());
        counts.fold(1, u64::saturating_mul)
    }
}

impl Possible {
    /// How many there are.
    pub fn count(&self) -> u64 {
        match self {
            Self::Listed(values) => values.len() as u64,
            Self::Range { from, to, except } => {
                let all = u64::try_from(to.saturating_sub(*from).saturating_add(1)).unwrap_or(0);
                all.saturating_sub(except.len() as u64)
            }
        }
    }

    /// The value at a place, counted from 0.
    fn at(&self, place: u64) -> Option<String> {
        match self {
            Self::Listed(values) => values.get(usize::try_from(place).ok()?).cloned(),
            Self::Range { from, to, except } => {
                // Each exception before a value moves it by one.
                let mut value = from.checked_add(i64::try_from(place).ok()?)?;
                for gap in except {
                    value += i64::from(*gap <= value);
                }
                (value <= *to).then(|| value.to_string())
            }
        }
    }
}

/// The values for a seed. A variable gets the same value regardless of the other variables.
pub fn draw(variables: &Variables, seed: u64) -> Values {
    let value = |(name, possible): (&String, &Possible)| {
        let hash = Sha256::new().chain_update(seed.to_be_bytes()).chain_update(name.as_bytes()).finalize();
        let number = u64::from_be_bytes(hash[..8].try_into().ok()?);
        Some((name.clone(), possible.at(number.checked_rem(possible.count())?)?))
    };
    variables.0.iter().filter_map(value).collect()
}

/// Draws some of several things for a seed, without repetition, in their own order.
pub fn pick<T>(all: &[T], seed: u64, count: usize) -> Vec<&T> {
    let rank = |place: usize| {
        Sha256::new().chain_update(seed.to_be_bytes()).chain_update(place.to_be_bytes()).finalize()
    };
    let mut places: Vec<usize> = (0..all.len()).collect();
    places.sort_by_key(|place| rank(*place));
    places.truncate(count);
    places.sort_unstable();
    places.into_iter().filter_map(|place| all.get(place)).collect()
}

/// Values that try every listed value, both ends of each range, and two draws of it, each with the first
/// values of all others.
pub fn every_edge(variables: &Variables) -> Vec<Values> {
    let first: Values =
        variables.0.iter().filter_map(|(name, all)| Some((name.clone(), all.at(0)?))).collect();
    let mut all = vec![first.clone()];
    for (name, possible) in &variables.0 {
        let places: Vec<u64> = match possible {
            Possible::Listed(values) => (0..values.len() as u64).collect(),
            Possible::Range { .. } => {
                let count = possible.count();
                vec![0, count / 3, count / 2, count.saturating_sub(1)]
            }
        };
        for value in places.into_iter().filter_map(|place| possible.at(place)) {
            let mut values = first.clone();
            values.insert(name.clone(), value);
            if !all.contains(&values) {
                all.push(values);
            }
        }
    }
    all
}

/// A text with the values of variables: `{name}` is replaced.
pub fn filled(text: &str, values: &Values) -> String {
    values.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
}

/// A script with the values of variables as shell variables, after its first line if that names an
/// interpreter.
pub fn with_variables(script: &str, values: &Values) -> String {
    let set: String =
        values.iter().map(|(name, value)| format!("{name}={}\n", crate::base::shell::quote(value))).collect();
    match script.split_once('\n').filter(|(first, _)| first.starts_with("#!")) {
        Some((first, rest)) => format!("{first}\n{set}{rest}"),
        None => format!("{set}{script}"),
    }
}

/// Whether a text uses a variable, as `{name}` or in a script as `$name`.
pub fn uses(text: &str, name: &str) -> bool {
    [format!("{{{name}}}"), format!("${name}"), format!("${{{name}}}")].iter().any(|form| text.contains(form))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "name = \"{node} is no name\"\n[vary.node]\nvalues = [\"node1\", \"node2\"]\n\
                        [vary.number]\nfrom = 60\nto = 65\nexcept = [60, 62]\n";

    #[test]
    fn a_seed_gives_values_and_all_edges_are_tried() {
        let variables = Variables::of(TEXT);
        assert_eq!(variables.combinations(|_| true), 8);
        assert_eq!(draw(&variables, 7), draw(&variables, 7));
        let drawn: BTreeSet<Values> = (0..200).map(|seed| draw(&variables, seed)).collect();
        assert_eq!(drawn.len(), 8);
        let numbers: BTreeSet<&str> = drawn.iter().map(|values| values["number"].as_str()).collect();
        assert_eq!(numbers.into_iter().collect::<Vec<_>>(), ["61", "63", "64", "65"]);
        let edges = every_edge(&variables);
        let of = |name: &str| edges.iter().map(|values| values[name].clone()).collect::<BTreeSet<_>>();
        assert_eq!(of("node").len(), 2);
        assert!(of("number").contains("61") && of("number").contains("65"));
        assert!(draw(&Variables::of("[vary.a]\nfrom = 2\nto = 1\n"), 1).is_empty());
    }

    #[test]
    fn values_reach_texts_and_scripts() {
        let values = Values::from([("node".to_owned(), "node2".to_owned())]);
        assert_eq!(filled("on {node}, { node }", &values), "on node2, { node }");
        assert_eq!(with_variables("echo $node\n", &values), "node='node2'\necho $node\n");
        assert_eq!(with_variables("#!/bin/sh\ntrue\n", &values), "#!/bin/sh\nnode='node2'\ntrue\n");
        assert!(uses("on {node}", "node") && uses("echo \"${node}\"", "node") && !uses("node", "node"));
    }
}
