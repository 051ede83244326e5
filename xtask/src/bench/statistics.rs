//! Medians and their spread, of figures that were taken in pairs.

/// The middle of some figures, and the range that holds the middle half of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spread {
    pub(crate) low: f64,
    pub(crate) median: f64,
    pub(crate) high: f64,
}

impl Spread {
    /// The quartiles of some figures; zeros if there are none.
    pub(crate) fn of(figures: impl IntoIterator<Item = f64>) -> Self {
        let mut figures: Vec<f64> = figures.into_iter().collect();
        figures.sort_by(f64::total_cmp);
        Self {
            low: quantile(&figures, 1),
            median: quantile(&figures, 2),
            high: quantile(&figures, 3),
        }
    }

    /// The quartiles of the ratios of figures that belong together.
    pub(crate) fn of_ratios(pairs: impl IntoIterator<Item = (f64, f64)>) -> Self {
        let pairs = pairs.into_iter().filter(|(_, below)| *below > 0.0);
        Self::of(pairs.map(|(above, below)| above / below))
    }
}

/// The quantile at so many quarters, between its neighbours where it falls between them.
fn quantile(sorted: &[f64], quarters: usize) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else {
        return 0.0;
    };
    let (index, rest) = (last * quarters / 4, last * quarters % 4);
    let fraction = [0.0, 0.25, 0.5, 0.75][rest];
    let above = sorted[(index + 1).min(last)];
    sorted[index] + (above - sorted[index]) * fraction
}

#[cfg(test)]
mod tests {
    use super::Spread;

    fn spread(low: f64, median: f64, high: f64) -> Spread {
        Spread { low, median, high }
    }

    #[test]
    fn quartiles_lie_between_their_neighbours() {
        assert_eq!(Spread::of([4.0, 1.0, 3.0, 2.0]), spread(1.75, 2.5, 3.25));
        assert_eq!(Spread::of([7.0]), spread(7.0, 7.0, 7.0));
        assert_eq!(Spread::of([]), spread(0.0, 0.0, 0.0));
    }

    #[test]
    fn ratios_are_those_of_each_pair_and_not_of_the_medians() {
        // The machine is twice as fast in the last pair: it says nothing about the ratio.
        let pairs = [(50.0, 100.0), (40.0, 100.0), (120.0, 200.0)];
        assert_eq!(Spread::of_ratios(pairs), spread(0.45, 0.5, 0.55));
    }

    #[test]
    fn a_pair_without_a_reference_is_left_out() {
        assert_eq!(
            Spread::of_ratios([(1.0, 0.0), (1.0, 2.0)]),
            spread(0.5, 0.5, 0.5)
        );
    }
}
