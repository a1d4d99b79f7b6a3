//! What EASE models add to the diagonal of the Gram matrix.

/// Per item `λ_i = l2 · G_ii^normalisation + dropout / (1 − dropout) · G_ii`.
///
/// The first part is the ridge. With an exponent above 0 it grows with how often an item is bought: adding it
/// to `G` is the same as adding `l2` to `G_ij / (s_i s_j)`, `s_i = G_ii^(normalisation / 2)`, and scaling back;
/// so no scaled copy of `G` is ever made. The second is what training with a part `dropout` of each history
/// left out comes to in the mean. Sources: Steck, "Markov Random Fields for Collaborative Filtering",
/// NeurIPS 2019, §3; Steck, "Autoencoders that don't overfit towards the Identity", NeurIPS 2020 (EDLAE).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ridge {
    pub(crate) l2: f64,
    pub(crate) normalisation: f64,
    pub(crate) dropout: f64,
}

impl Ridge {
    /// What is added for an item with this diagonal value, which is above 0.
    pub(crate) fn of(&self, diagonal: f32) -> f32 {
        let diagonal = f64::from(diagonal);
        (self.l2 * diagonal.powf(self.normalisation) + self.dropout / (1.0 - self.dropout) * diagonal) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hand_worked() {
        let check = |l2, normalisation, dropout, expected: f32| {
            assert_eq!(Ridge { l2, normalisation, dropout }.of(16.0), expected);
        };
        check(3.0, 0.0, 0.0, 3.0);
        check(3.0, 0.5, 0.0, 12.0);
        check(3.0, 0.0, 0.75, 3.0 + 48.0);
    }
}
