//! Sweeps: a drill repeated with different settings of a lab.

use serde::{Deserialize, Serialize};

use super::Millis;

/// A drill, repeated with every combination of some values of a lab's parameters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sweep {
    /// The parameters to vary, in the order of the file.
    pub over: Vec<Axis>,
    /// The number of runs with each setting, at least 1.
    pub repeat: u32,
    /// How long the lab then runs under load without faults, to count false failovers; `None` to skip this.
    pub soak: Option<Millis>,
}

/// A parameter and its values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Axis {
    /// The parameter, as in `lab up --set`: `deadtime`, `ha.deadtime`, `profile`.
    pub key: String,
    /// Its values, as after the `=`.
    pub values: Vec<String>,
}

impl Sweep {
    /// Every setting, as for `lab up --set`: `["deadtime=1s", "keepalive=250ms"]`. The first parameter varies
    /// slowest.
    pub fn settings(&self) -> Vec<Vec<String>> {
        let mut settings = vec![Vec::new()];
        for axis in &self.over {
            let with = |setting: &Vec<String>, value: &String| {
                let mut longer: Vec<String> = setting.clone();
                longer.push(format!("{}={value}", axis.key));
                longer
            };
            settings = settings
                .iter()
                .flat_map(|setting| axis.values.iter().map(move |value| with(setting, value)))
                .collect();
        }
        settings
    }

    /// The number of settings, saturating.
    pub fn count(&self) -> usize {
        self.over.iter().fold(1, |count, axis| count.saturating_mul(axis.values.len()))
    }

    /// The parameters with several values, which distinguish the settings.
    pub fn varied(&self) -> Vec<&str> {
        self.over.iter().filter(|axis| axis.values.len() > 1).map(|axis| axis.key.as_str()).collect()
    }

    /// The values common to all settings: `keepalive=250ms`.
    pub fn constant(&self) -> Vec<String> {
        let only = |axis: &Axis| match axis.values.as_slice() {
            [value] => Some(format!("{}={value}", axis.key)),
            _ => None,
        };
        self.over.iter().filter_map(only).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_all_combinations_in_order() {
        let axis = |key: &str, values: &[&str]| Axis {
            key: key.to_owned(),
            values: values.iter().map(|value| (*value).to_owned()).collect(),
        };
        let over =
            vec![axis("deadtime", &["1s", "3s"]), axis("keepalive", &["250ms"]), axis("n", &["1", "2"])];
        let sweep = Sweep { over, repeat: 1, soak: None };
        let told: Vec<String> = sweep.settings().iter().map(|setting| setting.join(" ")).collect();
        assert_eq!(
            told,
            [
                "deadtime=1s keepalive=250ms n=1",
                "deadtime=1s keepalive=250ms n=2",
                "deadtime=3s keepalive=250ms n=1",
                "deadtime=3s keepalive=250ms n=2",
            ]
        );
        assert_eq!(sweep.count(), 4);
        assert_eq!(sweep.varied(), ["deadtime", "n"]);
        assert_eq!(sweep.constant(), ["keepalive=250ms"]);
    }
}
