//! Drills of checks, and the bounds of their figures.

use toml::Spanned;

use super::Reader;
use super::tables::{CheckTable, PoolTable};
use crate::exercise::model::{Bound, Measured, PoolDrill};
use crate::model::drill::Figure;
use crate::model::{DrillName, Millis};

/// The figure of a drill with its bounds, as written.
struct Written<'a> {
    drill: &'a Spanned<DrillName>,
    figure: Option<&'a Spanned<Figure>>,
    full: Option<&'a Spanned<String>>,
    none: Option<&'a Spanned<String>>,
}

impl Reader<'_> {
    /// The drill of a check.
    pub(super) fn measured(&mut self, table: &CheckTable) -> Option<Measured> {
        let CheckTable { drill, figure, full, none, runs, .. } = table;
        let written = Written {
            drill: drill.as_ref()?,
            figure: figure.as_ref(),
            full: full.as_ref(),
            none: none.as_ref(),
        };
        let runs = runs.as_ref().map_or(1, |runs| *runs.get_ref());
        self.measured_drill(&written, runs)
    }

    /// The drills that hidden checks draw from.
    pub(super) fn pool(&mut self) -> Vec<PoolDrill> {
        let mut pool = Vec::new();
        for (name, table) in &self.file.pool {
            let PoolTable { drill, figure, full, none, says } = table;
            let (figure, full, none) = (figure.as_ref(), full.as_ref(), none.as_ref());
            let says = self.localized(says);
            if let Some(measured) = self.measured_drill(&Written { drill, figure, full, none }, 1) {
                pool.push(PoolDrill { name: name.get_ref().clone(), measured, says });
            }
        }
        pool
    }

    fn measured_drill(&mut self, written: &Written<'_>, runs: u32) -> Option<Measured> {
        let drill = self.drill(written.drill)?;
        if drill.as_found {
            let message = format!("`{}` takes the lab as it finds it, and judges nothing", drill.name);
            self.error(written.drill.span(), message, "name a drill with a steady state and loads");
        }
        let figure = match (written.figure, written.full, written.none) {
            (None, None, None) => None,
            (Some(figure), Some(full), Some(none)) => {
                let bounds = self.bound(full).zip(self.bound(none));
                let (full_bound, none_bound) = bounds?;
                self.in_order(none, full_bound, none_bound);
                Some((*figure.get_ref(), full_bound, none_bound))
            }
            _ => {
                let help =
                    "write all three, `figure = \"failover\"`, `full = \"5s\"` and `none = \"15s\"`, or none";
                self.error(written.drill.span(), "a figure has two bounds", help);
                None
            }
        };
        Some(Measured { drill, figure, runs })
    }

    /// `"8s"`, or `"1.5x"`.
    fn bound(&mut self, text: &Spanned<String>) -> Option<Bound> {
        let word = text.get_ref();
        let relative = word.strip_suffix('x').and_then(|factor| {
            let hundredths = factor.parse::<f64>().ok().map(|factor| (factor * 100.0).round());
            hundredths.filter(|hundredths| (1.0..=100_000.0).contains(hundredths))
        });
        if let Some(hundredths) = relative {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "it is between 1 and 100 000"
            )]
            return Some(Bound::Relative(hundredths as u32));
        }
        match word.parse::<Millis>() {
            Ok(duration) => Some(Bound::Fixed(duration)),
            Err(error) => {
                let help = "write a duration, such as \"8s\", or a multiple of the solution's figure, such as \"1.5x\"";
                self.error(text.span(), error.to_string(), help);
                None
            }
        }
    }

    fn in_order(&mut self, place: &Spanned<String>, full: Bound, none: Bound) {
        let wrong = match (full, none) {
            (Bound::Fixed(full), Bound::Fixed(none)) => none <= full,
            (Bound::Relative(full), Bound::Relative(none)) => none <= full,
            _ => false,
        };
        if wrong {
            self.error(place.span(), "`none` has to be above `full`", "points fall from `full` to `none`");
        }
    }
}
