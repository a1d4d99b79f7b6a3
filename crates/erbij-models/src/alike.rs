//! What shares category, brand and words of the title with an item: what a catalogue says of itself, whoever bought what.
//!
//! It fills the pages of items of which too little is known to say more, or too few people stand behind what is.

use erbij_core::{Catalogue, ItemIdx, Score, ScoreBoard, sort_contributions};

use crate::attributes::{Attribute, attribute_lists};
use crate::incidence::Incidence;

/// What items have in common here. A price says little of what a thing is, and so does a category above its own.
const SHARED: [Attribute; 3] = [Attribute::OwnCategory, Attribute::Brand, Attribute::TitleWord];
/// A property says little and costs much that more items have than this share of the catalogue, at least and at most so
/// many.
const MAX_SHARE: f64 = 0.25;
const MAX_ITEMS: (usize, usize) = (50, 2000);

/// Which items share which properties, both ways.
#[derive(Debug)]
pub struct Alike {
    lists: Incidence,
    /// What a shared property says, one a property: `ln(1 + items / items that have it)`, the rarer the more.
    weights: Vec<f64>,
    /// Per item, the length of the vector of its weights.
    lengths: Vec<f64>,
}

impl Alike {
    /// Reads a catalogue. O(items · words of a title · log words).
    pub fn new(catalogue: &Catalogue) -> Self {
        let most = (MAX_SHARE * catalogue.len() as f64) as usize;
        let lists = attribute_lists(&SHARED, most.clamp(MAX_ITEMS.0, MAX_ITEMS.1), catalogue);
        let weight = |list| (lists.n_items() as f64 / lists.items_of(list).len() as f64).ln_1p();
        let weights: Vec<f64> = (0..lists.n_lists() as u32).map(weight).collect();
        let square = |&list: &u32| weights[list as usize] * weights[list as usize];
        let length = |item| lists.lists_of(item).iter().map(square).sum::<f64>().sqrt();
        let lengths = (0..catalogue.len() as u32).map(length).collect();
        Self { lists, weights, lengths }
    }

    /// Adds to every item that shares something with an anchor what it shares. O(properties · items that have them).
    pub fn score(&self, anchors: &[ItemIdx], board: &mut ScoreBoard) {
        for &anchor in anchors {
            for &list in self.lists.lists_of(anchor.get()) {
                let weight = self.weights[list as usize];
                for &other in self.lists.items_of(list).iter().filter(|&&other| other != anchor.get()) {
                    board.add(ItemIdx::new(other), weight);
                }
            }
        }
    }

    /// The anchors an item is like, with how much, most first, ties by item.
    pub fn contributions(&self, anchors: &[ItemIdx], item: ItemIdx) -> Vec<(ItemIdx, Score)> {
        let says = |&anchor: &ItemIdx| {
            let sum: f64 = self.shared(anchor, item).sum();
            Some((anchor, Score::new(sum as f32).filter(|score| 0.0 < score.get())?))
        };
        let mut contributions: Vec<_> = anchors.iter().filter_map(says).collect();
        sort_contributions(&mut contributions);
        contributions
    }

    /// The cosine of what two items have: 1 where it is the same, 0 where they share nothing. O(properties).
    pub fn cosine(&self, a: ItemIdx, b: ItemIdx) -> f64 {
        let shared: f64 = self.shared(a, b).map(|weight| weight * weight).sum();
        if shared == 0.0 { 0.0 } else { shared / (self.lengths[a.index()] * self.lengths[b.index()]) }
    }

    /// The weights of what two items share.
    fn shared(&self, a: ItemIdx, b: ItemIdx) -> impl Iterator<Item = f64> + '_ {
        let mut of_b = self.lists.lists_of(b.get()).iter().peekable();
        let of_a = self.lists.lists_of(a.get()).iter();
        of_a.filter_map(move |list| {
            while of_b.next_if(|&other| other < list).is_some() {}
            (of_b.peek() == Some(&list)).then(|| self.weights[*list as usize])
        })
    }
}

#[cfg(test)]
mod tests {
    use erbij_core::{CatalogueColumns, Currency, StrColumn, VariantColumns};

    use super::*;

    #[test]
    fn likeness_is_what_is_shared_of_what_there_is() {
        let texts = |texts: [&str; 4]| texts.iter().collect::<StrColumn>();
        let columns = CatalogueColumns {
            title: texts(["red mug", "red mug", "blue mug", "lamp"]),
            ..CatalogueColumns::of_ids(texts(["a", "b", "c", "d"]))
        };
        let catalogue = Catalogue::new(columns, VariantColumns::default(), Currency::EUR).expect("valid");
        let alike = Alike::new(&catalogue);
        let cosine = |a, b| alike.cosine(ItemIdx::new(a), ItemIdx::new(b));
        // `mug` stands in three of four titles, `red` in two; what stands in one is no property.
        let (mug, red) = ((4.0_f64 / 3.0).ln_1p(), (4.0_f64 / 2.0).ln_1p());
        assert!((cosine(0, 1) - 1.0).abs() < 1e-12);
        assert!((cosine(0, 2) - mug / mug.hypot(red)).abs() < 1e-12);
        assert_eq!(cosine(0, 2), cosine(2, 0));
        assert_eq!((cosine(0, 3), cosine(3, 3)), (0.0, 0.0));
        let says = alike.contributions(&[ItemIdx::new(2), ItemIdx::new(1), ItemIdx::new(3)], ItemIdx::new(0));
        assert_eq!(says.iter().map(|(item, _)| item.get()).collect::<Vec<_>>(), [1, 2]);
    }
}
