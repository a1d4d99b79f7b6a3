//! Lists with a weight each: what the models that read a Gram matrix are fitted to.

use erbij_core::RowOffsets;

use crate::incidence::Incidence;

/// Lists of items and how much each list counts; shape `(n_lists, n_items)`, 8 bytes an entry and 4 a list.
///
/// A model over it reads the Gram matrix `G = Xᵀ W X`, so a list of weight `w` counts as `w` equal lists would.
/// Weights are finite and not negative.
#[derive(Clone, Debug)]
pub struct WeightedIncidence {
    incidence: Incidence,
    list_weights: Vec<f32>,
    n_people: usize,
}

impl WeightedIncidence {
    /// Customers' histories, one list each, where a longer one may count less: `w_u = c · |h_u|^-exponent`.
    ///
    /// A customer with `d` items speaks in `d²` pairs: with 0 he counts 1 in each, with 1 he has `d` votes in all,
    /// and with 2 as many as anybody. `c` is such that an entry counts 1 in the mean, and so the trace of `G` is
    /// the number of entries whatever the exponent: a ridge that suits one exponent suits another. An empty list
    /// counts 0. O(lists).
    ///
    /// ```
    /// use erbij_core::RowOffsets;
    /// use erbij_models::{Incidence, WeightedIncidence};
    /// let lists = Incidence::from_lists(RowOffsets::from_lens([1, 4]), vec![2, 0, 1, 2, 3].into(), 4);
    /// let data = WeightedIncidence::from_histories(lists, 0.5);
    /// // 5 entries, of which one counts 1 and four count 1/2 each, times c.
    /// assert_eq!(data.list_weights(), [5.0 / 3.0, 2.5 / 3.0]);
    /// ```
    pub fn from_histories(histories: Incidence, exponent: f64) -> Self {
        let lens = || lists(&histories).map(|list| list.len() as f64);
        let power = |len: f64| if 0.0 < len { len.powf(-exponent) } else { 0.0 };
        let unscaled: f64 = lens().map(|len| len * power(len)).sum();
        let scale = if 0.0 < unscaled { histories.n_entries() as f64 / unscaled } else { 1.0 };
        let list_weights = lens().map(|len| (scale * power(len)) as f32).collect();
        let n_people = histories.n_lists();
        Self { incidence: histories, list_weights, n_people }
    }

    /// Adds lists of items that share an attribute, each of weight `weight`, a customer's entry weighing 1 in the
    /// mean: `G = XᵀWX + weight · TᵀT`.
    ///
    /// So an item that few have bought borrows from items like it. In the words of the source, which stacks
    /// `α·T` under `X`, `weight` is `α²`. An attribute that much of the catalogue has fills the Gram matrix
    /// and says little: leave out lists above 1 to 5 % of it. O(entries).
    /// Source: Jeunen et al., "Closed-Form Models for Collaborative Filtering with Side-Information",
    /// RecSys 2020 (cEASE).
    ///
    /// # Panics
    ///
    /// If the attributes are of another catalogue, or the weight is not a finite number from 0.
    #[must_use]
    pub fn with_attributes(self, attributes: &Incidence, weight: f32) -> Self {
        let n_items = self.incidence.n_items();
        assert_eq!(attributes.n_items(), n_items, "attributes must be of the items of the histories");
        assert!(0.0 <= weight && weight.is_finite(), "a weight is a finite number from 0, not {weight}");
        let all = || [&self.incidence, attributes].into_iter().flat_map(lists);
        let items: Vec<u32> = all().flatten().copied().collect();
        let rows = RowOffsets::from_lens(all().map(<[u32]>::len));
        let mut list_weights = self.list_weights.clone();
        list_weights.resize(rows.n_rows(), weight);
        let incidence = Incidence::from_lists(rows, items.into(), n_items);
        Self { incidence, list_weights, n_people: self.n_people }
    }

    /// How many items.
    pub fn n_items(&self) -> usize {
        self.incidence.n_items()
    }

    /// The lists.
    pub fn incidence(&self) -> &Incidence {
        &self.incidence
    }

    /// How many of the lists are people's; they come first, and those of attributes after them.
    pub fn n_people(&self) -> usize {
        self.n_people
    }

    /// Per list, how much it counts.
    pub fn list_weights(&self) -> &[f32] {
        &self.list_weights
    }
}

fn lists(incidence: &Incidence) -> impl Iterator<Item = &[u32]> {
    (0..incidence.n_lists() as u32).map(|list| incidence.items_of(list))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn incidence(lists: &[&[u32]]) -> Incidence {
        Incidence::from_lists(
            RowOffsets::from_lens(lists.iter().map(|list| list.len())),
            lists.concat().into(),
            4,
        )
    }

    #[test]
    fn attributes_are_lists_after_the_customers() {
        let histories = WeightedIncidence::from_histories(incidence(&[&[0, 3], &[], &[1]]), 1.0);
        let data = histories.with_attributes(&incidence(&[&[1, 2]]), 0.25);
        assert_eq!(data.list_weights(), [0.75, 0.0, 1.5, 0.25]);
        assert_eq!((data.n_people(), data.incidence().n_lists()), (3, 4));
        assert_eq!(data.incidence().items_of(3), [1, 2]);
        assert_eq!(data.incidence().lists_of(1), [2, 3]);
    }

    #[test]
    #[should_panic(expected = "a weight is a finite number from 0, not NaN")]
    fn a_weight_that_is_no_number_is_refused() {
        let _ =
            WeightedIncidence::from_histories(incidence(&[]), 0.0).with_attributes(&incidence(&[]), f32::NAN);
    }
}
