//! What is told of repeated measurements.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Median, least and greatest of some values; all NaN of none.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) least: f64,
    pub(crate) greatest: f64,
}

impl Spread {
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        Self {
            median: (quantile(&values, 0.5)),
            least: values
                .first()
                .copied()
                .unwrap_or(f64::NAN),
            greatest: values
                .last()
                .copied()
                .unwrap_or(f64::NAN),
        }
    }
}

/// `0.123 (0.120–0.130)`, with the precision asked for.
impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places = f.precision().unwrap_or(2);
        write!(
            f,
            "{:.places$} ({:.places$}–{:.places$})",
            self.median, self.least, self.greatest
        )
    }
}

/// The value that `share` of the ascending `values` are below; between two of them, what lies between. NaN of none.
pub(crate) fn quantile(values: &[f64], share: f64) -> f64 {
    let Some(last) = values.len().checked_sub(1) else {
        return f64::NAN;
    };
    let place = share.clamp(0.0, 1.0) * last as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(last);
    values[below] + (values[above] - values[below]) * place.fract()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_does_not_move_with_an_outlier() {
        let spread = Spread::of([3.0, 1.0, 1000.0, 2.0, 4.0]);
        assert_eq!(
            (spread.median, spread.least, spread.greatest),
            (3.0, 1.0, 1000.0)
        );
        assert_eq!(Spread::of([1.0, 2.0]).median, 1.5);
        assert_eq!(format!("{spread:.1}"), "3.0 (1.0–1000.0)");
    }

    #[test]
    fn nothing_measured_has_no_median() {
        assert!(Spread::of([]).median.is_nan());
    }
}
