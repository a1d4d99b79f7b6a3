//! What shares category, brand and words of the title with an item: what a catalogue says of itself, whoever bought what.
//!
//! It fills the pages of items of which too little is known to say more, or too few people stand behind what is.

use erbij_core::{Catalogue, ItemIdx, Score};
use erbij_models::{Attribute, Incidence, ScoreBoard, attribute_lists, sort_contributions};

use crate::engine::Engine;

/// What items have in common here. A price says little of what a thing is, and so does a category above its own.
const SHARED: [Attribute; 3] = [Attribute::OwnCategory, Attribute::Brand, Attribute::TitleWord];
/// A property says little and costs much that more items have than this share of the catalogue, at least and at most so
/// many.
const MAX_SHARE: f64 = 0.25;
const MAX_ITEMS: (usize, usize) = (50, 2000);

/// Which items share which properties, both ways.
#[derive(Debug)]
pub(crate) struct Alike {
    lists: Incidence,
}

impl Alike {
    /// Reads a catalogue. O(items · words of a title · log words).
    pub(crate) fn new(catalogue: &Catalogue) -> Self {
        let most = (MAX_SHARE * catalogue.len() as f64) as usize;
        Self { lists: attribute_lists(&SHARED, most.clamp(MAX_ITEMS.0, MAX_ITEMS.1), catalogue) }
    }

    /// What a shared property says: `ln(1 + items / items that have it)`, the rarer the more.
    fn weight(&self, list: u32) -> f64 {
        (self.lists.n_items() as f64 / self.lists.items_of(list).len() as f64).ln_1p()
    }

    /// Adds to every item that shares something with an anchor what it shares. O(properties · items that have them).
    fn score(&self, anchors: &[ItemIdx], board: &mut ScoreBoard) {
        for &anchor in anchors {
            for &list in self.lists.lists_of(anchor.get()) {
                let weight = self.weight(list);
                for &other in self.lists.items_of(list).iter().filter(|&&other| other != anchor.get()) {
                    board.add(ItemIdx::new(other), weight);
                }
            }
        }
    }
}

impl Engine {
    /// Adds what is like any of the anchors.
    pub(crate) fn score_alike(&self, anchors: &[ItemIdx], board: &mut ScoreBoard) {
        self.alike().score(anchors, board);
    }

    /// The anchors an item is like, with how much, most first, ties by item.
    pub(crate) fn alike_to(&self, anchors: &[ItemIdx], item: ItemIdx) -> Vec<(ItemIdx, Score)> {
        let alike = self.alike();
        let lists = alike.lists.lists_of(item.get());
        let says = |&anchor: &ItemIdx| {
            let of_anchor = alike.lists.lists_of(anchor.get()).iter();
            let shared = of_anchor.filter(|list| lists.binary_search(list).is_ok());
            let sum: f64 = shared.map(|&list| alike.weight(list)).sum();
            Some((anchor, Score::new(sum as f32).filter(|score| 0.0 < score.get())?))
        };
        let mut contributions: Vec<_> = anchors.iter().filter_map(says).collect();
        sort_contributions(&mut contributions);
        contributions
    }
}
